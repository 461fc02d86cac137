/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text_traits: what a text has above ASCII, as far as it matters to those who compare letters: one
 * pass over it, whose answer all who ask share. Pure function; any thread.
 */
#ifndef CULVERT_BASE_TEXT_TRAITS_H
#define CULVERT_BASE_TEXT_TRAITS_H

#include "engine/base/span.h"

enum text_trait {
    TEXT_ABOVE = 1,           /* bytes above 0x7f */
    TEXT_BEYOND = 2,          /* first bytes of characters other than U+0080 to U+017F, U+2000 to
                                 U+2FFF, or of none */
    TEXT_SHARP = 4,           /* sharp s */
    TEXT_SHARP_CAPITAL = 8,   /* the same as a capital */
    TEXT_OTHER_CASE = 16,     /* long s, the sign of Kelvin: other cases of letters of ASCII */
    TEXT_OTHER_CASE_MORE = 32 /* others that are one, or several, with what stands above them */
};

/* Of `text`, which need not be well-formed UTF-8: bits of enum text_trait. */
unsigned text_traits(struct span text);

#endif
