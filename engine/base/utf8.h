/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utf8: UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
 */
#ifndef CULVERT_BASE_UTF8_H
#define CULVERT_BASE_UTF8_H

#include "engine/base/span.h"

#define UTF8_MAX 4                      /* bytes of the longest character */
#define UTF8_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* Length of the character at the start of `s` (1 to 4), its code point in *code_out (may be NULL);
 * 0 where no valid character stands. */
size_t utf8_decode(struct span s, uint32_t *code_out);

/* Writes 1 to 4 bytes; a code point that UTF-8 cannot hold is written as U+FFFD. */
size_t utf8_encode(uint32_t code, char out[UTF8_MAX]);

/* Length of the longest valid prefix; equal to s.len when all is valid. Fast on ASCII. */
size_t utf8_valid_prefix(struct span s);

static inline bool utf8_is_valid(struct span s)
{
    return utf8_valid_prefix(s) == s.len;
}

/* Length of the longest prefix without a byte above 0x7f. */
size_t ascii_prefix(struct span s);

static inline bool span_is_ascii(struct span s)
{
    return ascii_prefix(s) == s.len;
}

/* Number of characters of valid UTF-8. */
size_t utf8_count(struct span s);

/* The largest offset <= `at` where a character of valid UTF-8 begins. */
size_t utf8_floor(struct span s, size_t at);

#endif
