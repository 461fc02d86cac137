/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/delivery/relay_link.h"

#include "engine/base/log.h"

/*
 * relay: a delivery over SMTP. MAIL and RCPT are asked of the upstream as they come, in one write
 * where it pipelines; the message follows after inspection. What was asked is kept until DATA is
 * sent: a connection that dies before costs one replay of the envelope on a fresh one, not the
 * client's mail.
 */

static const struct reply busy =
    REPLY(451, "4.3.2", "Too many connections to the next mail server, try again later");

static void relay_take(struct relay *relay);
static void relay_push(struct relay *relay);

static struct relay *relay_of(struct delivery *delivery)
{
    return CONTAINER_OF(delivery, struct relay, delivery);
}

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

/* Refused recipients are not asked again on a replay. */
static size_t next_live(const struct relay *relay, size_t at)
{
    while (at < relay->count && relay->requests[at].state == REQUEST_REFUSED)
        at++;
    return at;
}

static bool is_asking(const struct relay *relay)
{
    return next_live(relay, relay->heard) < relay->count;
}

void relay_fail(struct relay *relay, const struct reply *reply)
{
    bool wants_final = relay->message_waits;
    upstream_release(&relay->upstream, RELEASE_CLOSE);
    relay->phase = RELAY_OVER;
    if (relay->requests[0].state == REQUEST_OPEN) {
        relay->requests[0].state = REQUEST_REFUSED;
        relay->delivery.events->on_mail(relay->delivery.user, reply);
        return;
    }
    for (size_t i = 1; i < relay->count && !relay->ended; i++) {
        if (relay->requests[i].state != REQUEST_OPEN)
            continue;
        relay->requests[i].state = REQUEST_REFUSED;
        relay->delivery.events->on_rcpt(relay->delivery.user, i - 1, reply);
    }
    if (wants_final && !relay->ended)
        relay->delivery.events->on_final(relay->delivery.user, reply);
}

static void on_ready(void *user)
{
    struct relay *relay = user;
    const struct reply *why;
    enum relay_fit fit = relay_fit(relay, &why);
    if (fit == FIT_WELL || (fit == FIT_POORLY && (relay->undemanding || !has_more_hops(relay)))) {
        relay_push(relay);
        return;
    }
    if (fit == FIT_NOT)
        relay->unfit = why;
    else
        relay->passed_over = true;
    upstream_release(&relay->upstream, RELEASE_KEEP);
    relay_take(relay);
}

/* The envelope once more, on a connection that nobody used before. */
static void relay_replay(struct relay *relay)
{
    log_event(LOG_DEBUG, "relay.replay", LOG_SPAN("tunnel", relay->place.tunnel->name),
              LOG_NUM("requests", relay->count));
    relay->replayed = true;
    relay->sent = next_live(relay, 0);
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
    bool is_under_way = is_asking(relay) || relay->step_owed;
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

static void answer_request(struct relay *relay, size_t at, const struct reply *reply)
{
    struct request *request = &relay->requests[at];
    bool was_taken = request->state == REQUEST_TAKEN;
    request->state = reply_is_positive(reply) ? REQUEST_TAKEN : REQUEST_REFUSED;
    if (was_taken) {
        if (request->state == REQUEST_REFUSED)
            relay->broken = true;
        return;
    }
    if (at == 0)
        relay->delivery.events->on_mail(relay->delivery.user, reply);
    else
        relay->delivery.events->on_rcpt(relay->delivery.user, at - 1, reply);
}

/* A connection that took messages and now refuses a sender for the time being may have had as many
 * as the peer wants (OpenSMTPD: 100, then 452 to every MAIL): a fresh one is asked once more. */
static bool has_had_enough(const struct relay *relay, const struct reply *reply)
{
    return next_live(relay, relay->heard) == 0 && reply_class(reply) == 4 && !relay->replayed &&
           !relay->place.login && upstream_has_delivered(relay->upstream);
}

static void on_envelope_reply(struct relay *relay, const struct reply *reply)
{
    if (reply->code == 421 || has_had_enough(relay, reply)) {
        if (upstream_was_kept(relay->upstream) && !relay->replayed) {
            upstream_release(&relay->upstream, RELEASE_CLOSE);
            relay_replay(relay);
        } else {
            relay_fail(relay, &relay_closing);
        }
        return;
    }
    unsigned class = reply_class(reply);
    size_t at = next_live(relay, relay->heard);
    relay->heard = next_live(relay, at + 1);
    if (at > 0)
        relay_note_rcpt(relay, reply);
    bool is_good = class == 2 || class == 4 || class == 5;
    answer_request(relay, at, is_good ? relay_word(relay, reply) : &relay_unexpected);
    if (relay->ended)
        return;
    if (at == 0 && relay->broken) {
        /* What is said of recipients now is said of a mail that the upstream does not know. */
        upstream_release(&relay->upstream, RELEASE_RESET);
        relay_fail(relay, &relay_lost);
        return;
    }
    relay_push(relay);
}

/* A server that does not let go of the first envelope could give the message to both. */
static void on_reset_reply(struct relay *relay, const struct reply *reply)
{
    relay->reset_owed = false;
    if (reply_is_positive(reply)) {
        relay_push(relay);
    } else if (!relay->replayed) {
        upstream_release(&relay->upstream, RELEASE_CLOSE);
        relay_replay(relay);
    } else {
        relay_fail(relay, &relay_lost);
    }
}

static void on_reply(void *user, const struct reply *reply)
{
    struct relay *relay = user;
    if (relay->reset_owed) {
        on_reset_reply(relay, reply);
    } else if (relay->forward_owed > 0 && reply->code != 421) {
        relay_forward_reply(relay, reply);
        relay_push(relay);
    } else if (relay->step_owed) {
        relay_step_reply(relay, reply);
    } else if (relay->phase == RELAY_ENVELOPE) {
        on_envelope_reply(relay, reply);
    } else {
        relay_message_reply(relay, reply);
    }
}

static const struct upstream_events upstream_events = {
    .on_ready = on_ready, .on_reply = on_reply, .on_lost = on_lost};

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

static void relay_take(struct relay *relay)
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

static void send_request(struct relay *relay, size_t at)
{
    struct buf *line = &relay->place.loop->scratch;
    line->len = 0;
    if (at == 0) {
        relay->confusable = false;
        upstream_count_mail(relay->upstream);
        relay_write_mail(relay, line);
    } else {
        relay_write_rcpt(relay, at, line);
    }
    upstream_command(relay->upstream, buf_span(line));
    line->len = 0;
}

/* Sends what may be sent now. */
static void relay_push(struct relay *relay)
{
    if (relay->phase != RELAY_ENVELOPE || !relay->upstream || !upstream_is_ready(relay->upstream))
        return;
    bool pipelining = upstream_capabilities(relay->upstream)->pipelining;
    while (relay->sent < relay->count &&
           (pipelining || upstream_outstanding(relay->upstream) == 0)) {
        size_t at = relay->sent;
        if (at == 0 && relay_forward(relay))
            continue;
        relay->sent = next_live(relay, at + 1);
        const struct reply *refusal = at > 0 ? relay_refused_rcpt(relay, at) : NULL;
        if (at > 0 && !refusal)
            refusal = relay_count_rcpt(relay, at);
        if (!refusal) {
            send_request(relay, at);
            continue;
        }
        relay->requests[at].unasked = true;
        answer_request(relay, at, refusal);
        if (relay->ended || !relay->upstream)
            return;
    }
    if (relay->message_waits && upstream_outstanding(relay->upstream) == 0)
        relay_start_message(relay);
}

/* The connection went while nothing was under way, or there is none yet. */
static void relay_continue(struct relay *relay)
{
    if (relay->upstream)
        relay_push(relay);
    else if (relay->sent == 0 && relay->tried == 0 && !relay->replayed)
        relay_take(relay);
    else
        relay_replay(relay);
}

static void add_request(struct relay *relay, struct span recipient,
                        const struct rcpt_params *params)
{
    relay->requests = arena_grow(relay->place.arena, relay->requests, relay->count, &relay->cap,
                                 sizeof *relay->requests);
    relay->requests[relay->count++] =
        (struct request){.recipient = recipient, .params = *params, .state = REQUEST_OPEN};
}

static void relay_mail(struct delivery *delivery)
{
    struct relay *relay = relay_of(delivery);
    static const struct rcpt_params none = {SPAN_INIT(""), SPAN_INIT("")};
    add_request(relay, span_of("", 0), &none);
    relay_continue(relay);
}

/* On the same connection, which knows the route and has room; one that is gone is replaced. So is
 * one that counts the domains of a whole session (RFC 9422 section 4.3): it has its own already. */
static void relay_again(struct delivery *delivery)
{
    struct relay *relay = relay_of(delivery);
    relay->count = relay->sent = relay->heard = 0;
    relay->forwarded = 0;
    relay->rcpts = 0;
    relay->broken = false;
    relay->phase = RELAY_ENVELOPE;
    if (!relay->upstream)
        return;
    const struct reply *why;
    bool is_used_up = upstream_capabilities(relay->upstream)->limits.rcpt_domain_max > 0;
    if (relay_fit(relay, &why) == FIT_NOT || is_used_up) {
        upstream_release(&relay->upstream, RELEASE_RESET);
        relay->tried = 0;
    } else {
        relay->reset_owed = true;
        upstream_command(relay->upstream, SPAN("RSET\r\n"));
    }
}

static void relay_rcpt(struct delivery *delivery, struct span recipient,
                       const struct rcpt_params *params)
{
    struct relay *relay = relay_of(delivery);
    add_request(relay, recipient, params);
    if (relay->phase != RELAY_ENVELOPE)
        relay_fail(relay, &relay_lost);
    else
        relay_continue(relay);
}

static void relay_message(struct delivery *delivery, const struct outgoing *outgoing)
{
    struct relay *relay = relay_of(delivery);
    relay->outgoing = *outgoing;
    relay->message_waits = true;
    if (relay->phase != RELAY_ENVELOPE)
        relay_fail(relay, &relay_lost);
    else
        relay_continue(relay);
}

static bool relay_end(struct delivery *delivery)
{
    struct relay *relay = relay_of(delivery);
    relay->ended = true;
    if (!relay->upstream)
        return true;
    bool in_text = relay->phase == RELAY_DATA || relay->phase == RELAY_BODY;
    upstream_release(&relay->upstream, in_text ? RELEASE_CLOSE : RELEASE_RESET);
    return true;
}

static const char *relay_hop(struct delivery *delivery)
{
    const struct relay *relay = relay_of(delivery);
    size_t count = relay->place.route->hop_count;
    return relay->hop < count ? relay->place.route->hops[relay->hop].text : "";
}

static const struct delivery_ops relay_ops = {.mail = relay_mail,
                                              .rcpt = relay_rcpt,
                                              .again = relay_again,
                                              .message = relay_message,
                                              .end = relay_end,
                                              .hop = relay_hop};

struct delivery *relay_new(const struct delivery_place *place)
{
    struct relay *relay = ARENA_NEW(place->arena, struct relay);
    relay->delivery.ops = &relay_ops;
    relay->place = *place;
    relay->pool = place->loop->pool;
    return &relay->delivery;
}
