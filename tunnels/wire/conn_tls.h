/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_tls: what a conn sends and gets through: its socket, and once TLS has begun a TLS stream on
 * it. Reads and writes answer as those of the socket do, so conn_flow and conn_output need not
 * know. Ciphertext that the peer sent and nobody wants yet, or that the socket does not take yet,
 * is kept here; an idle connection keeps none. Part of conn.
 */
#ifndef CULVERT_WIRE_CONN_TLS_H
#define CULVERT_WIRE_CONN_TLS_H

#include "engine/base/buf.h"
#include "engine/loop/loop.h"
#include "tunnels/tls/stream.h"
#include "tunnels/wire/conn_socket.h"

struct conn_tls;

/* Owns `stream`. `plain` is output from before that has to leave first, unencrypted. */
struct conn_tls *conn_tls_new(struct loop *loop, struct conn_socket *socket,
                              struct tls_stream *stream, struct span plain);
void conn_tls_free(struct conn_tls **tls);

/* Goes on with the handshake: 0 done, -EAGAIN, -EPROTO (TLS failed), -EPIPE when the peer has
 * closed, or -errno. */
int conn_tls_handshake(struct conn_tls *tls);
bool conn_tls_is_open(const struct conn_tls *tls);

/* As conn_socket_read() and conn_socket_write(); -EPROTO: TLS failed. A write may take all though
 * the socket does not: conn_tls_flush(). What goes in one write goes in as few records as can be.
 */
ssize_t conn_tls_read(struct conn_tls *tls, char *room, size_t len);
ssize_t conn_tls_write(struct conn_tls *tls, const struct span *slices, size_t count);

/* Sends what is encrypted: 0, -EAGAIN or -errno. */
int conn_tls_flush(struct conn_tls *tls);
/* What is encrypted and waits for the socket. */
size_t conn_tls_unsent(const struct conn_tls *tls);
/* Nothing does. */
bool conn_tls_is_flushed(const struct conn_tls *tls);
/* After -EPROTO. */
bool conn_tls_has_failed(const struct conn_tls *tls);

/* At the end of an event: ciphertext that was not used leaves the scratch memory of the loop. */
void conn_tls_park(struct conn_tls *tls);
/* The peer has said something, be it TLS or not. */
bool conn_tls_has_heard(const struct conn_tls *tls);
/* There is more to read, though the socket may have nothing. */
bool conn_tls_has_input(const struct conn_tls *tls);

/* Our last word to the peer. */
void conn_tls_end(struct conn_tls *tls);

const struct tls_stream *conn_tls_stream(const struct conn_tls *tls);
struct tls_session *conn_tls_session_of(struct conn_tls *tls);

#endif
