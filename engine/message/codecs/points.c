/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/codecs/points.h"

void points_init(struct points *points, struct arena *arena)
{
    *points = (struct points){.arena = arena};
}

void points_offer(struct points *points, uint64_t raw, uint64_t text)
{
    uint64_t last = points->count > 0 ? points->items[points->count - 1].raw : 0;
    if (raw < last + POINTS_EVERY)
        return;
    points->items = arena_grow(points->arena, points->items, points->count, &points->cap,
                               sizeof *points->items);
    points->items[points->count++] = (struct point){raw, text};
}

struct point points_before_text(const struct points *points, uint64_t text)
{
    size_t low = 0, high = points->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (points->items[middle].text <= text)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? points->items[low - 1] : (struct point){0, 0};
}
