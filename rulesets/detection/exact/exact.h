/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exact: rows of tables that are known by their cells ("exact_matches" of a configuration): an
 * index that `culvert index exact` made of a table, and how many cells of one row must stand how
 * near each other to be a find (engine/decisions/0035). Read on the main thread, in its arena,
 * which also holds the mapped index; immutable; any thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_EXACT_EXACT_H
#define CULVERT_RULESETS_DETECTION_EXACT_EXACT_H

#include "config/reader/node.h"

struct exact_index;
struct looking;
struct subject;

#define EXACT_COLUMNS_MAX 64u

struct exact_match {
    const char *name;
    const struct exact_index *index;
    uint64_t columns;  /* that count, a bit each */
    uint64_t required; /* of these, that must be among the found ones */
    unsigned match;    /* columns of one row, at least */
    uint32_t within;   /* characters from the first cell's begin to the last one's end; 0: a line */
    struct node node;  /* where it stands, for complaints */
};

struct exact_matches {
    struct exact_match *items;
    size_t count, cap;
};

extern const struct key_table exact_match_table;

/* Reads `node`, an item of `exact_matches`, and opens its index, unless it is disabled. In
 * reader->arena. Complains and returns false when anything is wrong. */
bool exact_match_read(struct reader *reader, const struct node *node,
                      struct exact_matches *matches) MUST_USE;

/* The same for all of a list. */
bool exact_matches_read(struct reader *reader, const struct node *list,
                        struct exact_matches *out) MUST_USE;

/* How many rows its table has; the name of a column, UTF-8 without controls. */
size_t exact_match_rows(const struct exact_match *match);
struct span exact_match_column(const struct exact_match *match, unsigned column);

/*
 * For look(): a sighting for each cell of a row of which enough cells stand near each other: `term`
 * is the number of the row in its table, from 1; `weight` is 1 for the first cell of each such
 * place and 0 for the others, so a sum of weights counts rows; evidence.detail names the columns.
 * Linear, within the limits of the look.
 */
void look_for_exact(struct looking *looking, const struct subject *subject);

#endif
