/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/transaction_link.h"

#include <time.h>

/*
 * evaluate: runs the rules over a received message. Small messages are evaluated on their loop: it
 * costs less than handing them over. Larger ones go to the workers, whose queue is bounded: when it
 * is full the client comes again.
 */

/* 64 KiB take a loop below a millisecond; a loop serves nobody else meanwhile. */
#define INLINE_MAX ((size_t)64 << 10)

static const struct reply overload = REPLY(451, "4.3.2", "Too busy, try again later");

static uint64_t now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void evaluate(struct transaction *transaction)
{
    uint64_t began = now_us();
    inspect(&transaction->tunnel->service->inspection, &transaction->message, transaction->arena,
            NULL, &transaction->outcome);
    transaction->inspection_us = now_us() - began;
}

static void run_on_worker(struct job *job)
{
    evaluate(CONTAINER_OF(job, struct transaction, job));
}

static void done_on_loop(struct job *job)
{
    struct transaction *transaction = CONTAINER_OF(job, struct transaction, job);
    if (!transaction_let_go(transaction))
        transaction_evaluated(transaction);
}

void transaction_evaluate(struct transaction *transaction)
{
    transaction->message.bytes = receiver_bytes(&transaction->receiver);
    transaction->message.envelope = transaction->envelope;
    if (transaction->message.bytes.len <= INLINE_MAX) {
        evaluate(transaction);
        transaction_evaluated(transaction);
        return;
    }
    struct tunnel_loop *loop = transaction->loop;
    transaction->job.run = run_on_worker;
    transaction->job.done = done_on_loop;
    transaction->users++;
    if (!workers_submit(loop->workers, loop->loop, &transaction->job)) {
        transaction->users--;
        transaction_finish(transaction, &overload, false);
    }
}
