/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scanner/openings_awake.h"

static bool wake_automaton(const struct automaton *automaton, const bool *awake, uint64_t *rows)
{
    uint64_t set = 0;
    for (size_t i = 0; i < automaton->row_count && i < AUTOMATON_ROWS; i++)
        set |= (uint64_t)awake[automaton->rows[i]] << i;
    rows[automaton->number] = set;
    return set != 0;
}

static bool wake_bucket(const struct openings_bucket *bucket, const bool *awake, uint64_t *rows)
{
    bool any = false;
    for (size_t i = 0; i < bucket->count; i++)
        any = wake_automaton(&bucket->automata[i], awake, rows) || any;
    return any;
}

const struct openings_awake *openings_wake(const struct openings *openings, const bool *awake,
                                           struct arena *arena)
{
    struct openings_awake *out = ARENA_NEW(arena, struct openings_awake);
    out->rows = ARENA_ARRAY(arena, openings->automata, uint64_t);
    for (size_t family = 0; family < OPENINGS_FAMILIES; family++) {
        for (size_t i = 0; i < openings->families[family].count; i++) {
            const struct openings_bucket *bucket = &openings->families[family].buckets[i];
            if (!wake_bucket(bucket, awake, out->rows))
                continue;
            out->buckets[family] |= UINT64_C(1) << i;
            out->literals = out->literals || (bucket->needs & NEEDS_LITERAL) != 0;
        }
    }
    return out;
}
