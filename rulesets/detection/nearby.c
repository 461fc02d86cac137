/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/nearby.h"

#include "engine/base/utf8.h"
#include "rulesets/detection/table.h"

#include <stdlib.h>

#define HITS_MAX ((size_t)1 << 20) /* keywords of one text that are remembered */

struct nearby {
    struct span text;
    struct word_hit *hits; /* by word, then by place */
    uint32_t *firsts;      /* of each word in `hits`; one more behind the last */
    struct arena *arena;
    bool table_known, kind_known, is_ascii;
    struct table *table;
};

struct collect {
    struct arena *arena;
    struct word_hit *hits;
    size_t count, cap;
    bool mixed; /* not in the order of their places */
};

static bool collect_hit(const struct word_hit *hit, void *arg)
{
    struct collect *collect = arg;
    if (collect->count == HITS_MAX)
        return false;
    collect->hits = arena_grow(collect->arena, collect->hits, collect->count, &collect->cap,
                               sizeof *collect->hits);
    if (collect->count > 0 && collect->hits[collect->count - 1].off > hit->off)
        collect->mixed = true;
    collect->hits[collect->count++] = *hit;
    return true;
}

/* Counting sort, which keeps the order of places. */
static void sort_hits(struct nearby *nearby, const struct collect *collect, size_t words)
{
    nearby->firsts = ARENA_ARRAY(nearby->arena, words + 2, uint32_t);
    nearby->hits = ARENA_ARRAY(nearby->arena, collect->count, struct word_hit);
    uint32_t *next = nearby->firsts + 1;
    for (size_t i = 0; i < collect->count; i++)
        next[collect->hits[i].word + 1]++;
    for (size_t i = 1; i <= words; i++)
        next[i] += next[i - 1];
    for (size_t i = 0; i < collect->count; i++)
        nearby->hits[next[collect->hits[i].word]++] = collect->hits[i];
}

static int by_place(const void *a, const void *b)
{
    const struct word_hit *x = a, *y = b;
    if (x->off != y->off)
        return x->off < y->off ? -1 : 1;
    return x->len < y->len ? -1 : x->len > y->len;
}

struct nearby *nearby_new(const struct words *words, struct span text, bool plain,
                          uint64_t deadline_ns, struct arena *arena, bool *complete_out)
{
    struct nearby *nearby = ARENA_NEW(arena, struct nearby);
    struct collect collect = {.arena = arena};
    nearby->text = text;
    nearby->arena = arena;
    enum words_result result =
        plain ? words_scan_any_whole(words, text, deadline_ns, collect_hit, &collect)
              : words_scan_whole(words, text, deadline_ns, collect_hit, &collect);
    if (result != WORDS_DONE)
        *complete_out = false;
    if (collect.mixed)
        qsort(collect.hits, collect.count, sizeof *collect.hits, by_place);
    sort_hits(nearby, &collect, words_count(words));
    return nearby;
}

struct hits {
    const struct word_hit *items;
    size_t count;
};

static struct hits hits_of(const struct nearby *nearby, uint32_t word)
{
    if (word == WORD_NONE)
        return (struct hits){NULL, 0};
    uint32_t first = nearby->firsts[word];
    return (struct hits){nearby->hits + first, nearby->firsts[word + 1] - first};
}

bool nearby_any(const struct nearby *nearby, const struct nearby_words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        if (hits_of(nearby, words->numbers[i]).count > 0)
            return true;
    }
    return false;
}

/* How many of the hits, which are in order, begin before `off`. */
static size_t hits_before(struct hits hits, size_t off)
{
    size_t low = 0, high = hits.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (hits.items[middle].off < off)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Characters of text [from, to), or UINT32_MAX where there are more than `near`. */
static uint32_t distance(struct span text, size_t from, size_t to, uint32_t near)
{
    if ((to - from) / UTF8_MAX > near)
        return UINT32_MAX;
    size_t count = utf8_count(span_sub(text, from, to - from));
    return count <= near ? (uint32_t)count : UINT32_MAX;
}

static uint32_t nearest(const struct nearby *nearby, struct hits hits, size_t off, size_t end,
                        uint32_t near)
{
    uint32_t best = UINT32_MAX;
    size_t at = hits_before(hits, off);
    while (at > 0 && hits.items[at - 1].off + hits.items[at - 1].len > off)
        at--;
    if (at > 0)
        best = distance(nearby->text, hits.items[at - 1].off + hits.items[at - 1].len, off, near);
    at = hits_before(hits, end);
    if (at < hits.count) {
        uint32_t behind = distance(nearby->text, end, hits.items[at].off, near);
        best = behind < best ? behind : best;
    }
    return best;
}

static bool stands_in(struct hits hits, size_t off, size_t len)
{
    size_t at = hits_before(hits, off);
    return at < hits.count && hits.items[at].off + hits.items[at].len <= off + len;
}

static struct table *table_of(struct nearby *nearby)
{
    if (!nearby->table_known)
        nearby->table = table_open(nearby->text, nearby->arena);
    nearby->table_known = true;
    return nearby->table;
}

/* Bytes of `near` characters at most. */
static size_t reach_of(struct nearby *nearby, uint32_t near)
{
    if (!nearby->kind_known)
        nearby->is_ascii = span_is_ascii(nearby->text);
    nearby->kind_known = true;
    return nearby->is_ascii ? near : (size_t)near * UTF8_MAX;
}

/* Words are as long as they are written, so of two places of one the one behind ends behind. */
static void look_around(const struct nearby *nearby, const struct nearby_words *words, size_t start,
                        size_t ahead, size_t reach, struct nearby_window *window)
{
    window->none_before = SPAN_NONE;
    for (size_t i = 0; i < words->count; i++) {
        struct hits hits = hits_of(nearby, words->numbers[i]);
        size_t at = hits_before(hits, start + ahead + 1);
        if (at > 0) {
            size_t last = hits.items[at - 1].off + hits.items[at - 1].len + reach;
            if (last >= start && last + 1 > window->some_up_to)
                window->some_up_to = last + 1;
        }
        if (at < hits.count && hits.items[at].off - ahead < window->none_before)
            window->none_before = hits.items[at].off - ahead;
    }
}

bool nearby_may(struct nearby *nearby, const struct nearby_words *words, size_t start, size_t width,
                uint32_t near, struct nearby_window *window)
{
    if (start < window->some_up_to)
        return true;
    if (start < window->none_before)
        return false;
    if (table_of(nearby)) {
        window->some_up_to = SPAN_NONE;
        return true;
    }
    size_t reach = reach_of(nearby, near);
    look_around(nearby, words, start, width + reach, reach, window);
    return start < window->some_up_to;
}

static bool find_in_head(struct nearby *nearby, const struct nearby_words *words, size_t value,
                         struct evidence *evidence)
{
    size_t off, len;
    if (!table_of(nearby) || !table_head(nearby->table, value, &off, &len))
        return false;
    for (size_t i = 0; i < words->count; i++) {
        if (!stands_in(hits_of(nearby, words->numbers[i]), off, len))
            continue;
        evidence->keyword = words->texts[i];
        evidence->distance = 0;
        evidence->column_head = true;
        return true;
    }
    return false;
}

bool nearby_find(struct nearby *nearby, const struct nearby_words *words, size_t off, size_t len,
                 uint32_t near, struct evidence *evidence)
{
    uint32_t best = UINT32_MAX;
    for (size_t i = 0; i < words->count; i++) {
        struct hits hits = hits_of(nearby, words->numbers[i]);
        uint32_t away = nearest(nearby, hits, off, off + len, near);
        if (away >= best)
            continue;
        best = away;
        evidence->keyword = words->texts[i];
        evidence->distance = away;
    }
    return best != UINT32_MAX || find_in_head(nearby, words, off, evidence);
}
