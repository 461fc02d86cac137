/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/delivery/relay_link.h"

#include "engine/base/log.h"

/*
 * relay_hop: which connection a relay goes over: to the next hop of the route that can carry the
 * mail, or the client's own; and what becomes of the mail when it is lost.
 */

static const struct reply busy =
    REPLY(451, "4.3.2", "Too many connections to the next mail server, try again later");

static const struct route *route_of(const struct relay *relay)
{
    return relay->place.route;
}

static struct hops_place hops_place(const struct relay *relay)
{
    return (struct hops_place){relay->pool, relay->place.tunnel, relay->place.client_address,
                               relay->place.loop};
}

static struct peer *peer_of(const struct relay *relay, size_t hop)
{
    struct hops_place place = hops_place(relay);
    return hops_peer(&place, &route_of(relay)->hops[hop]);
}

/* Whether hops are left that were not tried for this mail. */
static bool has_more_hops(const struct relay *relay)
{
    size_t count = route_of(relay)->hop_count;
    return count < HOPS_MAX ? relay->tried + 1 < UINT64_C(1) << count : relay->tried != UINT64_MAX;
}

static void on_ready(void *user)
{
    struct relay *relay = user;
    enum relay_fit fit = relay_fit(relay);
    if (fit == FIT_WELL || (fit == FIT_POORLY && (relay->undemanding || !has_more_hops(relay)))) {
        relay_push(relay);
        return;
    }
    if (fit == FIT_NOT)
        relay->unfit = relay_hindrance(relay);
    else
        relay->passed_over = true;
    upstream_release(&relay->upstream, RELEASE_KEEP);
    relay_take(relay);
}

/* The envelope once more, on a connection that nobody used before. */
void relay_replay(struct relay *relay)
{
    log_event(LOG_DEBUG, "relay.replay", LOG_SPAN("tunnel", relay->place.tunnel->name),
              LOG_NUM("requests", relay->count));
    relay->replayed = true;
    relay->sent = relay_next_live(relay, 0);
    relay->heard = relay->sent;
    relay->tried = 0;
    relay->unfit = NULL;
    relay_take(relay);
}

void relay_begin_anew(struct relay *relay)
{
    upstream_release(&relay->upstream, RELEASE_CLOSE);
    relay->phase = RELAY_ENVELOPE;
    if (relay->replayed)
        relay_fail(relay, &relay_lost);
    else
        relay_replay(relay);
}

static void on_lost(void *user, const char *reason, bool was_ready)
{
    struct relay *relay = user;
    bool was_kept = upstream_was_kept(relay->upstream);
    bool in_vain = upstream_waited_in_vain(relay->upstream);
    bool is_under_way = relay_is_asking(relay) || relay->step_owed;
    (void)reason;
    relay_note_refusal(relay);
    relay->upstream = NULL;
    relay->reset_owed = relay->step_owed = false;
    if (in_vain) {
        relay_fail(relay, &busy);
    } else if (!was_ready) {
        relay_take(relay);
    } else if (relay->phase == RELAY_FINAL) {
        relay_fail(relay, &relay_unsure);
    } else if (relay->phase != RELAY_ENVELOPE || relay->replayed) {
        relay_fail(relay, &relay_lost);
    } else if (is_under_way) {
        if (was_kept)
            relay_replay(relay);
        else
            relay_fail(relay, &relay_lost);
    }
    /* Else nothing is under way: the next request replays. */
}

static const struct upstream_events upstream_events = {
    .on_ready = on_ready, .on_reply = relay_on_reply, .on_lost = on_lost};

/* The client's own connection, and no other: nowhere else it is logged in. */
static void take_login(struct relay *relay)
{
    size_t count = route_of(relay)->hop_count;
    if (relay->unfit) {
        relay_fail(relay, relay->unfit);
        return;
    }
    relay->hop = login_hop(relay->place.login);
    relay->tried =
        count < HOPS_MAX ? (UINT64_C(1) << count) - 1 : UINT64_MAX; /* there is no other */
    relay->upstream = login_lend(relay->place.login, &upstream_events, relay);
    if (!relay->upstream)
        relay_fail(relay, &relay_lost);
    else if (upstream_is_ready(relay->upstream))
        on_ready(relay);
}

void relay_take(struct relay *relay)
{
    relay->forwarded = relay->forward_owed = 0;
    if (relay->place.login) {
        relay->rcpts = relay->domains = 0;
        take_login(relay);
        return;
    }
    struct hops_place place = hops_place(relay);
    relay->hop = hops_next(&place, route_of(relay), &relay->tried);
    if (relay->hop == route_of(relay)->hop_count && relay->passed_over && !relay->undemanding) {
        relay->undemanding = true;
        relay->tried = 0;
        relay->hop = hops_next(&place, route_of(relay), &relay->tried);
    }
    if (relay->hop == route_of(relay)->hop_count) {
        relay_fail_unreached(relay);
        return;
    }
    struct peer *peer = peer_of(relay, relay->hop);
    struct client_identity client = relay_client(relay);
    relay->rcpts = 0;
    relay->domains = 0;
    relay->upstream = upstream_take(peer, !relay->replayed, &client, &upstream_events, relay);
    if (upstream_is_ready(relay->upstream))
        on_ready(relay);
}
