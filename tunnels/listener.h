/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listener: one listening socket of one loop, SO_REUSEPORT, so that each loop has its own and the
 * kernel spreads the clients. Where descriptors become few, new clients are told to come later:
 * what is left is for the connections and files that carry the mail of those who are there. Out of
 * descriptors, it still takes and answers clients, with the one it kept in reserve. One loop's
 * thread.
 */
#ifndef CULVERT_TUNNELS_LISTENER_H
#define CULVERT_TUNNELS_LISTENER_H

#include "engine/base/error.h"
#include "engine/loop/loop.h"

struct listener;

/* `address` is numeric. *port: 0 lets the kernel choose; the bound one is put there. `on_client`
 * owns the descriptor. */
struct listener *listener_open(struct loop *loop, const char *address, uint16_t *port,
                               void (*on_client)(void *arg, int fd), void *arg, struct error *err);
/* The same on a socket that listens already and may be shared by other loops and processes: a
 * duplicate of `fd` is used. Clients that wait when it is closed are left to the others. */
struct listener *listener_open_given(struct loop *loop, int fd,
                                     void (*on_client)(void *arg, int fd), void *arg,
                                     struct error *err);
/* Clients that are turned away for want of descriptors are counted there. */
struct metric;
void listener_count_refused(struct listener *listener, struct metric *refused);
/* Stops accepting. Clients that the kernel has taken already still come to `on_client`. */
void listener_close(struct listener **listener);

/* Whether the address can be bound by one who does not share it. */
bool listener_is_free(const char *address, uint16_t port, struct error *err) MUST_USE;

#endif
