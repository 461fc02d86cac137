/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/dlp_rule.h"

#include "rulesets/detection/dictionary.h"

#include <stdlib.h>

struct dlp_settings {
    struct span expression;
    bool unique;
    int count, min_confidence;
    struct node severity;
    double fraction;
};

struct ladder_settings {
    int64_t least[SEVERITIES];
};

static const struct enum_value counts[] = {
    {"matches", COUNT_MATCHES}, {"weight", COUNT_WEIGHT}, {NULL, 0}};
static const struct enum_value confidences[] = {
    {"low", CONFIDENCE_LOW}, {"medium", CONFIDENCE_MEDIUM}, {"high", CONFIDENCE_HIGH}, {NULL, 0}};

#define LADDER_UNSET INT64_MIN
#define STEP(word, severity)                                                                       \
    {                                                                                              \
        .name = (word), .type = KEY_INTEGER,                                                       \
        .offset = offsetof(struct ladder_settings, least) + (severity) * sizeof(int64_t),          \
        .min = -1000000000, .max = 1000000000, .help = "The least count of that severity."         \
    }
static const struct key ladder_key_list[] = {
    STEP("low", SEVERITY_LOW),
    STEP("medium", SEVERITY_MEDIUM),
    STEP("high", SEVERITY_HIGH),
    STEP("critical", SEVERITY_CRITICAL),
};
static const struct key_table ladder_table = {
    .name = "severity", .keys = ladder_key_list, .count = ARRAY_LEN(ladder_key_list)};

static const struct key dlp_rule_key_list[] = {
    {.name = "expression",
     .type = KEY_STRING,
     .offset = offsetof(struct dlp_settings, expression),
     .required = true,
     .help = "Entities and dictionaries with AND, OR, NOT, NEAR/n and parentheses."},
    {.name = "unique",
     .type = KEY_BOOL,
     .offset = offsetof(struct dlp_settings, unique),
     .standard = "false",
     .help = "Whether equal values count once in a message."},
    {.name = "count",
     .type = KEY_ENUM,
     .offset = offsetof(struct dlp_settings, count),
     .values = counts,
     .standard = "matches",
     .help = "What is counted: finds, or the weights of terms."},
    {.name = "min_confidence",
     .type = KEY_ENUM,
     .offset = offsetof(struct dlp_settings, min_confidence),
     .values = confidences,
     .standard = "low",
     .help = "Finds of less confidence do not count."},
    {.name = "severity",
     .type = KEY_OBJECT,
     .offset = offsetof(struct dlp_settings, severity),
     .object = &ladder_table,
     .help = "The least count of each severity."},
    {.name = "fraction",
     .type = KEY_NUMBER,
     .offset = offsetof(struct dlp_settings, fraction),
     .max = 1,
     .standard = "0",
     .help = "The least count of low severity as a part of the entries of the dictionaries."},
};
const struct key_table dlp_rule_table = {
    .name = "DLP rule", .keys = dlp_rule_key_list, .count = ARRAY_LEN(dlp_rule_key_list)};

const char *severity_name(enum severity severity)
{
    static const char *const names[SEVERITIES] = {"none", "low", "medium", "high", "critical"};
    return names[severity];
}

/* Half of five is three: two are less than half. */
static bool read_fraction(struct reader *reader, const struct node *node, double fraction,
                          struct dlp_rule *out)
{
    size_t count, entries = 0;
    const struct subject *const *subjects = expression_subjects(out->expression, &count);
    for (size_t i = 0; i < count; i++) {
        if (subjects[i]->kind == SUBJECT_DICTIONARY)
            entries += dictionary_entries(subjects[i]->dictionary);
    }
    struct node place = node_get(reader, node, "fraction");
    if (entries == 0)
        return node_error(reader, &place, "the expression names no dictionary to take a part of");
    if (out->has[SEVERITY_LOW])
        return node_error(reader, &place, "\"fraction\" and \"low\" exclude each other");
    double part = fraction * (double)entries - 1e-9;
    int64_t least = (int64_t)part + ((double)(int64_t)part < part);
    out->has[SEVERITY_LOW] = true;
    out->least[SEVERITY_LOW] = least > 1 ? least : 1;
    return true;
}

static bool read_ladder(struct reader *reader, const struct node *node,
                        const struct dlp_settings *settings, struct dlp_rule *out)
{
    struct ladder_settings ladder;
    for (size_t i = 0; i < SEVERITIES; i++)
        ladder.least[i] = LADDER_UNSET;
    if (!node_read(reader, &settings->severity, &ladder_table, &ladder, NULL))
        return false;
    bool any = settings->fraction > 0;
    for (size_t i = SEVERITY_LOW; i < SEVERITIES; i++) {
        out->has[i] = ladder.least[i] != LADDER_UNSET;
        out->least[i] = ladder.least[i];
        any |= out->has[i];
    }
    if (settings->fraction > 0 && !read_fraction(reader, node, settings->fraction, out))
        return false;
    if (!any) {
        out->has[SEVERITY_LOW] = true;
        out->least[SEVERITY_LOW] = 1;
    }
    int64_t last = LADDER_UNSET;
    for (size_t i = SEVERITY_LOW; i < SEVERITIES; i++) {
        if (out->has[i] && out->least[i] <= last)
            return node_error(reader, node, "the threshold of \"%s\" must be above the one before",
                              severity_name((enum severity)i));
        last = out->has[i] ? out->least[i] : last;
    }
    return true;
}

bool dlp_rule_read(struct reader *reader, const struct node *node, expression_name *find, void *arg,
                   struct dlp_rule *out)
{
    struct dlp_settings settings = {.expression = SPAN("")};
    struct common_keys common = {.name = SPAN("")};
    struct error err = ERROR_INIT;
    size_t column = 1;
    *out = (struct dlp_rule){.node = *node};
    node_defaults(&dlp_rule_table, &settings);
    if (!node_read(reader, node, &dlp_rule_table, &settings, &common))
        return false;
    if (common.name.len == 0)
        return node_error(reader, node, "needs a \"name\"");
    out->name = arena_str(reader->arena, common.name);
    out->unique = settings.unique;
    out->count = settings.count;
    out->min_confidence = (enum confidence)settings.min_confidence;
    out->expression = expression_new(settings.expression, find, arg, reader->arena, &column, &err);
    if (!out->expression) {
        struct node place = node_get(reader, node, "expression");
        return node_error(reader, &place, "at character %zu: %s", column, err.text);
    }
    return read_ladder(reader, node, &settings, out);
}

struct value {
    size_t subject;
    uint64_t identity;
    int weight;
};

static int by_value(const void *a, const void *b)
{
    const struct value *x = a, *y = b;
    if (x->subject != y->subject)
        return x->subject < y->subject ? -1 : 1;
    return x->identity < y->identity ? -1 : x->identity > y->identity;
}

static void count_all(const struct seen *seen, size_t count, struct arena *arena, bool unique,
                      struct dlp_result *out)
{
    struct value *values = ARENA_ARRAY(arena, count, struct value);
    for (size_t i = 0; i < count; i++) {
        const struct sighting *one = seen[i].sighting;
        if (out->chosen[i])
            values[out->total++] = (struct value){one->subject->index, one->identity, one->weight};
    }
    if (out->total > 1)
        qsort(values, out->total, sizeof *values, by_value);
    for (size_t i = 0; i < out->total; i++) {
        bool again = i > 0 && by_value(&values[i - 1], &values[i]) == 0;
        out->unique += !again;
        out->weight += unique && again ? 0 : values[i].weight;
    }
}

void dlp_rule_judge(const struct dlp_rule *rule, const struct seen *seen, size_t count,
                    struct arena *arena, struct dlp_result *out)
{
    *out = (struct dlp_result){.chosen = ARENA_ARRAY(arena, count, bool)};
    struct seen *sure = ARENA_ARRAY(arena, count, struct seen);
    size_t *places = ARENA_ARRAY(arena, count, size_t), sure_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (seen[i].sighting->confidence < rule->min_confidence)
            continue;
        places[sure_count] = i;
        sure[sure_count++] = seen[i];
    }
    bool *chosen = ARENA_ARRAY(arena, sure_count, bool);
    if (!expression_holds(rule->expression, sure, sure_count, arena, chosen))
        return;
    for (size_t i = 0; i < sure_count; i++)
        out->chosen[places[i]] = chosen[i];
    count_all(seen, count, arena, rule->unique, out);
    out->count = rule->count == COUNT_WEIGHT ? out->weight
                 : rule->unique              ? (int64_t)out->unique
                                             : (int64_t)out->total;
    for (size_t i = SEVERITY_LOW; i < SEVERITIES; i++) {
        if (rule->has[i] && out->count >= rule->least[i])
            out->severity = (enum severity)i;
    }
}
