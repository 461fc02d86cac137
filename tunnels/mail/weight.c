/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/mail/weight.h"

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

static bool is_html(struct span s, size_t at)
{
    struct span rest = span_from(s, at + 1);
    return span_starts_nocase(rest, SPAN("html")) ||
           (s.ptr[at] == '/' && span_starts_nocase(rest, SPAN("xhtml")));
}

static bool is_iso_2022(struct span s, size_t at)
{
    return span_starts(span_from(s, at + 1), SPAN("022")) && stands_before(s, at, SPAN("iso"));
}

static bool is_utf_7(struct span s, size_t at)
{
    return stands_before(s, at, SPAN("utf"));
}

/* Goes from one `c` to the next: each is rare in text, and finding it costs next to nothing. */
static bool any(struct span s, char c, bool (*check)(struct span s, size_t at))
{
    for (size_t at = 0; at < s.len; at++) {
        size_t next = span_find_byte(span_from(s, at), c);
        if (next == SPAN_NONE)
            return false;
        at += next;
        if (check(s, at))
            return true;
    }
    return false;
}

bool weight_is_heavy(struct span message)
{
    return message.len > WEIGHT_LIGHT &&
           (any(message, '/', is_html) || any(message, '<', is_html) ||
            any(message, '2', is_iso_2022) || any(message, '7', is_utf_7));
}
