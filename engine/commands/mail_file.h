/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mail_file: a message from a file and back. On the wire lines end with CRLF; a file whose first
 * line ends with LF alone is read as if all its LF were CRLF, and what leaves gets LF again, so
 * that a message nobody changed is the same file. Of any size: bytes go through a spool. Main
 * thread.
 */
#ifndef CULVERT_COMMANDS_MAIL_FILE_H
#define CULVERT_COMMANDS_MAIL_FILE_H

#include "engine/message/render.h"
#include "engine/message/spool.h"

struct mail_file {
    struct spool *spool;
    bool lf; /* the file had LF line ends */
};

/* Reads `fd` to its end. On failure nothing is to be freed. */
bool mail_file_read(int fd, struct mail_file *out, struct error *err) MUST_USE;
void mail_file_fini(struct mail_file *file);

struct span mail_file_bytes(const struct mail_file *file);

/* Writes what `render` says, with the line ends of the file. */
bool mail_file_write(int fd, const struct mail_file *file, struct render *render,
                     struct error *err) MUST_USE;

#endif
