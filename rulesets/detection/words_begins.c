/* SPDX-License-Identifier: Apache-2.0 */
/* words_begins: what tells, from the first bytes of words, where in a text one may begin. */
#include "engine/base/ascii.h"
#include "engine/base/utf8.h"
#include "rulesets/detection/words_above.h"

#define FILTER_BITS_A_KEY 16u

void words_filter_make(struct words_filter *filter, size_t keys, struct arena *arena)
{
    unsigned log = 6;
    while (log < 40 && (UINT64_C(64) << log) < keys * FILTER_BITS_A_KEY)
        log++;
    filter->bits = ARENA_ARRAY(arena, (size_t)1 << log, uint64_t);
    filter->shift = 64 - log;
}

void words_filter_add(struct words_filter *filter, uint64_t key)
{
    uint64_t hash = words_hash(key ^ key >> 29);
    filter->bits[hash >> filter->shift] |=
        UINT64_C(1) << (hash >> 20 & 63) | UINT64_C(1) << (hash >> 26 & 63);
}

/* Which bytes may be second. */
static void add_pair(struct words_begins *begins, struct span text)
{
    uint64_t *pairs = begins->pairs[(unsigned char)text.ptr[0]];
    begins->has_others = true;
    begins->has_controls |= (unsigned char)text.ptr[0] < '!';
    if (text.len == 1)
        pairs[0] = pairs[1] = UINT64_MAX;
    else if (!ascii_is_8bit(text.ptr[1])) /* others are never ruled out */
        pairs[(unsigned char)text.ptr[1] >> 6] |= UINT64_C(1) << (text.ptr[1] & 63);
}

/* How many bytes of ASCII, up to a blank, a word begins with. */
static size_t gram_length(struct span text)
{
    size_t len = 0;
    while (len < text.len && len < WORDS_KEY_BYTES && text.ptr[len] != ' ' &&
           !ascii_is_8bit(text.ptr[len]))
        len++;
    return len;
}

static uint64_t gram_of(struct span text, size_t len)
{
    uint64_t gram = 0;
    for (size_t i = 0; i < len; i++)
        gram = gram << 8 | (unsigned char)text.ptr[i];
    return gram;
}

static bool is_number(struct span text)
{
    bool letter = text.len > 1 && ascii_is_token(text.ptr[1]) && !ascii_is_digit(text.ptr[1]);
    return ascii_is_digit(text.ptr[0]) && !letter;
}

/* Heads of words, cut to each length up to WORDS_PREFIX. */
static void add_prefixes(struct words *words, struct arena *arena)
{
    struct words_filter *prefixes = &words->begins.prefixes;
    for (unsigned adding = 0; adding < 2; adding++) {
        size_t keys = 0;
        uint64_t last[WORDS_PREFIX] = {0};
        for (uint32_t i = 0; i < words->count; i++) {
            uint64_t key = words_head_key(words, i);
            for (unsigned n = 0; n < WORDS_PREFIX && (key >> n * 8 & 0xff) != 0; n++) {
                uint64_t prefix = key & words->heads.runs[(2u << n) - 1];
                if (prefix == last[n])
                    continue;
                last[n] = prefix;
                keys++;
                if (adding)
                    words_filter_add(prefixes, prefix);
            }
        }
        if (!adding)
            words_filter_make(prefixes, keys, arena);
    }
}

void words_add_begins(struct words *words, struct arena *arena)
{
    struct words_begins *begins = &words->begins;
    size_t least = WORDS_KEY_BYTES + 1;
    words_add_letters(words, arena);
    add_prefixes(words, arena);
    words_filter_make(&begins->grams, words->count, arena);
    for (size_t i = 0; i < words->count; i++) {
        struct span text = words_text(words, (uint32_t)i);
        size_t gram = gram_length(text);
        bool head = words_head_key(words, (uint32_t)i) != 0;
        if (gram == 0)
            continue; /* only where a character above ASCII stands */
        least = gram < least ? gram : least;
        begins->has_marks |= head && !ascii_is_token(text.ptr[0]);
        begins->has_numbers |= is_number(text);
        if (!head)
            add_pair(begins, text);
    }
    begins->gram = least <= WORDS_KEY_BYTES ? (unsigned)least : 0;
    for (size_t i = 0; i < words->count; i++) {
        struct span text = words_text(words, (uint32_t)i);
        if (gram_length(text) > 0)
            words_filter_add(&begins->grams, gram_of(text, begins->gram));
    }
}
