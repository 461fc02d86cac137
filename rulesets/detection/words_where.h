/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words_where: where in a text a word may begin, told by the first bytes of words, far faster than
 * the automaton could. It may tell of too many places, never of too few. Private to words.
 */
#ifndef CULVERT_RULESETS_DETECTION_WORDS_WHERE_H
#define CULVERT_RULESETS_DETECTION_WORDS_WHERE_H

#include "engine/base/byte_masks.h"
#include "rulesets/detection/words_build.h"

enum words_where {
    WORDS_BY_GRAMS,  /* any word */
    WORDS_BY_TOKENS, /* one that is no part of a longer one */
    WORDS_ANYWHERE   /* at each character */
};

struct words_place {
    size_t off;
    uint32_t head; /* the node that the token which begins there leads to; 0: it is not known ... */
    uint16_t len;  /* ... with so many bytes of it */
    bool ends;     /* nothing of a word stands behind these */
};

#define WORDS_BLOCKS 16u /* of 64 bytes, that are worked out at once */
#define WORDS_BATCH (WORDS_BLOCKS * BYTE_MASKS_WIDTH)

struct words_places {
    const struct words *words;
    struct span text;
    enum words_where where;
    size_t next; /* behind that part of the text which the places are of */
    size_t at, count;
    struct words_place places[WORDS_BATCH];
};

void words_places_init(struct words_places *places, const struct words *words, struct span text,
                       enum words_where where);

/* The first one from text[off], a character's beginning, on; `off` never falls. false: there is
 * none. */
bool words_place(struct words_places *places, size_t off, struct words_place *out);

#endif
