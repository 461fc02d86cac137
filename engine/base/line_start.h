/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line_start: the search for lines by the byte that they begin with. Most lines of a text are of no
 * interest to who looks for a few marks, and each is short: to go from one to the next costs more
 * than to look at all bytes at once. Pure functions, any thread.
 */
#ifndef CULVERT_BASE_LINE_START_H
#define CULVERT_BASE_LINE_START_H

#include "engine/base/span.h"

/* Offset of the first byte at or behind `from` that begins a line (stands at offset 0 or behind an
 * LF) and is one of the three; text.len when there is none. Linear. */
size_t line_start_find(struct span text, size_t from, const char firsts[3]);

#endif
