/* SPDX-License-Identifier: Apache-2.0 */
#include "config/policy/build.h"

/*
 * circles: tunnels whose mail would come back to them over forwarding addresses of this node. Each
 * mail would open sessions without end, for MAIL is asked of the next hop at once. Only numeric
 * addresses are looked at; what a name stands for is seen when mail goes there
 * (tunnels/delivery/reflect).
 */

static bool is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

static bool listens_at(const struct tunnel *tunnel, const struct hop *hop)
{
    bool same_family = (strchr(tunnel->address, ':') != NULL) == (strchr(hop->host, ':') != NULL);
    bool is_any = strcmp(tunnel->address, "0.0.0.0") == 0 || strcmp(tunnel->address, "::") == 0;
    return tunnel->port == hop->port && tunnel->port != 0 &&
           (strcmp(tunnel->address, hop->host) == 0 ||
            (is_any && same_family && is_loopback(hop->host)));
}

static bool feeds(const struct tunnel *from, const struct tunnel *to)
{
    for (size_t r = 0; r < from->service->route_count; r++) {
        const struct route *route = &from->service->routes[r];
        for (size_t h = 0; h < route->hop_count; h++) {
            if (route->hops[h].kind == HOP_SMTP && listens_at(to, &route->hops[h]))
                return true;
        }
    }
    return false;
}

/* Marks all tunnels that mail of number `at` can reach. Recursion ends: each is entered once. */
static void reach(const struct loading *loadings, size_t count, size_t at, bool *reached)
{
    for (size_t i = 0; i < count; i++) {
        if (!loadings[i].loads || reached[i] || !feeds(loadings[at].tunnel, loadings[i].tunnel))
            continue;
        reached[i] = true;
        reach(loadings, count, i, reached);
    }
}

bool build_circles(struct build *build)
{
    bool good = true;
    size_t count = build->tunnel_count;
    const struct loading *loadings = build->policy->loadings;
    for (size_t i = 0; i < count; i++) {
        bool *reached = ARENA_ARRAY(build->policy->arena, count, bool);
        if (!loadings[i].loads)
            continue;
        reach(loadings, count, i, reached);
        if (reached[i])
            good = node_error(&build->reader, &build->users[i]->node,
                              "expected forwarding addresses that lead elsewhere, got one that "
                              "brings the mail of the tunnel \"%.*s\" back to it",
                              SPAN_ARG(loadings[i].tunnel->name));
    }
    return good;
}
