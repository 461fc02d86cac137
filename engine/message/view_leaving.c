/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/view.h"

#include "engine/base/utf8.h"

/* A growing set of edits around a range of a text. */
struct around {
    uint64_t off, end;
    struct edits edits;
};

static bool touches(const struct around *around, const struct edit *edit)
{
    return edit->off < around->end && edit->off + edit->len > around->off;
}

/* Edits outside of the range matter where they overlap one that reaches into it. */
static void widen(struct around *around, const struct edits *edits)
{
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < edits->count; i++) {
            const struct edit *edit = &edits->items[i];
            uint64_t end = edit->off + edit->len;
            if (!touches(around, edit) || (edit->off >= around->off && end <= around->end))
                continue;
            around->off = edit->off < around->off ? edit->off : around->off;
            around->end = end > around->end ? end : around->end;
            more = true;
        }
    }
}

static void take(struct around *around, const struct edits *edits)
{
    widen(around, edits);
    for (size_t i = 0; i < edits->count; i++) {
        const struct edit *edit = &edits->items[i];
        if (touches(around, edit) || (edit->len == 0 && edit->off == around->off))
            edits_add(&around->edits, *edit);
    }
}

/* The range of `above`'s text that a range of the text of `view`, somewhere below, comes from;
 * false where `view` does not hang below `above`. */
static bool origin_in(const struct view *view, const struct view *above, uint64_t *off,
                      uint64_t *len)
{
    const struct view *up = view;
    while (up && up != above)
        up = up->parent;
    if (!up)
        return false;
    for (; view != above; view = view->parent) {
        if (view->codec->origin)
            view->codec->origin(view, *off, *len, off, len);
        else
            *off += view->off;
    }
    return true;
}

/* What rules want of views below (the text of an attachment's octets, say) counts here as well. */
static void take_from_below(struct around *around, const struct view *view)
{
    for (const struct view *below = views_newest(view->views); below != view;
         below = below->previous) {
        for (size_t i = 0; i < below->edits.count; i++) {
            struct edit edit = below->edits.items[i];
            if (!origin_in(below, view, &edit.off, &edit.len))
                break;
            if (edit.kind == EDIT_MASK) {
                edit.masked = utf8_count(edit.with);
                edit.kind = EDIT_REDACT;
            }
            if (touches(around, &edit))
                edits_add(&around->edits, edit);
        }
    }
}

/* Whether something above is changed in the very place that the range comes from. */
static bool is_changed_above(const struct view *view, uint64_t off, uint64_t len)
{
    while (view->parent) {
        uint64_t up_off = off, up_len = len;
        (void)origin_in(view, view->parent, &up_off, &up_len);
        view = view->parent;
        off = up_off;
        len = up_len;
        for (size_t i = 0; i < view->edits.count; i++) {
            const struct edit *edit = &view->edits.items[i];
            if (edit->off < off + len && edit->off + edit->len > off)
                return true;
        }
    }
    return false;
}

/* An edit whose own text is being written is out of the way. */
static bool is_set_aside(const struct edit *edit)
{
    return edit->len == 0 && edit->with.len == 0;
}

/* Whether another view of the same text changes that very place: a field of parameters is seen as a
 * whole, and parameter by parameter; a text may be HTML and XML. */
static bool is_changed_beside(const struct view *view, uint64_t off, uint64_t len)
{
    const struct view *up = view->parent;
    if (!up || !origin_in(view, up, &off, &len))
        return false;
    for (const struct view *other = views_newest(view->views); other; other = other->previous) {
        if (other == view || other->parent != up || other->edits.count == 0 ||
            other->off >= view->off + view->len || view->off >= other->off + other->len)
            continue;
        for (size_t i = 0; i < other->edits.count; i++) {
            const struct edit *edit = &other->edits.items[i];
            uint64_t edit_off = edit->off, edit_len = edit->len;
            if (!is_set_aside(edit) && origin_in(other, up, &edit_off, &edit_len) &&
                edit_off < off + len && edit_off + edit_len > off)
                return true;
        }
    }
    return false;
}

/* One '*' for each character. */
static struct span hidden(const struct view *view, struct span text)
{
    size_t count = view->is_bytes ? text.len : utf8_count(text);
    char *stars = arena_alloc(views_arena(view->views), count + 1);
    memset(stars, '*', count);
    return span_of(stars, count);
}

struct span view_text_leaving(const struct view *view, uint64_t off, uint64_t len)
{
    struct arena *arena = views_arena(view->views);
    struct span wanted = span_sub(view->text, off, len);
    if (view->edits.sealed)
        return edits_apply_range(&view->edits, view->text, off, wanted.len, arena);
    if (is_changed_above(view, off, wanted.len) || is_changed_beside(view, off, wanted.len))
        return hidden(view, wanted);
    struct around around = {off, off + wanted.len, {0}};
    edits_init(&around.edits, arena);
    take(&around, &view->edits);
    take_from_below(&around, view);
    /* A conflict means that nothing leaves at all. */
    if (!edits_seal(&around.edits, view->text, NULL))
        return hidden(view, wanted);
    struct span text = edits_apply_range(&around.edits, view->text, off, wanted.len, arena);
    return view->is_bytes && !utf8_is_valid(text) ? hidden(view, text) : text;
}
