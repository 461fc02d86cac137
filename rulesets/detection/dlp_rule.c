/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/dlp_rule.h"

#include "rulesets/detection/dictionary.h"

struct dlp_settings {
    struct span expression;
    bool unique;
    int count, min_confidence, scope, scan;
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

static const struct enum_value scopes[] = {
    {"message", DLP_SCOPE_MESSAGE}, {"part", DLP_SCOPE_PART}, {NULL, 0}};
static const struct enum_value scans[] = {{"content", DLP_SCAN_CONTENT},
                                          {"metadata", DLP_SCAN_METADATA},
                                          {"both", DLP_SCAN_BOTH},
                                          {NULL, 0}};
const struct enum_value severity_words[] = {{"low", SEVERITY_LOW},
                                            {"medium", SEVERITY_MEDIUM},
                                            {"high", SEVERITY_HIGH},
                                            {"critical", SEVERITY_CRITICAL},
                                            {NULL, 0}};

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
    {.name = "scope",
     .type = KEY_ENUM,
     .offset = offsetof(struct dlp_settings, scope),
     .values = scopes,
     .standard = "message",
     .help = "What is counted together: the message, or each text and attachment by itself."},
    {.name = "scan",
     .type = KEY_ENUM,
     .offset = offsetof(struct dlp_settings, scan),
     .values = scans,
     .standard = "content",
     .help = "What is looked at: content (subject, bodies, file names, attachments), metadata "
             "(From, To, Cc, Reply-To, Sender, file names) or both."},
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
    out->scope = (enum dlp_scope)settings.scope;
    out->scan = (enum dlp_scan)settings.scan;
    out->expression = expression_new(settings.expression, find, arg, reader->arena, &column, &err);
    if (!out->expression) {
        struct node place = node_get(reader, node, "expression");
        return node_error(reader, &place, "at character %zu: %s", column, err.text);
    }
    return read_ladder(reader, node, &settings, out);
}
