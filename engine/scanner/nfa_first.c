/* SPDX-License-Identifier: Apache-2.0 */
/* nfa_first: which bytes may stand at each of the first places of a match. */
#include "engine/base/ascii.h"
#include "engine/scanner/nfa.h"

#include <stdlib.h>

static void add_all(struct nfa_set *set)
{
    memset(set, 0xff, sizeof *set);
}

static void add_set(struct nfa_set *set, const struct nfa_set *more)
{
    for (size_t i = 0; i < 4; i++)
        set->has[i] |= more->has[i];
}

/* What may stand behind the end of a match. */
static void add_behind(struct nfa_set *set, bool apart)
{
    for (unsigned c = 0; c < 256; c++) {
        if (!apart || !ascii_is_token((char)c))
            set->has[c >> 6] |= UINT64_C(1) << (c & 63);
    }
}

enum end { END_NONE, END_HERE, END_CUT };

static enum end end_of(const struct nfa *nfa, const struct nfa_states *states)
{
    enum end end = END_NONE;
    for (size_t i = 0; i < states->count; i++) {
        const struct nfa_state *state = &nfa->states[states->items[i]];
        if (state->cut)
            return END_CUT;
        end = state->ends ? END_HERE : end;
    }
    return end;
}

/* One byte further; the bytes of the edges are added to the set. */
static void step(const struct nfa *nfa, struct nfa_states *states, struct nfa_set *set)
{
    struct nfa_states next = {.items = NULL};
    for (size_t i = 0; i < states->count; i++) {
        uint32_t e = nfa->states[states->items[i]].edges;
        for (; e != NFA_NONE; e = nfa->edges[e].next) {
            if (nfa->edges[e].set == NFA_NONE)
                continue;
            add_set(set, &nfa->sets[nfa->edges[e].just]);
            nfa_states_add(&next, nfa, nfa->edges[e].to);
        }
    }
    free(states->items);
    *states = next;
}

struct places {
    const struct nfa *nfa;
    struct nfa_states states;
    bool ends_apart, any; /* anything may stand at the next place */
};

/* Adds what may stand at the next place. */
static void add_place(struct places *places, struct nfa_set *set)
{
    enum end end = places->any ? END_CUT : end_of(places->nfa, &places->states);
    if (end == END_CUT)
        add_all(set);
    else if (end == END_HERE)
        add_behind(set, places->ends_apart);
    places->any = places->any || end != END_NONE;
    step(places->nfa, &places->states, set);
}

void nfa_first_sets(const struct nfa *nfa, uint32_t start, bool ends_apart,
                    struct nfa_set sets[NFA_FIRST])
{
    struct places places = {.nfa = nfa, .ends_apart = ends_apart};
    memset(sets, 0, NFA_FIRST * sizeof *sets);
    nfa_states_add(&places.states, nfa, start);
    for (size_t depth = 0; depth < NFA_FIRST; depth++)
        add_place(&places, &sets[depth]);
    free(places.states.items);
}

void nfa_deep_set(const struct nfa *nfa, uint32_t start, bool ends_apart, struct nfa_set *set)
{
    struct places places = {.nfa = nfa, .ends_apart = ends_apart};
    memset(set, 0, sizeof *set);
    nfa_states_add(&places.states, nfa, start);
    for (size_t depth = 0; depth < NFA_DEEP; depth++) {
        struct nfa_set none = {{0}};
        add_place(&places, depth < NFA_FIRST ? &none : set);
    }
    free(places.states.items);
}
