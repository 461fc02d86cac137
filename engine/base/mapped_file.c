/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/mapped_file.h"

#include "engine/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is mapped now or was once. None is ever taken out, for the signal's handler goes through
 * them; those of files that are closed are used again. */
struct mapped_file {
    struct mapped_file *next;
    /* For the handler. */
    atomic_uintptr_t begin; /* 0: nothing */
    atomic_size_t len;
    atomic_bool lost; /* a page that is not there was read */
    /* For its owner. */
    bool used;
    struct span bytes;
    int fd;
    struct timespec modified;
};

/* A signal has nothing but globals to go by. */
static _Atomic(struct mapped_file *) first;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct sigaction before;
static uintptr_t page_size;

static struct mapped_file *mapped_at(uintptr_t address)
{
    for (struct mapped_file *file = atomic_load(&first); file; file = file->next) {
        uintptr_t begin = atomic_load(&file->begin);
        if (begin != 0 && address >= begin && address - begin < atomic_load(&file->len))
            return file;
    }
    return NULL;
}

/* Puts zeros from there on: the rest is no longer asked for page by page, each with a signal and a
 * mapping of its own. */
static bool put_zeros(struct mapped_file *file, uintptr_t page)
{
    size_t len = atomic_load(&file->begin) + atomic_load(&file->len) - page;
    atomic_store(&file->lost, true);
    return mmap((void *)page, len, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
           MAP_FAILED;
}

/* Puts zeros where the file has ended; else what was to happen happens. */
static void on_bus_error(int number, siginfo_t *info, void *context)
{
    int code = errno;
    uintptr_t page = (uintptr_t)info->si_addr & ~(page_size - 1);
    struct mapped_file *file = info->si_code == BUS_ADRERR ? mapped_at(page) : NULL;
    (void)context;
    if (!file || !put_zeros(file, page)) {
        (void)sigaction(SIGBUS, &before, NULL);
        if (info->si_code <= 0) /* somebody sent it; what is no memory comes again by itself */
            (void)raise(number);
    }
    errno = code;
}

/* Whoever has put another handler there meanwhile is asked in his turn. */
static void hear(void)
{
    struct sigaction now;
    struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    (void)sigemptyset(&action.sa_mask);
    if (sigaction(SIGBUS, NULL, &now) != 0 ||
        ((now.sa_flags & SA_SIGINFO) && now.sa_sigaction == on_bus_error))
        return;
    page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
    before = now;
    (void)sigaction(SIGBUS, &action, NULL);
}

static struct mapped_file *unused(void)
{
    for (struct mapped_file *file = atomic_load(&first); file; file = file->next) {
        if (!file->used)
            return file;
    }
    struct mapped_file *file = mem_alloc(sizeof *file);
    file->next = atomic_load(&first);
    atomic_store(&first, file);
    return file;
}

static struct mapped_file *remember(void *ptr, size_t len, int fd, const struct stat *info)
{
    (void)pthread_mutex_lock(&lock);
    hear();
    struct mapped_file *file = unused();
    file->used = true;
    file->fd = fd;
    file->bytes = span_of(ptr, len);
    file->modified = info->st_mtim;
    atomic_store(&file->lost, false);
    atomic_store(&file->len, len);
    atomic_store(&file->begin, (uintptr_t)ptr);
    (void)pthread_mutex_unlock(&lock);
    return file;
}

struct mapped_file *mapped_file_open(const char *path, struct error *err)
{
    struct stat info;
    void *ptr = NULL;
    /* Opening a pipe must not wait for its other end. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &info) != 0) {
        (void)error_set_errno(err, errno, "cannot be read");
        if (fd >= 0)
            (void)close(fd);
        return NULL;
    }
    size_t len = S_ISREG(info.st_mode) ? (size_t)info.st_size : 0;
    if (len > 0)
        ptr = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
    if (ptr == MAP_FAILED) {
        (void)error_set_errno(err, errno, "cannot be mapped");
        (void)close(fd);
        return NULL;
    }
    return remember(ptr, len, fd, &info);
}

void mapped_file_close(struct mapped_file **slot)
{
    struct mapped_file *file = *slot;
    *slot = NULL;
    if (!file)
        return;
    (void)pthread_mutex_lock(&lock);
    atomic_store(&file->begin, 0);
    if (file->bytes.len > 0)
        (void)munmap((void *)(uintptr_t)file->bytes.ptr, file->bytes.len);
    (void)close(file->fd);
    file->used = false;
    (void)pthread_mutex_unlock(&lock);
}

struct span mapped_file_bytes(const struct mapped_file *file)
{
    return file->bytes;
}

bool mapped_file_is_whole(const struct mapped_file *file)
{
    struct stat info;
    return !atomic_load(&file->lost) && fstat(file->fd, &info) == 0 &&
           (size_t)info.st_size == file->bytes.len &&
           info.st_mtim.tv_sec == file->modified.tv_sec &&
           info.st_mtim.tv_nsec == file->modified.tv_nsec;
}
