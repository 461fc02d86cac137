/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_socket: the socket under a conn, and how one comes to be by connecting. It knows the system
 * and the event library, conn.c knows neither; tests put a network in memory in its place. One
 * loop.
 */
#ifndef CULVERT_WIRE_CONN_SOCKET_H
#define CULVERT_WIRE_CONN_SOCKET_H

#include "engine/base/error.h"
#include "engine/base/span.h"
#include "engine/loop/loop.h"

#include <sys/types.h>

enum conn_ready {
    CONN_READABLE = 1,
    CONN_WRITABLE = 2,
    CONN_UNWATCHED = 4 /* nothing is wanted any more, until conn_socket_want() says so again */
};

struct conn_socket;

/* Owns `fd` from now on; on failure it is closed. `on_ready` gets what the socket is ready for; a
 * broken one is ready for all three. */
struct conn_socket *conn_socket_new(struct loop *loop, int fd,
                                    void (*on_ready)(void *arg, unsigned ready), void *arg,
                                    struct error *err) MUST_USE;
/* No on_ready() comes any more; may be called from inside it. */
void conn_socket_free(struct conn_socket **socket);

/* What on_ready() is wanted for, again and again while it is so. */
void conn_socket_want(struct conn_socket *socket, unsigned ready);

/* Bytes moved, 0 at the end of the input, or -errno (-EAGAIN: not now). */
ssize_t conn_socket_read(struct conn_socket *socket, char *room, size_t len);
ssize_t conn_socket_write(struct conn_socket *socket, const struct span *slices, size_t count);

/* No more output; the peer sees the end. */
void conn_socket_shut(struct conn_socket *socket);
/* Bytes came that were not read: closing now would reset the stream. */
bool conn_socket_has_unread(const struct conn_socket *socket);

/* Nothing came that was not read, not even the end. */
bool conn_socket_is_quiet(const struct conn_socket *socket);
/* Some of what was written has not been acknowledged by the peer's system. */
bool conn_socket_has_unacknowledged(const struct conn_socket *socket);

#define CONN_SLICES_MAX 64u /* of one write */

struct conn_names {
    char peer[52]; /* "192.0.2.1", "IPv6:2001:db8::1" or "unknown" */
    char local[52];
    uint16_t peer_port, local_port;
};
void conn_socket_names(const struct conn_socket *socket, struct conn_names *out);

/*
 * Connects to a numeric address within `timeout_ms`. done() comes once and never at once: fd, or -1
 * with the reason in words. Not after the cancel.
 */
struct conn_dial;
typedef void conn_dialed(void *arg, int fd, const char *reason);
struct conn_dial *conn_dial_start(struct loop *loop, const char *address, uint16_t port,
                                  uint64_t timeout_ms, conn_dialed *done, void *arg);
void conn_dial_cancel(struct conn_dial **dial); /* harmless on NULL; not needed after done() */

#endif
