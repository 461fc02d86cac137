/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stamp: what tells whether a file is still the one that was read. Links are followed, for whoever
 * renews files may put a new folder behind a link. A value. Any thread.
 */
#ifndef CULVERT_BASE_STAMP_H
#define CULVERT_BASE_STAMP_H

#include <stdbool.h>
#include <stdint.h>

/* All zero: there is no such file, or it cannot be reached. */
struct file_stamp {
    uint64_t device, inode, size;
    int64_t changed_ns;  /* contents, owner, mode, name */
    int64_t modified_ns; /* contents */
};

/* A file and what it was before it was read: whatever happens to it later shows. */
struct stamped_file {
    const char *path;
    struct file_stamp stamp;
};

struct file_stamp file_stamp(const char *path);
bool file_stamp_equal(const struct file_stamp *a, const struct file_stamp *b);

#endif
