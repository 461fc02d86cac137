/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv: comma-separated values (RFC 4180) as people write them: a byte order mark, CRLF, LF or CR,
 * typographic quotation marks, of which the closing one may be another than the opening one asks
 * for; the separator may be another character. Row by row, whatever the size of the text. One
 * thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_CSV_H
#define CULVERT_RULESETS_DETECTION_CSV_H

#include "engine/base/attrs.h"
#include "engine/base/buf.h"

struct csv_cell {
    size_t off, len;       /* in the bytes of the row, without quotation marks */
    size_t at, line_start; /* where it begins, and its line */
};

/* Where something is wrong, and what. */
struct csv_problem {
    size_t line, column;
    const char *what; /* the caller's or a constant; NULL: nothing */
};

struct csv {
    struct span text;
    char separator;
    size_t cells_max;     /* of a row; a further one is an error */
    const char *too_many; /* that says this */
    size_t at;
    size_t line, line_start;
    struct buf bytes; /* of the row */
    struct csv_cell *cells;
    size_t row_line; /* from 1 */
    size_t count;    /* cells of the row */
    struct csv_problem problem;
};

/* To be ended. */
void csv_open(struct csv *csv, struct span text, char separator, size_t cells_max,
              const char *too_many);
void csv_fini(struct csv *csv);

/* The next row that is not empty. false: there is none, or see csv->problem. */
bool csv_next(struct csv *csv) MUST_USE;

/* A cell of the row, without blanks at its ends, until the next one; empty where there is none. */
struct span csv_cell(const struct csv *csv, size_t index);

/* Where it begins, in characters of its line from 1. */
size_t csv_column(const struct csv *csv, size_t index);

#endif
