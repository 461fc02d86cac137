/* SPDX-License-Identifier: Apache-2.0 */
/*
 * changes: what transforms want of the message as a whole: header fields set, added, removed; tags;
 * a prefix of the subject. Collected while the rules run, turned into edits of the root and of the
 * Subject's view at the end, in the order in which the rules asked. One per inspection.
 */
#ifndef CULVERT_TRANSFORMS_CHANGES_H
#define CULVERT_TRANSFORMS_CHANGES_H

#include "transforms/template.h"

struct changes;

enum header_operation { HEADER_SET, HEADER_REMOVE };
enum if_exists { IF_EXISTS_REPLACE, IF_EXISTS_APPEND, IF_EXISTS_KEEP };

struct changes *changes_new(struct arena *arena);

void changes_header(struct changes *changes, enum header_operation operation, struct span name,
                    const struct template *value, const struct template_values *values,
                    enum if_exists if_exists);
/* Adds the tag once; it is listed in X-Culvert-Tags when any adding of it wanted `in_header`. */
void changes_tag(struct changes *changes, struct span tag, bool in_header);
bool changes_has_tag(const struct changes *changes, struct span tag);
void changes_subject_prefix(struct changes *changes, const struct template *prefix,
                            const struct template_values *values);
/* A field of our own, in front of all others; fields of that name that came in go. */
void changes_own_field(struct changes *changes, struct span name, struct span value);

size_t changes_count(const struct changes *changes);
/* "a, b"; in the arena. */
struct span changes_tags(const struct changes *changes, struct arena *arena);

/* Turns all into edits. Before views_seal(), after the last rule. */
bool changes_apply(struct changes *changes, struct views *views, struct error *err) MUST_USE;

#endif
