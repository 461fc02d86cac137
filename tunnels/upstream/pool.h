/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool: the connections of one loop to its upstreams. A peer is one address to deliver to with the
 * name we give it in EHLO, the TLS settings and the login: others of these make another peer, so
 * that a reload which changes them uses new connections. It keeps what its last EHLO reply offered,
 * its idle connections (the last one given back is the first to be taken), what is known of its
 * addresses and, after a failure, a rest during which it is not asked again. The pool copies what
 * it needs: peers outlive policies. One loop's thread.
 */
#ifndef CULVERT_TUNNELS_UPSTREAM_POOL_H
#define CULVERT_TUNNELS_UPSTREAM_POOL_H

#include "tunnels/reaper.h"
#include "tunnels/tunnel.h"
#include "tunnels/upstream/hop_counts.h"
#include "tunnels/upstream/peer_addresses.h"
#include "tunnels/upstream/peer_tls.h"
#include "tunnels/upstream/upstream_shared.h"
#include "tunnels/wire/capabilities.h"
#include "tunnels/wire/client_identity.h"

struct pool;
struct upstream;

/* After a failure a peer is left alone for a growing while (health.h): other hops go first, and a
 * client is told at once instead of waiting for the same failure. After a login that was refused
 * it is this, at least: who tries it again and again is locked out. */
#define PEER_LOGIN_REST_MS 30000u

/* A peer that offers CHUNKING and does not know BDAT is sent DATA for so long. */
#define PEER_NO_CHUNKS_MS (60u * 60u * 1000u)

/* Why the last attempt came to nothing. */
enum peer_fault {
    PEER_UNREACHABLE,
    PEER_TLS_FAILED,     /* and mail may not go in clear */
    PEER_LOGIN_FAILED,   /* AUTH */
    PEER_XCLIENT_FAILED, /* it cannot be told who the client is */
    PEER_CLIENT_REFUSED  /* it was told, and does not want that one: nothing is wrong with it */
};
#define PEER_REASON_MAX 160u

/* Who was told by the peer that it takes no more connections (upstream_line.c). */
struct peer_line {
    struct list waiting;
    struct timer timer; /* the next attempt */
    uint64_t pause_ms;
};

struct peer {
    struct list link;
    struct pool *pool;
    char *host;
    uint16_t port;
    char *helo_name;
    enum send_proxy send_proxy;
    struct peer_tls tls;
    char *username; /* NULL: no login */
    char *password;
    struct upstream_settings settings; /* strings: those above; tls: only its mode */
    struct conn_limits limits;
    struct list all;  /* of struct upstream */
    struct list idle; /* those that wait for a user; first: last given back */
    size_t idle_count;
    size_t users;  /* connections in whatever state */
    bool is_known; /* `capabilities` are from an EHLO reply */
    struct capabilities capabilities;
    struct peer_addresses addresses;
    uint64_t no_chunks_until_ms;
    uint64_t used_ms;     /* when pool_peer() gave it out last */
    struct health health; /* failing: the last attempt came to nothing: */
    enum peer_fault fault;
    char reason[PEER_REASON_MAX]; /* of PEER_TLS_FAILED, for the client */
    size_t connecting;            /* attempts under way */
    uint64_t turn;                /* of the pool, when a mail went here last */
    struct hop_counts counts;
    struct peer_line line;
    struct quota_member quota; /* joined where it has, or had, max_connections */
};

struct pool *pool_new(struct loop *loop, struct reaper *reaper, struct upstream_shared *shared);
/* Nobody uses it any more: closes all connections, politely; `on_empty` comes once none is left,
 * perhaps from inside. */
void pool_drain(struct pool *pool, void (*on_empty)(void *arg), void *arg);
/* Closes all at once: no user may be left. */
void pool_free(struct pool **pool);

struct loop *pool_loop(struct pool *pool);
struct reaper *pool_reaper(struct pool *pool);
struct upstream_shared *pool_shared(struct pool *pool);

/* The peer behind a hop for the client of that numeric address (of use where the hop reflects).
 * Never NULL; takes over the settings. */
struct peer *pool_peer(struct pool *pool, const struct hop *hop, const char *client_address,
                       const struct upstream_settings *settings, const struct conn_limits *limits);

/* Each connection is for one client, of whom the peer is told. */
bool peer_tells_client(const struct peer *peer);
/* A client is gone: connections that were for it alone are of no use any more. */
void pool_client_left(struct pool *pool, const struct proxy_end *client);

/* The last idle connection that serves the client, or NULL. It is the caller's to release. */
struct upstream *peer_take_idle(struct peer *peer, const struct client_identity *client);
/* A mail goes here: others that are as good are next. */
void peer_took_turn(struct peer *peer);
/* It failed a moment ago, or it failed and somebody is trying again: others need not wait. */
bool peer_is_resting(const struct peer *peer);

/* The rest is for upstreams. An attempt to connect ends in one of these: */
void peer_answered(struct peer *peer, const struct capabilities *capabilities);
void peer_failed(struct peer *peer, enum peer_fault fault, const char *reason, uint64_t began_ms);
/* The longest rest. */
uint64_t peer_rest_max_ms(const struct peer *peer);
/* Whether it may be sent BDAT when it offers CHUNKING; it answered that it does not know it. */
bool peer_takes_chunks(const struct peer *peer);
void peer_denied_chunks(struct peer *peer);
/* What becomes of a connection that is of no use for the moment. */
enum idle {
    IDLE_KEPT,
    IDLE_WANTED, /* `*next_out` waits for it; NULL: the first in the peer's line does */
    IDLE_CLOSE   /* there are enough, or others wait for its place */
};
enum idle peer_keep(struct peer *peer, struct upstream *upstream,
                    struct quota_wait **next_out) MUST_USE;
/* Whether a mail need not wait for a connection. */
bool peer_has_room(struct peer *peer);
void peer_forget_idle(struct peer *peer, struct upstream *upstream);
void peer_join(struct peer *peer, struct upstream *upstream);
void peer_leave(struct peer *peer, struct upstream *upstream);

#endif
