/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/compile/compile.h"

#include "rulesets/compile/asks.h"
#include "rulesets/compile/check.h"
#include "rulesets/compile/compile_rule.h"
#include "rulesets/conditions/listed.h"
#include "rulesets/detection/detection.h"

struct ruleset_settings {
    struct node rules;
};

static const struct key ruleset_key_list[] = {
    {.name = "rules",
     .type = KEY_ARRAY,
     .offset = offsetof(struct ruleset_settings, rules),
     .required = true,
     .object = &rule_keys,
     .help = "The rules, in order."},
};

const struct key_table ruleset_keys = {
    .name = "ruleset", .keys = ruleset_key_list, .count = ARRAY_LEN(ruleset_key_list)};

const struct key_table *const ruleset_key_tables[] = {
    &ruleset_keys,
    &constraint_keys,
    &when_keys,
    &address_keys,
    &quantifier_keys,
    &list_file_keys,
    &client_keys,
    &size_keys,
    &rule_keys,
    &extract_keys,
    &extract_header_keys,
    &extract_body_keys,
    &extract_attachment_keys,
    &extract_text_keys,
    &pattern_row_keys,
    &transform_rule_keys,
    &exit_keys,
    &error_rule_keys,
    &error_keys,
    &log_rule_keys,
    &log_keys,
    &dispose_keys,
    &reference_keys,
    &detect_keys,
    NULL,
};

static struct ruleset *find(const struct rulesets *rulesets, struct span name)
{
    for (size_t i = 0; i < rulesets->count; i++) {
        if (span_equal(rulesets->items[i].name_span, name))
            return &rulesets->items[i];
    }
    return NULL;
}

static bool read_ruleset(struct compiler *compiler, const struct node *node)
{
    struct reader *reader = compiler->reader;
    struct rulesets *rulesets = compiler->rulesets;
    struct ruleset_settings settings = {.rules = {0}};
    struct common_keys common = {.enabled = true};
    bool good = node_read(reader, node, &ruleset_keys, &settings, &common);
    if (node_is_object(node) && common.name.len == 0)
        good = node_error(reader, node, "expected key \"name\" (string), got none");
    const struct ruleset *other = common.name.len > 0 ? find(rulesets, common.name) : NULL;
    if (other)
        good = node_error(reader, node, "the name \"%.*s\" is taken, at %s", SPAN_ARG(common.name),
                          node_place(reader, &other->node));
    struct ruleset *ruleset = &rulesets->items[rulesets->count++];
    ruleset->name_span = other ? SPAN("") : common.name;
    ruleset->name = arena_str(reader->arena, common.name);
    ruleset->enabled = common.enabled;
    ruleset->node = *node;
    if (node_is_present(&settings.rules))
        good &= compile_rules(compiler, &settings.rules, &ruleset->rules, &ruleset->rule_count);
    return good;
}

static bool read_rulesets(struct compiler *compiler, const struct node *array)
{
    struct arena *arena = compiler->reader->arena;
    struct rulesets *rulesets = compiler->rulesets;
    size_t count = node_count(array);
    bool good = true;
    if (node_is_present(array) && !node_is_array(array))
        return node_error(compiler->reader, array, "expected a list of rulesets");
    rulesets->items = ARENA_ARRAY(arena, count, struct ruleset);
    for (size_t i = 0; i < count; i++) {
        struct node node = node_at(compiler->reader, array, i);
        good &= read_ruleset(compiler, &node);
    }
    size_t names = 0;
    rulesets->names = ARENA_ARRAY(arena, count + 1, const char *);
    for (size_t i = 0; i < rulesets->count; i++) {
        rulesets->items[i].total_rules = rulesets->rule_count;
        if (rulesets->items[i].enabled && rulesets->items[i].name_span.len > 0)
            rulesets->names[names++] = rulesets->items[i].name;
    }
    return good;
}

/* The ruleset that a rule refers to; complains at `place`. */
static const struct ruleset *resolve(struct compiler *compiler, struct span name,
                                     const struct node *place)
{
    struct ruleset *found = find(compiler->rulesets, name);
    if (found && found->enabled) {
        found->referenced = true;
        return found;
    }
    const char *near = suggest(name, compiler->rulesets->names);
    (void)node_error(compiler->reader, place, "there is no ruleset \"%.*s\"%s%s%s%s",
                     SPAN_ARG(name), found ? " that is enabled" : "",
                     near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    return NULL;
}

static bool link_extract(struct compiler *compiler, struct extract *extract)
{
    bool good = true;
    for (size_t i = 0; i < extract->pattern_count; i++) {
        struct extract_pattern *row = &extract->patterns[i];
        if (row->ruleset_name.len == 0)
            continue;
        struct node place = node_get(compiler->reader, &row->node, "ruleset");
        row->ruleset = resolve(compiler, row->ruleset_name, &place);
        good &= row->ruleset != NULL;
    }
    return good;
}

static bool link_rules(struct compiler *compiler, struct rule *rules, size_t count)
{
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        struct rule *rule = &rules[i];
        if (rule->action == ACTION_EXTRACT)
            good &= link_extract(compiler, &rule->is.extract);
        if (rule->action == ACTION_RULESET && rule->is.reference.name.len > 0) {
            struct node place = node_get(compiler->reader, &rule->node, "ruleset");
            rule->is.reference.ruleset = resolve(compiler, rule->is.reference.name, &place);
            good &= rule->is.reference.ruleset != NULL;
        }
        good &= link_rules(compiler, rule->rules, rule->rule_count);
    }
    return good;
}

/* The way that the search for cycles has gone. */
struct way {
    const struct way *up;
    struct ruleset *ruleset;
};

enum { NOT_VISITED, VISITING, VISITED };

static bool visit(struct compiler *compiler, struct ruleset *ruleset, const struct way *up,
                  const struct node *place);

static bool complain_of_cycle(struct compiler *compiler, struct ruleset *again,
                              const struct way *way, const struct node *place)
{
    const char *text = again->name;
    for (; way; way = way->up) {
        text = arena_printf(compiler->reader->arena, "%s -> %s", way->ruleset->name, text);
        way->ruleset->in_cycle = true;
        if (way->ruleset == again)
            break;
    }
    return node_error(compiler->reader, place, "rulesets refer to each other in a circle: %s",
                      text);
}

static bool visit_rules(struct compiler *compiler, const struct rule *rules, size_t count,
                        const struct way *way)
{
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        const struct rule *rule = &rules[i];
        if (rule->action == ACTION_RULESET && rule->is.reference.ruleset) {
            struct node place = node_get(compiler->reader, &rule->node, "ruleset");
            good &= visit(compiler, find(compiler->rulesets, rule->is.reference.name), way, &place);
        }
        for (size_t k = 0; rule->action == ACTION_EXTRACT && k < rule->is.extract.pattern_count;
             k++) {
            const struct extract_pattern *row = &rule->is.extract.patterns[k];
            struct node place = node_get(compiler->reader, &row->node, "ruleset");
            if (row->ruleset)
                good &= visit(compiler, find(compiler->rulesets, row->ruleset_name), way, &place);
        }
        good &= visit_rules(compiler, rule->rules, rule->rule_count, way);
    }
    return good;
}

static bool visit(struct compiler *compiler, struct ruleset *ruleset, const struct way *up,
                  const struct node *place)
{
    if (ruleset->visit == VISITED)
        return true;
    if (ruleset->visit == VISITING)
        return complain_of_cycle(compiler, ruleset, up, place);
    struct way way = {up, ruleset};
    ruleset->visit = VISITING;
    bool good = visit_rules(compiler, ruleset->rules, ruleset->rule_count, &way);
    ruleset->visit = VISITED;
    return good;
}

static bool find_cycles(struct compiler *compiler)
{
    bool good = true;
    for (size_t i = 0; i < compiler->rulesets->count; i++)
        good &= visit(compiler, &compiler->rulesets->items[i], NULL, NULL);
    return good;
}

struct rulesets *rulesets_compile(struct reader *reader, const struct node *root,
                                  struct arena *arena)
{
    struct rulesets *rulesets = ARENA_NEW(arena, struct rulesets);
    struct compiler compiler = {.reader = reader, .rulesets = rulesets};
    struct node array = node_get(reader, root, "rulesets");
    bool good = constraints_read(reader, root, &rulesets->constraints);
    compiler.detection = detection_compile(reader, root, arena);
    good &= read_rulesets(&compiler, &array);
    for (size_t i = 0; i < rulesets->count; i++)
        good &= link_rules(&compiler, rulesets->items[i].rules, rulesets->items[i].rule_count);
    detection_close(compiler.detection);
    bool acyclic = find_cycles(&compiler);
    if (acyclic && reader->error_count == 0) {
        compile_lookouts(&compiler);
        compile_pattern_set(&compiler);
    }
    find_asking(&compiler);
    for (size_t i = 0; acyclic && i < rulesets->count; i++) {
        if (!rulesets->items[i].referenced)
            good &= check_ruleset(reader, &rulesets->items[i]);
    }
    return good && acyclic ? rulesets : NULL;
}

const struct ruleset *rulesets_find(const struct rulesets *rulesets, struct span name)
{
    const struct ruleset *found = find(rulesets, name);
    return found && found->enabled ? found : NULL;
}

bool rulesets_has_disabled(const struct rulesets *rulesets, struct span name)
{
    const struct ruleset *found = find(rulesets, name);
    return found && !found->enabled;
}

const char *const *rulesets_names(const struct rulesets *rulesets)
{
    return rulesets->names;
}

bool ruleset_check_top(const struct ruleset *ruleset, struct reader *reader,
                       const struct node *user)
{
    const struct rule *first = NULL;
    for (size_t i = 0; i < ruleset->rule_count && !first; i++)
        first = ruleset->rules[i].enabled ? &ruleset->rules[i] : NULL;
    if (!first || first->action != ACTION_EXTRACT || first->is.extract.kind != EXTRACT_SMTP_MESSAGE)
        return node_error(reader, user,
                          "expected a ruleset whose first rule is \"extract\": \"SMTP Message\"; "
                          "the one of \"%s\" is %s",
                          ruleset->name, first ? first->words : "not there");
    /* Where other rulesets refer to it, it was checked as these use it only. */
    return !ruleset->referenced || check_ruleset(reader, ruleset);
}

static bool rules_set_header(const struct rule *rules, size_t count, struct span name);

static bool extract_sets_header(const struct extract *extract, struct span name)
{
    for (size_t i = 0; i < extract->pattern_count; i++) {
        if (extract->patterns[i].ruleset && ruleset_sets_header(extract->patterns[i].ruleset, name))
            return true;
    }
    return false;
}

static bool rule_sets_header(const struct rule *rule, struct span name)
{
    const struct transform_class *class = rule->is.transform.class;
    if (rule->action == ACTION_TRANSFORM)
        return class && class->sets_header && class->sets_header(rule->is.transform.settings, name);
    if (rule->action == ACTION_RULESET)
        return rule->is.reference.ruleset && ruleset_sets_header(rule->is.reference.ruleset, name);
    if (rule->action == ACTION_EXTRACT && extract_sets_header(&rule->is.extract, name))
        return true;
    return rules_set_header(rule->rules, rule->rule_count, name);
}

static bool rules_set_header(const struct rule *rules, size_t count, struct span name)
{
    for (size_t i = 0; i < count; i++) {
        if (rules[i].enabled && rule_sets_header(&rules[i], name))
            return true;
    }
    return false;
}

bool ruleset_sets_header(const struct ruleset *ruleset, struct span header_name)
{
    return rules_set_header(ruleset->rules, ruleset->rule_count, header_name);
}
