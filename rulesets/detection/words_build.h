/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words_build: the automaton of words.h, and what tells where words may begin. A node stands for
 * what several words begin with; below it is one for each of them that goes on as no other does,
 * and the rest of that one is compared with the text at once. So there are about two nodes a word.
 * Nodes are numbered breadth first: the children of one stand side by side. Private to words.
 */
#ifndef CULVERT_RULESETS_DETECTION_WORDS_BUILD_H
#define CULVERT_RULESETS_DETECTION_WORDS_BUILD_H

#include "engine/base/ascii.h"
#include "rulesets/detection/words.h"
#include "rulesets/detection/words_heads.h"

struct buf;

struct words_node {
    /* The first; of a node that has none, how many bytes of its word are behind it. */
    uint32_t children;
    uint32_t fail;  /* the longest other beginning that this one ends with */
    uint32_t word;  /* that ends here, or WORD_NONE; without children the only one that goes on */
    uint32_t ends;  /* this node, or the next on the way of `fail`, where a word ends; 0: none */
    uint32_t tails; /* ... behind which there is more of the only word */
    uint16_t child_count; /* up to 256 */
    uint16_t depth;
};

/* Two bits a key in one of many words of 64. */
struct words_filter {
    uint64_t *bits;
    unsigned shift;
};

#define WORDS_PREFIX 6u /* bytes of a head, or as many as it has */

struct words_begins {
    struct words_filter grams;    /* by the first bytes of a word */
    struct words_filter letters;  /* by the first letters above ASCII */
    struct words_filter prefixes; /* by the first bytes of its head */
    unsigned gram;                /* bytes of these; 0: no word begins in ASCII */
    bool has_marks;               /* some of these with a mark in front */
    bool has_numbers;             /* ... or with a digit that no letter follows */
    bool has_others;              /* words that begin in ASCII in another way ... */
    bool has_controls;            /* ... below 0x21 */
    uint64_t pairs[128][2];       /* ... by their first two bytes */
};

#define WORDS_ABOVE_COUNT 0x980u
#define WORDS_ABOVE_BYTES 6u
#define WORDS_ABOVE_MORE 0xffu

/* A character above ASCII that texts are full of as it is compared: those of two bytes, General
 * Punctuation, Hiragana and Katakana. */
struct words_above {
    unsigned char size; /* WORDS_ABOVE_MORE: it has no room here */
    bool joins;
    unsigned char bytes[WORDS_ABOVE_BYTES];
};

struct words {
    bool caseless;
    size_t count;      /* words, in the order of their bytes */
    uint32_t *numbers; /* of each text that words_new() was given */
    size_t *starts;    /* of each word in `pool`; one more behind the last */
    char *pool;        /* the words as they are compared */
    struct words_heads heads;
    struct words_begins begins;
    unsigned char plain[128];  /* ASCII as it is compared */
    struct words_above *above; /* by words_above_index() */

    uint32_t root[256]; /* children of node 0; 0: none */
    struct words_node *nodes;
    unsigned char *bytes; /* by node: that leads to it */
};

/* WORDS_ABOVE_COUNT: it is none of these. */
static inline uint32_t words_above_index(uint32_t code)
{
    if (code < 0x800)
        return code - 0x80;
    return code - 0x2000 < 0x100   ? code - 0x1880
           : code - 0x3000 < 0x100 ? code - 0x2780
                                   : WORDS_ABOVE_COUNT;
}

/* NULL: it is none of these. */
static inline const struct words_above *words_above_of(const struct words *words, uint32_t code)
{
    uint32_t index = words_above_index(code);
    return index < WORDS_ABOVE_COUNT ? &words->above[index] : NULL;
}

static inline struct span words_text(const struct words *words, uint32_t word)
{
    return span_of(words->pool + words->starts[word],
                   words->starts[word + 1] - words->starts[word]);
}

static inline uint32_t words_child(const struct words *words, uint32_t node, unsigned char c)
{
    const struct words_node *at = &words->nodes[node];
    if (node == 0)
        return words->root[c];
    if (at->child_count == 0)
        return 0;
    const unsigned char *bytes = words->bytes + at->children;
    const unsigned char *found = memchr(bytes, c, at->child_count);
    return found ? at->children + (uint32_t)(found - bytes) : 0;
}

/* Fills `heads`, when the nodes are there. */
void words_add_heads(struct words *words, struct arena *arena);

/* The key of the head of a word; 0: it has none. */
uint64_t words_head_key(const struct words *words, uint32_t word);

/* Fills `begins`, when the heads are there. */
void words_add_begins(struct words *words, struct arena *arena);

/* Room for `keys`. */
void words_filter_make(struct words_filter *filter, size_t keys, struct arena *arena);

void words_filter_add(struct words_filter *filter, uint64_t key);

static inline bool words_filter_has(const struct words_filter *filter, uint64_t key)
{
    uint64_t hash = words_hash(key ^ key >> 29);
    uint64_t wanted = UINT64_C(1) << (hash >> 20 & 63) | UINT64_C(1) << (hash >> 26 & 63);
    return (filter->bits[hash >> filter->shift] & wanted) == wanted;
}

#endif
