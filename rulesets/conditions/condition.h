/* SPDX-License-Identifier: Apache-2.0 */
/*
 * condition: `when` and the named `constraints`: what must hold of the envelope, the header's
 * addresses, the size and the tags before a rule is tried. All parts must hold. A condition opens
 * no text of the message. Compiled with the policy, immutable, any thread.
 */
#ifndef CULVERT_RULESETS_CONDITIONS_CONDITION_H
#define CULVERT_RULESETS_CONDITIONS_CONDITION_H

#include "config/reader/node.h"
#include "rulesets/conditions/asked.h"
#include "transforms/changes.h"

struct condition;
struct own_domains;

/* A named condition. */
struct constraint {
    struct span name;
    const struct condition *condition;
    struct node node;
};

struct constraint_list {
    struct constraint *items;
    size_t count;
    const char **names;            /* NULL-terminated, for "did you mean" */
    const struct own_domains *own; /* NULL: none are configured */
    size_t question_count;         /* about addresses, of all conditions so far */
};

/* "constraints" and "own_domains" of `root`, the whole configuration. */
bool constraints_read(struct reader *reader, const struct node *root,
                      struct constraint_list *out) MUST_USE;

/* NULL when anything was wrong. */
const struct condition *condition_read(struct reader *reader, const struct node *node,
                                       struct constraint_list *constraints);

/* What of a condition does not hold. */
struct unmet {
    const char *constraint; /* its name; NULL: the condition itself */
    const char *part;       /* "recipients" */
    const char *where;      /* "envelope" or "header"; NULL: it is about neither */
    const char *quantifier; /* "any_not"; NULL: it has none */
};

/* NULL holds. On false `why_out` says why. */
bool condition_holds(const struct condition *condition, struct asked *asked,
                     const struct changes *changes, struct unmet *why_out);

/* For an administrator; in the arena. */
const char *unmet_text(const struct unmet *unmet, struct arena *arena);

/* Whether it is about who is logged in. */
bool condition_asks_user(const struct condition *condition);

extern const struct key_table when_keys;
extern const struct key_table constraint_keys;
extern const struct key_table address_keys;
extern const struct key_table quantifier_keys;
extern const struct key_table client_keys;
extern const struct key_table size_keys;

#endif
