/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shapes: how numbers are written: how many digits, what stands behind them, how many digits follow
 * that. Most numbers of a text are of a shape that hardly any expression takes. Private to
 * engine/scanner.
 */
#ifndef CULVERT_SCANNER_SHAPES_H
#define CULVERT_SCANNER_SHAPES_H

#include "engine/base/ascii.h"
#include "engine/scanner/nfa.h"

#define SHAPES_FIRST 15u /* digits; as many or more are one shape */
#define SHAPES_BEHIND 7u /* digits behind the mark, the same */
#define SHAPES 1024u

enum shapes_mark {
    SHAPES_OTHER, /* no token goes on with it */
    SHAPES_BLANK,
    SHAPES_HYPHEN,
    SHAPES_DOT,
    SHAPES_SLASH,
    SHAPES_COLON,
    SHAPES_COMMA,
    SHAPES_TOKEN, /* a letter of ASCII or '_' */
    SHAPES_MARKS
};

enum shapes_mark shapes_mark_of(unsigned char c);

static inline size_t shapes_number(size_t first, enum shapes_mark mark, size_t behind)
{
    return first << 6 | (size_t)mark << 3 | behind;
}

/* The shape of the number that begins with the first of `digits`, bits of 32 bytes; `rest`: these
 * and what follows. Behind the text stand blanks. `marks`: of each byte. */
static inline size_t shapes_at(uint32_t digits, struct span rest, const uint8_t marks[256])
{
    unsigned first = (unsigned)__builtin_ctz(~digits | UINT32_C(1) << SHAPES_FIRST);
    unsigned behind =
        (unsigned)__builtin_ctz(~(digits >> first >> 1) | UINT32_C(1) << SHAPES_BEHIND);
    unsigned char c = first < rest.len ? (unsigned char)rest.ptr[first] : ' ';
    return shapes_number(first, (enum shapes_mark)marks[c], behind);
}

/* Marks the shapes that a match may begin with that begins in `start` and with a digit;
 * `ends_apart`: behind it stands no token. */
void shapes_of(const struct nfa *nfa, uint32_t start, bool ends_apart, bool shapes[SHAPES]);

#endif
