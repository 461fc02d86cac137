/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/delivery.h"

#include "engine/base/arena.h"
#include "engine/base/log.h"
#include "engine/message/render.h"
#include "tunnels/place.h"
#include "tunnels/upstream.h"

#include <assert.h>

/*
 * relay: a delivery over SMTP. MAIL and RCPT are asked of the upstream as they come, in one write
 * where it pipelines; the message follows after inspection. What was asked is kept until DATA is
 * sent: a connection that dies before costs one replay of the envelope on a fresh one, not the
 * client's mail.
 */

enum relay_phase {
    RELAY_ENVELOPE,
    RELAY_DATA,  /* DATA sent, 354 to come */
    RELAY_BODY,  /* the message is on its way out */
    RELAY_FINAL, /* all sent, the upstream's word to come */
    RELAY_OVER
};

enum request_state { REQUEST_OPEN, REQUEST_TAKEN, REQUEST_REFUSED };

struct request {
    struct span recipient; /* of requests behind the first, which is MAIL */
    enum request_state state;
};

struct relay {
    struct delivery delivery;
    struct delivery_place place;
    struct pool *pool;
    size_t hop; /* the one in use or being tried */
    struct upstream *upstream;
    enum relay_phase phase;
    bool replayed;
    bool broken; /* what a client was told does not hold any more */
    bool ended;
    bool message_waits;
    struct request *requests;
    size_t count, cap;
    size_t sent, heard; /* on this connection */
    struct outgoing outgoing;
    struct render render;
    struct data_encoder encoder;
};

static const struct reply unreachable =
    REPLY(451, "4.4.1", "The next mail server cannot be reached, try again later");
static const struct reply lost =
    REPLY(451, "4.4.2", "The connection to the next mail server was lost, try again later");
static const struct reply unsure =
    REPLY(451, "4.4.2", "No answer from the next mail server, it may have the message");
static const struct reply unexpected =
    REPLY(451, "4.5.0", "The next mail server gave an unexpected answer, try again later");
static const struct reply closing =
    REPLY(451, "4.3.2", "The next mail server is closing, try again later");
static const struct reply no_8bit =
    REPLY(451, "4.6.3", "The next mail server does not take 8-bit mail now, try again later");
static const struct reply no_utf8 =
    REPLY(451, "4.6.7", "The next mail server does not take SMTPUTF8 now, try again later");

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

static struct peer *peer_of(struct relay *relay, size_t hop)
{
    const struct tunnel *tunnel = relay->place.tunnel;
    return pool_peer(relay->pool, &route_of(relay)->hops[hop], relay->place.client_address,
                     &tunnel->service->upstream, &tunnel->conn);
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

/* Answers all that is open. The owner may end the delivery in any of these calls. */
static void relay_fail(struct relay *relay, const struct reply *reply)
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

/* Why this connection cannot carry the mail as the client declared it, or NULL. */
static const struct reply *cannot_carry(const struct relay *relay)
{
    const struct capabilities *can = upstream_capabilities(relay->upstream);
    if (relay->delivery.params.smtputf8 && !can->smtputf8)
        return &no_utf8;
    if (relay->delivery.params.body == MAIL_BODY_8BITMIME && !can->eightbitmime)
        return &no_8bit;
    return NULL;
}

static void on_ready(void *user)
{
    struct relay *relay = user;
    const struct reply *why = cannot_carry(relay);
    if (!why) {
        relay_push(relay);
        return;
    }
    upstream_release(&relay->upstream, RELEASE_KEEP);
    relay->hop++;
    if (relay->hop < route_of(relay)->hop_count)
        relay_take(relay);
    else
        relay_fail(relay, why);
}

/* The envelope once more, on a connection that nobody used before. */
static void relay_replay(struct relay *relay)
{
    log_event(LOG_DEBUG, "relay.replay", LOG_SPAN("tunnel", relay->place.tunnel->name),
              LOG_NUM("requests", relay->count));
    relay->replayed = true;
    relay->sent = next_live(relay, 0);
    relay->heard = relay->sent;
    relay->hop = 0;
    relay_take(relay);
}

static void on_lost(void *user, const char *reason, bool was_ready)
{
    struct relay *relay = user;
    bool was_kept = upstream_was_kept(relay->upstream);
    (void)reason;
    relay->upstream = NULL;
    if (!was_ready) {
        relay->hop++;
        relay_take(relay);
    } else if (relay->phase == RELAY_FINAL) {
        relay_fail(relay, &unsure);
    } else if (relay->phase != RELAY_ENVELOPE || relay->replayed) {
        relay_fail(relay, &lost);
    } else if (is_asking(relay)) {
        if (was_kept)
            relay_replay(relay);
        else
            relay_fail(relay, &lost);
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

static void on_envelope_reply(struct relay *relay, const struct reply *reply)
{
    if (reply->code == 421) {
        if (upstream_was_kept(relay->upstream) && !relay->replayed) {
            upstream_release(&relay->upstream, RELEASE_CLOSE);
            relay_replay(relay);
        } else {
            relay_fail(relay, &closing);
        }
        return;
    }
    unsigned class = reply_class(reply);
    size_t at = relay->heard;
    relay->heard = next_live(relay, at + 1);
    answer_request(relay, at, class == 2 || class == 4 || class == 5 ? reply : &unexpected);
    if (!relay->ended)
        relay_push(relay);
}

/* The upstream's last word: what it says of the message is what the client hears. */
static void finish(struct relay *relay, const struct reply *reply, enum upstream_release how)
{
    struct upstream *upstream = relay->upstream; /* `reply` is in its memory */
    relay->phase = RELAY_OVER;
    relay->upstream = NULL;
    relay->delivery.events->on_final(relay->delivery.user, reply);
    upstream_release(&upstream, how);
}

static size_t next_slices(void *arg, struct span *slices_out, size_t max)
{
    return render_next(arg, slices_out, max);
}

static size_t pull(void *arg, struct span *slices_out, size_t max)
{
    struct relay *relay = arg;
    upstream_extend(relay->upstream);
    return data_encoder_next(&relay->encoder, slices_out, max);
}

static void on_sent(void *arg)
{
    struct relay *relay = arg;
    if (relay->phase == RELAY_BODY)
        relay->phase = RELAY_FINAL;
}

static void send_message(struct relay *relay)
{
    const struct outgoing *outgoing = &relay->outgoing;
    render_init(&relay->render, outgoing->original, outgoing->edits);
    data_encoder_init(&relay->encoder, next_slices, &relay->render,
                      outgoing->is_clean ? outgoing->original : span_of("", 0));
    relay->phase = RELAY_BODY;
    struct conn_source source = {.next = pull, .done = on_sent, .arg = relay};
    upstream_message(relay->upstream, &source);
}

static void on_data_reply(struct relay *relay, const struct reply *reply)
{
    unsigned class = reply_class(reply);
    if (reply->code == 354)
        send_message(relay);
    else if (reply->code == 421)
        finish(relay, &closing, RELEASE_CLOSE);
    else if (class == 4 || class == 5)
        finish(relay, reply, RELEASE_RESET);
    else
        finish(relay, &unexpected, RELEASE_CLOSE);
}

/* A refusal in mid-message is the upstream's word; the connection is of no more use, because what
 * we would still have to send is text. A 2xx before the final dot is nobody's promise. */
static void on_early_reply(struct relay *relay, const struct reply *reply)
{
    unsigned class = reply_class(reply);
    bool refused = (class == 4 || class == 5) && reply->code != 421;
    finish(relay, refused ? reply : &lost, RELEASE_CLOSE);
}

static void on_final_reply(struct relay *relay, const struct reply *reply)
{
    unsigned class = reply_class(reply);
    if (reply->code == 421)
        finish(relay, &closing, RELEASE_CLOSE);
    else if (class == 2 || class == 4 || class == 5)
        finish(relay, reply, RELEASE_KEEP);
    else
        finish(relay, &unexpected, RELEASE_CLOSE);
}

static void on_reply(void *user, const struct reply *reply)
{
    struct relay *relay = user;
    switch (relay->phase) {
    case RELAY_ENVELOPE:
        on_envelope_reply(relay, reply);
        break;
    case RELAY_DATA:
        on_data_reply(relay, reply);
        break;
    case RELAY_BODY:
        on_early_reply(relay, reply);
        break;
    case RELAY_FINAL:
        on_final_reply(relay, reply);
        break;
    case RELAY_OVER:
        assert(false && "a released upstream does not call");
        break;
    }
}

static const struct upstream_events upstream_events = {
    .on_ready = on_ready, .on_reply = on_reply, .on_lost = on_lost};

/* The first hop from relay->hop on that may be tried, or hop_count. */
static size_t next_hop(struct relay *relay)
{
    size_t hop = relay->hop;
    for (; hop < route_of(relay)->hop_count; hop++) {
        if (route_of(relay)->hops[hop].kind != HOP_MAILDIR && !peer_is_resting(peer_of(relay, hop)))
            break;
    }
    return hop;
}

static void relay_take(struct relay *relay)
{
    relay->hop = next_hop(relay);
    if (relay->hop == route_of(relay)->hop_count) {
        relay_fail(relay, &unreachable);
        return;
    }
    struct peer *peer = peer_of(relay, relay->hop);
    relay->upstream = upstream_take(peer, !relay->replayed, &upstream_events, relay);
    if (upstream_is_ready(relay->upstream))
        on_ready(relay);
}

static void write_mail(const struct relay *relay, struct buf *line)
{
    const struct delivery *delivery = &relay->delivery;
    const struct capabilities *can = upstream_capabilities(relay->upstream);
    buf_add_str(line, "MAIL FROM:<");
    buf_add(line, delivery->sender);
    buf_add_byte(line, '>');
    if (can->size && delivery->params.has_size)
        buf_printf(line, " SIZE=%llu", (unsigned long long)delivery->params.size);
    if (can->eightbitmime && delivery->params.body == MAIL_BODY_8BITMIME)
        buf_add_str(line, " BODY=8BITMIME");
    else if (can->eightbitmime && delivery->params.body == MAIL_BODY_7BIT)
        buf_add_str(line, " BODY=7BIT");
    if (delivery->params.smtputf8)
        buf_add_str(line, " SMTPUTF8");
    buf_add_str(line, "\r\n");
}

static void send_request(struct relay *relay, size_t at)
{
    struct buf *line = &relay->place.loop->scratch;
    line->len = 0;
    if (at == 0) {
        write_mail(relay, line);
    } else {
        buf_add_str(line, "RCPT TO:<");
        buf_add(line, relay->requests[at].recipient);
        buf_add_str(line, ">\r\n");
    }
    upstream_command(relay->upstream, buf_span(line));
    line->len = 0;
}

static void start_message(struct relay *relay)
{
    if (relay->broken) {
        upstream_release(&relay->upstream, RELEASE_RESET);
        relay_fail(relay, &lost);
        return;
    }
    relay->phase = RELAY_DATA;
    upstream_command(relay->upstream, SPAN("DATA\r\n"));
}

/* Sends what may be sent now. */
static void relay_push(struct relay *relay)
{
    if (relay->phase != RELAY_ENVELOPE || !relay->upstream || !upstream_is_ready(relay->upstream))
        return;
    bool pipelining = upstream_capabilities(relay->upstream)->pipelining;
    while (relay->sent < relay->count &&
           (pipelining || upstream_outstanding(relay->upstream) == 0)) {
        send_request(relay, relay->sent);
        relay->sent = next_live(relay, relay->sent + 1);
    }
    if (relay->message_waits && upstream_outstanding(relay->upstream) == 0)
        start_message(relay);
}

/* The connection went while nothing was under way, or there is none yet. */
static void relay_continue(struct relay *relay)
{
    if (relay->upstream)
        relay_push(relay);
    else if (relay->sent == 0 && relay->hop == 0 && !relay->replayed)
        relay_take(relay);
    else
        relay_replay(relay);
}

static void add_request(struct relay *relay, struct span recipient)
{
    relay->requests = arena_grow(relay->place.arena, relay->requests, relay->count, &relay->cap,
                                 sizeof *relay->requests);
    relay->requests[relay->count++] = (struct request){recipient, REQUEST_OPEN};
}

static void relay_mail(struct delivery *delivery)
{
    struct relay *relay = relay_of(delivery);
    add_request(relay, span_of("", 0));
    relay_take(relay);
}

static void relay_rcpt(struct delivery *delivery, struct span recipient)
{
    struct relay *relay = relay_of(delivery);
    add_request(relay, recipient);
    if (relay->phase != RELAY_ENVELOPE)
        relay_fail(relay, &lost);
    else
        relay_continue(relay);
}

static void relay_message(struct delivery *delivery, const struct outgoing *outgoing)
{
    struct relay *relay = relay_of(delivery);
    relay->outgoing = *outgoing;
    relay->message_waits = true;
    if (relay->phase != RELAY_ENVELOPE)
        relay_fail(relay, &lost);
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
