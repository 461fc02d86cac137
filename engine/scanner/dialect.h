/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dialect: patterns of Oniguruma's Ruby syntax as expressions for the scanner, which reads bytes.
 * An expression ends wherever a match of its pattern ends, and may end elsewhere, too: assertions
 * are left out, a class with characters above ASCII stands for all of them. So there are widths in
 * which every match lies, and Oniguruma decides in them. What is not known for sure to be read
 * alike is not held: such a pattern is looked for by Oniguruma alone. Any thread.
 */
#ifndef CULVERT_SCANNER_DIALECT_H
#define CULVERT_SCANNER_DIALECT_H

#include "engine/base/buf.h"
#include "engine/base/span.h"

/* Texts by what they have that is another case of ASCII letters; each kind holds the ones before.
 * Where case does not matter one character may stand for two letters: sharp s for "ss". */
enum dialect_text {
    DIALECT_PLAIN, /* nothing */
    DIALECT_SHARP, /* sharp s, small and capital */
    DIALECT_ANY    /* ligatures, long s, the sign of Kelvin ... */
};

enum dialect_text dialect_text_of(struct span text);
/* `traits`: text_traits() of a text. */
enum dialect_text dialect_text_with(unsigned traits);

/* Appends the expression for `source`, a pattern that compiles; it is good for texts up to
 * *texts_out. false: not held, and nothing is appended. */
bool dialect_write(struct span source, struct buf *out, enum dialect_text *texts_out) MUST_USE;

#endif
