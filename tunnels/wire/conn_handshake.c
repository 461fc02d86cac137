/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_handshake: when a conn goes on with its TLS handshake. A step of one may take milliseconds
 * (an RSA signature of 4,096 bits takes 5 to 10), and clients may come by the hundred: they wait in
 * a line of the loop, and between two of them all others have their turn. Part of conn.
 */
#include "tunnels/wire/conn_flow.h"

#include <errno.h>

bool conn_is_shaking_hands(const struct conn *conn)
{
    return conn->tls && !conn_tls_is_open(conn->tls);
}

bool conn_shake_hands(struct conn *conn)
{
    if (!conn->has_turn) {
        loop_queue(conn->loop, &conn->shake);
        conn_flow_want(conn, conn->wanted & ~(unsigned)CONN_READABLE);
        return false;
    }
    conn->has_turn = false;
    int result = conn_tls_handshake(conn->tls);
    conn->blocked = !conn_tls_is_flushed(conn->tls);
    if (result == -EAGAIN)
        return false;
    if (result == -EPIPE) {
        conn->eof = true;
        conn_flow_end(conn, CONN_TLS, "the peer closed the connection during the handshake");
    } else if (result != 0) {
        conn_flow_input_ended(conn, result);
    } else if (conn->events->on_secured) {
        conn->events->on_secured(conn->user);
    }
    return result == 0;
}

void conn_handshake_on_turn(struct post *post)
{
    struct conn *conn = CONTAINER_OF(post, struct conn, shake);
    conn->has_turn = true;
    conn_flow_on_turn(&conn->turn);
}
