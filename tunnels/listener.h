/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listener: one listening socket of one loop, SO_REUSEPORT, so that each loop has its own and the
 * kernel spreads the clients. Out of descriptors, it still takes and answers clients, with the one
 * it kept in reserve. One loop's thread.
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
/* Stops accepting. Clients that the kernel has taken and we have not are closed by it. */
void listener_close(struct listener **listener);

/* Whether the address can be bound by one who does not share it. */
bool listener_is_free(const char *address, uint16_t port, struct error *err) MUST_USE;

#endif
