/* SPDX-License-Identifier: Apache-2.0 */
/* openings_build: automata of openings. Private to engine/scanner. */
#ifndef CULVERT_SCANNER_OPENINGS_BUILD_H
#define CULVERT_SCANNER_OPENINGS_BUILD_H

#include "engine/scanner/nfa.h"
#include "engine/scanner/openings.h"

/* Where an automaton is begun. */
enum openings_kind {
    OPENINGS_ANYWHERE,
    OPENINGS_SHORT,  /* in front of a token or what is no part of one */
    OPENINGS_SLEEPY, /* the same, of rows that may sleep */
    OPENINGS_LONG,   /* ... and of at least OPENINGS_INK bytes without a blank */
    OPENINGS_AT,     /* ... and of '@' behind it without a blank between */
    OPENINGS_KINDS
};
#define OPENINGS_INK 16u
#define OPENINGS_AUTOMATA 64u /* of a kind; rows of more are not held */

/* A row of an automaton, with where its states begin. */
struct openings_member {
    uint32_t row, start;
    bool has_loop;
};

#define AUTOMATON_DEAD 0u
#define AUTOMATON_START 1u

struct automaton {
    uint8_t classes[256];
    uint32_t class_count, state_count;
    uint16_t *next;         /* by state, then by class */
    uint32_t telling;       /* states from here on tell of rows */
    uint32_t *lists;        /* by state from `telling` on: where in `told` its list begins */
    uint32_t *told;         /* rows, twice, and one where a token may not go on behind */
    uint64_t *alive;        /* by state: rows that may go on, as bits of their number */
    uint32_t *rows, *loops; /* of it; those that may be of any length */
    size_t row_count, loop_count;
};

/* false: it would have too many states. */
bool automaton_build(const struct nfa *nfa, const struct opening *items,
                     const struct openings_member *members, size_t count, struct arena *arena,
                     struct automaton *out) MUST_USE;

#define OPENINGS_INK_MASK ((UINT64_C(1) << OPENINGS_INK) - 1)
#define OPENINGS_GROUPS 32u
#define OPENINGS_TRIPLES 32768u

/* By the groups of the first three bytes of a place, whether anything may begin there at all. */
struct openings {
    struct automaton *automata[OPENINGS_KINDS];
    size_t counts[OPENINGS_KINDS];
    uint8_t letters[256];                     /* groups of bytes: letters without case ... */
    uint32_t anywhere[OPENINGS_TRIPLES / 32]; /* ... for OPENINGS_ANYWHERE, as bits */
    uint8_t shapes[256];                      /* groups of bytes: capitals, digits ... */
    uint8_t apart[OPENINGS_TRIPLES];          /* ... for other kinds, which are bits */
    bool begins_blank;                        /* one of the other kinds may */
};

void openings_fill_begins(struct openings *openings);

#endif
