/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exact_builder: makes an index of a table, row by row, in some 40 bytes of memory a cell. Its
 * owner's; one thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_EXACT_EXACT_BUILDER_H
#define CULVERT_RULESETS_DETECTION_EXACT_EXACT_BUILDER_H

#include "engine/base/error.h"
#include "rulesets/detection/exact/exact_format.h"

struct exact_builder;

/* `names` of columns: of valid UTF-8 without controls, shorter than EXACT_NAME_SIZE, up to
 * EXACT_COLUMNS_MAX. A cell in more than `common` rows, EXACT_COMMON_MAX at most, is of use beside
 * others alone. */
struct exact_builder *exact_builder_new(const struct index_key *key, const struct span *names,
                                        uint32_t columns, uint32_t common);
void exact_builder_free(struct exact_builder **builder);

/* As many cells as there are columns, of valid UTF-8. false: the table is too large. */
bool exact_builder_add(struct exact_builder *builder, const struct span *cells) MUST_USE;

/* What became of the cells of a column. */
struct exact_column {
    size_t empty, too_short, too_long;
    size_t weak;   /* that find no row alone: they stand in too many rows, or are short */
    size_t strong; /* all others */
};

struct exact_report {
    size_t rows, repeated; /* of these, those that an earlier row is equal to */
    size_t cells;          /* different ones in the index */
    size_t bytes;
    struct exact_column columns[EXACT_COLUMNS_MAX];
};

/* Once, behind the last row. false: the table is too large. */
bool exact_builder_end(struct exact_builder *builder, struct exact_report *out) MUST_USE;

/* Behind that: the index, in report.bytes bytes at a multiple of eight. */
void exact_builder_fill(const struct exact_builder *builder, char *out);

/* The same into a file, which appears when it is whole; mode 0640. */
bool exact_builder_write(const struct exact_builder *builder, const char *path,
                         struct error *err) MUST_USE;

#endif
