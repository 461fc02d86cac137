/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/delivery/reflect.h"

#include "tunnels/upstream/pool.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

struct endpoint {
    struct sockaddr_storage address;
    socklen_t len; /* 0: no address */
    bool is_any;   /* 0.0.0.0 or :: */
};

static struct endpoint parse(const char *text)
{
    struct endpoint out = {.len = 0};
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    struct span prefix = SPAN("IPv6:");
    if (span_starts_nocase(span_str(text), prefix))
        text += prefix.len;
    if (inet_pton(AF_INET, text, &in.sin_addr) == 1) {
        memcpy(&out.address, &in, sizeof in);
        out.len = sizeof in;
        out.is_any = in.sin_addr.s_addr == 0;
    } else if (inet_pton(AF_INET6, text, &in6.sin6_addr) == 1) {
        memcpy(&out.address, &in6, sizeof in6);
        out.len = sizeof in6;
        out.is_any = IN6_IS_ADDR_UNSPECIFIED(&in6.sin6_addr);
    }
    return out;
}

/* Only an address of this host can be bound. */
static bool is_of_this_host(const struct endpoint *endpoint)
{
    int fd = socket(endpoint->address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool bound = bind(fd, (const struct sockaddr *)&endpoint->address, endpoint->len) == 0;
    (void)close(fd);
    return bound;
}

/* A socket for all addresses of IPv6 takes those of IPv4, too, where the system says so. */
static bool listens_there(const char *listening, const struct endpoint *client)
{
    struct endpoint ours = parse(listening);
    if (ours.is_any)
        return is_of_this_host(client);
    return ours.len == client->len && memcmp(&ours.address, &client->address, ours.len) == 0;
}

/* `only`: NULL, or the tunnel that counts. */
static bool is_listening(const struct tunnel_loop *tunnels, const struct tunnel *only,
                         const char *address, uint16_t port)
{
    struct endpoint there = parse(address);
    const struct list *places = &tunnels->places;
    for (struct list *it = places->next; there.len > 0 && it != places; it = it->next) {
        const struct tunnel_place *place = CONTAINER_OF(it, struct tunnel_place, link);
        if (place->port == port && (!only || span_equal(place->tunnel->name, only->name)) &&
            listens_there(place->tunnel->address, &there))
            return true;
    }
    return false;
}

/* Of a name, any address that it is known to have. */
static bool leads_back(const struct tunnel_loop *tunnels, const struct tunnel *tunnel,
                       const struct hop *hop)
{
    if (parse(hop->host).len > 0)
        return is_listening(tunnels, tunnel, hop->host, hop->port);
    const struct peer *peer =
        pool_peer(tunnels->pool, hop, "", &tunnel->service->upstream, &tunnel->conn);
    bool back = false;
    for (size_t i = 0; i < peer->addresses.count; i++)
        back |= is_listening(tunnels, tunnel, peer->addresses.items[i].text, hop->port);
    return back;
}

bool hop_is_ourselves(const struct tunnel_loop *tunnels, const struct tunnel *tunnel,
                      const struct hop *hop, const char *client_address)
{
    switch (hop->kind) {
    case HOP_REFLECT:
        return is_listening(tunnels, NULL, client_address, hop->port);
    case HOP_SMTP:
        return leads_back(tunnels, tunnel, hop);
    case HOP_MAILDIR:
        break;
    }
    return false;
}
