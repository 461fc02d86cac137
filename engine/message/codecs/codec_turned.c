/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/codecs/codec_turned.h"

#include "engine/base/utf8.h"
#include "engine/message/codecs/stretches.h"

#include <glib.h>

#define OVERRIDE "\xe2\x80\xae" /* U+202E */
#define DEEPEST 125u            /* embeddings, as Unicode's algorithm has it */

/* Where what begins at `at` ends: at the U+202C that belongs to it, or with its line. */
static size_t end_of(struct span text, size_t at)
{
    unsigned depth = 0;
    while (at < text.len && text.ptr[at] != '\n' && text.ptr[at] != '\r') {
        uint32_t code;
        size_t len = utf8_decode(span_from(text, at), &code);
        if (code == 0x202c && len > 0 && depth-- == 0)
            return at;
        if (len > 0 && code >= 0x202a && code <= 0x202e && code != 0x202c && depth++ == DEEPEST)
            return at;
        at += len > 0 ? len : 1;
    }
    return at;
}

/* Where the last character of text [from, end) begins, with the marks that are put on it. */
static size_t last_in(struct span text, size_t from, size_t end)
{
    size_t at = end;
    uint32_t code = 0;
    do {
        at = utf8_floor(text, at - 1);
        (void)utf8_decode(span_from(text, at), &code);
    } while (at > from && g_unichar_ismark(code));
    return at;
}

static void turn(struct stretches *text, size_t from, size_t end)
{
    while (end > from && !stretches_is_over(text)) {
        size_t at = last_in(text->source, from, end);
        at = at > from ? at : from;
        stretches_keep(text, at, end - at, STRETCH_PLAIN);
        end = at;
    }
}

static void decode(struct view *view, struct span raw, const void *detail)
{
    struct stretches text;
    (void)detail;
    view->is_bytes = view->parent->is_bytes;
    if (!stretches_begin(&text, view, raw))
        return;
    for (size_t at = 0; at < raw.len && !stretches_is_over(&text);) {
        size_t plain = span_find(span_from(raw, at), SPAN(OVERRIDE));
        if (plain == SPAN_NONE)
            plain = raw.len - at;
        stretches_keep(&text, at, plain, STRETCH_PLAIN);
        at += plain;
        if (at == raw.len)
            break;
        size_t end = end_of(raw, at + strlen(OVERRIDE));
        turn(&text, at + strlen(OVERRIDE), end);
        at = end;
    }
    stretches_end(&text);
}

/* A character for each keeps its place: the first place of a turned stretch is its last one. */
static bool encode(struct view *view, struct error *err)
{
    for (size_t i = 0; i < view->edits.count; i++) {
        struct edit *edit = &view->edits.items[i];
        struct span covered = span_sub(view->text, edit->off, edit->len);
        if (edit->kind == EDIT_REDACT && utf8_count(covered) == utf8_count(edit->with))
            edit->kind = EDIT_MASK;
    }
    return stretches_write_back(view, stretch_as_it_is, err);
}

const struct codec codec_turned = {"turned", decode, encode, stretches_origin};

static bool is_turned(struct view *view)
{
    return !view_is_ascii(view) && span_find(view->text, SPAN(OVERRIDE)) != SPAN_NONE &&
           (!view->is_bytes || utf8_is_valid(view->text));
}

struct view *view_as_turned(struct view *view)
{
    if (view->codec == &codec_turned || view == views_root(view->views))
        return NULL;
    if (!view->turned_known) {
        view->turned_known = true;
        if (is_turned(view))
            view->turned = view_open(view, 0, view->text.len, &codec_turned, view->part, NULL);
    }
    return view->turned;
}
