/* SPDX-License-Identifier: Apache-2.0 */
/* header_fold: line lengths of a value (RFC 5322 section 2.1.1), and what replacements may hold. */
#include "engine/message/map/header_text.h"

#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "engine/base/utf8.h"

static bool is_blank(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_is_blank(s.ptr[i]))
            return false;
    }
    return true;
}

/* The blank at which to cut: the last one that leaves a line of `room` columns, else the first. A
 * line of nothing but blanks would end the header for some readers. */
static size_t cut_at(struct span line, size_t room)
{
    size_t best = SPAN_NONE, solid = line.len;
    while (solid > 0 && ascii_is_blank(line.ptr[solid - 1]))
        solid--;
    size_t first = 0;
    while (first < solid && ascii_is_blank(line.ptr[first]))
        first++;
    for (size_t i = first; i < solid; i++) {
        if (!ascii_is_blank(line.ptr[i]))
            continue;
        if (i > room && best != SPAN_NONE)
            break;
        best = i;
    }
    return best;
}

static void fold_line(struct span line, size_t column, size_t most, struct buf *out)
{
    while (column + line.len > most) {
        size_t at = cut_at(line, most > column ? most - column : 0);
        if (at == SPAN_NONE)
            break;
        buf_add(out, span_sub(line, 0, at));
        buf_add_str(out, "\r\n");
        line = span_from(line, at);
        column = 0;
    }
    buf_add(out, line);
}

struct span header_fold(struct span value, size_t column, size_t most, struct arena *arena)
{
    struct buf out = BUF_INIT;
    bool solid = false; /* the line so far is more than blanks */
    while (value.len > 0) {
        size_t end = span_find(value, SPAN("\r\n"));
        struct span line = span_sub(value, 0, end == SPAN_NONE ? value.len : end);
        fold_line(line, column, most, &out);
        value = span_from(value, line.len + 2);
        solid = solid || !is_blank(line);
        size_t next = span_find(value, SPAN("\r\n"));
        bool more = end != SPAN_NONE && solid &&
                    !is_blank(span_sub(value, 0, next == SPAN_NONE ? value.len : next));
        column = more ? 0 : column + line.len;
        solid = more ? false : solid;
        if (more)
            buf_add_str(&out, "\r\n");
    }
    struct span folded = arena_copy(arena, buf_span(&out));
    buf_fini(&out);
    return folded;
}

struct span header_clean(struct span text, struct arena *arena)
{
    bool clean = utf8_is_valid(text);
    for (size_t i = 0; clean && i < text.len; i++)
        clean = !ascii_is_control(text.ptr[i]);
    if (clean)
        return text;
    char *copy = arena_alloc(arena, text.len * 3 + 1);
    size_t len = 0;
    while (text.len > 0) {
        uint32_t code = 0xfffd;
        size_t step = utf8_decode(text, &code);
        bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
        len += utf8_encode(control ? ' ' : code, copy + len);
        text = span_from(text, step > 0 ? step : 1);
    }
    return span_of(copy, len);
}
