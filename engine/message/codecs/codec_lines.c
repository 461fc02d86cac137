/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/codecs/codec_lines.h"

#include "engine/message/codecs/codec_transfer.h"

static struct span line_at(struct span raw, size_t at)
{
    struct span rest = span_from(raw, at);
    size_t end = span_find_byte(rest, '\n');
    return end == SPAN_NONE ? rest : span_sub(rest, 0, end + 1);
}

void lines_decode(struct view *view, struct span lines, const struct line_coding *coding)
{
    struct arena *arena = views_arena(view->views);
    struct line_state *state = ARENA_NEW(arena, struct line_state);
    struct bulk out;
    size_t broken = SPAN_NONE;
    *state = (struct line_state){.coding = coding, .raw = lines};
    points_init(&state->points, arena);
    bulk_init(&out, views_budget(view->views), lines.len);
    for (size_t at = 0; at < lines.len;) {
        struct span line = line_at(lines, at);
        size_t room, bad_at = SPAN_NONE;
        char *to = bulk_reserve(&out, line.len, &room);
        if (!to || room < line.len)
            break;
        bulk_commit(&out, coding->decode(line, to, &bad_at));
        if (bad_at != SPAN_NONE && broken == SPAN_NONE)
            broken = at + bad_at;
        at += line.len;
        points_offer(&state->points, at, bulk_len(&out));
    }
    if (broken != SPAN_NONE) {
        uint64_t off, len;
        size_t base = (size_t)(lines.ptr - view->parent->text.ptr);
        view_origin(view->parent, base + broken, 1, &off, &len);
        map_note(views_map(view->views), coding->broken, view->part->index, off);
    }
    view->state = state;
    view->is_bytes = true;
    view_take_bulk(view, &out);
}

/* A line, and where its octets begin. */
struct cursor {
    const struct line_state *state;
    size_t raw;
    uint64_t text;
    struct span line;
    size_t octets;
};

static void load(struct cursor *cursor, size_t raw, uint64_t text)
{
    cursor->raw = raw;
    cursor->text = text;
    cursor->line = line_at(cursor->state->raw, raw);
    cursor->octets = cursor->state->coding->decode(cursor->line, NULL, NULL);
}

static bool next_line(struct cursor *cursor)
{
    if (cursor->raw + cursor->line.len >= cursor->state->raw.len)
        return false;
    load(cursor, cursor->raw + cursor->line.len, cursor->text + cursor->octets);
    return true;
}

/* To the line that holds the octet at `text`, or to the last one. */
static void seek(struct cursor *cursor, uint64_t text)
{
    struct point point = points_before_text(&cursor->state->points, text);
    if (text < cursor->text || point.text > cursor->text)
        load(cursor, (size_t)point.raw, point.text);
    while (cursor->text + cursor->octets <= text && next_line(cursor))
        ;
}

static struct cursor cursor_start(const struct line_state *state)
{
    struct cursor cursor = {.state = state};
    load(&cursor, 0, 0);
    return cursor;
}

/* The lines that the next edits touch, as one edit of the parent. */
static bool write_group(struct view *view, struct cursor *cursor, struct splice *splice,
                        struct error *err)
{
    const struct line_state *state = view->state;
    const struct edit *edit = splice_edit(splice);
    const char *rule = edit->rule;
    seek(cursor, edit->off);
    size_t first = cursor->raw;
    uint64_t start = cursor->text, end = 0;
    for (size_t i = splice->next; i < view->edits.count; i++) {
        edit = &view->edits.items[i];
        if (i > splice->next && edit->off >= end && end < view->text.len)
            break;
        seek(cursor, edit->len > 0 ? edit->off + edit->len - 1 : edit->off);
        end = cursor->text + cursor->octets;
    }
    struct bulk out;
    bulk_init(&out, views_budget(view->views), (size_t)(end - start) + 128);
    splice->at = start;
    state->coding->encode(splice, end, end == view->text.len, cursor->line, &out);
    struct span with;
    if (!bulk_finish(&out, &with, err))
        return false;
    uint64_t base = (uint64_t)(state->raw.ptr - view->parent->text.ptr);
    edits_add(&view->parent->edits, (struct edit){.off = base + first,
                                                  .len = cursor->raw + cursor->line.len - first,
                                                  .with = with,
                                                  .kind = EDIT_CODEC,
                                                  .rule = rule});
    return true;
}

bool lines_write_back(struct view *view, struct error *err)
{
    struct splice splice;
    struct cursor cursor = cursor_start(view->state);
    splice_init(&splice, view->text, &view->edits);
    while (splice_edit(&splice)) {
        if (!write_group(view, &cursor, &splice, err))
            return false;
    }
    transfer_close_body(view, view->edits.items[0].rule);
    return true;
}

static size_t raw_in_line(const struct cursor *cursor, uint64_t text, bool is_end)
{
    size_t octets = text > cursor->text ? (size_t)(text - cursor->text) : 0;
    if (!cursor->state->coding->raw_length)
        return is_end ? cursor->line.len : 0;
    return cursor->state->coding->raw_length(cursor->line, octets);
}

void lines_origin(const struct view *view, uint64_t off, uint64_t len, uint64_t *off_out,
                  uint64_t *len_out)
{
    const struct line_state *state = view->state;
    uint64_t base = (uint64_t)(state->raw.ptr - view->parent->text.ptr);
    struct cursor cursor = cursor_start(state);
    seek(&cursor, off);
    size_t first = cursor.raw + raw_in_line(&cursor, off, false);
    size_t end = first;
    if (len > 0) {
        seek(&cursor, off + len - 1);
        end = cursor.raw + raw_in_line(&cursor, off + len, true);
    }
    *off_out = base + first;
    *len_out = end - first;
}
