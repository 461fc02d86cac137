/* SPDX-License-Identifier: Apache-2.0 */
/*
 * template: a text that a rule writes, with %(input)s, %(rule)s, %(tag)s, %(certificate_subject)s,
 * %(certificate_san)s and %(user)s of the client, and %(name)s of a named group (of this match or
 * an enclosing one); %% is a per cent sign. Expanded late, when all rules have run: a captured text
 * is written as it leaves, so what any rule hides stays hidden here too.
 */
#ifndef CULVERT_TRANSFORMS_TEMPLATE_H
#define CULVERT_TRANSFORMS_TEMPLATE_H

#include "transforms/leaving.h"
#include "transforms/piece.h"

struct template;

/* NULL when the text is malformed: `err` says what and where. Lives in `arena`. */
struct template *template_new(struct span text, struct arena *arena, struct error *err) MUST_USE;

/* The text of a replacement: \1 to \99, \k<name>, \\ and the names as above; groups are those of
 * `pattern`. */
struct template *template_new_replacement(struct span text, const struct pattern *pattern,
                                          struct arena *arena, struct error *err) MUST_USE;

/* Calls `check` for each name that the template uses, for "unknown name" at load; stops and returns
 * false when `check` does. */
bool template_each_name(const struct template *t, bool (*check)(struct span name, void *arg),
                        void *arg);

/* Whether a text from the message can be in it, be it through a tag. */
bool template_captures(const struct template *t);
/* Whether it is the same text always. */
bool template_is_fixed(const struct template *t);
bool template_uses_tag(const struct template *t);

/* Who set_user_identity says it is. Texts of the message in it are written as they leave. */
struct user_identity;

/* What the texts are filled with. */
struct template_values {
    struct piece *piece; /* NULL: captured texts are empty */
    const char *rule;
    struct span tag;                  /* ptr NULL: there is none */
    struct leaving *leaving;          /* NULL, or a quicker way to the texts as they leave */
    const struct user_identity *user; /* NULL: who is logged in */
};

/* How a captured text is written. */
enum showing { SHOW_LEAVING, SHOW_MASKED, SHOW_CAPTURED };
struct span template_show(const struct template *t, const struct template_values *values,
                          enum showing showing, struct arena *arena);

/* UTF-8 in the arena. Hidden stays hidden: hides that were added to the views count. */
struct span template_expand(const struct template *t, const struct template_values *values,
                            struct arena *arena);

/* The same with every captured text masked (for logs). */
struct span template_expand_masked(const struct template *t, const struct template_values *values,
                                   struct arena *arena);

/* The same with captured texts as they came in, each cut after 256 bytes: to compare, never to be
 * written. */
struct span template_expand_captured(const struct template *t, const struct template_values *values,
                                     struct arena *arena);

/* Letters and digits as asterisks; valid UTF-8 whatever came in. In the arena. */
struct span text_masked(struct span text, struct arena *arena);

#endif
