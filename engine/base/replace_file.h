/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replace_file: a file that is there whole or not at all: written beside its place under another
 * name, brought to the disk, then renamed, so that whoever has the old one open or mapped keeps it.
 * Its owner's; one thread.
 */
#ifndef CULVERT_BASE_REPLACE_FILE_H
#define CULVERT_BASE_REPLACE_FILE_H

#include "engine/base/error.h"
#include "engine/base/span.h"

struct replace_file {
    const char *path; /* the caller's */
    char *temporary;
    int fd;
};

/* Readable as the process's umask allows. On failure nothing is left. */
bool replace_file_open(struct replace_file *file, const char *path, struct error *err) MUST_USE;

bool replace_file_add(struct replace_file *file, struct span bytes, struct error *err) MUST_USE;

/* Puts it in its place. Ends it, also on failure, when the old file stays. */
bool replace_file_commit(struct replace_file *file, struct error *err) MUST_USE;

/* Ends it; the old file stays. */
void replace_file_abandon(struct replace_file *file);

#endif
