/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema: the JSON Schema (draft 2020-12) of what a key table and all tables below it accept, for
 * editors: keys, types, words, ranges, defaults and what each is for. Main thread.
 */
#ifndef CULVERT_CONFIG_SCHEMA_H
#define CULVERT_CONFIG_SCHEMA_H

#include "config/reader/node.h"

/* Tables that a table has besides its own `also`, from a layer that it does not know. */
struct schema_more {
    const struct key_table *table;
    const struct key_table *const *also; /* ends with NULL */
};

/* Appends the schema, indented, with a newline at its end. `more` may be NULL. */
void schema_write(const struct key_table *top, const struct schema_more *more, const char *title,
                  struct buf *out);

/* Every table that can be reached from `top`, itself first; ends with NULL; in the arena. */
const struct key_table *const *schema_tables(const struct key_table *top,
                                             const struct schema_more *more, struct arena *arena);

#endif
