/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/words_heads.h"

#include "rulesets/detection/words_build.h"

/* Of these bits, so that hardly any other key has the same; fewer where they would be too many. */
#define BITS_A_KEY 128u
#define BITS_AT_HAND ((size_t)1 << 18)
#define BITS_A_KEY_LEAST 16u

/* A mark that no other is compared as, and that making letters of both cases one leaves alone. */
static bool is_plain_mark(char c)
{
    return c > ' ' && c <= '?' && c != '\'' && !ascii_is_token(c);
}

uint64_t words_head_key(const struct words *words, uint32_t word)
{
    struct span text = words_text(words, word);
    char bytes[WORDS_KEY_BYTES] = {0};
    bool mark = text.len > 1 && is_plain_mark(text.ptr[0]) && ascii_is_token(text.ptr[1]);
    size_t len = mark;
    while (len < text.len && len < sizeof bytes && ascii_is_token(text.ptr[len]))
        len++;
    memcpy(bytes, text.ptr, len);
    return len > 0 ? words_key(&words->heads, words_load(bytes), (1u << len) - 1) : 0;
}

/* Where the first `len` bytes of a word lead to. */
static uint32_t node_of(const struct words *words, uint32_t word, size_t len)
{
    struct span text = words_text(words, word);
    uint32_t node = 0;
    for (size_t i = 0; i < len && (node == 0 || words->nodes[node].child_count > 0); i++)
        node = words_child(words, node, (unsigned char)text.ptr[i]);
    return node;
}

/* Which bits of words_second() what stands behind the first `len` bytes of a word may have. */
static uint32_t seconds_of(const struct words *words, uint32_t word, size_t len)
{
    struct span rest = span_from(words_text(words, word), len);
    if (rest.len == 0)
        return UINT32_C(1) << WORDS_SECOND_END;
    unsigned char first = (unsigned char)rest.ptr[0];
    unsigned char second = rest.len > 1 ? (unsigned char)rest.ptr[1] : ' ';
    return UINT32_C(1) << words_second(&words->heads, first, second) | UINT32_C(1)
                                                                           << WORDS_SECOND_ANY;
}

static void add_head(struct words *words, uint32_t word, uint64_t key)
{
    struct words_heads *heads = &words->heads;
    struct words_head *head = words_head(heads, key);
    uint64_t hash = words_hash(key);
    head->key = key;
    head->node = node_of(words, word, words_key_length(key));
    head->seconds |= seconds_of(words, word, words_key_length(key));
    heads->bits[hash >> heads->bits_shift] |= UINT64_C(1) << words_bit(hash);
}

static void make_tables(struct words *words)
{
    struct words_heads *heads = &words->heads;
    heads->fold = words->caseless ? UINT64_C(0x2020202020202020) : 0;
    for (unsigned run = 0; run < ARRAY_LEN(heads->runs); run++)
        for (unsigned i = 0; i < WORDS_KEY_BYTES && ((run | 1) >> i & 1) != 0; i++)
            heads->runs[run] |= UINT64_C(0xff) << i * 8;
    for (unsigned c = 0; c < ARRAY_LEN(heads->seconds[0]); c++) {
        bool above = c >= ARRAY_LEN(words->plain), blank = !above && words->plain[c] == ' ';
        unsigned plain = above ? 0 : words->plain[c];
        heads->seconds[0][c] = (unsigned char)(above   ? WORDS_SECOND_ANY
                                               : blank ? WORDS_SECOND_BLANK
                                                       : plain % 16);
        heads->seconds[1][c] = (unsigned char)(above || blank ? WORDS_SECOND_ANY : 16 + plain % 14);
    }
}

static void make_room(struct words_heads *heads, size_t keys, struct arena *arena)
{
    unsigned log = 4, bits = 6;
    while (((size_t)3 << log) / 4 < keys)
        log++;
    while ((size_t)64 << bits < keys * BITS_A_KEY_LEAST ||
           ((size_t)64 << bits < keys * BITS_A_KEY && (size_t)64 << bits < BITS_AT_HAND))
        bits++;
    heads->items = ARENA_ARRAY(arena, (size_t)1 << log, struct words_head);
    heads->bits = ARENA_ARRAY(arena, (size_t)1 << bits, uint64_t);
    heads->shift = 64 - log;
    heads->bits_shift = 64 - bits;
}

void words_add_heads(struct words *words, struct arena *arena)
{
    size_t keys = 0;
    uint64_t last = 0;
    make_tables(words);
    for (uint32_t i = 0; i < words->count; i++) {
        uint64_t key = words_head_key(words, i);
        keys += key != last; /* the same one may be counted again */
        last = key;
    }
    make_room(&words->heads, keys, arena);
    for (uint32_t i = 0; i < words->count; i++) {
        uint64_t key = words_head_key(words, i);
        if (key != 0)
            add_head(words, i, key);
    }
}
