/* SPDX-License-Identifier: Apache-2.0 */
/* loop on the real library: timers, mail from other threads, deferred work, the end. */
#include "engine/loop/loop.h"

#include "engine/base/attrs.h"
#include "engine/base/clock.h"
#include "engine/base/span.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
/* after the headers that it needs */
#include <cmocka.h>

static int set_up(void **state)
{
    *state = loop_new();
    return 0;
}

static int tear_down(void **state)
{
    struct loop *loop = *state;
    loop_free(&loop);
    assert_null(loop);
    return 0;
}

struct note {
    struct timer timer;
    struct loop *loop;
    int *order;
    int *count;
    int number;
    uint64_t at_ms;
};

static void on_note(void *arg)
{
    struct note *note = arg;
    note->order[(*note->count)++] = note->number;
    note->at_ms = loop_now_ms(note->loop);
}

static void on_stop(void *arg)
{
    loop_stop(arg);
}

static void note_init(struct note *note, struct loop *loop, int number, int *order, int *count)
{
    *note = (struct note){.loop = loop, .order = order, .count = count, .number = number};
    timer_init(&note->timer, loop, on_note, note);
}

static void test_timers_in_order(void **state)
{
    struct loop *loop = *state;
    struct note notes[5];
    int order[5] = {0};
    int count = 0;
    static const uint64_t due[] = {30, 10, 20, 10, 5};
    struct timer stop;
    for (int i = 0; i < 5; i++) {
        note_init(&notes[i], loop, i, order, &count);
        timer_start(&notes[i].timer, due[i]);
    }
    uint64_t start_ms = loop_now_ms(loop);
    timer_stop(&notes[4].timer);
    timer_stop(&notes[4].timer);
    assert_false(timer_is_running(&notes[4].timer));
    assert_true(timer_is_running(&notes[0].timer));
    timer_init(&stop, loop, on_stop, loop);
    timer_start(&stop, 40);
    loop_run(loop);
    assert_int_equal(count, 4);
    assert_int_equal(order[0], 1);
    assert_int_equal(order[1], 3);
    assert_int_equal(order[2], 2);
    assert_int_equal(order[3], 0);
    assert_true(notes[0].at_ms >= start_ms + 30);
    assert_false(timer_is_running(&notes[0].timer));
}

static void test_timer_started_again(void **state)
{
    struct loop *loop = *state;
    struct note later;
    struct note sooner;
    int order[2] = {-1, -1};
    int count = 0;
    note_init(&later, loop, 0, order, &count);
    note_init(&sooner, loop, 1, order, &count);
    timer_start(&later.timer, 1);
    timer_start(&later.timer, 30); /* the old time must not count */
    timer_start(&sooner.timer, 1000000);
    timer_start(&sooner.timer, 10);
    struct timer stop;
    timer_init(&stop, loop, on_stop, loop);
    timer_start(&stop, 45);
    loop_run(loop);
    assert_int_equal(count, 2);
    assert_int_equal(order[0], 1);
    assert_int_equal(order[1], 0);
}

struct many {
    struct timer timer;
    struct loop *loop;
    uint64_t due_ms;
    uint64_t *last_ms;
    unsigned *fired;
    unsigned wanted;
};

static void on_many(void *arg)
{
    struct many *one = arg;
    assert_true(one->due_ms >= *one->last_ms); /* the heap gives them in order */
    *one->last_ms = one->due_ms;
    if (++*one->fired == one->wanted)
        loop_stop(one->loop);
}

static void test_many_timers(void **state)
{
    enum { COUNT = 20000 };
    struct loop *loop = *state;
    struct many *many = calloc(COUNT, sizeof *many);
    uint64_t last_ms = 0;
    unsigned fired = 0;
    unsigned random = 1;
    for (unsigned i = 0; i < COUNT; i++) {
        random = random * 1103515245u + 12345u;
        uint64_t ms = (random >> 16) % 50;
        many[i] = (struct many){.loop = loop,
                                .due_ms = loop_now_ms(loop) + ms,
                                .last_ms = &last_ms,
                                .fired = &fired,
                                .wanted = COUNT * 3 / 4};
        timer_init(&many[i].timer, loop, on_many, &many[i]);
        timer_start(&many[i].timer, ms);
    }
    for (unsigned i = 0; i < COUNT; i += 4)
        timer_stop(&many[i].timer);
    loop_run(loop);
    assert_int_equal(fired, COUNT * 3 / 4);
    free(many);
}

struct zero {
    struct timer timer;
    unsigned left;
    struct loop *loop;
};

static void on_zero(void *arg)
{
    struct zero *zero = arg;
    if (--zero->left > 0)
        timer_start(&zero->timer, 0);
    else
        loop_stop(zero->loop);
}

static void test_timer_of_no_time(void **state)
{
    struct zero zero = {.left = 100, .loop = *state};
    timer_init(&zero.timer, zero.loop, on_zero, &zero);
    timer_start(&zero.timer, 0);
    loop_run(zero.loop);
    assert_int_equal(zero.left, 0);
}

struct letter {
    struct post post;
    struct loop *loop;
    int *order;
    int *count;
    int number;
    int wanted;
};

static void on_letter(struct post *post)
{
    struct letter *letter = (struct letter *)(void *)post;
    letter->order[(*letter->count)++] = letter->number;
    if (*letter->count == letter->wanted)
        loop_stop(letter->loop);
}

enum { THREADS = 4, LETTERS = 500 };

struct sender {
    struct letter letters[LETTERS];
    struct loop *loop;
};

static void *send_letters(void *arg)
{
    struct sender *sender = arg;
    for (int i = 0; i < LETTERS; i++)
        loop_post(sender->loop, &sender->letters[i].post);
    return NULL;
}

static void test_posts_from_threads(void **state)
{
    struct loop *loop = *state;
    struct sender *senders = calloc(THREADS, sizeof *senders);
    int *order = calloc(THREADS * LETTERS, sizeof *order);
    int count = 0;
    pthread_t threads[THREADS];
    for (int t = 0; t < THREADS; t++) {
        senders[t].loop = loop;
        for (int i = 0; i < LETTERS; i++)
            senders[t].letters[i] = (struct letter){.post = {.run = on_letter},
                                                    .loop = loop,
                                                    .order = order,
                                                    .count = &count,
                                                    .number = t * LETTERS + i,
                                                    .wanted = THREADS * LETTERS};
        assert_int_equal(pthread_create(&threads[t], NULL, send_letters, &senders[t]), 0);
    }
    loop_run(loop);
    int next[THREADS] = {0};
    for (int i = 0; i < count; i++) /* each sender's in its order */
        assert_int_equal(order[i] % LETTERS, next[order[i] / LETTERS]++);
    assert_int_equal(count, THREADS * LETTERS);
    for (int t = 0; t < THREADS; t++)
        (void)pthread_join(threads[t], NULL);
    free(order);
    free(senders);
}

struct work {
    struct post post;
    struct loop *loop;
    unsigned ran;
    unsigned again; /* how often it defers itself */
    struct timer timer;
    bool timer_ran;
};

static void on_work(struct post *post)
{
    struct work *work = (struct work *)(void *)post;
    work->ran++;
    if (work->again > 0) {
        work->again--;
        loop_defer(work->loop, &work->post);
    }
}

static void on_work_timer(void *arg)
{
    struct work *work = arg;
    work->timer_ran = true;
    if (work->again > 0)
        work->again = 5; /* the timer came although the work never ended */
    loop_stop(work->loop);
}

static void test_deferred(void **state)
{
    struct work work = {.loop = *state};
    struct work cancelled = {.loop = *state};
    loop_post_init(&work.post, on_work);
    loop_post_init(&cancelled.post, on_work);
    loop_defer(work.loop, &work.post);
    loop_defer(work.loop, &work.post);
    loop_defer(work.loop, &cancelled.post);
    loop_defer_cancel(&cancelled.post);
    loop_defer_cancel(&cancelled.post);
    assert_int_equal(work.ran, 0);
    loop_end_event(work.loop);
    assert_int_equal(work.ran, 1);
    assert_int_equal(cancelled.ran, 0);
}

static void test_deferred_for_ever_leaves_room(void **state)
{
    struct work work = {.loop = *state, .again = UINT32_MAX};
    loop_post_init(&work.post, on_work);
    timer_init(&work.timer, work.loop, on_work_timer, &work);
    timer_start(&work.timer, 10);
    loop_defer(work.loop, &work.post);
    loop_run(work.loop);
    assert_true(work.timer_ran);
    assert_int_equal(work.again, 0);
    assert_true(work.ran > 10);
}

static void on_long_work(struct post *post)
{
    uint64_t until_ns = clock_now_ns() + 5 * (uint64_t)CLOCK_NS_IN_MS;
    while (!clock_is_past(until_ns))
        continue;
    ((struct work *)(void *)post)->ran++;
}

struct queue {
    struct work works[40];
    struct timer timer;
    struct loop *loop;
    unsigned at_timer; /* of the works had run then */
};

static unsigned ran_of(const struct queue *queue)
{
    unsigned ran = 0;
    for (size_t i = 0; i < ARRAY_LEN(queue->works); i++)
        ran += queue->works[i].ran;
    return ran;
}

static void on_queue_timer(void *arg)
{
    struct queue *queue = arg;
    queue->at_timer = ran_of(queue);
    loop_stop(queue->loop);
}

/* Much long work does not hold up the rest: a timer comes between two pieces of it. All is done. */
static void test_queue(void **state)
{
    struct queue queue = {.loop = *state};
    for (size_t i = 0; i < ARRAY_LEN(queue.works); i++) {
        loop_post_init(&queue.works[i].post, on_long_work);
        loop_queue(queue.loop, &queue.works[i].post);
    }
    loop_queue(queue.loop, &queue.works[3].post);
    loop_defer_cancel(&queue.works[1].post);
    timer_init(&queue.timer, queue.loop, on_queue_timer, &queue);
    timer_start(&queue.timer, 12);
    loop_run(queue.loop);
    assert_in_range(queue.at_timer, 1, ARRAY_LEN(queue.works) / 2);
    assert_int_equal(queue.works[1].ran, 0);
    assert_int_equal(queue.works[3].ran, 1);
    assert_int_equal(ran_of(&queue), ARRAY_LEN(queue.works) - 1);
}

static void *stop_later(void *arg)
{
    loop_stop(arg);
    return NULL;
}

static void test_stop_from_another_thread(void **state)
{
    struct loop *loop = *state;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, stop_later, loop), 0);
    loop_run(loop);
    (void)pthread_join(thread, NULL);
}

static void test_scratch(void **state)
{
    size_t size = 0;
    char *scratch = loop_scratch(*state, &size);
    assert_true(size >= 65536);
    scratch[0] = scratch[size - 1] = 'x';
    assert_non_null(loop_native(*state));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* Events of sockets of one round, each with work that it defers. */
struct round {
    struct loop *loop;
    struct timer first, second, stop;
    struct post work;
    unsigned done, rounds;
};

static void on_shared_work(struct post *post)
{
    CONTAINER_OF(post, struct round, work)->done++;
}

static void wait_ms(uint64_t ms)
{
    uint64_t end_ns = clock_now_ns() + ms * CLOCK_NS_IN_MS;
    while (clock_now_ns() < end_ns)
        ;
}

static void on_round(void *arg)
{
    struct round *round = arg;
    unsigned before = round->done;
    round->rounds++;
    /* The first event of a round leaves it to the others, however late the last round was. */
    loop_defer(round->loop, &round->work);
    loop_end_socket_event(round->loop);
    assert_int_equal(round->done, before);
    wait_ms(5);
    loop_end_socket_event(round->loop);
    assert_int_equal(round->done, before + 1);
    /* And again from here on; the end of the round does the rest. */
    loop_defer(round->loop, &round->work);
    loop_end_socket_event(round->loop);
    assert_int_equal(round->done, before + 1);
}

static void test_sockets_end_together(void **state)
{
    struct round round = {.loop = *state};
    loop_post_init(&round.work, on_shared_work);
    timer_init(&round.first, round.loop, on_round, &round);
    timer_init(&round.second, round.loop, on_round, &round);
    timer_init(&round.stop, round.loop, on_stop, round.loop);
    timer_start(&round.first, 1);
    timer_start(&round.second, 20);
    timer_start(&round.stop, 40);
    loop_run(round.loop);
    assert_int_equal(round.rounds, 2);
    assert_int_equal(round.done, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_timers_in_order),
        TEST(test_timer_started_again),
        TEST(test_many_timers),
        TEST(test_timer_of_no_time),
        TEST(test_posts_from_threads),
        TEST(test_deferred),
        TEST(test_deferred_for_ever_leaves_room),
        TEST(test_queue),
        TEST(test_stop_from_another_thread),
        TEST(test_scratch),
        TEST(test_sockets_end_together),
    };
    return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
