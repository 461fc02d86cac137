/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/inspect.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "rulesets/outcome.h"
#include "rulesets/readings.h"
#include "rulesets/run/identity.h"
#include "rulesets/run/recipients.h"
#include "rulesets/signed.h"
#include "rulesets/walk/walk.h"

#include <errno.h>

#define TIME_BUDGET_MS 20000u
#define CANNOT_CHANGE "the message could not be changed as the policy wants"

struct inspecting {
    const struct inspection *inspection;
    struct run run;
    struct hides hides;
    struct buf reasons; /* of X-Culvert-Uninspected */
    bool unchanged;     /* nothing that the rules asked for is done */
    bool returned;      /* mail of our own that passes as it is */
    struct span guard;  /* the value of the loop guard's field */
    struct outcome *out;
};

static uint64_t deadline(const struct inspection *inspection)
{
    uint64_t ms = inspection->time_budget_ms ? inspection->time_budget_ms : TIME_BUDGET_MS;
    return clock_now_ns() + ms * CLOCK_NS_IN_MS;
}

static void begin(struct inspecting *in, const struct inspection *inspection,
                  const struct message *message, struct arena *arena, struct trace *trace)
{
    struct run *run = &in->run;
    in->inspection = inspection;
    in->hides.arena = arena;
    run_open(run, message, deadline(inspection), arena);
    run->trace = trace;
    run->hides = &in->hides;
    if (inspection->ruleset)
        run->fired = arena_alloc(arena, inspection->ruleset->total_rules / 8 + 1);
}

static void look(struct inspecting *in)
{
    struct run *run = &in->run;
    const struct inspection *inspection = in->inspection;
    if (!inspection->ruleset)
        return;
    if (inspection->max_inspect_size > 0 &&
        run->message->bytes.len > inspection->max_inspect_size) {
        run_note(run, UNINSPECTED_TOO_BIG);
        return;
    }
    if (run->map->over_limit) {
        trace_note(run->trace, "limit: %s", run->map->over_limit);
        run_note(run, UNINSPECTED_LIMIT);
    }
    walk_ruleset(run, inspection->ruleset);
}

static void add_reason(struct inspecting *in, struct span names)
{
    if (in->reasons.len > 0)
        buf_add_str(&in->reasons, ", ");
    buf_add(&in->reasons, names);
}

static bool may_pass(enum trouble_policy policy)
{
    return policy == TROUBLE_PASS || policy == TROUBLE_TAG;
}

/* --- the policies; each says whether the message goes on --- */

static bool rule_lets_pass(struct inspecting *in)
{
    const struct rule *rule = in->run.decider;
    if (!rule || (rule->action == ACTION_DISPOSE && rule->is.dispose == DISPOSE_DELIVER))
        return true;
    outcome_of_rule(&in->run, in->out);
    return false;
}

/* What stands in the message itself will be there when the sender tries again. Time, memory and
 * disk pass, and rules that contradict each other are mended. */
static bool is_permanent(const struct error *err)
{
    return err->code == EROFS || err->code == E2BIG;
}

static void refuse_by_cause(struct inspecting *in, bool permanent)
{
    struct outcome *out = in->out;
    outcome_of_policy(&in->run, permanent ? TROUBLE_REJECT : TROUBLE_TEMPFAIL, "5.6.0",
                      permanent ? SPAN("the message cannot be protected as the policy wants")
                                : SPAN(CANNOT_CHANGE),
                      out);
    if (permanent)
        out->code = 554;
}

static bool error_lets_pass(struct inspecting *in, const struct error *err, const char *rule)
{
    enum trouble_policy policy = in->inspection->on_error;
    bool permanent = is_permanent(err);
    in->out->failed = true;
    in->out->reason = permanent ? "permanent_error" : "error";
    in->out->detail = arena_printf(in->run.arena, "%s", err->text);
    in->out->rule = rule;
    if (may_pass(policy) && !in->hides.any_secret) {
        if (policy == TROUBLE_TAG)
            add_reason(in, SPAN("error"));
        in->unchanged = true;
        return true;
    }
    if (may_pass(policy) || policy == TROUBLE_BY_CAUSE)
        refuse_by_cause(in, permanent);
    else
        outcome_of_policy(&in->run, policy, "5.7.1", SPAN(CANNOT_CHANGE), in->out);
    return false;
}

static bool failure_lets_pass(struct inspecting *in)
{
    struct run *run = &in->run;
    struct error err = ERROR_INIT;
    if (!run->failed && !changes_write_pieces(run->changes, run->deadline_ns, &err)) {
        run->failed = true;
        run->failure = err;
    }
    if (run->failed)
        return error_lets_pass(in, &run->failure, run->failed_rule);
    if (run->half_hidden && in->hides.any_secret) {
        (void)error_set(&err, "a limit left finds of a hiding rule unseen");
        err.code = run->uninspected & 1u << UNINSPECTED_TIME_BUDGET ? ETIME : E2BIG;
        return error_lets_pass(in, &err, NULL);
    }
    return true;
}

static bool uncertain_lets_pass(struct inspecting *in)
{
    struct run *run = &in->run;
    enum trouble_policy policy = in->inspection->on_uncertain;
    in->out->ambiguities = run->map->ambiguities;
    if (run->map->ambiguities == 0 || !in->inspection->ruleset)
        return true;
    struct span names = outcome_ambiguity_names(run->map->ambiguities, run->arena);
    const struct hide *open = NULL;
    if (may_pass(policy) && !(run->uninspected & 1u << UNINSPECTED_TOO_BIG)) {
        open = readings_scan(run, in->inspection->ruleset);
        if (!rule_lets_pass(in))
            return false;
    }
    if (may_pass(policy) && !open) {
        if (policy == TROUBLE_TAG) {
            add_reason(in, SPAN("uncertain"));
            add_reason(in, names);
        }
        return true;
    }
    in->out->reason = "uncertain";
    in->out->rule = open ? open->rule : NULL;
    in->out->detail = names.ptr;
    outcome_of_policy(
        run, open ? TROUBLE_REJECT : policy, "5.6.0",
        span_str(arena_printf(run->arena, "the message can be read in more than one way (%s)",
                              names.ptr)),
        in->out);
    return false;
}

static bool uninspected_lets_pass(struct inspecting *in)
{
    struct run *run = &in->run;
    enum trouble_policy policy = in->inspection->on_uninspectable;
    in->out->uninspected = run->uninspected;
    if (run->uninspected == 0)
        return true;
    struct span names = outcome_uninspected_names(run->uninspected, run->arena);
    in->out->reason = "uninspectable";
    in->out->detail = names.ptr;
    if (policy == TROUBLE_TAG)
        add_reason(in, names);
    if (may_pass(policy))
        return true;
    outcome_of_policy(
        run, policy, "5.7.1",
        span_str(arena_printf(run->arena, "the message could not be inspected (%s)", names.ptr)),
        in->out);
    return false;
}

/* Who was not to get the message must not get it because an address could not be made: as where
 * something was to be hidden, no policy lets that pass. */
static bool recipients_let_pass(struct inspecting *in)
{
    struct run *run = &in->run;
    struct outcome *out = in->out;
    struct recipient_set set;
    struct error err = ERROR_INIT;
    if (!recipients_final(run->recipients, &run->message->envelope, run->changes, &set, &err)) {
        in->hides.any_secret = true;
        return error_lets_pass(in, &err, NULL);
    }
    out->readdressed = set.changed;
    out->recipients = set.items;
    out->recipient_count = set.count;
    if (!set.changed || set.count > 0)
        return true;
    out->verdict = VERDICT_DISCARD;
    out->reason = "recipients";
    out->rule = set.rule;
    return false;
}

/* --- the message that leaves --- */

static struct span guard_value(struct inspecting *in, const struct loop_guard *guard)
{
    const struct outcome *out = in->out;
    const struct message *message = in->run.message;
    const struct envelope *envelope = &message->envelope;
    struct arena *arena = in->run.arena;
    const struct span *recipients = envelope->recipients;
    size_t count = out->readdressed ? out->recipient_count : envelope->recipient_count;
    if (guard && out->readdressed) {
        struct span *list = ARENA_ARRAY(arena, count, struct span);
        for (size_t i = 0; i < count; i++)
            list[i] = out->recipients[i].address;
        recipients = list;
    }
    return loop_guard_value(guard, message->time_s, out->loop.hops + 1, recipients, count, arena);
}

static void own_fields(struct inspecting *in)
{
    struct changes *changes = in->run.changes;
    const struct loop_guard *guard = in->inspection->loop_guard;
    /* A trace field stands on top of all others (RFC 5321 section 4.4). */
    if (in->run.message->received.len > 0)
        changes_raw_field(changes, SPAN("Received"), in->run.message->received, false);
    in->guard = guard_value(in, guard);
    if (in->guard.len > 0)
        changes_raw_field(changes, SPAN(LOOP_FIELD), in->guard, true);
    if (in->returned)
        return;
    changes_own_field(changes, in->inspection->inspected_name, in->inspection->inspected_value);
    /* What others say in our name does not leave (a sender could). */
    if (in->reasons.len > 0)
        changes_own_field(changes, SPAN(INSPECT_UNINSPECTED_FIELD),
                          arena_copy(in->run.arena, buf_span(&in->reasons)));
    else
        changes_remove_field(changes, SPAN(INSPECT_UNINSPECTED_FIELD));
    struct span tags = changes_header_tags(changes, in->run.arena);
    if (tags.len > 0)
        changes_own_field(changes, SPAN(CHANGES_TAGS_FIELD), tags);
    else
        changes_remove_field(changes, SPAN(CHANGES_TAGS_FIELD));
}

static bool seal(struct inspecting *in, struct error *err)
{
    in->out->user = identity_shown(&in->run, SHOW_LEAVING);
    own_fields(in);
    return changes_apply(in->run.changes, in->run.views, err) && views_seal(in->run.views, err);
}

/* Forgets all that the rules asked for. */
static void start_afresh(struct inspecting *in)
{
    in->run.views = run_views_new(&in->run);
    in->run.changes = changes_new(in->run.arena);
}

static void deliver(struct inspecting *in)
{
    struct run *run = &in->run;
    struct outcome *out = in->out;
    struct error err = ERROR_INIT;
    if (in->unchanged)
        start_afresh(in);
    bool sealed = seal(in, &err);
    if (!sealed && !in->unchanged && error_lets_pass(in, &err, NULL)) {
        start_afresh(in);
        sealed = seal(in, &err);
    }
    if (out->verdict != VERDICT_DELIVER)
        return;
    if (!sealed) {
        out->failed = true;
        out->reason = "error";
        out->detail = arena_printf(run->arena, "%s", err.text);
        outcome_of_policy(run, TROUBLE_TEMPFAIL, NULL, SPAN(CANNOT_CHANGE), out);
        return;
    }
    if (in->guard.len > 0)
        loop_guard_sign(in->inspection->loop_guard, run->message, views_edits(run->views),
                        in->guard, run->arena);
    out->tags = changes_tags(run->changes);
    out->edits = views_edits(run->views);
    out->edit_count = out->edits->count;
    out->signature_broken = signed_is_changed(run->views, out->edits);
}

/* Whether the message goes on; `returned` says how. */
static bool loop_lets_pass(struct inspecting *in)
{
    const struct loop_guard *guard = in->inspection->loop_guard;
    struct outcome *out = in->out;
    out->loop = loop_guard_look(guard, in->run.message, in->run.arena);
    if (guard && out->loop.hops >= guard->max_hops) {
        out->reason = "loop";
        outcome_of_policy(&in->run, TROUBLE_REJECT, "5.4.6",
                          SPAN("the message has been here before: it goes round in circles"), out);
        out->code = 554;
        return false;
    }
    in->returned = guard && guard->on_return == LOOP_PASS && out->loop.state == LOOP_SAME &&
                   in->run.map->ambiguities == 0;
    if (in->returned)
        out->reason = "returned";
    return true;
}

static void decide(struct inspecting *in)
{
    if (!loop_lets_pass(in))
        return;
    if (!in->returned) {
        look(in);
        bool passes = rule_lets_pass(in);
        in->out->ambiguities = in->run.map->ambiguities;
        in->out->uninspected = in->run.uninspected;
        if (!passes || !failure_lets_pass(in) || !uncertain_lets_pass(in) ||
            !uninspected_lets_pass(in) || !recipients_let_pass(in))
            return;
    }
    deliver(in);
}

void inspect(const struct inspection *inspection, const struct message *message,
             struct arena *arena, struct trace *trace, struct outcome *out)
{
    struct inspecting in = {.out = out};
    *out = (struct outcome){.verdict = VERDICT_DELIVER, .enhanced = "", .text = SPAN("")};
    out->tags = SPAN("");
    out->reason = "";
    begin(&in, inspection, message, arena, trace);
    decide(&in);
    out->ambiguities = in.run.map->ambiguities;
    out->uninspected = in.run.uninspected;
    /* Where nothing leaves nobody knows what of it would have been hidden. */
    if (out->verdict != VERDICT_DELIVER)
        out->user = identity_shown(&in.run, SHOW_MASKED);
    out->rules_matched = in.run.fired_count;
    out->lines = in.run.lines;
    out->line_count = in.run.line_count;
    out->more_lines = in.run.more_lines;
    out->views = in.run.views;
    buf_fini(&in.reasons);
}
