/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/upstream/upstream.h"

#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "tunnels/upstream/upstream_link.h"

#include <assert.h>
#include <stdlib.h>

#define MS 1000u

static const char *state_name(enum upstream_state state)
{
    static const char *const names[] = {
        "resolving", "waiting", "connecting", "handshake", "greeting",  "ehlo", "helo",
        "starttls",  "xclient", "auth",       "leased",    "resetting", "idle", "closed"};
    return names[state];
}

void upstream_enter(struct upstream *upstream, enum upstream_state state)
{
    log_event(LOG_DEBUG, "upstream.state", LOG_STR("peer", upstream->peer->host),
              LOG_NUM("port", upstream->peer->port), LOG_STR("from", state_name(upstream->state)),
              LOG_STR("to", state_name(state)));
    upstream->state = state;
}

static void upstream_free(struct mortal *mortal)
{
    struct upstream *upstream = CONTAINER_OF(mortal, struct upstream, mortal);
    upstream_keep_for(upstream, NULL, NULL);
    reply_reader_fini(&upstream->reader);
    free(upstream->client);
    free(upstream);
}

/* The first phase of closing: no event comes, the pool does not know it any more. */
void upstream_shut(struct upstream *upstream)
{
    assert(upstream->state != UPSTREAM_CLOSED);
    if (upstream->state == UPSTREAM_IDLE)
        peer_forget_idle(upstream->peer, upstream);
    bool was_connecting = upstream->state < UPSTREAM_LEASED;
    if (was_connecting)
        upstream->peer->connecting--;
    upstream_stop_dialing(upstream);
    upstream_enter(upstream, UPSTREAM_CLOSED);
    upstream->events = NULL;
    upstream_close_conn(upstream);
    reaper_take(pool_reaper(upstream->peer->pool), &upstream->mortal, upstream_free);
    if (!was_connecting)
        peer_line_moves(upstream->peer, true);
    peer_leave(upstream->peer, upstream);
}

/* As far as it is known. */
static const char *address_of(const struct upstream *upstream)
{
    if (upstream->targets || !upstream->conn)
        return upstream_target(upstream);
    return conn_peer_address(upstream->conn);
}

static void log_lost(const struct upstream *upstream, enum peer_fault fault, const char *reason)
{
    static const char *const events[] = {"upstream.lost", "upstream.tls_failed",
                                         "upstream.auth_failed", "upstream.xclient_failed",
                                         "upstream.client_refused"};
    bool was_ready = upstream->state >= UPSTREAM_LEASED;
    log_event(was_ready ? LOG_INFO : LOG_WARNING, events[fault],
              LOG_STR("peer", upstream->peer->host), LOG_NUM("port", upstream->peer->port),
              LOG_STR("address", address_of(upstream)),
              LOG_STR("state", state_name(upstream->state)), LOG_WHOLE("reason", span_str(reason)));
}

/* The state tells what was wrong where it is not TLS or the login. */
static void count_lost(const struct upstream *upstream, enum peer_fault fault)
{
    static const char *const faults[] = {NULL, "tls", "login", "xclient", "client"};
    hop_counts_failure(&upstream->peer->counts, upstream->state >= UPSTREAM_LEASED,
                       faults[fault] ? faults[fault] : state_name(upstream->state));
}

void upstream_lose(struct upstream *upstream, enum peer_fault fault, const char *reason)
{
    const struct upstream_events *events = upstream->events;
    void *user = upstream->user;
    bool was_ready = upstream->state >= UPSTREAM_LEASED;
    if (upstream->state != UPSTREAM_IDLE) {
        log_lost(upstream, fault, reason);
        count_lost(upstream, fault);
    }
    upstream->refused = fault == PEER_CLIENT_REFUSED;
    if (!was_ready && upstream_try_next(upstream, fault))
        return;
    if (!was_ready && !upstream->in_vain && !upstream->refused)
        peer_failed(upstream->peer, fault, reason, upstream->first_ms);
    upstream_shut(upstream);
    upstream_tell_keeper(upstream, reason);
    if (events)
        events->on_lost(user, reason, was_ready);
}

static void lose(struct upstream *upstream, const char *reason)
{
    upstream_lose(upstream, PEER_UNREACHABLE, reason);
}

static void await_reply(struct upstream *upstream)
{
    const struct upstream_settings *settings = &upstream->peer->settings;
    unsigned timeout_s = settings->reply_timeout_s;
    /* Where another address may answer, silence is not waited out. */
    if (upstream->state < UPSTREAM_LEASED && upstream_has_more_targets(upstream) &&
        settings->connect_timeout_s < timeout_s)
        timeout_s = settings->connect_timeout_s;
    conn_deadline(upstream->conn, (uint64_t)timeout_s * MS);
}

void upstream_send_line(struct upstream *upstream, struct span line)
{
    conn_write(upstream->conn, line);
    upstream->outstanding++;
    await_reply(upstream);
}

static void log_ready(const struct upstream *upstream)
{
    bool is_secure = conn_is_secure(upstream->conn);
    struct tls_info info = {.version = "none", .suite = ""};
    if (is_secure)
        info = conn_tls_info(upstream->conn);
    /* A session that is resumed shows no certificate again: it was checked at first. */
    bool verified = is_secure && upstream->peer->tls.mode == TLS_UPSTREAM_VERIFY;
    log_event(LOG_INFO, "upstream.ready", LOG_STR("peer", upstream->peer->host),
              LOG_NUM("port", upstream->peer->port), LOG_STR("address", address_of(upstream)),
              LOG_STR("tls", info.version), LOG_STR("suite", info.suite),
              LOG_BOOL("verified", verified), LOG_BOOL("login", upstream->peer->username != NULL));
}

void upstream_become_ready(struct upstream *upstream)
{
    upstream->peer->connecting--;
    peer_answered(upstream->peer, &upstream->capabilities);
    peer_addresses_work(&upstream->peer->addresses, upstream_target(upstream));
    upstream_stop_dialing(upstream);
    if (upstream->line_until_ms > 0)
        peer_line_moves(upstream->peer, false);
    if (upstream->in_clear)
        peer_goes_in_clear(upstream->peer);
    conn_deadline(upstream->conn, 0);
    log_ready(upstream);
    metric_add(upstream->peer->counts.made, 1);
    upstream_enter(upstream, UPSTREAM_LEASED);
    if (upstream->events)
        upstream->events->on_ready(upstream->user);
    else
        upstream_become_idle(upstream); /* its user went while it was connecting */
}

static void on_leased(struct upstream *upstream, const struct reply *reply)
{
    if (upstream->outstanding == 0) {
        lose(upstream,
             reply->code == 421 ? "closed the session with 421" : "reply without a command");
        return;
    }
    if (--upstream->outstanding > 0)
        await_reply(upstream);
    else
        conn_deadline(upstream->conn, 0);
    upstream->events->on_reply(upstream->user, reply);
}

/* A reply that came before the command it would answer was written: somebody counts wrong, and no
 * later one can be told from its neighbour (engine/decisions/0030). */
static bool is_too_early(const struct upstream *upstream)
{
    return upstream->outstanding > 0 && conn_unsent_lines(upstream->conn) >= upstream->outstanding;
}

/* Nothing is owed to us, not even the beginning of a reply. */
static bool is_unasked(const struct upstream *upstream)
{
    bool is_asked = upstream->outstanding > 0 || upstream->state < UPSTREAM_LEASED;
    return !is_asked || is_too_early(upstream);
}

static void on_reply(struct upstream *upstream, const struct reply *reply, bool more)
{
    upstream->refusals += reply->code >= 400;
    upstream->more = more;
    if (is_too_early(upstream)) {
        lose(upstream, "reply before the command");
        return;
    }
    switch (upstream->state) {
    case UPSTREAM_GREETING:
    case UPSTREAM_EHLO:
    case UPSTREAM_HELO:
    case UPSTREAM_STARTTLS:
        upstream_greeting_reply(upstream, reply, more);
        break;
    case UPSTREAM_XCLIENT:
        upstream_xclient_reply(upstream, reply);
        break;
    case UPSTREAM_AUTH:
        upstream_auth_reply(upstream, reply);
        break;
    case UPSTREAM_LEASED:
        on_leased(upstream, reply);
        break;
    case UPSTREAM_RESETTING:
        upstream_resetting_reply(upstream, reply);
        break;
    case UPSTREAM_RESOLVING:
    case UPSTREAM_WAITING:
    case UPSTREAM_CONNECTING:
    case UPSTREAM_HANDSHAKE:
    case UPSTREAM_IDLE:
    case UPSTREAM_CLOSED:
        lose(upstream, "reply without a command");
        break;
    }
}

static void on_open(void *user)
{
    struct upstream *upstream = user;
    upstream_opened(upstream);
    if (upstream->state == UPSTREAM_GREETING)
        await_reply(upstream);
}

/* The bytes are those of a connection that is closed by now, or from before TLS. */
static bool has_moved_on(const struct upstream *upstream, const struct conn *conn)
{
    return upstream->conn != conn || upstream->state == UPSTREAM_HANDSHAKE;
}

static size_t on_data(void *user, char *bytes, size_t len)
{
    struct upstream *upstream = user;
    const struct conn *conn = upstream->conn;
    size_t used = 0;
    while (!has_moved_on(upstream, conn)) {
        size_t consumed = 0;
        const char *reason = NULL;
        enum parse_result result =
            reply_read(&upstream->reader, span_of(bytes + used, len - used), &consumed, &reason);
        used += consumed;
        if (result == PARSE_MORE) {
            if (is_unasked(upstream) && (len > used || consumed > 0))
                lose(upstream, "bytes without a command");
            else if (len > used || consumed > 0)
                upstream->began_early |= !conn_is_delivered(conn);
            break;
        }
        if (result == PARSE_DONE)
            on_reply(upstream, &upstream->reader.reply, used < len);
        else
            lose(upstream, reason);
        upstream->began_early = false;
    }
    return used;
}

static void on_secured(void *user)
{
    struct upstream *upstream = user;
    upstream_secured(upstream);
    if (upstream->state == UPSTREAM_GREETING)
        await_reply(upstream);
}

static void on_end(void *user, enum conn_end end, const char *reason)
{
    struct upstream *upstream = user;
    if (end == CONN_TIMEOUT)
        reason = "no answer in time";
    else if (end == CONN_EOF)
        reason = "closed the connection";
    else if (!reason)
        reason = "connection broken";
    if (end == CONN_TIMEOUT && upstream->state == UPSTREAM_IDLE)
        upstream_retire(upstream);
    else if (upstream->state < UPSTREAM_LEASED)
        upstream_greeting_end(upstream, end, reason);
    else
        lose(upstream, reason);
}

const struct conn_events upstream_conn_events = {
    .on_open = on_open, .on_data = on_data, .on_end = on_end, .on_secured = on_secured};

void upstream_forget(struct upstream *upstream)
{
    upstream_close_conn(upstream);
    reply_reader_fini(&upstream->reader);
    upstream->capabilities = (struct capabilities){0};
    upstream->outstanding = 0;
    upstream->mails = 0;
    upstream->messages = 0;
    upstream->refusals = 0;
    upstream->auth_step = AUTH_OVER;
    upstream->attribute = 0;
    upstream->introduced = false;
}

static struct upstream *upstream_connect(struct peer *peer, const struct client_identity *client,
                                         const struct upstream_events *events, void *user)
{
    struct upstream *upstream = mem_alloc(sizeof *upstream);
    upstream->peer = peer;
    if (client && peer_tells_client(peer))
        upstream->client = client_identity_copy(client);
    upstream->state = UPSTREAM_RESOLVING;
    upstream->first_ms = loop_now_ms(pool_loop(peer->pool));
    upstream->events = events;
    upstream->user = user;
    list_init(&upstream->link);
    list_init(&upstream->of_peer);
    reply_reader_init(&upstream->reader);
    peer_join(peer, upstream);
    peer->connecting++;
    upstream_begin(upstream);
    return upstream;
}

struct upstream *upstream_take(struct peer *peer, bool kept, const struct client_identity *client,
                               const struct upstream_events *events, void *user)
{
    struct upstream *upstream = kept ? peer_take_idle(peer, client) : NULL;
    if (!upstream)
        return upstream_connect(peer, client, events, user);
    metric_add(peer->counts.kept, 1);
    upstream_enter(upstream, UPSTREAM_LEASED);
    upstream->events = events;
    upstream->user = user;
    conn_deadline(upstream->conn, 0);
    return upstream;
}

bool upstream_waited_in_vain(const struct upstream *upstream)
{
    return upstream->in_vain;
}

bool upstream_refused_client(const struct upstream *upstream)
{
    return upstream->refused;
}

bool upstream_is_ready(const struct upstream *upstream)
{
    return upstream->state == UPSTREAM_LEASED;
}

bool upstream_was_kept(const struct upstream *upstream)
{
    return upstream->kept;
}

const struct capabilities *upstream_capabilities(const struct upstream *upstream)
{
    return &upstream->capabilities;
}

unsigned upstream_outstanding(const struct upstream *upstream)
{
    return upstream->outstanding;
}

void upstream_count_mail(struct upstream *upstream)
{
    upstream->mails++;
}

void upstream_command(struct upstream *upstream, struct span line)
{
    assert(upstream->state == UPSTREAM_LEASED);
    assert(upstream->outstanding == 0 || upstream->capabilities.pipelining);
    upstream_send_line(upstream, line);
}
