/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/upstream/pool.h"

#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "tunnels/descriptors.h"
#include "tunnels/upstream/upstream.h"
#include "tunnels/upstream/upstream_link.h"

#include <stdlib.h>
#include <string.h>

/* Peers that nobody uses are kept for what is known of them, up to this many. */
#define PEERS_MAX 256u
/* One that was replaced by other settings is kept no longer than this without use: it may hold all
 * the authorities of a system in memory. */
#define REPLACED_MS 60000u
/* Where a client's own system takes mail (RFC 5321 section 4.5.4.2). */
#define REFLECT_PORT 25u

struct pool {
    struct loop *loop;
    struct reaper *reaper;
    struct upstream_shared *shared;
    struct list peers; /* the last one used first */
    size_t peer_count;
    uint64_t turns;
    size_t connections;
    bool draining;
    void (*on_empty)(void *arg);
    void *arg;
};

struct pool *pool_new(struct loop *loop, struct reaper *reaper, struct upstream_shared *shared)
{
    struct pool *pool = mem_alloc(sizeof *pool);
    pool->loop = loop;
    pool->reaper = reaper;
    pool->shared = upstream_shared_ref(shared);
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

struct upstream_shared *pool_shared(struct pool *pool)
{
    return pool->shared;
}

static void peer_free(struct peer *peer)
{
    list_remove(&peer->link);
    peer->pool->peer_count--;
    if (peer->health.is_failing)
        metric_sub(peer->counts.down, 1);
    timer_stop(&peer->line.timer);
    peer_tls_fini(&peer->tls);
    peer_addresses_fini(&peer->addresses);
    quota_leave(&peer->quota);
    if (peer->password)
        explicit_bzero(peer->password, strlen(peer->password));
    free(peer->username);
    free(peer->password);
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
    upstream_shared_unref(&pool->shared);
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
    /* All have connections. Those that only wait for a user make way: a client that was reflected
     * to is a peer of its own, and there may be any number of clients. */
    for (struct list *it = pool->peers.prev; it != &pool->peers; it = it->prev) {
        struct peer *peer = CONTAINER_OF(it, struct peer, link);
        if (peer->users > peer->idle_count)
            continue;
        upstreams_retire_all(&peer->all);
        peer_free(peer);
        return;
    }
}

/* What makes a peer. */
struct peer_key {
    const char *host;
    uint16_t port;
    bool implicit_tls;
    const char *username; /* NULL: no login */
    const char *password;
    const struct upstream_settings *settings;
};

static bool is_same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_same_address(const struct peer *peer, const struct peer_key *key)
{
    return peer->port == key->port && strcmp(peer->host, key->host) == 0 &&
           strcmp(peer->helo_name, key->settings->helo_name) == 0 &&
           peer->send_proxy == key->settings->send_proxy;
}

static bool is_peer(const struct peer *peer, const struct peer_key *key)
{
    return is_same_address(peer, key) && peer->tls.implicit == key->implicit_tls &&
           peer_tls_equals(&peer->tls, &key->settings->tls) &&
           is_same_text(peer->username, key->username) &&
           is_same_text(peer->password, key->password);
}

static void drop_replaced(struct pool *pool, const struct peer_key *key)
{
    uint64_t now = loop_now_ms(pool->loop);
    list_for_each_safe (it, after, &pool->peers) {
        struct peer *peer = CONTAINER_OF(it, struct peer, link);
        if (peer->users == 0 && is_same_address(peer, key) && now - peer->used_ms > REPLACED_MS)
            peer_free(peer);
    }
}

/* One with the same TLS, whose parsed certificates can be shared. */
static const struct peer_tls *find_twin(struct pool *pool, const struct peer_key *key)
{
    list_for_each_safe (it, after, &pool->peers) {
        const struct peer *peer = CONTAINER_OF(it, struct peer, link);
        if (peer->tls.context && peer_tls_equals(&peer->tls, &key->settings->tls))
            return &peer->tls;
    }
    return NULL;
}

static char *copy_text(const char *text)
{
    return text ? mem_copy(text, strlen(text)) : NULL;
}

static struct peer *peer_new(struct pool *pool, const struct peer_key *key)
{
    drop_replaced(pool, key);
    if (pool->peer_count >= PEERS_MAX)
        drop_unused(pool);
    struct peer *peer = mem_alloc(sizeof *peer);
    peer->pool = pool;
    peer->host = copy_text(key->host);
    peer->port = key->port;
    peer->helo_name = copy_text(key->settings->helo_name);
    peer->send_proxy = key->settings->send_proxy;
    peer->username = copy_text(key->username);
    peer->password = copy_text(key->password);
    peer_tls_init(&peer->tls, &key->settings->tls, key->implicit_tls, find_twin(pool, key));
    list_init(&peer->idle);
    list_init(&peer->all);
    peer_line_init(peer);
    list_init(&peer->link);
    list_prepend(&pool->peers, &peer->link);
    pool->peer_count++;
    return peer;
}

static struct peer *find(struct pool *pool, const struct peer_key *key)
{
    list_for_each_safe (it, after, &pool->peers) {
        struct peer *peer = CONTAINER_OF(it, struct peer, link);
        if (is_peer(peer, key)) {
            list_remove(&peer->link);
            list_prepend(&pool->peers, &peer->link);
            return peer;
        }
    }
    return NULL;
}

/* The ones that are unused for longest go first. */
static void give_up(struct quota_member *member)
{
    struct peer *peer = CONTAINER_OF(member, struct peer, quota);
    while (quota_is_wanted(member)) {
        struct upstream *last = NULL;
        for (struct list *it = peer->idle.prev; it != &peer->idle && !last; it = it->prev) {
            struct upstream *upstream = CONTAINER_OF(it, struct upstream, link);
            last = upstream->place ? upstream : NULL;
        }
        if (!last)
            return;
        upstream_retire(last);
    }
}

static void count_connections(struct peer *peer)
{
    if (peer->settings.max_connections == 0 || peer->quota.quota)
        return;
    struct pool *pool = peer->pool;
    struct quota *quota = quota_get(pool->shared->quotas, peer->host, peer->port);
    quota_join(quota, &peer->quota, pool->loop, give_up);
    quota_unref(&quota);
}

struct peer *pool_peer(struct pool *pool, const struct hop *hop, const char *client_address,
                       const struct upstream_settings *settings, const struct conn_limits *limits)
{
    bool reflects = hop->kind == HOP_REFLECT;
    struct peer_key key = {.host = reflects ? plain_address(client_address) : hop->host,
                           .port = hop->port ? hop->port : REFLECT_PORT,
                           .implicit_tls = hop->implicit_tls,
                           .settings = settings};
    if (settings->username) {
        key.username = settings->username;
        key.password = settings->password ? settings->password : "";
    }
    struct peer *peer = find(pool, &key);
    if (!peer) {
        peer = peer_new(pool, &key);
        hop_counts_init(&peer->counts, hop);
    }
    peer->settings = *settings;
    peer->settings.helo_name = peer->helo_name;
    peer->settings.username = peer->username;
    peer->settings.password = peer->password;
    /* What it points to is the policy's, which may go before the peer does. */
    peer->settings.tls = (struct tls_client_settings){.mode = settings->tls.mode};
    peer->limits = *limits;
    peer->used_ms = loop_now_ms(pool->loop);
    count_connections(peer);
    return peer;
}

bool peer_tells_client(const struct peer *peer)
{
    return peer->send_proxy == SEND_PROXY_XCLIENT || peer->send_proxy == SEND_PROXY_V2;
}

void pool_client_left(struct pool *pool, const struct proxy_end *client)
{
    list_for_each_safe (it, after, &pool->peers) {
        struct peer *peer = CONTAINER_OF(it, struct peer, link);
        if (peer_tells_client(peer))
            upstreams_client_left(&peer->all, client);
    }
}

struct upstream *peer_take_idle(struct peer *peer, const struct client_identity *client)
{
    list_for_each_safe (it, after, &peer->idle) {
        struct upstream *upstream = CONTAINER_OF(it, struct upstream, link);
        /* One that is not counted, or whose place somebody waits for, is nobody's to take. */
        bool is_limited = peer->settings.max_connections > 0;
        bool is_wanted = is_limited && (!upstream->place || quota_is_wanted(&peer->quota));
        /* Nor is one on which something came that the loop has not told of yet. */
        if (is_wanted || !upstream_is_quiet(upstream)) {
            upstream_retire(upstream);
            continue;
        }
        if (!upstream_is_for(upstream, client))
            continue;
        peer_forget_idle(peer, upstream);
        return upstream;
    }
    return NULL;
}

void peer_took_turn(struct peer *peer)
{
    peer->turn = ++peer->pool->turns;
}

enum idle peer_keep(struct peer *peer, struct upstream *upstream, struct quota_wait **next_out)
{
    struct pool *pool = peer->pool;
    /* One from before there was a limit is not counted: it goes. */
    if (pool->draining || (peer->settings.max_connections > 0 && !upstream->place))
        return IDLE_CLOSE;
    /* Who waits is another client: one that is the other's goes for him. */
    if (peer_line_first(peer))
        return peer_tells_client(peer) ? IDLE_CLOSE : IDLE_WANTED;
    struct quota_wait **heir = peer_tells_client(peer) ? NULL : next_out;
    enum quota_offer offer = upstream->place ? quota_offer(&peer->quota, heir) : QUOTA_KEEP;
    if (offer != QUOTA_KEEP)
        return offer == QUOTA_PASS ? IDLE_WANTED : IDLE_CLOSE;
    if (peer->idle_count >= peer->settings.kept_connections || !descriptors_admit_kept()) {
        if (upstream->place)
            quota_take_idle(&peer->quota);
        return IDLE_CLOSE;
    }
    descriptors_take(DESCRIPTORS_KEPT);
    list_prepend(&peer->idle, &upstream->link);
    peer->idle_count++;
    return IDLE_KEPT;
}

void peer_forget_idle(struct peer *peer, struct upstream *upstream)
{
    list_remove(&upstream->link);
    peer->idle_count--;
    descriptors_give(DESCRIPTORS_KEPT);
    if (upstream->place)
        quota_take_idle(&peer->quota);
}

bool peer_has_room(struct peer *peer)
{
    unsigned max = peer->settings.max_connections;
    return max == 0 || peer->idle_count > 0 || quota_has_room(&peer->quota, max);
}

void peer_join(struct peer *peer, struct upstream *upstream)
{
    list_append(&peer->all, &upstream->of_peer);
    peer->users++;
    peer->pool->connections++;
    metric_add(peer->counts.open, 1);
}

void peer_leave(struct peer *peer, struct upstream *upstream)
{
    list_remove(&upstream->of_peer);
    peer->users--;
    peer->pool->connections--;
    metric_sub(peer->counts.open, 1);
    tell_if_empty(peer->pool);
}
