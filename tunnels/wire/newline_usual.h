/* SPDX-License-Identifier: Apache-2.0 */
/* newline_usual: the blocks of a text in which all is in order, fast. Part of newline. */
#ifndef CULVERT_WIRE_NEWLINE_USUAL_H
#define CULVERT_WIRE_NEWLINE_USUAL_H

#include "tunnels/wire/newline.h"

/* Carried from one block to the next: 1 or 0, said of the first byte of the next. */
struct newline_carry {
    uint64_t cr;    /* a CR stands before it */
    uint64_t start; /* a line begins with it */
};

/* Passes blocks of NEWLINE_BLOCK bytes up to the first that has something out of order or rare (a
 * CR or LF alone, a dot at the start of a line, a NUL); returns how many, and counts them. */
size_t newline_pass_usual(const char *bytes, size_t blocks, struct newline_carry *carry,
                          struct newline_counts *counts);

#endif
