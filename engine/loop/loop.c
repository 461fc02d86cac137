/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/loop/loop.h"

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/loop/deferred.h"
#include "engine/loop/timers.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <uv.h>

#define SCRATCH_BYTES 65536u
/* An ending loop waits so long for what others keep open. */
#define STOP_GRACE_MS 5000u
/* Of loop_queue(), before the sockets have their turn. */
#define QUEUE_NS CLOCK_NS_IN_MS

/* Of loop_end_socket_event(). */
#define TOGETHER_NS (4 * CLOCK_NS_IN_MS)

struct loop {
    uv_loop_t uv;
    uv_timer_t clock;     /* the one timer of the library, due with the first of `timers` */
    uv_async_t mailbox;   /* wakes the loop for `posted` and `stopping` */
    uv_prepare_t prepare; /* before the loop waits: the end of whatever event ran */
    uv_check_t check;     /* after the sockets */
    uv_idle_t idle;       /* active while deferred work is left: the loop must not wait then */
    struct timers timers;
    uint64_t armed_ms; /* what `clock` is set to */
    struct deferred deferred;
    uint64_t together_ns; /* when deferred work waits for no more sockets; 0: none had an event */
    pthread_mutex_t lock;
    struct list posted; /* under `lock` */
    atomic_bool stopping;
    uv_timer_t grace;
    bool gave_up;
    char *scratch;
};

static void arm_clock(struct loop *loop);

static void on_clock(uv_timer_t *handle)
{
    struct loop *loop = handle->data;
    loop->armed_ms = UINT64_MAX;
    timers_expire(&loop->timers, loop, loop_now_ms(loop));
    arm_clock(loop);
}

static void arm_clock(struct loop *loop)
{
    uint64_t due_ms = timers_next_ms(&loop->timers);
    if (due_ms >= loop->armed_ms)
        return;
    uint64_t now_ms = loop_now_ms(loop);
    loop->armed_ms = due_ms;
    (void)uv_timer_start(&loop->clock, on_clock, due_ms > now_ms ? due_ms - now_ms : 0, 0);
}

struct timers *loop_timers(struct loop *loop)
{
    return &loop->timers;
}

void loop_timers_changed(struct loop *loop)
{
    arm_clock(loop);
}

struct deferred *loop_deferred(struct loop *loop)
{
    return &loop->deferred;
}

static void on_idle(uv_idle_t *handle)
{
    (void)handle;
}

void loop_end_event(struct loop *loop)
{
    if (!deferred_run(&loop->deferred))
        (void)uv_idle_start(&loop->idle, on_idle);
}

void loop_end_socket_event(struct loop *loop)
{
    uint64_t now_ns = clock_now_ns();
    if (loop->together_ns == 0)
        loop->together_ns = now_ns + TOGETHER_NS;
    if (now_ns < loop->together_ns)
        return;
    loop->together_ns = 0;
    loop_end_event(loop);
}

static void on_prepare(uv_prepare_t *handle)
{
    struct loop *loop = handle->data;
    if (deferred_run(&loop->deferred) && list_is_empty(&loop->deferred.queue))
        (void)uv_idle_stop(&loop->idle);
    else
        (void)uv_idle_start(&loop->idle, on_idle);
}

static void on_check(uv_check_t *handle)
{
    struct loop *loop = handle->data;
    uint64_t until_ns = clock_now_ns() + QUEUE_NS;
    loop->together_ns = 0;
    loop_end_event(loop);
    while (deferred_run_queued(&loop->deferred)) {
        loop_end_event(loop);
        if (clock_is_past(until_ns))
            break;
    }
}

static void on_grace(uv_timer_t *handle)
{
    struct loop *loop = handle->data;
    loop->gave_up = true;
    uv_stop(&loop->uv);
}

/* From now on only what others keep open holds the loop. */
static void begin_stop(struct loop *loop)
{
    if (!uv_has_ref((uv_handle_t *)&loop->mailbox))
        return;
    uv_unref((uv_handle_t *)&loop->mailbox);
    (void)uv_timer_start(&loop->grace, on_grace, STOP_GRACE_MS, 0);
}

static bool take_posted(struct loop *loop, struct post **post_out)
{
    (void)pthread_mutex_lock(&loop->lock);
    bool found = !list_is_empty(&loop->posted);
    if (found) {
        *post_out = LIST_FIRST(&loop->posted, struct post, link);
        list_remove(&(*post_out)->link);
    }
    (void)pthread_mutex_unlock(&loop->lock);
    return found;
}

static void on_mail(uv_async_t *handle)
{
    struct loop *loop = handle->data;
    struct list end; /* what is posted from here on waits for the next turn */
    list_init(&end);
    (void)pthread_mutex_lock(&loop->lock);
    list_append(&loop->posted, &end);
    (void)pthread_mutex_unlock(&loop->lock);
    struct post *post;
    while (take_posted(loop, &post) && &post->link != &end) {
        post->run(post);
        loop_end_event(loop);
    }
    (void)pthread_mutex_lock(&loop->lock);
    bool more = !list_is_empty(&loop->posted);
    (void)pthread_mutex_unlock(&loop->lock);
    if (more)
        (void)uv_async_send(&loop->mailbox);
    if (atomic_load(&loop->stopping))
        begin_stop(loop);
}

static void check_uv(int result)
{
    if (result == 0)
        return;
    log_event(LOG_ERROR, "loop.failed", LOG_STR("reason", uv_strerror(result)));
    abort();
}

struct loop *loop_new(void)
{
    struct loop *loop = mem_alloc(sizeof *loop);
    check_uv(uv_loop_init(&loop->uv));
    check_uv(uv_timer_init(&loop->uv, &loop->clock));
    check_uv(uv_timer_init(&loop->uv, &loop->grace));
    check_uv(uv_async_init(&loop->uv, &loop->mailbox, on_mail));
    check_uv(uv_prepare_init(&loop->uv, &loop->prepare));
    check_uv(uv_check_init(&loop->uv, &loop->check));
    check_uv(uv_idle_init(&loop->uv, &loop->idle));
    loop->clock.data = loop->grace.data = loop->mailbox.data = loop;
    loop->prepare.data = loop->check.data = loop->idle.data = loop;
    check_uv(uv_prepare_start(&loop->prepare, on_prepare));
    check_uv(uv_check_start(&loop->check, on_check));
    uv_unref((uv_handle_t *)&loop->clock);
    uv_unref((uv_handle_t *)&loop->grace);
    uv_unref((uv_handle_t *)&loop->prepare);
    uv_unref((uv_handle_t *)&loop->check);
    loop->armed_ms = UINT64_MAX;
    deferred_init(&loop->deferred);
    (void)pthread_mutex_init(&loop->lock, NULL);
    list_init(&loop->posted);
    atomic_init(&loop->stopping, false);
    loop->scratch = mem_alloc(SCRATCH_BYTES);
    return loop;
}

void loop_run(struct loop *loop)
{
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    (void)uv_timer_stop(&loop->grace);
}

void loop_stop(struct loop *loop)
{
    atomic_store(&loop->stopping, true);
    (void)uv_async_send(&loop->mailbox);
}

void loop_free(struct loop **slot)
{
    struct loop *loop = *slot;
    if (!loop)
        return;
    *slot = NULL;
    (void)deferred_run(&loop->deferred);
    uv_handle_t *handles[] = {(uv_handle_t *)&loop->clock,   (uv_handle_t *)&loop->grace,
                              (uv_handle_t *)&loop->mailbox, (uv_handle_t *)&loop->prepare,
                              (uv_handle_t *)&loop->check,   (uv_handle_t *)&loop->idle};
    for (size_t i = 0; i < ARRAY_LEN(handles); i++)
        uv_close(handles[i], NULL);
    (void)uv_run(&loop->uv, loop->gave_up ? UV_RUN_NOWAIT : UV_RUN_DEFAULT);
    if (uv_loop_close(&loop->uv) != 0) {
        /* A handle is still open and will write here: the memory has to stay to the process's end.
         */
        log_event(LOG_WARNING, "loop.left", LOG_STR("reason", "something is still open"));
        return;
    }
    timers_fini(&loop->timers);
    (void)pthread_mutex_destroy(&loop->lock);
    free(loop->scratch);
    free(loop);
}

uint64_t loop_now_ms(const struct loop *loop)
{
    return uv_now(&loop->uv);
}

void loop_post(struct loop *loop, struct post *post)
{
    (void)pthread_mutex_lock(&loop->lock);
    bool first = list_is_empty(&loop->posted);
    list_append(&loop->posted, &post->link);
    (void)pthread_mutex_unlock(&loop->lock);
    if (first)
        (void)uv_async_send(&loop->mailbox);
}

char *loop_scratch(struct loop *loop, size_t *size_out)
{
    *size_out = SCRATCH_BYTES;
    return loop->scratch;
}

void loop_post_cancel(struct loop *loop, struct post *post)
{
    (void)pthread_mutex_lock(&loop->lock);
    list_remove(&post->link);
    (void)pthread_mutex_unlock(&loop->lock);
}

void *loop_native(struct loop *loop)
{
    return &loop->uv;
}
