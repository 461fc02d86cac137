/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/exact/exact_rows.h"

#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "rulesets/detection/exact/exact_judge.h"

#include <stdlib.h>

#define LATE_EVERY 1024u /* rows between two looks at the clock */
/* Of one stretch of text; a table whose every line is full of cells of a hundred rows has fewer. */
#define EVENTS_MOST ((size_t)8 << 20)

static void *grown(void *items, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return items;
    *cap = *cap ? *cap * 2 : 256;
    return mem_resize(items, *cap * size);
}

void exact_rows_add(struct exact_rows *rows, const struct exact_hit *hit)
{
    rows->hits = grown(rows->hits, rows->hit_count, &rows->hit_cap, sizeof *rows->hits);
    rows->hits[rows->hit_count++] = *hit;
}

void exact_rows_fini(struct exact_rows *rows)
{
    free(rows->hits);
    free(rows->weak);
    free(rows->events);
    free(rows->items);
}

uint32_t exact_rows_reach(const struct exact_match *match)
{
    return match->within ? match->within : EXACT_LINE;
}

static int by_place(const void *a, const void *b)
{
    const struct exact_hit *x = a, *y = b;
    if (x->off != y->off)
        return x->off < y->off ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

/* By row, then by place in the text. */
static int by_row(const void *a, const void *b)
{
    const struct exact_event *x = a, *y = b;
    if (x->place != y->place)
        return x->place < y->place ? -1 : 1;
    return x->hit < y->hit ? -1 : x->hit > y->hit;
}

static bool counts(const struct exact_match *match, uint32_t place)
{
    return match->columns >> (place % match->index->head.columns) & 1;
}

static bool add_events(struct exact_rows *rows, uint32_t number)
{
    const struct exact_cell *cell = &rows->hits[number].cell;
    const struct exact_head *head = &rows->match->index->head;
    for (uint32_t i = 0; i < cell->count; i++) {
        uint32_t place = exact_cell_place(cell, i);
        if (place / head->columns >= head->rows || !counts(rows->match, place))
            continue;
        if (rows->event_count == EVENTS_MOST)
            return false;
        rows->events =
            grown(rows->events, rows->event_count, &rows->event_cap, sizeof *rows->events);
        rows->events[rows->event_count++] = (struct exact_event){place, number};
    }
    return true;
}

static bool gather(struct exact_rows *rows)
{
    rows->event_count = rows->weak_count = 0;
    qsort(rows->hits, rows->hit_count, sizeof *rows->hits, by_place);
    for (size_t i = 0; i < rows->hit_count; i++) {
        if (!rows->hits[i].cell.common) {
            if (!add_events(rows, (uint32_t)i))
                return false;
            continue;
        }
        rows->weak = grown(rows->weak, rows->weak_count, &rows->weak_cap, sizeof *rows->weak);
        rows->weak[rows->weak_count++] = (uint32_t)i;
    }
    if (rows->event_count > 1)
        qsort(rows->events, rows->event_count, sizeof *rows->events, by_row);
    return true;
}

struct exact_item *exact_rows_item(struct exact_rows *rows, uint32_t hit, uint64_t columns,
                                   bool strong)
{
    rows->items = grown(rows->items, rows->item_count, &rows->item_cap, sizeof *rows->items);
    struct exact_item *item = &rows->items[rows->item_count++];
    *item = (struct exact_item){.hit = hit, .columns = columns, .strong = strong};
    return item;
}

void exact_rows_judge(struct exact_rows *rows, uint32_t from, uint32_t before)
{
    uint32_t columns = rows->match->index->head.columns;
    if (rows->hit_count == 0)
        return;
    if (!gather(rows)) {
        rows->result = EXACT_LATE;
        return;
    }
    size_t judged = 0;
    for (size_t first = 0, end; first < rows->event_count; first = end) {
        uint32_t row = rows->events[first].place / columns;
        for (end = first; end < rows->event_count && rows->events[end].place / columns == row;)
            end++;
        exact_judge_row(rows, first, end, from, before);
        if (rows->result == EXACT_DONE && ++judged % LATE_EVERY == 0 &&
            clock_is_past(rows->deadline_ns))
            rows->result = EXACT_LATE;
        if (rows->result != EXACT_DONE)
            return;
    }
}

void exact_rows_forget(struct exact_rows *rows, uint32_t before)
{
    size_t kept = 0;
    for (size_t i = 0; i < rows->hit_count; i++) {
        if (rows->hits[i].first >= before)
            rows->hits[kept++] = rows->hits[i];
    }
    rows->hit_count = kept;
}
