/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/compile/asks.h"

#include "rulesets/compile/compile.h"

static bool texts_ask(struct reader *reader, const struct node *node)
{
    struct span text;
    if (node_is_disabled(node))
        return false;
    if (node_string(node, &text))
        return span_find(text, SPAN("%(user)s")) != SPAN_NONE;
    bool asks = false;
    for (size_t i = 0; !asks && node_is_array(node) && i < node_count(node); i++) {
        struct node item = node_at(reader, node, i);
        asks = texts_ask(reader, &item);
    }
    if (!node_is_object(node))
        return asks;
    const char *const *keys = node_keys(reader, node);
    for (size_t i = 0; !asks && keys[i]; i++) {
        struct node member = node_get(reader, node, keys[i]);
        asks = texts_ask(reader, &member);
    }
    return asks;
}

static bool conditions_ask(const struct rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (rules[i].enabled && (condition_asks_user(rules[i].when) ||
                                 conditions_ask(rules[i].rules, rules[i].rule_count)))
            return true;
    }
    return false;
}

static bool extract_refers(const struct extract *extract)
{
    for (size_t i = 0; i < extract->pattern_count; i++) {
        if (extract->patterns[i].ruleset && extract->patterns[i].ruleset->asks_user)
            return true;
    }
    return false;
}

/* To one that asks, as far as that is known. */
static bool refers(const struct rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct rule *rule = &rules[i];
        const struct ruleset *other =
            rule->action == ACTION_RULESET ? rule->is.reference.ruleset : NULL;
        if (!rule->enabled)
            continue;
        if ((other && other->asks_user) ||
            (rule->action == ACTION_EXTRACT && extract_refers(&rule->is.extract)) ||
            refers(rule->rules, rule->rule_count))
            return true;
    }
    return false;
}

void find_asking(struct compiler *compiler)
{
    const struct rulesets *rulesets = compiler->rulesets;
    for (size_t i = 0; i < rulesets->count; i++) {
        struct ruleset *ruleset = &rulesets->items[i];
        ruleset->asks_user = texts_ask(compiler->reader, &ruleset->node) ||
                             conditions_ask(ruleset->rules, ruleset->rule_count);
    }
    /* Who refers to one that asks, asks: until a pass finds nobody more. */
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < rulesets->count; i++) {
            struct ruleset *ruleset = &rulesets->items[i];
            if (!ruleset->asks_user && refers(ruleset->rules, ruleset->rule_count))
                ruleset->asks_user = more = true;
        }
    }
}

bool ruleset_asks_user(const struct ruleset *ruleset)
{
    return ruleset->asks_user;
}
