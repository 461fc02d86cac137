/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tempfile: an unlinked temporary file that is mapped as it grows, at one address. Its space is
 * allocated on the disk before it is mapped: a full disk is an error of tempfile_grow() and never a
 * SIGBUS. Owned by a spool; one thread at a time.
 */
#ifndef CULVERT_MESSAGE_TEMPFILE_H
#define CULVERT_MESSAGE_TEMPFILE_H

#include "engine/base/error.h"

#include <stdint.h>

#include <stddef.h>

struct tempfile {
    int fd;
    char *ptr;       /* of the reserved addresses */
    size_t reserved; /* addresses */
    size_t size;     /* bytes on the disk and mapped */
};

/* The folder that is used where `configured` is said: that, or for NULL or "" $TMPDIR, else
 * /var/tmp.
 */
const char *tempfile_directory(const char *configured);

/* Whether temporary files can be made in the folder; nothing is made. */
bool tempfile_directory_is_good(const char *directory, struct error *err) MUST_USE;

/* Whether the folder (as in tempfile_directory()) has that many bytes free now. */
bool tempfile_has_room(const char *directory, uint64_t size);

/* `directory` as in tempfile_directory(). `most` bytes of addresses are reserved, fewer (but
 * `least`) where the system does not allow that. */
bool tempfile_open(struct tempfile *file, const char *directory, size_t least, size_t most,
                   struct error *err) MUST_USE;

/* Makes it at least `size` bytes. ENOSPC, EFBIG or ENOMEM in err->code; the content stays. */
bool tempfile_grow(struct tempfile *file, size_t size, struct error *err) MUST_USE;

void tempfile_close(struct tempfile *file);

#endif
