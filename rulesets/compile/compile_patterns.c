/* SPDX-License-Identifier: Apache-2.0 */
/* The patterns of all rules over the body, made into one set, so that a body is read once. Those of
 * all rulesets are in it: a message may be told of patterns that its ruleset does not have. */
#include "engine/pattern/pattern_set.h"
#include "rulesets/compile/compile_rule.h"

struct numbered {
    struct arena *arena;
    const struct pattern **patterns; /* by number, from 1 */
    size_t count, cap;
};

static void add(struct numbered *all, struct extract *extract)
{
    for (size_t i = 0; i < extract->pattern_count; i++) {
        all->patterns =
            arena_grow(all->arena, all->patterns, all->count, &all->cap, sizeof *all->patterns);
        all->patterns[all->count++] = extract->patterns[i].matcher.text;
        extract->patterns[i].matcher.number = (uint32_t)all->count;
    }
}

static void add_rules(struct numbered *all, struct rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!rules[i].enabled)
            continue;
        if (rules[i].action == ACTION_EXTRACT && rules[i].is.extract.kind == EXTRACT_BODY)
            add(all, &rules[i].is.extract);
        add_rules(all, rules[i].rules, rules[i].rule_count);
    }
}

static void free_set(void *arg)
{
    struct pattern_set *set = arg;
    pattern_set_free(&set);
}

void compile_pattern_set(struct compiler *compiler)
{
    struct rulesets *rulesets = compiler->rulesets;
    struct arena *arena = compiler->reader->arena;
    struct numbered all = {.arena = arena};
    for (size_t i = 0; i < rulesets->count; i++) {
        if (rulesets->items[i].enabled)
            add_rules(&all, rulesets->items[i].rules, rulesets->items[i].rule_count);
    }
    struct pattern_set *set = pattern_set_new(all.patterns, all.count);
    if (set)
        arena_defer(arena, free_set, set);
    for (size_t i = 0; i < rulesets->count; i++)
        rulesets->items[i].body_patterns = set;
}
