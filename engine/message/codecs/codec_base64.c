/* SPDX-License-Identifier: Apache-2.0 */
/* codec_base64: decoding, and the way back of offsets; writing back is in codec_base64_write.c. */
#include "engine/message/codecs/codec_base64.h"

#include "engine/message/codecs/codec_transfer.h"

/* A power of two and a multiple of 4, so that most quanta are whole in a piece. */
#define PIECE ((size_t)64 << 10)
#define LONGEST_LAST 1000u /* a last line without an end */

/* What lines should be like when they are written anew. */
static size_t line_length(const struct base64_decoder *decoder, size_t raw_len)
{
    size_t line = decoder->first_line > 0 ? decoder->first_line : raw_len < 76 ? raw_len : 76;
    line -= line % 4;
    return line < 4 ? 76 : line;
}

static void decode(struct view *view, struct span raw, const void *detail)
{
    (void)detail;
    struct base64_state *state = ARENA_NEW(views_arena(view->views), struct base64_state);
    struct base64_decoder decoder = {0};
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
        if (decoder.phase == 0 && !decoder.padded)
            points_offer(&state->points, at + piece.len, bulk_len(&out));
    }
    char *to = bulk_reserve(&out, 3, &room);
    if (to)
        bulk_commit(&out, base64_decode_end(&decoder, raw.len, to));
    if (decoder.junk)
        map_note(views_map(view->views), AMBIGUITY_BASE64_JUNK, view->part->index,
                 view->off + decoder.junk_at);
    bool last_is_long = raw.len - decoder.line_start > LONGEST_LAST;
    state->regular = !decoder.irregular && !decoder.junk && !last_is_long;
    state->line = line_length(&decoder, raw.len);
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
