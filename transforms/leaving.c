/* SPDX-License-Identifier: Apache-2.0 */
#include "transforms/leaving.h"

#include "engine/base/utf8.h"

#include <stdlib.h>

/* Edits around a text that are looked at one by one; more are left to view_text_leaving(). */
#define NEAR_MAX 16u

struct range {
    uint64_t off, end;
    uint64_t furthest; /* largest end up to here */
    size_t edit;
};

struct leaving_view {
    struct leaving_view *next;
    const struct view *view;
    bool alone;           /* no view above, below or of the same bytes is edited */
    struct range *ranges; /* by offset */
    size_t count;
};

static int compare(const void *left, const void *right)
{
    const struct range *a = left, *b = right;
    return a->off < b->off ? -1 : a->off > b->off;
}

static bool is_below(const struct view *view, const struct view *above)
{
    while (view && view != above)
        view = view->parent;
    return view != NULL;
}

static bool is_beside(const struct view *a, const struct view *b)
{
    return a->parent == b->parent && a->off < b->off + b->len && b->off < a->off + a->len;
}

static bool is_alone(const struct view *view)
{
    for (const struct view *other = views_newest(view->views); other; other = other->previous) {
        if (other != view && other->edits.count > 0 &&
            (is_below(other, view) || is_below(view, other) || is_beside(view, other)))
            return false;
    }
    return true;
}

static struct leaving_view *index_view(struct leaving *leaving, const struct view *view)
{
    struct leaving_view *index = ARENA_NEW(leaving->arena, struct leaving_view);
    index->view = view;
    index->alone = is_alone(view);
    index->count = view->edits.count;
    index->ranges = ARENA_ARRAY(leaving->arena, index->count, struct range);
    for (size_t i = 0; i < index->count; i++) {
        const struct edit *edit = &view->edits.items[i];
        index->ranges[i] = (struct range){edit->off, edit->off + edit->len, 0, i};
    }
    qsort(index->ranges, index->count, sizeof *index->ranges, compare);
    uint64_t furthest = 0;
    for (size_t i = 0; i < index->count; i++) {
        furthest = index->ranges[i].end > furthest ? index->ranges[i].end : furthest;
        index->ranges[i].furthest = furthest;
    }
    index->next = leaving->views;
    leaving->views = index;
    return index;
}

static const struct leaving_view *find_view(struct leaving *leaving, const struct view *view)
{
    for (struct leaving_view *index = leaving->views; index; index = index->next) {
        if (index->view == view)
            return index;
    }
    return index_view(leaving, view);
}

void leaving_prepare(struct leaving *leaving, const struct view *view)
{
    (void)find_view(leaving, view);
}

/* The first range that begins at or behind `off`. */
static size_t first_from(const struct leaving_view *index, uint64_t off)
{
    size_t low = 0, high = index->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (index->ranges[middle].off < off)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Whether an edit other than the own one touches the text; "yes" where it takes long to say. */
static bool is_touched(const struct leaving *leaving, const struct leaving_view *index,
                       uint64_t off, uint64_t len)
{
    size_t at = first_from(index, off + len + 1);
    for (size_t near = 0; at > 0 && index->ranges[at - 1].furthest >= off; at--) {
        const struct range *range = &index->ranges[at - 1];
        if (near++ == NEAR_MAX)
            return true;
        if (range->end >= off && &index->view->edits.items[range->edit] != leaving->own)
            return true;
    }
    return false;
}

struct span leaving_text(struct leaving *leaving, const struct view *view, uint64_t off,
                         uint64_t len)
{
    const struct leaving_view *index = find_view(leaving, view);
    struct span text = span_sub(view->text, off, len);
    if (index->count != view->edits.count || !index->alone ||
        is_touched(leaving, index, off, text.len) || (view->is_bytes && !utf8_is_valid(text)))
        return view_text_leaving(view, off, len);
    return text;
}
