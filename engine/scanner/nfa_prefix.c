/* SPDX-License-Identifier: Apache-2.0 */
/* nfa_prefix: the literals that matches begin with, by trying what bytes may come one by one. */
#include "engine/base/ascii.h"
#include "engine/scanner/nfa.h"

#include <stdlib.h>

#define PREFIXES_MOST 150u /* of one start */
#define WAYS_MOST 40u      /* different bytes that may come next ... */
#define WAYS_FEW 6u        /* ... and behind NFA_PREFIX_LEAST bytes */
#define SET_MOST 8u        /* different bytes of one set that are tried one by one ... */
#define ABOVE_MOST 16u     /* ... above ASCII */
/* From so many bytes on a literal ends where its ways part: fewer are better than longer ones. */
#define LONG_ENOUGH 5u

struct search {
    const struct nfa *nfa;
    struct buf *out;
    size_t count;
};

/* Adds the bytes of a set, without case. false: they are too many. */
static bool add_ways(const struct nfa_set *set, bool has[256])
{
    bool own[256] = {false};
    size_t count = 0, above = 0;
    for (unsigned c = 0; c < 256; c++) {
        unsigned char folded = (unsigned char)ascii_lower((char)c);
        if (!nfa_set_has(set, c) || own[folded])
            continue;
        own[folded] = has[folded] = true;
        count += c < 0x80;
        above += c >= 0x80;
    }
    return count <= SET_MOST && above <= ABOVE_MOST;
}

/* The bytes that may come next, without case. More than WAYS_MOST: too many. */
static size_t find_ways(const struct nfa *nfa, const struct nfa_states *states,
                        char ways[WAYS_MOST])
{
    bool has[256] = {false};
    size_t count = 0;
    for (size_t i = 0; i < states->count; i++) {
        uint32_t e = nfa->states[states->items[i]].edges;
        for (; e != NFA_NONE; e = nfa->edges[e].next) {
            uint32_t just = nfa->edges[e].just;
            if (just != NFA_NONE && !add_ways(&nfa->sets[just], has))
                return WAYS_MOST + 1;
        }
    }
    for (unsigned c = 0; c < 256; c++) {
        if (has[c] && count < WAYS_MOST)
            ways[count] = (char)c;
        count += has[c];
    }
    return count;
}

static void follow(const struct nfa *nfa, const struct nfa_states *from, char way,
                   struct nfa_states *to)
{
    for (size_t i = 0; i < from->count; i++) {
        uint32_t e = nfa->states[from->items[i]].edges;
        for (; e != NFA_NONE; e = nfa->edges[e].next) {
            if (nfa->edges[e].set == NFA_NONE)
                continue;
            const struct nfa_set *set = &nfa->sets[nfa->edges[e].just];
            if (nfa_set_has(set, (unsigned char)way) ||
                nfa_set_has(set, (unsigned char)ascii_upper(way)))
                nfa_states_add(to, nfa, nfa->edges[e].to);
        }
    }
}

/* Deeper by a byte each time: NFA_PREFIX_MOST deep at most. */
static bool search(struct search *search_, const struct nfa_states *states,
                   const struct nfa_prefix *prefix)
{
    char ways[WAYS_MOST];
    size_t count = find_ways(search_->nfa, states, ways);
    bool ends = nfa_states_end(states, search_->nfa) || count > WAYS_MOST ||
                prefix->len == NFA_PREFIX_MOST ||
                (count > WAYS_FEW && prefix->len >= NFA_PREFIX_LEAST) ||
                (count > 1 && prefix->len >= LONG_ENOUGH);
    if (ends) {
        buf_add(search_->out, span_of((const char *)prefix, sizeof *prefix));
        return prefix->len >= NFA_PREFIX_LEAST && ++search_->count <= PREFIXES_MOST;
    }
    for (size_t i = 0; i < count; i++) {
        struct nfa_prefix longer = *prefix;
        struct nfa_states next = {.items = NULL};
        longer.bytes[longer.len++] = ways[i];
        follow(search_->nfa, states, ways[i], &next);
        bool good = search(search_, &next, &longer);
        free(next.items);
        if (!good)
            return false;
    }
    return true;
}

bool nfa_prefixes(const struct nfa *nfa, uint32_t start, struct buf *out)
{
    size_t before = out->len;
    struct search whole = {.nfa = nfa, .out = out};
    struct nfa_states states = {.items = NULL};
    struct nfa_prefix none = {.len = 0};
    nfa_states_add(&states, nfa, start);
    bool good = search(&whole, &states, &none);
    if (!good)
        out->len = before;
    free(states.items);
    return good;
}
