/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/words_where.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"
#include "rulesets/detection/words_above.h"

void words_places_init(struct words_places *places, const struct words *words, struct span text,
                       enum words_where where)
{
    places->words = words;
    places->text = text;
    places->where = where;
    places->next = places->at = places->count = 0;
}

/* --- anything --- */

/* A character above ASCII may be compared as several of ASCII, so it may also go on a word. */
static size_t by_grams(const struct words_places *places, size_t off)
{
    const struct words *words = places->words;
    struct span text = places->text;
    size_t size = words->begins.gram;
    uint64_t gram = 0, mask = size < 8 ? (UINT64_C(1) << size * 8) - 1 : UINT64_MAX;
    if (size == 0)
        return off + ascii_prefix(span_from(text, off));
    for (size_t i = off; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c >= 0x80)
            return i + 1 - off > size ? i + 1 - size : off;
        gram = (gram << 8 | words->plain[c]) & mask;
        if (i + 1 - off >= size && words_filter_has(&words->begins.grams, gram))
            return i + 1 - size;
    }
    return text.len;
}

/* --- words that are no part of longer ones --- */

/*
 * What follows is all the work there is for a text where no words stand, so it is done for many
 * places at a time, and for nearly all of them there are no two ways through it: none is to be
 * guessed by the processor.
 */
#define ALWAYS_INLINE __attribute__((always_inline)) static inline

/* Whether a word may begin with a mark, or what else is part of no token. */
static bool may_be_other(const struct words_places *places, size_t off)
{
    const struct words *words = places->words;
    struct span text = places->text;
    const uint64_t *pairs = words->begins.pairs[words->plain[(unsigned char)text.ptr[off]]];
    if (off + 1 == text.len || ascii_is_8bit(text.ptr[off + 1]))
        return (pairs[0] | pairs[1]) != 0 || off + 1 < text.len;
    unsigned char next = words->plain[(unsigned char)text.ptr[off + 1]];
    return (pairs[next / 64] >> (next % 64) & 1) != 0;
}

ALWAYS_INLINE uint64_t others_in(const struct words_places *places, size_t block,
                                 const struct byte_masks *masks)
{
    const struct words_begins *begins = &places->words->begins;
    uint64_t kept = 0, bits = begins->has_controls ? ~(masks->token | masks->above) : masks->mark;
    if (places->text.len - block < BYTE_MASKS_WIDTH) /* what stands behind the text is none of it */
        bits &= (UINT64_C(1) << (places->text.len - block)) - 1;
    for (; bits != 0; bits &= bits - 1) {
        size_t at = (size_t)__builtin_ctzll(bits);
        kept |= (uint64_t)may_be_other(places, block + at) << at;
    }
    return kept;
}

struct candidate {
    uint64_t key; /* 0: no head of a word is known there */
    size_t off;
};

/* The bytes of a block. */
struct block {
    size_t off;
    const char *bytes;       /* and more behind them */
    uint64_t tokens, behind; /* what tokens are made of, in the block and behind it */
    uint64_t heads;          /* where heads of words may begin */
    uint64_t others;         /* where words begin that may have no head */
};

/* Whether a word may begin with a head, of `key` as far as it is known, that a character above
 * ASCII follows: it may go on with what that is compared as. */
ALWAYS_INLINE bool may_go_on_above(const struct words *words, uint64_t bytes, uint64_t run,
                                   uint64_t key)
{
    uint64_t end = (~run & ~UINT64_C(1)) | UINT64_C(1) << WORDS_KEY_BYTES;
    unsigned len = (unsigned)__builtin_ctzll(end);
    bool above = (bytes >> (len % WORDS_KEY_BYTES * 8) & 0x80) != 0;
    uint64_t prefix = key & ((UINT64_C(1) << WORDS_PREFIX * 8) - 1);
    return above & words_filter_has(&words->begins.prefixes, prefix);
}

/* Adds the heads that words begin with, and all others. `others`: there may be some. */
ALWAYS_INLINE struct candidate *add_candidates(const struct words *words, const struct block *block,
                                               bool others, struct candidate *next)
{
    for (uint64_t bits = block->heads | block->others; bits != 0; bits &= bits - 1) {
        unsigned at = (unsigned)__builtin_ctzll(bits);
        uint64_t run = block->tokens >> at | (block->behind << 1) << (63 - at);
        uint64_t head = words_load(block->bytes + at);
        uint64_t key = words_key(&words->heads, head, (unsigned)run & 0xff);
        bool other =
            others && ((block->others >> at & 1) != 0 || may_go_on_above(words, head, run, key));
        next->key = other ? 0 : key;
        next->off = block->off + at;
        next += (size_t)(other | words_heads_may(&words->heads, key));
    }
    return next;
}

/* `behind`: the mask of the next block. */
ALWAYS_INLINE uint64_t in_front_of(uint64_t mask, uint64_t behind)
{
    return mask >> 1 | behind << (BYTE_MASKS_WIDTH - 1);
}

/* Where a word may begin with a character above ASCII, or with a mark that one follows. */
ALWAYS_INLINE void add_above(const struct words_places *places, const struct byte_masks masks[2],
                             struct block *block)
{
    struct words_above_masks above = words_above_in(places->words, places->text, block->off, masks);
    block->others |= above.begins;
    if (places->words->begins.has_marks)
        block->others |= masks->mark & in_front_of(masks[0].above, masks[1].above);
    block->heads &= ~(above.inside & masks->token);
}

ALWAYS_INLINE struct candidate *add_block(const struct words_places *places, size_t off,
                                          const char *bytes, const struct byte_masks masks[2],
                                          bool inside, struct candidate *next)
{
    const struct words_begins *begins = &places->words->begins;
    struct block block = {off, bytes, masks[0].token, masks[1].token, 0, 0};
    bool above = (masks[0].above | masks[1].above) != 0;
    block.heads = masks->token & ~(masks->token << 1 | inside);
    if (begins->has_marks)
        block.heads |= masks->mark & in_front_of(masks[0].token, masks[1].token);
    if (begins->has_others)
        block.others = others_in(places, off, masks);
    if (above)
        add_above(places, masks, &block);
    else if (!begins->has_numbers)
        block.heads &= ~masks->digit | in_front_of(masks[0].token & ~masks[0].digit,
                                                   masks[1].token & ~masks[1].digit);
    return above || block.others != 0 ? add_candidates(places->words, &block, true, next)
                                      : add_candidates(places->words, &block, false, next);
}

/* Whether what stands behind the head of a word may be more of it. */
ALWAYS_INLINE bool head_goes_on(const struct words_places *places, size_t end,
                                const struct words_head *head)
{
    struct span text = places->text;
    if (end + 2 > text.len)
        return head->key != 0;
    unsigned char first = (unsigned char)text.ptr[end], second = (unsigned char)text.ptr[end + 1];
    return (head->seconds >> words_second(&places->words->heads, first, second) & 1) != 0;
}

/* Those that have no head, and of the others those that are words or may go on as one does. */
ALWAYS_INLINE void keep_places(struct words_places *places, const struct candidate *candidates,
                               const struct candidate *end)
{
    const struct words_heads *heads = &places->words->heads;
    size_t kept = 0;
    for (const struct candidate *at = candidates; at < end; at++) {
        const struct words_head *head = words_head(heads, at->key);
        size_t len = at->key != 0 ? words_key_length(at->key) : 0;
        bool goes_on = (len == 0) | head_goes_on(places, at->off + len, head);
        bool is_word = (head->seconds >> WORDS_SECOND_END & 1) != 0;
        places->places[kept] = (struct words_place){at->off, head->node, (uint16_t)len, !goes_on};
        kept += (size_t)(goes_on | is_word);
    }
    places->count = kept;
    places->at = 0;
}

/* `bytes`: of the text from `off` on, and more behind it. */
ALWAYS_INLINE void know_blocks(struct words_places *places, size_t off, size_t blocks,
                               const char *bytes, const struct byte_masks *masks)
{
    struct candidate candidates[WORDS_BATCH], *end = candidates;
    bool inside = off > 0 && ascii_is_token(places->text.ptr[off - 1]);
    for (size_t i = 0; i < blocks; i++) {
        size_t at = i * BYTE_MASKS_WIDTH;
        end = add_block(places, off + at, bytes + at, &masks[i], inside, end);
        inside = masks[i].token >> 63 != 0;
    }
    keep_places(places, candidates, end);
}

#ifdef __x86_64__
__attribute__((target("bmi,bmi2"))) static void know_blocks_bmi2(struct words_places *places,
                                                                 size_t off, size_t blocks,
                                                                 const char *bytes,
                                                                 const struct byte_masks *masks)
{
    know_blocks(places, off, blocks, bytes, masks);
}
#endif

static void know_batch(struct words_places *places, size_t off)
{
    struct byte_masks masks[WORDS_BLOCKS + 1];
    char padded[WORDS_BATCH + WORDS_KEY_BYTES];
    struct span text = span_from(places->text, off);
    size_t left = (text.len + BYTE_MASKS_WIDTH - 1) / BYTE_MASKS_WIDTH;
    size_t blocks = left < WORDS_BLOCKS ? left : WORDS_BLOCKS;
    byte_masks_fill(places->text, off, blocks + 1, masks);
    if (text.len < sizeof padded) {
        memcpy(padded, text.ptr, text.len);
        memset(padded + text.len, ' ', blocks * BYTE_MASKS_WIDTH + WORDS_KEY_BYTES - text.len);
        text.ptr = padded;
    }
    places->next = off + blocks * BYTE_MASKS_WIDTH;
#ifdef __x86_64__
    if (__builtin_cpu_supports("bmi2")) {
        know_blocks_bmi2(places, off, blocks, text.ptr, masks);
        return;
    }
#endif
    know_blocks(places, off, blocks, text.ptr, masks);
}

static bool by_tokens(struct words_places *places, size_t off, struct words_place *out)
{
    while (true) {
        for (; places->at < places->count; places->at++) {
            if (places->places[places->at].off < off)
                continue;
            *out = places->places[places->at++];
            return true;
        }
        size_t next = off > places->next ? off - off % BYTE_MASKS_WIDTH : places->next;
        if (next >= places->text.len)
            return false;
        know_batch(places, next);
    }
}

bool words_place(struct words_places *places, size_t off, struct words_place *out)
{
    if (places->where == WORDS_BY_TOKENS)
        return by_tokens(places, off, out);
    out->off = places->where == WORDS_ANYWHERE ? off : by_grams(places, off);
    out->head = out->len = 0;
    return out->off < places->text.len;
}
