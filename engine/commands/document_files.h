/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document_files: the files of a folder and of all folders in it, in the order of their names. For
 * commands; main thread.
 */
#ifndef CULVERT_COMMANDS_DOCUMENT_FILES_H
#define CULVERT_COMMANDS_DOCUMENT_FILES_H

#include "engine/base/arena.h"
#include "engine/base/error.h"

struct document_file {
    const char *path; /* to open it */
    const char *name; /* below the folder */
    const char *why;  /* it is not to be opened: it is no file, or a folder that cannot be read */
};

struct document_files {
    struct document_file *items;
    size_t count, cap;
};

/* A link to a file counts as that file; links to folders are not followed. In the arena. false:
 * there is no such folder. */
bool document_files_list(const char *folder, struct arena *arena, struct document_files *out,
                         struct error *err) MUST_USE;

#endif
