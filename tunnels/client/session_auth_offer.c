/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/compile/compile.h"
#include "tunnels/client/session_link.h"
#include "tunnels/delivery/hops.h"

/* session_auth_offer: who may log in, where, and how. */

static bool same_hops(const struct route *a, const struct route *b)
{
    bool same = a->hop_count == b->hop_count;
    for (size_t i = 0; same && i < a->hop_count; i++)
        same = strcmp(a->hops[i].text, b->hops[i].text) == 0;
    return same;
}

const struct route *session_login_route(const struct session *session, bool *is_any_out)
{
    const struct service *service = session->place->tunnel->service;
    struct tls_info tls = session_tls_info(session);
    const struct route *named = service_route_of_client(service, span_str(tls.server_name));
    *is_any_out = !named;
    if (named || service->route_count == 0)
        return named;
    for (size_t i = 1; i < service->route_count; i++) {
        if (!same_hops(&service->routes[0], &service->routes[i]))
            return NULL;
    }
    return &service->routes[0];
}

bool session_may_log_in(const struct session *session)
{
    return conn_is_secure(session->conn) || session->place->tunnel->auth_without_tls;
}

bool login_may_go(const struct tunnel *tunnel, const struct capabilities *peer)
{
    return peer->is_private || tunnel->auth_without_tls;
}

bool login_needs_name(const struct tunnel *tunnel)
{
    const struct ruleset *ruleset = tunnel->service->inspection.ruleset;
    return ruleset && ruleset_asks_user(ruleset);
}

void session_offer_auth(const struct session *session, struct auth_list *out)
{
    struct tunnel_place *place = session->place;
    const struct service *service = place->tunnel->service;
    struct hops_place hops = {.pool = place->loop->pool,
                              .tunnels = place->loop,
                              .tunnel = place->tunnel,
                              .client_address = conn_peer_address(session->conn)};
    bool any = false, is_any;
    *out = (struct auth_list){""};
    if (!place->tunnel->auth_pass || service->upstream.username || !session_may_log_in(session) ||
        !session_login_route(session, &is_any))
        return;
    for (size_t r = 0; r < service->route_count; r++) {
        for (size_t h = 0; h < service->routes[r].hop_count; h++) {
            const struct hop *hop = &service->routes[r].hops[h];
            const struct peer *peer = hop->kind == HOP_MAILDIR ? NULL : hops_peer(&hops, hop);
            if (peer && !peer->is_known)
                continue;
            struct auth_list none = {""};
            bool usable = peer && login_may_go(place->tunnel, &peer->capabilities);
            const struct auth_list *theirs = usable ? &peer->capabilities.auth : &none;
            if (any)
                auth_list_keep(out, theirs);
            else
                *out = *theirs;
            any = true;
        }
    }
    if (login_needs_name(place->tunnel))
        auth_list_keep_named(out);
}
