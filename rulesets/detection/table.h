/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table: comma-separated values (RFC 4180, also with ';', tab or '|') in a text, by its looks, and
 * the head of the column that something stands in. In the arena of the inspection; one thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_TABLE_H
#define CULVERT_RULESETS_DETECTION_TABLE_H

#include "engine/base/arena.h"

struct table;

/* NULL: the text is no table. Linear. */
struct table *table_open(struct span text, struct arena *arena);

/* The head of the column in which text [off ...) stands; false: in none, or in the head itself. */
bool table_head(const struct table *table, size_t off, size_t *off_out, size_t *len_out);

#endif
