/* SPDX-License-Identifier: Apache-2.0 */
/*
 * changes: what transforms want of the message as a whole: header fields set, added, removed; tags;
 * a prefix of the subject. Collected while the rules run, turned into edits of the root and of the
 * Subject's view at the end, in the order in which the rules asked. One per inspection.
 */
#ifndef CULVERT_TRANSFORMS_CHANGES_H
#define CULVERT_TRANSFORMS_CHANGES_H

#include "transforms/template.h"
#include "transforms/user_identity.h"

struct changes;

enum header_operation { HEADER_SET, HEADER_REMOVE };
enum if_exists { IF_EXISTS_REPLACE, IF_EXISTS_APPEND, IF_EXISTS_KEEP };

/* More header fields than this cannot be asked for: changes_apply() fails. */
#define CHANGES_HEADERS_MAX 1000
/* A header value is cut here: RFC 5322 sets no limit, but servers do. */
#define CHANGES_VALUE_MAX 2000
/* Likewise of tags, each of which is cut at that many bytes. */
#define CHANGES_TAGS_MAX 1000
#define CHANGES_TAG_MAX 64

struct changes *changes_new(struct arena *arena);

/* From now on captured texts are masked: they come from another reading of the message, whose hides
 * are not those of the one that leaves. */
void changes_mask_captures(struct changes *changes);

/* set_user_identity: who it is for the rules from here on. NULL: who is logged in. */
const struct user_identity *changes_user(const struct changes *changes);
void changes_set_user(struct changes *changes, const struct user_identity *user);
/* Captured texts are masked from now on. */
bool changes_are_masked(const struct changes *changes);

void changes_header(struct changes *changes, enum header_operation operation, struct span name,
                    const struct template *value, const struct template_values *values,
                    enum if_exists if_exists);
/* Adds the tag once; it is listed in X-Culvert-Tags when any adding of it wanted `in_header`. What
 * would make two tags of it or end the line becomes "_". Returns it as captured: for
 * changes_subject_prefix() alone. */
struct span changes_tag(struct changes *changes, const struct template *tag,
                        const struct template_values *values, bool in_header);
/* By the text as captured. */
bool changes_has_tag(const struct changes *changes, struct span tag);
void changes_subject_prefix(struct changes *changes, const struct template *prefix,
                            const struct template_values *values);
/* A field of our own, in front of all others; fields of that name that came in go. */
void changes_own_field(struct changes *changes, struct span name, struct span value);
/* A field of our own whose value is written as it is, line ends included: it is folded already.
 * `alone`: fields of that name that came in go. */
void changes_raw_field(struct changes *changes, struct span name, struct span value, bool alone);
/* Fields of that name that came in go. */
void changes_remove_field(struct changes *changes, struct span name);

/* A piece to be replaced by a text that captures others: written when all rules have run. */
void changes_write_piece(struct changes *changes, struct piece *piece, enum edit_kind kind,
                         const struct template *text, const struct template_values *values,
                         const char *place);

/* "a, b", as they leave: when all rules have run. In the arena. */
struct span changes_tags(struct changes *changes);
/* Those that are to be listed in X-Culvert-Tags. */
struct span changes_header_tags(struct changes *changes, struct arena *arena);
/* With captured texts masked, at any time: for logs. */
struct span changes_tags_masked(const struct changes *changes, struct arena *arena);

/* Makes the edits of changes_write_piece(). After the last rule, and before changes_apply() or any
 * other text is expanded that is to show things as they leave. */
bool changes_write_pieces(struct changes *changes, uint64_t deadline_ns,
                          struct error *err) MUST_USE;

/* Turns all into edits. Before views_seal(), after the last rule. */
bool changes_apply(struct changes *changes, struct views *views, struct error *err) MUST_USE;

/* The "rule" of the edits that changes_apply() makes in the header. */
#define CHANGES_EDIT_RULE "header fields"

/* The name of the field that lists the tags. */
#define CHANGES_TAGS_FIELD "X-Culvert-Tags"

#endif
