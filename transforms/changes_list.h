/* SPDX-License-Identifier: Apache-2.0 */
/* changes_list: the inside of `struct changes`, shared by the files that collect and apply it. */
#ifndef CULVERT_TRANSFORMS_CHANGES_LIST_H
#define CULVERT_TRANSFORMS_CHANGES_LIST_H

#include "transforms/changes.h"

struct header_change {
    enum header_operation operation;
    enum if_exists if_exists;
    struct span name;
    const struct template *value; /* NULL: `text` is it */
    struct template_values values;
    struct span text;
    bool masked;
    bool own; /* in front, and instead of all that came in unless it is to be appended */
    bool raw; /* `text` is written as it is */
};

struct tag {
    struct span text;            /* as captured: to compare, never written */
    const struct template *late; /* NULL: `text` holds nothing of the message */
    struct template_values values;
    struct span masked_text;
    struct span leaving; /* once tags_are_known */
    bool masked;
    bool in_header;
};

struct prefix {
    const struct template *text;
    struct template_values values;
    bool masked;
};

struct writing {
    struct piece *piece;
    enum edit_kind kind;
    const struct template *text;
    struct template_values values;
    const char *place;
    size_t edit; /* in piece->view->edits; SIZE_MAX: none */
};

struct changes {
    struct arena *arena;
    bool masked;
    const struct user_identity *user;
    struct header_change *headers;
    size_t header_count, header_cap;
    struct tag *tags;
    size_t tag_count, tag_cap;
    bool tags_are_known;
    struct span all_tags; /* while they are known */
    struct prefix *prefixes;
    size_t prefix_count, prefix_cap;
    struct writing *writings;
    size_t writing_count, writing_cap;
};

/* A tag, as changes_tag() returned it, as it leaves. */
struct span changes_tag_leaving(const struct changes *changes, struct span text);

/* The text of a change as it leaves; the tags stand in where the rule has none. */
struct span changes_expand(struct changes *changes, const struct template *text,
                           const struct template_values *values, bool masked);

#endif
