/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_flow: how bytes and ends of a conn move between its socket and its owner. conn.c makes conns
 * and is what others call; this is what the loop calls. Part of conn.
 */
#ifndef CULVERT_WIRE_CONN_FLOW_H
#define CULVERT_WIRE_CONN_FLOW_H

#include "engine/base/buf.h"
#include "tunnels/descriptors.h"
#include "tunnels/wire/conn.h"
#include "tunnels/wire/conn_output.h"
#include "tunnels/wire/conn_socket.h"
#include "tunnels/wire/conn_tls.h"

struct conn {
    struct loop *loop;
    struct conn_socket *socket; /* NULL while connecting and where that failed */
    struct conn_tls *tls;       /* NULL: in clear */
    struct conn_dial *dial;
    const struct conn_events *events;
    void *user;
    struct conn_limits limits;
    enum descriptors_use use;
    char *(*reserve)(void *user, size_t *room_out);
    struct buf kept; /* input that the owner did not consume */
    struct conn_output output;
    struct timer timer; /* the deadline; after conn_close() the end of patience */
    struct post turn;   /* what is to be done at the end of the event */
    struct post shake;  /* a handshake that waits for its turn */
    unsigned wanted;    /* what the socket is asked for */
    int write_error;    /* errno of the first write that failed */
    bool has_turn;      /* the handshake, now */
    bool paused;
    bool full;      /* too much unsent output: nothing is read */
    bool blocked;   /* the socket takes nothing now */
    bool deliver;   /* in the turn: what is kept */
    bool ended;     /* on_end() has been called */
    bool eof;       /* the peer will send nothing more */
    bool closed;    /* the owner is gone */
    bool shut;      /* closed, all written; waiting for the peer to stop */
    bool tls_ended; /* close_notify is said */
    char *broken;   /* in the turn: on_end(CONN_RESET) with this */
    struct conn_names names;
    void (*gone)(void *arg); /* conn_close_then(), or NULL */
    void *gone_arg;
};

/* on_end(), once and not after conn_close(). */
void conn_flow_end(struct conn *conn, enum conn_end how, const char *reason);
/* At the end of the event: writes what was queued, delivers what was kept, goes on closing. */
void conn_flow_need_turn(struct conn *conn);
/* Too much unsent output stops the reading, little lets it go on. */
void conn_flow_check_window(struct conn *conn);

void conn_flow_want(struct conn *conn, unsigned wanted);
void conn_flow_flush(struct conn *conn);
bool conn_flow_is_written(const struct conn *conn);
/* A read came to `result`: nothing more comes. */
void conn_flow_input_ended(struct conn *conn, ssize_t result);

/* conn_handshake.c: goes on with it when it has its turn; false: it is not over. */
bool conn_shake_hands(struct conn *conn);
bool conn_is_shaking_hands(const struct conn *conn);
void conn_handshake_on_turn(struct post *shake);

/* conn_close.c: after conn_close(): writes what is left, then lets the peer see the end. */
void conn_close_on(struct conn *conn);
void conn_destroy(struct conn *conn);

/* The callbacks of the socket, of the timer and of the turn. */
void conn_flow_on_ready(void *conn, unsigned ready);
void conn_flow_on_timer(void *conn);
void conn_flow_on_turn(struct post *turn);

#endif
