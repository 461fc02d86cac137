/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform: the interface of one kind of Transform rule. A new transform is one file that defines a
 * `struct transform_class` and one line in registry.c.
 */
#ifndef CULVERT_TRANSFORMS_TRANSFORM_H
#define CULVERT_TRANSFORMS_TRANSFORM_H

#include "config/reader/node.h"
#include "transforms/changes.h"

struct transform_context {
    struct arena *arena;
    struct views *views;
    struct changes *changes;
    const char *rule;
    uint64_t deadline_ns;
};

enum transform_result {
    TRANSFORM_DONE,
    TRANSFORM_NOTHING,  /* there was nothing to change */
    TRANSFORM_FAILED,   /* `err` says why: the message must not leave as it is */
    TRANSFORM_OVER_LIMIT /* a pattern hit its limit: not inspected */
};

struct transform_class {
    const char *name; /* "Mask" */
    const struct key_table *keys;
    size_t settings_size;
    const void *defaults; /* settings_size bytes */
    bool edits_piece; /* changes the piece it is given: not for read-only pieces */
    /* After the keys were read: cross-checks, compiling. NULL: nothing to do. Complains itself. */
    bool (*finish)(void *settings, const struct node *node, struct reader *reader);
    enum transform_result (*apply)(const void *settings, const struct piece *piece,
                                   struct transform_context *context, struct error *err);
};

/* NULL-terminated. */
extern const struct transform_class *const transform_classes[];
const struct transform_class *transform_by_name(struct span name); /* as same_word() */

#endif
