/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/clock.h"
#include "tunnels/mail/received.h"
#include "tunnels/mail/transaction_link.h"
#include "tunnels/mail/weight.h"

#include <time.h>

/*
 * evaluate: runs the rules over a received message. Small messages are evaluated on their loop: it
 * costs less than handing them over. Larger ones, those that may take long by what they hold, and
 * those that turn out to take long go to the workers, whose queue is bounded: when it is full the
 * client comes again. Where the client leaves first its mail leaves the queue, and a worker that
 * has begun stops as if its time were over: others wait.
 */

/* 64 KiB usually take a loop below a millisecond; it serves nobody else meanwhile. */
#define INLINE_MAX ((size_t)64 << 10)
#define US_IN_MS 1000u

static const struct reply overload = REPLY(451, "4.3.2", "Too busy, try again later");

static struct span received_of(const struct transaction *transaction)
{
    if (!transaction->tunnel->received_header)
        return SPAN("");
    const struct envelope *envelope = &transaction->envelope;
    struct received received = {
        .helo = envelope->client_helo,
        .address = envelope->client_address,
        .server_name = span_str(transaction->tunnel->server_name),
        .recipient = envelope->recipient_count == 1 ? envelope->recipients[0] : SPAN(""),
        .id =
            arena_printf(transaction->arena, "%llu-%llu", (unsigned long long)transaction->session,
                         (unsigned long long)transaction->number),
        .time_s = transaction->message.time_s,
        .is_extended = transaction->is_extended,
        .is_secure = envelope->tls,
        .is_authenticated = transaction->login != NULL,
        .is_utf8 = envelope->smtputf8};
    return received_value(&received, transaction->arena);
}

static void evaluate(struct transaction *transaction, const struct inspection *inspection)
{
    uint64_t began = clock_now_ns();
    inspect(inspection, &transaction->message, transaction->arena, NULL, &transaction->outcome);
    if (transaction->narrows)
        transaction_narrow(transaction);
    transaction->inspection_us += (clock_now_ns() - began) / CLOCK_NS_IN_US;
}

/* false: it would take too long. What the rules said up to there is void; a worker begins anew. */
static bool evaluate_here(struct transaction *transaction)
{
    unsigned inline_ms = transaction->loop->inline_ms;
    struct inspection inspection = transaction->tunnel->service->inspection;
    bool is_short = inspection.time_budget_ms > 0 && inspection.time_budget_ms <= inline_ms;
    if (transaction->message.bytes.len > INLINE_MAX || weight_is_heavy(transaction->message.bytes))
        return false;
    if (!is_short)
        inspection.time_budget_ms = inline_ms;
    evaluate(transaction, &inspection);
    bool in_time = transaction->inspection_us < (uint64_t)inline_ms * US_IN_MS &&
                   !(transaction->outcome.uninspected & 1u << UNINSPECTED_TIME_BUDGET);
    return is_short || in_time;
}

static void run_on_worker(struct job *job)
{
    struct transaction *transaction = CONTAINER_OF(job, struct transaction, job);
    clock_watch(&transaction->given_up);
    evaluate(transaction, &transaction->tunnel->service->inspection);
    clock_watch(NULL);
}

static void done_on_loop(struct job *job)
{
    struct transaction *transaction = CONTAINER_OF(job, struct transaction, job);
    transaction->with_worker = false;
    if (!transaction_let_go(transaction))
        transaction_evaluated(transaction);
}

void transaction_evaluate(struct transaction *transaction)
{
    transaction->message.bytes = receiver_bytes(&transaction->receiver);
    transaction->message.envelope = transaction->envelope;
    transaction->message.spool = &transaction->tunnel->spool;
    transaction->message.time_s = (int64_t)time(NULL);
    transaction->message.received = received_of(transaction);
    transaction->message.known_without_nul = !receiver_has_nul(&transaction->receiver);
    transaction->narrows = transaction_may_narrow(transaction);
    if (evaluate_here(transaction)) {
        transaction_evaluated(transaction);
        return;
    }
    struct tunnel_loop *loop = transaction->loop;
    transaction->job.run = run_on_worker;
    transaction->job.done = done_on_loop;
    transaction->users++;
    transaction->with_worker = workers_submit(loop->workers, loop->loop, &transaction->job);
    if (!transaction->with_worker) {
        transaction->users--;
        counts_limit(transaction->counts, "workers");
        transaction_finish(transaction, &overload, false);
    }
}

void transaction_give_up(struct transaction *transaction)
{
    if (!transaction->with_worker)
        return;
    atomic_store(&transaction->given_up, true);
    if (workers_cancel(transaction->loop->workers, &transaction->job)) {
        transaction->with_worker = false;
        transaction->users--;
    }
}
