/* SPDX-License-Identifier: Apache-2.0 */
/*
 * maildir_file: writes one message into a Maildir (tmp, fsync, rename to new, fsync of the folder):
 * when it returns true the message survives a crash. Blocks: for a worker thread. Makes the folders
 * where they are missing.
 */
#ifndef CULVERT_TUNNELS_DELIVERY_MAILDIR_FILE_H
#define CULVERT_TUNNELS_DELIVERY_MAILDIR_FILE_H

#include "engine/base/error.h"
#include "engine/message/edits.h"

struct maildir_message {
    const char *path; /* of the Maildir */
    struct span sender;
    const struct span *recipients;
    size_t recipient_count;
    struct span original;
    const struct edits *edits; /* or NULL */
};

/* err->code is the errno of what failed. */
bool maildir_write(const struct maildir_message *message, struct error *err) MUST_USE;

#endif
