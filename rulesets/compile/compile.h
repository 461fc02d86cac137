/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compile: "rulesets" and "constraints" of a configuration turned into trees of rules that
 * inspect() runs. Everything is in the arena of the policy, immutable from then on and shared by
 * all threads; patterns are freed with the arena, so compile and free on the main thread.
 * Complaints go through the reader, all of a run.
 */
#ifndef CULVERT_RULESETS_COMPILE_COMPILE_H
#define CULVERT_RULESETS_COMPILE_COMPILE_H

#include "config/reader/node.h"

struct ruleset;
struct rulesets;

/* Reads both keys of `root`, the whole configuration. NULL when anything was wrong. */
struct rulesets *rulesets_compile(struct reader *reader, const struct node *root,
                                  struct arena *arena) MUST_USE;

/* NULL: no ruleset of that name, or it is not enabled. */
const struct ruleset *rulesets_find(const struct rulesets *rulesets, struct span name);

/* For "did you mean": NULL-terminated, sorted as configured. */
/* Whether there is one of that name that is disabled. */
bool rulesets_has_disabled(const struct rulesets *rulesets, struct span name);
const char *const *rulesets_names(const struct rulesets *rulesets);

/*
 * What a ruleset must be to serve a service of SMTP: its first rule is extract "SMTP Message", and
 * everything below fits. Complains at `user` (the "ruleset" of the service) and at the rules.
 */
bool ruleset_check_top(const struct ruleset *ruleset, struct reader *reader,
                       const struct node *user) MUST_USE;

/* Whether any rule in it, or in a ruleset that it refers to, sets or removes that header field. */
bool ruleset_sets_header(const struct ruleset *ruleset, struct span header_name);

/* Whether any rule in it, or in a ruleset that it refers to, asks who is logged in: in a condition
 * or by %(user)s in a text. */
bool ruleset_asks_user(const struct ruleset *ruleset);

/* Told of an address that a rule names, at that key of the rule; false ends it. */
typedef bool address_visitor(struct span address, const struct node *rule, const char *key,
                             void *arg);

/* Calls `visit` for each address in it, or in a ruleset that it refers to, that is always the same;
 * returns what it returned last. */
bool ruleset_each_address(const struct ruleset *ruleset, address_visitor *visit, void *arg);

/* Of "rulesets" and "constraints" items, for the table of the top level and the schema. */
extern const struct key_table ruleset_keys;
extern const struct key_table constraint_keys;

/* Every table of this layer, NULL-terminated. */
extern const struct key_table *const ruleset_key_tables[];

#endif
