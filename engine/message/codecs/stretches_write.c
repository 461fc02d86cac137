/* SPDX-License-Identifier: Apache-2.0 */
/* stretches: edits of the text as edits of its source. */
#include "engine/message/codecs/stretches.h"

#include "engine/base/utf8.h"

bool stretch_as_it_is(const struct view *view, uint16_t tag, struct span with, struct buf *out,
                      struct error *err)
{
    (void)view;
    (void)tag;
    (void)err;
    buf_add(out, with);
    return true;
}

/* One edit on its way down, and the range of the source that is gathered for it. */
struct writing {
    struct view *view;
    stretch_escape escape;
    const struct edit *edit;
    bool mask;
    struct span with;   /* what of its text is not yet given a place */
    struct span now;    /* what goes to the gathered range */
    uint64_t from, end; /* of the source; equal: nothing is gathered */
    uint16_t tag;
    bool placed; /* something was written */
};

static bool flush(struct writing *w, struct error *err)
{
    struct buf out = BUF_INIT;
    struct view *view = w->view;
    bool good = true;
    if (w->end == w->from)
        return true;
    size_t masked = w->mask                              ? utf8_count(w->now)
                    : !w->placed || w->edit->masked == 0 ? w->edit->masked
                                                         : MASKED_BEFORE;
    if (!w->mask)
        w->now = w->placed ? SPAN("") : w->with;
    w->placed = true;
    good = w->escape(view, w->tag, w->now, &out, err);
    edits_add(&view->parent->edits,
              (struct edit){.off = view->off + w->from,
                            .len = w->end - w->from,
                            .with = arena_copy(views_arena(view->views), buf_span(&out)),
                            .kind = w->mask ? EDIT_REDACT : w->edit->kind,
                            .rule = w->edit->rule,
                            .masked = masked});
    buf_fini(&out);
    w->from = w->end = 0;
    return good;
}

/* The mask characters of a text. */
static struct span take_mask(struct writing *w, struct span text)
{
    struct span rest = w->with;
    for (size_t i = 0; i < text.len; i++) {
        if (((unsigned char)text.ptr[i] & 0xc0) != 0x80)
            rest = span_from(rest, utf8_decode(rest, NULL));
    }
    struct span taken = span_sub(w->with, 0, (size_t)(rest.ptr - w->with.ptr));
    w->with = rest;
    return taken;
}

/* `mask`: what stands for it where masks are written. */
static bool gather(struct writing *w, uint16_t tag, uint64_t source, uint64_t len, struct span mask,
                   struct error *err)
{
    if (w->end > w->from && w->end == source && w->tag == tag) {
        w->now.len += mask.len;
    } else {
        if (!flush(w, err))
            return false;
        w->from = source;
        w->now = mask;
        w->tag = tag;
    }
    w->end = source + len;
    return true;
}

/* What the mask leaves as it is stays: a separator has a meaning that its escape has not. */
static bool gather_masked(struct writing *w, const struct stretch *stretch, struct span text,
                          uint64_t source, struct error *err)
{
    while (text.len > 0) {
        size_t len = utf8_decode(text, NULL);
        struct span character = span_sub(text, 0, len > 0 ? len : 1);
        struct span mask = take_mask(w, character);
        if (!span_equal(character, mask) &&
            !gather(w, stretch->tag, source, character.len, mask, err))
            return false;
        text = span_from(text, character.len);
        source += character.len;
    }
    return true;
}

static bool gather_stretch(struct writing *w, const struct stretch *stretch, struct error *err)
{
    uint64_t edit_end = w->edit->off + w->edit->len;
    uint64_t from = stretch->text > w->edit->off ? stretch->text : w->edit->off;
    uint64_t end = (uint64_t)stretch->text + stretch->text_len;
    end = end < edit_end ? end : edit_end;
    struct span text = span_sub(w->view->text, from, end - from);
    uint64_t source = stretch->source + (stretch->same ? from - stretch->text : 0);
    if (stretch->tag == STRETCH_FIXED) {
        if (w->mask)
            (void)take_mask(w, text);
        return flush(w, err);
    }
    if (stretch->same && w->mask)
        return gather_masked(w, stretch, text, source, err);
    struct span mask = {NULL, 0};
    if (w->mask)
        mask = take_mask(w, text);
    if (w->mask && span_equal(mask, text))
        return true;
    return gather(w, stretch->tag, source, stretch->same ? text.len : stretch->source_len, mask,
                  err);
}

/* Behind the stretch before it, else in front of the one that it stands at. */
static bool insert(struct writing *w, struct error *err)
{
    const struct stretch_table *table = w->view->state;
    size_t at = stretches_at(table, w->edit->off);
    const struct stretch *here = at < table->count ? &table->items[at] : NULL;
    const struct stretch *before = at > 0 ? &table->items[at - 1] : NULL;
    struct buf out = BUF_INIT;
    uint64_t off = 0;
    uint16_t tag = STRETCH_PLAIN;
    bool inside = here && w->edit->off > here->text;
    if (!inside && before && (before->tag != STRETCH_FIXED || !here)) {
        off = (uint64_t)before->source + before->source_len;
        tag = before->tag;
    } else if (here) {
        off = here->source + (inside && here->same ? w->edit->off - here->text : 0);
        tag = here->tag;
    }
    bool good = w->escape(w->view, tag, w->edit->with, &out, err);
    edits_add(&w->view->parent->edits,
              (struct edit){.off = w->view->off + off,
                            .with = arena_copy(views_arena(w->view->views), buf_span(&out)),
                            .kind = w->edit->kind,
                            .rule = w->edit->rule});
    buf_fini(&out);
    return good;
}

static bool write_edit(struct writing *w, struct error *err)
{
    const struct stretch_table *table = w->view->state;
    const struct edit *edit = w->edit;
    struct span text = span_sub(w->view->text, edit->off, edit->len);
    if (edit->len == 0)
        return insert(w, err);
    w->with = edit->with;
    w->mask = edit->kind == EDIT_MASK && utf8_count(edit->with) == utf8_count(text);
    for (size_t i = stretches_at(table, edit->off);
         i < table->count && table->items[i].text < edit->off + edit->len; i++) {
        if (!gather_stretch(w, &table->items[i], err))
            return false;
    }
    if (!flush(w, err))
        return false;
    return w->placed || w->mask ? true : insert(w, err);
}

bool stretches_write_back(struct view *view, stretch_escape escape, struct error *err)
{
    for (size_t i = 0; i < view->edits.count; i++) {
        struct writing w = {.view = view, .escape = escape, .edit = &view->edits.items[i]};
        if (!write_edit(&w, err))
            return false;
    }
    return true;
}
