/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/codecs/codec_base64.h"

#include "engine/message/codecs/codec_transfer.h"

/* Edits that follow so densely are not looked through again and again. */
#define IN_PLACE_MOST 1000u

/* One writing back: the sealed edits of a view, taken in order. */
struct writing {
    struct view *view;
    const struct base64_state *state;
    struct span raw, text;
    struct point near;
    size_t next; /* edit */
};

static void add_edit(struct writing *writing, size_t from, size_t to, struct span with,
                     const char *rule)
{
    edits_add(&writing->view->parent->edits, (struct edit){.off = writing->view->off + from,
                                                           .len = to - from,
                                                           .with = with,
                                                           .kind = EDIT_CODEC,
                                                           .rule = rule});
}

static const struct edit *edit_at(const struct writing *writing, size_t index)
{
    const struct edits *edits = &writing->view->edits;
    return index < edits->count ? &edits->items[index] : NULL;
}

/* How many edits from the next on keep the length and share quanta; the end of the last quantum.
 * 0 when one among them changes the length. */
static size_t count_in_place(const struct writing *writing, uint64_t *end_out)
{
    size_t count = 0;
    uint64_t end = 0;
    for (const struct edit *edit; (edit = edit_at(writing, writing->next + count)); count++) {
        if (count > 0 && edit->off >= end)
            break;
        if (edit->len != edit->with.len || count == IN_PLACE_MOST)
            return 0;
        end = (edit->off + edit->len + 2) / 3 * 3;
    }
    *end_out = end < writing->text.len ? end : writing->text.len;
    return count;
}

/* The octets of [off, end) with `count` edits of the same length in them. */
static char *spliced(const struct writing *writing, uint64_t off, uint64_t end, size_t count)
{
    struct span octets = span_sub(writing->text, off, end - off);
    char *to = arena_alloc(views_arena(writing->view->views), octets.len + 1);
    memcpy(to, octets.ptr, octets.len);
    for (size_t i = 0; i < count; i++) {
        const struct edit *edit = edit_at(writing, writing->next + i);
        memcpy(to + (edit->off - off), edit->with.ptr, edit->with.len);
    }
    return to;
}

/* Same length: other characters in the same places, line ends as they are. */
static bool write_in_place(struct writing *writing, size_t count, uint64_t end, struct error *err)
{
    const struct edit *first = edit_at(writing, writing->next);
    uint64_t off = first->off - first->off % 3;
    char *octets = spliced(writing, off, end, count);
    size_t from = base64_find_quantum(writing->state, writing->raw, off, &writing->near);
    size_t at = from, left = (size_t)(end - off), used = 4;
    size_t room = 2 * ((size_t)(end - off) / 3 * 4 + 8) + 8;
    struct bulk out;
    char quantum[4];
    bulk_init(&out, views_budget(writing->view->views), room);
    while (at < writing->raw.len && (left > 0 || used < 4)) {
        char c = writing->raw.ptr[at++];
        if (base64_value(c) < 0 && c != '=') {
            bulk_add_byte(&out, c);
            continue;
        }
        if (used == 4) {
            size_t n = left < 3 ? left : 3;
            base64_quantum(octets, n, quantum);
            octets += n;
            left -= n;
            used = 0;
        }
        bulk_add_byte(&out, quantum[used++]);
    }
    struct span with;
    if (!bulk_finish(&out, &with, err))
        return false;
    add_edit(writing, from, at, with, first->rule);
    writing->next += count;
    return true;
}

/* The first line start of the body at or behind text offset `text` that is also a quantum's; the
 * end of the text when there is none. `raw_end_out`: where the line before it ends. */
static uint64_t next_line(struct writing *writing, uint64_t text, size_t *raw_end_out)
{
    uint64_t off = (text + 2) / 3 * 3;
    struct span raw = writing->raw;
    if (off < writing->text.len) {
        size_t at = base64_find_quantum(writing->state, raw, off, &writing->near);
        for (; off < writing->text.len; off += 3) {
            if (at >= 2 && raw.ptr[at - 1] == '\n') {
                *raw_end_out = at - 2;
                return off;
            }
            for (int n = 0; at < raw.len && n < 4; at++)
                n += base64_value(raw.ptr[at]) >= 0 || raw.ptr[at] == '=';
            while (at < raw.len && (raw.ptr[at] == '\r' || raw.ptr[at] == '\n'))
                at++;
        }
    }
    *raw_end_out = raw.len;
    while (*raw_end_out > 0 &&
           (raw.ptr[*raw_end_out - 1] == '\r' || raw.ptr[*raw_end_out - 1] == '\n'))
        --*raw_end_out;
    return writing->text.len;
}

static size_t column_of(struct span raw, size_t at)
{
    const char *line = at > 0 ? memrchr(raw.ptr, '\n', at) : NULL;
    return line ? at - (size_t)(line + 1 - raw.ptr) : at;
}

/* From the first touched quantum to where quanta and lines fall together again, or to the end. */
static bool rewrap(struct writing *writing, struct error *err)
{
    const struct edit *edit = edit_at(writing, writing->next);
    const char *rule = edit->rule;
    uint64_t pos = edit->off - edit->off % 3, start = pos, written = 0, stop;
    struct bulk out;
    size_t from = base64_find_quantum(writing->state, writing->raw, start, &writing->near);
    size_t to;
    bulk_init(&out, views_budget(writing->view->views), 4096);
    struct base64_encoder encoder = {.out = &out, .line = writing->state->line};
    encoder.column = column_of(writing->raw, from);
    for (;;) {
        base64_encode(&encoder, span_sub(writing->text, pos, edit->off - pos));
        base64_encode(&encoder, edit->with);
        written += edit->off - pos + edit->with.len;
        pos = edit->off + edit->len;
        edit = edit_at(writing, ++writing->next);
        bool in_phase = written % 3 == (pos - start) % 3;
        if (edit && !in_phase)
            continue;
        stop = in_phase ? next_line(writing, pos, &to) : next_line(writing, writing->text.len, &to);
        if (!edit || (edit->off >= stop && stop < writing->text.len))
            break;
    }
    base64_encode(&encoder, span_sub(writing->text, pos, stop - pos));
    base64_encode_end(&encoder);
    struct span with;
    if (!bulk_finish(&out, &with, err))
        return false;
    add_edit(writing, from, to < from ? from : to, with, rule);
    return true;
}

/* A body with junk in it: nobody knows what its quanta are for other readers, so it is made anew.
 */
static bool write_all(struct writing *writing, struct error *err)
{
    const struct edit *edit;
    struct bulk out;
    uint64_t pos = 0;
    bulk_init(&out, views_budget(writing->view->views), writing->raw.len);
    struct base64_encoder encoder = {.out = &out, .line = 76};
    for (; (edit = edit_at(writing, writing->next)); writing->next++) {
        base64_encode(&encoder, span_sub(writing->text, pos, edit->off - pos));
        base64_encode(&encoder, edit->with);
        pos = edit->off + edit->len;
    }
    base64_encode(&encoder, span_from(writing->text, pos));
    base64_encode_end(&encoder);
    if (writing->raw.len > 0 && writing->raw.ptr[writing->raw.len - 1] == '\n')
        bulk_add(&out, SPAN("\r\n"));
    struct span with;
    if (!bulk_finish(&out, &with, err))
        return false;
    add_edit(writing, 0, writing->raw.len, with, edit_at(writing, 0)->rule);
    return true;
}

bool base64_write_back(struct view *view, struct error *err)
{
    struct writing writing = {
        .view = view,
        .state = view->state,
        .raw = span_sub(view->parent->text, view->off, view->len),
        .text = view->text,
    };
    if (!writing.state->regular)
        return write_all(&writing, err);
    while (edit_at(&writing, writing.next)) {
        uint64_t end = 0;
        size_t in_place = count_in_place(&writing, &end);
        bool done =
            in_place > 0 ? write_in_place(&writing, in_place, end, err) : rewrap(&writing, err);
        if (!done)
            return false;
    }
    transfer_close_body(view, view->edits.items[0].rule);
    return true;
}
