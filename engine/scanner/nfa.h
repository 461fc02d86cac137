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
    uint32_t just; /* the same before it was made larger to be like others */
};

struct nfa_state {
    uint32_t edges; /* the first, or NFA_NONE */
    uint32_t depth; /* bytes that lead to it at least */
    uint32_t known; /* ... of which so many are just these */
    uint32_t row;
    bool ends; /* a match may end here */
    bool cut;  /* from here on anything may follow */
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
    uint32_t ink;   /* bytes in front of the first blank (of 0x00 to 0x20) or the end, at least */
    uint32_t token; /* bytes in front of the first that is no letter or digit of ASCII or '_' */
    bool has_at;    /* '@' comes before any blank and before the end */
    size_t width;   /* bytes of a match at most; SIZE_MAX: it is not known */
    unsigned dense; /* so many of the first NFA_DENSE_DEPTH bytes are digits at least */
    bool has_mark;  /* a mark comes before any blank and before the end: of ASCII, and neither a
                       letter nor a digit nor a blank */
    bool digit;     /* one of the first NFA_DIGIT_DEPTH bytes is a digit */
    bool far_digit; /* one of the first NFA_FAR_DEPTH bytes is a digit */
    bool mark_soon; /* one of the first NFA_DIGIT_DEPTH bytes is a mark */
};
#define NFA_DIGIT_DEPTH 5u
#define NFA_DENSE_DEPTH 8u
#define NFA_FAR_DEPTH 32u
void nfa_profile_of(const struct nfa *nfa, uint32_t start, uint32_t end, struct nfa_profile *out);

/* A set of states. */
struct nfa_states {
    uint32_t *items;
    size_t count, cap;
};

/* Adds `state` and all that it leads to without a byte. */
void nfa_states_add(struct nfa_states *states, const struct nfa *nfa, uint32_t state);

/* Whether nothing can be said of what comes behind one of them. */
bool nfa_states_end(const struct nfa_states *states, const struct nfa *nfa);

/* sets[i]: every byte that may stand at place i of a match that begins in `start`, or behind it;
 * `ends_apart`: behind it stands no token. */
#define NFA_FIRST 12u
#define NFA_DEEP 32u
void nfa_first_sets(const struct nfa *nfa, uint32_t start, bool ends_apart,
                    struct nfa_set sets[NFA_FIRST]);

/* The same for all places from NFA_FIRST on, before NFA_DEEP, in one set. */
void nfa_deep_set(const struct nfa *nfa, uint32_t start, bool ends_apart, struct nfa_set *set);

#define NFA_PREFIX_LEAST 3u
#define NFA_PREFIX_MOST 12u

/* A literal that matches begin with; letters of ASCII in lower case, they stand for both. */
struct nfa_prefix {
    char bytes[NFA_PREFIX_MOST];
    size_t len;
};

/*
 * Appends literals of at least NFA_PREFIX_LEAST bytes to `out`, one of which every match begins
 * with that begins in `start`. false: there are none, or too many; `out` is as it was.
 */
bool nfa_prefixes(const struct nfa *nfa, uint32_t start, struct buf *out) MUST_USE;

#endif
