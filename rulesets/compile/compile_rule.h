/* SPDX-License-Identifier: Apache-2.0 */
/* compile_rule: one rule and what is below it, from its JSON. Main thread, while loading. */
#ifndef CULVERT_RULESETS_COMPILE_COMPILE_RULE_H
#define CULVERT_RULESETS_COMPILE_COMPILE_RULE_H

#include "rulesets/compile/rule.h"

struct compiler {
    struct reader *reader;
    struct rulesets *rulesets;
    struct detection *detection;
    unsigned depth;
};

/* The items of a "rules" array. false when anything was wrong; the rules are there all the same, so
 * that more can be checked. */
bool compile_rules(struct compiler *compiler, const struct node *array, struct rule **rules_out,
                   size_t *count_out);

/* By action; the node's own keys are read with `tables` in front. */
bool compile_extract(struct compiler *compiler, const struct node *node, struct rule *rule);
bool compile_leaf(struct compiler *compiler, const struct node *node, struct rule *rule);
bool compile_dispose(struct compiler *compiler, const struct node *node, struct rule *rule);
bool compile_user(struct compiler *compiler, const struct node *node, struct rule *rule);
bool compile_detect(struct compiler *compiler, const struct node *node, struct rule *rule);

/* Gives each ruleset that can serve a service a lookout for all that its rules detect. */
void compile_lookouts(struct compiler *compiler);

/* Gives all a set of the patterns over the body, where there are many. */
void compile_pattern_set(struct compiler *compiler);

/* Reads `node` through the keys of all rules and one or two tables more. */
bool compile_read(struct compiler *compiler, const struct node *node, struct rule *rule,
                  const struct key_table *table, void *out, const struct key_table *more,
                  void *more_out);

/* "Extract", "Transform" ...: the key's word with a capital. */
extern const struct key_table rule_keys, extract_keys, extract_header_keys, extract_body_keys,
    extract_attachment_keys, extract_text_keys, pattern_row_keys, transform_rule_keys, exit_keys,
    error_rule_keys, error_keys, log_rule_keys, log_keys, dispose_keys, reference_keys, user_keys,
    detect_keys;

#endif
