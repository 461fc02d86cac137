/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/log.h"
#include "engine/message/view.h"
#include "tunnels/mail/transaction_link.h"

/*
 * summary: the one line that the log has of each message: who, how large, what the rules did, what
 * the next hop said, where the time went, and what could not be looked at or not be read in one
 * way. Never content.
 */

#define DOUBTS 5
#define US_IN_MS 1000u

static size_t part_count(const struct outcome *outcome)
{
    return outcome->views ? views_map(outcome->views)->part_count : 0;
}

static uint64_t stage(uint64_t from, uint64_t to)
{
    return to > from ? to - from : 0;
}

static int64_t stage_ms(uint64_t from, uint64_t to)
{
    return (int64_t)stage(from, to);
}

static void measure(const struct transaction *transaction, const struct reply *reply)
{
    const struct counts *counts = transaction->counts;
    const char *verdict =
        transaction->inspected ? verdict_name(transaction->outcome.verdict) : "none";
    uint64_t bytes = transaction->receiver.decoder.facts.bytes;
    uint64_t now = loop_now_ms(transaction->loop->loop);
    metric_add(metric_by3(METRIC_MESSAGES, counts->tunnel, span_str(verdict),
                          counts_class(reply_class(reply))),
               1);
    metric_add(counts->received, bytes);
    metric_observe(counts->size, bytes);
    if (transaction->inspected) {
        counts_outcome(counts, &transaction->outcome);
        metric_observe(counts->evaluation, transaction->inspection_us);
    }
    if (transaction->state == TRANSACTION_DELIVERY) {
        metric_add(counts->sent, transaction->sent_bytes);
        metric_observe(counts->delivery, US_IN_MS * stage(transaction->inspected_ms, now));
    }
}

static void count(const struct transaction *transaction)
{
    const struct outcome *outcome = &transaction->outcome;
    struct outcome_counts *counts = &transaction->loop->counts;
    counts->messages++;
    counts->uninspected += outcome->uninspected != 0;
    counts->uncertain += outcome->ambiguities != 0;
    counts->errors += outcome->failed;
}

/* What most messages do not have stands in the line only where there is something to say. */
static void add_text(struct log_field *fields, size_t *filled, const char *key, struct span text)
{
    if (text.len > 0)
        fields[(*filled)++] = LOG_WHOLE(key, text);
}

static size_t add_doubts(const struct transaction *transaction, struct log_field *fields)
{
    const struct outcome *outcome = &transaction->outcome;
    struct arena *arena = transaction->arena;
    size_t filled = 0;
    add_text(fields, &filled, "uncertain", outcome_ambiguity_names(outcome->ambiguities, arena));
    add_text(fields, &filled, "uninspected",
             outcome_uninspected_names(outcome->uninspected, arena));
    if (outcome->loop.state > LOOP_UNKNOWN)
        add_text(fields, &filled, "loop",
                 span_str(arena_printf(arena, "%s after %u", loop_state_name(outcome->loop.state),
                                       outcome->loop.hops)));
    if (outcome->readdressed)
        add_text(fields, &filled, "final_recipients",
                 span_str(arena_printf(arena, "%zu", outcome->recipient_count)));
    add_text(fields, &filled, "detail", span_str(outcome->detail ? outcome->detail : ""));
    return filled;
}

void transaction_log_rules(const struct transaction *transaction)
{
    const struct log_field about[] = {
        LOG_NUM("s", transaction->session),
        LOG_NUM("t", transaction->number),
        LOG_SPAN("tunnel", transaction->tunnel->name),
    };
    outcome_write_lines(&transaction->outcome, about, ARRAY_LEN(about));
}

void transaction_log(const struct transaction *transaction, const struct reply *reply)
{
    count(transaction);
    measure(transaction, reply);
    if (!log_wants(LOG_INFO))
        return;
    const struct outcome *outcome = &transaction->outcome;
    bool delivered = transaction->state == TRANSACTION_DELIVERY;
    uint64_t now = loop_now_ms(transaction->loop->loop);
    const struct log_field all[] = {
        LOG_NUM("s", transaction->session),
        LOG_NUM("t", transaction->number),
        LOG_SPAN("tunnel", transaction->tunnel->name),
        LOG_STR("client", transaction->client_address),
        LOG_STR("tls", transaction->tls_version),
        LOG_STR("suite", transaction->tls_suite),
        LOG_SPAN("user", outcome->user.ptr ? outcome->user : transaction->envelope.user),
        LOG_SPAN("certificate", transaction->envelope.certificate_subject.ptr
                                    ? transaction->envelope.certificate_subject
                                    : span_of("", 0)),
        LOG_SPAN("from", transaction->envelope.sender),
        LOG_NUM("recipients", transaction->envelope.recipient_count),
        LOG_NUM("size", transaction->receiver.decoder.facts.bytes),
        LOG_NUM("sent", delivered ? transaction->sent_bytes : 0),
        LOG_NUM("parts", part_count(outcome)),
        LOG_NUM("rules", outcome->rules_matched),
        LOG_NUM("edits", outcome->edit_count),
        LOG_STR("verdict", transaction->inspected ? verdict_name(outcome->verdict) : "none"),
        LOG_STR("reason", outcome->reason ? outcome->reason : ""),
        LOG_STR("rule", outcome->rule ? outcome->rule : ""),
        LOG_SPAN("tags", outcome->tags.ptr ? outcome->tags : span_of("", 0)),
        LOG_STR("signature", outcome->signature_broken ? "broken" : ""),
        LOG_STR("hop", delivered ? transaction_hop(transaction) : ""),
        LOG_NUM("code", reply->code),
        LOG_SPAN("enhanced", reply->enhanced),
        LOG_NUM("receive_ms", stage_ms(transaction->began_ms, transaction->received_ms)),
        LOG_NUM("inspect_us", transaction->inspection_us),
        LOG_NUM("deliver_ms", delivered ? stage_ms(transaction->inspected_ms, now) : 0),
    };
    struct log_field fields[ARRAY_LEN(all) + DOUBTS];
    memcpy(fields, all, sizeof all);
    size_t doubts = add_doubts(transaction, fields + ARRAY_LEN(all));
    log_fields(LOG_INFO, "message", fields, ARRAY_LEN(all) + doubts);
}
