/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words_build: the automaton of words.h. Nodes are numbered breadth first, so the children of one
 * stand side by side: a node is its bytes in a few flat arrays. Private to words.
 */
#ifndef CULVERT_RULESETS_DETECTION_WORDS_BUILD_H
#define CULVERT_RULESETS_DETECTION_WORDS_BUILD_H

#include "rulesets/detection/words.h"

#define WORDS_FILTER_BITS 65536u
#define WORDS_OTHERS 16u

/* Words of ASCII by the first bytes of the token that they begin with. */
struct words_begins {
    uint64_t *filter;              /* hashes that there are, as bits */
    uint64_t *keys;                /* a table by hash */
    uint32_t *firsts;              /* the first word of a key, WORD_NONE: none */
    uint32_t *nexts;               /* by word, the next of the same key */
    uint32_t slots;                /* a power of two */
    uint32_t others[WORDS_OTHERS]; /* that begin with something else */
    size_t other_count;
};

struct words {
    bool caseless;
    size_t count;       /* words */
    uint32_t *numbers;  /* of each text that words_new() was given */
    uint32_t *lengths;  /* of each word, in compared bytes */
    struct span *texts; /* of each word, as it is compared */
    uint32_t longest;
    struct words_begins begins;

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

/* Fills `begins` and `longest`. */
void words_add_begins(struct words *words, struct arena *arena);

#endif
