/* SPDX-License-Identifier: Apache-2.0 */
/* hides: whether a rule, or what it refers to, edits what it is given. */
#include "rulesets/compile/rule.h"

static bool rules_hide(const struct rule *rules, size_t count);

bool rule_hides(const struct rule *rule)
{
    if (!rule->enabled)
        return false;
    if (rule->action == ACTION_TRANSFORM)
        return rule->is.transform.class->edits_piece;
    if (rule->action == ACTION_RULESET)
        return rules_hide(rule->is.reference.ruleset->rules,
                          rule->is.reference.ruleset->rule_count);
    for (size_t i = 0; rule->action == ACTION_EXTRACT && i < rule->is.extract.pattern_count; i++) {
        const struct ruleset *ruleset = rule->is.extract.patterns[i].ruleset;
        if (ruleset && rules_hide(ruleset->rules, ruleset->rule_count))
            return true;
    }
    return rules_hide(rule->rules, rule->rule_count);
}

static bool rules_hide(const struct rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (rule_hides(&rules[i]))
            return true;
    }
    return false;
}
