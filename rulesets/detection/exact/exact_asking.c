/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/exact/exact_asking.h"

#include "engine/base/mem.h"

#include <stdlib.h>

#define KNOWN_LEAST 64u
#define KNOWN_MOST 1024u
#define NO_CELLS 8u /* of words that are none, for each that may be one */

void exact_asking_init(struct exact_asking *asking, const struct exact_index *index,
                       struct span text, struct exact_rows *rows)
{
    *asking = (struct exact_asking){.index = index, .text = text, .rows = rows};
    asking->known_count = KNOWN_LEAST;
    while (asking->known_count < KNOWN_MOST && asking->known_count < text.len / 8)
        asking->known_count *= 2;
    asking->known = mem_alloc(asking->known_count * sizeof *asking->known);
    asking->no_cells = mem_alloc(asking->known_count * NO_CELLS * sizeof *asking->no_cells);
}

void exact_asking_fini(struct exact_asking *asking)
{
    free(asking->known);
    free(asking->no_cells);
}

/* Texts say most of their words again and again, but seldom two in a row: only what single words
 * were is asked before the filter. Their hashes stand for them here: two of one hash cannot be made
 * without the key, and happen once in some 2 ^ 53. */
static struct exact_known *known_of(const struct exact_asking *asking, uint64_t hash)
{
    return &asking->known[hash & (asking->known_count - 1)];
}

static uint64_t *no_cell_of(const struct exact_asking *asking, uint64_t hash)
{
    return &asking->no_cells[hash & (asking->known_count * NO_CELLS - 1)];
}

static void keep(struct exact_asking *asking, const struct exact_candidate *candidate,
                 const struct exact_cell *cell)
{
    struct exact_hit hit = {.off = candidate->off,
                            .end = candidate->end,
                            .first = candidate->first,
                            .last = candidate->last,
                            .line = candidate->line,
                            .last_line = candidate->last_line,
                            .cell = *cell};
    exact_rows_add(asking->rows, &hit);
}

/* The filter says that it may be a cell; the index decides. */
static void ask(const struct exact_asking *asking, const struct exact_candidate *candidate,
                struct exact_known *out)
{
    struct span text = span_sub(asking->text, candidate->off, candidate->end - candidate->off);
    struct exact_normal normal;
    out->hash = candidate->hash;
    out->is_cell =
        exact_normal_of(text, &normal) && exact_index_find(asking->index, &normal, &out->cell);
}

static void answer(struct exact_asking *asking)
{
    const struct exact_candidate *next = &asking->waiting[asking->answered++ % EXACT_WAITING];
    struct exact_known *known = known_of(asking, next->hash);
    if (exact_index_passes(asking->index, next->place)) {
        if (known->hash != next->hash)
            ask(asking, next, known);
        if (known->is_cell) {
            keep(asking, next, &known->cell);
            return;
        }
    }
    if (next->alone)
        *no_cell_of(asking, next->hash) = next->hash;
}

void exact_asking_add(struct exact_asking *asking, const struct exact_word *from,
                      const struct exact_word *to, uint64_t hash)
{
    bool alone = from == to;
    if (alone && *no_cell_of(asking, hash) == hash)
        return;
    if (asking->asked - asking->answered == EXACT_WAITING)
        answer(asking);
    uint64_t place = exact_keys_filter(&asking->index->keys, hash);
    exact_index_fetch(asking->index, place);
    asking->waiting[asking->asked++ % EXACT_WAITING] =
        (struct exact_candidate){.hash = hash,
                                 .place = place,
                                 .off = from->off,
                                 .end = to->end,
                                 .first = from->first,
                                 .last = to->last,
                                 .line = from->line,
                                 .last_line = to->line,
                                 .alone = alone};
}

void exact_asking_end(struct exact_asking *asking)
{
    while (asking->answered < asking->asked)
        answer(asking);
}
