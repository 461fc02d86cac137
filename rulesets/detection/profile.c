/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/profile.h"

#include "rulesets/detection/seen_index.h"

struct profile_settings {
    int match;
    struct string_list rules;
};

static const struct enum_value matches[] = {{"any", PROFILE_ANY}, {"all", PROFILE_ALL}, {NULL, 0}};

static const struct key profile_key_list[] = {
    {.name = "match",
     .type = KEY_ENUM,
     .offset = offsetof(struct profile_settings, match),
     .values = matches,
     .standard = "any",
     .help = "Whether one of the rules is enough, or all must hold."},
    {.name = "rules",
     .type = KEY_STRINGS,
     .offset = offsetof(struct profile_settings, rules),
     .required = true,
     .help = "Names of DLP rules."},
};
const struct key_table dlp_profile_table = {
    .name = "DLP profile", .keys = profile_key_list, .count = ARRAY_LEN(profile_key_list)};

const struct dlp_profile *dlp_profile_read(struct reader *reader, const struct node *node,
                                           profile_rule *find, void *arg)
{
    struct profile_settings settings = {.match = PROFILE_ANY};
    struct common_keys common = {.name = SPAN("")};
    node_defaults(&dlp_profile_table, &settings);
    if (!node_read(reader, node, &dlp_profile_table, &settings, &common))
        return NULL;
    if (settings.rules.count == 0) {
        struct node place = node_get(reader, node, "rules");
        (void)node_error(reader, &place, "expected at least one name of a DLP rule");
        return NULL;
    }
    struct dlp_profile *profile = ARENA_NEW(reader->arena, struct dlp_profile);
    profile->name = arena_str(reader->arena, common.name);
    profile->match = (enum profile_match)settings.match;
    profile->rules = ARENA_ARRAY(reader->arena, settings.rules.count, const struct dlp_rule *);
    for (size_t i = 0; i < settings.rules.count; i++) {
        struct error err = ERROR_INIT;
        profile->rules[i] = find(settings.rules.items[i], arg, &err);
        profile->rule_count += profile->rules[i] != NULL;
        if (!profile->rules[i])
            (void)node_error(reader, &settings.rules.nodes[i], "%s", err.text);
    }
    return profile->rule_count == settings.rules.count ? profile : NULL;
}

const struct dlp_profile *dlp_profile_of_rule(const struct dlp_rule *rule, struct arena *arena)
{
    struct dlp_profile *profile = ARENA_NEW(arena, struct dlp_profile);
    profile->name = rule->name;
    profile->rules = ARENA_ARRAY(arena, 1, const struct dlp_rule *);
    profile->rules[0] = rule;
    profile->rule_count = 1;
    profile->is_one = true;
    return profile;
}

const struct dlp_profile *dlp_profile_of_subject(const struct subject *subject, struct arena *arena)
{
    struct dlp_rule *rule = ARENA_NEW(arena, struct dlp_rule);
    rule->name = subject->name;
    rule->expression = expression_of(subject, arena);
    rule->min_confidence = CONFIDENCE_LOW;
    rule->has[SEVERITY_LOW] = true;
    rule->least[SEVERITY_LOW] = 1;
    return dlp_profile_of_rule(rule, arena);
}

bool dlp_profile_scans(const struct dlp_profile *profile, enum dlp_scan scan)
{
    for (size_t i = 0; i < profile->rule_count; i++) {
        if (profile->rules[i]->scan == DLP_SCAN_BOTH || profile->rules[i]->scan == scan)
            return true;
    }
    return false;
}

/* One of several rules, by the finds of what it names: without any its expression does not hold. */
static void judge_own(const struct dlp_rule *rule, const struct seen_index *index,
                      enum severity least, struct arena *arena, struct dlp_result *result,
                      struct dlp_verdict *out)
{
    size_t subject_count;
    uint32_t *numbers;
    const struct subject *const *subjects = expression_subjects(rule->expression, &subject_count);
    size_t count = seen_index_count(index, subjects, subject_count);
    const struct seen *seen = seen_index_take(index, subjects, subject_count, arena, &numbers);
    dlp_rule_judge(rule, seen, count, least, arena, result);
    for (size_t i = 0; i < count; i++) {
        out->chosen[numbers[i]] |= result->chosen[i];
        out->matched[numbers[i]] |= result->matched[i];
    }
}

void dlp_profile_judge(const struct dlp_profile *profile, const struct seen *seen, size_t count,
                       enum severity least, struct arena *arena, struct dlp_verdict *out)
{
    struct seen_index index;
    *out = (struct dlp_verdict){.chosen = ARENA_ARRAY(arena, count, bool),
                                .matched = ARENA_ARRAY(arena, count, bool)};
    out->results = ARENA_ARRAY(arena, profile->rule_count, struct dlp_result);
    enum severity highest = SEVERITY_NONE, lowest = SEVERITY_CRITICAL;
    seen_index_make(&index, seen, count, arena);
    for (size_t i = 0; i < profile->rule_count; i++) {
        struct dlp_result *result = &out->results[i];
        judge_own(profile->rules[i], &index, least, arena, result, out);
        highest = result->severity > highest ? result->severity : highest;
        lowest = result->severity < lowest ? result->severity : lowest;
    }
    out->severity = profile->match == PROFILE_ANY ? highest : lowest;
}
