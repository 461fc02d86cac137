/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/weight.h"

#include "engine/base/ascii.h"

/* Whether `word` ends before `at`, but for one character between. */
static bool stands_before(struct span s, size_t at, struct span word)
{
    struct span before = span_sub(s, 0, at);
    if (span_ends_nocase(before, word))
        return true;
    return at > 0 && !ascii_is_alnum(s.ptr[at - 1]) &&
           span_ends_nocase(span_sub(s, 0, at - 1), word);
}

bool weight_is_heavy(struct span message)
{
    if (message.len <= WEIGHT_LIGHT)
        return false;
    for (size_t i = 0; i < message.len; i++) {
        struct span rest = span_from(message, i + 1);
        switch (message.ptr[i]) {
        case '/':
            if (span_starts_nocase(rest, SPAN("html")) || span_starts_nocase(rest, SPAN("xhtml")))
                return true;
            break;
        case '<':
            if (span_starts_nocase(rest, SPAN("html")))
                return true;
            break;
        case '2':
            if (span_starts(rest, SPAN("022")) && stands_before(message, i, SPAN("iso")))
                return true;
            break;
        case '7':
            if (stands_before(message, i, SPAN("utf")))
                return true;
            break;
        default:
            break;
        }
    }
    return false;
}
