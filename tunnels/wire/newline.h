/* SPDX-License-Identifier: Apache-2.0 */
/*
 * newline: finds, 64 bytes at a time, the places in a message that DATA cares about: a dot that
 * begins a line, a CR without LF, an LF without CR. Shared by the two sides of data.h. Pure.
 */
#ifndef CULVERT_WIRE_NEWLINE_H
#define CULVERT_WIRE_NEWLINE_H

#include "engine/base/span.h"

/* What stands before the next byte. */
enum newline_state {
    NEWLINE_START, /* CRLF, or nothing at all */
    NEWLINE_LINE,  /* a byte of a line */
    NEWLINE_CR     /* a CR; an LF is due */
};

/* Counters that the search keeps; `bytes` and `line` move with every byte that is passed. */
struct newline_counts {
    uint64_t bytes;
    uint64_t line; /* bytes since the line began, its CR included */
    uint64_t lines;
    uint64_t longest;
    uint64_t nul_at; /* UINT64_MAX: none so far */
    bool has_8bit;
};

/*
 * Passes bytes until one that is not in order: offset of a '.' in state START, of a byte that is
 * not LF in state CR, of an LF in another state; s.len when there is none. *state is the one before
 * that byte. `counts` may be NULL.
 */
size_t newline_scan(struct span s, enum newline_state *state, struct newline_counts *counts);

/* A line end at `counts`, of which the line's last `tail` bytes are part of it already. */
void newline_count_line(struct newline_counts *counts, uint64_t tail);

#endif
