/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/edits.h"

#include "engine/base/buf.h"
#include "engine/base/mem.h"
#include "engine/message/edits_join.h"

#include <assert.h>
#include <stdlib.h>

uint64_t edits_output_size(const struct edits *edits, uint64_t original_len)
{
    assert(edits->sealed);
    uint64_t size = original_len;
    for (size_t i = 0; i < edits->count; i++)
        size = size - edits->items[i].len + edits->items[i].with.len;
    return size;
}

struct range {
    uint64_t off, end;
};

static int compare(const void *left, const void *right)
{
    const struct range *a = left, *b = right;
    return a->off < b->off ? -1 : a->off > b->off;
}

bool edits_cover(const struct edits *edits, uint64_t off, uint64_t len)
{
    uint64_t end = off + len;
    struct range *ranges = mem_alloc((edits->count ? edits->count : 1) * sizeof *ranges);
    size_t count = 0;
    for (size_t i = 0; i < edits->count; i++) {
        const struct edit *edit = &edits->items[i];
        if (edit->off < end && edit->off + edit->len > off)
            ranges[count++] = (struct range){edit->off, edit->off + edit->len};
    }
    qsort(ranges, count, sizeof *ranges, compare);
    for (size_t i = 0; i < count && ranges[i].off <= off; i++) {
        if (ranges[i].end > off)
            off = ranges[i].end;
    }
    free(ranges);
    return off >= end;
}

/* The first sealed edit that ends behind `off`, or stands there. */
static size_t first_from(const struct edits *edits, uint64_t off)
{
    size_t low = 0, high = edits->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct edit *edit = &edits->items[middle];
        bool before =
            edit->off + edit->len < off || (edit->len > 0 && edit->off + edit->len == off);
        if (before)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The part of a mask's text that stands for [off, end) of its range. */
static struct span part_of_mask(const struct edit *mask, struct span original, uint64_t off,
                                uint64_t end)
{
    struct span from = span_sub(original, mask->off, mask->len), to = mask->with;
    uint64_t at = mask->off;
    const char *first = NULL;
    while (from.len > 0 && at < end) {
        if (at >= off && !first)
            first = to.ptr;
        size_t step = edits_first_character(from).len;
        from = span_from(from, step);
        at += step;
        to = span_from(to, edits_first_character(to).len);
    }
    return first ? span_of(first, (size_t)(to.ptr - first)) : SPAN("");
}

struct span edits_apply_range(const struct edits *edits, struct span original, uint64_t off,
                              uint64_t len, struct arena *arena)
{
    assert(edits->sealed);
    uint64_t end = off + len < original.len ? off + len : original.len;
    struct buf text = BUF_INIT;
    for (size_t i = first_from(edits, off); i < edits->count; i++) {
        const struct edit *edit = &edits->items[i];
        if (edit->off > end || (edit->off == end && !(edit->len == 0 && end == original.len)))
            break;
        if (edit->off > off) {
            buf_add(&text, span_sub(original, off, edit->off - off));
            off = edit->off;
        }
        uint64_t edit_end = edit->off + edit->len;
        bool cut = edit->off < off || edit_end > end;
        if (cut && edit->kind == EDIT_MASK)
            buf_add(&text, part_of_mask(edit, original, off, end));
        else
            buf_add(&text, edit->with);
        off = edit_end > off ? edit_end : off;
    }
    if (off < end)
        buf_add(&text, span_sub(original, off, end - off));
    struct span result = arena_copy(arena, buf_span(&text));
    buf_fini(&text);
    return result;
}
