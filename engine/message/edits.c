/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/edits.h"

#include "engine/base/utf8.h"
#include "engine/message/edits_join.h"

#include <assert.h>
#include <stdlib.h>

void edit_move(struct edit *edit, uint64_t off, struct span covered)
{
    edit->off = off;
    edit->len = covered.len;
    if (edit->kind != EDIT_MASK || utf8_count(covered) == utf8_count(edit->with))
        return;
    edit->kind = EDIT_REDACT;
    edit->masked = utf8_count(edit->with);
}

void edits_init(struct edits *edits, struct arena *arena)
{
    *edits = (struct edits){.arena = arena};
}

void edits_add(struct edits *edits, struct edit edit)
{
    assert(!edits->sealed && edit.rule);
    if (edit.len == 0 && (edit.with.len == 0 || edit.kind == EDIT_MASK || edit.kind == EDIT_REDACT))
        return; /* nothing to hide, nothing to insert */
    edits->items =
        arena_grow(edits->arena, edits->items, edits->count, &edits->cap, sizeof *edits->items);
    edits->items[edits->count++] = edit;
}

static bool all_inside(const struct edits *edits, size_t original_len, struct error *err)
{
    for (size_t i = 0; i < edits->count; i++) {
        const struct edit *edit = &edits->items[i];
        if (edit->off > original_len || edit->len > original_len - edit->off)
            return error_set(err, "rule \"%s\": a change outside of the text", edit->rule);
    }
    return true;
}

/* An edit with its place in the order of adding: qsort() does not keep it. */
struct ranked {
    struct edit edit;
    size_t rank;
};

/* By offset; insertions before ranges; long ranges first. */
static int compare(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;
    if (a->edit.off != b->edit.off)
        return a->edit.off < b->edit.off ? -1 : 1;
    if ((a->edit.len == 0) != (b->edit.len == 0))
        return a->edit.len == 0 ? -1 : 1;
    if (a->edit.len != b->edit.len)
        return a->edit.len > b->edit.len ? -1 : 1;
    return a->rank < b->rank ? -1 : a->rank > b->rank;
}

static bool is_sorted(const struct edits *edits)
{
    for (size_t i = 1; i < edits->count; i++) {
        struct ranked a = {edits->items[i - 1], 0}, b = {edits->items[i], 1};
        if (compare(&a, &b) > 0)
            return false;
    }
    return true;
}

static void sort(struct edits *edits)
{
    if (is_sorted(edits))
        return;
    struct ranked *ranked = ARENA_ARRAY(edits->arena, edits->count, struct ranked);
    for (size_t i = 0; i < edits->count; i++)
        ranked[i] = (struct ranked){edits->items[i], i};
    qsort(ranked, edits->count, sizeof *ranked, compare);
    for (size_t i = 0; i < edits->count; i++)
        edits->items[i] = ranked[i].edit;
}

/* How many edits from `first` on overlap, directly or over others. An insertion overlaps only what
 * it stands inside of. */
static size_t group_length(const struct edits *edits, size_t first)
{
    uint64_t end = edits->items[first].off + edits->items[first].len;
    size_t next = first + 1;
    for (; next < edits->count && edits->items[next].off < end; next++) {
        uint64_t other = edits->items[next].off + edits->items[next].len;
        if (other > end)
            end = other;
    }
    return next - first;
}

bool edits_seal(struct edits *edits, struct span original, struct error *err)
{
    assert(!edits->sealed);
    if (!all_inside(edits, original.len, err))
        return false;
    sort(edits);
    size_t kept = 0;
    for (size_t i = 0; i < edits->count;) {
        size_t length = group_length(edits, i);
        struct edit joined = edits->items[i];
        if (length > 1 &&
            !edits_join(&edits->items[i], length, original, edits->arena, &joined, err))
            return false;
        edits->items[kept++] = joined;
        i += length;
    }
    edits->count = kept;
    edits->sealed = true;
    return true;
}
