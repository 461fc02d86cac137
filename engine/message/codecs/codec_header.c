/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/codecs/codec_header.h"

#include "engine/base/ascii.h"
#include "engine/message/map/header_address.h"

/* What these say is how the bytes behind them are read: a rule changes them through a file name or
 * not at all. */
static bool is_structure(struct span name)
{
    static const char *const names[] = {"Content-Type", "Content-Disposition",
                                        "Content-Transfer-Encoding", "MIME-Version"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (span_is_nocase(name, names[i]))
            return true;
    }
    return false;
}

static void decode(struct view *view, struct span raw, const void *detail)
{
    const struct field *field = detail;
    struct arena *arena = views_arena(view->views);
    struct header_text *header = ARENA_NEW(arena, struct header_text);
    header_text_decode(raw, arena, header);
    view->text = header->text;
    view->state = header;
    if (header->bad_word)
        map_note(views_map(view->views), AMBIGUITY_BAD_ENCODED_WORD, field->part, view->off);
    if (is_structure(field->name))
        view->read_only = "this field carries the structure of the message";
}

/* A value that is gone must not leave a line of blanks behind: the blanks before it go too. */
static uint64_t start_of_blanks(const struct view *view)
{
    struct span above = view->parent->text;
    uint64_t at = view->off;
    while (at > 0 && ascii_is_space(above.ptr[at - 1]))
        at--;
    return at;
}

static bool is_blank(struct span s)
{
    return span_trim(s).len == 0;
}

/* The middle that differs; what is the same at both ends stays untouched. */
static struct edit difference(struct span before, struct span after)
{
    size_t start = 0, end = 0;
    size_t most = before.len < after.len ? before.len : after.len;
    while (start < most && before.ptr[start] == after.ptr[start])
        start++;
    while (end < most - start && before.ptr[before.len - 1 - end] == after.ptr[after.len - 1 - end])
        end++;
    return (struct edit){.off = start,
                         .len = before.len - start - end,
                         .with = span_sub(after, start, after.len - start - end),
                         .kind = EDIT_CODEC};
}

static bool encode(struct view *view, struct error *err)
{
    const struct header_text *header = view->state;
    const struct field *field = view->detail;
    struct span message = view->parent->text, value;
    const char *line = view->off > 0 ? memrchr(message.ptr, '\n', view->off) : NULL;
    uint64_t line_off = line ? (uint64_t)(line + 1 - message.ptr) : 0;
    enum header_shape shape = header_shape(field->name);
    struct header_layout layout = {.column = (size_t)(view->off - line_off),
                                   .structured = shape != SHAPE_TEXT,
                                   .in_parts = shape != SHAPE_TEXT};
    struct arena *arena = views_arena(view->views);
    struct edits fitted;
    header_edits_fit(header, &view->edits, shape, arena, &fitted);
    if (!header_text_rewrite(header, &fitted, &layout, arena, &value, err))
        return false;
    struct edit edit = difference(header->raw, value);
    edit.off += view->off;
    edit.rule = view->edits.items[0].rule;
    if (is_blank(value)) {
        edit.off = start_of_blanks(view);
        edit.len = view->off + view->len - edit.off;
        edit.with = SPAN("");
    }
    edits_add(&view->parent->edits, edit);
    return true;
}

static void origin(const struct view *view, uint64_t off, uint64_t len, uint64_t *off_out,
                   uint64_t *len_out)
{
    size_t raw_off, raw_len;
    header_text_range(view->state, (size_t)off, (size_t)len, &raw_off, &raw_len);
    *off_out = view->off + raw_off;
    *len_out = raw_len;
}

const struct codec codec_header = {"header", decode, encode, origin};
