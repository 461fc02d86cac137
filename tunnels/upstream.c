/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/upstream.h"

#include "engine/base/ascii.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "tunnels/upstream_link.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define MS 1000u

static const char *state_name(enum upstream_state state)
{
    static const char *const names[] = {"connecting", "greeting",  "ehlo", "helo",
                                        "leased",     "resetting", "idle", "closed"};
    return names[state];
}

static void upstream_enter(struct upstream *upstream, enum upstream_state state)
{
    log_event(LOG_DEBUG, "upstream.state", LOG_STR("peer", upstream->peer->host),
              LOG_NUM("port", upstream->peer->port), LOG_STR("from", state_name(upstream->state)),
              LOG_STR("to", state_name(state)));
    upstream->state = state;
}

static void upstream_free(struct mortal *mortal)
{
    struct upstream *upstream = CONTAINER_OF(mortal, struct upstream, mortal);
    reply_reader_fini(&upstream->reader);
    free(upstream);
}

/* The first phase of closing: no event comes, the pool does not know it any more. */
static void upstream_shut(struct upstream *upstream)
{
    assert(upstream->state != UPSTREAM_CLOSED);
    if (upstream->state == UPSTREAM_IDLE)
        peer_forget_idle(upstream->peer, upstream);
    if (upstream->state < UPSTREAM_LEASED)
        upstream->peer->connecting--;
    upstream_enter(upstream, UPSTREAM_CLOSED);
    upstream->events = NULL;
    conn_close(&upstream->conn);
    reaper_take(pool_reaper(upstream->peer->pool), &upstream->mortal, upstream_free);
    peer_leave(upstream->peer, upstream);
}

/* It is gone or unusable: shuts it and tells the user, if there is one. */
static void upstream_lose(struct upstream *upstream, const char *reason)
{
    const struct upstream_events *events = upstream->events;
    void *user = upstream->user;
    bool was_ready = upstream->state >= UPSTREAM_LEASED;
    if (upstream->state != UPSTREAM_IDLE)
        log_event(was_ready ? LOG_INFO : LOG_WARNING, "upstream.lost",
                  LOG_STR("peer", upstream->peer->host), LOG_NUM("port", upstream->peer->port),
                  LOG_STR("state", state_name(upstream->state)), LOG_STR("reason", reason));
    if (!was_ready)
        peer_failed(upstream->peer);
    upstream_shut(upstream);
    if (events)
        events->on_lost(user, reason, was_ready);
}

static void await_reply(struct upstream *upstream)
{
    conn_deadline(upstream->conn, (uint64_t)upstream->peer->settings.reply_timeout_s * MS);
}

static void send_line(struct upstream *upstream, struct span line)
{
    conn_write(upstream->conn, line);
    upstream->outstanding++;
    await_reply(upstream);
}

static void greet(struct upstream *upstream, const char *verb, enum upstream_state state)
{
    char line[512];
    int len = snprintf(line, sizeof line, "%s %.400s\r\n", verb, upstream->peer->helo_name);
    upstream_enter(upstream, state);
    send_line(upstream, span_of(line, (size_t)len));
}

/* Nothing is owed and nobody uses it: into the pool. */
static void become_idle(struct upstream *upstream)
{
    upstream->kept = true;
    if (!peer_keep(upstream->peer, upstream)) {
        upstream_retire(upstream);
        return;
    }
    upstream_enter(upstream, UPSTREAM_IDLE);
    reply_reader_fini(&upstream->reader);
    conn_deadline(upstream->conn, (uint64_t)upstream->peer->settings.idle_timeout_s * MS);
}

static void become_ready(struct upstream *upstream)
{
    upstream->peer->connecting--;
    peer_answered(upstream->peer, &upstream->capabilities);
    conn_deadline(upstream->conn, 0);
    upstream_enter(upstream, UPSTREAM_LEASED);
    if (upstream->events)
        upstream->events->on_ready(upstream->user);
    else
        become_idle(upstream); /* its user went while it was connecting */
}

static void fail_greeting(struct upstream *upstream, const char *what, const struct reply *reply)
{
    char reason[200];
    int len = snprintf(reason, sizeof reason, "%s answered with %u ", what, reply->code);
    for (size_t i = 0; i < reply->text.len && (size_t)len + 1 < sizeof reason; i++)
        reason[len++] = ascii_is_control(reply->text.ptr[i]) ? ' ' : reply->text.ptr[i];
    reason[len] = '\0';
    upstream_lose(upstream, reason);
}

static void on_greeting(struct upstream *upstream, const struct reply *reply)
{
    if (reply->code == 220)
        greet(upstream, "EHLO", UPSTREAM_EHLO);
    else
        fail_greeting(upstream, "connect", reply);
}

static void on_ehlo(struct upstream *upstream, const struct reply *reply)
{
    upstream->outstanding--;
    if (reply->code == 250) {
        capabilities_parse(reply, &upstream->capabilities);
        become_ready(upstream);
    } else if (reply->code >= 500 && reply->code <= 504) {
        greet(upstream, "HELO", UPSTREAM_HELO);
    } else {
        fail_greeting(upstream, "EHLO", reply);
    }
}

static void on_helo(struct upstream *upstream, const struct reply *reply)
{
    upstream->outstanding--;
    if (reply->code == 250)
        become_ready(upstream);
    else
        fail_greeting(upstream, "HELO", reply);
}

static void on_leased(struct upstream *upstream, const struct reply *reply)
{
    if (upstream->outstanding == 0) {
        upstream_lose(upstream, reply->code == 421 ? "closed the session with 421"
                                                   : "reply without a command");
        return;
    }
    if (--upstream->outstanding > 0)
        await_reply(upstream);
    else
        conn_deadline(upstream->conn, 0);
    upstream->events->on_reply(upstream->user, reply);
}

/* Replies to abandoned commands are dropped; the last one is RSET's. */
static void on_resetting(struct upstream *upstream, const struct reply *reply)
{
    if (upstream->outstanding > 0)
        upstream->outstanding--;
    if (upstream->outstanding > 0)
        return;
    if (upstream->reset_wanted) {
        upstream->reset_wanted = false;
        send_line(upstream, SPAN("RSET\r\n"));
    } else if (reply->code == 250) {
        become_idle(upstream);
    } else {
        upstream_lose(upstream, "RSET was refused");
    }
}

static void on_reply(struct upstream *upstream, const struct reply *reply)
{
    switch (upstream->state) {
    case UPSTREAM_GREETING:
        on_greeting(upstream, reply);
        break;
    case UPSTREAM_EHLO:
        on_ehlo(upstream, reply);
        break;
    case UPSTREAM_HELO:
        on_helo(upstream, reply);
        break;
    case UPSTREAM_LEASED:
        on_leased(upstream, reply);
        break;
    case UPSTREAM_RESETTING:
        on_resetting(upstream, reply);
        break;
    case UPSTREAM_CONNECTING:
    case UPSTREAM_IDLE:
    case UPSTREAM_CLOSED:
        upstream_lose(upstream, "reply without a command");
        break;
    }
}

static void on_open(void *user)
{
    struct upstream *upstream = user;
    upstream_enter(upstream, UPSTREAM_GREETING);
    await_reply(upstream);
}

static size_t on_data(void *user, char *bytes, size_t len)
{
    struct upstream *upstream = user;
    size_t used = 0;
    while (upstream->state != UPSTREAM_CLOSED) {
        size_t consumed = 0;
        const char *reason = NULL;
        enum parse_result result =
            reply_read(&upstream->reader, span_of(bytes + used, len - used), &consumed, &reason);
        used += consumed;
        if (result == PARSE_MORE) {
            /* Nothing is owed to us here, not even the beginning of a reply. */
            if (upstream->state == UPSTREAM_IDLE && len > used)
                upstream_lose(upstream, "bytes without a command");
            break;
        }
        if (result == PARSE_DONE)
            on_reply(upstream, &upstream->reader.reply);
        else
            upstream_lose(upstream, reason);
    }
    return used;
}

static void on_end(void *user, enum conn_end end, const char *reason)
{
    struct upstream *upstream = user;
    if (end == CONN_TIMEOUT && upstream->state == UPSTREAM_IDLE)
        upstream_retire(upstream);
    else if (end == CONN_TIMEOUT)
        upstream_lose(upstream, "no answer in time");
    else if (end == CONN_EOF)
        upstream_lose(upstream, "closed the connection");
    else
        upstream_lose(upstream, reason ? reason : "connection broken");
}

static const struct conn_events conn_events = {
    .on_open = on_open, .on_data = on_data, .on_end = on_end};

static struct upstream *upstream_connect(struct peer *peer, const struct upstream_events *events,
                                         void *user)
{
    struct upstream *upstream = mem_alloc(sizeof *upstream);
    upstream->peer = peer;
    upstream->state = UPSTREAM_CONNECTING;
    upstream->events = events;
    upstream->user = user;
    list_init(&upstream->link);
    list_init(&upstream->of_peer);
    reply_reader_init(&upstream->reader);
    peer_join(peer, upstream);
    peer->connecting++;
    upstream->conn = conn_connect(pool_loop(peer->pool), peer->host, peer->port,
                                  (uint64_t)peer->settings.connect_timeout_s * MS, &peer->limits,
                                  &conn_events, upstream);
    return upstream;
}

struct upstream *upstream_take(struct peer *peer, bool kept, const struct upstream_events *events,
                               void *user)
{
    struct upstream *upstream = kept ? peer_take_idle(peer) : NULL;
    if (!upstream)
        return upstream_connect(peer, events, user);
    upstream_enter(upstream, UPSTREAM_LEASED);
    upstream->events = events;
    upstream->user = user;
    conn_deadline(upstream->conn, 0);
    return upstream;
}

bool upstream_is_ready(const struct upstream *upstream)
{
    return upstream->state == UPSTREAM_LEASED;
}

bool upstream_was_kept(const struct upstream *upstream)
{
    return upstream->kept;
}

struct peer *upstream_peer(const struct upstream *upstream)
{
    return upstream->peer;
}

const struct capabilities *upstream_capabilities(const struct upstream *upstream)
{
    return &upstream->capabilities;
}

unsigned upstream_outstanding(const struct upstream *upstream)
{
    return upstream->outstanding;
}

void upstream_command(struct upstream *upstream, struct span line)
{
    assert(upstream->state == UPSTREAM_LEASED);
    assert(upstream->outstanding == 0 || upstream->capabilities.pipelining);
    send_line(upstream, line);
}

void upstream_message(struct upstream *upstream, const struct conn_source *source)
{
    assert(upstream->state == UPSTREAM_LEASED && upstream->outstanding == 0);
    upstream->outstanding++;
    conn_deadline(upstream->conn, (uint64_t)upstream->peer->settings.data_timeout_s * MS);
    conn_send(upstream->conn, source);
}

void upstream_extend(struct upstream *upstream)
{
    if (upstream->state == UPSTREAM_LEASED)
        conn_deadline(upstream->conn, (uint64_t)upstream->peer->settings.data_timeout_s * MS);
}

static void reset(struct upstream *upstream)
{
    bool may_send = upstream->outstanding == 0 || upstream->capabilities.pipelining;
    upstream_enter(upstream, UPSTREAM_RESETTING);
    upstream->reset_wanted = !may_send;
    if (may_send)
        send_line(upstream, SPAN("RSET\r\n"));
}

void upstream_release(struct upstream **slot, enum upstream_release how)
{
    struct upstream *upstream = *slot;
    *slot = NULL;
    if (!upstream || upstream->state == UPSTREAM_CLOSED)
        return;
    upstream->events = NULL;
    upstream->user = NULL;
    /* One that is not greeted yet goes, too: a peer that never greets must not collect them. */
    if (how == RELEASE_CLOSE || upstream->state != UPSTREAM_LEASED)
        upstream_shut(upstream);
    else if (how == RELEASE_RESET)
        reset(upstream);
    else
        become_idle(upstream);
}

void upstream_retire(struct upstream *upstream)
{
    /* Where QUIT would have to wait for a reply it is better left out. */
    if (upstream->outstanding == 0 || upstream->capabilities.pipelining)
        conn_write(upstream->conn, SPAN("QUIT\r\n"));
    upstream_shut(upstream);
}

void upstreams_retire_all(struct list *all)
{
    while (!list_is_empty(all)) {
        struct upstream *first = LIST_FIRST(all, struct upstream, of_peer);
        if (first->state == UPSTREAM_IDLE || first->state == UPSTREAM_RESETTING)
            upstream_retire(first);
        else
            upstream_shut(first);
    }
}

void upstreams_close_all(struct list *all)
{
    while (!list_is_empty(all))
        upstream_shut(LIST_FIRST(all, struct upstream, of_peer));
}
