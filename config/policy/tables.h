/* SPDX-License-Identifier: Apache-2.0 */
/* tables: the key tables of a whole configuration: for the schema and the reference. */
#ifndef CULVERT_CONFIG_TABLES_H
#define CULVERT_CONFIG_TABLES_H

#include "config/reader/schema.h"

extern const struct key_table top_key_table;

/* Every key table, the top level first; ends with NULL; in the arena. */
const struct key_table *const *policy_tables(struct arena *arena);

/* What config/culvert.schema.json holds. */
void policy_schema(struct buf *out);

#endif
