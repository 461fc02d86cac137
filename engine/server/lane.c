/* SPDX-License-Identifier: Apache-2.0 */
/* lane: the threads of the event loops. */
#include "engine/base/mem.h"
#include "engine/base/signals.h"
#include "engine/server/internal.h"

#include <errno.h>
#include <stdlib.h>

static void *lane_main(void *arg)
{
    struct lane *lane = arg;
    loop_run(lane->loop);
    return NULL;
}

static void lane_drained(struct post *post)
{
    struct lane *lane = CONTAINER_OF(post, struct lane, drained_post);
    struct server *server = lane->server;
    lane->ended = true;
    if (--server->lanes_running == 0)
        server_end_control(server);
}

/* On the lane: nothing of its tunnels is left. */
static void on_drained(void *arg)
{
    struct lane *lane = arg;
    timer_stop(&lane->cut_timer);
    loop_post(lane->server->control, &lane->drained_post);
    loop_stop(lane->loop);
}

static void on_deadline(void *arg)
{
    struct lane *lane = arg;
    tunnel_loop_cut(lane->tunnels);
}

static void lane_drain(struct post *post)
{
    struct lane *lane = CONTAINER_OF(post, struct lane, drain_post);
    timer_start(&lane->cut_timer, DRAIN_DEADLINE_MS);
    tunnel_loop_drain(lane->tunnels, on_drained, lane);
}

static void lane_init(struct lane *lane, struct server *server, unsigned number)
{
    lane->server = server;
    lane->number = number;
    lane->loop = loop_new();
    lane->tunnels = tunnel_loop_new(lane->loop, server->workers, number, server->upstreams);
    timer_init(&lane->cut_timer, lane->loop, on_deadline, lane);
    loop_post_init(&lane->drain_post, lane_drain);
    loop_post_init(&lane->drained_post, lane_drained);
}

static void lane_fini(struct lane *lane)
{
    tunnel_loop_free(&lane->tunnels);
    loop_free(&lane->loop);
}

static int start_thread(struct lane *lane)
{
    sigset_t before;
    signals_hold(&before);
    int failed = pthread_create(&lane->thread, NULL, lane_main, lane);
    signals_release(&before);
    return failed;
}

bool lanes_start(struct server *server, struct error *err)
{
    server->lanes = mem_alloc(server->lane_count * sizeof *server->lanes);
    for (unsigned i = 0; i < server->lane_count; i++)
        lane_init(&server->lanes[i], server, i);
    for (unsigned i = 0; i < server->lane_count; i++) {
        int failed = start_thread(&server->lanes[i]);
        if (failed) {
            for (unsigned j = i; j < server->lane_count; j++)
                lane_fini(&server->lanes[j]);
            server->lane_count = i;
            return error_set_errno(err, failed, "cannot start a thread");
        }
        server->lanes_running++;
    }
    return true;
}

struct call {
    struct post post;
    struct lane *lane;
    void (*run)(struct lane *lane, void *arg);
    void *arg;
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done;
};

static void run_call(struct post *post)
{
    struct call *call = CONTAINER_OF(post, struct call, post);
    call->run(call->lane, call->arg);
    (void)pthread_mutex_lock(&call->lock);
    call->is_done = true;
    (void)pthread_cond_signal(&call->done);
    (void)pthread_mutex_unlock(&call->lock);
}

void lane_call(struct lane *lane, void (*run)(struct lane *lane, void *arg), void *arg)
{
    struct call call = {.lane = lane,
                        .run = run,
                        .arg = arg,
                        .lock = PTHREAD_MUTEX_INITIALIZER,
                        .done = PTHREAD_COND_INITIALIZER};
    loop_post_init(&call.post, run_call);
    loop_post(lane->loop, &call.post);
    (void)pthread_mutex_lock(&call.lock);
    while (!call.is_done)
        (void)pthread_cond_wait(&call.done, &call.lock);
    (void)pthread_mutex_unlock(&call.lock);
}

void lanes_drain(struct server *server)
{
    server->draining = true;
    atomic_store(&server->status.readiness, READINESS_DRAINING);
    notify_stopping(&server->notify);
    watch_stop(&server->watch);
    expiry_stop(&server->expiry);
    for (unsigned i = 0; i < server->lanes_running; i++)
        loop_post(server->lanes[i].loop, &server->lanes[i].drain_post);
    if (server->lanes_running == 0)
        server_end_control(server);
}

void lanes_join(struct server *server)
{
    for (unsigned i = 0; i < server->lane_count; i++)
        (void)pthread_join(server->lanes[i].thread, NULL);
    for (unsigned i = 0; i < server->lane_count; i++) {
        tunnel_loop_add_counts(server->lanes[i].tunnels, &server->counts);
        lane_fini(&server->lanes[i]);
    }
    free(server->lanes);
}
