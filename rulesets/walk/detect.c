/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/walk/detect.h"

#include "rulesets/texts/texts.h"
#include "rulesets/trace/trace_detect.h"

/* Finds of one rule in one piece that a trace shows. */
#define SHOWN_MAX 100u

struct detecting {
    struct run *run;
    const struct rule *rule;
    struct piece *piece;
    struct arena *scratch; /* rules ask for as many finds as there are, again and again */
    const struct texts *texts;
    struct seen *seen; /* what the profile is about */
    size_t count;
    struct dlp_verdict verdict;
};

static bool is_severe(const struct detecting *at)
{
    return at->verdict.severity > SEVERITY_NONE &&
           (int)at->verdict.severity >= at->rule->is.detect.min_severity;
}

/* Several subjects, or rules, may find the same. Finds are in order of place. */
static bool is_taken(const struct detecting *at, size_t index)
{
    const struct seen *one = &at->seen[index];
    for (size_t i = index; i > 0; i--) {
        const struct seen *before = &at->seen[i - 1];
        if (before->view != one->view || before->sighting->off != one->sighting->off)
            return false;
        if (before->sighting->len == one->sighting->len && at->verdict.matched[i - 1])
            return true;
    }
    return false;
}

static void add_pieces(struct detecting *at, struct piece_list *pieces)
{
    for (size_t i = 0; i < at->count; i++) {
        const struct seen *seen = &at->seen[i];
        const struct text *text = &at->texts->items[seen->view];
        if (!at->verdict.matched[i] || is_taken(at, i))
            continue;
        struct piece *piece =
            run_piece(at->run, at->piece, at->rule, text->view, text->piece->part);
        if (!piece)
            return;
        piece->off = text->off + seen->sighting->off;
        piece->len = seen->sighting->len;
        piece_list_add(at->run, pieces, piece);
    }
}

static void explain(const struct detecting *at)
{
    const struct dlp_profile *profile = at->rule->is.detect.profile;
    struct trace *trace = at->run->trace;
    if (!trace)
        return;
    for (size_t i = 0; i < at->count && i < SHOWN_MAX; i++) {
        const struct text *text = &at->texts->items[at->seen[i].view];
        trace_sighting(trace, at->seen[i].sighting, text->view, text->off, at->verdict.chosen[i]);
    }
    if (at->count > SHOWN_MAX)
        trace_note(trace, "and %zu more finds", at->count - SHOWN_MAX);
    for (size_t i = 0; i < profile->rule_count; i++)
        trace_judgement(trace, profile->rules[i], &at->verdict.results[i]);
    if (!profile->is_one)
        trace_profile(trace, profile, at->verdict.severity);
    if (at->verdict.severity > SEVERITY_NONE && !is_severe(at))
        trace_note(trace, "less severe than %s",
                   severity_name((enum severity)at->rule->is.detect.min_severity));
}

static void judge(struct detecting *at, struct piece_list *pieces)
{
    const struct detect *asks = &at->rule->is.detect;
    uint32_t *numbers;
    const struct seen_index *index = &at->texts->index;
    at->count = seen_index_count(index, asks->subjects, asks->subject_count);
    at->seen = seen_index_take(index, asks->subjects, asks->subject_count, at->scratch, &numbers);
    dlp_profile_judge(asks->profile, at->seen, at->count, (enum severity)asks->min_severity,
                      at->scratch, &at->verdict);
    if (pieces)
        explain(at);
    if (pieces && is_severe(at))
        add_pieces(at, pieces);
}

/* What was looked at costs next to nothing: then the clock is looked at now and then. */
static bool is_late(struct run *run, const struct piece *piece)
{
    bool was_late = (run->uninspected & 1u << UNINSPECTED_TIME_BUDGET) != 0;
    return piece->texts && run->ticks % 64 != 0 ? was_late : run_is_late(run);
}

enum severity detect(struct run *run, const struct rule *rule, struct piece *piece,
                     struct piece_list *pieces)
{
    const struct detect *asks = &rule->is.detect;
    struct detecting at = {.run = run, .rule = rule, .piece = piece};
    if (is_late(run, piece))
        return SEVERITY_NONE;
    at.texts = texts_of(run, piece, asks->in_content, asks->in_metadata);
    if (pieces && !at.texts->is_complete)
        run->half_hidden |= rule_hides(rule);
    if (!run->trace && seen_index_count(&at.texts->index, asks->subjects, asks->subject_count) == 0)
        return SEVERITY_NONE;
    at.scratch = arena_new();
    judge(&at, pieces);
    arena_free(&at.scratch);
    return is_severe(&at) ? at.verdict.severity : SEVERITY_NONE;
}
