/* SPDX-License-Identifier: Apache-2.0 */
/* codec_base64: decoding, and the way back of offsets; writing back is in codec_base64_write.c. */
#include "engine/message/codec_base64.h"

#include "engine/message/codec_transfer.h"

/* A power of two and a multiple of 4, so that most quanta are whole in a piece. */
#define PIECE ((size_t)64 << 10)
#define LONGEST_LINE 1000u

/* Measures lines while decoding: where all is regular, offsets follow by counting. */
struct shape {
    size_t first_line;
    size_t line_start;
    bool regular;
};

static void measure(struct shape *shape, struct span raw, size_t from, size_t to)
{
    for (size_t at = from; at < to;) {
        const char *end = memchr(raw.ptr + at, '\n', to - at);
        size_t stop = end ? (size_t)(end - raw.ptr) : to;
        if (stop - shape->line_start > LONGEST_LINE)
            shape->regular = false;
        if (!end)
            return;
        size_t line = stop - shape->line_start;
        if (line == 0 || raw.ptr[stop - 1] != '\r' || line == 1)
            shape->regular = false; /* a bare line end or an empty line */
        if (shape->first_line == 0 && line > 1)
            shape->first_line = line - 1;
        shape->line_start = stop + 1;
        at = stop + 1;
    }
}

/* Nothing but quanta, padding at the end and CRLF. */
static bool has_blanks(struct span raw)
{
    return raw.len > 0 && (memchr(raw.ptr, ' ', raw.len) || memchr(raw.ptr, '\t', raw.len));
}

static size_t line_length(const struct shape *shape, struct span raw)
{
    size_t line = shape->first_line > 0 ? shape->first_line : raw.len;
    if (line > 76 && shape->first_line == 0)
        line = 76;
    line -= line % 4;
    return line < 4 ? 76 : line;
}

static void decode(struct view *view, struct span raw, const void *detail)
{
    (void)detail;
    struct base64_state *state = ARENA_NEW(views_arena(view->views), struct base64_state);
    struct base64_decoder decoder = {0};
    struct shape shape = {.regular = true};
    struct bulk out;
    size_t room;
    view->state = state;
    view->is_bytes = true;
    points_init(&state->points, views_arena(view->views));
    bulk_init(&out, views_budget(view->views), base64_room(raw.len));
    for (size_t at = 0; at < raw.len; at += PIECE) {
        struct span piece = span_sub(raw, at, PIECE);
        char *to = bulk_reserve(&out, base64_room(piece.len), &room);
        if (!to || room < base64_room(piece.len))
            break;
        bulk_commit(&out, base64_decode(&decoder, piece, at, to));
        measure(&shape, raw, at, at + piece.len);
        if (decoder.phase == 0 && !decoder.padded)
            points_offer(&state->points, at + piece.len, bulk_len(&out));
    }
    char *to = bulk_reserve(&out, 3, &room);
    if (to)
        bulk_commit(&out, base64_decode_end(&decoder, raw.len, to));
    if (decoder.junk)
        map_note(views_map(view->views), AMBIGUITY_BASE64_JUNK, view->part->index,
                 view->off + decoder.junk_at);
    state->regular = shape.regular && !decoder.junk && !has_blanks(raw);
    state->line = line_length(&shape, raw);
    view_take_bulk(view, &out);
}

size_t base64_find_quantum(const struct base64_state *state, struct span raw, uint64_t text,
                           struct point *near)
{
    struct point from = points_before_text(&state->points, text);
    if (near && near->text <= text && near->text >= from.text)
        from = *near;
    size_t at = (size_t)from.raw;
    for (uint64_t off = from.text; off + 3 <= text; off += 3) {
        for (int n = 0; at < raw.len && n < 4; at++)
            n += base64_value(raw.ptr[at]) >= 0;
    }
    while (at < raw.len && base64_value(raw.ptr[at]) < 0 && raw.ptr[at] != '=')
        at++;
    if (near)
        *near = (struct point){at, text - text % 3};
    return at;
}

/* Offset behind the quantum that begins at `at`, its padding included. */
static size_t quantum_end(struct span raw, size_t at)
{
    for (int n = 0; at < raw.len && n < 4; at++)
        n += base64_value(raw.ptr[at]) >= 0 || raw.ptr[at] == '=';
    return at;
}

/* Exact in a regular body; else the whole of it, because junk may stand anywhere. */
static void origin(const struct view *view, uint64_t off, uint64_t len, uint64_t *off_out,
                   uint64_t *len_out)
{
    const struct base64_state *state = view->state;
    struct span raw = span_sub(view->parent->text, view->off, view->len);
    if (!state->regular) {
        *off_out = view->off;
        *len_out = view->len;
        return;
    }
    struct point near = {0, 0};
    size_t first = base64_find_quantum(state, raw, off - off % 3, &near);
    uint64_t last = len > 0 ? off + len - 1 : off;
    size_t end = base64_find_quantum(state, raw, last - last % 3, &near);
    *off_out = view->off + first;
    *len_out = len > 0 ? quantum_end(raw, end) - first : 0;
}

const struct codec codec_base64 = {"base64", decode, base64_write_back, origin};
