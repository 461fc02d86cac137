/* SPDX-License-Identifier: Apache-2.0 */
/* workers: jobs run apart from the loop and come home to it; the queue is bounded. */
#include "engine/loop/workers.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
/* after the headers that it needs */
#include <cmocka.h>

struct counted {
    struct job job;
    pthread_t owner; /* the loop's thread */
    struct loop *loop;
    unsigned *done;
    unsigned wanted;
    unsigned value;
    bool elsewhere;
    pthread_mutex_t *gate;
};

static void on_run(struct job *job)
{
    struct counted *counted = (struct counted *)(void *)job;
    if (counted->gate) {
        (void)pthread_mutex_lock(counted->gate);
        (void)pthread_mutex_unlock(counted->gate);
    }
    counted->elsewhere = !pthread_equal(pthread_self(), counted->owner);
    counted->value++;
}

static void on_done(struct job *job)
{
    struct counted *counted = (struct counted *)(void *)job;
    assert_true(pthread_equal(pthread_self(), counted->owner));
    if (++*counted->done == counted->wanted)
        loop_stop(counted->loop);
}

static void init(struct counted *jobs, unsigned count, struct loop *loop, unsigned *done)
{
    for (unsigned i = 0; i < count; i++) {
        jobs[i] = (struct counted){.job = {.run = on_run, .done = on_done},
                                   .owner = pthread_self(),
                                   .loop = loop,
                                   .done = done,
                                   .wanted = count};
    }
}

static void test_jobs_come_home(void **state)
{
    enum { COUNT = 1000 };
    (void)state;
    struct loop *loop = loop_new();
    struct workers *workers = workers_new(3, COUNT, 256 * 1024);
    struct counted *jobs = calloc(COUNT, sizeof *jobs);
    unsigned done = 0;
    init(jobs, COUNT, loop, &done);
    for (unsigned i = 0; i < COUNT; i++)
        assert_true(workers_submit(workers, loop, &jobs[i].job));
    loop_run(loop);
    assert_int_equal(done, COUNT);
    for (unsigned i = 0; i < COUNT; i++) {
        assert_int_equal(jobs[i].value, 1);
        assert_true(jobs[i].elsewhere);
    }
    workers_free(&workers);
    assert_null(workers);
    loop_free(&loop);
    free(jobs);
}

static void test_full_queue_refuses(void **state)
{
    enum { COUNT = 16 };
    (void)state;
    struct loop *loop = loop_new();
    struct workers *workers = workers_new(1, 4, 0);
    struct counted jobs[COUNT];
    unsigned done = 0;
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    unsigned taken = 0;
    init(jobs, COUNT, loop, &done);
    (void)pthread_mutex_lock(&gate);
    for (unsigned i = 0; i < COUNT; i++) {
        jobs[i].gate = &gate;
        if (workers_submit(workers, loop, &jobs[i].job))
            taken++;
    }
    /* four wait; the one that runs may have left the queue in between */
    assert_true(taken == 4 || taken == 5);
    for (unsigned i = 0; i < COUNT; i++)
        jobs[i].wanted = taken;
    (void)pthread_mutex_unlock(&gate);
    loop_run(loop);
    assert_int_equal(done, taken);
    workers_free(&workers);
    loop_free(&loop);
}

static void test_free_finishes_the_queue(void **state)
{
    enum { COUNT = 50 };
    (void)state;
    struct loop *loop = loop_new();
    struct workers *workers = workers_new(2, COUNT, 0);
    struct counted jobs[COUNT];
    unsigned done = 0;
    init(jobs, COUNT, loop, &done);
    for (unsigned i = 0; i < COUNT; i++)
        assert_true(workers_submit(workers, loop, &jobs[i].job));
    workers_free(&workers);
    for (unsigned i = 0; i < COUNT; i++)
        assert_int_equal(jobs[i].value, 1);
    loop_run(loop);
    assert_int_equal(done, COUNT);
    loop_free(&loop);
}

/* What waits goes without having run; what runs, or has, comes home. */
static void test_waiting_jobs_are_cancelled(void **state)
{
    enum { COUNT = 8 };
    (void)state;
    struct loop *loop = loop_new();
    struct workers *workers = workers_new(1, COUNT, 0);
    struct counted jobs[COUNT];
    unsigned done = 0, cancelled = 0;
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    init(jobs, COUNT, loop, &done);
    (void)pthread_mutex_lock(&gate);
    for (unsigned i = 0; i < COUNT; i++) {
        jobs[i].gate = &gate;
        assert_true(workers_submit(workers, loop, &jobs[i].job));
    }
    for (unsigned i = 1; i < COUNT - 1; i++)
        cancelled += workers_cancel(workers, &jobs[i].job);
    assert_int_equal(cancelled, COUNT - 2);
    assert_false(workers_cancel(workers, &jobs[1].job));
    for (unsigned i = 0; i < COUNT; i++)
        jobs[i].wanted = 2;
    (void)pthread_mutex_unlock(&gate);
    loop_run(loop);
    assert_int_equal(done, 2);
    for (unsigned i = 0; i < COUNT; i++)
        assert_int_equal(jobs[i].value, i == 0 || i == COUNT - 1);
    assert_false(workers_cancel(workers, &jobs[0].job));
    /* There is room for as many as before. */
    for (unsigned i = 0; i < COUNT; i++)
        assert_true(workers_submit(workers, loop, &jobs[i].job));
    workers_free(&workers);
    loop_free(&loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jobs_come_home),
        cmocka_unit_test(test_full_queue_refuses),
        cmocka_unit_test(test_free_finishes_the_queue),
        cmocka_unit_test(test_waiting_jobs_are_cancelled),
    };
    return cmocka_run_group_tests_name("workers", tests, NULL, NULL);
}
