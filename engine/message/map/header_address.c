/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/map/header_address.h"

#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "engine/message/map/header_tokens.h"

/* A range of the text in which no encoded word may be written: a quoted string or an address. */
struct piece {
    size_t start, end;
    bool quoted;
    bool open_comment; /* before it: one that does not end, and could hold any address behind it */
};

struct fitting {
    const struct header_text *header;
    const struct edits *edits;
    struct arena *arena;
    struct span shape; /* the text, with letters for what encoded words hold: no quotes, no "<" */
    struct edits *out;
};

enum header_shape header_shape(struct span name)
{
    static const char *const addresses[] = {
        "From",
        "To",
        "Cc",
        "Bcc",
        "Sender",
        "Reply-To",
        "Resent-To",
        "Resent-From",
        "Resent-Cc",
        "Errors-To",
        "Resent-Bcc",
        "Resent-Sender",
        "Return-To",
        "Mail-Reply-To",
        "Resent-Reply-To",
        "Disposition-Notification-To",
    };
    static const char *const machine[] = {
        "Message-ID",     "In-Reply-To",
        "References",     "Received",
        "Return-Path",    "Delivered-To",
        "Date",           "Resent-Message-ID",
        "Resent-Date",    "DKIM-Signature",
        "Received-SPF",   "Authentication-Results",
        "Content-ID",     "ARC-Seal",
        "X-Original-To",  "ARC-Message-Signature",
        "Auto-Submitted", "ARC-Authentication-Results",
    };
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
        if (span_is_nocase(name, addresses[i]))
            return SHAPE_ADDRESSES;
    }
    for (size_t i = 0; i < ARRAY_LEN(machine); i++) {
        if (span_is_nocase(name, machine[i]))
            return SHAPE_MACHINE;
    }
    bool list = name.len > 5 && span_is_nocase(span_sub(name, 0, 5), "List-");
    return list ? SHAPE_MACHINE : SHAPE_TEXT;
}

/* Behind a quoted string; behind the text where nothing ends it. */
static size_t string_end(struct span text, size_t at)
{
    size_t end = quoted_end(text, at);
    return end > 0 ? end : text.len + 1;
}

static size_t angle_end(struct span text, size_t at)
{
    while (at < text.len && text.ptr[at] != '>')
        at = text.ptr[at] == '"' ? string_end(text, at) : at + 1;
    return at < text.len ? at : text.len;
}

/* A token; behind a quoted string, what stands directly at it (a local part and its domain). */
static size_t token_end(struct span text, size_t at)
{
    while (at < text.len && !ascii_is_space(text.ptr[at]) && !strchr("()<>,;\"", text.ptr[at]))
        at++;
    return at;
}

/* The next quoted string or address at or behind `at`; false: there is none. */
static bool next_piece(struct span text, size_t at, struct piece *piece)
{
    while (at < text.len) {
        char c = text.ptr[at];
        size_t end = at + 1;
        *piece = (struct piece){.start = at, .open_comment = piece->open_comment};
        if (c == '(' && !piece->open_comment) {
            size_t behind = comment_end(text, at);
            piece->open_comment = behind == 0;
            end = behind > 0 ? behind : end;
        } else if (c == '<') {
            piece->end = angle_end(text, at);
            return true;
        } else if (c == '"') {
            piece->end = string_end(text, at);
            bool local = piece->end < text.len && text.ptr[piece->end] == '@';
            piece->quoted = piece->end <= text.len && !local;
            piece->end = local ? token_end(text, piece->end) : piece->end;
            return true;
        } else if (token_end(text, at) > at) {
            piece->end = end = token_end(text, at);
            if (span_find_byte(span_sub(text, at, end - at), '@') != SPAN_NONE)
                return true;
        }
        at = end;
    }
    return false;
}

/* Foreign characters become "?"; "=?" would start an encoded word. */
static struct span as_ascii(struct span text, struct arena *arena)
{
    char *copy = arena_alloc(arena, text.len + 1);
    size_t len = 0;
    while (text.len > 0) {
        size_t step = utf8_decode(text, NULL);
        char c = ascii_is_8bit(text.ptr[0]) ? '?' : text.ptr[0];
        if (c == '?' && len > 0 && copy[len - 1] == '=')
            copy[len - 1] = '?';
        copy[len++] = c;
        text = span_from(text, step > 0 ? step : 1);
    }
    return span_of(copy, len);
}

static struct span escaped(struct span text, struct arena *arena)
{
    char *copy = arena_alloc(arena, text.len * 2 + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"' || text.ptr[i] == '\\')
            copy[len++] = '\\';
        copy[len++] = text.ptr[i];
    }
    return span_of(copy, len);
}

static void add_unquoted(struct span text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\\' && i + 1 < text.len)
            i++;
        else if (text.ptr[i] == '"')
            continue;
        buf_add_byte(out, text.ptr[i]);
    }
}

static bool needs_word(struct span with)
{
    return !span_is_ascii(with) || span_find(with, SPAN("=?")) != SPAN_NONE;
}

/* One edit for all of the quoted string, with the edits [from, to) in it. */
static void open_quoted(struct fitting *fitting, const struct piece *piece, size_t from, size_t to)
{
    struct span text = fitting->header->text;
    struct edit whole = fitting->edits->items[from];
    struct buf with = BUF_INIT;
    size_t at = piece->start;
    for (size_t i = from; i < to; i++) {
        const struct edit *edit = &fitting->edits->items[i];
        add_unquoted(span_sub(text, at, edit->off - at), &with);
        buf_add(&with, header_clean(edit->with, fitting->arena));
        at = edit->off + edit->len;
    }
    add_unquoted(span_sub(text, at, piece->end - at), &with);
    whole.off = piece->start;
    whole.len = piece->end - piece->start;
    whole.with = arena_copy(fitting->arena, buf_span(&with));
    buf_fini(&with);
    edits_add(fitting->out, whole);
}

/* Whether encoded words stand in it already, against the RFC. */
static bool holds_words(const struct header_text *header, const struct piece *piece)
{
    size_t off, len;
    header_text_range(header, piece->start, piece->end - piece->start, &off, &len);
    return span_find(span_sub(header->raw, off, len), SPAN("=?")) != SPAN_NONE;
}

/* The edits [from, to) touch the piece. */
static void fit_piece(struct fitting *fitting, const struct piece *piece, size_t from, size_t to)
{
    bool open = piece->quoted && holds_words(fitting->header, piece), inside = piece->quoted;
    for (size_t i = from; i < to; i++) {
        const struct edit *edit = &fitting->edits->items[i];
        open = open || needs_word(header_clean(edit->with, fitting->arena));
        inside = inside && edit->off > piece->start && edit->off + edit->len < piece->end;
    }
    if (open && inside) {
        open_quoted(fitting, piece, from, to);
        return;
    }
    for (size_t i = from; i < to; i++) {
        struct edit edit = fitting->edits->items[i];
        edit.with = header_clean(edit.with, fitting->arena);
        if (needs_word(edit.with))
            edit.with = as_ascii(edit.with, fitting->arena);
        if (inside)
            edit.with = escaped(edit.with, fitting->arena);
        edits_add(fitting->out, edit);
    }
}

void header_edits_fit(const struct header_text *header, const struct edits *edits,
                      enum header_shape shape, struct arena *arena, struct edits *out)
{
    *out = *edits;
    if (shape == SHAPE_TEXT || (header->raw_utf8 && !header->raw_latin1))
        return;
    edits_init(out, arena);
    struct fitting fitting = {header, edits, arena, header_shape_of(header, arena), out};
    struct piece piece = {.end = 0};
    bool more = shape == SHAPE_ADDRESSES && next_piece(fitting.shape, 0, &piece);
    if (shape == SHAPE_MACHINE)
        fit_piece(&fitting, &(struct piece){.end = header->text.len}, 0, edits->count);
    for (size_t i = 0; shape == SHAPE_ADDRESSES && i < edits->count;) {
        const struct edit *edit = &edits->items[i];
        while (more && piece.end <= edit->off && !(edit->len == 0 && piece.end == edit->off))
            more = next_piece(fitting.shape, piece.end, &piece);
        size_t last = i;
        while (more && last < edits->count && edits->items[last].off < piece.end &&
               edits->items[last].off + edits->items[last].len > piece.start)
            last++;
        if (last == i)
            edits_add(out, *edit);
        else
            fit_piece(&fitting, &piece, i, last);
        i = last == i ? i + 1 : last;
    }
    out->sealed = true;
}
