/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/formats/inline_file.h"

#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "engine/base/line_start.h"

#define LENGTH_MOST 63u
/* Blanks at the end of a line that are lost on the way, and check characters that some add. */
#define LOST_MOST 3u
#define MORE_MOST 2u
/* How far to look for data behind a first line that is none, and what is too short to tell. */
#define LINES_AHEAD 16u
#define LINE_LEAST 4u

/* "begin MODE NAME" (POSIX, uuencode): three or four octal digits. */
static bool is_begin(struct span line, size_t *name_out)
{
    struct span rest = span_from(line, 6);
    size_t digits = 0;
    while (digits < rest.len && rest.ptr[digits] >= '0' && rest.ptr[digits] <= '7')
        digits++;
    struct span name = span_from(rest, digits);
    if (digits < 3 || digits > 4 || name.len < 2 || !ascii_is_blank(name.ptr[0]))
        return false;
    *name_out = 6 + digits + 1;
    return span_trim(name).len > 0;
}

static bool is_data(struct span line)
{
    if (line.len < 2)
        return false;
    for (size_t i = 0; i < line.len; i++) {
        if (line.ptr[i] < ' ' || line.ptr[i] > '`')
            return false;
    }
    size_t octets = (size_t)(line.ptr[0] - ' ') & LENGTH_MOST;
    size_t wanted = (octets + 2) / 3 * 4;
    return octets > 0 && line.len - 1 + LOST_MOST >= wanted && line.len - 1 <= wanted + MORE_MOST;
}

static bool is_zero(struct span line)
{
    return line.len == 0 || line.ptr[0] == '`' || line.ptr[0] == ' ';
}

/* Up to and including the line of length 0 and "end". */
static void find_end(struct span text, size_t at, struct inline_file *file)
{
    bool zero = false;
    size_t next;
    for (; at < text.len; at = next) {
        struct span line = span_line(text, at, &next);
        if (span_is(span_trim(line), "end")) {
            at = zero ? next : at;
            break;
        }
        file->cut = zero && is_data(line);
        if (zero && !is_zero(line))
            break;
        zero = is_zero(line);
    }
    file->len = at - file->off;
}

/* Whether data and an end stand a few lines on: then it was something else than a text. */
static bool has_data_behind(struct span text, size_t at)
{
    bool data = false;
    for (size_t i = 0; i < LINES_AHEAD && at < text.len; i++) {
        struct span line = span_line(text, at, &at);
        data |= is_data(line) && line.len > LINE_LEAST;
    }
    return data;
}

static bool is_uuencode(struct span text, struct inline_file *file)
{
    size_t data, behind, name;
    struct span line = span_line(text, file->off, &data);
    if (!is_begin(line, &name))
        return false;
    file->name_off = file->off + name;
    file->name_len = line.len - name;
    if (is_data(span_line(text, data, &behind))) {
        file->kind = INLINE_UUENCODE;
        find_end(text, data, file);
        return true;
    }
    file->kind = INLINE_BROKEN;
    return has_data_behind(text, data);
}

static bool is_yenc(struct span line)
{
    return span_find(line, SPAN(" line=")) != SPAN_NONE &&
           span_find(line, SPAN(" name=")) != SPAN_NONE;
}

/* What stands at the start of a line. Most have another word than these: they are not read further.
 */
static bool is_file(struct span text, uint64_t off, struct inline_file *out)
{
    struct span rest = span_from(text, off);
    bool is_word = span_starts(rest, SPAN("begin "));
    bool is_long_word = span_starts(rest, SPAN("begin-base64 "));
    bool is_y_word = span_starts(rest, SPAN("=ybegin "));
    bool is_sentence = span_starts(rest, SPAN("(This file must be converted with BinHex"));
    if (!is_word && !is_long_word && !is_y_word && !is_sentence)
        return false;
    size_t next;
    struct span line = span_line(text, off, &next);
    *out = (struct inline_file){.kind = INLINE_FOREIGN, .off = off, .len = next - off};
    if (is_word)
        return is_uuencode(text, out);
    return !is_y_word || is_yenc(line);
}

bool inline_file_next(struct span text, uint64_t from, struct inline_file *out)
{
    /* What the first line of a file begins with. */
    static const char firsts[] = {'b', '=', '('};
    for (size_t at = from; (at = line_start_find(text, at, firsts)) < text.len; at++) {
        if (is_file(text, at, out))
            return true;
    }
    return false;
}

bool inline_file_in(struct view *view, uint64_t from, struct inline_file *out)
{
    if (view->no_inline_files)
        return false;
    bool found = inline_file_next(view->text, from, out);
    view->no_inline_files = !found && from == 0;
    return found;
}

static void decode(struct view *view, struct span raw, const void *detail)
{
    (void)detail;
    view->text = raw;
    view->is_bytes = view->parent->is_bytes;
}

static bool encode(struct view *view, struct error *err)
{
    (void)err;
    for (size_t i = 0; i < view->edits.count; i++) {
        struct edit edit = view->edits.items[i];
        struct buf with = BUF_INIT;
        for (size_t k = 0; k < edit.with.len; k++)
            buf_add_byte(&with, ascii_is_control(edit.with.ptr[k]) ? ' ' : edit.with.ptr[k]);
        edit.off += view->off;
        edit.with = arena_copy(views_arena(view->views), buf_span(&with));
        edits_add(&view->parent->edits, edit);
        buf_fini(&with);
    }
    return true;
}

const struct codec codec_file_name = {"file name", decode, encode, NULL};
