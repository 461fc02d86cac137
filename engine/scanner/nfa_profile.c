/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/mem.h"
#include "engine/scanner/nfa.h"

#include <stdlib.h>

#define DIGITS (UINT64_C(0x3ff) << '0')
#define LETTERS (UINT64_C(0x3ffffff) << ('a' - 64) | UINT64_C(0x3ffffff) << ('A' - 64))
#define BLANKS UINT64_C(0x1ffffffff)

/* Ways through the states of one row. */
struct ways {
    const struct nfa *nfa;
    uint32_t start, count;
    uint32_t *dist;  /* NFA_NONE: not reached */
    uint32_t *queue; /* a ring of `count` and one */
    size_t head, tail;
    bool *queued;
};

static const struct nfa_set blanks = {{BLANKS, 0, 0, 0}},
                            apart = {{~DIGITS, ~(LETTERS | UINT64_C(1) << ('_' - 64)), UINT64_MAX,
                                      UINT64_MAX}},
                            digits = {{DIGITS, 0, 0, 0}},
                            marks = {{~(DIGITS | BLANKS), ~LETTERS, 0, 0}},
                            at_sign = {{0, 1, 0, 0}};

static bool is_only(const struct nfa_set *set, const struct nfa_set *only)
{
    uint64_t others = 0;
    for (size_t i = 0; i < 4; i++)
        others |= set->has[i] & ~only->has[i];
    return others == 0;
}

static bool has_of(const struct nfa_set *set, const struct nfa_set *some)
{
    uint64_t has = 0;
    for (size_t i = 0; i < 4; i++)
        has |= set->has[i] & some->has[i];
    return has != 0;
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

/* The least number of bytes before one of `stops` or the end, on ways without bytes of `without`
 * alone, if it is given. */
static uint32_t least_before(struct ways *ways, const struct nfa_set *stops,
                             const struct nfa_set *without)
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
            ends = ends || (!is_empty && has_of(&ways->nfa->sets[edge->just], stops));
            if (is_empty || !without || !is_only(&ways->nfa->sets[edge->just], without))
                reach(ways, edge->to, dist + !is_empty);
        }
        if (ends && dist < least)
            least = dist;
    }
    return least;
}

/* --- step by step --- */

static void push(struct nfa_states *states, uint32_t state)
{
    for (size_t i = 0; i < states->count; i++) {
        if (states->items[i] == state)
            return;
    }
    if (states->count == states->cap) {
        states->cap = states->cap ? states->cap * 2 : 64;
        states->items = mem_resize(states->items, states->cap * sizeof *states->items);
    }
    states->items[states->count++] = state;
}

void nfa_states_add(struct nfa_states *states, const struct nfa *nfa, uint32_t state)
{
    size_t at = states->count;
    push(states, state);
    for (; at < states->count; at++) {
        uint32_t e = nfa->states[states->items[at]].edges;
        for (; e != NFA_NONE; e = nfa->edges[e].next) {
            if (nfa->edges[e].set == NFA_NONE)
                push(states, nfa->edges[e].to);
        }
    }
}

bool nfa_states_end(const struct nfa_states *states, const struct nfa *nfa)
{
    for (size_t i = 0; i < states->count; i++) {
        const struct nfa_state *state = &nfa->states[states->items[i]];
        if (state->ends || state->cut)
            return true;
    }
    return states->count == 0;
}

/* One byte further, on all ways but those by bytes of `but` alone. */
static void step(const struct nfa *nfa, struct nfa_states *states, const struct nfa_set *but)
{
    struct nfa_states next = {.items = NULL};
    for (size_t i = 0; i < states->count; i++) {
        uint32_t e = nfa->states[states->items[i]].edges;
        for (; e != NFA_NONE; e = nfa->edges[e].next) {
            const struct nfa_edge *edge = &nfa->edges[e];
            if (edge->set != NFA_NONE && (!but || !is_only(&nfa->sets[edge->just], but)))
                nfa_states_add(&next, nfa, edge->to);
        }
    }
    free(states->items);
    *states = next;
}

/* The same, ways by digits alone apart from others. */
static void step_by_digits(const struct nfa *nfa, const struct nfa_states *from,
                           struct nfa_states *others, struct nfa_states *by_digits)
{
    for (size_t i = 0; i < from->count; i++) {
        uint32_t e = nfa->states[from->items[i]].edges;
        for (; e != NFA_NONE; e = nfa->edges[e].next) {
            const struct nfa_edge *edge = &nfa->edges[e];
            if (edge->set != NFA_NONE)
                nfa_states_add(is_only(&nfa->sets[edge->just], &digits) ? by_digits : others, nfa,
                               edge->to);
        }
    }
}

/* Whether one of the first bytes is always of these. */
static bool soon_has(const struct nfa *nfa, uint32_t start, const struct nfa_set *only,
                     unsigned bytes)
{
    struct nfa_states states = {.items = NULL};
    nfa_states_add(&states, nfa, start);
    for (unsigned depth = 0; depth < bytes && !nfa_states_end(&states, nfa); depth++)
        step(nfa, &states, only);
    bool always = states.count == 0;
    free(states.items);
    return always;
}

#define WIDTH_MOST 150u

/* No match is longer than the longest way. */
static size_t width_of(const struct nfa *nfa, uint32_t start)
{
    struct nfa_states states = {.items = NULL};
    size_t width = 0;
    nfa_states_add(&states, nfa, start);
    for (; states.count > 0 && width < WIDTH_MOST; width++) {
        for (size_t i = 0; i < states.count; i++) {
            if (nfa->states[states.items[i]].cut)
                width = WIDTH_MOST;
        }
        step(nfa, &states, NULL);
    }
    free(states.items);
    return width < WIDTH_MOST ? width : SIZE_MAX;
}

/* The fewest digits of the first bytes on any way, less than `most`: on ways with ever more digits
 * states are dropped that can be reached with fewer. */
static unsigned dense_of(const struct nfa *nfa, uint32_t start)
{
    struct nfa_states by_count[NFA_DENSE_DEPTH + 1] = {{.items = NULL}};
    unsigned fewest = NFA_DENSE_DEPTH;
    nfa_states_add(&by_count[0], nfa, start);
    for (unsigned depth = 0; depth < NFA_DENSE_DEPTH; depth++) {
        struct nfa_states next[NFA_DENSE_DEPTH + 1] = {{.items = NULL}};
        for (unsigned count = 0; count <= depth; count++) {
            if (by_count[count].count > 0 && nfa_states_end(&by_count[count], nfa) &&
                count < fewest)
                fewest = count;
            step_by_digits(nfa, &by_count[count], &next[count], &next[count + 1]);
            free(by_count[count].items);
        }
        memcpy(by_count, next, sizeof by_count);
    }
    for (unsigned count = 0; count <= NFA_DENSE_DEPTH; count++) {
        if (by_count[count].count > 0 && count < fewest)
            fewest = count;
        free(by_count[count].items);
    }
    return fewest;
}

void nfa_profile_of(const struct nfa *nfa, uint32_t start, uint32_t end, struct nfa_profile *out)
{
    struct ways ways = {.nfa = nfa, .start = start, .count = end - start};
    ways.dist = mem_alloc(ways.count * sizeof *ways.dist);
    ways.queue = mem_alloc((ways.count + 1) * sizeof *ways.queue);
    ways.queued = mem_alloc(ways.count * sizeof *ways.queued);
    out->ink = least_before(&ways, &blanks, NULL);
    out->token = least_before(&ways, &apart, NULL);
    out->has_at = least_before(&ways, &blanks, &at_sign) == NFA_NONE;
    out->has_mark = least_before(&ways, &blanks, &marks) == NFA_NONE;
    out->width = width_of(nfa, start);
    out->dense = dense_of(nfa, start);
    out->digit = soon_has(nfa, start, &digits, NFA_DIGIT_DEPTH);
    out->far_digit = soon_has(nfa, start, &digits, NFA_FAR_DEPTH);
    out->mark_soon = soon_has(nfa, start, &marks, NFA_DIGIT_DEPTH);
    free(ways.dist);
    free(ways.queue);
    free(ways.queued);
}
