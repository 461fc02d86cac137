/* SPDX-License-Identifier: Apache-2.0 */
/* scanning: what a pattern finds at its openings and in all of a text, for tests and fuzzing. */
#ifndef CULVERT_TESTS_SUPPORT_SCANNING_H
#define CULVERT_TESTS_SUPPORT_SCANNING_H

#include "engine/pattern/pattern.h"
#include "engine/scanner/dialect.h"

enum scanning {
    SCANNING_EQUAL,
    SCANNING_DIFFERS,
    SCANNING_NOT_HELD, /* or a text it is not good for, or a limit */
};

/* All finds, overlapping ones too: in all of the text, at the openings, and at those that the
 * library of literals tells of. */
enum scanning scanning_compare(const struct pattern *pattern, struct span text);

/* What is said of a row, as in struct opening. */
struct scanning_row {
    bool starts_apart, ends_apart, may_sleep;
};

/* Whether each match that begins at `from` or behind it and counts, overlapping ones too, begins
 * where the openings tell, with the library of literals and without, in order, and is no wider than
 * they say. */
enum scanning scanning_row_compare(const struct pattern *pattern, const struct scanning_row *row,
                                   struct span text, size_t from);

#endif
