/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watchdog: tells the service manager, and who asks for /healthz, that the process is alive, as
 * long as every lane takes up what is posted to it. A lane that hangs takes no mail while its
 * listener still accepts: then the process had better be started anew.
 */
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/server/internal.h"

/* Where no manager wants to know more often. */
#define PERIOD_MS 3000u

static void beat(struct post *post)
{
    atomic_store(&CONTAINER_OF(post, struct lane, beat_post)->beaten, true);
}

static bool all_beaten(const struct server *server)
{
    for (unsigned i = 0; i < server->lane_count; i++) {
        const struct lane *lane = &server->lanes[i];
        if (!lane->ended && !atomic_load(&lane->beaten)) {
            log_event(LOG_ERROR, "watchdog.missed", LOG_NUM("loop", lane->number));
            return false;
        }
    }
    return true;
}

static void ask(struct server *server)
{
    for (unsigned i = 0; i < server->lane_count; i++) {
        struct lane *lane = &server->lanes[i];
        if (lane->ended)
            continue;
        atomic_store(&lane->beaten, false);
        loop_post(lane->loop, &lane->beat_post);
    }
}

/* Twice in the time that the manager waits. Who has not answered is not asked again before. */
static uint64_t period_ms(const struct server *server)
{
    uint64_t wanted = server->notify.watchdog_ms / 2;
    return wanted > 0 && wanted < PERIOD_MS ? wanted : PERIOD_MS;
}

static void on_time(void *arg)
{
    struct server *server = arg;
    if (all_beaten(server)) {
        atomic_store(&server->status.alive_ns, clock_now_ns());
        if (server->notify.watchdog_ms > 0)
            notify_alive(&server->notify);
        ask(server);
    }
    timer_start(&server->watchdog, period_ms(server));
}

void watchdog_init(struct server *server)
{
    timer_init(&server->watchdog, server->control, on_time, server);
}

void watchdog_start(struct server *server)
{
    for (unsigned i = 0; i < server->lane_count; i++) {
        loop_post_init(&server->lanes[i].beat_post, beat);
        atomic_init(&server->lanes[i].beaten, true);
    }
    on_time(server);
}

void watchdog_stop(struct server *server)
{
    timer_stop(&server->watchdog);
}
