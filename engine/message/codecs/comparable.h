/* SPDX-License-Identifier: Apache-2.0 */
/*
 * comparable: characters as they are compared when words are looked for, one at a time: compatible
 * forms taken apart (NFKD), without case, all blanks alike, quotation marks and dashes straight,
 * what is not seen left out. Both the words and the text go through it. Any thread.
 */
#ifndef CULVERT_MESSAGE_CODECS_COMPARABLE_H
#define CULVERT_MESSAGE_CODECS_COMPARABLE_H

#include "engine/base/span.h"

#define COMPARABLE_MAX 18u /* U+FDFA is a sentence */

/* What `code` is compared as: that many code points in `out`, none where it is not seen. */
size_t comparable_of(uint32_t code, bool caseless, uint32_t out[COMPARABLE_MAX]);

/* Whether a character makes one word with its neighbours: letters, digits, marks and '_', but not
 * those of scripts that are written without blanks between words (Han, Kana, Hangul, Thai ...). */
bool comparable_joins(uint32_t code);

#endif
