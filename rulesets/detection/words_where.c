/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/words_where.h"

#include "engine/base/ascii.h"
#include "engine/base/byte_masks.h"
#include "engine/base/utf8.h"

void words_places_init(struct words_places *places, const struct words *words, struct span text,
                       enum words_where where)
{
    places->words = words;
    places->text = text;
    places->where = where;
    places->block = SPAN_NONE;
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

static bool is_token(char c)
{
    return ascii_is_alnum(c) || c == '_';
}

/* A word of ASCII with its first character begins with a token's, or a character that is part of
 * none. */
static void know_block(struct words_places *places, size_t block)
{
    const struct words_begins *begins = &places->words->begins;
    struct span text = places->text;
    struct byte_masks masks = byte_masks_at(text, block);
    size_t last = block + BYTE_MASKS_WIDTH - 1;
    bool inside = block > 0 && is_token(text.ptr[block - 1]);
    places->block = block;
    places->letters = masks.token;
    places->tokens = masks.token & ~(masks.token << 1 | inside);
    places->above = masks.inner >> 1 & ~masks.inner;
    if (last < text.len && (unsigned char)text.ptr[last] >= 0xc0)
        places->above |= UINT64_C(1) << (BYTE_MASKS_WIDTH - 1);
    places->others = 0;
    if (begins->has_others)
        places->others = ~(masks.token | masks.inner | places->above) &
                         (begins->has_controls ? UINT64_MAX : ~masks.blank);
    if (last >= text.len) /* what stands behind the text is none of it */
        places->others &= (UINT64_C(1) << (text.len - block)) - 1;
}

/* How many bytes of its key the token at text[off] has. */
static size_t token_length(const struct words_places *places, size_t off)
{
    size_t first = off - places->block, len = 0;
    if (first + WORDS_KEY_BYTES <= BYTE_MASKS_WIDTH) {
        uint64_t ends = ~(places->letters >> first) | UINT64_C(1) << WORDS_KEY_BYTES;
        return (size_t)__builtin_ctzll(ends);
    }
    while (len < WORDS_KEY_BYTES && off + len < places->text.len &&
           is_token(places->text.ptr[off + len]))
        len++;
    return len;
}

/* Whether a word may begin with the token at text[off]: where a character above ASCII follows it
 * soon, the word may go on with what that is compared as. */
static bool may_be_token(const struct words_places *places, size_t off)
{
    struct span text = places->text;
    size_t len = token_length(places, off);
    if (len < WORDS_KEY_BYTES && off + len < text.len && ascii_is_8bit(text.ptr[off + len]))
        return true;
    size_t room = text.len - off;
    uint64_t key = words_key(text.ptr + off, len, room, places->words->caseless);
    return words_filter_has(&places->words->begins.tokens, key);
}

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

static size_t by_tokens(struct words_places *places, size_t off)
{
    size_t first = off % BYTE_MASKS_WIDTH;
    for (size_t block = off - first; block < places->text.len; block += BYTE_MASKS_WIDTH) {
        if (block != places->block)
            know_block(places, block);
        uint64_t bits = (places->tokens | places->above | places->others) & UINT64_MAX << first;
        first = 0;
        for (; bits != 0; bits &= bits - 1) {
            uint64_t bit = bits & -bits;
            size_t at = block + (size_t)__builtin_ctzll(bits);
            if ((places->above & bit) != 0 ||
                ((places->tokens & bit) != 0 ? may_be_token(places, at) : may_be_other(places, at)))
                return at;
        }
    }
    return places->text.len;
}

size_t words_place(struct words_places *places, size_t off)
{
    if (places->where == WORDS_ANYWHERE)
        return off;
    return places->where == WORDS_BY_TOKENS ? by_tokens(places, off) : by_grams(places, off);
}
