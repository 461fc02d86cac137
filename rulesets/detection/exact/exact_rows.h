/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exact_rows: the rows that cells of a stretch of text belong to, and whether enough of a row is
 * there. Private to exact_search; one thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_EXACT_EXACT_ROWS_H
#define CULVERT_RULESETS_DETECTION_EXACT_EXACT_ROWS_H

#include "rulesets/detection/exact/exact_search.h"

/* A cell in the text. */
struct exact_hit {
    uint32_t off, end;
    uint32_t first, last; /* characters */
    uint32_t line, last_line;
    struct exact_cell cell;
};

/* That a cell stands in a column of a row. */
struct exact_event {
    uint32_t place; /* of the table */
    uint32_t hit;
};

/* A cell of the row that is being judged. */
struct exact_item {
    uint32_t hit;
    uint64_t columns;
    bool strong;         /* finds the row alone */
    bool gone;           /* a longer one is over it */
    bool marked, joined; /* tells; with the one before */
};

struct exact_rows {
    const struct exact_match *match;
    uint64_t deadline_ns;
    exact_found *found;
    void *arg;
    enum exact_result result;

    struct exact_hit *hits; /* by place in the text */
    size_t hit_count, hit_cap;
    uint32_t *weak; /* those of cells that find no row */
    size_t weak_count, weak_cap;
    struct exact_event *events;
    size_t event_count, event_cap;
    struct exact_item *items;
    size_t item_count, item_cap;
};

/* Characters: how far from each other cells can be that have to do with each other. */
uint32_t exact_rows_reach(const struct exact_match *match);

void exact_rows_add(struct exact_rows *rows, const struct exact_hit *hit);

/* Tells the finds that begin at characters `from` to `before` - 1, of which and of whose neighbours
 * all hits are there. rows->result says whether to go on. */
void exact_rows_judge(struct exact_rows *rows, uint32_t from, uint32_t before);

/* Forgets the hits that begin in front of a character. Behind exact_rows_judge(). */
void exact_rows_forget(struct exact_rows *rows, uint32_t before);

void exact_rows_fini(struct exact_rows *rows);

#endif
