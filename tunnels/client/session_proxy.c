/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "tunnels/client/census.h"
#include "tunnels/client/session_link.h"
#include "tunnels/wire/proxy_header.h"

#include <stdlib.h>

/*
 * session_proxy: before a session, where balancers stand in front (proxy_protocol): a connection of
 * theirs begins with a header that names the client, and whoever is not one of them is not listened
 * to: he could name anybody. From there on the client's address is the connection's. No byte behind
 * the header is read here: it is the client's, perhaps its TLS handshake.
 */

/* Balancers send the header with the first packet (section 2 of the specification: 3 s at least).
 */
#define HEADER_MS 5000u

struct introduction {
    struct mortal mortal;
    struct list link; /* in place->introductions */
    struct tunnel_place *place;
    struct conn *conn; /* NULL: over */
    size_t have, missing;
    char header[PROXY_HEADER_MAX];
};

static void introduction_free(struct mortal *mortal)
{
    struct introduction *introduction = CONTAINER_OF(mortal, struct introduction, mortal);
    struct tunnel_place *place = introduction->place;
    free(introduction);
    place_release(place);
}

/* The conn is its next owner's, or closed. */
static void finish(struct introduction *introduction)
{
    introduction->conn = NULL;
    census_depart(introduction->place->census);
    list_remove(&introduction->link);
    reaper_take(&introduction->place->loop->reaper, &introduction->mortal, introduction_free);
}

static void refuse(struct introduction *introduction, const char *reason)
{
    session_turn_away(introduction->place, &introduction->conn, REFUSED_PROXY_HEADER, reason,
                      span_of("", 0));
    finish(introduction);
}

static void admit(struct introduction *introduction, const struct proxy_header *header)
{
    struct tunnel_place *place = introduction->place;
    struct conn *conn = introduction->conn;
    finish(introduction);
    conn_read_into(conn, NULL);
    conn_deadline(conn, 0);
    if (header->has_client) {
        log_event(LOG_DEBUG, "proxy.client", LOG_SPAN("tunnel", place->tunnel->name),
                  LOG_STR("balancer", conn_peer_address(conn)),
                  LOG_STR("client", header->client.address), LOG_NUM("port", header->client.port));
        conn_name_ends(conn, header->client.address, header->client.port, header->server.address,
                       header->server.port);
    }
    session_admit(place, conn, !header->has_client);
}

static char *reserve(void *user, size_t *room_out)
{
    struct introduction *introduction = user;
    *room_out = introduction->missing;
    return introduction->header + introduction->have;
}

static size_t on_data(void *user, char *bytes, size_t len)
{
    struct introduction *introduction = user;
    struct proxy_header header;
    const char *reason = NULL;
    size_t header_len = 0;
    (void)bytes; /* they are where reserve() wanted them */
    introduction->have += len;
    struct span input = span_of(introduction->header, introduction->have);
    switch (proxy_header_parse(input, &header, &header_len, &reason)) {
    case PARSE_MORE:
        introduction->missing = header_len;
        break;
    case PARSE_DONE:
        admit(introduction, &header);
        break;
    case PARSE_BAD:
        refuse(introduction, reason);
        break;
    }
    return len;
}

static void on_end(void *user, enum conn_end end, const char *reason)
{
    struct introduction *introduction = user;
    /* So do balancers find out whether we are alive. */
    bool is_probe = introduction->have == 0 && end != CONN_TIMEOUT;
    if (is_probe) {
        conn_close(&introduction->conn);
        finish(introduction);
    } else {
        refuse(introduction, end == CONN_TIMEOUT ? "no PROXY header came in time" : reason);
    }
}

static const struct conn_events conn_events = {.on_data = on_data, .on_end = on_end};

void session_await_proxy(struct tunnel_place *place, struct conn *conn)
{
    const struct tunnel *tunnel = place->tunnel;
    if (!networks_hold(tunnel->balancers, tunnel->balancer_count,
                       span_str(conn_peer_address(conn)))) {
        session_turn_away(place, &conn, REFUSED_NO_BALANCER, "", span_of("", 0));
        return;
    }
    if (!census_arrive(place->census, tunnel)) {
        session_turn_away(place, &conn, REFUSED_FULL, "before its PROXY header",
                          SPAN("421 4.3.2 Too many connections, try again later\r\n"));
        return;
    }
    struct introduction *introduction = mem_alloc(sizeof *introduction);
    introduction->place = place;
    introduction->conn = conn;
    introduction->missing = 1;
    place->holders++;
    list_init(&introduction->link);
    list_append(&place->introductions, &introduction->link);
    conn_set_events(conn, &conn_events, introduction);
    conn_read_into(conn, reserve);
    conn_deadline(conn, HEADER_MS);
}

void session_drop_introductions(struct tunnel_place *place)
{
    while (!list_is_empty(&place->introductions)) {
        struct introduction *first = LIST_FIRST(&place->introductions, struct introduction, link);
        conn_close(&first->conn);
        finish(first);
    }
}
