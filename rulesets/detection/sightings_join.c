/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/lookout.h"

#include <stdlib.h>

static int by_place(const void *a, const void *b)
{
    const struct sighting *x = a, *y = b;
    if (x->off != y->off)
        return x->off < y->off ? -1 : 1;
    if (x->subject->index != y->subject->index)
        return x->subject->index < y->subject->index ? -1 : 1;
    if (x->len != y->len)
        return x->len < y->len ? -1 : 1;
    return x->term < y->term ? -1 : x->term > y->term;
}

void sightings_sort(struct sighting *items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (by_place(&items[i - 1], &items[i]) <= 0)
            continue;
        qsort(items, count, sizeof *items, by_place);
        return;
    }
}

static bool is_better(const struct sighting *a, const struct sighting *b)
{
    return a->confidence != b->confidence ? a->confidence > b->confidence : a->len > b->len;
}

void sightings_join(const struct lookout *lookout, struct arena *arena, struct sighting *items,
                    size_t *count)
{
    uint32_t kept = 0;
    if (*count < 2)
        return;
    uint32_t *lasts = ARENA_ARRAY(arena, lookout->count, uint32_t); /* by subject, from 1 on */
    sightings_sort(items, *count);
    for (size_t i = 0; i < *count; i++) {
        uint32_t *last = &lasts[lookout->rows[items[i].term].subject_at];
        struct sighting *before = *last > 0 ? &items[*last - 1] : NULL;
        if (!before || items[i].off >= before->off + before->len) {
            items[kept++] = items[i];
            *last = kept;
        } else if (is_better(&items[i], before)) {
            *before = items[i];
        }
    }
    *count = kept;
}
