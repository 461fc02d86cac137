/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/codecs/spelling.h"

#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/words.h"

#define LINE_BEST 76u
#define SECTION 50u /* characters of one section */

/* RFC 2045 section 5.1. */
static bool is_token(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~' || strchr("()<>@,;:\\\"/[]?=", text.ptr[i]))
            return false;
    }
    return text.len > 0;
}

/* RFC 2231 section 7: attribute-char. */
static bool is_attribute_character(char c)
{
    return c > ' ' && c <= '~' && !strchr("*'%()<>@,;:\\\"/[]?=", c);
}

static void put_quoted(struct buf *out, struct span text)
{
    buf_add_byte(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"' || text.ptr[i] == '\\')
            buf_add_byte(out, '\\');
        buf_add_byte(out, text.ptr[i]);
    }
    buf_add_byte(out, '"');
}

/* The length of the first character's percent-encoded or quoted form. */
static size_t width(struct span character, bool percent)
{
    if (character.len > 1)
        return character.len * 3;
    if (percent)
        return is_attribute_character(character.ptr[0]) ? 1 : 3;
    return character.ptr[0] == '"' || character.ptr[0] == '\\' ? 2 : 1;
}

static size_t fitting(struct span text, bool percent, size_t room)
{
    size_t len = 0, used = 0;
    while (len < text.len) {
        size_t step = utf8_decode(span_from(text, len), NULL);
        struct span character = span_sub(text, len, step > 0 ? step : 1);
        used += width(character, percent);
        if (len > 0 && used > room)
            break;
        len += character.len;
    }
    return len;
}

static void put_percent(struct buf *out, struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (is_attribute_character(text.ptr[i]))
            buf_add_byte(out, text.ptr[i]);
        else
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)text.ptr[i]);
    }
}

/* attribute*=UTF-8''..., in sections where it is long. */
static void put_extended(struct buf *out, struct span attribute, struct span text, bool sections)
{
    size_t len = fitting(text, true, SECTION);
    if (len == text.len && !sections) {
        buf_add(out, attribute);
        buf_add_str(out, "*=UTF-8''");
        put_percent(out, text);
        return;
    }
    for (size_t i = 0; i == 0 || text.len > 0; i++) {
        len = fitting(text, true, SECTION);
        buf_add_str(out, i > 0 ? ";\r\n " : "");
        buf_add(out, attribute);
        buf_printf(out, "*%zu*=%s", i, i == 0 ? "UTF-8''" : "");
        put_percent(out, span_sub(text, 0, len));
        text = span_from(text, len);
    }
}

/* attribute*0="..."; attribute*1="..." */
static void put_sections(struct buf *out, struct span attribute, struct span text)
{
    for (size_t i = 0; i == 0 || text.len > 0; i++) {
        size_t len = fitting(text, false, SECTION);
        buf_add_str(out, i > 0 ? ";\r\n " : "");
        buf_add(out, attribute);
        buf_printf(out, "*%zu=", i);
        put_quoted(out, span_sub(text, 0, len));
        text = span_from(text, len);
    }
}

/* "_" for each character that is no ASCII: another spelling has them. */
static struct span as_ascii(struct span text, struct arena *arena)
{
    char *copy = arena_alloc(arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (((unsigned char)text.ptr[i] & 0xc0) != 0x80)
            copy[len++] = ascii_is_8bit(text.ptr[i]) ? '_' : text.ptr[i];
    }
    return span_of(copy, len);
}

static void put_plain(struct buf *out, const struct param *param, struct span text,
                      bool has_extended, struct arena *arena)
{
    bool words = span_find(param->value, SPAN("=?")) != SPAN_NONE;
    bool raw = !span_is_ascii(param->value) && utf8_is_valid(param->value);
    bool needs_words = !span_is_ascii(text) || span_find(text, SPAN("=?")) != SPAN_NONE;
    if (!span_is_ascii(text) && !words && !raw) {
        if (!has_extended) {
            put_extended(out, param->attribute, text, false);
            return;
        }
        text = as_ascii(text, arena);
        needs_words = span_find(text, SPAN("=?")) != SPAN_NONE;
    }
    buf_add(out, param->attribute);
    buf_add_byte(out, '=');
    if (needs_words && !(raw && span_find(text, SPAN("=?")) == SPAN_NONE)) {
        buf_add_byte(out, '"');
        words_encode(text, LINE_BEST - 16, out);
        buf_add_byte(out, '"');
    } else if (param->quoted || !is_token(text)) {
        put_quoted(out, text);
    } else {
        buf_add(out, text);
    }
}

struct span spelling_write(const struct spelling *spelling, struct span text, bool has_extended,
                           size_t column, struct arena *arena)
{
    const struct param *first = spelling->items[0];
    struct buf out = BUF_INIT, line = BUF_INIT;
    if (spelling->style == SPELLING_PLAIN)
        put_plain(&out, first, text, has_extended, arena);
    else if (spelling->style == SPELLING_EXTENDED || !span_is_ascii(text) || first->extended)
        put_extended(&out, first->attribute, text, spelling->style == SPELLING_SECTIONS);
    else
        put_sections(&out, first->attribute, text);
    size_t end = span_find(buf_span(&out), SPAN("\r\n"));
    if (column > 1 && column + (end == SPAN_NONE ? out.len : end) > LINE_BEST)
        buf_add_str(&line, "\r\n ");
    buf_add(&line, buf_span(&out));
    struct span written = arena_copy(arena, buf_span(&line));
    buf_fini(&out);
    buf_fini(&line);
    return written;
}
