/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mail_file: a message from a file and back, by the way that the text behind DATA takes: through
 * the receiver, with the limits and the newline rule of a tunnel. On the wire lines end with CRLF;
 * a file whose first line ends with LF alone is read as if all its LF were CRLF, and what leaves
 * gets LF again, so that a message nobody changed is the same file. Main thread.
 */
#ifndef CULVERT_COMMANDS_MAIL_FILE_H
#define CULVERT_COMMANDS_MAIL_FILE_H

#include "engine/message/render.h"
#include "tunnels/mail/receive.h"

struct mail_file {
    struct receiver receiver;
    bool lf;      /* the file had LF line ends */
    bool endless; /* its last line had none: CRLF was added, since mail has it */
};

/* Reads `fd` to its end; `tunnel` must outlive the file. On failure nothing is to be freed. */
bool mail_file_read(int fd, const struct tunnel *tunnel, struct mail_file *out,
                    struct error *err) MUST_USE;
void mail_file_fini(struct mail_file *file);

/* Why the tunnel would not take it (too large, no space, a bare CR or LF); NULL: it would. */
const struct reply *mail_file_refusal(const struct mail_file *file);

/* As the file was, but for the line ends. */
struct span mail_file_bytes(const struct mail_file *file);

/* Writes what `render` says, with the line ends of the file. */
bool mail_file_write(int fd, const struct mail_file *file, struct render *render,
                     struct error *err) MUST_USE;

#endif
