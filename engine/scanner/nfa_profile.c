/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/mem.h"
#include "engine/scanner/nfa.h"

#include <stdlib.h>

/* Ways through the states of one row. */
struct ways {
    const struct nfa *nfa;
    uint32_t start, count;
    uint32_t *dist;  /* NFA_NONE: not reached */
    uint32_t *queue; /* a ring of `count` and one */
    size_t head, tail;
    bool *queued;
};

static bool has_blank(const struct nfa_set *set)
{
    return (set->has[0] & UINT64_C(0x1ffffffff)) != 0;
}

static bool has_other_than_at(const struct nfa_set *set)
{
    return (set->has[0] | (set->has[1] & ~UINT64_C(1)) | set->has[2] | set->has[3]) != 0;
}

static void reach(struct ways *ways, uint32_t state, uint32_t dist)
{
    uint32_t at = state - ways->start;
    if (dist >= ways->dist[at])
        return;
    ways->dist[at] = dist;
    if (ways->queued[at])
        return;
    ways->queued[at] = true;
    ways->queue[ways->tail] = at;
    ways->tail = (ways->tail + 1) % (ways->count + 1);
}

/* The least number of bytes before a blank or the end, on ways without '@' when so asked. */
static uint32_t least_ink(struct ways *ways, bool without_at)
{
    uint32_t least = NFA_NONE;
    memset(ways->dist, 0xff, ways->count * sizeof *ways->dist);
    reach(ways, ways->start, 0);
    while (ways->head != ways->tail) {
        uint32_t at = ways->queue[ways->head], dist = ways->dist[at];
        ways->head = (ways->head + 1) % (ways->count + 1);
        ways->queued[at] = false;
        const struct nfa_state *state = &ways->nfa->states[ways->start + at];
        bool ends = state->ends || state->cut;
        for (uint32_t e = state->edges; e != NFA_NONE; e = ways->nfa->edges[e].next) {
            const struct nfa_edge *edge = &ways->nfa->edges[e];
            bool is_empty = edge->set == NFA_NONE;
            ends = ends || (!is_empty && has_blank(&ways->nfa->sets[edge->set]));
            if (is_empty || !without_at || has_other_than_at(&ways->nfa->sets[edge->set]))
                reach(ways, edge->to, dist + !is_empty);
        }
        if (ends && dist < least)
            least = dist;
    }
    return least;
}

void nfa_profile_of(const struct nfa *nfa, uint32_t start, uint32_t end, struct nfa_profile *out)
{
    struct ways ways = {.nfa = nfa, .start = start, .count = end - start};
    ways.dist = mem_alloc(ways.count * sizeof *ways.dist);
    ways.queue = mem_alloc((ways.count + 1) * sizeof *ways.queue);
    ways.queued = mem_alloc(ways.count * sizeof *ways.queued);
    out->ink = least_ink(&ways, false);
    out->has_at = least_ink(&ways, true) == NFA_NONE;
    out->has_loop = false;
    for (uint32_t i = start; i < end; i++)
        out->has_loop = out->has_loop || nfa->states[i].loops;
    free(ways.dist);
    free(ways.queue);
    free(ways.queued);
}
