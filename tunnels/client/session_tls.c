/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/log.h"
#include "tunnels/client/session_link.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * session_tls: TLS on the client's side, from the first byte (RFC 8314 section 3.3) or from
 * STARTTLS on (RFC 3207). What the client said in clear is forgotten: somebody else may have said
 * it in its place.
 */

#define MS 1000u
/* A client that means it needs two round trips and some arithmetic. */
#define HANDSHAKE_S 30u
/* When the tunnel is closed: so that who is about to come in still hears 421. */
#define LAST_HANDSHAKE_S 2u

bool session_may_start_tls(const struct session *session)
{
    return session->place->tls && !conn_is_secure(session->conn);
}

/* In clear although TLS is from the first byte: it was not when the session began, before a reload.
 */
bool session_needs_tls(const struct session *session)
{
    enum tls_mode mode = session->place->tunnel->tls_mode;
    return (mode == TLS_MODE_STARTTLS_REQUIRED || mode == TLS_MODE_IMPLICIT) &&
           !conn_is_secure(session->conn);
}

static unsigned handshake_s(const struct session *session)
{
    unsigned idle = session->place->tunnel->idle_timeout_s;
    return idle < HANDSHAKE_S ? idle : HANDSHAKE_S;
}

static void forget(struct session *session)
{
    session_reset(session);
    session_end_login(session);
    free(session->helo);
    session->helo = NULL;
    session->offered = (struct capabilities){0};
    command_reader_init(&session->reader);
}

void session_start_tls(struct session *session)
{
    if (!session->place->tls) {
        session_tls_failed(session, "there is no usable certificate");
        return;
    }
    struct tls_stream *stream = tls_stream_server(session->place->tls);
    if (!stream) {
        session_tls_failed(session, "out of memory");
        return;
    }
    forget(session);
    session_enter(session, SESSION_SECURING);
    timer_start(&session->timer, (uint64_t)handshake_s(session) * MS);
    conn_start_tls(session->conn, stream);
}

static void count_handshake(const struct session *session, const char *result, const char *version)
{
    metric_add(metric_by3(METRIC_TLS_HANDSHAKES, session->counts->tunnel, span_str(result),
                          span_str(version)),
               1);
}

static void log_ready(const struct session *session)
{
    struct tls_info tls = session_tls_info(session);
    log_event(LOG_DEBUG, "tls.ready", LOG_NUM("s", session->number),
              LOG_SPAN("tunnel", session->place->tunnel->name),
              LOG_STR("client", conn_peer_address(session->conn)), LOG_STR("tls", tls.version),
              LOG_STR("suite", tls.suite), LOG_STR("sni", tls.server_name),
              LOG_STR("certificate", tls.certificate_subject), LOG_STR("san", tls.certificate_san));
}

/* After STARTTLS the client speaks first (RFC 3207 section 4.2). */
void session_secured(void *user)
{
    struct session *session = user;
    log_ready(session);
    count_handshake(session, "ok", session_tls_info(session).version);
    session_enter(session, SESSION_GREETED);
    if (session->greeted || session->draining)
        session_settle(session);
    else
        session_greet(session);
}

void session_tls_refused(const struct session *session, const char *reason)
{
    if (!tally_is_first(&session->place->tls_failed))
        return;
    log_event(LOG_WARNING, "tls.failed", LOG_NUM("s", session->number),
              LOG_SPAN("tunnel", session->place->tunnel->name),
              LOG_STR("client", conn_peer_address(session->conn)), LOG_STR("reason", reason));
}

/* So balancers and monitors find out whether we are alive. */
static bool is_probe(const struct session *session)
{
    return !session->greeted && session->place->tls && conn_tls_is_silent(session->conn);
}

void session_tls_ended(struct session *session, const char *reason)
{
    if (is_probe(session))
        session_end(session, "closed by the client before the handshake");
    else
        session_tls_failed(session, reason);
}

void session_tls_failed(struct session *session, const char *reason)
{
    session_tls_refused(session, reason);
    count_handshake(session, "failed", "none");
    session_end(session, reason);
}

void session_tls_expired(struct session *session)
{
    char reason[80];
    (void)snprintf(reason, sizeof reason, "the handshake was not over after %u s",
                   handshake_s(session));
    if (session->draining)
        session_end(session, "shutting down");
    else
        session_tls_failed(session, reason);
}

void session_tls_hurry(struct session *session)
{
    uint64_t now = loop_now_ms(session->place->loop->loop);
    if (session->timer.due_ms > now + LAST_HANDSHAKE_S * MS)
        timer_start(&session->timer, LAST_HANDSHAKE_S * MS);
}

struct tls_info session_tls_info(const struct session *session)
{
    if (conn_is_secure(session->conn))
        return conn_tls_info(session->conn);
    return (struct tls_info){"", "", "", "", "", false};
}
