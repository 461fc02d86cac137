/* SPDX-License-Identifier: Apache-2.0 */
/* openings_build: automata of openings. Private to engine/scanner. */
#ifndef CULVERT_SCANNER_OPENINGS_BUILD_H
#define CULVERT_SCANNER_OPENINGS_BUILD_H

#include "engine/scanner/literals.h"
#include "engine/scanner/nfa.h"
#include "engine/scanner/openings.h"

/* Where an automaton is begun. From OPENINGS_SHORT on: at places in front of which no token
 * goes on, and which the first three bytes let pass. */
enum openings_kind {
    OPENINGS_LITERAL,       /* where one of its literals stands */
    OPENINGS_LITERAL_APART, /* the same, in front of which no token goes on */
    OPENINGS_ANYWHERE,      /* wherever the first three bytes let it */
    OPENINGS_ABOVE,         /* ... and the first is none of ASCII */
    OPENINGS_MARK,          /* ... or one of the first two is a mark */
    OPENINGS_SHORT,
    OPENINGS_DENSE,          /* OPENINGS_DIGITS of the first NFA_DENSE_DEPTH bytes are digits */
    OPENINGS_DENSE_SLEEPY,   /* the same, of rows that may sleep */
    OPENINGS_NUMBER,         /* a digit is the first byte */
    OPENINGS_NUMBER_SLEEPY,  /* the same, of rows that may sleep */
    OPENINGS_DIGIT,          /* a digit is one of the first NFA_DIGIT_DEPTH bytes */
    OPENINGS_DIGIT_SLEEPY,   /* the same, of rows that may sleep */
    OPENINGS_CAPITAL,        /* neither of two bytes is a small letter or a blank */
    OPENINGS_CAPITAL_SLEEPY, /* the same, of rows that may sleep */
    OPENINGS_LONG,           /* no blank is among OPENINGS_INK bytes */
    OPENINGS_LONG_DIGIT,     /* ... and one of the first is a digit */
    OPENINGS_FAR,            /* a digit is one of the first NFA_FAR_DEPTH bytes */
    OPENINGS_MARKED,         /* a mark is behind it without a blank between */
    OPENINGS_MARK_SOON,      /* a mark is one of the first NFA_DIGIT_DEPTH bytes */
    OPENINGS_AT,             /* '@' is behind it without a blank between */
    OPENINGS_KINDS
};
_Static_assert(OPENINGS_KINDS - OPENINGS_SHORT <= 16, "kinds are bits of uint16_t");
#define OPENINGS_FIRST_APART OPENINGS_SHORT /* from here on kinds are bits, see `apart` below */
#define OPENINGS_INK 16u
#define OPENINGS_DIGITS 5u
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

#define OPENINGS_GROUPS 32u
#define OPENINGS_TRIPLES 32768u

/* By the groups of the first three bytes of a place, whether anything may begin there at all. */
struct openings {
    struct automaton *automata[OPENINGS_KINDS];
    size_t counts[OPENINGS_KINDS];
    struct literals *literals;
    uint8_t letters[256];                     /* groups of bytes: letters without case ... */
    uint32_t anywhere[OPENINGS_TRIPLES / 32]; /* ... for these kinds, as bits */
    uint8_t shapes[256];                      /* groups of bytes: capitals, digits ... */
    uint16_t apart[OPENINGS_TRIPLES];         /* ... for kinds from OPENINGS_FIRST_APART on */
    bool begins_blank;                        /* one of these may */
};

static inline unsigned openings_bit(enum openings_kind kind)
{
    return 1u << (kind - OPENINGS_FIRST_APART);
}

void openings_fill_begins(struct openings *openings);

#endif
