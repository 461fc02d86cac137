/* SPDX-License-Identifier: Apache-2.0 */
/* addresses: those that the rules of a ruleset send mail to. */
#include "rulesets/compile/compile.h"
#include "rulesets/compile/rule.h"

struct visiting {
    address_visitor *visit;
    void *arg;
};

static bool visit_rules(const struct visiting *visiting, const struct rule *rules, size_t count);

static bool visit_list(const struct visiting *visiting, const struct rule *rule,
                       const struct template_list *list, const char *key)
{
    struct template_values nothing = {.piece = NULL};
    for (size_t i = 0; i < list->count; i++) {
        struct arena *arena = arena_new();
        bool good = !template_is_fixed(list->items[i]) ||
                    visiting->visit(template_expand(list->items[i], &nothing, arena), &rule->node,
                                    key, visiting->arg);
        arena_free(&arena);
        if (!good)
            return false;
    }
    return true;
}

static bool visit_extract(const struct visiting *visiting, const struct extract *extract)
{
    for (size_t i = 0; i < extract->pattern_count; i++) {
        const struct ruleset *ruleset = extract->patterns[i].ruleset;
        if (ruleset && !visit_rules(visiting, ruleset->rules, ruleset->rule_count))
            return false;
    }
    return true;
}

static bool visit_rule(const struct visiting *visiting, const struct rule *rule)
{
    if (rule->action == ACTION_RECIPIENTS)
        return visit_list(visiting, rule, &rule->is.recipients.redirect, "redirect") &&
               visit_list(visiting, rule, &rule->is.recipients.bcc, "bcc");
    if (rule->action == ACTION_RULESET && rule->is.reference.ruleset)
        return visit_rules(visiting, rule->is.reference.ruleset->rules,
                           rule->is.reference.ruleset->rule_count);
    if (rule->action == ACTION_EXTRACT && !visit_extract(visiting, &rule->is.extract))
        return false;
    return visit_rules(visiting, rule->rules, rule->rule_count);
}

static bool visit_rules(const struct visiting *visiting, const struct rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (rules[i].enabled && !visit_rule(visiting, &rules[i]))
            return false;
    }
    return true;
}

bool ruleset_each_address(const struct ruleset *ruleset, address_visitor *visit, void *arg)
{
    struct visiting visiting = {visit, arg};
    return visit_rules(&visiting, ruleset->rules, ruleset->rule_count);
}
