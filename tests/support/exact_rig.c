/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/exact_rig.h"

#include "engine/base/mem.h"

#include <stdlib.h>

void exact_rig_open(struct exact_rig *rig, struct span table, uint32_t common)
{
    struct exact_heads heads;
    struct exact_table from = {table, ',', common};
    *rig = (struct exact_rig){.match = {.match = 2, .within = 300}};
    index_key_of(SPAN("a key for tests"), &rig->key);
    struct exact_builder *builder =
        exact_table_read(&from, &rig->key, &heads, &rig->report, &rig->short_rows, &rig->err);
    if (!builder)
        return;
    rig->size = rig->report.bytes;
    rig->bytes = mem_alloc(rig->size);
    exact_builder_fill(builder, rig->bytes);
    exact_builder_free(&builder);
    rig->index = exact_index_of(span_of(rig->bytes, rig->size), &rig->key, &rig->err);
    if (!rig->index)
        return;
    rig->match.index = rig->index;
    rig->match.columns = UINT64_MAX >> (64 - rig->index->head.columns);
}

void exact_rig_close(struct exact_rig *rig)
{
    exact_index_free(&rig->index);
    free(rig->bytes);
}

static bool keep(const struct exact_find *find, void *arg)
{
    struct exact_finds *finds = arg;
    if (finds->count == finds->cap) {
        finds->cap = finds->cap ? 2 * finds->cap : 64;
        finds->items = mem_resize(finds->items, finds->cap * sizeof *finds->items);
    }
    finds->items[finds->count++] = *find;
    return true;
}

static int in_order(const void *a, const void *b)
{
    const struct exact_find *x = a, *y = b;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return x->off < y->off ? -1 : x->off > y->off;
}

struct exact_finds exact_rig_search(const struct exact_match *match, struct span text)
{
    struct exact_finds finds = {NULL, 0, 0};
    if (exact_search(match, text, 0, keep, &finds) != EXACT_DONE)
        abort(); /* there is no deadline */
    if (finds.count > 1)
        qsort(finds.items, finds.count, sizeof *finds.items, in_order);
    return finds;
}
