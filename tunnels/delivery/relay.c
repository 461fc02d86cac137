/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/delivery/relay_link.h"

#include "engine/base/log.h"

/*
 * relay: a delivery over SMTP. MAIL and RCPT are asked of the upstream as they come, in one write
 * where it pipelines; the message follows after inspection. What was asked is kept until DATA is
 * sent: a connection that dies before costs one replay of the envelope on a fresh one, not the
 * client's mail (relay_hop.c).
 */

static struct relay *relay_of(struct delivery *delivery)
{
    return CONTAINER_OF(delivery, struct relay, delivery);
}

/* Refused recipients are not asked again on a replay. */
size_t relay_next_live(const struct relay *relay, size_t at)
{
    while (at < relay->count && relay->requests[at].state == REQUEST_REFUSED)
        at++;
    return at;
}

bool relay_is_asking(const struct relay *relay)
{
    return relay_next_live(relay, relay->heard) < relay->count;
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
    return relay_next_live(relay, relay->heard) == 0 && reply_class(reply) == 4 &&
           !relay->replayed && !relay->place.login && upstream_has_delivered(relay->upstream);
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
    size_t at = relay_next_live(relay, relay->heard);
    relay->heard = relay_next_live(relay, at + 1);
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

void relay_on_reply(void *user, const struct reply *reply)
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
void relay_push(struct relay *relay)
{
    if (relay->phase != RELAY_ENVELOPE || !relay->upstream || !upstream_is_ready(relay->upstream))
        return;
    bool pipelining = upstream_capabilities(relay->upstream)->pipelining;
    while (relay->sent < relay->count &&
           (pipelining || upstream_outstanding(relay->upstream) == 0)) {
        size_t at = relay->sent;
        if (at == 0 && relay_forward(relay))
            continue;
        relay->sent = relay_next_live(relay, at + 1);
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
    bool is_used_up = upstream_capabilities(relay->upstream)->limits.rcpt_domain_max > 0;
    if (relay_fit(relay) == FIT_NOT || is_used_up) {
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
    else if (relay_change_user(relay))
        relay_replay(relay);
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
