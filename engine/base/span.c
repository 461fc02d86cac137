/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/span.h"

#include "engine/base/ascii.h"

bool span_equal_nocase(struct span a, struct span b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        if (ascii_lower(a.ptr[i]) != ascii_lower(b.ptr[i]))
            return false;
    }
    return true;
}

size_t span_find_byte(struct span s, char c)
{
    const char *hit = s.len > 0 ? memchr(s.ptr, c, s.len) : NULL;
    return hit ? (size_t)(hit - s.ptr) : SPAN_NONE;
}

size_t span_find(struct span s, struct span what)
{
    if (what.len == 0)
        return 0;
    if (s.len < what.len)
        return SPAN_NONE;
    const char *hit = memmem(s.ptr, s.len, what.ptr, what.len);
    return hit ? (size_t)(hit - s.ptr) : SPAN_NONE;
}

size_t span_find_nocase(struct span s, struct span what)
{
    if (s.len < what.len)
        return SPAN_NONE;
    for (size_t i = 0; i + what.len <= s.len; i++) {
        if (span_equal_nocase(span_sub(s, i, what.len), what))
            return i;
    }
    return SPAN_NONE;
}

struct span span_trim(struct span s)
{
    while (s.len > 0 && ascii_is_space(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && ascii_is_space(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

bool span_next(struct span *rest, char sep, struct span *piece_out)
{
    if (!rest->ptr)
        return false;
    size_t at = span_find_byte(*rest, sep);
    if (at == SPAN_NONE) {
        *piece_out = *rest;
        *rest = (struct span){NULL, 0};
        return true;
    }
    *piece_out = span_sub(*rest, 0, at);
    *rest = span_from(*rest, at + 1);
    return true;
}

struct span span_line(struct span text, size_t at, size_t *next_out)
{
    struct span rest = span_from(text, at);
    size_t end = span_find_byte(rest, '\n');
    *next_out = end == SPAN_NONE ? text.len : at + end + 1;
    struct span line = span_sub(rest, 0, end);
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    return line;
}

bool span_to_u64(struct span s, uint64_t *out)
{
    uint64_t value = 0;
    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_is_digit(s.ptr[i]))
            return false;
        uint64_t digit = (uint64_t)(s.ptr[i] - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}
