/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/nearby.h"

#include "engine/base/text_traits.h"
#include "engine/base/utf8.h"
#include "rulesets/detection/table.h"

#include <stdlib.h>

#define HITS_MAX ((size_t)1 << 20) /* keywords of one text that are remembered */

/* A word that stands in the text. */
struct standing {
    uint32_t word;
    uint32_t first, count; /* in `hits` */
    uint32_t last;         /* that was asked for: the next one is near it */
};

struct nearby {
    struct span text;
    struct word_hit *hits; /* by word, then by place */
    uint32_t *numbers;     /* by word: its number in `standing`, from 1 on; 0: it stands nowhere */
    struct standing *standing;
    size_t standing_count, standing_cap;
    struct arena *arena;
    bool table_known, is_ascii;
    struct table *table;
};

struct collect {
    struct nearby *nearby;
    struct word_hit *hits;
    size_t count, cap;
    bool mixed; /* not in the order of their places */
};

static void count_hit(struct nearby *nearby, uint32_t word)
{
    if (nearby->numbers[word] == 0) {
        nearby->standing = arena_grow(nearby->arena, nearby->standing, nearby->standing_count,
                                      &nearby->standing_cap, sizeof *nearby->standing);
        nearby->standing[nearby->standing_count++] = (struct standing){.word = word};
        nearby->numbers[word] = (uint32_t)nearby->standing_count;
    }
    nearby->standing[nearby->numbers[word] - 1].count++;
}

static bool collect_hit(const struct word_hit *hit, void *arg)
{
    struct collect *collect = arg;
    if (collect->count == HITS_MAX)
        return false;
    collect->hits = arena_grow(collect->nearby->arena, collect->hits, collect->count, &collect->cap,
                               sizeof *collect->hits);
    if (collect->count > 0 && collect->hits[collect->count - 1].off > hit->off)
        collect->mixed = true;
    collect->hits[collect->count++] = *hit;
    count_hit(collect->nearby, hit->word);
    return true;
}

/* Counting sort, which keeps the order of places. */
static void sort_hits(struct nearby *nearby, const struct collect *collect)
{
    uint32_t first = 0;
    nearby->hits = ARENA_ARRAY(nearby->arena, collect->count, struct word_hit);
    for (size_t i = 0; i < nearby->standing_count; i++) {
        struct standing *word = &nearby->standing[i];
        word->first = first;
        first += word->count;
        word->count = 0;
    }
    for (size_t i = 0; i < collect->count; i++) {
        struct standing *word = &nearby->standing[nearby->numbers[collect->hits[i].word] - 1];
        nearby->hits[word->first + word->count++] = collect->hits[i];
    }
}

static int by_place(const void *a, const void *b)
{
    const struct word_hit *x = a, *y = b;
    if (x->off != y->off)
        return x->off < y->off ? -1 : 1;
    return x->len < y->len ? -1 : x->len > y->len;
}

struct nearby *nearby_new(const struct words *words, struct span text, unsigned traits, bool plain,
                          uint64_t deadline_ns, struct arena *arena, bool *complete_out)
{
    struct nearby *nearby = ARENA_NEW(arena, struct nearby);
    struct collect collect = {.nearby = nearby};
    nearby->text = text;
    nearby->is_ascii = (traits & TEXT_ABOVE) == 0;
    nearby->arena = arena;
    nearby->numbers = ARENA_ARRAY(arena, words_count(words) + 1, uint32_t);
    enum words_result result =
        plain ? words_scan_any_whole(words, text, deadline_ns, collect_hit, &collect)
              : words_scan_whole(words, text, deadline_ns, collect_hit, &collect);
    if (result != WORDS_DONE)
        *complete_out = false;
    if (collect.mixed)
        qsort(collect.hits, collect.count, sizeof *collect.hits, by_place);
    sort_hits(nearby, &collect);
    return nearby;
}

size_t nearby_word_count(const struct nearby *nearby)
{
    return nearby->standing_count;
}

uint32_t nearby_word(const struct nearby *nearby, size_t index)
{
    return nearby->standing[index].word;
}

/* NULL: it stands nowhere. */
static struct standing *standing_of(const struct nearby *nearby, uint32_t word)
{
    uint32_t number = word == WORD_NONE ? 0 : nearby->numbers[word];
    return number == 0 ? NULL : &nearby->standing[number - 1];
}

bool nearby_any(const struct nearby *nearby, const struct nearby_words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        if (standing_of(nearby, words->numbers[i]))
            return true;
    }
    return false;
}

/* How many of the hits of `word`, which are in order, begin before `off`: between those where the
 * last search ended and twice, four times, eight times as far from it as the first. */
static size_t hits_before(const struct nearby *nearby, struct standing *word, size_t off)
{
    const struct word_hit *hits = nearby->hits + word->first;
    size_t low = word->last, high = word->last, count = word->count;
    for (size_t step = 1; low > 0 && hits[low - 1].off >= off; step *= 2) {
        high = low - 1;
        low = low > step ? low - step : 0;
    }
    for (size_t step = 1; high < count && hits[high].off < off; step *= 2) {
        low = high + 1;
        high = count - high > step ? high + step : count;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (hits[middle].off < off)
            low = middle + 1;
        else
            high = middle;
    }
    word->last = (uint32_t)low;
    return low;
}

#define COUNTED_AT_ONCE 128u /* bytes */

/* Characters of text [from, to), or UINT32_MAX where there are more than `most`. */
static uint32_t distance(const struct nearby *nearby, size_t from, size_t to, uint32_t most)
{
    size_t count = 0;
    if ((to - from) / UTF8_MAX > most)
        return UINT32_MAX;
    if (nearby->is_ascii)
        return to - from <= most ? (uint32_t)(to - from) : UINT32_MAX;
    while (from < to && count <= most) {
        size_t bytes = to - from < COUNTED_AT_ONCE ? to - from : COUNTED_AT_ONCE;
        count += utf8_count(span_sub(nearby->text, from, bytes));
        from += bytes;
    }
    return count <= most ? (uint32_t)count : UINT32_MAX;
}

/* Of `word`, `most` characters away at most, else UINT32_MAX. */
static uint32_t nearest(struct nearby *nearby, struct standing *word, size_t off, size_t end,
                        uint32_t most)
{
    const struct word_hit *hits = nearby->hits + word->first;
    uint32_t before = UINT32_MAX, behind = UINT32_MAX;
    size_t at = hits_before(nearby, word, off);
    while (at > 0 && hits[at - 1].off + hits[at - 1].len > off)
        at--;
    if (at > 0)
        before = distance(nearby, hits[at - 1].off + hits[at - 1].len, off, most);
    at = hits_before(nearby, word, end);
    if (at < word->count)
        behind = distance(nearby, end, hits[at].off, most < before ? most : before);
    return before < behind ? before : behind;
}

static bool stands_in(const struct nearby *nearby, struct standing *word, size_t off, size_t len)
{
    const struct word_hit *hits = nearby->hits + word->first;
    size_t at = hits_before(nearby, word, off);
    return at < word->count && hits[at].off + hits[at].len <= off + len;
}

static struct table *table_of(struct nearby *nearby)
{
    if (!nearby->table_known)
        nearby->table = table_open(nearby->text, nearby->arena);
    nearby->table_known = true;
    return nearby->table;
}

/* Bytes of `near` characters at most. */
static size_t reach_of(const struct nearby *nearby, uint32_t near)
{
    return nearby->is_ascii ? near : (size_t)near * UTF8_MAX;
}

/* Words are as long as they are written, so of two places of one the one behind ends behind. */
static void look_around(const struct nearby *nearby, const struct nearby_words *words, size_t start,
                        size_t ahead, size_t reach, struct nearby_window *window)
{
    window->none_before = SPAN_NONE;
    for (size_t i = 0; i < words->count; i++) {
        struct standing *word = standing_of(nearby, words->numbers[i]);
        if (!word)
            continue;
        const struct word_hit *hits = nearby->hits + word->first;
        size_t at = hits_before(nearby, word, start + ahead + 1);
        if (at > 0) {
            size_t last = hits[at - 1].off + hits[at - 1].len + reach;
            if (last >= start && last + 1 > window->some_up_to)
                window->some_up_to = last + 1;
        }
        if (at < word->count && hits[at].off - ahead < window->none_before)
            window->none_before = hits[at].off - ahead;
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
        struct standing *word = standing_of(nearby, words->numbers[i]);
        if (!word || !stands_in(nearby, word, off, len))
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
    for (size_t i = 0; i < words->count && best > 0; i++) {
        struct standing *word = standing_of(nearby, words->numbers[i]);
        uint32_t most = best <= near ? best - 1 : near;
        uint32_t away = word ? nearest(nearby, word, off, off + len, most) : UINT32_MAX;
        if (away == UINT32_MAX)
            continue;
        best = away;
        evidence->keyword = words->texts[i];
        evidence->distance = away;
    }
    return best != UINT32_MAX || find_in_head(nearby, words, off, evidence);
}
