/* SPDX-License-Identifier: Apache-2.0 */
/* side_by_side: two texts in two columns for a terminal, lines that differ are marked. */
#ifndef CULVERT_COMMANDS_SIDE_BY_SIDE_H
#define CULVERT_COMMANDS_SIDE_BY_SIDE_H

#include "engine/base/buf.h"

/* Appends to `out`. Lines end with LF or CRLF; each column is `width` characters wide, what is
 * longer is cut with "…". At most SIDE_BY_SIDE_LINES lines of each text are looked at. */
#define SIDE_BY_SIDE_LINES 1000
void side_by_side(struct span left, struct span right, size_t width, struct buf *out);

#endif
