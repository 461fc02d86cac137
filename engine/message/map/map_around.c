/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map_around: whether the text around the parts of a multipart (RFC 2046 section 5.1.1) is no more
 * than text. Rules look at it as it stands; what a reader could take for a part, or decode, is
 * another reading.
 */
#include "engine/base/ascii.h"
#include "engine/base/utf8.h"
#include "engine/message/map/map_build.h"

/* A word of base64 digits as long as this is no word. */
#define ENCODED_LEAST 40u

/* "--" and a boundary that is open or was, or any word at all: "-- " and dashes alone are what
 * people write above a footer. */
static bool is_boundary_like(const struct builder *b, struct span line)
{
    if (!span_starts(line, SPAN("--")))
        return false;
    line = span_from(line, 2);
    for (size_t i = 0; i < b->open_count; i++) {
        if (b->open[i].is_multipart && span_starts(line, b->open[i].boundary))
            return true;
    }
    bool dashes = true;
    for (size_t i = 0; i < line.len; i++) {
        if (ascii_is_blank(line.ptr[i]))
            return false;
        dashes = dashes && strchr("-_=*", line.ptr[i]);
    }
    return !dashes;
}

/* What says how the lines behind it are to be read. */
static bool is_field_like(struct span line)
{
    size_t colon = span_find_byte(line, ':');
    if (colon == SPAN_NONE)
        return false;
    struct span name = span_trim(span_sub(line, 0, colon));
    return span_starts_nocase(name, SPAN("content-")) || span_is_nocase(name, "mime-version");
}

static bool is_encoded(struct span line)
{
    bool letters = false;
    if (span_starts(line, SPAN("=ybegin ")) || span_starts(line, SPAN("-----BEGIN ")))
        return true;
    if (span_starts(line, SPAN("begin ")) && line.len > 6 && ascii_is_digit(line.ptr[6]))
        return true;
    for (size_t i = 0; i < line.len; i++) {
        if (!ascii_is_alnum(line.ptr[i]) && !strchr("+/=", line.ptr[i]))
            return false;
        letters = letters || ascii_is_alnum(line.ptr[i]);
    }
    return letters && line.len >= ENCODED_LEAST;
}

static bool is_text_line(struct span line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (ascii_is_control(line.ptr[i]) && !ascii_is_space(line.ptr[i]))
            return false;
    }
    return true;
}

size_t around_find(const struct builder *b, size_t from, size_t end)
{
    struct span all = span_sub(b->map->bytes, from, end - from), rest = all, line;
    size_t valid = utf8_valid_prefix(all);
    if (valid < all.len)
        return from + valid;
    while (span_next(&rest, '\n', &line)) {
        struct span text = span_trim(line);
        bool bare =
            span_find_byte(span_sub(line, 0, line.len > 0 ? line.len - 1 : 0), '\r') != SPAN_NONE;
        if (bare || is_boundary_like(b, text) || is_field_like(text) || is_encoded(text) ||
            !is_text_line(line))
            return (size_t)(line.ptr - b->map->bytes.ptr);
    }
    return SIZE_MAX;
}
