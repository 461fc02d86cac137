/* SPDX-License-Identifier: Apache-2.0 */
/* exact_rig: indices of small tables in memory, and what they find, for tests. */
#ifndef CULVERT_TESTS_EXACT_RIG_H
#define CULVERT_TESTS_EXACT_RIG_H

#include "rulesets/detection/exact/exact_search.h"
#include "rulesets/detection/exact/exact_table.h"

struct exact_rig {
    struct index_key key;
    char *bytes; /* of the index */
    size_t size;
    struct exact_report report;
    size_t short_rows;
    struct exact_index *index; /* NULL: `err` says why */
    struct exact_match match;  /* of all columns, two of them, within 300 characters */
    struct error err;
};

struct exact_finds {
    struct exact_find *items;
    size_t count, cap;
};

/* Of a table as CSV. */
void exact_rig_open(struct exact_rig *rig, struct span table, uint32_t common);
void exact_rig_close(struct exact_rig *rig);

/* What is found in a text, by row, then by place. The caller frees the items. */
struct exact_finds exact_rig_search(const struct exact_match *match, struct span text);

#endif
