/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fake/fake.h"

#include "engine/base/mem.h"
#include "engine/loop/deferred.h"
#include "engine/loop/timers.h"
#include "engine/loop/workers.h"

#include <assert.h>
#include <stdlib.h>

#define SCRATCH_BYTES 65536u
/* A real clock is not zero either. */
#define START_MS 1000000u

struct loop {
    uint64_t now_ms;
    struct timers timers;
    struct deferred deferred;
    struct list posted;
    bool stopping;
    char scratch[SCRATCH_BYTES];
};

struct workers {
    struct list queue;
    unsigned queued;
    unsigned queue_max;
    struct list link; /* in all_workers */
};

static struct list all_workers = {&all_workers, &all_workers};
static bool workers_held;

struct loop *loop_new(void)
{
    struct loop *loop = mem_alloc(sizeof *loop);
    loop->now_ms = START_MS;
    deferred_init(&loop->deferred);
    list_init(&loop->posted);
    return loop;
}

void loop_run(struct loop *loop)
{
    fake_settle(loop);
}

void loop_stop(struct loop *loop)
{
    loop->stopping = true;
}

void loop_free(struct loop **slot)
{
    struct loop *loop = *slot;
    if (!loop)
        return;
    *slot = NULL;
    assert(list_is_empty(&loop->posted) && list_is_empty(&loop->deferred.waiting) &&
           list_is_empty(&loop->deferred.queue));
    assert(loop->timers.count == 0 && "a timer still runs");
    timers_fini(&loop->timers);
    free(loop);
}

uint64_t loop_now_ms(const struct loop *loop)
{
    return loop->now_ms;
}

struct timers *loop_timers(struct loop *loop)
{
    return &loop->timers;
}

void loop_timers_changed(struct loop *loop)
{
    (void)loop;
}

struct deferred *loop_deferred(struct loop *loop)
{
    return &loop->deferred;
}

void loop_end_event(struct loop *loop)
{
    (void)deferred_run(&loop->deferred);
}

void loop_post(struct loop *loop, struct post *post)
{
    list_append(&loop->posted, &post->link);
}

void loop_post_cancel(struct loop *loop, struct post *post)
{
    (void)loop;
    list_remove(&post->link);
}

char *loop_scratch(struct loop *loop, size_t *size_out)
{
    *size_out = sizeof loop->scratch;
    return loop->scratch;
}

void *loop_native(struct loop *loop)
{
    (void)loop;
    return NULL;
}

struct workers *workers_new(unsigned threads, unsigned queue_max, size_t stack_bytes)
{
    struct workers *workers = mem_alloc(sizeof *workers);
    (void)threads;
    (void)stack_bytes;
    list_init(&workers->queue);
    workers->queue_max = queue_max;
    list_append(&all_workers, &workers->link);
    return workers;
}

static void come_home(struct post *post)
{
    struct job *job = CONTAINER_OF(post, struct job, post);
    job->done(job);
}

static bool run_job(struct workers *workers)
{
    if (list_is_empty(&workers->queue))
        return false;
    struct job *job = LIST_FIRST(&workers->queue, struct job, link);
    list_remove(&job->link);
    job->queued = false;
    workers->queued--;
    job->run(job);
    loop_post(job->loop, &job->post);
    return true;
}

void workers_free(struct workers **slot)
{
    struct workers *workers = *slot;
    if (!workers)
        return;
    *slot = NULL;
    while (run_job(workers))
        continue;
    list_remove(&workers->link);
    free(workers);
}

bool workers_submit(struct workers *workers, struct loop *loop, struct job *job)
{
    if (workers->queued >= workers->queue_max)
        return false;
    job->loop = loop;
    loop_post_init(&job->post, come_home);
    list_append(&workers->queue, &job->link);
    job->queued = true;
    workers->queued++;
    return true;
}

bool workers_cancel(struct workers *workers, struct job *job)
{
    bool waits = job->queued;
    if (waits) {
        list_remove(&job->link);
        job->queued = false;
        workers->queued--;
    }
    return waits;
}

void fake_hold_workers(bool hold)
{
    workers_held = hold;
}

static bool workers_turn(void)
{
    bool ran = false;
    if (workers_held)
        return false;
    list_for_each_safe (link, after, &all_workers) {
        ran |= run_job(CONTAINER_OF(link, struct workers, link));
    }
    return ran;
}

static bool post_turn(struct loop *loop)
{
    if (list_is_empty(&loop->posted))
        return false;
    struct post *post = LIST_FIRST(&loop->posted, struct post, link);
    list_remove(&post->link);
    post->run(post);
    loop_end_event(loop);
    return true;
}

static bool timer_turn(struct loop *loop)
{
    if (timers_next_ms(&loop->timers) > loop->now_ms)
        return false;
    timers_expire(&loop->timers, loop, loop->now_ms);
    return true;
}

static bool queue_turn(struct loop *loop)
{
    bool ran = deferred_run_queued(&loop->deferred);
    if (ran)
        loop_end_event(loop);
    return ran;
}

bool fake_turn(struct loop *loop)
{
    if (!list_is_empty(&loop->deferred.waiting)) {
        loop_end_event(loop);
        return true;
    }
    return timer_turn(loop) || post_turn(loop) || workers_turn() || fake_network_turn(loop) ||
           queue_turn(loop);
}

void fake_settle(struct loop *loop)
{
    unsigned turns = 0;
    while (fake_turn(loop)) {
        turns++;
        assert(turns < 50u * 1000u * 1000u && "it never settles");
    }
}

void fake_advance(struct loop *loop, uint64_t ms)
{
    uint64_t until_ms = loop->now_ms + ms;
    fake_settle(loop);
    for (uint64_t next; (next = timers_next_ms(&loop->timers)) <= until_ms;) {
        if (next > loop->now_ms)
            loop->now_ms = next;
        fake_settle(loop);
    }
    loop->now_ms = until_ms;
    fake_settle(loop);
}

uint64_t fake_next_timer_ms(struct loop *loop)
{
    uint64_t next_ms = UINT64_MAX;
    for (size_t i = 0; i < loop->timers.count; i++) {
        uint64_t due_ms = loop->timers.heap[i].timer->due_ms;
        if (due_ms < next_ms)
            next_ms = due_ms;
    }
    if (next_ms == UINT64_MAX)
        return next_ms;
    return next_ms > loop->now_ms ? next_ms - loop->now_ms : 0;
}
