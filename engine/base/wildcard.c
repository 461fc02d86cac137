/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/wildcard.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"

static size_t character(struct span text)
{
    size_t len = utf8_decode(text, NULL);
    return len > 0 ? len : 1;
}

/* How much of the text the character of the pattern stands for; 0: it is another. */
static size_t step(char c, struct span text, bool any_case)
{
    if (c == '?')
        return character(text);
    char t = text.ptr[0];
    return c == t || (any_case && ascii_lower(c) == ascii_lower(t));
}

/* Goes back to the last '*' only: an earlier one need never take more. */
static bool matches(struct span pattern, struct span text, bool any_case)
{
    size_t p = 0, t = 0, star = SPAN_NONE, star_text = 0, len;
    while (t < text.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = p++;
            star_text = t;
        } else if (p < pattern.len &&
                   (len = step(pattern.ptr[p], span_from(text, t), any_case)) > 0) {
            p++;
            t += len;
        } else if (star != SPAN_NONE) {
            p = star + 1;
            star_text += character(span_from(text, star_text));
            t = star_text;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}

bool wildcard_matches(struct span pattern, struct span text)
{
    return matches(pattern, text, true);
}

bool wildcard_matches_case(struct span pattern, struct span text)
{
    return matches(pattern, text, false);
}
