/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exact_text: what cells and texts are compared by. A cell counts as its letters and digits alone,
 * without case, accents, other forms, blanks and separators: 123-45-6789 is 123456789, O'Brien is
 * OBRIEN. A text is words, each of letters and digits that stand together; a cell is found where
 * some words in a row come to the same, however each of both is cut into words. So that every
 * sequence of words has its hash at once, the hash is a polynomial over the bytes modulo 2^61 - 1
 * at a secret base. Private to exact; any thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_EXACT_EXACT_TEXT_H
#define CULVERT_RULESETS_DETECTION_EXACT_EXACT_TEXT_H

#include "engine/base/span.h"

#define EXACT_LONGEST 256u /* bytes of a cell as it is compared */
#define EXACT_WORDS 32u    /* of a cell */
#define EXACT_REACH 512u   /* characters of a text from the first to the last word of a cell */
#define EXACT_GAP 3u       /* characters between two words of a cell; blanks in a row are one */

/* A cell as it is compared. */
struct exact_normal {
    char bytes[EXACT_LONGEST];
    size_t size;
    size_t letters; /* characters, of which some are digits */
    size_t digits;
    unsigned words;
};

/* What a cell consists of. */
enum exact_sort {
    EXACT_LETTERS,
    EXACT_MIXED,
    EXACT_NUMBERS, /* digits for a third or more: it may be written in groups */
    EXACT_SORTS
};

static inline enum exact_sort exact_sort_of(size_t letters, size_t digits)
{
    return digits == 0 ? EXACT_LETTERS : digits * 3 < letters ? EXACT_MIXED : EXACT_NUMBERS;
}

/* false: it is too long. `text`: valid UTF-8. */
bool exact_normal_of(struct span text, struct exact_normal *out);

uint64_t exact_hash(uint64_t base, const struct exact_normal *normal);

/* One word of a text. */
struct exact_word {
    uint32_t off, end;    /* bytes */
    uint32_t first, last; /* characters */
    uint32_t line;
    uint32_t letters, digits;
    uint32_t size;           /* bytes as they are compared */
    uint64_t before, behind; /* hashes of all words in front of it, and of these and itself */
    bool joined;             /* a cell may go on from the word before */
};

#define EXACT_AT_ONCE 4u /* bytes that are hashed together */

struct exact_words {
    struct span text;                   /* valid UTF-8 of less than 4 GiB */
    uint64_t powers[EXACT_AT_ONCE + 1]; /* of the base */
    size_t at;
    uint32_t characters, lines; /* in front of `at` */
    uint64_t hash;
};

void exact_words_open(struct exact_words *words, struct span text, uint64_t base);
bool exact_words_next(struct exact_words *words, struct exact_word *out);

/* The hash of what stands behind `before` in `behind`, where base ^ size is `power`. */
uint64_t exact_hash_between(uint64_t before, uint64_t behind, uint64_t power);
/* base ^ 0 ... base ^ EXACT_LONGEST */
void exact_powers(uint64_t base, uint64_t out[EXACT_LONGEST + 1]);

/* A secret base out of 64 random bits. */
uint64_t exact_base(uint64_t random);

#endif
