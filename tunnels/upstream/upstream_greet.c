/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream_greet: from connect to the last EHLO. Where TLS is wanted it begins at once (smtps://)
 * or behind STARTTLS (RFC 3207), and what EHLO said before is forgotten. Where TLS is not had the
 * settings decide: the mail goes in clear over a new connection, or it does not go.
 */
#include "engine/base/ascii.h"
#include "engine/base/log.h"
#include "tunnels/upstream/upstream_link.h"

#include <stdio.h>

#define HANDSHAKE_MS 30000u
#define REASON_MAX 256u

static void greet(struct upstream *upstream, const char *verb, enum upstream_state state)
{
    char line[512];
    struct span name = upstream_helo_name(upstream, state == UPSTREAM_EHLO);
    int len = snprintf(line, sizeof line, "%s %.*s\r\n", verb, SPAN_ARG(name));
    upstream_enter(upstream, state);
    upstream_send_line(upstream, span_of(line, (size_t)len));
}

/* TLS came to nothing. */
static void tls_failed(struct upstream *upstream, const char *reason)
{
    struct peer *peer = upstream->peer;
    peer_forget_session(peer); /* perhaps it was that */
    if (peer_needs_tls(peer)) {
        upstream_lose(upstream, PEER_TLS_FAILED, reason);
        return;
    }
    log_event(LOG_WARNING, "upstream.tls_failed", LOG_STR("peer", peer->host),
              LOG_NUM("port", peer->port), LOG_WHOLE("reason", span_str(reason)),
              LOG_STR("then", "another connection, in clear"));
    upstream->in_clear = true;
    upstream_dial(upstream);
}

static void describe(char *room, const char *what, const struct reply *reply)
{
    int printed = snprintf(room, REASON_MAX, "%s answered with %u ", what, reply->code);
    size_t len = (size_t)printed;
    for (size_t i = 0; i < reply->text.len && len + 1 < REASON_MAX; i++)
        room[len++] = ascii_is_control(reply->text.ptr[i]) ? ' ' : reply->text.ptr[i];
    room[len] = '\0';
}

void upstream_refused(struct upstream *upstream, enum peer_fault fault, const char *what,
                      const struct reply *reply)
{
    char reason[REASON_MAX];
    describe(reason, what, reply);
    if (fault == PEER_UNREACHABLE && upstream_speaks_for_client(upstream))
        fault = PEER_CLIENT_REFUSED;
    upstream_lose(upstream, fault, reason);
}

static void start_tls(struct upstream *upstream)
{
    struct tls_stream *stream = peer_tls_stream(upstream->peer);
    if (!stream) {
        tls_failed(upstream, "the settings of TLS cannot be used, or there is no memory");
        return;
    }
    upstream_enter(upstream, UPSTREAM_HANDSHAKE);
    conn_start_tls(upstream->conn, stream);
    conn_deadline(upstream->conn, HANDSHAKE_MS);
}

void upstream_opened(struct upstream *upstream)
{
    upstream_send_proxy(upstream);
    if (upstream->peer->tls.implicit)
        start_tls(upstream);
    else
        upstream_enter(upstream, UPSTREAM_GREETING);
}

void upstream_secured(struct upstream *upstream)
{
    if (upstream->peer->tls.implicit)
        upstream_enter(upstream, UPSTREAM_GREETING);
    else
        greet(upstream, "EHLO", UPSTREAM_EHLO);
}

void upstream_greet_again(struct upstream *upstream)
{
    upstream->capabilities = (struct capabilities){0};
    greet(upstream, "EHLO", UPSTREAM_EHLO);
}

static bool wants_starttls(const struct upstream *upstream)
{
    return !conn_is_secure(upstream->conn) && !upstream->in_clear && !upstream->introduced &&
           peer_wants_tls(upstream->peer);
}

/* Introduced in clear: TLS is next, or must not be missed. */
static void go_on(struct upstream *upstream)
{
    struct peer *peer = upstream->peer;
    if (!wants_starttls(upstream)) {
        upstream_introduce(upstream);
        return;
    }
    bool is_offered = upstream->capabilities.starttls;
    bool was_offered = peer->tls.offered;
    peer->tls.offered |= is_offered;
    if (is_offered) {
        upstream_enter(upstream, UPSTREAM_STARTTLS);
        upstream_send_line(upstream, SPAN("STARTTLS\r\n"));
        return;
    }
    if (was_offered)
        log_event(LOG_WARNING, "upstream.tls_downgrade", LOG_STR("peer", peer->host),
                  LOG_NUM("port", peer->port),
                  LOG_STR("reason", "offered STARTTLS before and does not any more"));
    if (peer_needs_tls(peer))
        upstream_lose(upstream, PEER_TLS_FAILED,
                      was_offered ? "STARTTLS is required and is not offered any more"
                                  : "STARTTLS is required and not offered");
    else
        upstream_introduce(upstream);
}

static void on_greeting(struct upstream *upstream, const struct reply *reply)
{
    if (reply->code == 220)
        greet(upstream, "EHLO", UPSTREAM_EHLO);
    else if (reply->code != 421 || !upstream_wait_in_line(upstream))
        upstream_refused(upstream, PEER_UNREACHABLE, "connect", reply);
}

static void on_ehlo(struct upstream *upstream, const struct reply *reply)
{
    upstream->outstanding--;
    if (reply->code == 250) {
        capabilities_parse(reply, &upstream->capabilities);
        /* It means something only where the peer is known to be who it says (RFC 8689 4.2.1). */
        upstream->capabilities.requiretls &=
            conn_is_secure(upstream->conn) && upstream->peer->tls.mode == TLS_UPSTREAM_VERIFY;
        go_on(upstream);
    } else if (reply->code >= 500 && reply->code <= 504) {
        greet(upstream, "HELO", UPSTREAM_HELO);
    } else {
        upstream_refused(upstream, PEER_UNREACHABLE, "EHLO", reply);
    }
}

static void on_helo(struct upstream *upstream, const struct reply *reply)
{
    upstream->outstanding--;
    if (reply->code == 250)
        go_on(upstream);
    else
        upstream_refused(
            upstream, PEER_UNREACHABLE,
            upstream->peer->send_proxy == SEND_PROXY_V2 ? "HELO behind the PROXY header" : "HELO",
            reply);
}

static const char in_clear[] = "bytes came in clear behind the reply to STARTTLS";
static const char not_implicit[] =
    "smtps:// is TLS from the first byte, and what came was in clear";

/* What came behind the 220 in clear would be read as if it had come under TLS: somebody injects
 * replies (CVE-2011-0411, seen from the client). Whoever can do that is told no mail in clear. */
static void on_starttls(struct upstream *upstream, const struct reply *reply, bool more)
{
    char reason[REASON_MAX];
    upstream->outstanding--;
    if (reply->code != 220) {
        describe(reason, "STARTTLS", reply);
        tls_failed(upstream, reason);
        return;
    }
    if (more) {
        upstream_lose(upstream, PEER_TLS_FAILED, in_clear);
        return;
    }
    upstream->capabilities = (struct capabilities){0};
    start_tls(upstream);
}

void upstream_greeting_reply(struct upstream *upstream, const struct reply *reply, bool more)
{
    /* Behind the first reply under TLS the peer has sent its session, if it ever does. */
    if (conn_is_secure(upstream->conn))
        peer_keep_session(upstream->peer, conn_tls_session(upstream->conn));
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
    default:
        on_starttls(upstream, reply, more);
        break;
    }
}

void upstream_greeting_end(struct upstream *upstream, enum conn_end end, const char *reason)
{
    bool in_handshake =
        upstream->state == UPSTREAM_STARTTLS || upstream->state == UPSTREAM_HANDSHAKE;
    if (upstream->state == UPSTREAM_HANDSHAKE && end == CONN_TIMEOUT)
        reason = "the TLS handshake was not over in time";
    /* The same as behind the 220, only later. */
    if (upstream->state == UPSTREAM_HANDSHAKE && conn_tls_began_plain(upstream->conn))
        upstream_lose(upstream, PEER_TLS_FAILED,
                      upstream->peer->tls.implicit ? not_implicit : in_clear);
    else if (in_handshake || end == CONN_TLS)
        tls_failed(upstream, reason);
    else
        upstream_lose(upstream, PEER_UNREACHABLE, reason);
}
