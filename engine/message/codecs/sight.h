/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sight: what a reader sees of a character: itself, a blank like any other, or nothing at all. The
 * one table of the engine, for plain text and HTML. Any thread.
 */
#ifndef CULVERT_MESSAGE_CODECS_SIGHT_H
#define CULVERT_MESSAGE_CODECS_SIGHT_H

#include "engine/base/span.h"

enum sight {
    SIGHT_ITSELF, /* and ASCII, the space included */
    SIGHT_BLANK,  /* looks like a space (U+00A0, U+3000 ...) */
    SIGHT_NOTHING /* zero width: joiners, marks of direction, soft hyphen, tags ... */
};

enum sight sight_of(uint32_t code);

/* The first character of `text` that is not seen as itself: its offset, its length in *len_out.
 * Returns text.len where there is none. Bytes that are no UTF-8 are passed over. Fast on ASCII. */
size_t sight_next(struct span text, size_t *len_out, enum sight *sight_out);

#endif
