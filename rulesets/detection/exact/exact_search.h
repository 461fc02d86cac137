/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exact_search: the rows of an index in a text. Private to exact; any thread.
 *
 * A cell is found where words in a row come to the same (exact_text.h). Of overlapping cells of a
 * row only the longest counts, the first of equally long ones. A row is found where, from the first
 * character of one of its cells to the last of another, not more than `within` of them, as many
 * different ones stand as the match asks for, one in each column, required columns among them, and
 * at least one that finds a row alone. Then all cells of the row that are there are told.
 */
#ifndef CULVERT_RULESETS_DETECTION_EXACT_EXACT_SEARCH_H
#define CULVERT_RULESETS_DETECTION_EXACT_EXACT_SEARCH_H

#include "rulesets/detection/exact/exact_index.h"

/* "within": a line; so long it may be, in characters. */
#define EXACT_LINE 10000u

struct exact_find {
    uint32_t off, len;
    uint32_t row;    /* of the table, from 0 */
    uint64_t cell;   /* columns that this cell is of */
    uint64_t around; /* columns of all cells of the row here */
    bool first;      /* of the cells of the row here */
};

/* false: that is enough. */
typedef bool exact_found(const struct exact_find *find, void *arg);

enum exact_result { EXACT_DONE, EXACT_ENOUGH, EXACT_LATE };

/* `text`: valid UTF-8 of less than 4 GiB. In no order. */
enum exact_result exact_search(const struct exact_match *match, struct span text,
                               uint64_t deadline_ns, exact_found *found, void *arg) MUST_USE;

#endif
