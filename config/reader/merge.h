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

/* The files of the folder `name`, in their order, as one; complains. */
bool merge_all(struct reader *reader, const char *name, struct document *const *files, size_t count,
               struct node *root_out) MUST_USE;

#endif
