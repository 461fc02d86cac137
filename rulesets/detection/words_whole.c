/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words_whole: words that are no part of longer ones. In ASCII such a word begins with a token, and
 * most tokens of a text begin none: they are told by their first eight bytes, far faster than the
 * automaton could. What has characters above ASCII in it is left to the automaton, around these.
 */
#include "engine/base/ascii.h"
#include "engine/base/byte_masks.h"
#include "engine/base/clock.h"
#include "engine/base/utf8.h"
#include "rulesets/detection/words_build.h"

#define LATE_EVERY ((size_t)64 << 10) /* bytes between two looks at the clock */
#define KEY_BYTES 8u

static bool is_token(char c)
{
    return ascii_is_alnum(c) || c == '_';
}

/* Letters of both cases are one; '_' stays apart from all other bytes of tokens. */
static uint64_t folded(uint64_t bytes, bool caseless)
{
    return caseless ? bytes | UINT64_C(0x2020202020202020) : bytes;
}

static uint64_t key_of(const char *at, size_t len, bool caseless)
{
    uint64_t bytes = 0;
    memcpy(&bytes, at, len < KEY_BYTES ? len : KEY_BYTES);
    bytes = folded(bytes, caseless);
    return len < KEY_BYTES ? bytes & ((UINT64_C(1) << len * 8) - 1) : bytes;
}

static uint32_t hash_of(uint64_t key)
{
    return (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 48);
}

/* --- made once --- */

static size_t token_length(struct span text)
{
    size_t len = 0;
    while (len < text.len && is_token(text.ptr[len]))
        len++;
    return len;
}

static void add_begin(struct words *words, uint32_t word)
{
    struct words_begins *begins = &words->begins;
    struct span text = words->texts[word];
    if (!span_is_ascii(text))
        return; /* never in a text of ASCII */
    size_t len = token_length(text);
    if (len == 0) {
        begins->others[begins->other_count % WORDS_OTHERS] = word;
        begins->other_count++;
        return;
    }
    uint64_t key = key_of(text.ptr, len, words->caseless);
    uint32_t hash = hash_of(key), slot = hash % begins->slots;
    begins->filter[hash / 64] |= UINT64_C(1) << (hash & 63);
    while (begins->firsts[slot] != WORD_NONE && begins->keys[slot] != key)
        slot = (slot + 1) % begins->slots;
    begins->keys[slot] = key;
    begins->nexts[word] = begins->firsts[slot];
    begins->firsts[slot] = word;
}

void words_add_begins(struct words *words, struct arena *arena)
{
    struct words_begins *begins = &words->begins;
    for (begins->slots = 64; begins->slots < 2 * words->count; begins->slots *= 2)
        ;
    begins->filter = ARENA_ARRAY(arena, WORDS_FILTER_BITS / 64, uint64_t);
    begins->keys = ARENA_ARRAY(arena, begins->slots, uint64_t);
    begins->firsts = ARENA_ARRAY(arena, begins->slots, uint32_t);
    begins->nexts = ARENA_ARRAY(arena, words->count, uint32_t);
    memset(begins->firsts, 0xff, begins->slots * sizeof *begins->firsts);
    for (size_t i = 0; i < words->count; i++) {
        add_begin(words, (uint32_t)i);
        if (words->lengths[i] > words->longest)
            words->longest = words->lengths[i];
    }
}

/* --- the look for them --- */

struct look {
    const struct words *words;
    struct span text;
    words_found *found;
    void *arg;
    bool enough;
};

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Where the word that begins at `at` ends, in ASCII; SPAN_NONE: another one stands there. */
static size_t end_of_word(const struct look *look, struct span word, size_t at)
{
    struct span text = look->text;
    for (size_t i = 0; i < word.len; i++) {
        if (at == text.len)
            return SPAN_NONE;
        char c = text.ptr[at];
        if (is_blank(c) != (word.ptr[i] == ' '))
            return SPAN_NONE;
        if (is_blank(c)) {
            while (at < text.len && is_blank(text.ptr[at]))
                at++;
            continue;
        }
        c = c == '`' ? '\'' : look->words->caseless ? ascii_lower(c) : c;
        if (c != word.ptr[i])
            return SPAN_NONE;
        at++;
    }
    return at;
}

static void try_word(struct look *look, uint32_t word, size_t at)
{
    size_t end = end_of_word(look, look->words->texts[word], at);
    if (end == SPAN_NONE || !word_is_whole(look->text, at, end - at))
        return;
    struct word_hit hit = {word, (uint32_t)at, (uint32_t)(end - at)};
    look->enough = look->enough || !look->found(&hit, look->arg);
}

static void try_token(struct look *look, size_t at, size_t len)
{
    const struct words_begins *begins = &look->words->begins;
    uint64_t key = key_of(look->text.ptr + at, len, look->words->caseless);
    uint32_t hash = hash_of(key), slot = hash % begins->slots;
    if ((begins->filter[hash / 64] >> (hash & 63) & 1) == 0)
        return;
    while (begins->firsts[slot] != WORD_NONE && begins->keys[slot] != key)
        slot = (slot + 1) % begins->slots;
    for (uint32_t word = begins->firsts[slot]; word != WORD_NONE; word = begins->nexts[word])
        try_word(look, word, at);
}

/* The tokens that begin in 64 bytes; returns whether the last one may go on behind them. */
static bool try_tokens(struct look *look, size_t off, struct byte_masks masks, bool goes_on)
{
    uint64_t starts = masks.token & ~(masks.token << 1 | goes_on);
    for (; starts != 0; starts &= starts - 1) {
        unsigned at = (unsigned)__builtin_ctzll(starts);
        uint64_t ends = ~masks.token >> at;
        size_t len = ends ? (size_t)__builtin_ctzll(ends) : KEY_BYTES;
        if (at + KEY_BYTES > BYTE_MASKS_WIDTH)
            len = token_length(span_sub(look->text, off + at, KEY_BYTES));
        try_token(look, off + at, len);
    }
    return masks.token >> (BYTE_MASKS_WIDTH - 1) != 0;
}

/* Words that begin with no token. */
static void try_others(struct look *look)
{
    const struct words_begins *begins = &look->words->begins;
    for (size_t i = 0; i < begins->other_count; i++) {
        char first = look->words->texts[begins->others[i]].ptr[0];
        for (size_t at = 0; at < look->text.len && !look->enough; at++) {
            size_t next = span_find_byte(span_from(look->text, at), first);
            if (next == SPAN_NONE)
                break;
            at += next;
            try_word(look, begins->others[i], at);
        }
    }
}

/* --- above ASCII --- */

struct part {
    struct look *look;
    struct span text;
    size_t off; /* of it, in the text */
};

static bool find_above(const struct word_hit *hit, void *arg)
{
    struct part *part = arg;
    if (span_is_ascii(span_sub(part->text, hit->off, hit->len)) ||
        !word_is_whole(part->look->text, part->off + hit->off, hit->len))
        return true;
    struct word_hit whole = {hit->word, (uint32_t)(hit->off + part->off), hit->len};
    return part->look->found(&whole, part->look->arg);
}

/* Back from `at` over as much as a word may have in front of it, not before `least`. */
static size_t reach_back(const struct look *look, size_t at, size_t least)
{
    for (size_t i = 0; i < look->words->longest && at > least; i++) {
        bool blank = is_blank(look->text.ptr[--at]);
        while (blank && at > least && is_blank(look->text.ptr[at - 1]))
            at--;
    }
    return utf8_floor(look->text, at);
}

/* The same forward, to where a stretch of characters above ASCII and what is between them ends;
 * *last_out is behind the last of them. */
static size_t reach_forward(const struct look *look, size_t at, size_t *last_out)
{
    struct span text = look->text;
    for (size_t i = 0; i <= look->words->longest && at < text.len; i++) {
        if (ascii_is_8bit(text.ptr[at])) {
            i = 0;
            *last_out = at + 1;
        }
        bool blank = is_blank(text.ptr[at++]);
        while (blank && at < text.len && is_blank(text.ptr[at]))
            at++;
    }
    while (at < text.len && ((unsigned char)text.ptr[at] & 0xc0) == 0x80)
        at++;
    return at;
}

static enum words_result look_above(struct look *look, uint64_t deadline_ns)
{
    struct span text = look->text;
    for (size_t end = 0, last = 0; end < text.len;) {
        size_t at = end + ascii_prefix(span_from(text, end));
        if (at == text.len)
            break;
        size_t from = reach_back(look, at, last);
        end = reach_forward(look, at, &last);
        struct part part = {look, span_sub(text, from, end - from), from};
        enum words_result result =
            words_scan(look->words, part.text, deadline_ns, find_above, &part);
        if (result != WORDS_DONE)
            return result;
    }
    return WORDS_DONE;
}

enum words_result words_scan_whole(const struct words *words, struct span text,
                                   uint64_t deadline_ns, words_found *found, void *arg)
{
    struct look look = {words, text, found, arg, false};
    bool goes_on = false;
    if (words->count == 0)
        return WORDS_DONE;
    if (words->longest == 0) /* there is none: nowhere would look_above() go on */
        return WORDS_DONE;
    if (words->begins.other_count > WORDS_OTHERS)
        return words_scan_any_whole(words, text, deadline_ns, found, arg);
    for (size_t off = 0; off < text.len && !look.enough; off += BYTE_MASKS_WIDTH) {
        goes_on = try_tokens(&look, off, byte_masks_at(text, off), goes_on);
        if (off % LATE_EVERY == 0 && clock_is_past(deadline_ns))
            return WORDS_LATE;
    }
    try_others(&look);
    return look.enough ? WORDS_ENOUGH : look_above(&look, deadline_ns);
}
