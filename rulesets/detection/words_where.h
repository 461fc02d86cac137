/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words_where: where in a text a word may begin, told by the first bytes of words, far faster than
 * the automaton could. It may tell of too many places, never of too few. Private to words.
 */
#ifndef CULVERT_RULESETS_DETECTION_WORDS_WHERE_H
#define CULVERT_RULESETS_DETECTION_WORDS_WHERE_H

#include "rulesets/detection/words_build.h"

enum words_where {
    WORDS_BY_GRAMS,  /* any word */
    WORDS_BY_TOKENS, /* one that is no part of a longer one */
    WORDS_ANYWHERE   /* at each character */
};

struct words_places {
    const struct words *words;
    struct span text;
    enum words_where where;
    size_t block;           /* of 64 bytes that is known; SPAN_NONE: none */
    uint64_t letters;       /* what tokens are made of */
    uint64_t tokens, above; /* where tokens begin, characters above ASCII */
    uint64_t others;        /* other characters that a word may begin with */
};

void words_places_init(struct words_places *places, const struct words *words, struct span text,
                       enum words_where where);

/* The first one from text[off], a character's beginning, on; text.len or more: there is none. */
size_t words_place(struct words_places *places, size_t off);

#endif
