/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that detect: what they name, and what is looked for on behalf of all of a ruleset. */
#include "rulesets/compile/compile_rule.h"
#include "rulesets/detection/detection.h"
#include "rulesets/detection/look.h"

#include <stdlib.h>

struct detect_settings {
    struct span detect;
    int min_severity;
};

static const struct key detect_key_list[] = {
    {.name = "detect",
     .type = KEY_STRING,
     .offset = offsetof(struct detect_settings, detect),
     .required = true,
     .help = "The DLP profile or rule, or the entity, dictionary and so on, that must be found; "
             "the rules below get what was found, piece by piece."},
    {.name = "min_severity",
     .type = KEY_ENUM,
     .offset = offsetof(struct detect_settings, min_severity),
     .values = severity_words,
     .standard = "low",
     .help = "The least severity that is a match."},
};

const struct key_table detect_keys = {
    .name = "detect", .keys = detect_key_list, .count = ARRAY_LEN(detect_key_list)};

static int by_index(const void *a, const void *b)
{
    const struct subject *const *x = a, *const *y = b;
    return (*x)->index < (*y)->index ? -1 : (*x)->index > (*y)->index;
}

static void note_subjects(struct compiler *compiler, struct detect *detect)
{
    const struct dlp_profile *profile = detect->profile;
    size_t all = 0, cap = 0, kept = 0;
    const struct subject **list = NULL;
    for (size_t i = 0; i < profile->rule_count; i++) {
        size_t count;
        const struct subject *const *subjects =
            expression_subjects(profile->rules[i]->expression, &count);
        for (size_t k = 0; k < count; k++) {
            list = arena_grow(compiler->reader->arena, list, all, &cap, sizeof *list);
            list[all++] = subjects[k];
        }
    }
    if (all > 1)
        qsort(list, all, sizeof *list, by_index);
    for (size_t i = 0; i < all; i++) {
        if (kept == 0 || list[kept - 1] != list[i])
            list[kept++] = list[i];
    }
    detect->subjects = list;
    detect->subject_count = kept;
    detect->in_content = dlp_profile_scans(profile, DLP_SCAN_CONTENT);
    detect->in_metadata = dlp_profile_scans(profile, DLP_SCAN_METADATA);
}

bool compile_detect(struct compiler *compiler, const struct node *node, struct rule *rule)
{
    struct detect_settings settings = {.detect = SPAN(""), .min_severity = SEVERITY_LOW};
    struct detect *detect = &rule->is.detect;
    struct error err = ERROR_INIT;
    bool good = compile_read(compiler, node, rule, &detect_keys, &settings, NULL, NULL);
    detect->min_severity = settings.min_severity;
    if (!settings.detect.ptr)
        return false;
    detect->profile = detection_find(compiler->detection, settings.detect, &err);
    if (detect->profile) {
        note_subjects(compiler, detect);
        return good;
    }
    struct node place = node_get(compiler->reader, node, "detect");
    return node_error(compiler->reader, &place, "%s", err.text);
}

/* What the rules of one ruleset detect, those of others that it refers to too. */
struct gathering {
    const struct rulesets *rulesets;
    const struct vocabulary *vocabulary;
    bool *wanted;  /* by index of subject */
    bool *visited; /* by index of ruleset */
};

static void gather_rules(struct gathering *all, const struct rule *rules, size_t count);

static void gather_ruleset(struct gathering *all, const struct ruleset *ruleset)
{
    size_t index = ruleset ? (size_t)(ruleset - all->rulesets->items) : 0;
    if (!ruleset || all->visited[index])
        return;
    all->visited[index] = true;
    gather_rules(all, ruleset->rules, ruleset->rule_count);
}

static void gather_rules(struct gathering *all, const struct rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct rule *rule = &rules[i];
        if (!rule->enabled)
            continue;
        const struct detect *detect = &rule->is.detect;
        for (size_t k = 0; rule->action == ACTION_DETECT && k < detect->subject_count; k++)
            all->wanted[detect->subjects[k]->index] = true;
        if (rule->action == ACTION_RULESET)
            gather_ruleset(all, rule->is.reference.ruleset);
        for (size_t k = 0; rule->action == ACTION_EXTRACT && k < rule->is.extract.pattern_count;
             k++)
            gather_ruleset(all, rule->is.extract.patterns[k].ruleset);
        gather_rules(all, rule->rules, rule->rule_count);
    }
}

/* What serves a service begins with the message. */
static bool can_be_top(const struct ruleset *ruleset)
{
    for (size_t i = 0; i < ruleset->rule_count; i++) {
        const struct rule *rule = &ruleset->rules[i];
        if (rule->enabled)
            return rule->action == ACTION_EXTRACT && rule->is.extract.kind == EXTRACT_SMTP_MESSAGE;
    }
    return false;
}

/* The lookout of an earlier ruleset that detects the same. */
static const struct lookout *same_before(const struct rulesets *rulesets, bool *const *wanted,
                                         size_t index, size_t subjects)
{
    for (size_t i = 0; i < index; i++) {
        if (rulesets->items[i].lookout &&
            memcmp(wanted[i], wanted[index], subjects * sizeof(bool)) == 0)
            return rulesets->items[i].lookout;
    }
    return NULL;
}

void compile_lookouts(struct compiler *compiler)
{
    struct rulesets *rulesets = compiler->rulesets;
    struct arena *arena = compiler->reader->arena;
    const struct vocabulary *vocabulary = detection_vocabulary(compiler->detection);
    bool **wanted = ARENA_ARRAY(arena, rulesets->count, bool *);
    for (size_t i = 0; i < rulesets->count; i++) {
        struct ruleset *ruleset = &rulesets->items[i];
        const struct subject **subjects =
            ARENA_ARRAY(arena, vocabulary->count, const struct subject *);
        size_t count = 0;
        wanted[i] = ARENA_ARRAY(arena, vocabulary->count, bool);
        if (!ruleset->enabled || !can_be_top(ruleset))
            continue;
        struct gathering all = {rulesets, vocabulary, wanted[i],
                                ARENA_ARRAY(arena, rulesets->count, bool)};
        gather_ruleset(&all, ruleset);
        for (size_t k = 0; k < vocabulary->count; k++) {
            if (wanted[i][k])
                subjects[count++] = vocabulary->items[k];
        }
        ruleset->lookout = same_before(rulesets, wanted, i, vocabulary->count);
        if (!ruleset->lookout && count > 0)
            ruleset->lookout = lookout_new(subjects, count, arena);
    }
}
