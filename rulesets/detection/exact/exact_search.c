/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/exact/exact_search.h"

#include "engine/base/clock.h"
#include "rulesets/detection/exact/exact_asking.h"
#include "rulesets/detection/exact/exact_rows.h"

#define LATE_EVERY 4096u     /* words between two looks at the clock */
#define STRETCH_LEAST 32768u /* characters that are judged at a time */

/* What is found at a place can depend on what is so far from it: cells that overlap cells that
 * overlap it. */
#define AROUND (4 * EXACT_REACH)

struct search {
    const struct exact_index *index;
    struct exact_rows rows;
    struct exact_asking asking;
    struct exact_word ring[EXACT_WORDS]; /* the last words */
    uint64_t count;                      /* words so far */
    uint64_t digits;                     /* words up to the last one with a digit */
    uint32_t most;                       /* words of a cell */
    uint32_t told;                       /* characters whose finds are told */
    uint32_t next;                       /* character at which the next stretch is judged */
};

/* Up to how many words with the newest one may be a cell: where none of them has a digit, those of
 * letters. */
static uint32_t most_words(const struct search *search)
{
    uint64_t without = search->count - search->digits;
    uint32_t most =
        without >= search->most ? search->index->head.words[EXACT_LETTERS] : search->most;
    return most <= search->count ? most : (uint32_t)search->count;
}

/* The cells that end with the newest word. */
static void look_back(struct search *search)
{
    const struct exact_index *index = search->index;
    const struct exact_word *last = &search->ring[(search->count - 1) % EXACT_WORDS];
    uint64_t size = 0, letters = 0, digits = 0;
    uint32_t most = most_words(search);
    for (uint32_t words = 1; words <= most; words++) {
        const struct exact_word *word = &search->ring[(search->count - words) % EXACT_WORDS];
        size += word->size;
        letters += word->letters;
        digits += word->digits;
        if (size > index->longest || last->last - word->first > EXACT_REACH)
            return;
        enum exact_sort sort = exact_sort_of(letters, digits);
        if (words <= index->head.words[sort] && exact_sizes_have(&index->sizes, sort, size))
            exact_asking_add(&search->asking, word, last,
                             exact_hash_between(word->before, last->behind, index->powers[size]));
        if (!word->joined)
            return;
    }
}

/* Judges what can no longer change by what is still to come. */
static void judge_stretch(struct search *search, uint32_t at)
{
    uint32_t reach = exact_rows_reach(search->rows.match) + AROUND;
    uint32_t before = at > reach ? at - reach : 0;
    exact_asking_end(&search->asking);
    exact_rows_judge(&search->rows, search->told, before);
    if (before > search->told)
        search->told = before;
    exact_rows_forget(&search->rows, before > reach ? before - reach : 0);
    search->next = at + (STRETCH_LEAST > 4 * reach ? STRETCH_LEAST : 4 * reach);
}

static bool is_late(const struct search *search)
{
    return search->count % LATE_EVERY == 0 && clock_is_past(search->rows.deadline_ns);
}

enum exact_result exact_search(const struct exact_match *match, struct span text,
                               uint64_t deadline_ns, exact_found *found, void *arg)
{
    const struct exact_head *head = &match->index->head;
    struct search search = {
        .index = match->index,
        .next = STRETCH_LEAST,
        .rows = {.match = match, .deadline_ns = deadline_ns, .found = found, .arg = arg}};
    struct exact_words words;
    for (unsigned i = 0; i < EXACT_SORTS; i++)
        search.most = search.most > head->words[i] ? search.most : head->words[i];
    exact_asking_init(&search.asking, match->index, text, &search.rows);
    exact_words_open(&words, text, match->index->keys.base);
    while (search.rows.result == EXACT_DONE &&
           exact_words_next(&words, &search.ring[search.count % EXACT_WORDS])) {
        const struct exact_word *word = &search.ring[search.count++ % EXACT_WORDS];
        uint32_t at = word->first;
        if (word->digits > 0)
            search.digits = search.count;
        if (at >= search.next)
            judge_stretch(&search, at);
        look_back(&search);
        if (search.rows.result == EXACT_DONE && is_late(&search))
            search.rows.result = EXACT_LATE;
    }
    exact_asking_end(&search.asking);
    if (search.rows.result == EXACT_DONE)
        exact_rows_judge(&search.rows, search.told, UINT32_MAX);
    exact_rows_fini(&search.rows);
    exact_asking_fini(&search.asking);
    return search.rows.result;
}
