/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/stamp.h"

#include <sys/stat.h>

static int64_t nanoseconds(struct timespec time)
{
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

struct file_stamp file_stamp(const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return (struct file_stamp){0};
    return (struct file_stamp){.device = info.st_dev,
                               .inode = info.st_ino,
                               .size = (uint64_t)info.st_size,
                               .changed_ns = nanoseconds(info.st_ctim),
                               .modified_ns = nanoseconds(info.st_mtim)};
}

bool file_stamp_equal(const struct file_stamp *a, const struct file_stamp *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->changed_ns == b->changed_ns && a->modified_ns == b->modified_ns;
}
