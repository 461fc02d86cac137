/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/counts.h"

#include "engine/base/mem.h"
#include "engine/message/map/ambiguity.h"
#include "engine/message/uninspected.h"
#include "rulesets/inspect.h"

#include <stdlib.h>

static void counts_free(struct counted *counted)
{
    free(CONTAINER_OF(counted, struct counts, counted));
}

struct span counts_class(unsigned class)
{
    static const struct span classes[REPLY_CLASSES] = {SPAN_INIT("none"), SPAN_INIT("1xx"),
                                                       SPAN_INIT("2xx"),  SPAN_INIT("3xx"),
                                                       SPAN_INIT("4xx"),  SPAN_INIT("5xx")};
    return classes[class < REPLY_CLASSES ? class : 0];
}

static void init_tables(struct counts *counts)
{
    static const struct span reasons[REFUSED_COUNT] = {SPAN_INIT("not_allowed"),
                                                       SPAN_INIT("max_connections"),
                                                       SPAN_INIT("max_connections_per_client"),
                                                       SPAN_INIT("max_connection_rate_per_client"),
                                                       SPAN_INIT("not_a_balancer"),
                                                       SPAN_INIT("proxy_header")};
    for (size_t i = 0; i < REFUSED_COUNT; i++)
        counts->refused[i] = metric_by2(METRIC_CONNECTIONS_REFUSED, counts->tunnel, reasons[i]);
    for (unsigned i = 0; i < COMMAND_VERBS; i++)
        counts->commands[i] = metric_by2(METRIC_COMMANDS, counts->tunnel,
                                         span_str(command_verb_name((enum command_verb)i)));
    for (unsigned i = 0; i < REPLY_CLASSES; i++) {
        counts->replies[i] = metric_by2(METRIC_REPLIES, counts->tunnel, counts_class(i));
        counts->recipients[i] = metric_by2(METRIC_RECIPIENTS, counts->tunnel, counts_class(i));
    }
}

struct counts *counts_new(struct span tunnel)
{
    struct counts *counts = mem_alloc(sizeof *counts);
    counted_init(&counts->counted, counts_free);
    counts->accepted = metric_by(METRIC_CONNECTIONS_ACCEPTED, tunnel);
    counts->tunnel = tunnel = metric_label(counts->accepted, 0);
    counts->open = metric_by(METRIC_CONNECTIONS, tunnel);
    counts->received = metric_by(METRIC_RECEIVED_BYTES, tunnel);
    counts->sent = metric_by(METRIC_SENT_BYTES, tunnel);
    counts->size = metric_by(METRIC_MESSAGE_SIZE, tunnel);
    counts->evaluation = metric_by(METRIC_EVALUATION, tunnel);
    counts->delivery = metric_by(METRIC_DELIVERY, tunnel);
    counts->rules = metric_by(METRIC_RULES_MATCHED, tunnel);
    counts->edits = metric_by(METRIC_EDITS, tunnel);
    counts->errors = metric_by(METRIC_EVALUATION_ERRORS, tunnel);
    init_tables(counts);
    return counts;
}

struct counts *counts_ref(struct counts *counts)
{
    counted_ref(&counts->counted);
    return counts;
}

void counts_unref(struct counts **slot)
{
    struct counts *counts = *slot;
    *slot = NULL;
    if (counts)
        counted_unref(&counts->counted);
}

void counts_reply(const struct counts *counts, struct span bytes)
{
    unsigned first = bytes.len > 0 ? (unsigned char)bytes.ptr[0] - '0' : 0;
    metric_add(counts->replies[first < REPLY_CLASSES ? first : 0], 1);
}

void counts_limit(const struct counts *counts, const char *reason)
{
    metric_add(metric_by2(METRIC_LIMITS, counts->tunnel, span_str(reason)), 1);
}

static void count_loop(const struct counts *counts, const struct outcome *outcome)
{
    bool refused = strcmp(outcome->reason, "loop") == 0;
    bool passed = strcmp(outcome->reason, "returned") == 0;
    const char *result = refused                               ? "refused"
                         : passed                              ? "passed"
                         : outcome->loop.state >= LOOP_CHANGED ? "inspected"
                                                               : "forged";
    if (outcome->loop.state > LOOP_UNKNOWN)
        metric_add(metric_by2(METRIC_LOOPS, counts->tunnel, span_str(result)), 1);
}

void counts_outcome(const struct counts *counts, const struct outcome *outcome)
{
    count_loop(counts, outcome);
    metric_add(counts->rules, outcome->rules_matched);
    metric_add(counts->edits, outcome->edit_count);
    if (outcome->failed)
        metric_add(counts->errors, 1);
    for (unsigned i = 0; outcome->uninspected >> i; i++) {
        if (outcome->uninspected >> i & 1)
            metric_add(metric_by2(METRIC_UNINSPECTED, counts->tunnel,
                                  span_str(uninspected_name((enum uninspected)i))),
                       1);
    }
    for (unsigned i = 0; outcome->ambiguities >> i; i++) {
        if (outcome->ambiguities >> i & 1)
            metric_add(metric_by2(METRIC_UNCERTAIN, counts->tunnel,
                                  span_str(ambiguity_name((enum ambiguity)i))),
                       1);
    }
}
