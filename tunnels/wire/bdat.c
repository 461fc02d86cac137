/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/bdat.h"

#include "engine/base/ascii.h"

static bool is_number(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_digit(text.ptr[i]))
            return false;
    }
    return text.len > 0;
}

enum parse_result bdat_parse(struct span argument, struct bdat *out)
{
    size_t space = span_find_byte(argument, ' ');
    struct span size = span_sub(argument, 0, space);
    struct span rest = span_from(argument, size.len);
    while (rest.len > 0 && rest.ptr[0] == ' ')
        rest = span_from(rest, 1);
    out->last = span_is_nocase(rest, "LAST");
    if (!is_number(size) || (rest.len > 0 && !out->last))
        return PARSE_BAD;
    return span_to_u64(size, &out->size) ? PARSE_DONE : PARSE_MORE;
}
