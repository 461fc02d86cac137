/* SPDX-License-Identifier: Apache-2.0 */
/* openings_build: automata of openings. Private to engine/scanner. */
#ifndef CULVERT_SCANNER_OPENINGS_BUILD_H
#define CULVERT_SCANNER_OPENINGS_BUILD_H

#include "engine/scanner/literals.h"
#include "engine/scanner/needs.h"
#include "engine/scanner/nfa.h"
#include "engine/scanner/openings.h"
#include "engine/scanner/shapes.h"
#include "engine/scanner/sieve.h"

#define OPENINGS_BUCKETS 64u  /* of a family: kinds that begin apart, others */
#define OPENINGS_AUTOMATA 64u /* of a bucket; rows of more are not held */

/* By what tells where something may begin: literals, or its first bytes alone; that no token goes
 * on in front of it, and its first bytes; the same, and many bytes without a blank; the same, and
 * '@' before a blank. */
enum openings_family_of {
    OPENINGS_SOME,
    OPENINGS_APART,
    OPENINGS_LONG,
    OPENINGS_AT,
    OPENINGS_FAMILIES
};

/* What tells of all of OPENINGS_APART, 64 places at a time. A low byte is a small letter or a
 * blank.
 */
enum openings_gate {
    OPENINGS_DIGIT = 1,       /* NEEDS_DIGIT */
    OPENINGS_MARK = 2,        /* NEEDS_MARK_SOON */
    OPENINGS_CAPITALS = 4,    /* neither of the first two bytes is low */
    OPENINGS_CAPITAL_FAR = 8, /* the first is not low; NEEDS_FAR_DIGIT */
    OPENINGS_ANY = 16
};

/* An alternative of a row, with where its states begin. */
struct openings_member {
    uint32_t row, start;
    unsigned needs;
    bool may_sleep;
    struct nfa_set first[NFA_FIRST]; /* what may stand at its first places ... */
    struct nfa_set deep;             /* ... and behind these */
    unsigned bucket;                 /* of its family */
};

static inline enum openings_family_of openings_family_of(const struct openings_member *member)
{
    if ((member->needs & NEEDS_APART) == 0 || (member->needs & NEEDS_LITERAL) != 0)
        return OPENINGS_SOME;
    if ((member->needs & NEEDS_AT) != 0)
        return OPENINGS_AT;
    return (member->needs & (NEEDS_INK | NEEDS_TOKEN)) != 0 ? OPENINGS_LONG : OPENINGS_APART;
}

/* Sets `bucket` of the members of a family: those that begin alike share one. Returns how many
 * there are. */
size_t openings_find_buckets(struct openings_member *members, size_t count,
                             enum openings_family_of family);

/* With all that begins neither apart nor with a literal. */
void openings_fill_sieve(struct openings_member *members, size_t count, struct sieve *sieve);

#define AUTOMATON_ROWS 64u

/*
 * Sets of its rows are bits by index. The states stand side by side in `states`, each of as many
 * words as it needs, and are named by where theirs begin: a word of the rows that end there or may
 * go on, an empty set if it is dead; then the next state by class, two bytes each. In front of a
 * state that tells of rows stand two words of these: those that it always tells of, and those that
 * it tells of where no token goes on behind.
 */
struct automaton {
    uint8_t classes[256];
    uint64_t *states;
    uint32_t start;
    uint32_t telling; /* states from here on tell of rows */
    size_t class_count, state_count, words;
    uint32_t rows[AUTOMATON_ROWS];
    size_t row_count;
    size_t number; /* among all */
};

static inline uint32_t automaton_next(const uint64_t *state, uint8_t class)
{
    uint16_t next;
    memcpy(&next, (const char *)(state + 1) + class * sizeof next, sizeof next);
    return next;
}

/* Of AUTOMATON_ROWS members at most. false: it would be too large. */
bool automaton_build(const struct nfa *nfa, const struct opening *items,
                     const struct openings_member *members, size_t count, struct arena *arena,
                     struct automaton *out) MUST_USE;

struct openings_bucket {
    unsigned needs; /* of all in it */
    struct automaton *automata;
    size_t count;
};

struct openings_family {
    struct openings_bucket buckets[OPENINGS_BUCKETS];
    size_t count;
    uint64_t first[NFA_FIRST][256]; /* buckets for which a byte may stand there, as bits */
    uint64_t deep[256];             /* ... or behind these, before NFA_DEEP */
    uint64_t shapes[SHAPES];        /* ... or a number of this shape begin */
};

struct openings {
    struct openings_family families[OPENINGS_FAMILIES];
    struct literals *literals;
    struct sieve sieve; /* of OPENINGS_SOME, but for literals */
    unsigned gates;     /* of OPENINGS_APART: enum openings_gate */
    uint8_t marks[256]; /* enum shapes_mark of each byte */
    bool begins_blank;  /* one that begins apart may do so with a blank */
    size_t automata;    /* in all */
};

#endif
