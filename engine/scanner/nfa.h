/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nfa: how matches of expressions (as dialect.h writes them) begin: states and the bytes that lead
 * from one to the next, for as many bytes as help to tell texts apart. What lies behind is cut off:
 * there a match may go on in any way. Private to engine/scanner, while openings are made.
 */
#ifndef CULVERT_SCANNER_NFA_H
#define CULVERT_SCANNER_NFA_H

#include "engine/base/buf.h"

#define NFA_NONE UINT32_MAX

struct nfa_set {
    uint64_t has[4]; /* bit by byte */
};

static inline bool nfa_set_has(const struct nfa_set *set, unsigned byte)
{
    return (set->has[byte >> 6] >> (byte & 63) & 1) != 0;
}

struct nfa_edge {
    uint32_t to;
    uint32_t next; /* of the same state, or NFA_NONE */
    uint32_t set;  /* number of it, or NFA_NONE: takes no byte */
};

struct nfa_state {
    uint32_t edges; /* the first, or NFA_NONE */
    uint32_t depth; /* bytes that lead to it at least */
    uint32_t known; /* ... of which so many are just these */
    uint32_t row;
    bool ends; /* a match may end here */
    bool cut;  /* from here on anything may follow */
    bool loops;
};

struct nfa {
    struct nfa_state *states;
    size_t state_count, state_cap;
    struct nfa_edge *edges;
    size_t edge_count, edge_cap;
    struct nfa_set *sets; /* all different */
    size_t set_count, set_cap;
};

void nfa_fini(struct nfa *nfa);

/* Adds the expression; with `sharp` a sharp s stands for two letters s as well. *start_out is its
 * first state. false: it is too large, or matches nothing; what was added stays without use. */
bool nfa_add(struct nfa *nfa, struct span expression, bool sharp, uint32_t row,
             uint32_t *start_out) MUST_USE;

/* What every match begins with whose states are from `start` on, before `end`. */
struct nfa_profile {
    uint32_t ink;  /* bytes in front of the first blank (of 0x00 to 0x20) or the end, at least */
    bool has_at;   /* '@' comes before any blank and before the end */
    bool has_loop; /* may be of any length without a cut */
};
void nfa_profile_of(const struct nfa *nfa, uint32_t start, uint32_t end, struct nfa_profile *out);

#endif
