/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inspect: one message through one ruleset: map, rules, changes, sealed edits, verdict. The one
 * code path of live mail, `culvert apply` and `culvert test`. Runs on one thread, does no I/O,
 * needs nothing but its arguments; everything it makes is in `arena`. Calls itself back never.
 *
 * Mail of our own that comes back (loop_guard.h) is refused when it has been here too often, and
 * where the policy wants it passes as it is, unless it has changed or is uncertain: no rule runs
 * then, and nothing but the field of the guard is written.
 *
 * Who decides, the first that has something to say:
 *   1. the first rule with `error`, or with `dispose` reject, tempfail or discard; no rule runs
 *      behind it. `dispose` deliver ends the rules, and what follows here still counts.
 *   2. on_error: a transform failed, two rules want different changes of one place, or a limit
 *      left some finds of a hiding rule unseen while others are hidden (half a mask is none).
 *   3. on_uncertain: the message can be read in several ways. Where it may pass (pass, tag) the
 *      rules also look at the other readings; what they would hide there and we do not is refused.
 *   4. on_uninspectable: something could not be looked at.
 * Rules that drop, replace or add recipients are counted together when the message may leave (see
 * recipients.h), also where it leaves without what else they asked for: who was not to get it does
 * not. Where nobody is left it is discarded.
 * pass and tag let a message out with all that the rules asked for, or, in case 2, with nothing of
 * it; never when a rule was to hide something that would be in clear: then it is answered by
 * cause. Without a ruleset only the fields of our own are changed.
 */
#ifndef CULVERT_RULESETS_INSPECT_H
#define CULVERT_RULESETS_INSPECT_H

#include "engine/message/message.h"
#include "rulesets/loop/loop_guard.h"
#include "rulesets/run/recipients.h"
#include "rulesets/run/rule_line.h"
#include "rulesets/trace/trace.h"
#include "transforms/changes.h"

struct ruleset;

enum trouble_policy {
    TROUBLE_PASS,
    TROUBLE_TAG,
    TROUBLE_HOLD,
    TROUBLE_REJECT,
    TROUBLE_TEMPFAIL,
    TROUBLE_BY_CAUSE /* on_error alone: tempfail, but 554 where each later try would end the same */
};

/* "inspection" and "inspected_header" of a service. */
struct inspection {
    const struct ruleset *ruleset; /* NULL: no rules, only the inspected header */
    uint64_t max_inspect_size;     /* bytes; 0: no limit */
    unsigned time_budget_ms;       /* 0: 20 s */
    enum trouble_policy on_uninspectable, on_uncertain, on_error;
    struct span inspected_name, inspected_value;
    const struct loop_guard *loop_guard; /* NULL: none */
};

enum verdict { VERDICT_DELIVER, VERDICT_REJECT, VERDICT_TEMPFAIL, VERDICT_DISCARD, VERDICT_HOLD };
const char *verdict_name(enum verdict verdict);

struct outcome {
    enum verdict verdict;
    int code;                  /* reply to the client for REJECT and TEMPFAIL: 550 */
    const char *enhanced;      /* "5.7.1" */
    struct span text;          /* one line of printable UTF-8, at most 400 bytes */
    bool close;                /* close the connection behind the reply */
    const struct edits *edits; /* sealed; NULL unless VERDICT_DELIVER */
    struct views *views;
    struct span tags;          /* "a, b" */
    struct span user;          /* of set_user_identity, as it leaves; ptr NULL: not set */
    ambiguity_set ambiguities; /* not empty: the message is uncertain */
    uint32_t uninspected;      /* set of 1 << enum uninspected */
    const char *reason;        /* a word for the log: "rule", "uncertain", "uninspectable", "error",
                                  "permanent_error" (that a later try would meet again) */
    const char *rule;          /* that decided, or NULL */
    const char *detail;        /* more for the log and --explain, or NULL; no message content */
    size_t rules_matched;
    size_t edit_count;
    bool signature_broken; /* a change lies in what the sender signed */
    bool failed;           /* a transform failed or rules contradict each other (on_error) */
    struct loop_finding loop;
    bool readdressed; /* `recipients` are who gets it, instead of the client's */
    const struct recipient *recipients;
    size_t recipient_count;
    const struct rule_line *lines;
    size_t line_count;
    size_t more_lines; /* that there was no room for */
};

struct log_field;

/* Puts the lines of the log rules into the log, each with the `count` fields of `about` (at most 8)
 * in front. Once a message, when its outcome is final. */
void outcome_write_lines(const struct outcome *outcome, const struct log_field *about,
                         size_t count);

/* "container, charset"; "duplicate_field, ..."; in the arena. */
struct span outcome_uninspected_names(uint32_t reasons, struct arena *arena);
struct span outcome_ambiguity_names(ambiguity_set ambiguities, struct arena *arena);

/* The field that names what was not inspected. */
#define INSPECT_UNINSPECTED_FIELD "X-Culvert-Uninspected"

void inspect(const struct inspection *inspection, const struct message *message,
             struct arena *arena, struct trace *trace, struct outcome *out);

#endif
