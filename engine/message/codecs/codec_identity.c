/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec_identity: 7bit, 8bit and binary (RFC 2045 section 6.2): the text is the message's own bytes
 * and edits go to the message as they are. Where the result would no longer be what the header says
 * (8-bit characters in 7bit), would have too long lines, or would hold a boundary of a multipart
 * around it, the whole body is encoded instead.
 */
#include "engine/message/codecs/base64.h"
#include "engine/message/codecs/codec_transfer.h"
#include "engine/message/codecs/quoted.h"
#include "engine/message/map/part_header.h"
#include "engine/message/splice.h"

#include "engine/base/utf8.h"

#define LINE_MOST 1000u /* RFC 5322 section 2.1.1, with CRLF */

static void decode(struct view *view, struct span raw, const void *detail)
{
    (void)detail;
    view->text = raw;
    view->is_bytes = true;
}

static void decode_unknown(struct view *view, struct span raw, const void *detail)
{
    decode(view, raw, detail);
    view->uninspected = UNINSPECTED_ENCODING;
}

/* Line ends of rules become CRLF; NUL may not be in a body (RFC 5322 section 2.3). */
static struct span as_lines(struct span with, struct arena *arena)
{
    size_t extra = 0, bad = 0;
    for (size_t i = 0; i < with.len; i++) {
        bool crlf = with.ptr[i] == '\r' && i + 1 < with.len && with.ptr[i + 1] == '\n';
        if (crlf)
            i++;
        else
            extra += with.ptr[i] == '\r' || with.ptr[i] == '\n';
        bad += with.ptr[i] == '\0';
    }
    if (extra == 0 && bad == 0)
        return with;
    char *copy = arena_alloc(arena, with.len + extra + 1);
    size_t len = 0;
    for (size_t i = 0; i < with.len; i++) {
        char c = with.ptr[i];
        if (c == '\r' || c == '\n') {
            copy[len++] = '\r';
            copy[len++] = '\n';
            i += c == '\r' && i + 1 < with.len && with.ptr[i + 1] == '\n';
        } else {
            copy[len++] = c == '\0' ? ' ' : c;
        }
    }
    return span_of(copy, len);
}

/* What a codec above wrote is not ours to change: can it stand in lines of text? */
static bool is_lines(struct span with)
{
    for (size_t i = 0; i < with.len; i++) {
        char c = with.ptr[i];
        if (c == '\r' && i + 1 < with.len && with.ptr[i + 1] == '\n')
            i++;
        else if (c == '\r' || c == '\n' || c == '\0')
            return false;
    }
    return true;
}

/* Makes the edits fit for lines of text; false when one of them cannot be. */
static bool make_lines(struct view *view)
{
    bool good = true;
    for (size_t i = 0; i < view->edits.count; i++) {
        struct edit *edit = &view->edits.items[i];
        if (edit->kind == EDIT_CODEC)
            good = good && is_lines(edit->with);
        else
            edit->with = as_lines(edit->with, views_arena(view->views));
    }
    return good;
}

/* Whether a line begins with a boundary of a multipart around the text, which may stand around the
 * parts of its own. */
static bool looks_like_boundary(const struct view *view, struct span line)
{
    const struct map *map = views_map(view->views);
    uint32_t around = view->part->index;
    if (!span_starts(line, SPAN("--")))
        return false;
    line = span_from(line, 2);
    while (around != MAP_NONE) {
        const struct part *part = &map->parts[around];
        if (part->boundary.len > 0 && span_starts(line, part->boundary))
            return true;
        around = part->parent;
    }
    return false;
}

/* A line of the result as it is put together: only its beginning and its length matter. */
struct line {
    char start[512];
    size_t len;
    size_t original; /* length of what was there */
    bool touched;
};

static bool line_is_bad(const struct view *view, const struct line *line)
{
    size_t kept = line->len < sizeof line->start ? line->len : sizeof line->start;
    bool too_long = line->len > LINE_MOST && line->len > line->original;
    return line->touched && (too_long || looks_like_boundary(view, span_of(line->start, kept)));
}

/* Adds a piece; true when a touched line was completed that may not be. */
static bool add_piece(const struct view *view, struct line *line, struct span piece, bool touched)
{
    while (piece.len > 0) {
        size_t end = span_find_byte(piece, '\n');
        size_t len = end == SPAN_NONE ? piece.len : end + 1;
        for (size_t i = 0; i < len && line->len + i < sizeof line->start; i++)
            line->start[line->len + i] = piece.ptr[i];
        line->len += len;
        line->original += touched ? 0 : len;
        line->touched |= touched;
        piece = span_from(piece, len);
        if (end == SPAN_NONE)
            break;
        if (line_is_bad(view, line))
            return true;
        line->len = 0;
        line->original = 0;
        line->touched = false;
    }
    return false;
}

/* Whether an edit begins or ends between CR and LF: one of them would stay alone. */
static bool splits_line_end(struct span text, const struct edit *edit)
{
    uint64_t ends[2] = {edit->off, edit->off + edit->len};
    for (size_t i = 0; i < 2; i++) {
        if (ends[i] > 0 && ends[i] < text.len && text.ptr[ends[i] - 1] == '\r' &&
            text.ptr[ends[i]] == '\n')
            return true;
    }
    return false;
}

/* Looks only at the lines that edits touch. */
static bool has_bad_line(const struct view *view)
{
    struct span text = view->text;
    struct line line = {.len = 0};
    uint64_t at = 0;
    for (size_t i = 0; i < view->edits.count; i++) {
        const struct edit *edit = &view->edits.items[i];
        const char *before = edit->off > at ? memrchr(text.ptr + at, '\n', edit->off - at) : NULL;
        if (before) { /* the rest of the last edit's line, then a new line */
            if (add_piece(view, &line, span_sub(text, at, (size_t)(before - text.ptr) + 1 - at),
                          false))
                return true;
            at = (uint64_t)(before - text.ptr) + 1;
        }
        if (splits_line_end(text, edit) ||
            add_piece(view, &line, span_sub(text, at, edit->off - at), false) ||
            add_piece(view, &line, edit->with, true))
            return true;
        line.original += edit->len;
        line.touched = true;
        at = edit->off + edit->len;
    }
    struct span rest = span_from(text, at);
    size_t end = span_find_byte(rest, '\n');
    rest = span_sub(rest, 0, end == SPAN_NONE ? rest.len : end + 1);
    return add_piece(view, &line, rest, false) || line_is_bad(view, &line);
}

static bool adds_8bit(const struct view *view)
{
    if (view->part->encoding != ENCODING_7BIT)
        return false;
    for (size_t i = 0; i < view->edits.count; i++) {
        if (!span_is_ascii(view->edits.items[i].with))
            return span_is_ascii(view->text);
    }
    return false;
}

/* Quoted-printable can be read by people where most of the text is ASCII. */
static bool prefers_base64(const struct view *view)
{
    size_t foreign = 0, all = 0;
    struct splice splice;
    struct span piece;
    splice_init(&splice, view->text, &view->edits);
    while (splice_next(&splice, view->text.len, true, &piece)) {
        for (size_t i = 0; i < piece.len; i++)
            foreign += (unsigned char)piece.ptr[i] >= 0x80 || piece.ptr[i] == '\0';
        all += piece.len;
    }
    return foreign > all / 3;
}

static void encode_all(const struct view *view, bool base64, struct bulk *out)
{
    struct base64_encoder as_base64 = {.out = out, .line = 76};
    struct quoted_encoder as_quoted = {.out = out};
    struct splice splice;
    struct span piece;
    splice_init(&splice, view->text, &view->edits);
    while (splice_next(&splice, view->text.len, true, &piece)) {
        if (base64)
            base64_encode(&as_base64, piece);
        else
            quoted_encode(&as_quoted, piece);
    }
    if (base64)
        base64_encode_end(&as_base64);
    else
        quoted_encode_end(&as_quoted, false);
}

static bool encode_whole_body(struct view *view, struct error *err)
{
    bool base64 = prefers_base64(view);
    const char *rule = view->edits.items[0].rule;
    struct bulk out;
    struct span with;
    bulk_init(&out, views_budget(view->views), view->text.len + view->text.len / 4);
    encode_all(view, base64, &out);
    if (!bulk_finish(&out, &with, err))
        return false;
    edits_add(
        &view->parent->edits,
        (struct edit){
            .off = view->off, .len = view->len, .with = with, .kind = EDIT_CODEC, .rule = rule});
    transfer_close_body(view, rule);
    return part_set_encoding(view->views, view->part, base64 ? "base64" : "quoted-printable", rule,
                             err);
}

static bool encode(struct view *view, struct error *err)
{
    if (!make_lines(view) || adds_8bit(view) || has_bad_line(view)) {
        if (view->part->kind == PART_LEAF)
            return encode_whole_body(view, err);
        return error_set(err, "the change would break the structure of the message");
    }
    for (size_t i = 0; i < view->edits.count; i++) {
        struct edit edit = view->edits.items[i];
        edit.off += view->off;
        edits_add(&view->parent->edits, edit);
    }
    transfer_close_body(view, view->edits.items[0].rule);
    return true;
}

const struct codec codec_identity = {"body", decode, encode, NULL};
const struct codec codec_unknown_encoding = {"body", decode_unknown, NULL, NULL};
