/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/client/session_link.h"

#include <stdio.h>

/* session_identity: who the client is, for upstreams that are told (send_proxy). */

static void name(struct proxy_end *end, const char *address, uint16_t port)
{
    (void)snprintf(end->address, sizeof end->address, "%s", address);
    end->port = port;
}

struct client_identity session_identity(const struct session *session)
{
    const struct conn *conn = session->conn;
    struct client_identity identity = {.helo = session->helo ? span_str(session->helo) : SPAN(""),
                                       .user = span_str(session_user(session)),
                                       .is_extended = session->is_extended};
    name(&identity.client, conn_peer_address(conn), conn_peer_port(conn));
    name(&identity.server, conn_local_address(conn), conn_local_port(conn));
    return identity;
}

void session_end_identity(struct session *session)
{
    enum send_proxy how = session->place->tunnel->service->upstream.send_proxy;
    if (how != SEND_PROXY_XCLIENT && how != SEND_PROXY_V2)
        return;
    struct client_identity identity = session_identity(session);
    pool_client_left(session->place->loop->pool, &identity.client);
}
