/* SPDX-License-Identifier: Apache-2.0 */
/*
 * header_address: edits of fields that hold addresses, and of those that machines read. An encoded
 * word may stand in a phrase or a comment only (RFC 2047 section 5). In an arena; any thread.
 */
#ifndef CULVERT_MESSAGE_MAP_HEADER_ADDRESS_H
#define CULVERT_MESSAGE_MAP_HEADER_ADDRESS_H

#include "engine/message/map/header_text.h"

enum header_shape {
    SHAPE_TEXT,      /* Subject and all that is not known */
    SHAPE_ADDRESSES, /* From, To ...: phrases, comments, addresses (RFC 5322 section 3.4) */
    SHAPE_MACHINE    /* Message-ID, Received ...: nowhere for an encoded word */
};

enum header_shape header_shape(struct span name);

/*
 * Makes of sealed edits those that header_text_rewrite() can write legally. Where an encoded word
 * would be needed but must not stand, foreign characters become "?"; a quoted string that needs one
 * is replaced as a whole, without its quotes. A value with raw UTF-8 takes all as it is.
 */
void header_edits_fit(const struct header_text *header, const struct edits *edits,
                      enum header_shape shape, struct arena *arena, struct edits *out);

#endif
