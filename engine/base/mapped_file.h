/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mapped_file: a file that is read where it lies, for long. Whoever cuts it off or writes into it
 * meanwhile ends nobody: what is no longer there is read as zeros, as journald and Wayland's shared
 * memory do it, and mapped_file_is_whole() tells. Its owner's; reading and asking in any thread
 * that has not blocked SIGBUS.
 */
#ifndef CULVERT_BASE_MAPPED_FILE_H
#define CULVERT_BASE_MAPPED_FILE_H

#include "engine/base/error.h"
#include "engine/base/span.h"

struct mapped_file;

/* Of what is no regular file the bytes are none. NULL: `err` says why. */
struct mapped_file *mapped_file_open(const char *path, struct error *err) MUST_USE;
void mapped_file_close(struct mapped_file **file);

struct span mapped_file_bytes(const struct mapped_file *file);

/* Whether all that was read until now is what the file had when it was opened. */
bool mapped_file_is_whole(const struct mapped_file *file);

#endif
