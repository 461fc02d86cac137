/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logins: whether the logins of clients ("auth": pass) can go to the upstreams of a service, and
 * who might hear the passwords.
 */
#include "config/policy/build.h"

static bool is_this_host(const struct hop *hop)
{
    return hop->kind == HOP_SMTP &&
           (span_starts(span_str(hop->host), SPAN("127.")) || strcmp(hop->host, "::1") == 0 ||
            span_is_nocase(span_str(hop->host), "localhost"));
}

/* A next hop that passwords reach by a network: under TLS, or never. */
static const struct hop *find_far(const struct service *service, bool under_tls)
{
    bool wants_tls = service->upstream.tls.mode != TLS_UPSTREAM_NONE;
    for (size_t r = 0; r < service->route_count; r++) {
        for (size_t h = 0; h < service->routes[r].hop_count; h++) {
            const struct hop *hop = &service->routes[r].hops[h];
            bool has_tls = wants_tls || hop->implicit_tls;
            if (hop->kind != HOP_MAILDIR && !is_this_host(hop) && has_tls == under_tls)
                return hop;
        }
    }
    return NULL;
}

/* "auth", wherever it stands. */
static struct node place_of(struct build *build, const struct tunnel_settings *tunnel)
{
    struct node advanced = node_get(&build->reader, &tunnel->node, "advanced_settings");
    struct node auth = node_get(&build->reader, &advanced, "auth");
    return node_is_present(&auth) ? auth : tunnel->node;
}

static void warn(struct build *build, const struct tunnel_settings *tunnel,
                 const struct service *service)
{
    struct node place = place_of(build, tunnel);
    const struct hop *in_clear = find_far(service, false);
    const struct hop *under_tls = find_far(service, true);
    if (!tunnel->tunnel.auth_without_tls && tunnel->tunnel.tls_mode == TLS_MODE_NONE)
        node_warning(&build->reader, &place,
                     "AUTH is never offered: it is under TLS only, and tls_mode is none");
    if (!tunnel->tunnel.auth_without_tls && in_clear)
        node_warning(&build->reader, &place,
                     "AUTH is never offered: it is under TLS only, and \"%s\" of the service "
                     "\"%.*s\" is spoken to in clear (\"tls\": none)",
                     in_clear->text, SPAN_ARG(service->name));
    if (under_tls && service->upstream.tls.mode != TLS_UPSTREAM_VERIFY)
        node_warning(&build->reader, &place,
                     "the clients' passwords go to whoever answers in the place of \"%s\" of the "
                     "service \"%.*s\"; \"tls\": require_verify looks at its certificate first",
                     under_tls->text, SPAN_ARG(service->name));
}

/* A client cannot log in on a connection that is logged in already, and its mail would go by ours.
 */
bool build_login(struct build *build, const struct tunnel_settings *tunnel,
                 const struct service_settings *service)
{
    if (!service || !tunnel->tunnel.auth_pass)
        return true;
    if (service->service.upstream.username)
        return node_error(&build->reader, &tunnel->node,
                          "\"auth\": pass does not go with the username of the service \"%.*s\": "
                          "it is either the clients who log in at the upstream or we",
                          SPAN_ARG(service->service.name));
    if (tunnel->common.enabled && service->common.enabled)
        warn(build, tunnel, &service->service);
    return true;
}
