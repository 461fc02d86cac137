/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/exact/exact_asking.h"

#include "engine/base/mem.h"

#include <stdlib.h>

#define KNOWN_LEAST 64u
#define KNOWN_MOST 1024u

void exact_asking_init(struct exact_asking *asking, const struct exact_index *index,
                       struct span text, struct exact_rows *rows)
{
    *asking = (struct exact_asking){.index = index, .text = text, .rows = rows};
    asking->known_count = KNOWN_LEAST;
    while (asking->known_count < KNOWN_MOST && asking->known_count < text.len / 8)
        asking->known_count *= 2;
    asking->known = mem_alloc(asking->known_count * sizeof *asking->known);
}

void exact_asking_fini(struct exact_asking *asking)
{
    free(asking->known);
}

/* Texts say most of their words again and again. Their hashes stand for them here: two of one hash
 * cannot be made without the key, and happen once in some 2 ^ 53. */
static struct exact_known *known_of(const struct exact_asking *asking, uint64_t hash)
{
    return &asking->known[hash & (asking->known_count - 1)];
}

static void keep(struct exact_asking *asking, const struct exact_hit *hit,
                 const struct exact_cell *cell)
{
    struct exact_hit kept = *hit;
    kept.cell = *cell;
    exact_rows_add(asking->rows, &kept);
}

/* The filter says that it may be a cell; the index decides. */
static void answer(struct exact_asking *asking)
{
    const struct exact_candidate *next = &asking->waiting[asking->answered++ % EXACT_WAITING];
    struct exact_known *known = known_of(asking, next->hash);
    struct span text = span_sub(asking->text, next->hit.off, next->hit.end - next->hit.off);
    struct exact_normal normal;
    known->hash = next->hash;
    known->is_cell = exact_index_passes(asking->index, next->place) &&
                     exact_normal_of(text, &normal) &&
                     exact_index_find(asking->index, &normal, &known->cell);
    if (known->is_cell)
        keep(asking, &next->hit, &known->cell);
}

void exact_asking_add(struct exact_asking *asking, const struct exact_word *from,
                      const struct exact_word *to, uint64_t hash)
{
    const struct exact_known *known = known_of(asking, hash);
    if (known->hash == hash && !known->is_cell)
        return;
    struct exact_hit hit = {.off = from->off,
                            .end = to->end,
                            .first = from->first,
                            .last = to->last,
                            .line = from->line,
                            .last_line = to->line};
    if (known->hash == hash) {
        keep(asking, &hit, &known->cell);
        return;
    }
    if (asking->asked - asking->answered == EXACT_WAITING)
        answer(asking);
    uint64_t place = exact_keys_filter(&asking->index->keys, hash);
    exact_index_fetch(asking->index, place);
    asking->waiting[asking->asked++ % EXACT_WAITING] = (struct exact_candidate){hash, place, hit};
}

void exact_asking_end(struct exact_asking *asking)
{
    while (asking->answered < asking->asked)
        answer(asking);
}
