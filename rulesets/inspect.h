/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inspect: one message through one ruleset: map, rules, changes, sealed edits, verdict. The one code
 * path of live mail, `culvert apply` and `culvert test`. Runs on one thread, does no I/O, needs
 * nothing but its arguments; everything it makes is in `arena`. Calls itself back never.
 */
#ifndef CULVERT_RULESETS_INSPECT_H
#define CULVERT_RULESETS_INSPECT_H

#include "engine/message/message.h"
#include "rulesets/trace.h"
#include "transforms/changes.h"

struct ruleset;

enum trouble_policy { TROUBLE_PASS, TROUBLE_TAG, TROUBLE_HOLD, TROUBLE_REJECT, TROUBLE_TEMPFAIL };

/* "inspection" and "inspected_header" of a service. */
struct inspection {
    const struct ruleset *ruleset; /* NULL: no rules, only the inspected header */
    uint64_t max_inspect_size;     /* bytes; 0: no limit */
    unsigned time_budget_ms;       /* 0: 20 s */
    enum trouble_policy on_uninspectable, on_uncertain, on_error;
    struct span inspected_name, inspected_value;
};

enum verdict { VERDICT_DELIVER, VERDICT_REJECT, VERDICT_TEMPFAIL, VERDICT_DISCARD, VERDICT_HOLD };
const char *verdict_name(enum verdict verdict);

struct outcome {
    enum verdict verdict;
    int code;             /* reply to the client for REJECT and TEMPFAIL: 550 */
    const char *enhanced; /* "5.7.1" */
    struct span text;     /* one line of printable UTF-8, at most 400 bytes */
    bool close;           /* close the connection behind the reply */
    const struct edits *edits; /* sealed; NULL unless VERDICT_DELIVER */
    struct views *views;
    struct span tags;             /* "a, b" */
    ambiguity_set ambiguities;    /* not empty: the message is uncertain */
    uint32_t uninspected;         /* set of 1 << enum uninspected */
    const char *reason;           /* a word for the log: "rule", "uncertain", "uninspectable", "error" */
    const char *rule;             /* that decided, or NULL */
    size_t rules_matched;
    size_t edit_count;
};

void inspect(const struct inspection *inspection, const struct message *message,
             struct arena *arena, struct trace *trace, struct outcome *out);

#endif
