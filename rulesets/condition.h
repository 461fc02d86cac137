/* SPDX-License-Identifier: Apache-2.0 */
/*
 * condition: `when` and the named `constraints`: what must hold of the envelope, the size and the
 * tags before a rule is tried. All parts must hold. Compiled with the policy, immutable, any
 * thread.
 */
#ifndef CULVERT_RULESETS_CONDITION_H
#define CULVERT_RULESETS_CONDITION_H

#include "config/reader/node.h"
#include "engine/message/message.h"
#include "transforms/changes.h"

struct condition;

/* A named condition. */
struct constraint {
    struct span name;
    const struct condition *condition;
    struct node node;
};

struct constraint_list {
    struct constraint *items;
    size_t count;
    const char **names; /* NULL-terminated, for "did you mean" */
};

bool constraints_read(struct reader *reader, const struct node *array,
                      struct constraint_list *out) MUST_USE;

/* NULL when anything was wrong. */
const struct condition *condition_read(struct reader *reader, const struct node *node,
                                       const struct constraint_list *constraints) MUST_USE;

/* NULL holds. On false `why_out` says which part does not ("recipients"). */
bool condition_holds(const struct condition *condition, const struct message *message,
                     const struct changes *changes, const char **why_out);

/* Whether it is about who is logged in. */
bool condition_asks_user(const struct condition *condition);

extern const struct key_table when_keys;
extern const struct key_table constraint_keys;
extern const struct key_table quantifier_keys;
extern const struct key_table client_keys;
extern const struct key_table size_keys;

#endif
