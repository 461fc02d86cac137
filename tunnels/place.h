/* SPDX-License-Identifier: Apache-2.0 */
/*
 * place: the inside of node.h, for the files that serve a tunnel on a loop: what all sessions of a
 * place and all places of a loop share. One loop's thread.
 */
#ifndef CULVERT_TUNNELS_PLACE_H
#define CULVERT_TUNNELS_PLACE_H

#include "engine/base/buf.h"
#include "tunnels/counts.h"
#include "tunnels/node.h"
#include "tunnels/tally.h"
#include "tunnels/tls/context.h"
#include "tunnels/upstream/pool.h"

struct listener;

/* What one message may hold up its loop: it was made to take longer, or the machine is busy. */
#define INLINE_MS 10u

struct tunnel_loop {
    struct loop *loop;
    struct workers *workers;
    unsigned number;
    struct reaper reaper;
    struct pool *pool;
    struct list places;
    size_t sessions;     /* not freed yet */
    size_t transactions; /* the same: orphans outlive their sessions */
    uint64_t next_session;
    struct outcome_counts counts;
    unsigned inline_ms; /* a message that takes the rules longer goes to the workers */
    struct buf scratch; /* to put a reply or command together; empty between uses */
    bool draining;
    void (*drained)(void *arg);
    void *drained_arg;
};

struct tunnel_place {
    struct list link;
    struct tunnel_loop *loop;
    const struct tunnel *tunnel; /* the present one; a reference on its policy is held */
    uint16_t port;               /* that is listened on */
    struct census *census;
    struct counts *counts;
    struct tls_context *tls;             /* NULL: no TLS, or it could not be made */
    struct listener *listener;           /* NULL: closed, or a test's */
    struct tally refused[REFUSED_COUNT]; /* clients */
    struct tally tls_failed;             /* the same, in their handshakes */
    struct list sessions;
    struct list learners;      /* of offer.c */
    struct list introductions; /* connections of which a PROXY header is to come */
    size_t holders;            /* sessions that point here */
    bool closed;
};

/* A session or transaction is gone: the place or the loop may have waited for it. */
void place_release(struct tunnel_place *place);
void tunnel_loop_check(struct tunnel_loop *loop);

#endif
