/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/lookout.h"

#include <stdlib.h>

static int by_place(const void *a, const void *b)
{
    const struct sighting *x = a, *y = b;
    if (x->off != y->off)
        return x->off < y->off ? -1 : 1;
    if (x->len != y->len)
        return x->len < y->len ? -1 : 1;
    return x->term < y->term ? -1 : x->term > y->term;
}

static bool is_better(const struct sighting *a, const struct sighting *b)
{
    return a->confidence != b->confidence ? a->confidence > b->confidence : a->len > b->len;
}

void sightings_join(struct sighting *items, size_t *count)
{
    if (*count < 2)
        return;
    qsort(items, *count, sizeof *items, by_place);
    size_t kept = 1;
    for (size_t i = 1; i < *count; i++) {
        struct sighting *last = &items[kept - 1];
        if (items[i].off >= last->off + last->len)
            items[kept++] = items[i];
        else if (is_better(&items[i], last))
            *last = items[i];
    }
    *count = kept;
}
