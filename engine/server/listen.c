/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listen: which tunnels are listened for, and how that changes with a new policy. Sockets that stay
 * the same stay open: closing a SO_REUSEPORT socket would drop the connections in its queue.
 */
#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/server/internal.h"

#include <stdio.h>
#include <stdlib.h>

/* The same socket serves both. Where the kernel chose the port, the name says which is meant. */
static bool same_socket(const struct tunnel *a, const struct tunnel *b)
{
    return a->port == b->port && strcmp(a->address, b->address) == 0 &&
           (a->port != 0 || span_equal(a->name, b->name));
}

static struct listening *find(const struct listenings *listenings, const struct tunnel *tunnel)
{
    for (size_t i = 0; i < listenings->count; i++) {
        if (same_socket(listenings->items[i].tunnel, tunnel))
            return &listenings->items[i];
    }
    return NULL;
}

static bool is_any(const char *address)
{
    return strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0;
}

/* Whether a socket of ours keeps others from the address. "::" is for IPv6 alone. */
static bool is_in_our_way(const struct listenings *listenings, const struct tunnel *tunnel)
{
    bool v6 = strchr(tunnel->address, ':') != NULL;
    for (size_t i = 0; i < listenings->count; i++) {
        const char *address = listenings->items[i].tunnel->address;
        if (listenings->items[i].port == tunnel->port && v6 == (strchr(address, ':') != NULL) &&
            (is_any(address) || is_any(tunnel->address) || strcmp(address, tunnel->address) == 0))
            return true;
    }
    return false;
}

struct opening {
    struct listening *listening;
    const struct inherited_socket *given; /* NULL: none */
    struct error *err;
    bool worked;
};

static void open_on_lane(struct lane *lane, void *arg)
{
    struct opening *opening = arg;
    struct listening *listening = opening->listening;
    const struct inherited_socket *given = opening->given;
    listening->places[lane->number] =
        given ? tunnel_loop_open_given(lane->tunnels, listening->tunnel, &listening->shared,
                                       given->fd, opening->err)
              : tunnel_loop_open(lane->tunnels, listening->tunnel, &listening->shared,
                                 &listening->port, opening->err);
    opening->worked = listening->places[lane->number] != NULL;
}

static void close_on_lane(struct lane *lane, void *arg)
{
    struct listening *listening = arg;
    if (listening->places[lane->number])
        tunnel_place_close(&listening->places[lane->number]);
}

static void replace_on_lane(struct lane *lane, void *arg)
{
    struct listening *listening = arg;
    tunnel_place_replace(listening->places[lane->number], listening->tunnel,
                         listening->shared.tickets);
}

static void on_all_lanes(struct server *server, void (*run)(struct lane *lane, void *arg),
                         void *arg)
{
    for (unsigned i = 0; i < server->lane_count; i++)
        lane_call(&server->lanes[i], run, arg);
}

static void listening_close(struct server *server, struct listening *listening)
{
    on_all_lanes(server, close_on_lane, listening);
    census_unref(&listening->shared.census);
    tls_tickets_unref(&listening->shared.tickets);
    free(listening->places);
}

/* Ticket keys live as long as the TLS of the tunnel stays what it is. Before other TLS takes effect
 * on the first lane it is known to work on all. */
static bool take_tickets(struct listening *listening, const struct listening *old,
                         struct error *err)
{
    listening->shared.tickets = NULL;
    if (!listening->tunnel->tls)
        return true;
    if (old && old->shared.tickets && tunnel_has_same_tls(old->tunnel, listening->tunnel)) {
        listening->shared.tickets = old->shared.tickets;
        tls_tickets_ref(listening->shared.tickets);
        return true;
    }
    if (!tunnel_tls_works(listening->tunnel, err))
        return false;
    listening->shared.tickets = tls_tickets_new(err);
    return listening->shared.tickets != NULL;
}

static void put_address(struct listening *listening, const char *address)
{
    bool v6 = strchr(address, ':') != NULL;
    (void)snprintf(listening->address, sizeof listening->address, v6 ? "[%s]:%u" : "%s:%u", address,
                   (unsigned)listening->port);
}

static bool listening_open(struct server *server, struct listening *listening,
                           const struct tunnel *tunnel, struct error *err)
{
    struct inherited_socket *given;
    if (!inherited_for(&server->inherited, tunnel, &given, err))
        return false;
    /* Where we ourselves are in the way nobody but us can tell: sharing the port works, unless one
     * is there, too, who does not share. */
    if (!given && tunnel->port != 0 && !is_in_our_way(&server->listenings, tunnel) &&
        !tunnel_address_is_free(tunnel, err))
        return false;
    *listening = (struct listening){.tunnel = tunnel, .port = 0};
    if (!take_tickets(listening, NULL, err))
        return false;
    listening->shared.census = census_new();
    listening->places = mem_alloc(server->lane_count * sizeof *listening->places);
    struct opening opening = {.listening = listening, .given = given, .err = err, .worked = true};
    for (unsigned i = 0; i < server->lane_count && opening.worked; i++)
        lane_call(&server->lanes[i], open_on_lane, &opening);
    if (!opening.worked) {
        listening_close(server, listening);
        return false;
    }
    if (given) {
        given->used = true;
        listening->port = given->port;
    }
    put_address(listening, given ? given->address : tunnel->address);
    return true;
}

/* An item of the next policy: what listens already goes over into it, what is new is opened. */
static bool open_item(struct server *server, struct listening *item, const struct tunnel *tunnel,
                      struct error *err)
{
    const struct listening *old = find(&server->listenings, tunnel);
    if (!old)
        return listening_open(server, item, tunnel, err);
    *item = *old;
    item->tunnel = tunnel;
    return take_tickets(item, old, err);
}

/* All stays as it was. */
static void undo(struct server *server, struct listenings *next)
{
    while (next->count-- > 0) {
        struct listening *item = &next->items[next->count];
        if (find(&server->listenings, item->tunnel))
            tls_tickets_unref(&item->shared.tickets);
        else
            listening_close(server, item);
    }
}

/* Opens what is new. On a failure what was opened is closed again and false is returned. */
static bool open_new(struct server *server, const struct policy *policy, struct listenings *next,
                     struct error *err)
{
    for (size_t i = 0; i < policy->loading_count; i++) {
        const struct tunnel *tunnel = policy->loadings[i].tunnel;
        if (!policy->loadings[i].loads)
            continue;
        if (!open_item(server, &next->items[next->count], tunnel, err)) {
            error_prefix(err, "tunnel \"%.*s\"", SPAN_ARG(tunnel->name));
            undo(server, next);
            return false;
        }
        next->count++;
    }
    return next->count > 0 ||
           error_set(err, "no tunnel loads on node \"%.*s\"; `culvert tunnels` says why",
                     SPAN_ARG(policy->node_name));
}

bool listenings_change(struct server *server, const struct policy *policy, struct error *err)
{
    struct listenings next = {mem_alloc((policy->loading_count + 1) * sizeof *next.items), 0};
    inherited_claim(&server->inherited, policy);
    if (!open_new(server, policy, &next, err)) {
        free(next.items);
        return false;
    }
    for (size_t i = 0; i < next.count; i++) {
        if (find(&server->listenings, next.items[i].tunnel))
            on_all_lanes(server, replace_on_lane, &next.items[i]);
    }
    for (size_t i = 0; i < server->listenings.count; i++) {
        struct listening *old = &server->listenings.items[i];
        if (find(&next, old->tunnel))
            tls_tickets_unref(&old->shared.tickets);
        else
            listening_close(server, old);
    }
    free(server->listenings.items);
    server->listenings = next;
    return true;
}

/* The lanes have closed their places already. */
void listenings_forget(struct server *server)
{
    for (size_t i = 0; i < server->listenings.count; i++) {
        census_unref(&server->listenings.items[i].shared.census);
        tls_tickets_unref(&server->listenings.items[i].shared.tickets);
        free(server->listenings.items[i].places);
    }
    free(server->listenings.items);
    server->listenings = (struct listenings){NULL, 0};
}

void listenings_print(const struct server *server)
{
    for (size_t i = 0; i < server->listenings.count; i++) {
        const struct listening *listening = &server->listenings.items[i];
        const struct log_field fields[] = {LOG_WHOLE("tunnel", listening->tunnel->name),
                                           LOG_STR("address", listening->address)};
        log_announce("culvert ready", fields, ARRAY_LEN(fields));
    }
}

const char *server_address(const struct server *server, const char *tunnel)
{
    for (size_t i = 0; i < server->listenings.count; i++) {
        if (span_is(server->listenings.items[i].tunnel->name, tunnel))
            return server->listenings.items[i].address;
    }
    return NULL;
}
