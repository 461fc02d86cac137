/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/wildcard.h"

#include "engine/base/ascii.h"

/* Goes back to the last '*' only: an earlier one need never take more. */
bool wildcard_matches(struct span pattern, struct span text)
{
    size_t p = 0, t = 0, star = SPAN_NONE, star_text = 0;
    while (t < text.len) {
        char c = p < pattern.len ? pattern.ptr[p] : '\0';
        if (p < pattern.len && c == '*') {
            star = p++;
            star_text = t;
        } else if (p < pattern.len && (c == '?' || ascii_lower(c) == ascii_lower(text.ptr[t]))) {
            p++;
            t++;
        } else if (star != SPAN_NONE) {
            p = star + 1;
            t = ++star_text;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}
