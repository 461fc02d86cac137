/* SPDX-License-Identifier: Apache-2.0 */
/* quoted: quoted-printable, RFC 2045 section 6.7. Any thread. */
#ifndef CULVERT_MESSAGE_CODECS_QUOTED_H
#define CULVERT_MESSAGE_CODECS_QUOTED_H

#include "engine/message/bulk.h"

/*
 * Decodes one raw line, its line end included, to `out`, which has room for line.len (NULL: only
 * counts). Returns the number of octets. *bad_at (may be NULL) is set to the offset of the first
 * "=" that is no escape, if there is one.
 */
size_t quoted_decode_line(struct span line, char *out, size_t *bad_at);

/* Whether the line ends in a soft line break. */
bool quoted_is_soft(struct span line);

/* How many raw bytes of the line hold its first `octets` octets. */
size_t quoted_raw_length(struct span line, size_t octets);

struct quoted_encoder {
    struct bulk *out;
    size_t column;
    char held; /* a blank or CR whose follower is not known yet; 0: none */
};

void quoted_encode(struct quoted_encoder *encoder, struct span octets);

/* `soft`: what follows continues the line, so a soft line break ends what was written. */
void quoted_encode_end(struct quoted_encoder *encoder, bool soft);

#endif
