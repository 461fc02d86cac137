/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/codecs/codec_source.h"

#include "engine/base/utf8.h"

/* `base` is the last view that the text and what is shown of it have in common. */
struct source_state {
    const struct view *shown, *base;
};

struct range {
    uint64_t off, end;
};

static bool is_above(const struct view *view, const struct view *base)
{
    while (view && view != base)
        view = view->parent;
    return view != NULL;
}

/* One step down, in the text of the parent. */
static struct range below(const struct view *view, struct range range)
{
    uint64_t off = range.off, len = range.end - range.off;
    if (view->codec->origin)
        view->codec->origin(view, off, len, &off, &len);
    else
        off += view->off;
    return (struct range){off, off + len};
}

static struct range down(const struct view *view, const struct view *base, struct range range)
{
    for (; view != base; view = view->parent)
        range = below(view, range);
    return range;
}

/* The first place in the text of `view` whose character ends behind `wanted` of the parent, or with
 * `begins` begins there or later: in these codecs places keep their order. */
static uint64_t first_place(const struct view *view, uint64_t low, uint64_t wanted, bool begins)
{
    uint64_t high = view->text.len;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        struct range at = below(view, (struct range){middle, middle + 1});
        if (begins ? at.off >= wanted : at.end > wanted)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* One step up: the smallest range of the view's text that all of the range below went into. */
static struct range above(const struct view *view, struct range range)
{
    struct range up;
    up.off = utf8_floor(view->text, first_place(view, 0, range.off, false));
    up.end = range.end > range.off ? first_place(view, up.off, range.end, true) : up.off;
    while (up.end < view->text.len && ((unsigned char)view->text.ptr[up.end] & 0xc0) == 0x80)
        up.end++;
    return up;
}

#define LEVELS_MOST 8u

static struct range up(const struct view *view, const struct view *base, struct range range)
{
    const struct view *levels[LEVELS_MOST];
    size_t count = 0;
    for (; view != base && count < LEVELS_MOST; view = view->parent)
        levels[count++] = view;
    while (count > 0)
        range = above(levels[--count], range);
    return range;
}

static void decode(struct view *view, struct span raw, const void *detail)
{
    struct source_state *state = ARENA_NEW(views_arena(view->views), struct source_state);
    (void)raw;
    state->shown = detail;
    state->base = is_above(view->parent, detail) ? detail : state->shown->parent;
    view->state = state;
    view->text = state->shown->text;
    view->is_bytes = state->shown->is_bytes;
}

static void origin(const struct view *view, uint64_t off, uint64_t len, uint64_t *off_out,
                   uint64_t *len_out)
{
    const struct source_state *state = view->state;
    struct range range = down(state->shown, state->base, (struct range){off, off + len});
    range = up(view->parent, state->base, range);
    *off_out = view->off + range.off;
    *len_out = range.end - range.off;
}

static bool encode(struct view *view, struct error *err)
{
    for (size_t i = 0; i < view->edits.count; i++) {
        struct edit edit = view->edits.items[i];
        uint64_t off, len;
        origin(view, edit.off, edit.len, &off, &len);
        if (len == 0 && edit.len > 0)
            return error_set(err, "what is between two lines cannot be changed alone");
        edit_move(&edit, off, span_sub(view->parent->text, off, len));
        edits_add(&view->parent->edits, edit);
    }
    return true;
}

const struct codec codec_source = {"source", decode, encode, origin};

void view_set_source(struct view *view, const struct view *shown)
{
    if (!span_equal(view->text, shown->text))
        view->source = view_open(view, 0, view->text.len, &codec_source, view->part, shown);
}

struct view *view_source(const struct view *view)
{
    return view->source;
}

void source_range(const struct view *source, uint64_t off, uint64_t len, uint64_t *off_out,
                  uint64_t *len_out)
{
    const struct source_state *state = source->state;
    struct range range = down(source->parent, state->base, (struct range){off, off + len});
    range = up(state->shown, state->base, range);
    *off_out = range.off;
    *len_out = range.end - range.off;
}
