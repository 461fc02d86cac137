/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/words_above.h"
#include "engine/base/ascii.h"

#define LETTERS 4u /* that make a key */

static bool is_lead(unsigned char c)
{
    return c >= 0xc0 && c < 0xe0;
}

/* The character of two bytes at text[off]; NULL: there is another. */
static const struct words_above *letter_at(const struct words *words, struct span text, size_t off)
{
    const unsigned char *at = (const unsigned char *)text.ptr + off;
    return is_lead(at[0]) ? words_above_of(words, (at[0] & 0x1fu) << 6 | (at[1] & 0x3fu)) : NULL;
}

static uint64_t add_letter(uint64_t key, const unsigned char at[2])
{
    return key << 16 | (uint64_t)at[0] << 8 | at[1];
}

static bool is_wide_lead(unsigned char c)
{
    return c >= 0xe0 && c < 0xf0;
}

static uint64_t wide_key(const unsigned char at[3])
{
    return (uint64_t)at[0] << 16 | (uint64_t)at[1] << 8 | at[2];
}

/* That of the first letters: as many as stand together, up to LETTERS, or one of three bytes. */
static uint64_t key_of(struct span word)
{
    const unsigned char *at = (const unsigned char *)word.ptr;
    uint64_t key = is_wide_lead(at[0]) ? wide_key(at) : 0;
    for (size_t n = 0; n < LETTERS && n * 2 < word.len && is_lead(at[n * 2]); n++)
        key = add_letter(key, at + n * 2);
    return key;
}

void words_add_letters(struct words *words, struct arena *arena)
{
    size_t keys = 0;
    for (uint32_t i = 0; i < words->count; i++)
        keys += key_of(words_text(words, i)) != 0;
    words_filter_make(&words->begins.letters, keys, arena);
    for (uint32_t i = 0; i < words->count; i++) {
        uint64_t key = key_of(words_text(words, i));
        if (key != 0)
            words_filter_add(&words->begins.letters, key);
    }
}

/* Whether a word may begin with the letters at text[off]. Where one follows that is compared as
 * something else, or none that a word cannot end before, it always may. */
static bool may_be_letters(const struct words *words, struct span text, size_t off)
{
    uint64_t key = 0;
    for (size_t n = 0; n < LETTERS && off < text.len && ascii_is_8bit(text.ptr[off]); off += 2) {
        const struct words_above *above = letter_at(words, text, off);
        if (!above || !above->joins || above->size == 0 || above->size == WORDS_ABOVE_MORE)
            return true;
        for (size_t i = 0; i < above->size && n < LETTERS; i += 2, n++) {
            if (!is_lead(above->bytes[i]))
                return true;
            key = add_letter(key, above->bytes + i);
        }
    }
    return words_filter_has(&words->begins.letters, key);
}

/* Whether the character before text[off] is known to make one word with one that does so. */
static bool joins_before(const struct words *words, struct span text, size_t off)
{
    if (off == 0 || !ascii_is_8bit(text.ptr[off - 1]))
        return off > 0 && ascii_is_token(text.ptr[off - 1]);
    const struct words_above *above = off > 1 ? letter_at(words, text, off - 2) : NULL;
    return above && above->joins;
}

/* The same for a character of three bytes. Those of Han are compared as what they are. */
static bool may_be_wide(const struct words *words, const unsigned char at[3])
{
    uint32_t code = (at[0] & 0x0fu) << 12 | (at[1] & 0x3fu) << 6 | (at[2] & 0x3fu);
    const struct words_above *above = words_above_of(words, code);
    if (code >= 0x3400 && code <= 0x9fff)
        return words_filter_has(&words->begins.letters, wide_key(at));
    if (!above || above->size == WORDS_ABOVE_MORE)
        return true;
    return above->size > 0 && words->root[above->bytes[0]] != 0 &&
           (!is_wide_lead(above->bytes[0]) ||
            words_filter_has(&words->begins.letters, wide_key(above->bytes)));
}

static bool may_begin(const struct words *words, struct span text, size_t off)
{
    const unsigned char *at = (const unsigned char *)text.ptr + off;
    const struct words_above *above = letter_at(words, text, off);
    if (!above || above->size == WORDS_ABOVE_MORE)
        return !is_wide_lead(at[0]) || may_be_wide(words, at);
    return above->size > 0 && words->root[above->bytes[0]] != 0 &&
           !(above->joins && joins_before(words, text, off)) && may_be_letters(words, text, off);
}

struct words_above_masks words_above_in(const struct words *words, struct span text, size_t block,
                                        const struct byte_masks *masks)
{
    uint64_t leads = masks->above & ~masks->inner, joining = 0, kept = 0;
    for (uint64_t bits = leads; bits != 0; bits &= bits - 1) {
        size_t at = (size_t)__builtin_ctzll(bits);
        const struct words_above *above = letter_at(words, text, block + at);
        joining |= (uint64_t)(above && above->joins) << at;
    }
    uint64_t inside = joining << 2; /* bytes of a character */
    for (uint64_t bits = leads & ~(joining & (inside | masks->token << 1)); bits != 0;
         bits &= bits - 1) {
        size_t at = (size_t)__builtin_ctzll(bits);
        kept |= (uint64_t)may_begin(words, text, block + at) << at;
    }
    return (struct words_above_masks){kept, inside};
}
