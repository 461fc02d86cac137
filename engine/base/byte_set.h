/* SPDX-License-Identifier: Apache-2.0 */
/*
 * byte_set: a set of byte values, and the search for the next byte of a text that is in it, at the
 * speed of memory. A value, {0} is the empty set; any thread.
 */
#ifndef CULVERT_BASE_BYTE_SET_H
#define CULVERT_BASE_BYTE_SET_H

#include "engine/base/span.h"

/*
 * By the two halves of a byte, so that a search can look up 32 at a time: which of 8 high halves go
 * with a low half. The first table is for the bytes of ASCII.
 */
struct byte_set {
    uint8_t ascii[16];
    uint8_t high[16];
};

void byte_set_add(struct byte_set *set, unsigned char byte);
void byte_set_add_range(struct byte_set *set, unsigned char first, unsigned char last);
void byte_set_join(struct byte_set *set, const struct byte_set *other);
/* Takes each byte of ASCII out that is in, and the other way round. */
void byte_set_invert_ascii(struct byte_set *set);

static inline bool byte_set_has(const struct byte_set *set, unsigned char byte)
{
    const uint8_t *table = byte < 0x80 ? set->ascii : set->high;
    return (table[byte & 15] >> (byte >> 4 & 7) & 1) != 0;
}

/* Offset of the first byte at or behind `from` that is in the set; text.len when there is none. */
size_t byte_set_find(const struct byte_set *set, struct span text, size_t from);

#endif
