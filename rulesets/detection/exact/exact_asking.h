/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exact_asking: asks an index which words of a text are cells. Most of the time that takes is that
 * of waiting for memory, so the filter is read some words ahead, and what the last words were is
 * remembered. Private to exact_search; one thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_EXACT_EXACT_ASKING_H
#define CULVERT_RULESETS_DETECTION_EXACT_EXACT_ASKING_H

#include "rulesets/detection/exact/exact_rows.h"

#define EXACT_WAITING 32u

/* Words in a row that may be a cell. */
struct exact_candidate {
    uint64_t hash;
    uint64_t place; /* in the filter */
    uint32_t off, end;
    uint32_t first, last;
    uint32_t line, last_line;
    bool alone; /* one word */
};

/* What a text was. */
struct exact_known {
    uint64_t hash;
    bool is_cell;
    struct exact_cell cell;
};

struct exact_asking {
    const struct exact_index *index;
    struct span text;
    struct exact_rows *rows; /* gets the hits */
    struct exact_candidate waiting[EXACT_WAITING];
    uint64_t asked, answered;
    struct exact_known *known;
    size_t known_count; /* a power of two */
    uint64_t *no_cells; /* hashes of single words */
};

void exact_asking_init(struct exact_asking *asking, const struct exact_index *index,
                       struct span text, struct exact_rows *rows);
void exact_asking_fini(struct exact_asking *asking);

/* Asks for the words from one to the other. */
void exact_asking_add(struct exact_asking *asking, const struct exact_word *from,
                      const struct exact_word *to, uint64_t hash);

/* Waits for all answers. */
void exact_asking_end(struct exact_asking *asking);

#endif
