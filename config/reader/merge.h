/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge: the files of a folder as one tree. Lists of the same key append, objects merge key by key;
 * anything else that stands in two files is an error that names both. The tree remembers where each
 * value comes from. Private to the reader.
 */
#ifndef CULVERT_CONFIG_MERGE_H
#define CULVERT_CONFIG_MERGE_H

#include "config/reader/document.h"

struct origins;

void origins_free(struct origins **origins);

/* The node of a file that `node`, of a merged tree, or the value around it comes from. */
struct node origins_find(struct arena *arena, const struct node *node);

/* An empty merged tree. */
struct document *merge_new(struct reader *reader, const char *name);
/* Adds the tree of `document`; complains. */
bool merge_add(struct reader *reader, struct document *merged,
               const struct document *document) MUST_USE;

#endif
