/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dictionary_csv: comma-separated values (RFC 4180) as people write them: a byte order mark, CRLF,
 * LF or CR, typographic quotation marks, of which the closing one may be another than the opening
 * one asks for. Main thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_DICTIONARY_CSV_H
#define CULVERT_RULESETS_DETECTION_DICTIONARY_CSV_H

#include "engine/base/arena.h"

#define CSV_CELLS_MAX 3u /* of a row; a further one is an error */

struct csv_row {
    struct span cells[CSV_CELLS_MAX]; /* without quotation marks; in the arena */
    size_t columns[CSV_CELLS_MAX];    /* where each begins, in characters from 1 */
    size_t count;
    size_t line; /* from 1 */
};

/* Where something is wrong, and what. */
struct csv_problem {
    size_t line, column;
    const char *what; /* a constant; NULL: nothing */
};

struct csv {
    struct span text;
    size_t at;
    size_t line, line_start;
    struct arena *arena;
    struct csv_problem problem;
};

void csv_open(struct csv *csv, struct span text, struct arena *arena);

/* The next row that is not empty. false: there is none, or see csv->problem. */
bool csv_next(struct csv *csv, struct csv_row *row);

#endif
