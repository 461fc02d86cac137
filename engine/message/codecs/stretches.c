/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/codecs/stretches.h"

/* Of the table, as HTML has it: a text of nothing but escapes costs many times its own size. */
#define ITEMS_LEAST ((size_t)8 << 20)
#define ITEMS_MOST ((size_t)64 << 20)
#define ITEMS_EACH 16u /* for a byte of the source */

#define TICKS 1024u

static size_t room_for(size_t source_len)
{
    if (source_len >= ITEMS_MOST / ITEMS_EACH)
        return ITEMS_MOST;
    return source_len * ITEMS_EACH > ITEMS_LEAST ? source_len * ITEMS_EACH : ITEMS_LEAST;
}

bool stretches_begin(struct stretches *stretches, struct view *view, struct span source)
{
    bool late = views_is_late(view->views);
    if (late || source.len > STRETCHES_MOST) {
        view_give_up(view, source, late ? UNINSPECTED_TIME_BUDGET : UNINSPECTED_LIMIT);
        return false;
    }
    *stretches = (struct stretches){.view = view, .source = source, .most = room_for(source.len)};
    bulk_init(&stretches->text, views_budget(view->views), source.len);
    bulk_init(&stretches->items, views_budget(view->views), 0);
    return true;
}

void stretches_charge(struct stretches *stretches, size_t len)
{
    if (stretches->most < len)
        stretches->over = UNINSPECTED_LIMIT;
    else
        stretches->most -= len;
    if (++stretches->ticks % TICKS == 0 && views_is_late(stretches->view->views))
        stretches->over = UNINSPECTED_TIME_BUDGET;
}

static void store_last(struct stretches *stretches)
{
    if (stretches->last.text_len > 0)
        bulk_add(&stretches->items,
                 span_of((const char *)&stretches->last, sizeof stretches->last));
    stretches->last.text_len = 0;
}

static void add(struct stretches *stretches, struct stretch next, struct span text)
{
    store_last(stretches);
    stretches_charge(stretches, sizeof next);
    if (stretches_is_over(stretches))
        return;
    next.text = (uint32_t)bulk_len(&stretches->text);
    next.text_len = (uint32_t)text.len;
    stretches->last = next;
    bulk_add(&stretches->text, text);
}

void stretches_keep(struct stretches *stretches, size_t off, size_t len, uint16_t tag)
{
    struct stretch *last = &stretches->last;
    struct span text = span_sub(stretches->source, off, len);
    if (text.len == 0)
        return;
    if (last->text_len > 0 && last->same && last->tag == tag &&
        (size_t)last->source + last->source_len == off) {
        last->text_len += (uint32_t)text.len;
        last->source_len += (uint32_t)text.len;
        bulk_add(&stretches->text, text);
        return;
    }
    add(stretches,
        (struct stretch){
            .source = (uint32_t)off, .source_len = (uint32_t)text.len, .tag = tag, .same = true},
        text);
}

void stretches_put(struct stretches *stretches, size_t off, size_t len, struct span text,
                   uint16_t tag)
{
    add(stretches,
        (struct stretch){.source = (uint32_t)off, .source_len = (uint32_t)len, .tag = tag}, text);
}

void stretches_end(struct stretches *stretches)
{
    struct view *view = stretches->view;
    if (stretches_is_over(stretches)) {
        view_give_up(view, stretches->source, stretches->over);
        return;
    }
    struct stretch_table *table = ARENA_NEW(views_arena(view->views), struct stretch_table);
    struct span items;
    store_last(stretches);
    view_take_bulk(view, &stretches->text);
    view->state = table;
    if (!bulk_finish(&stretches->items, &items, NULL)) {
        view_take_bulk(view, &stretches->items);
        return;
    }
    table->items = (const struct stretch *)(const void *)items.ptr;
    table->count = view->text.len > 0 ? items.len / sizeof *table->items : 0;
}

size_t stretches_at(const struct stretch_table *table, uint64_t off)
{
    size_t low = 0, high = table->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct stretch *stretch = &table->items[middle];
        if ((uint64_t)stretch->text + stretch->text_len <= off)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The source of the part of a stretch that text [off, end) covers. */
static uint64_t covered(const struct stretch *stretch, uint64_t off, uint64_t end, uint64_t *len)
{
    uint64_t last = (uint64_t)stretch->text + stretch->text_len;
    uint64_t from = off > stretch->text ? off - stretch->text : 0;
    uint64_t cut = end < last ? last - end : 0;
    *len = stretch->source_len;
    if (!stretch->same)
        return stretch->source;
    *len -= from + cut;
    return stretch->source + from;
}

/* Where in the source something between the characters stands. */
static uint64_t place_of(const struct view *view, const struct stretch_table *table, uint64_t off)
{
    size_t at = stretches_at(table, off);
    uint64_t len;
    return at < table->count ? covered(&table->items[at], off, UINT64_MAX, &len) : view->len;
}

void stretches_origin(const struct view *view, uint64_t off, uint64_t len, uint64_t *off_out,
                      uint64_t *len_out)
{
    const struct stretch_table *table = view->state;
    uint64_t first = UINT64_MAX, end = 0;
    if (!table) { /* the source itself */
        *off_out = view->off + off;
        *len_out = len;
        return;
    }
    for (size_t i = stretches_at(table, off); i < table->count && table->items[i].text < off + len;
         i++) {
        uint64_t part, at = covered(&table->items[i], off, off + len, &part);
        first = at < first ? at : first;
        end = at + part > end ? at + part : end;
    }
    if (first > end)
        first = end = place_of(view, table, off);
    *off_out = view->off + first;
    *len_out = end - first;
}
