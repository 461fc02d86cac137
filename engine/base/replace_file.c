/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/replace_file.h"

#include "engine/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".XXXXXX"

/* As a file that open() makes; mkostemp() has made one for its owner alone. */
static bool open_to_others(int fd)
{
    mode_t mask = umask(0);
    (void)umask(mask);
    return fchmod(fd, 0666 & ~mask) == 0;
}

static void end(struct replace_file *file)
{
    if (file->fd >= 0)
        (void)close(file->fd);
    free(file->temporary);
    *file = (struct replace_file){.fd = -1};
}

bool replace_file_open(struct replace_file *file, const char *path, struct error *err)
{
    size_t len = strlen(path) + sizeof SUFFIX;
    *file = (struct replace_file){.path = path, .temporary = mem_alloc(len)};
    (void)snprintf(file->temporary, len, "%s" SUFFIX, path);
    file->fd = mkostemp(file->temporary, O_CLOEXEC);
    if (file->fd >= 0 && open_to_others(file->fd))
        return true;
    (void)error_set_errno(err, errno, "cannot write %s", path);
    if (file->fd >= 0)
        (void)unlink(file->temporary);
    end(file);
    return false;
}

bool replace_file_add(struct replace_file *file, struct span bytes, struct error *err)
{
    while (bytes.len > 0) {
        ssize_t put = write(file->fd, bytes.ptr, bytes.len);
        if (put < 0 && errno != EINTR)
            return error_set_errno(err, errno, "cannot write %s", file->path);
        if (put > 0)
            bytes = span_from(bytes, (size_t)put);
    }
    return true;
}

/* The name is on the disk when its folder is. */
static bool sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder =
        slash ? mem_copy(path, slash == path ? 1 : (size_t)(slash - path)) : mem_copy(".", 1);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    bool good = fd >= 0 && fsync(fd) == 0;
    int code = errno;
    if (fd >= 0)
        (void)close(fd);
    errno = code;
    return good;
}

static bool close_synced(struct replace_file *file)
{
    int fd = file->fd, code = fsync(fd) == 0 ? 0 : errno;
    file->fd = -1;
    if (close(fd) != 0 && code == 0)
        code = errno;
    errno = code;
    return code == 0;
}

bool replace_file_commit(struct replace_file *file, struct error *err)
{
    const char *path = file->path;
    bool good = close_synced(file) && rename(file->temporary, path) == 0;
    if (!good) {
        (void)error_set_errno(err, errno, "cannot write %s", path);
        (void)unlink(file->temporary);
    } else if (!sync_folder(path)) {
        good = error_set_errno(err, errno, "%s is written, but its folder cannot be synced", path);
    }
    end(file);
    return good;
}

void replace_file_abandon(struct replace_file *file)
{
    if (file->temporary)
        (void)unlink(file->temporary);
    end(file);
}
