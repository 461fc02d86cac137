/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node: what the server does with the tunnels of one loop: opens them, puts new settings in their
 * place at a reload, closes them, drains all. A tunnel_loop belongs to one loop and is used on its
 * thread only (before the loop runs: on the thread that sets it up).
 *
 * A tunnel is served by one place on each loop. All places of a tunnel share a census, because its
 * limits are the tunnel's, and the keys of its TLS session tickets, because a client may come back
 * on another loop. The place holds a reference on the policy whose tunnel it serves, each
 * transaction one of its own.
 */
#ifndef CULVERT_TUNNELS_NODE_H
#define CULVERT_TUNNELS_NODE_H

#include "engine/loop/workers.h"
#include "tunnels/client/census.h"
#include "tunnels/tls/tickets.h"
#include "tunnels/upstream/upstream_shared.h"

struct tunnel_loop;
struct tunnel_place;

/* Messages by what became of their inspection, since the start. */
struct outcome_counts {
    uint64_t messages;
    uint64_t uninspected; /* something of them could not be looked at */
    uint64_t uncertain;   /* could be read in several ways */
    uint64_t errors;      /* could not be changed as the rules wanted */
};

/* `number` (from 0) tells the loops apart in session ids; all have one `shared`. */
struct tunnel_loop *tunnel_loop_new(struct loop *loop, struct workers *workers, unsigned number,
                                    struct upstream_shared *shared);
/* After tunnel_loop_drain() is done, or after tunnel_loop_cut() and one more turn of the loop. */
void tunnel_loop_free(struct tunnel_loop **tunnels);

/* What the places of a tunnel share; each holds references of its own. */
struct tunnel_shared {
    struct census *census;
    struct tls_tickets *tickets; /* NULL: TLS sessions are not resumed */
};

/*
 * Listens. `*port`: 0 binds tunnel->port; what was bound is put there, so that the next loop binds
 * the same where the kernel chose. NULL with the reason when the address cannot be bound.
 */
struct tunnel_place *tunnel_loop_open(struct tunnel_loop *tunnels, const struct tunnel *tunnel,
                                      const struct tunnel_shared *shared, uint16_t *port,
                                      struct error *err);

/* The same on a socket that listens already and that the loops share; it stays the caller's. */
struct tunnel_place *tunnel_loop_open_given(struct tunnel_loop *tunnels,
                                            const struct tunnel *tunnel,
                                            const struct tunnel_shared *shared, int fd,
                                            struct error *err);

/* The same without a listener, for tests: sessions come through tunnel_place_accept(). */
struct tunnel_place *tunnel_loop_place(struct tunnel_loop *tunnels, const struct tunnel *tunnel,
                                       const struct tunnel_shared *shared);
/* A client has come. */
void tunnel_place_accept(struct tunnel_place *place, int fd);

/* From the next transaction on, and for TLS from the next handshake on, the new settings hold. They
 * must be of the same address and port. Where its TLS is what it was, `tickets` is not looked at.
 */
void tunnel_place_replace(struct tunnel_place *place, const struct tunnel *tunnel,
                          struct tls_tickets *tickets);

/* Stops listening; idle sessions get 421, the others finish their message first. The place is gone
 * for the caller. */
void tunnel_place_close(struct tunnel_place **place);

/* Closes all places; `done` comes once the last session and upstream connection is gone. */
void tunnel_loop_drain(struct tunnel_loop *tunnels, void (*done)(void *arg), void *arg);
/* The deadline of a drain has passed: closes what is left, whatever it does. Messages that were not
 * acknowledged stay with their senders. */
void tunnel_loop_cut(struct tunnel_loop *tunnels);

/* Adds what this loop has counted. On its thread, or once that has ended. */
void tunnel_loop_add_counts(const struct tunnel_loop *tunnels, struct outcome_counts *sum);

/* Whether both have the same TLS, files' contents included, or none. */
bool tunnel_has_same_tls(const struct tunnel *a, const struct tunnel *b);
/* Whether a loop could make what it needs for TLS of these settings. */
bool tunnel_tls_works(const struct tunnel *tunnel, struct error *err) MUST_USE;

/* Whether nobody else listens on the address: SO_REUSEPORT would share it without a word. Ask
 * before the first loop opens a new address. */
bool tunnel_address_is_free(const struct tunnel *tunnel, struct error *err) MUST_USE;

#endif
