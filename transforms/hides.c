/* SPDX-License-Identifier: Apache-2.0 */
#include "transforms/hides.h"

#include "engine/base/mem.h"

#include <stdlib.h>

void hides_add(struct hides *hides, struct hide hide)
{
    hides->items =
        arena_grow(hides->arena, hides->items, hides->count, &hides->cap, sizeof *hides->items);
    hides->items[hides->count++] = hide;
    hides->any_secret |= hide.secret;
}

struct range {
    uint64_t off, end;
};

static int compare(const void *left, const void *right)
{
    const struct range *a = left, *b = right;
    return a->off < b->off ? -1 : a->off > b->off;
}

static struct range origin(const struct hide *hide)
{
    uint64_t off, len;
    view_origin(hide->view, hide->off, hide->len, &off, &len);
    return (struct range){off, off + len};
}

/* Sorted, none touching another. */
static struct range *join_ranges(const struct hides *hides, size_t *count_out)
{
    struct range *ranges = mem_alloc((hides->count ? hides->count : 1) * sizeof *ranges);
    for (size_t i = 0; i < hides->count; i++)
        ranges[i] = origin(&hides->items[i]);
    qsort(ranges, hides->count, sizeof *ranges, compare);
    size_t kept = 0;
    for (size_t i = 0; i < hides->count; i++) {
        if (kept > 0 && ranges[i].off <= ranges[kept - 1].end) {
            if (ranges[i].end > ranges[kept - 1].end)
                ranges[kept - 1].end = ranges[i].end;
        } else {
            ranges[kept++] = ranges[i];
        }
    }
    *count_out = kept;
    return ranges;
}

static bool is_covered(const struct range *ranges, size_t count, struct range wanted)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges[middle].off <= wanted.off)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && ranges[low - 1].end >= wanted.end;
}

const struct hide *hides_first_uncovered(const struct hides *wanted, const struct hides *covered)
{
    size_t count;
    struct range *ranges = join_ranges(covered, &count);
    const struct hide *found = NULL;
    for (size_t i = 0; i < wanted->count && !found; i++) {
        struct range range = origin(&wanted->items[i]);
        if (range.end > range.off && !is_covered(ranges, count, range))
            found = &wanted->items[i];
    }
    free(ranges);
    return found;
}
