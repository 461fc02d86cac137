/* SPDX-License-Identifier: Apache-2.0 */
/* dlp_judge: what a rule makes of what was seen. */
#include "rulesets/detection/dlp_rule.h"

#include <stdlib.h>

/* A find that counts, as it is counted. */
struct value {
    size_t subject;
    uint64_t identity;
    size_t place;
    int weight;
};

static int compare(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int by_value(const void *a, const void *b)
{
    const struct value *x = a, *y = b;
    int order = compare(x->subject, y->subject);
    if (order == 0)
        order = compare(x->identity, y->identity);
    return order != 0 ? order : compare(x->place, y->place);
}

static bool is_same_value(const struct value *a, const struct value *b)
{
    return a->subject == b->subject && a->identity == b->identity;
}

/* Equal values once for `unique`; the same bytes of the message once for all. */
static void count_all(struct value *values, size_t count, bool unique, struct dlp_result *out)
{
    if (count > 1)
        qsort(values, count, sizeof *values, by_value);
    for (size_t i = 0; i < count; i++) {
        bool again = i > 0 && is_same_value(&values[i - 1], &values[i]);
        bool same_place = again && values[i - 1].place == values[i].place;
        out->unique += !again;
        out->total += !same_place;
        out->weight += (unique ? again : same_place) ? 0 : values[i].weight;
    }
}

/* What the rule is held against: all that was seen, or one part of it. */
struct judging {
    const struct dlp_rule *rule;
    struct arena *arena;
    struct seen *seen; /* sure enough, and where the rule looks */
    size_t *numbers;   /* of each, in what was given */
    size_t count;
};

static enum severity severity_of(const struct dlp_rule *rule, int64_t count)
{
    enum severity severity = SEVERITY_NONE;
    for (size_t i = SEVERITY_LOW; i < SEVERITIES; i++) {
        if (rule->has[i] && count >= rule->least[i])
            severity = (enum severity)i;
    }
    return severity;
}

/* One of several: the most severe, then the fullest one is shown. */
static void keep_better(struct dlp_result *out, const struct dlp_result *one)
{
    struct dlp_result kept = *one;
    if (one->severity < out->severity ||
        (one->severity == out->severity && one->count <= out->count))
        return;
    kept.chosen = out->chosen;
    kept.matched = out->matched;
    *out = kept;
}

static void judge(const struct judging *judging, size_t from, size_t count, enum severity least,
                  struct dlp_result *out)
{
    const struct dlp_rule *rule = judging->rule;
    const struct seen *seen = judging->seen + from;
    bool *chosen = ARENA_ARRAY(judging->arena, count, bool);
    struct dlp_result one = {.severity = SEVERITY_NONE};
    size_t chosen_count = 0;
    if (!expression_holds(rule->expression, seen, count, judging->arena, chosen))
        return;
    struct value *values = ARENA_ARRAY(judging->arena, count, struct value);
    for (size_t i = 0; i < count; i++) {
        const struct sighting *sighting = seen[i].sighting;
        if (chosen[i])
            values[chosen_count++] = (struct value){sighting->subject->index, sighting->identity,
                                                    seen[i].place, sighting->weight};
    }
    count_all(values, chosen_count, rule->unique, &one);
    one.count = rule->count == COUNT_WEIGHT ? one.weight
                : rule->unique              ? (int64_t)one.unique
                                            : (int64_t)one.total;
    one.severity = severity_of(rule, one.count);
    bool matched = one.severity >= least && one.severity > SEVERITY_NONE;
    for (size_t i = 0; i < count; i++) {
        size_t number = judging->numbers[from + i];
        out->chosen[number] |= chosen[i];
        out->matched[number] |= chosen[i] && matched;
    }
    keep_better(out, &one);
}

static bool looks_at(const struct dlp_rule *rule, const struct seen *seen)
{
    return seen->sighting->confidence >= rule->min_confidence &&
           ((seen->in_content && rule->scan != DLP_SCAN_METADATA) ||
            (seen->in_metadata && rule->scan != DLP_SCAN_CONTENT));
}

/* A find and its number in what was given. */
struct numbered {
    size_t part, number;
};

static int by_part(const void *a, const void *b)
{
    const struct numbered *x = a, *y = b;
    int order = compare(x->part, y->part);
    return order != 0 ? order : compare(x->number, y->number);
}

/* What the rule looks at; part by part where these count by themselves. */
static struct numbered *take(struct judging *judging, const struct seen *seen, size_t count)
{
    struct numbered *taken = ARENA_ARRAY(judging->arena, count, struct numbered);
    for (size_t i = 0; i < count; i++) {
        if (looks_at(judging->rule, &seen[i]))
            taken[judging->count++] = (struct numbered){seen[i].part, i};
    }
    if (judging->rule->scope == DLP_SCOPE_PART && judging->count > 1)
        qsort(taken, judging->count, sizeof *taken, by_part);
    judging->seen = ARENA_ARRAY(judging->arena, judging->count, struct seen);
    judging->numbers = ARENA_ARRAY(judging->arena, judging->count, size_t);
    for (size_t i = 0; i < judging->count; i++) {
        judging->numbers[i] = taken[i].number;
        judging->seen[i] = seen[taken[i].number];
    }
    return taken;
}

void dlp_rule_judge(const struct dlp_rule *rule, const struct seen *seen, size_t count,
                    enum severity least, struct arena *arena, struct dlp_result *out)
{
    struct judging judging = {.rule = rule, .arena = arena};
    *out = (struct dlp_result){.chosen = ARENA_ARRAY(arena, count, bool),
                               .matched = ARENA_ARRAY(arena, count, bool)};
    const struct numbered *taken = take(&judging, seen, count);
    for (size_t from = 0, to; from < judging.count; from = to) {
        to = from + 1;
        while (to < judging.count &&
               (rule->scope == DLP_SCOPE_MESSAGE || taken[to].part == taken[from].part))
            to++;
        judge(&judging, from, to - from, least, out);
    }
}
