/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openings: one pass over a text that tells where matches of many expressions may begin, in front
 * of Oniguruma, which decides there. It knows the first bytes of every match, and for numbers and
 * tokens all of it; it may tell of too much, never of too little. Our own, so there with every
 * build. Made with the policy, in its arena; immutable; any thread.
 */
#ifndef CULVERT_SCANNER_OPENINGS_H
#define CULVERT_SCANNER_OPENINGS_H

#include "engine/base/arena.h"
#include "engine/base/ascii.h"
#include "engine/scanner/literals.h"

struct openings;

#define OPENINGS_ANY_WIDTH SIZE_MAX

struct opening {
    struct span expression; /* as dialect.h writes it */
    bool starts_apart;      /* only matches in front of which no token character stands count */
    bool ends_apart;        /* the same behind them */
    bool sharp;             /* a sharp s of the text may stand for two letters s */
    bool may_sleep;         /* is not looked for in every text */
    size_t width;           /* set: bytes of a match at most; OPENINGS_ANY_WIDTH: any number */
    bool held;              /* set: it is looked for here; else it is too large */
};

/* Numbers of rows are those in `items`. */
struct openings *openings_new(struct opening *items, size_t count, struct arena *arena);

/* The row may begin at `start`. The starts of one row ascend; the same one may come again. */
typedef void openings_found(uint32_t row, size_t start, void *arg);

/* Which rows are looked for, in `awake`, in a form that is fast to ask. In the arena. */
struct openings_awake;
const struct openings_awake *openings_wake(const struct openings *openings, const bool *awake,
                                           struct arena *arena);

struct openings_look {
    struct span text;
    const struct openings_awake *awake;
    enum literals_by by;
    openings_found *found;
    void *arg;
};

/* Tells of starts in [from, end), which are OPENINGS_PART at most, in ascending order. */
void openings_scan(const struct openings *openings, const struct openings_look *look, size_t from,
                   size_t end);
#define OPENINGS_PART ((size_t)64 << 10)

/* How large it is, for tests and measuring. */
struct openings_size {
    size_t automata, states, bytes;
};
struct openings_size openings_size(const struct openings *openings);

#endif
