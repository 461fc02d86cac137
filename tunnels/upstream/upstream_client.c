/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream_client: a connection on which the peer is told who the client is (send_proxy), by a
 * PROXY header of version 2 in front of everything, TLS included, or by XCLIENT behind TLS, upon
 * which the session begins anew. Such a connection is that client's alone: what the peer allows it,
 * or has granted it, is nobody else's. One without a client only finds out what the peer offers,
 * and is not kept (decision 0032).
 */
#include "engine/base/ascii.h"
#include "tunnels/upstream/upstream_link.h"

/* Of an EHLO line: longer ones are not said. */
#define NAME_MAX_BYTES 400u

bool upstream_is_for(const struct upstream *upstream, const struct client_identity *client)
{
    if (!peer_tells_client(upstream->peer))
        return true;
    if (!client || !upstream->client)
        return false;
    return upstream->peer->send_proxy == SEND_PROXY_V2
               ? client_identity_same_ends(upstream->client, client)
               : client_identity_equals(upstream->client, client);
}

bool upstream_is_of_use(const struct upstream *upstream)
{
    return !peer_tells_client(upstream->peer) || (upstream->client && !upstream->client_left);
}

void upstreams_client_left(struct list *all, const struct proxy_end *client)
{
    list_for_each_safe (it, after, all) {
        struct upstream *upstream = CONTAINER_OF(it, struct upstream, of_peer);
        const struct client_identity *of = upstream->client;
        if (!of || of->client.port != client->port ||
            strcmp(of->client.address, client->address) != 0)
            continue;
        upstream->client_left = true;
        if (upstream->state == UPSTREAM_IDLE)
            upstream_retire(upstream);
    }
}

bool upstream_speaks_for_client(const struct upstream *upstream)
{
    bool is_told = upstream->peer->send_proxy == SEND_PROXY_V2 || upstream->introduced ||
                   upstream->state == UPSTREAM_XCLIENT;
    return upstream->client && is_told;
}

void upstream_send_proxy(struct upstream *upstream)
{
    char header[PROXY_WRITE_MAX];
    struct proxy_header said = {.has_client = upstream->client != NULL};
    if (upstream->peer->send_proxy != SEND_PROXY_V2)
        return;
    if (said.has_client) {
        said.client = upstream->client->client;
        said.server = upstream->client->server;
    }
    conn_write(upstream->conn, span_of(header, proxy_header_write(&said, header)));
}

/* As the client said it, where that can stand in a command. */
static bool can_be_said(struct span name)
{
    bool good = name.len > 0 && name.len <= NAME_MAX_BYTES;
    for (size_t i = 0; good && i < name.len; i++)
        good = name.ptr[i] > ' ' && name.ptr[i] < 0x7f;
    return good;
}

struct span upstream_helo_name(const struct upstream *upstream, bool extended)
{
    struct span own = span_str(upstream->peer->helo_name);
    if (upstream->introduced && extended && can_be_said(upstream->client->helo))
        return upstream->client->helo;
    return span_sub(own, 0, NAME_MAX_BYTES);
}

static bool send_next(struct upstream *upstream)
{
    struct buf line = BUF_INIT;
    unsigned attributes = upstream->capabilities.xclient_attributes;
    /* A peer takes one login: ours is said by AUTH. */
    if (upstream->peer->username)
        attributes &= ~(1u << XCLIENT_LOGIN);
    bool any = xclient_write(upstream->client, attributes, &upstream->attribute, &line);
    if (any)
        upstream_send_line(upstream, buf_span(&line));
    buf_fini(&line);
    return any;
}

void upstream_introduce(struct upstream *upstream)
{
    const struct capabilities *can = &upstream->capabilities;
    if (upstream->peer->send_proxy != SEND_PROXY_XCLIENT || upstream->introduced) {
        upstream_log_in(upstream);
    } else if (!(can->xclient_attributes & 1u << XCLIENT_ADDR)) {
        upstream_lose(upstream, PEER_XCLIENT_FAILED,
                      can->xclient ? "XCLIENT is offered without ADDR" : "XCLIENT is not offered");
    } else if (!upstream->client) {
        upstream_log_in(upstream);
    } else {
        upstream_enter(upstream, UPSTREAM_XCLIENT);
        (void)send_next(upstream);
    }
}

void upstream_xclient_reply(struct upstream *upstream, const struct reply *reply)
{
    upstream->outstanding--;
    if (reply->code != 220) {
        upstream_refused(upstream, PEER_UNREACHABLE, "XCLIENT", reply);
        return;
    }
    if (send_next(upstream))
        return;
    upstream->introduced = true;
    upstream_greet_again(upstream);
}
