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

#endif
