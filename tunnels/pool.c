/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/pool.h"

#include "engine/base/mem.h"
#include "tunnels/upstream.h"
#include "tunnels/upstream_link.h"

#include <stdlib.h>

/* Peers that nobody uses are kept for what is known of them, up to this many. */
#define PEERS_MAX 256u
/* Where a client's own system takes mail (RFC 5321 section 4.5.4.2). */
#define REFLECT_PORT 25u

struct pool {
    struct loop *loop;
    struct reaper *reaper;
    struct list peers; /* the last one used first */
    size_t peer_count;
    size_t connections;
    bool draining;
    void (*on_empty)(void *arg);
    void *arg;
};

struct pool *pool_new(struct loop *loop, struct reaper *reaper)
{
    struct pool *pool = mem_alloc(sizeof *pool);
    pool->loop = loop;
    pool->reaper = reaper;
    list_init(&pool->peers);
    return pool;
}

struct loop *pool_loop(struct pool *pool)
{
    return pool->loop;
}

struct reaper *pool_reaper(struct pool *pool)
{
    return pool->reaper;
}

size_t pool_connections(const struct pool *pool)
{
    return pool->connections;
}

static void peer_free(struct peer *peer)
{
    list_remove(&peer->link);
    peer->pool->peer_count--;
    free(peer->host);
    free(peer->helo_name);
    free(peer);
}

static void tell_if_empty(struct pool *pool)
{
    if (pool->draining && pool->connections == 0 && pool->on_empty) {
        void (*on_empty)(void *arg) = pool->on_empty;
        pool->on_empty = NULL;
        on_empty(pool->arg);
    }
}

void pool_drain(struct pool *pool, void (*on_empty)(void *arg), void *arg)
{
    pool->draining = true;
    pool->on_empty = on_empty;
    pool->arg = arg;
    list_for_each_safe (it, after, &pool->peers)
        upstreams_retire_all(&CONTAINER_OF(it, struct peer, link)->all);
    tell_if_empty(pool);
}

void pool_free(struct pool **slot)
{
    struct pool *pool = *slot;
    if (!pool)
        return;
    *slot = NULL;
    pool->draining = true;
    pool->on_empty = NULL;
    list_for_each_safe (it, after, &pool->peers) {
        struct peer *peer = CONTAINER_OF(it, struct peer, link);
        upstreams_close_all(&peer->all);
        peer_free(peer);
    }
    free(pool);
}

/* The address in "IPv6:..." form is for replies and headers; connecting wants it plain. */
static const char *plain_address(const char *address)
{
    struct span text = span_str(address);
    return span_starts_nocase(text, SPAN("IPv6:")) ? address + strlen("IPv6:") : address;
}

static void drop_unused(struct pool *pool)
{
    for (struct list *it = pool->peers.prev; it != &pool->peers;) {
        struct peer *peer = CONTAINER_OF(it, struct peer, link);
        it = it->prev;
        if (peer->users == 0) {
            peer_free(peer);
            return;
        }
    }
}

static struct peer *peer_new(struct pool *pool, const char *host, uint16_t port,
                             const char *helo_name)
{
    if (pool->peer_count >= PEERS_MAX)
        drop_unused(pool);
    struct peer *peer = mem_alloc(sizeof *peer);
    peer->pool = pool;
    peer->host = mem_copy(host, strlen(host));
    peer->port = port;
    peer->helo_name = mem_copy(helo_name, strlen(helo_name));
    list_init(&peer->idle);
    list_init(&peer->all);
    list_init(&peer->link);
    list_prepend(&pool->peers, &peer->link);
    pool->peer_count++;
    return peer;
}

static bool is_peer(const struct peer *peer, const char *host, uint16_t port, const char *helo_name)
{
    return peer->port == port && strcmp(peer->host, host) == 0 &&
           strcmp(peer->helo_name, helo_name) == 0;
}

static struct peer *find(struct pool *pool, const char *host, uint16_t port, const char *helo_name)
{
    list_for_each_safe (it, after, &pool->peers) {
        struct peer *peer = CONTAINER_OF(it, struct peer, link);
        if (is_peer(peer, host, port, helo_name)) {
            list_remove(&peer->link);
            list_prepend(&pool->peers, &peer->link);
            return peer;
        }
    }
    return NULL;
}

struct peer *pool_peer(struct pool *pool, const struct hop *hop, const char *client_address,
                       const struct upstream_settings *settings, const struct conn_limits *limits)
{
    bool reflects = hop->kind == HOP_REFLECT;
    const char *host = reflects ? plain_address(client_address) : hop->host;
    uint16_t port = hop->port ? hop->port : REFLECT_PORT;
    struct peer *peer = find(pool, host, port, settings->helo_name);
    if (!peer)
        peer = peer_new(pool, host, port, settings->helo_name);
    peer->settings = *settings;
    peer->settings.helo_name = peer->helo_name;
    peer->limits = *limits;
    return peer;
}

struct upstream *peer_take_idle(struct peer *peer)
{
    if (list_is_empty(&peer->idle))
        return NULL;
    struct upstream *upstream = LIST_FIRST(&peer->idle, struct upstream, link);
    peer_forget_idle(peer, upstream);
    return upstream;
}

bool peer_is_resting(const struct peer *peer)
{
    return loop_now_ms(peer->pool->loop) < peer->rests_until_ms ||
           (peer->is_failing && peer->connecting > 0);
}

void peer_answered(struct peer *peer, const struct capabilities *capabilities)
{
    peer->is_known = true;
    peer->capabilities = *capabilities;
    peer->is_failing = false;
}

void peer_failed(struct peer *peer)
{
    peer->rests_until_ms = loop_now_ms(peer->pool->loop) + PEER_REST_MS;
    /* What it offered may be another thing when it is back. */
    peer->is_known = false;
    peer->is_failing = true;
}

bool peer_keep(struct peer *peer, struct upstream *upstream)
{
    if (peer->pool->draining || peer->idle_count >= peer->settings.kept_connections)
        return false;
    list_prepend(&peer->idle, &upstream->link);
    peer->idle_count++;
    return true;
}

void peer_forget_idle(struct peer *peer, struct upstream *upstream)
{
    list_remove(&upstream->link);
    peer->idle_count--;
}

void peer_join(struct peer *peer, struct upstream *upstream)
{
    list_append(&peer->all, &upstream->of_peer);
    peer->users++;
    peer->pool->connections++;
}

void peer_leave(struct peer *peer, struct upstream *upstream)
{
    list_remove(&upstream->of_peer);
    peer->users--;
    peer->pool->connections--;
    tell_if_empty(peer->pool);
}
