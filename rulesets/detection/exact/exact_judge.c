/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/exact/exact_judge.h"

#include <stdlib.h>

static const struct exact_hit *hit_of(const struct exact_rows *rows, size_t item)
{
    return &rows->hits[rows->items[item].hit];
}

/* Events of a row are by column, its items are by place in the text. A cell that stands in two
 * columns of the row is one item. */
static int by_hit(const void *a, const void *b)
{
    const struct exact_item *x = a, *y = b;
    return x->hit < y->hit ? -1 : x->hit > y->hit;
}

static void sort_items(struct exact_rows *rows)
{
    size_t kept = 0;
    qsort(rows->items, rows->item_count, sizeof *rows->items, by_hit);
    for (size_t i = 0; i < rows->item_count; i++) {
        if (kept > 0 && rows->items[kept - 1].hit == rows->items[i].hit)
            rows->items[kept - 1].columns |= rows->items[i].columns;
        else
            rows->items[kept++] = rows->items[i];
    }
    rows->item_count = kept;
}

/* The columns of the row that have a cell of this mark. */
static uint64_t columns_of(const struct exact_match *match, const uint32_t *marks, uint32_t mark)
{
    uint64_t found = 0;
    for (uint32_t i = 0; i < match->index->head.columns; i++) {
        if (match->columns >> i & 1 && marks[i] == mark)
            found |= UINT64_C(1) << i;
    }
    return found;
}

static size_t first_weak(const struct exact_rows *rows, size_t low, uint32_t first)
{
    size_t high = rows->weak_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rows->hits[rows->weak[middle]].first < first)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Those of the cells that find no row alone that stand near one that has found this one. */
static void add_weak(struct exact_rows *rows, uint32_t row)
{
    const struct exact_match *match = rows->match;
    uint32_t marks[EXACT_COLUMNS_MAX], columns = match->index->head.columns;
    uint32_t reach = exact_rows_reach(match) + EXACT_REACH;
    size_t strong = rows->item_count, at = 0;
    bool known = false;
    for (size_t i = 0; i < strong; i++) {
        const struct exact_hit *hit = hit_of(rows, i);
        at = first_weak(rows, at, hit->first > reach ? hit->first - reach : 0);
        for (; at < rows->weak_count; at++) {
            const struct exact_hit *near = &rows->hits[rows->weak[at]];
            if (near->first > (uint64_t)hit->last + reach)
                break;
            for (uint32_t c = 0; !known && c < columns; c++)
                marks[c] = exact_index_mark(match->index, row * columns + c);
            known = true;
            uint64_t found = columns_of(match, marks, near->cell.mark);
            if (found)
                (void)exact_rows_item(rows, rows->weak[at], found, false);
        }
    }
}

static bool is_longer(const struct exact_hit *a, const struct exact_hit *b)
{
    uint32_t len = a->end - a->off, other = b->end - b->off;
    return len != other ? len > other : a->off < b->off;
}

static void drop_covered(struct exact_rows *rows)
{
    for (size_t i = 1; i < rows->item_count; i++) {
        const struct exact_hit *hit = hit_of(rows, i);
        for (size_t k = i; k-- > 0 && hit_of(rows, k)->first + EXACT_REACH >= hit->first;) {
            const struct exact_hit *other = hit_of(rows, k);
            if (other->end > hit->off)
                rows->items[is_longer(hit, other) ? k : i].gone = true;
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < rows->item_count; i++) {
        if (!rows->items[i].gone)
            rows->items[kept++] = rows->items[i];
    }
    rows->item_count = kept;
}

/* What stands in the window that moves over the items. */
struct window {
    size_t begin;
    uint32_t cells[EXACT_COLUMNS_MAX]; /* by the lowest column of the cell */
    unsigned different, strong;
    uint64_t columns;
};

static void add_to_window(struct window *window, const struct exact_item *item)
{
    uint32_t *count = &window->cells[__builtin_ctzll(item->columns)];
    window->strong += item->strong;
    if ((*count)++ == 0) {
        window->different++;
        window->columns |= item->columns;
    }
}

static void take_from_window(struct window *window, const struct exact_item *item)
{
    uint32_t *count = &window->cells[__builtin_ctzll(item->columns)];
    window->strong -= item->strong;
    if (--*count == 0) {
        window->different--;
        window->columns &= ~item->columns;
    }
}

static bool is_together(const struct exact_match *match, const struct exact_hit *first,
                        const struct exact_hit *last)
{
    return last->last - first->first <= exact_rows_reach(match) &&
           (match->within != 0 || last->last_line == first->line);
}

/* Marks the items of every window that is a find. */
static bool mark_items(struct exact_rows *rows)
{
    const struct exact_match *match = rows->match;
    struct window window = {.begin = 0};
    size_t marked = 0;
    for (size_t i = 0; i < rows->item_count; i++) {
        add_to_window(&window, &rows->items[i]);
        while (!is_together(match, hit_of(rows, window.begin), hit_of(rows, i))) {
            take_from_window(&window, &rows->items[window.begin++]);
            if (window.begin > i)
                break;
        }
        if (window.different < match->match || window.strong == 0 ||
            (match->required & ~window.columns) != 0)
            continue;
        for (size_t k = marked > window.begin ? marked : window.begin; k <= i; k++) {
            rows->items[k].marked = true;
            rows->items[k].joined = k > window.begin;
        }
        marked = i + 1;
    }
    return marked > 0;
}

static void tell(struct exact_rows *rows, uint32_t row, uint32_t from, uint32_t before)
{
    for (size_t i = 0, end; i < rows->item_count && rows->result == EXACT_DONE; i = end) {
        uint64_t around = 0;
        end = i + 1;
        if (!rows->items[i].marked)
            continue;
        while (end < rows->item_count && rows->items[end].marked && rows->items[end].joined)
            end++;
        for (size_t k = i; k < end; k++)
            around |= rows->items[k].columns;
        for (size_t k = i; k < end && rows->result == EXACT_DONE; k++) {
            const struct exact_hit *hit = hit_of(rows, k);
            struct exact_find find = {hit->off, hit->end - hit->off,   row, rows->items[k].columns,
                                      around,   !rows->items[k].joined};
            if (hit->first >= from && hit->first < before && !rows->found(&find, rows->arg))
                rows->result = EXACT_ENOUGH;
        }
    }
}

void exact_judge_row(struct exact_rows *rows, size_t first, size_t end, uint32_t from,
                     uint32_t before)
{
    uint32_t columns = rows->match->index->head.columns;
    uint32_t row = rows->events[first].place / columns;
    if (end - first == 1 && rows->weak_count == 0 && rows->match->match > 1)
        return;
    rows->item_count = 0;
    for (size_t i = first; i < end; i++) {
        const struct exact_event *event = &rows->events[i];
        (void)exact_rows_item(rows, event->hit, UINT64_C(1) << event->place % columns, true);
    }
    sort_items(rows);
    add_weak(rows, row);
    if (rows->item_count < rows->match->match)
        return;
    sort_items(rows);
    drop_covered(rows);
    if (mark_items(rows))
        tell(rows, row, from, before);
}
