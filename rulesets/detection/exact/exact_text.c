/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/exact/exact_text.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/letters.h"
#include "engine/message/codecs/look_alike.h"

#define PRIME ((UINT64_C(1) << 61) - 1)

static uint64_t reduced(uint64_t a)
{
    return a >= PRIME ? a - PRIME : a;
}

static uint64_t times(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;
    return reduced(((uint64_t)product & PRIME) + (uint64_t)(product >> 61));
}

uint64_t exact_base(uint64_t random)
{
    return (random & (PRIME >> 1)) + 512; /* above all bytes, below the prime */
}

/* No byte counts as 0, so texts of different lengths are different polynomials. */
static uint64_t hash_byte(uint64_t hash, uint64_t base, char c)
{
    return reduced(times(hash, base) + (unsigned char)c + 1);
}

uint64_t exact_hash(uint64_t base, const struct exact_normal *normal)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < normal->size; i++)
        hash = hash_byte(hash, base, normal->bytes[i]);
    return hash;
}

uint64_t exact_hash_between(uint64_t before, uint64_t behind, uint64_t power)
{
    return reduced(behind + PRIME - times(before, power));
}

void exact_powers(uint64_t base, uint64_t out[EXACT_LONGEST + 1])
{
    out[0] = 1;
    for (size_t i = 1; i <= EXACT_LONGEST; i++)
        out[i] = times(out[i - 1], base);
}

enum kind {
    KIND_LETTER, /* makes a word with its neighbours */
    KIND_ALONE,  /* a letter of a script without blanks: a word of its own */
    KIND_UNSEEN, /* as if it were not there */
    KIND_BLANK,
    KIND_OTHER
};

struct character {
    enum kind kind;
    size_t len;     /* in the text */
    size_t letters; /* that it counts as, in `bytes` */
    size_t size;
    size_t digits;
    char bytes[PLAIN_MAX * COMPARABLE_MAX * UTF8_MAX];
};

static void add_letter(struct character *out, uint32_t code)
{
    struct look_alike alike = code >= 0x80 ? look_alike_of(code) : (struct look_alike){0, 0};
    if (alike.letter)
        code = (uint32_t)ascii_lower(alike.letter);
    out->digits += code >= '0' && code <= '9';
    out->size += utf8_encode(code, out->bytes + out->size);
    out->letters++;
}

static enum kind kind_without_letters(uint32_t code)
{
    uint32_t codes[COMPARABLE_MAX];
    size_t count = comparable_of(code, true, codes);
    if (count == 0 || (code >= 0x80 && comparable_joins(code))) /* a mark above a letter */
        return KIND_UNSEEN;
    return codes[0] == ' ' ? KIND_BLANK : KIND_OTHER;
}

/* Both cells and texts go through it; a folded text has gone through much of it before, which
 * changes nothing. */
static void read_other(uint32_t code, struct character *out)
{
    uint32_t plain[PLAIN_MAX], letters[COMPARABLE_MAX];
    size_t count = plain_form_of(code, plain);
    if (count == 0) {
        plain[0] = code;
        count = 1;
    }
    for (size_t i = 0; i < count; i++) {
        size_t more = letters_of(plain[i], letters);
        for (size_t k = 0; k < more; k++)
            add_letter(out, letters[k]);
    }
    if (out->letters == 0)
        out->kind = kind_without_letters(plain[0]);
    else
        out->kind = comparable_joins(plain[0]) ? KIND_LETTER : KIND_ALONE;
}

static inline void read_plain(char c, struct character *out)
{
    bool letter = ascii_is_alnum(c), blank = c == ' ' || (c >= '\t' && c <= '\r');
    out->kind = letter ? KIND_LETTER : blank ? KIND_BLANK : KIND_OTHER;
    out->len = 1;
    out->letters = out->size = letter;
    out->digits = ascii_is_digit(c);
    out->bytes[0] = ascii_lower(c);
}

static inline void read_character(struct span text, size_t at, struct character *out)
{
    uint32_t code = 0xfffd;
    if (!ascii_is_8bit(text.ptr[at])) {
        read_plain(text.ptr[at], out);
        return;
    }
    out->letters = out->digits = out->size = 0;
    out->len = utf8_decode(span_from(text, at), &code);
    if (out->len == 0)
        out->len = 1;
    read_other(code, out);
}

bool exact_normal_of(struct span text, struct exact_normal *out)
{
    struct character now;
    bool in_word = false;
    out->size = out->letters = out->digits = 0;
    out->words = 0;
    for (size_t at = 0; at < text.len; at += now.len) {
        read_character(text, at, &now);
        if (now.kind == KIND_UNSEEN)
            continue;
        out->words += now.kind == KIND_ALONE || (now.kind == KIND_LETTER && !in_word);
        in_word = now.kind == KIND_LETTER;
        if (now.size > EXACT_LONGEST - out->size || out->words > EXACT_WORDS)
            return false;
        if (now.size > 0)
            memcpy(out->bytes + out->size, now.bytes, now.size);
        out->size += now.size;
        out->letters += now.letters;
        out->digits += now.digits;
    }
    return true;
}

void exact_words_open(struct exact_words *words, struct span text, uint64_t base)
{
    *words = (struct exact_words){.text = text, .powers = {1, base}};
    for (size_t i = 2; i <= EXACT_AT_ONCE; i++)
        words->powers[i] = times(words->powers[i - 1], base);
}

/* Several bytes for one step modulo the prime: the sum of their products fits. */
static void hash_few(struct exact_words *words, const char *bytes, size_t count)
{
    __extension__ typedef unsigned __int128 wide;
    wide sum = (wide)words->hash * words->powers[count];
    for (size_t i = 0; i < count; i++)
        sum += (wide)words->powers[count - 1 - i] * ((unsigned char)bytes[i] + 1u);
    uint64_t number = ((uint64_t)sum & PRIME) + (uint64_t)(sum >> 61); /* below 2^63 */
    words->hash = reduced((number & PRIME) + (number >> 61));
}

static void pass(struct exact_words *words, size_t len)
{
    words->at += len;
    words->characters++;
}

/* Up to the next word, whose first character is then in `now`. Returns how wide the gap is. */
static unsigned pass_gap(struct exact_words *words, struct character *now)
{
    unsigned wide = 0;
    bool blank = false;
    while (words->at < words->text.len) {
        read_character(words->text, words->at, now);
        if (now->kind == KIND_LETTER || now->kind == KIND_ALONE)
            break;
        bool wider = now->kind == KIND_OTHER || (now->kind == KIND_BLANK && !blank);
        wide += wider && wide <= EXACT_GAP;
        if (now->kind != KIND_UNSEEN)
            blank = now->kind == KIND_BLANK;
        words->lines += words->text.ptr[words->at] == '\n';
        pass(words, now->len);
    }
    return wide;
}

static void take(struct exact_words *words, const struct character *now, struct exact_word *out)
{
    for (size_t i = 0; i < now->size; i++)
        words->hash = hash_byte(words->hash, words->powers[1], now->bytes[i]);
    pass(words, now->len);
    out->size += (uint32_t)now->size;
    out->letters += (uint32_t)now->letters;
    out->digits += (uint32_t)now->digits;
    out->end = (uint32_t)words->at;
    out->last = words->characters;
}

/* The letters of ASCII behind the first one, which most texts are made of. */
static void take_plain(struct exact_words *words, struct exact_word *out)
{
    struct span rest = span_from(words->text, words->at);
    char few[EXACT_AT_ONCE];
    uint32_t len = 0, digits = 0;
    for (; len < rest.len && ascii_is_alnum(rest.ptr[len]); len++) {
        digits += ascii_is_digit(rest.ptr[len]);
        few[len % EXACT_AT_ONCE] = ascii_lower(rest.ptr[len]);
        if (len % EXACT_AT_ONCE == EXACT_AT_ONCE - 1)
            hash_few(words, few, EXACT_AT_ONCE);
    }
    hash_few(words, few, len % EXACT_AT_ONCE);
    words->at += len;
    words->characters += len;
    out->digits += digits;
    out->size += len;
    out->letters += len;
    out->end = (uint32_t)words->at;
    out->last = words->characters;
}

bool exact_words_next(struct exact_words *words, struct exact_word *out)
{
    struct character now;
    unsigned gap = pass_gap(words, &now);
    if (words->at == words->text.len)
        return false;
    *out = (struct exact_word){.off = (uint32_t)words->at,
                               .first = words->characters,
                               .line = words->lines,
                               .before = words->hash,
                               .joined = gap <= EXACT_GAP};
    if (now.len > 1) /* else take_plain() does */
        take(words, &now, out);
    while (now.kind != KIND_ALONE && words->at < words->text.len) {
        take_plain(words, out);
        if (words->at == words->text.len)
            break;
        read_character(words->text, words->at, &now);
        if (now.kind == KIND_LETTER)
            take(words, &now, out);
        else if (now.kind == KIND_UNSEEN)
            pass(words, now.len); /* behind the word it is none of it */
        else
            break;
    }
    out->behind = words->hash;
    return true;
}
