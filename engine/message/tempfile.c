/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/tempfile.h"

#include "engine/metrics/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define PAGE 4096u

/* O_TMPFILE leaves no name to clean up; not every file system has it. */
static int open_unlinked(const char *directory)
{
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
        return fd;
    char path[4096];
    int len = snprintf(path, sizeof path, "%s/culvert-XXXXXX", directory);
    if (len < 0 || (size_t)len >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        (void)unlink(path);
    return fd;
}

/* Addresses without memory behind them: nobody else gets them, and touching them is a fault. */
static bool reserve_addresses(struct tempfile *file, size_t least, size_t most)
{
    for (size_t size = most; size >= least; size = size / 2 > least ? size / 2 : least) {
        void *ptr = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (ptr != MAP_FAILED) {
            file->ptr = ptr;
            file->reserved = size;
            return true;
        }
        if (size == least)
            break;
    }
    return false;
}

static size_t page_up(size_t size)
{
    return (size + PAGE - 1) / PAGE * PAGE;
}

const char *tempfile_directory(const char *configured)
{
    if (!configured || configured[0] == '\0')
        configured = getenv("TMPDIR");
    return configured && configured[0] != '\0' ? configured : "/var/tmp";
}

bool tempfile_directory_is_good(const char *directory, struct error *err)
{
    struct stat about;
    if (stat(directory, &about) != 0)
        return error_set_errno(err, errno, "%s", directory);
    if (!S_ISDIR(about.st_mode))
        return error_set_errno(err, ENOTDIR, "%s", directory);
    if (faccessat(AT_FDCWD, directory, W_OK | X_OK, AT_EACCESS) != 0)
        return error_set_errno(err, errno, "%s", directory);
    return true;
}

bool tempfile_has_room(const char *directory, uint64_t size)
{
    struct statvfs disk;
    if (statvfs(tempfile_directory(directory), &disk) != 0)
        return false;
    return size / disk.f_frsize < disk.f_bavail;
}

bool tempfile_open(struct tempfile *file, const char *directory, size_t least, size_t most,
                   struct error *err)
{
    *file = (struct tempfile){.fd = -1};
    directory = tempfile_directory(directory);
    file->fd = open_unlinked(directory);
    if (file->fd < 0)
        return error_set_errno(err, errno, "cannot make a temporary file in %s", directory);
    metric_add(metric_bare(METRIC_SPOOL_FILES), 1);
    least = page_up(least);
    most = page_up(most);
    if (reserve_addresses(file, least, most > least ? most : least))
        return true;
    tempfile_close(file);
    return error_set_errno(err, ENOMEM, "cannot reserve addresses for a temporary file");
}

/* posix_fallocate() writes zeroes itself where the file system cannot allocate. */
static int allocate(const struct tempfile *file, size_t size)
{
    int code;
    do
        code = posix_fallocate(file->fd, (off_t)file->size, (off_t)(size - file->size));
    while (code == EINTR);
    return code == EDQUOT ? ENOSPC : code;
}

bool tempfile_grow(struct tempfile *file, size_t size, struct error *err)
{
    if (size <= file->size)
        return true;
    if (size > file->reserved)
        return error_set_errno(err, EFBIG, "a temporary file of %zu bytes", size);
    size = page_up(size);
    int code = allocate(file, size);
    if (code != 0)
        return error_set_errno(err, code, "cannot allocate %zu bytes of a temporary file", size);
    void *ptr = mmap(file->ptr + file->size, size - file->size, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_FIXED, file->fd, (off_t)file->size);
    if (ptr == MAP_FAILED)
        return error_set_errno(err, ENOMEM, "cannot map a temporary file");
    metric_add(metric_bare(METRIC_SPOOL_BYTES), size - file->size);
    file->size = size;
    return true;
}

void tempfile_close(struct tempfile *file)
{
    if (file->ptr)
        (void)munmap(file->ptr, file->reserved);
    if (file->fd >= 0) {
        (void)close(file->fd);
        metric_sub(metric_bare(METRIC_SPOOL_FILES), 1);
        metric_sub(metric_bare(METRIC_SPOOL_BYTES), file->size);
    }
    *file = (struct tempfile){.fd = -1};
}
