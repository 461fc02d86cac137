/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words_heads: the first bytes of words that begin in ASCII with a token, or with one that has a
 * mark in front; a token of a text is looked up at once and not byte by byte. Private to words.
 */
#ifndef CULVERT_RULESETS_DETECTION_WORDS_HEADS_H
#define CULVERT_RULESETS_DETECTION_WORDS_HEADS_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WORDS_KEY_BYTES 8u

struct words_head {
    uint64_t key;     /* 0: there is none */
    uint32_t node;    /* that these bytes lead to, or that above it which leads to the only word */
    uint32_t seconds; /* what may stand behind them: bits of words_second() */
};

struct words_heads {
    struct words_head *items; /* by key, of open addresses */
    uint64_t *bits;           /* one a key: so few that they stay at hand */
    unsigned shift, bits_shift;
    uint64_t fold;      /* bits that make letters of both cases one */
    uint64_t runs[256]; /* by bits of a byte: the bytes of the first and of the 1s that follow it */
    unsigned char seconds[2][256]; /* of words_second() */
};

static inline uint64_t words_load(const char at[WORDS_KEY_BYTES])
{
    uint64_t bytes;
    memcpy(&bytes, at, sizeof bytes);
    return le64toh(bytes);
}

/* The key of the head that `bytes` begin with. `run`: bit by bit which of them are a token's; the
 * first may be none. '_' stays apart from all other bytes of tokens. */
static inline uint64_t words_key(const struct words_heads *heads, uint64_t bytes, unsigned run)
{
    return (bytes | heads->fold) & heads->runs[run];
}

/* Of one that is not 0. */
static inline size_t words_key_length(uint64_t key)
{
    return WORDS_KEY_BYTES - (size_t)__builtin_clzll(key) / 8;
}

static inline uint64_t words_hash(uint64_t key)
{
    return key * UINT64_C(0x9e3779b97f4a7c15);
}

static inline unsigned words_bit(uint64_t hash)
{
    return (unsigned)(hash >> 24) % 64;
}

/* false: no word has that head. */
static inline bool words_heads_may(const struct words_heads *heads, uint64_t key)
{
    uint64_t hash = words_hash(key);
    return (heads->bits[hash >> heads->bits_shift] >> words_bit(hash) & 1) != 0;
}

/* Where that of a key is, or would be. */
static inline struct words_head *words_head(const struct words_heads *heads, uint64_t key)
{
    size_t mask = UINT64_MAX >> heads->shift, at = words_hash(key) >> heads->shift;
    while (heads->items[at].key != key && heads->items[at].key != 0)
        at = (at + 1) & mask;
    return &heads->items[at];
}

/* A word ends there; any byte, of characters above ASCII that may be compared as anything. */
#define WORDS_SECOND_END 30u
#define WORDS_SECOND_ANY 31u
#define WORDS_SECOND_BLANK 32u

/* Of 32 bits that which tells of the two bytes behind a head: of the first, or, where that is a
 * blank, of the second. */
static inline unsigned words_second(const struct words_heads *heads, unsigned char first,
                                    unsigned char second)
{
    unsigned bit = heads->seconds[0][first], behind = heads->seconds[1][second];
    unsigned blank = 0u - bit / WORDS_SECOND_BLANK; /* not to be guessed */
    return (bit & ~blank) | (behind & blank);
}

#endif
