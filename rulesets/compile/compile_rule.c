/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/compile/compile_rule.h"

struct rule_settings {
    struct node when;
    int match;
    struct node rules;
};

static const struct enum_value match_values[] = {{"all", MATCH_ALL},
                                                 {"first", MATCH_FIRST},
                                                 {"most_restrictive", MATCH_MOST_RESTRICTIVE},
                                                 {NULL, 0}};

static const struct key_table *const variants[] = {
    &extract_keys,      &extract_header_keys,
    &extract_body_keys, &extract_attachment_keys,
    &extract_text_keys, &transform_rule_keys,
    &exit_keys,         &error_rule_keys,
    &log_rule_keys,     &dispose_keys,
    &user_keys,         &reference_keys,
    &detect_keys,       NULL,
};

static const struct key rule_key_list[] = {
    {.name = "when",
     .type = KEY_OBJECT,
     .offset = offsetof(struct rule_settings, when),
     .object = &when_keys,
     .help = "What must hold for the rule to be tried."},
    {.name = "match",
     .type = KEY_ENUM,
     .offset = offsetof(struct rule_settings, match),
     .values = match_values,
     .standard = "all",
     .help =
         "first: the rules below are tried in order until one matches; most_restrictive: of those "
         "that detect, only the one that finds what is most severe."},
    {.name = "rules",
     .type = KEY_ARRAY,
     .offset = offsetof(struct rule_settings, rules),
     .object = &rule_keys,
     .help = "The rules below this one."},
};

const struct key_table rule_keys = {
    .name = "rule", .keys = rule_key_list, .count = ARRAY_LEN(rule_key_list), .also = variants};

static const struct {
    const char *key;
    enum action action;
    const char *word;
} actions[] = {
    {"extract", ACTION_EXTRACT, "Extract"},
    {"transform", ACTION_TRANSFORM, "Transform"},
    {"exit", ACTION_EXIT, "Exit"},
    {"error", ACTION_ERROR, "Error"},
    {"log", ACTION_LOG, "Log"},
    {"dispose", ACTION_DISPOSE, "Dispose"},
    {"ruleset", ACTION_RULESET, "Ruleset"},
    {"detect", ACTION_DETECT, "Detect"},
    {"set_context_variable", ACTION_LATER, "Set Context Variable"},
    {"set_user_identity", ACTION_USER, "Set User Identity"},
};

/* The one action key of the rule. */
static bool find_action(struct compiler *compiler, const struct node *node, struct rule *rule)
{
    const char *found = NULL;
    rule->words = "Group";
    for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
        struct node value = node_get(compiler->reader, node, actions[i].key);
        if (!node_is_present(&value))
            continue;
        if (found)
            return node_error(compiler->reader, &value,
                              "a rule has one action, and this one already has \"%s\"", found);
        if (actions[i].action == ACTION_LATER)
            return node_error(compiler->reader, &value, "\"%s\" is not in this version",
                              actions[i].key);
        found = actions[i].key;
        rule->action = actions[i].action;
        rule->words = actions[i].word;
    }
    return true;
}

/* "Extract Subject", "Transform Mask": the word and what it is given. */
static const char *words_of(struct compiler *compiler, const struct node *node,
                            const struct rule *rule)
{
    struct arena *arena = compiler->reader->arena;
    for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
        struct node value = node_get(compiler->reader, node, actions[i].key);
        struct span text;
        if (node_is_present(&value) && node_string(&value, &text))
            return arena_printf(arena, "%s %.*s", actions[i].word, SPAN_ARG(text));
    }
    return rule->words;
}

static void name_rule(struct compiler *compiler, const struct node *node,
                      const struct common_keys *common, struct rule *rule)
{
    rule->words = words_of(compiler, node, rule);
    rule->name = rule->words;
    rule->place = arena_printf(compiler->reader->arena, "%s at %s", rule->words, node->pointer);
    if (common->name.len > 0) {
        rule->name = common->name.ptr;
        rule->place = common->name.ptr;
    }
    rule->enabled = common->enabled;
    rule->node = *node;
    rule->index = compiler->rulesets->rule_count++;
}

static bool compile_children(struct compiler *compiler, const struct rule_settings *settings,
                             struct rule *rule)
{
    struct reader *reader = compiler->reader;
    if (!node_is_present(&settings->rules))
        return true;
    if (rule->action != ACTION_GROUP && rule->action != ACTION_EXTRACT &&
        rule->action != ACTION_DETECT)
        return node_error(reader, &settings->rules, "a rule with \"%s\" has no rules below it",
                          rule->words);
    if (compiler->depth >= RULE_DEPTH_MAX)
        return node_error(reader, &settings->rules, "rules are nested deeper than %d levels",
                          RULE_DEPTH_MAX);
    compiler->depth++;
    bool good = compile_rules(compiler, &settings->rules, &rule->rules, &rule->rule_count);
    compiler->depth--;
    return good;
}

bool compile_read(struct compiler *compiler, const struct node *node, struct rule *rule,
                  const struct key_table *table, void *out, const struct key_table *more,
                  void *more_out)
{
    struct rule_settings settings = {.match = MATCH_ALL};
    struct common_keys common = {.enabled = true};
    const struct key_table *tables[3] = {table ? table : &rule_keys, &rule_keys, more};
    void *outs[3] = {table ? out : &settings, &settings, more_out};
    size_t first = table ? 0 : 1;
    bool good = node_read_with(compiler->reader, node, tables + first, outs + first,
                               (more ? 3u : 2u) - first, &common);
    name_rule(compiler, node, &common, rule);
    rule->match = (enum match)settings.match;
    if (node_is_present(&settings.when)) {
        rule->when =
            condition_read(compiler->reader, &settings.when, &compiler->rulesets->constraints);
        good &= rule->when != NULL;
        if (node_is_disabled(&settings.when))
            rule->when = NULL;
    }
    return compile_children(compiler, &settings, rule) && good;
}

static bool has_key(const struct key_table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->keys[i].name, name) == 0)
            return true;
    }
    return false;
}

static bool is_group_key(const char *name)
{
    return has_key(&rule_keys, name) || has_key(&common_key_table, name);
}

/* The action or key of a group that is meant; NULL: none is near. */
static const char *near_key(const char *name)
{
    const char *names[ARRAY_LEN(actions) + ARRAY_LEN(rule_key_list) + 1] = {NULL};
    for (size_t i = 0; i < ARRAY_LEN(actions); i++)
        names[i] = actions[i].key;
    for (size_t i = 0; i < ARRAY_LEN(rule_key_list); i++)
        names[ARRAY_LEN(actions) + i] = rule_key_list[i].name;
    return suggest(span_str(name), names);
}

/* A rule whose action is misspelt looks like a group: that is said, instead of what it lacks then.
 */
static bool check_group(struct compiler *compiler, const struct node *node)
{
    struct reader *reader = compiler->reader;
    const char *other = NULL;
    for (const char *const *names = node_keys(reader, node); *names; names++) {
        const char *near = is_group_key(*names) ? NULL : near_key(*names);
        struct node value = node_get(reader, node, *names);
        if (near)
            return node_error(reader, &value, "unknown key; did you mean \"%s\"?", near);
        other = other || is_group_key(*names) ? other : *names;
    }
    return !other ||
           node_error(reader, node,
                      "a rule without an action has no \"%s\"; expected one of extract, detect, "
                      "transform, exit, error, log, dispose, ruleset or set_user_identity",
                      other);
}

static bool compile_rule(struct compiler *compiler, const struct node *node, struct rule *rule)
{
    rule->enabled = true;
    rule->node = *node;
    rule->name = rule->place = rule->words = "";
    if (!node_is_object(node))
        return node_error(compiler->reader, node, "expected a rule (an object)");
    if (!find_action(compiler, node, rule)) {
        rule->action = ACTION_LATER;
        return false;
    }
    if (rule->action == ACTION_EXTRACT)
        return compile_extract(compiler, node, rule);
    if (rule->action == ACTION_DETECT)
        return compile_detect(compiler, node, rule);
    if (rule->action == ACTION_GROUP && !check_group(compiler, node))
        return false;
    if (rule->action == ACTION_GROUP)
        return compile_read(compiler, node, rule, NULL, NULL, NULL, NULL);
    return compile_leaf(compiler, node, rule);
}

bool compile_rules(struct compiler *compiler, const struct node *array, struct rule **rules_out,
                   size_t *count_out)
{
    bool good = true;
    *count_out = node_count(array);
    *rules_out = ARENA_ARRAY(compiler->reader->arena, *count_out, struct rule);
    for (size_t i = 0; i < *count_out; i++) {
        struct node node = node_at(compiler->reader, array, i);
        good &= compile_rule(compiler, &node, &(*rules_out)[i]);
    }
    return good;
}
