/* SPDX-License-Identifier: Apache-2.0 */
/* exact_builder_cells: the cells of a table on their way into an index. Private to exact_builder.
 */
#ifndef CULVERT_RULESETS_DETECTION_EXACT_EXACT_BUILDER_CELLS_H
#define CULVERT_RULESETS_DETECTION_EXACT_EXACT_BUILDER_CELLS_H

#include "rulesets/detection/exact/exact_builder.h"

struct built_cell {
    uint64_t tag;
    uint64_t filter; /* its place in the filter */
    uint32_t place;  /* in the table, and EXACT_SHARED: it is short */
    uint32_t mark;
};

/* Hashes of rows, to know them again. */
struct row_set {
    uint64_t *slots; /* 0: free */
    size_t cap, count;
};

struct exact_builder {
    struct exact_head head;
    struct exact_keys keys;
    unsigned char names[EXACT_COLUMNS_MAX][EXACT_NAME_SIZE];
    struct exact_sizes sizes;
    struct built_cell *cells;
    size_t count, cap;
    struct row_set seen;
    struct exact_report report;
};

/* The cells that are equal to cells[first]: where they end; whether they find no row alone. */
size_t built_cells_end(const struct exact_builder *builder, size_t first, bool *weak_out);

#endif
