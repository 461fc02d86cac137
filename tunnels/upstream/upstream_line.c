/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/log.h"
#include "tunnels/upstream/upstream_link.h"

/*
 * upstream_line: an upstream that takes no more connections for now says 421 where its greeting
 * should be. While others work nothing is wrong with it: who was turned away waits, in one line of
 * a peer, for a connection that its user is done with, or until one attempt, of the first in line,
 * is taken. All of it within `connection_wait_timeout`.
 */

/* After a connection was closed, for the peer to see that. */
#define CLOSED_MS 100u
/* Between two attempts, of whoever is first; twice as long each time. Others of other loops and of
 * other clients of the peer may be done, which nobody tells us. */
#define PAUSE_MS 1000u
#define PAUSE_MAX_MS 8000u

static uint64_t now_ms(const struct upstream *upstream)
{
    return loop_now_ms(pool_loop(upstream->peer->pool));
}

static struct upstream *first_of(struct peer_line *line)
{
    return list_is_empty(&line->waiting) ? NULL : LIST_FIRST(&line->waiting, struct upstream, link);
}

void upstream_leave_line(struct upstream *upstream)
{
    if (!upstream->in_line)
        return;
    upstream->in_line = false;
    list_remove(&upstream->link);
    timer_stop(&upstream->timer);
    metric_sub(upstream->peer->counts.waiting, 1);
}

static void on_attempt(void *arg)
{
    struct peer *peer = arg;
    struct upstream *first = first_of(&peer->line);
    if (!first)
        return;
    upstream_leave_line(first);
    first->target = 0;
    upstream_dial(first);
}

void peer_line_init(struct peer *peer)
{
    list_init(&peer->line.waiting);
    peer->line.pause_ms = PAUSE_MS;
    timer_init(&peer->line.timer, pool_loop(peer->pool), on_attempt, peer);
}

void peer_line_moves(struct peer *peer, bool was_closed)
{
    struct peer_line *line = &peer->line;
    line->pause_ms = PAUSE_MS;
    if (!list_is_empty(&line->waiting))
        timer_start(&line->timer, was_closed ? CLOSED_MS : 1);
}

struct upstream *peer_line_first(struct peer *peer)
{
    return first_of(&peer->line);
}

static void on_waited_in_vain(void *arg)
{
    struct upstream *upstream = arg;
    upstream->in_vain = true;
    upstream_lose(upstream, PEER_UNREACHABLE, "the peer takes no more connections");
}

/* Who was first and came back stays that. */
static void wait_in_line(struct upstream *upstream, bool was_first)
{
    struct peer_line *line = &upstream->peer->line;
    uint64_t now = now_ms(upstream);
    uint64_t left_ms = upstream->line_until_ms > now ? upstream->line_until_ms - now : 1;
    upstream->in_line = true;
    if (was_first)
        list_prepend(&line->waiting, &upstream->link);
    else
        list_append(&line->waiting, &upstream->link);
    metric_add(upstream->peer->counts.waiting, 1);
    timer_init(&upstream->timer, pool_loop(upstream->peer->pool), on_waited_in_vain, upstream);
    timer_start(&upstream->timer, left_ms);
}

bool upstream_wait_in_line(struct upstream *upstream)
{
    struct peer *peer = upstream->peer;
    struct peer_line *line = &peer->line;
    bool was_first = upstream->line_until_ms > 0;
    if (upstream_has_more_targets(upstream) || peer->users == peer->connecting)
        return false;
    log_event(LOG_INFO, "upstream.full", LOG_STR("peer", peer->host), LOG_NUM("port", peer->port),
              LOG_NUM("connections", peer->users - peer->connecting));
    if (!was_first)
        upstream->line_until_ms =
            now_ms(upstream) + (uint64_t)peer->settings.wait_timeout_s * 1000u;
    else if (line->pause_ms < PAUSE_MAX_MS)
        line->pause_ms *= 2;
    upstream_forget(upstream);
    upstream_enter(upstream, UPSTREAM_WAITING);
    wait_in_line(upstream, was_first);
    if (was_first || !timer_is_running(&line->timer))
        timer_start(&line->timer, line->pause_ms);
    return true;
}
