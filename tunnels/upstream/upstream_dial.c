/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream_dial: from the wish for a connection to the call that is taken. The host's name is
 * looked up; its addresses are tried in order, and one counts as tried only when it has answered
 * EHLO: a host of which one address is dead, or greets with 421, is not dead.
 */
#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "tunnels/upstream/upstream_link.h"

#include <stdlib.h>

#define MS 1000u
/* While other addresses are left one that does not answer is not waited for longer: it may be one
 * of a network that we are not in, as IPv6 often is. */
#define ATTEMPT_MAX_MS 5000u
#define ATTEMPT_MIN_MS 1000u

static uint64_t now_ms(const struct upstream *upstream)
{
    return loop_now_ms(pool_loop(upstream->peer->pool));
}

static uint64_t patience_ms(const struct upstream *upstream)
{
    return (uint64_t)upstream->peer->settings.connect_timeout_s * MS;
}

static uint64_t attempt_ms(const struct upstream *upstream)
{
    size_t left = upstream->targets->count - upstream->target;
    uint64_t now = now_ms(upstream);
    uint64_t left_ms = upstream->until_ms > now ? upstream->until_ms - now : 0;
    if (left <= 1)
        return left_ms > ATTEMPT_MIN_MS ? left_ms : ATTEMPT_MIN_MS;
    uint64_t share_ms = left_ms / left;
    if (share_ms > ATTEMPT_MAX_MS)
        share_ms = ATTEMPT_MAX_MS;
    return share_ms > ATTEMPT_MIN_MS ? share_ms : ATTEMPT_MIN_MS;
}

const char *upstream_target(const struct upstream *upstream)
{
    return upstream->targets ? upstream->targets->text[upstream->target] : "";
}

bool upstream_has_more_targets(const struct upstream *upstream)
{
    return upstream->targets && upstream->target + 1 < upstream->targets->count;
}

static void connect_now(struct upstream *upstream)
{
    struct peer *peer = upstream->peer;
    /* What went wrong behind the call took its own time. */
    if (upstream->state != UPSTREAM_RESOLVING && upstream->state != UPSTREAM_CONNECTING)
        upstream->until_ms = now_ms(upstream) + patience_ms(upstream);
    if (upstream->state != UPSTREAM_CONNECTING)
        upstream_enter(upstream, UPSTREAM_CONNECTING);
    upstream->began_ms = now_ms(upstream);
    upstream->conn =
        conn_connect(pool_loop(peer->pool), upstream_target(upstream), peer->port,
                     attempt_ms(upstream), &peer->limits, &upstream_conn_events, upstream);
}

static void leave_line(struct upstream *upstream)
{
    timer_stop(&upstream->timer);
    metric_sub(upstream->peer->counts.waiting, 1);
}

static void on_granted(struct quota_wait *wait)
{
    struct upstream *upstream = CONTAINER_OF(wait, struct upstream, wait);
    leave_line(upstream);
    upstream->place = quota_ref(upstream->peer->quota.quota);
    connect_now(upstream);
}

static void on_waited_in_vain(void *arg)
{
    struct upstream *upstream = arg;
    upstream->in_vain = true;
    upstream_lose(upstream, PEER_UNREACHABLE, "as many connections as may be are in use");
}

/* Each connection has a place of its own. Who had one before, and tries the next address, does not
 * go to the end of the line. */
static bool take_place(struct upstream *upstream)
{
    struct peer *peer = upstream->peer;
    const struct upstream_settings *settings = &peer->settings;
    bool had_one = upstream->state > UPSTREAM_WAITING;
    if (settings->max_connections == 0)
        return true;
    if (quota_take(&peer->quota, &upstream->wait, settings->max_connections, had_one, on_granted)) {
        upstream->place = quota_ref(peer->quota.quota);
        return true;
    }
    upstream_enter(upstream, UPSTREAM_WAITING);
    metric_add(peer->counts.waiting, 1);
    timer_init(&upstream->timer, pool_loop(peer->pool), on_waited_in_vain, upstream);
    timer_start(&upstream->timer, (uint64_t)settings->wait_timeout_s * MS);
    return false;
}

static void on_gone(void *arg)
{
    struct quota *place = arg;
    quota_release(place, true);
    quota_unref(&place);
}

void upstream_close_conn(struct upstream *upstream)
{
    struct quota *place = upstream->place;
    upstream->place = NULL;
    if (!place) {
        conn_close(&upstream->conn);
    } else if (upstream->conn) {
        quota_closing(place);
        conn_close_then(&upstream->conn, on_gone, place);
    } else {
        quota_release(place, false);
        quota_unref(&place);
    }
}

void upstream_hand_over(struct upstream *from, struct upstream *to)
{
    if (!to->in_line)
        leave_line(to);
    upstream_stop_dialing(to);
    to->conn = from->conn;
    to->place = from->place;
    to->capabilities = from->capabilities;
    to->mails = from->mails;
    to->messages = from->messages;
    to->refusals = from->refusals;
    to->kept = true;
    from->conn = NULL;
    from->place = NULL;
    conn_set_events(to->conn, &upstream_conn_events, to);
    conn_deadline(to->conn, 0);
    to->peer->connecting--;
    metric_add(to->peer->counts.kept, 1);
    upstream_enter(to, UPSTREAM_LEASED);
    to->events->on_ready(to->user);
}

void upstream_dial(struct upstream *upstream)
{
    upstream_forget(upstream);
    if (take_place(upstream))
        connect_now(upstream);
}

static void take_targets(struct upstream *upstream, const struct addresses *found)
{
    struct peer *peer = upstream->peer;
    peer_addresses_learn(&peer->addresses, found);
    upstream->targets = mem_alloc(sizeof *upstream->targets);
    upstream->target = 0;
    peer_addresses_choose(&peer->addresses, now_ms(upstream), upstream->targets);
    upstream_dial(upstream);
}

static void on_found(struct name_query *query, const struct addresses *found, const char *reason)
{
    struct upstream *upstream = CONTAINER_OF(query, struct upstream, query);
    timer_stop(&upstream->timer);
    if (found)
        take_targets(upstream, found);
    else
        upstream_lose(upstream, PEER_UNREACHABLE, reason);
}

static void on_timer(void *arg)
{
    upstream_lose(arg, PEER_UNREACHABLE, "looking up the name timed out");
}

void upstream_begin(struct upstream *upstream)
{
    struct peer *peer = upstream->peer;
    struct addresses found;
    upstream->began_ms = now_ms(upstream);
    upstream->until_ms = upstream->began_ms + patience_ms(upstream);
    name_query_init(&upstream->query, pool_loop(peer->pool), on_found);
    timer_init(&upstream->timer, pool_loop(peer->pool), on_timer, upstream);
    if (names_ask(pool_shared(peer->pool)->names, peer->host, &upstream->query, &found))
        take_targets(upstream, &found);
    else
        timer_start(&upstream->timer, patience_ms(upstream));
}

void upstream_stop_dialing(struct upstream *upstream)
{
    names_cancel(&upstream->query);
    timer_stop(&upstream->timer);
    if (upstream->wait.quota)
        metric_sub(upstream->peer->counts.waiting, 1);
    quota_cancel(&upstream->wait);
    upstream_leave_line(upstream);
    free(upstream->targets);
    upstream->targets = NULL;
}

bool upstream_try_next(struct upstream *upstream, enum peer_fault fault)
{
    struct peer *peer = upstream->peer;
    if (!upstream->targets || upstream->in_vain || fault == PEER_CLIENT_REFUSED)
        return false;
    peer_addresses_failed(&peer->addresses, upstream_target(upstream), upstream->began_ms,
                          now_ms(upstream), peer_rest_max_ms(peer));
    /* The other addresses ask the same accounts: who tries them all is locked out. */
    if (fault == PEER_LOGIN_FAILED || !upstream_has_more_targets(upstream))
        return false;
    upstream->target++;
    upstream->in_clear = false;
    log_event(LOG_INFO, "upstream.next_address", LOG_STR("peer", peer->host),
              LOG_NUM("port", peer->port), LOG_STR("address", upstream_target(upstream)));
    upstream_dial(upstream);
    return true;
}
