/* SPDX-License-Identifier: Apache-2.0 */
#include "config/reader/document.h"
#include "engine/base/ascii.h"
#include "engine/base/utf8.h"

#include <stdlib.h>

#define POINTER_SHOWN_MAX 200
#define VALUE_SHOWN_MAX 60
#define TEXT_SHOWN_MAX 2000

/* Foreign text in a line of ours: cut, and without anything that a terminal could obey. */
static void add_shown(struct buf *out, struct span text, size_t max)
{
    struct span cut = span_sub(text, 0, text.len > max ? utf8_floor(text, max) : text.len);
    for (size_t i = 0; i < cut.len; i++)
        buf_add_byte(out, ascii_is_control(cut.ptr[i]) ? '?' : cut.ptr[i]);
    if (cut.len < text.len)
        buf_add_str(out, "...");
}

static void PRINTF_LIKE(4, 0) add_line(struct reader *reader, const struct place *place,
                                       const char *kind, const char *format, va_list args)
{
    if (reader->error_count + reader->warning_count >= COMPLAINTS_MAX)
        return;
    size_t line;
    size_t column;
    struct buf text = BUF_INIT;
    locate_line(place->document->text, place->off, &line, &column);
    buf_printf(&reader->complaints, "%s:%zu:%zu: ", place->document->name, line, column);
    const char *pointer = place->pointer[0] ? place->pointer : "/";
    add_shown(&reader->complaints, span_str(pointer), POINTER_SHOWN_MAX);
    buf_printf(&reader->complaints, ": %s", kind);
    buf_vprintf(&text, format, args);
    add_shown(&reader->complaints, buf_span(&text), TEXT_SHOWN_MAX);
    buf_add_byte(&reader->complaints, '\n');
    buf_fini(&text);
}

bool complain(struct reader *reader, const struct place *place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_line(reader, place, "", format, args);
    va_end(args);
    reader->error_count++;
    return false;
}

bool complain_file(struct reader *reader, const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (reader->error_count + reader->warning_count < COMPLAINTS_MAX) {
        buf_printf(&reader->complaints, "%s: ", name);
        buf_vprintf(&reader->complaints, format, args);
        buf_add_byte(&reader->complaints, '\n');
    }
    va_end(args);
    reader->error_count++;
    return false;
}

bool complain_key(struct reader *reader, const struct node *node, const char *format, ...)
{
    struct place place = place_of(reader->arena, node, LOCATE_KEY);
    va_list args;
    va_start(args, format);
    add_line(reader, &place, "", format, args);
    va_end(args);
    reader->error_count++;
    return false;
}

bool node_error(struct reader *reader, const struct node *node, const char *format, ...)
{
    struct place place = place_of(reader->arena, node, LOCATE_VALUE);
    va_list args;
    va_start(args, format);
    add_line(reader, &place, "", format, args);
    va_end(args);
    reader->error_count++;
    return false;
}

void node_warning(struct reader *reader, const struct node *node, const char *format, ...)
{
    struct place place = place_of(reader->arena, node, LOCATE_VALUE);
    va_list args;
    va_start(args, format);
    add_line(reader, &place, "warning: ", format, args);
    va_end(args);
    reader->warning_count++;
}

bool node_expected(struct reader *reader, const struct node *node, const char *what)
{
    if (json_is_object(node->json))
        return node_error(reader, node, "expected %s, got an object", what);
    if (json_is_array(node->json))
        return node_error(reader, node, "expected %s, got a list", what);
    char *value = json_dumps(node->json, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
    struct buf text = BUF_INIT;
    add_shown(&text, span_str(value), VALUE_SHOWN_MAX);
    (void)node_error(reader, node, "expected %s, got %.*s", what, SPAN_ARG(buf_span(&text)));
    buf_fini(&text);
    free(value);
    return false;
}

const char *node_place(struct reader *reader, const struct node *node)
{
    struct place place = place_of(reader->arena, node, LOCATE_VALUE);
    size_t line;
    size_t column;
    locate_line(place.document->text, place.off, &line, &column);
    return arena_printf(reader->arena, "%s:%zu:%zu", place.document->name, line, column);
}

void reader_report(const struct reader *reader, struct buf *out)
{
    if (reader->complaints.len > 0)
        buf_add(out, buf_span(&reader->complaints));
    size_t count = reader->error_count + reader->warning_count;
    if (count > COMPLAINTS_MAX)
        buf_printf(out, "and %zu more\n", count - COMPLAINTS_MAX);
}
