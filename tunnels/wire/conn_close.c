/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_close: a conn whose owner is gone: what was written still leaves, then the peer is let see
 * the end, then nothing is left. Part of conn.
 */
#include "tunnels/wire/conn_flow.h"

#include <errno.h>
#include <stdlib.h>

/* Of one connection in one event. */
#define READS_PER_EVENT 16
/* For what is still to be written, and then for the peer to stop sending. */
#define CLOSE_WRITE_MS 3000u
#define CLOSE_READ_MS 1000u

void conn_destroy(struct conn *conn)
{
    loop_defer_cancel(&conn->turn);
    loop_defer_cancel(&conn->shake);
    timer_stop(&conn->timer);
    conn_dial_cancel(&conn->dial);
    conn_tls_free(&conn->tls);
    conn_socket_free(&conn->socket);
    conn_output_fini(&conn->output);
    buf_fini(&conn->kept);
    free(conn->broken);
    void (*gone)(void *arg) = conn->gone;
    void *arg = conn->gone_arg;
    descriptors_give(conn->use);
    free(conn);
    if (gone)
        gone(arg);
}

/* Reads what the peer still sends until it stops; else the reset would overtake our last words. */
static void drain_input(struct conn *conn)
{
    size_t room;
    char *scratch = loop_scratch(conn->loop, &room);
    ssize_t got = 0;
    for (int i = 0; i < READS_PER_EVENT; i++) {
        got = conn_socket_read(conn->socket, scratch, room);
        if (got <= 0)
            break;
    }
    if (got == 0 || (got < 0 && got != -EAGAIN))
        conn_destroy(conn);
    else
        conn_flow_want(conn, CONN_READABLE);
}

/* Behind our last word close_notify; nothing of it where the handshake is not over. */
static void end_tls(struct conn *conn)
{
    if (conn_is_shaking_hands(conn))
        conn_output_fini(&conn->output);
    if (!conn->tls || conn->tls_ended || !conn_output_is_empty(&conn->output))
        return;
    conn->tls_ended = true;
    conn_tls_end(conn->tls);
    conn_flow_flush(conn);
}

/* Whether closing at once would make a reset overtake our last words: the answer to bytes that were
 * not read, or an alert while the peer goes on with its handshake. */
static bool must_linger(const struct conn *conn)
{
    if (conn->eof)
        return false;
    if (conn->gone)
        return true; /* somebody wants to know when the peer has done the same */
    return conn->kept.len > 0 || conn_socket_has_unread(conn->socket) ||
           (conn->tls && conn_tls_has_failed(conn->tls));
}

void conn_close_on(struct conn *conn)
{
    if (conn->shut) {
        drain_input(conn);
        return;
    }
    conn_output_cut(&conn->output);
    conn_flow_flush(conn);
    end_tls(conn);
    if (!conn->socket || conn->write_error != 0) {
        conn_destroy(conn);
        return;
    }
    if (!conn_flow_is_written(conn)) {
        conn_flow_want(conn, CONN_WRITABLE);
        if (!timer_is_running(&conn->timer))
            timer_start(&conn->timer, CLOSE_WRITE_MS);
        return;
    }
    if (!must_linger(conn)) {
        conn_destroy(conn);
        return;
    }
    conn->shut = true;
    conn_socket_shut(conn->socket);
    conn_flow_want(conn, CONN_READABLE);
    timer_start(&conn->timer, CLOSE_READ_MS);
}
