/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words_build: the automaton of words.h. Nodes are numbered breadth first, so the children of one
 * stand side by side: a node is its bytes in a few flat arrays. Private to words.
 */
#ifndef CULVERT_RULESETS_DETECTION_WORDS_BUILD_H
#define CULVERT_RULESETS_DETECTION_WORDS_BUILD_H

#include "rulesets/detection/words.h"

struct words {
    bool caseless;
    size_t count;      /* words */
    uint32_t *numbers; /* of each text that words_new() was given */
    uint32_t *lengths; /* of each word, in compared bytes */

    uint32_t root[256]; /* children of node 0; 0: none */
    bool idle[256];     /* bytes of ASCII that begin no word */
    /* By node. */
    unsigned char *bytes;   /* that leads to it */
    uint32_t *children;     /* the first */
    uint16_t *child_counts; /* up to 256 */
    uint32_t *fails;        /* the longest other word start that this one ends with */
    uint32_t *word;         /* that ends here, or WORD_NONE */
    uint32_t *shorter;      /* the next node on the way of `fails` where a word ends; 0: none */
};

#endif
