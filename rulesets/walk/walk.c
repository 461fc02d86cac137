/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/walk/walk.h"

#include "rulesets/texts/extract.h"
#include "rulesets/texts/sources.h"
#include "rulesets/walk/detect.h"

static enum flow walk_rules(struct run *run, const struct rule *rules, size_t count,
                            enum match match, struct piece *piece, bool *matched_out);

static void fire(struct run *run, const struct rule *rule)
{
    unsigned char *byte = &run->fired[rule->index / 8];
    unsigned char bit = (unsigned char)(1u << (rule->index % 8));
    run->fired_count += (*byte & bit) == 0;
    *byte = *byte | bit;
}

static enum flow walk_reference(struct run *run, const struct ruleset *ruleset, struct piece *piece,
                                bool *matched_out)
{
    enum flow flow =
        walk_rules(run, ruleset->rules, ruleset->rule_count, MATCH_ALL, piece, matched_out);
    return flow == FLOW_STOP ? FLOW_STOP : FLOW_ON;
}

/* A piece goes to the ruleset that its pattern names, else to the rules below. */
static enum flow walk_piece_rules(struct run *run, const struct rule *rule,
                                  const struct ruleset *ruleset, struct piece *piece,
                                  bool *matched_out)
{
    bool matched = ruleset == NULL && rule->rule_count == 0;
    trace_piece(run->trace, piece);
    enum flow flow =
        ruleset ? walk_reference(run, ruleset, piece, &matched)
                : walk_rules(run, rule->rules, rule->rule_count, rule->match, piece, &matched);
    trace_piece_end(run->trace);
    *matched_out |= matched;
    return flow == FLOW_BRANCH ? FLOW_ON : flow;
}

/* All pieces that one pattern finds in one source. false: a limit ended it. */
static bool find_pieces(struct run *run, const struct rule *rule, const struct extract_pattern *row,
                        const struct sought *source, struct piece_list *out)
{
    struct finder finder;
    struct find find;
    if (!sought_may_have(source, &row->matcher))
        return true;
    finder_init(&finder, source, &row->matcher, row->group, run->deadline_ns);
    for (;;) {
        enum pattern_result found = finder_next(&finder, &find);
        if (found == PATTERN_NOT_FOUND)
            return true;
        if (found == PATTERN_OVER_LIMIT) {
            if (!run_is_late(run))
                run_note(run, UNINSPECTED_PATTERN_LIMIT);
            return false;
        }
        if ((++run->ticks % 64 == 0 && run_is_late(run)))
            return false;
        if (run->piece_count++ >= PIECES_MAX) {
            run_note(run, UNINSPECTED_TOO_MANY_MATCHES);
            return false;
        }
        const struct pattern *pattern = matcher_for(&row->matcher, find.piece->view);
        struct piece *piece =
            piece_of_match(find.piece, pattern, &find.match, row->group, rule->name, run->arena);
        if (piece)
            piece_list_add(run, out, piece);
    }
}

/* Whether the rule's prerequisite stands in anything that it looks at. */
static bool has_prerequisite(struct run *run, const struct extract *extract,
                             const struct piece_list *sources)
{
    if (!matcher_is_set(&extract->prerequisite))
        return true;
    for (size_t i = 0; i < sources->count; i++) {
        if (run_finds_in(run, &extract->prerequisite, sources->items[i], true))
            return true;
    }
    trace_skip(run->trace, "prerequisite_match_pattern is not found");
    return false;
}

static enum flow walk_list(struct run *run, const struct rule *rule, const struct ruleset *ruleset,
                           const struct piece_list *pieces, bool *matched_out)
{
    for (size_t i = 0; i < pieces->count; i++) {
        enum flow flow = walk_piece_rules(run, rule, ruleset, pieces->items[i], matched_out);
        if (flow != FLOW_ON)
            return flow;
    }
    return FLOW_ON;
}

static enum flow walk_extract(struct run *run, const struct rule *rule, struct piece *parent,
                              bool *matched_out)
{
    const struct extract *extract = &rule->is.extract;
    *matched_out = false;
    if (extract->pattern_count == 0) {
        struct piece_list whole = {0};
        extract_sources(run, rule, parent, &whole);
        return has_prerequisite(run, extract, &whole)
                   ? walk_list(run, rule, NULL, &whole, matched_out)
                   : FLOW_ON;
    }
    bool complete = true;
    const struct sources *sources = sources_of(run, rule, parent);
    if (!has_prerequisite(run, extract, &sources->list))
        return FLOW_ON;
    for (size_t p = 0; p < extract->pattern_count; p++) {
        struct piece_list pieces = {0};
        for (size_t i = 0; i < sources->list.count; i++)
            complete &= find_pieces(run, rule, &extract->patterns[p], &sources->sought[i], &pieces);
        enum flow flow = walk_list(run, rule, extract->patterns[p].ruleset, &pieces, matched_out);
        if (!complete)
            run->half_hidden |= rule_hides(rule);
        if (flow != FLOW_ON)
            return flow;
    }
    return FLOW_ON;
}

/* `wins`: of rules of which one detects, it is the one. */
static enum flow walk_detect(struct run *run, const struct rule *rule, struct piece *piece,
                             bool wins, bool *matched_out)
{
    struct piece_list pieces = {0};
    bool matched_below = false;
    *matched_out = detect(run, rule, piece, &pieces) > SEVERITY_NONE && wins;
    if (!wins && pieces.count > 0)
        trace_skip(run->trace, "another rule is more restrictive");
    return *matched_out ? walk_list(run, rule, NULL, &pieces, &matched_below) : FLOW_ON;
}

static enum flow walk_action(struct run *run, const struct rule *rule, struct piece *piece,
                             bool wins, bool *matched_out)
{
    *matched_out = true;
    switch (rule->action) {
    case ACTION_GROUP:
        *matched_out = rule->rule_count == 0;
        {
            bool matched = false;
            enum flow flow =
                walk_rules(run, rule->rules, rule->rule_count, rule->match, piece, &matched);
            *matched_out |= matched;
            return flow == FLOW_BRANCH ? FLOW_ON : flow;
        }
    case ACTION_EXTRACT:
        return walk_extract(run, rule, piece, matched_out);
    case ACTION_DETECT:
        return walk_detect(run, rule, piece, wins, matched_out);
    case ACTION_RULESET:
        *matched_out = false;
        return walk_reference(run, rule->is.reference.ruleset, piece, matched_out);
    default:
        return walk_leaf(run, rule, piece, matched_out);
    }
}

/* Whether its `when` holds: before anything of the message is opened for it. */
static bool may_try(struct run *run, const struct rule *rule, struct unmet *why)
{
    asked_about(&run->asked, run->message, run->map, run->arena);
    bool holds = condition_holds(rule->when, &run->asked, run->changes, why);
    if (run->asked.incomplete)
        run_note(run, UNINSPECTED_LIMIT);
    return holds;
}

static enum flow walk_rule(struct run *run, const struct rule *rule, struct piece *piece, bool wins,
                           bool *matched_out)
{
    struct unmet why;
    bool matched = false;
    enum flow flow = FLOW_ON;
    *matched_out = false;
    if (!rule->enabled)
        return FLOW_ON;
    if (++run->ticks % 64 == 0 && run_is_late(run))
        return FLOW_STOP;
    trace_enter(run->trace, rule->words, rule->name);
    if (may_try(run, rule, &why)) {
        flow = walk_action(run, rule, piece, wins, &matched);
        if (matched)
            fire(run, rule);
    } else {
        trace_skip(run->trace, run->trace ? unmet_text(&why, run->arena) : NULL);
    }
    trace_leave(run->trace, matched);
    *matched_out = matched;
    return flow;
}

/* Of the rules that detect the one that finds what is most severe, the first of several. */
static const struct rule *most_restrictive(struct run *run, const struct rule *rules, size_t count,
                                           struct piece *piece)
{
    const struct rule *most = NULL;
    enum severity highest = SEVERITY_NONE;
    for (size_t i = 0; i < count; i++) {
        struct unmet why;
        if (!rules[i].enabled || rules[i].action != ACTION_DETECT || run_is_late(run) ||
            !may_try(run, &rules[i], &why))
            continue;
        enum severity severity = detect(run, &rules[i], piece, NULL);
        if (severity > highest) {
            highest = severity;
            most = &rules[i];
        }
    }
    return most;
}

static enum flow walk_rules(struct run *run, const struct rule *rules, size_t count,
                            enum match match, struct piece *piece, bool *matched_out)
{
    const struct rule *most =
        match == MATCH_MOST_RESTRICTIVE ? most_restrictive(run, rules, count, piece) : NULL;
    for (size_t i = 0; i < count; i++) {
        bool matched;
        enum flow flow = walk_rule(run, &rules[i], piece, !most || most == &rules[i], &matched);
        *matched_out |= matched;
        if (flow != FLOW_ON)
            return flow;
        if (match == MATCH_FIRST && matched)
            break;
    }
    return FLOW_ON;
}

void walk_ruleset(struct run *run, const struct ruleset *ruleset)
{
    bool matched = false;
    struct piece root = {.views = run->views,
                         .view = views_root(run->views),
                         .len = run->message->bytes.len,
                         .envelope = &run->message->envelope,
                         .rule = ruleset->name,
                         .part = &run->map->parts[0],
                         .is_part = true};
    struct piece *piece = ARENA_NEW(run->arena, struct piece);
    run->lookout = ruleset->lookout;
    run->body_patterns = ruleset->body_patterns;
    run->sighting_count = 0;
    *piece = root;
    (void)walk_rules(run, ruleset->rules, ruleset->rule_count, MATCH_ALL, piece, &matched);
}
