/* SPDX-License-Identifier: Apache-2.0 */
/*
 * letters: a text as its letters and digits alone, as comparable.h compares them: without case,
 * compatible forms and accents, without blanks, line ends, punctuation and what is not seen. So two
 * texts are the same however they are wrapped, quoted or set. Any thread.
 */
#ifndef CULVERT_MESSAGE_CODECS_LETTERS_H
#define CULVERT_MESSAGE_CODECS_LETTERS_H

#include "engine/message/codecs/comparable.h"

/* Those of one character: their count; none where it is no letter and no digit. */
size_t letters_of(uint32_t code, uint32_t out[COMPARABLE_MAX]);

#define LETTERS_MEMO 256u

struct letters {
    struct span text; /* valid UTF-8 of less than 4 GiB */
    size_t at;
    /* What characters were that came before. */
    struct {
        uint32_t code; /* 0: nothing */
        uint32_t plain[2];
        uint32_t count;
    } memo[LETTERS_MEMO];
};

void letters_open(struct letters *letters, struct span text);

/* The next ones, and where the characters stand that they are of (several can be of one): `room` at
 * most, which is COMPARABLE_MAX at least. Returns how many; 0 at the end. */
size_t letters_next(struct letters *letters, uint32_t *codes, uint32_t *offs, size_t room);

#endif
