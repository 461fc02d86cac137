/* SPDX-License-Identifier: Apache-2.0 */
/*
 * look_alike: letters of other scripts that are drawn like ASCII letters or digits, and other forms
 * of ASCII characters: full width, mathematical, dashes and quotation marks of every kind. Any
 * thread.
 */
#ifndef CULVERT_MESSAGE_CODECS_LOOK_ALIKE_H
#define CULVERT_MESSAGE_CODECS_LOOK_ALIKE_H

#include "engine/base/span.h"

/* What the letter looks like; '\0': like none. */
struct look_alike {
    char letter, digit;
};
struct look_alike look_alike_of(uint32_t code);

#define PLAIN_MAX 18u

/* The plain form of a character that is another form of one or several (NFKC, any decimal digit,
 * dashes, quotation marks): their count in `out`; 0: it is itself. What stands above or below the
 * line (a note's number, the trade mark) is itself. */
size_t plain_form_of(uint32_t code, uint32_t out[PLAIN_MAX]);

/* The digit that stands above or below the line, as '0' to '9'; '\0': it is none. */
char raised_digit_of(uint32_t code);

/* What a dot or dash of another kind separates digits like: '.' or '-'; '\0': nothing. Elsewhere it
 * is itself. */
char separator_of(uint32_t code);

/* Whether a combining mark strikes through, underlines or encloses what it is put on: whatever that
 * is, it is read as without. */
bool is_overlay(uint32_t code);

#endif
