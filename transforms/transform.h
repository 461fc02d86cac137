/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform: the interface of one kind of Transform rule. A new transform is one file that defines
 * a `struct transform_class` and one line in registry.c.
 */
#ifndef CULVERT_TRANSFORMS_TRANSFORM_H
#define CULVERT_TRANSFORMS_TRANSFORM_H

#include "config/reader/node.h"
#include "transforms/changes.h"
#include "transforms/hides.h"

struct transform_context {
    struct arena *arena;
    struct views *views;
    struct changes *changes;
    struct hides *hides; /* what the transforms wanted to edit */
    const char *rule;    /* "Mask", or as named: for texts */
    const char *place;   /* names the rule for an administrator: for conflicts */
    uint64_t deadline_ns;
    bool record_only; /* another reading of an uncertain message: note the edits, make none */
};

enum transform_result {
    TRANSFORM_DONE,
    TRANSFORM_NOTHING,   /* there was nothing to change */
    TRANSFORM_FAILED,    /* `err` says why: the message must not leave as it is */
    TRANSFORM_OVER_LIMIT /* a pattern hit its limit: not inspected */
};

/* Is told of each template of a transform and the key that it was read from. */
typedef void template_visitor(const struct template *t, const char *key, void *arg);

struct transform_class {
    const char *name; /* "Mask" */
    const struct key_table *keys;
    size_t settings_size;
    const void *defaults; /* settings_size bytes */
    bool edits_piece;     /* changes the piece it is given: not for read-only pieces */
    /* After the keys were read: cross-checks, compiling. NULL: nothing to do. Complains itself. */
    bool (*finish)(void *settings, const struct node *node, struct reader *reader);
    enum transform_result (*apply)(const void *settings, struct piece *piece,
                                   struct transform_context *context, struct error *err);
    /* Either may be NULL: no templates; sets no header field. */
    void (*each_template)(const void *settings, template_visitor *visit, void *arg);
    bool (*sets_header)(const void *settings, struct span name);
};

/* NULL-terminated. */
extern const struct transform_class *const transform_classes[];
const struct transform_class *transform_by_name(struct span name); /* as same_word() */

/*
 * An edit of the piece's view, [off, off+len) counted in the view. What a transform wants of a
 * piece goes through here or transform_write(): so it is on record for the other readings.
 */
bool transform_edit(struct transform_context *context, struct piece *piece, struct edit edit,
                    struct error *err) MUST_USE;

/* Replaces the whole piece by what the template says; late, when it captures text. */
bool transform_write(struct transform_context *context, struct piece *piece, enum edit_kind kind,
                     const struct template *text, struct error *err) MUST_USE;

/* Compiles a template of a rule; complains at the key of `node` and returns NULL. */
const struct template *transform_template(struct reader *reader, const struct node *node,
                                          const char *key, struct span text);

#endif
