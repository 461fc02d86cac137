/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/tunnel.h"

bool tunnel_allows(const struct tunnel *tunnel, const char *address)
{
    return !tunnel->allowed ||
           networks_hold(tunnel->allowed, tunnel->allowed_count, span_str(address));
}

/* "*.x" stands for every name below x, but not for x itself, as in certificates and DNS. */
static bool matches(struct span hostname, struct span domain)
{
    if (span_is(hostname, "*"))
        return true;
    if (span_starts(hostname, SPAN("*.")))
        return domain.len > hostname.len - 1 && span_ends_nocase(domain, span_from(hostname, 1));
    return span_equal_nocase(hostname, domain);
}

/* What is behind the last '@'; a quoted local part may hold others. A final dot is DNS notation. */
static struct span domain_of(struct span recipient)
{
    size_t at = recipient.len;
    while (at > 0 && recipient.ptr[at - 1] != '@')
        at--;
    if (at == 0)
        return span_of("", 0);
    struct span domain = span_from(recipient, at);
    if (domain.len > 0 && domain.ptr[domain.len - 1] == '.')
        domain.len--;
    return domain;
}

const struct route *service_route_of_client(const struct service *service, struct span server_name)
{
    for (size_t i = 0; i < service->route_count && server_name.len > 0; i++) {
        const struct route *route = &service->routes[i];
        if (!span_is(route->hostname, "*") && matches(route->hostname, server_name))
            return route;
    }
    return NULL;
}

const struct route *service_route(const struct service *service, struct span recipient)
{
    struct span domain = domain_of(recipient);
    for (size_t i = 0; i < service->route_count; i++) {
        if (matches(service->routes[i].hostname, domain))
            return &service->routes[i];
    }
    /* <postmaster> alone is always taken (RFC 5321 section 4.5.1). */
    return domain.len == 0 && service->route_count > 0 ? &service->routes[0] : NULL;
}
