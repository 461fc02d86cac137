/* SPDX-License-Identifier: Apache-2.0 */
/* What the rules do that have none below them: Transform, Exit, Error, Log, Dispose ... */
#include "engine/base/log.h"
#include "rulesets/run/identity.h"
#include "rulesets/run/recipients.h"
#include "rulesets/walk/walk.h"

static bool has_fired(const struct run *run, const struct rule *rule)
{
    return (run->fired[rule->index / 8] & (1u << (rule->index % 8))) != 0;
}

static void fail(struct run *run, const struct rule *rule, const struct error *err)
{
    run->hiding_incomplete |= run->hiding_only;
    if (run->failed || run->hiding_only)
        return;
    trace_note(run->trace, "failed: %s", err->text);
    run->failed = true;
    run->failure = *err;
    run->failed_rule = rule->place;
}

static struct template_values values_of(const struct run *run, const struct rule *rule,
                                        struct piece *piece)
{
    return (struct template_values){
        .piece = piece, .rule = rule->name, .user = changes_user(run->changes)};
}

static enum flow run_transform(struct run *run, const struct rule *rule, struct piece *piece)
{
    const struct transform_class *class = rule->is.transform.class;
    struct transform_context context = {.arena = run->arena,
                                        .views = run->views,
                                        .changes = run->changes,
                                        .hides = run->hides,
                                        .rule = rule->name,
                                        .place = rule->place,
                                        .deadline_ns = run->deadline_ns,
                                        .record_only = run->scan != SCAN_STRICT};
    struct error err = ERROR_INIT;
    if (run->hiding_only && !class->edits_piece)
        return FLOW_ON;
    size_t before = run->hides->count;
    switch (class->apply(rule->is.transform.settings, piece, &context, &err)) {
    case TRANSFORM_DONE:
        trace_note(run->trace, class->edits_piece ? "%zu changes" : "done",
                   run->hides->count - before);
        break;
    case TRANSFORM_NOTHING:
        trace_note(run->trace, "nothing to change");
        break;
    case TRANSFORM_OVER_LIMIT:
        run->half_hidden = true;
        if (!run_is_late(run))
            run_note(run, UNINSPECTED_PATTERN_LIMIT);
        break;
    case TRANSFORM_FAILED:
        fail(run, rule, &err);
        break;
    }
    return FLOW_ON;
}

static enum flow run_exit(struct run *run, const struct rule *rule, struct piece *piece,
                          bool *matched_out)
{
    const struct exit *exit = &rule->is.exit;
    static const enum flow flows[] = {FLOW_BRANCH, FLOW_RULESET, FLOW_STOP};
    if ((matcher_is_set(&exit->has_to_match) &&
         !run_finds_in(run, &exit->has_to_match, piece, false)) ||
        (matcher_is_set(&exit->must_not_match) &&
         run_finds_in(run, &exit->must_not_match, piece, true))) {
        *matched_out = false;
        return FLOW_ON;
    }
    trace_note(run->trace, "leaves the %s",
               exit->scope == EXIT_BRANCH    ? "branch"
               : exit->scope == EXIT_RULESET ? "ruleset"
                                             : "message");
    return flows[exit->scope];
}

/* The first that decides; the rest of the rules need only run for what they hide, where the reply
 * can hold text of the message. */
static enum flow run_decision(struct run *run, const struct rule *rule, struct piece *piece)
{
    if (run->hiding_only)
        return FLOW_ON;
    run->decider = rule;
    run->decider_piece = piece;
    run->decider_user = changes_user(run->changes);
    run->hiding_only = rule->captures;
    return rule->captures ? FLOW_ON : FLOW_STOP;
}

/* The rules go on: others may have a say, and what is to be hidden is to be hidden. */
static enum flow run_recipients(struct run *run, const struct rule *rule, struct piece *piece)
{
    const struct recipients_rule *asks = &rule->is.recipients;
    if (run->hiding_only)
        return FLOW_ON;
    struct template_values values = values_of(run, rule, piece);
    recipients_ask(run->recipients, rule, &values, has_fired(run, rule), run->scan != SCAN_STRICT);
    trace_note(run->trace, "recipients: %s",
               asks->drop_count > 0       ? "some are dropped"
               : asks->redirect.count > 0 ? "others instead"
                                          : "others, too");
    return FLOW_ON;
}

static enum flow run_user(struct run *run, const struct rule *rule, struct piece *piece,
                          bool *matched_out)
{
    struct template_values values = values_of(run, rule, piece);
    struct error err = ERROR_INIT;
    if (!run->hiding_only && !identity_set(run, rule->is.user, &values, matched_out, &err))
        fail(run, rule, &err);
    return FLOW_ON;
}

static void add_line(struct run *run, struct rule_line line)
{
    if (run->line_count >= RULE_LINES_MAX) {
        run->more_lines++;
        return;
    }
    run->lines =
        arena_grow(run->arena, run->lines, run->line_count, &run->line_cap, sizeof *run->lines);
    run->lines[run->line_count++] = line;
}

/* The lines are kept until the outcome is final: the message may be begun anew by a worker. */
static enum flow run_log(struct run *run, const struct rule *rule, struct piece *piece)
{
    struct template_values values = values_of(run, rule, piece);
    const struct log_rule *log = &rule->is.log;
    if (run->hiding_only || (run->scan != SCAN_STRICT && has_fired(run, rule)) ||
        !log_wants((enum log_level)log->level))
        return FLOW_ON;
    if (template_uses_tag(log->message))
        values.tag = changes_tags_masked(run->changes, run->arena);
    struct span text = template_expand_masked(log->message, &values, run->arena);
    add_line(run, (struct rule_line){log->level, rule->place, text});
    return FLOW_ON;
}

enum flow walk_leaf(struct run *run, const struct rule *rule, struct piece *piece,
                    bool *matched_out)
{
    switch (rule->action) {
    case ACTION_TRANSFORM:
        return run_transform(run, rule, piece);
    case ACTION_EXIT:
        return run_exit(run, rule, piece, matched_out);
    case ACTION_ERROR:
    case ACTION_DISPOSE:
        return run_decision(run, rule, piece);
    case ACTION_RECIPIENTS:
        return run_recipients(run, rule, piece);
    case ACTION_LOG:
        return run_log(run, rule, piece);
    case ACTION_USER:
        return run_user(run, rule, piece, matched_out);
    default:
        return FLOW_ON;
    }
}
