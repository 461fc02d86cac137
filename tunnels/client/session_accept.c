/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/log.h"
#include "tunnels/client/session_link.h"

/* session_accept: who has come, and whether he may stay. */

/* One that may not come gets its reason as greeting (RFC 5321 section 3.1); one that expects TLS
 * could not read it, and a handshake is too much work for who may not come. */
void session_turn_away(struct tunnel_place *place, struct conn **conn, enum refused reason,
                       const char *detail, struct span greeting)
{
    struct tally *tally = &place->refused[reason];
    metric_add(place->counts->refused[reason], 1);
    if (tally_is_first(tally))
        log_event(LOG_WARNING, "session.refused", LOG_SPAN("tunnel", place->tunnel->name),
                  LOG_STR("client", conn_peer_address(*conn)), LOG_STR("why", tally->why),
                  LOG_STR("detail", detail));
    if (place->tunnel->tls_mode != TLS_MODE_IMPLICIT)
        conn_write(*conn, greeting);
    conn_close(conn);
}

static size_t ignore_data(void *user, char *bytes, size_t len)
{
    (void)user;
    (void)bytes;
    return len;
}

static void ignore_end(void *user, enum conn_end end, const char *reason)
{
    (void)user;
    (void)end;
    (void)reason;
}

static const struct conn_events no_events = {.on_data = ignore_data, .on_end = ignore_end};

void session_accept(struct tunnel_place *place, int fd)
{
    const struct tunnel *tunnel = place->tunnel;
    struct conn *conn = conn_accept(place->loop->loop, fd, &tunnel->conn, &no_events, NULL);
    if (tunnel->balancers)
        session_await_proxy(place, conn);
    else
        session_admit(place, conn, false);
}

void session_admit(struct tunnel_place *place, struct conn *conn, bool is_balancer)
{
    const struct tunnel *tunnel = place->tunnel;
    const char *address = conn_peer_address(conn);
    bool by_client = false;
    bool is_allowed = tunnel_allows(tunnel, address);
    conn_set_events(conn, &no_events, NULL);
    if (!is_allowed && !is_balancer) {
        session_turn_away(place, &conn, REFUSED_NOT_ALLOWED, "",
                          SPAN("554 5.7.1 You may not connect\r\n"));
        return;
    }
    switch (census_enter(place->census, tunnel, address, &by_client)) {
    case CENSUS_FULL:
        session_turn_away(place, &conn, REFUSED_FULL, "",
                          SPAN("421 4.3.2 Too many connections, try again later\r\n"));
        return;
    case CENSUS_CLIENT_FULL:
        session_turn_away(place, &conn, REFUSED_CLIENT_FULL, "",
                          SPAN("421 4.7.0 Too many connections from you\r\n"));
        return;
    case CENSUS_OK:
        break;
    }
    if (!rates_take(census_rates(place->census), address, RATE_CONNECTIONS,
                    tunnel->max_rates[RATE_CONNECTIONS], loop_now_ms(place->loop->loop))) {
        census_leave(place->census, address, by_client);
        session_turn_away(place, &conn, REFUSED_CLIENT_RATE, "",
                          SPAN("421 4.7.0 Too many connections from you, try again later\r\n"));
        return;
    }
    struct session *session = session_new(place, conn);
    session->by_client = by_client;
    session->is_visitor = !is_allowed;
    if (tunnel->tls_mode == TLS_MODE_IMPLICIT)
        session_start_tls(session);
    else
        session_greet(session);
}
