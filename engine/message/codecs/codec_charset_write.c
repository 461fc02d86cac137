/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/codecs/codec_charset.h"

#include "engine/base/utf8.h"
#include "engine/message/formats/codec_xml.h"
#include "engine/message/map/part_header.h"
#include "engine/message/splice.h"

static void add_edit(struct view *view, uint64_t off, uint64_t len, struct span with,
                     enum edit_kind kind, const char *rule)
{
    const struct charset_state *state = view->state;
    edits_add(&view->parent->edits, (struct edit){.off = view->off + state->skip + off,
                                                  .len = len,
                                                  .with = with,
                                                  .kind = kind,
                                                  .rule = rule});
}

static bool adds_foreign(const struct view *view)
{
    for (size_t i = 0; i < view->edits.count; i++) {
        if (!span_is_ascii(view->edits.items[i].with))
            return true;
    }
    return false;
}

/* A file that stands within a text has a charset that nobody declares: the part's is the text's. */
static bool say_utf8(struct view *view, struct error *err)
{
    for (const struct view *up = view->parent; up; up = up->parent) {
        if (up->codec == &codec_charset)
            return true;
    }
    return part_set_charset(view->views, view->part, "utf-8", view->edits.items[0].rule, err);
}

static bool declares_other(struct span text)
{
    struct span name = xml_declared_encoding(text);
    return name.ptr && !span_is_nocase(name, "utf-8");
}

/* What the declaration of an XML text says must go with it: it may be saved as a file. */
static bool declare_utf8(struct view *view, struct span text, struct span *out, struct error *err)
{
    struct span name = xml_declared_encoding(text);
    struct bulk bulk;
    *out = text;
    if (!declares_other(text))
        return true;
    bulk_init(&bulk, views_budget(view->views), text.len + 8);
    bulk_add(&bulk, span_sub(text, 0, (size_t)(name.ptr - text.ptr)));
    bulk_add(&bulk, SPAN("UTF-8"));
    bulk_add(&bulk, span_from(text, (size_t)(span_end(name) - text.ptr)));
    return bulk_finish(&bulk, out, err);
}

/* The charset lacks a character: the whole part becomes UTF-8 and says so. */
static bool switch_to_utf8(struct view *view, struct error *err)
{
    struct bulk out;
    struct splice splice;
    struct span piece, text, with;
    const char *rule = view->edits.items[0].rule;
    bulk_init(&out, views_budget(view->views), view->text.len + 256);
    splice_init(&splice, view->text, &view->edits);
    while (splice_next(&splice, view->text.len, true, &piece))
        bulk_add(&out, piece);
    if (!bulk_finish(&out, &text, err) || !declare_utf8(view, text, &with, err))
        return false;
    edits_add(
        &view->parent->edits,
        (struct edit){
            .off = view->off, .len = view->len, .with = with, .kind = EDIT_CODEC, .rule = rule});
    return say_utf8(view, err);
}

/* The text is the octets: edits go down as they are. */
static bool write_as_it_is(struct view *view, struct error *err)
{
    const struct charset_state *state = view->state;
    bool foreign = adds_foreign(view);
    if (foreign && (state->charset->kind == CHARSET_LATIN1 || declares_other(view->text)))
        return switch_to_utf8(view, err);
    for (size_t i = 0; i < view->edits.count; i++) {
        struct edit edit = view->edits.items[i];
        add_edit(view, edit.off, edit.len, edit.with, edit.kind, edit.rule);
    }
    bool declared = state->declared && state->declared->kind == CHARSET_UTF8;
    if (!foreign || declared)
        return true;
    return say_utf8(view, err);
}

/* What a run of edits that share characters (or, with states, lines) makes of its range. */
struct rewrite {
    struct point from, to;
    size_t first, count; /* edits */
};

/* The next edits whose ranges touch the same characters. */
static void gather(struct view *view, struct splice *splice, struct point *near,
                   struct rewrite *out)
{
    const struct edit *edit = splice_edit(splice);
    out->first = splice->next;
    out->count = 1;
    charset_find_range(view, edit->off, edit->len, near, &out->from, &out->to);
    for (size_t i = out->first + 1; i < view->edits.count; i++, out->count++) {
        struct point from, to, start = out->from;
        edit = &view->edits.items[i];
        if (edit->off >= out->to.text)
            break;
        if (edit->off + edit->len <= out->to.text)
            continue;
        charset_find_range(view, edit->off, edit->len, &start, &from, &to);
        if (to.text > out->to.text)
            out->to = to;
    }
}

/* The kind of what is written for the edits: hidden stays hidden also below. */
static enum edit_kind kind_of(const struct view *view, const struct rewrite *rewrite)
{
    const struct charset_state *state = view->state;
    const struct edit *edit = &view->edits.items[rewrite->first];
    bool wide = state->charset->kind == CHARSET_UTF16 || state->charset->kind == CHARSET_UTF32;
    if (rewrite->count > 1 || wide || state->charset->kind == CHARSET_STATEFUL)
        return EDIT_CODEC;
    return edit->kind == EDIT_MASK ? EDIT_REDACT : edit->kind;
}

/* false in *fits_out: the charset lacks a character. */
static bool write_rewrite(struct view *view, struct splice *splice, const struct rewrite *rewrite,
                          bool *fits_out, struct error *err)
{
    const struct charset_state *state = view->state;
    const struct edit *last = &view->edits.items[rewrite->first + rewrite->count - 1];
    uint64_t end = rewrite->to.text;
    struct bulk out;
    struct span piece, with;
    bulk_init(&out, views_budget(view->views), (size_t)(end - rewrite->from.text) * 2 + 64);
    splice->at = rewrite->from.text;
    bool insertion = last->len == 0 && last->off == end;
    while (splice_next(splice, end, insertion, &piece)) {
        if (!converter_encode(state->converter, piece, false, &out)) {
            *fits_out = false;
            return true;
        }
    }
    *fits_out = converter_encode(state->converter, SPAN(""), true, &out);
    if (!bulk_finish(&out, &with, err))
        return false;
    add_edit(view, rewrite->from.raw, rewrite->to.raw - rewrite->from.raw, with,
             kind_of(view, rewrite), view->edits.items[rewrite->first].rule);
    return true;
}

/* A changed text may be guessed otherwise: from now on its byte order is said. */
static void add_mark(struct view *view)
{
    const struct charset_state *state = view->state;
    struct span mark = state->big ? SPAN("\xfe\xff") : SPAN("\xff\xfe");
    if (state->charset->kind == CHARSET_UTF32)
        mark = state->big ? SPAN("\0\0\xfe\xff") : SPAN("\xff\xfe\0\0");
    add_edit(view, 0, 0, mark, EDIT_CODEC, view->edits.items[0].rule);
}

/* Each edit in the charset of the part; nothing is kept when one of them does not fit. */
static bool write_converted(struct view *view, bool *fits_out, struct error *err)
{
    struct splice splice;
    struct point near = {0, 0};
    size_t before = view->parent->edits.count;
    splice_init(&splice, view->text, &view->edits);
    *fits_out = true;
    if (charset_lacks_order(view->state))
        add_mark(view);
    while (splice_edit(&splice)) {
        struct rewrite rewrite;
        gather(view, &splice, &near, &rewrite);
        size_t next = splice.next;
        if (!write_rewrite(view, &splice, &rewrite, fits_out, err))
            return false;
        if (splice.next == next) { /* what the way back says cannot be: better all of it anew */
            *fits_out = false;
        }
        if (!*fits_out) {
            view->parent->edits.count = before;
            return true;
        }
    }
    return true;
}

/* The octets with the edits of the parent from number `first` on. */
static bool octets_leaving(struct view *view, size_t first, struct span *octets_out,
                           struct error *err)
{
    const struct edits *edits = &view->parent->edits;
    uint64_t at = view->off, end = view->off + view->len;
    struct bulk out;
    bulk_init(&out, views_budget(view->views), view->len + 64);
    for (size_t i = first; i < edits->count; i++) {
        const struct edit *edit = &edits->items[i];
        bulk_add(&out, span_sub(view->parent->text, at, edit->off - at));
        bulk_add(&out, edit->with);
        at = edit->off + edit->len;
    }
    bulk_add(&out, span_sub(view->parent->text, at, end - at));
    return bulk_finish(&out, octets_out, err);
}

/* Where the charset was guessed, or what was declared was not believed, by what the octets look
 * like, a change may make them look otherwise: then all of it would be read otherwise. */
static bool keep_the_guess(struct view *view, size_t first, bool *kept_out, struct error *err)
{
    const struct charset_state *state = view->state;
    const struct charset *declared = state->declared;
    bool wide = declared && (declared->kind == CHARSET_UTF16 || declared->kind == CHARSET_UTF32);
    struct span octets;
    *kept_out = true;
    if (declared && !wide && declared->kind != CHARSET_ASCII)
        return true;
    if (!octets_leaving(view, first, &octets, err))
        return false;
    *kept_out = charset_is_guessed_alike(state, octets);
    if (!*kept_out)
        view->parent->edits.count = first;
    return true;
}

bool charset_write_back(struct view *view, struct error *err)
{
    const struct charset_state *state = view->state;
    size_t first = view->parent->edits.count;
    bool fits;
    if (!state->converter)
        return write_as_it_is(view, err);
    /* Nobody said that it is Latin-1: what is no ASCII could be read as anything. */
    bool guessed = !state->declared || state->declared->kind == CHARSET_ASCII;
    if (guessed && adds_foreign(view))
        return switch_to_utf8(view, err);
    if (!write_converted(view, &fits, err) || (fits && !keep_the_guess(view, first, &fits, err)))
        return false;
    return fits || switch_to_utf8(view, err);
}
