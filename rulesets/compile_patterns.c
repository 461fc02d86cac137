/* SPDX-License-Identifier: Apache-2.0 */
/* The patterns of all rules over the body, made into one set, so that a body is read once. */
#include "engine/pattern/pattern_set.h"
#include "rulesets/compile_rule.h"

static bool looks_at_body(const struct rule *rule)
{
    return rule->action == ACTION_EXTRACT && rule->is.extract.kind == EXTRACT_BODY;
}

static void number_rules(struct rule *rules, size_t count, uint32_t *next)
{
    for (size_t i = 0; i < count; i++) {
        struct extract *extract = &rules[i].is.extract;
        for (size_t k = 0; looks_at_body(&rules[i]) && k < extract->pattern_count; k++)
            extract->patterns[k].matcher.number = ++*next;
        number_rules(rules[i].rules, rules[i].rule_count, next);
    }
}

struct gathering {
    const struct rulesets *rulesets;
    const struct pattern **patterns; /* by number */
    bool *visited;                   /* by index of ruleset */
};

static void gather_ruleset(struct gathering *all, const struct ruleset *ruleset);

static void gather_extract(struct gathering *all, const struct rule *rule)
{
    for (size_t i = 0; i < rule->is.extract.pattern_count; i++) {
        const struct extract_pattern *row = &rule->is.extract.patterns[i];
        if (row->matcher.number > 0)
            all->patterns[row->matcher.number - 1] = row->matcher.text;
        gather_ruleset(all, row->ruleset);
    }
}

static void gather_rules(struct gathering *all, const struct rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!rules[i].enabled)
            continue;
        if (rules[i].action == ACTION_EXTRACT)
            gather_extract(all, &rules[i]);
        if (rules[i].action == ACTION_RULESET)
            gather_ruleset(all, rules[i].is.reference.ruleset);
        gather_rules(all, rules[i].rules, rules[i].rule_count);
    }
}

static void gather_ruleset(struct gathering *all, const struct ruleset *ruleset)
{
    size_t index = ruleset ? (size_t)(ruleset - all->rulesets->items) : 0;
    if (!ruleset || all->visited[index])
        return;
    all->visited[index] = true;
    gather_rules(all, ruleset->rules, ruleset->rule_count);
}

static void free_set(void *arg)
{
    struct pattern_set *set = arg;
    pattern_set_free(&set);
}

void compile_pattern_sets(struct compiler *compiler)
{
    struct rulesets *rulesets = compiler->rulesets;
    struct arena *arena = compiler->reader->arena;
    uint32_t count = 0;
    for (size_t i = 0; i < rulesets->count; i++)
        number_rules(rulesets->items[i].rules, rulesets->items[i].rule_count, &count);
    for (size_t i = 0; i < rulesets->count; i++) {
        struct ruleset *ruleset = &rulesets->items[i];
        if (!ruleset->enabled || !ruleset_can_be_top(ruleset))
            continue;
        struct gathering all = {rulesets, ARENA_ARRAY(arena, count, const struct pattern *),
                                ARENA_ARRAY(arena, rulesets->count, bool)};
        gather_ruleset(&all, ruleset);
        struct pattern_set *set = pattern_set_new(all.patterns, count);
        if (set)
            arena_defer(arena, free_set, set);
        ruleset->body_patterns = set;
    }
}
