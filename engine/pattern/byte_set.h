/* SPDX-License-Identifier: Apache-2.0 */
/*
 * byte_set: a set of byte values, and the search for the next byte of a text that is in it, at the
 * speed of memory. A value; any thread.
 */
#ifndef CULVERT_PATTERN_BYTE_SET_H
#define CULVERT_PATTERN_BYTE_SET_H

#include "engine/base/span.h"

struct byte_set {
    bool has[256];
    /* For the search by 16 bytes: low nibble -> bits of the high nibbles 0 to 7 that go with it. */
    uint8_t low[16];
    bool has_high; /* all of 0x80 to 0xff; a set has all of them or is not searched by nibbles */
    size_t count;
};

void byte_set_add(struct byte_set *set, unsigned char byte);
void byte_set_add_range(struct byte_set *set, unsigned char first, unsigned char last);
void byte_set_join(struct byte_set *set, const struct byte_set *other);
/* After the last change, before the first search. */
void byte_set_seal(struct byte_set *set);

/* Offset of the first byte at or behind `from` that is in the set; text.len when there is none. */
size_t byte_set_find(const struct byte_set *set, struct span text, size_t from);

#endif
