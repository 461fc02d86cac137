/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exact_table: a table as comma-separated values, its first line the names of the columns, on its
 * way into an index. One thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_EXACT_EXACT_TABLE_H
#define CULVERT_RULESETS_DETECTION_EXACT_EXACT_TABLE_H

#include "rulesets/detection/exact/exact_builder.h"

struct exact_table {
    struct span text;
    char separator;
    uint32_t common; /* as exact_builder_new() has it */
};

/* What the columns are called. */
struct exact_heads {
    struct span names[EXACT_COLUMNS_MAX];
    char bytes[EXACT_COLUMNS_MAX][EXACT_NAME_SIZE];
    uint32_t count;
};

/* Reads all of it. NULL: `err` says "line:column: what is wrong". *short_out: rows with fewer cells
 * than there are columns. */
struct exact_builder *exact_table_read(const struct exact_table *table, const struct index_key *key,
                                       struct exact_heads *heads_out, struct exact_report *out,
                                       size_t *short_out, struct error *err) MUST_USE;

#endif
