/* SPDX-License-Identifier: Apache-2.0 */
/* values: one JSON value as what its key wants. Private to the reader. Main thread. */
#ifndef CULVERT_CONFIG_VALUES_H
#define CULVERT_CONFIG_VALUES_H

#include "config/reader/node.h"

/* Reads `node` as `key` says into structure + key->offset; complains. */
bool value_fill(struct reader *reader, const struct node *node, const struct key *key,
                char *structure) MUST_USE;

/* "integer 1..65535"; in the arena or a constant. */
const char *value_expected(struct arena *arena, const struct key *key);

#endif
