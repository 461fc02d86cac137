/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words_above: where a word may begin with a character above ASCII. Of those of two bytes (Latin,
 * Greek, Cyrillic, Hebrew, Arabic ...) the first few tell. Private to words.
 */
#ifndef CULVERT_RULESETS_DETECTION_WORDS_ABOVE_H
#define CULVERT_RULESETS_DETECTION_WORDS_ABOVE_H

#include "engine/base/byte_masks.h"
#include "rulesets/detection/words_build.h"

/* Fills begins.letters. */
void words_add_letters(struct words *words, struct arena *arena);

struct words_above_masks {
    uint64_t begins; /* with which a character begins that a word may begin with */
    uint64_t inside; /* behind one that makes one word with what may stand there */
};

/* Of the 64 bytes of the text from `block` on, bit by bit; words that are no part of longer ones.
 */
struct words_above_masks words_above_in(const struct words *words, struct span text, size_t block,
                                        const struct byte_masks *masks);

#endif
