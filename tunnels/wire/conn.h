/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn: a byte stream to a peer over TCP, in clear or, from conn_start_tls() on, over TLS. It owns
 * the socket, what was read but not consumed, what is to be written, back-pressure and one
 * deadline. Belongs to one loop. Closing is two-phase: after conn_close() no event comes any more,
 * and the memory goes when the socket is really closed. Tests replace it by a fake network.
 */
#ifndef CULVERT_WIRE_CONN_H
#define CULVERT_WIRE_CONN_H

#include "engine/base/error.h"
#include "engine/base/span.h"
#include "engine/loop/loop.h"
#include "tunnels/tls/stream.h"

struct conn;

enum conn_end {
    CONN_EOF,     /* the peer closed its side */
    CONN_RESET,   /* the stream broke; the reason is in words */
    CONN_TIMEOUT, /* the deadline passed */
    CONN_REFUSED, /* connecting failed */
    CONN_TLS      /* TLS failed, most often its handshake; the reason is in words */
};

struct conn_events {
    /* Connected (outgoing only). */
    void (*on_open)(void *user);
    /*
     * Bytes came. Returns how many were consumed; the rest is kept and comes again in front of what
     * follows. Called again at once while something is consumed and something is left, unless
     * reading was paused meanwhile. When 64 KiB are kept nothing more is read: an owner that waits
     * for other things than bytes pauses, and resumes.
     */
    size_t (*on_data)(void *user, char *bytes, size_t len);
    /* All that was written has been handed to the system. May be NULL. */
    void (*on_drained)(void *user);
    /* The stream ended. The last event; the owner calls conn_close(). It may still write a farewell
     * before (421 after CONN_TIMEOUT, the replies due after CONN_EOF). Bytes that the peer sent
     * before it closed its side come first: while reading is paused the end waits behind them. */
    void (*on_end)(void *user, enum conn_end end, const char *reason);
    /* The peer has closed its side but may still read: whether the owner has something to say to
     * what came before. CONN_EOF waits until it has not; conn_resume() delivers meanwhile what is
     * kept. May be NULL: never. */
    bool (*is_owed)(void *user);
    /* The TLS handshake is over: what is written and read from now on is encrypted. May be NULL
     * where conn_start_tls() is not called. */
    void (*on_secured)(void *user);
};

struct conn_limits {
    size_t read_max;   /* largest single read or write (default_max_packet_size) */
    size_t window_max; /* unsent output at which reading pauses (default_window_size) */
};

/* Takes over an accepted socket; a socket that is already broken ends with on_end(). */
struct conn *conn_accept(struct loop *loop, int fd, const struct conn_limits *limits,
                         const struct conn_events *events, void *user);
/* Connects to a numeric address. Never calls back at once. */
struct conn *conn_connect(struct loop *loop, const char *address, uint16_t port,
                          uint64_t timeout_ms, const struct conn_limits *limits,
                          const struct conn_events *events, void *user);
/* What was written still leaves, in the background and within a few seconds where the peer is slow;
 * a source that is not finished is dropped. Sets NULL; harmless on NULL. */
void conn_close(struct conn **conn);

/* The same; `gone` is called when nothing is left of the connection, and never from inside. Unless
 * it breaks, or the peer takes long, that is when the peer has closed its side, too. */
void conn_close_then(struct conn **conn, void (*gone)(void *arg), void *arg);

/* Hands the stream to another owner. */
void conn_set_events(struct conn *conn, const struct conn_events *events, void *user);

/* Copies into the output queue. What is written in one event leaves in one write. */
void conn_write(struct conn *conn, struct span bytes);

/*
 * Output too large to queue is pulled: behind what is queued, `next` is asked for slices whenever
 * the socket takes more, until it returns 0; then `done` is called. The slices must stay until
 * then.
 */
struct conn_source {
    size_t (*next)(void *arg, struct span *slices_out, size_t max);
    void (*done)(void *arg); /* may be NULL; never called when the stream ends before */
    void (*taken)(void *arg, size_t bytes); /* the socket has taken so many; may be NULL */
    void *arg;
};
/* One at a time: not again before `done`. What is written meanwhile goes behind it. */
void conn_send(struct conn *conn, const struct conn_source *source);

/*
 * While set, bytes are read straight into the place that `reserve` names, and on_data gets them
 * there; it must take all or end this with NULL. Bytes that were kept from before come first, from
 * where they are kept: the owner compares the pointer. `reserve` may return NULL: no room, reading
 * pauses (the owner resumes or closes). NULL ends it.
 */
void conn_read_into(struct conn *conn, char *(*reserve)(void *user, size_t *room_out));

/*
 * Begins TLS on an open conn with `stream`, which conn owns from now on. What was written before
 * leaves in clear. What the peer sent before and was not consumed is dropped: it is not part of the
 * encrypted stream (RFC 3207 section 4.2), and an owner that was given more than its own command
 * should refuse. The deadline is the owner's. Ends with on_secured() or on_end().
 */
void conn_start_tls(struct conn *conn, struct tls_stream *stream);
/* The handshake is over. */
bool conn_is_secure(const struct conn *conn);
/* The peer's first bytes after conn_start_tls() were no TLS; also in on_end(). */
bool conn_tls_began_plain(const struct conn *conn);
/* The peer has said nothing at all since then; also in on_end(). */
bool conn_tls_is_silent(const struct conn *conn);
/* Of a secure conn, as long as it lives. */
struct tls_info conn_tls_info(const struct conn *conn);
/* A client's session, to be resumed later; NULL: none. The caller owns it. */
struct tls_session *conn_tls_session(struct conn *conn);

void conn_pause(struct conn *conn);  /* no on_data until conn_resume() */
void conn_resume(struct conn *conn); /* delivers what is kept, from the loop, not from inside */

/* on_end(CONN_TIMEOUT) in `ms` from now unless set again; 0 ends it. */
void conn_deadline(struct conn *conn, uint64_t ms);

/*
 * Which came first (conn_order.c). Bytes have come, or the end, that the owner was not given: what
 * it says now is no answer to anything it writes from here on.
 */
bool conn_has_input(const struct conn *conn);
/* Lines (of conn_write(), not of a source) that the system has not taken to their end. */
size_t conn_unsent_lines(const struct conn *conn);
/* The peer's system has acknowledged all that was written. What was not has not been read, so
 * nothing that came before can be the answer to it. True where nobody knows. */
bool conn_is_delivered(const struct conn *conn);

/* "192.0.2.1" / "IPv6:2001:db8::1"; ports. */
const char *conn_peer_address(const struct conn *conn);
const char *conn_local_address(const struct conn *conn);
uint16_t conn_peer_port(const struct conn *conn);
uint16_t conn_local_port(const struct conn *conn);
/* A balancer in between says who the ends really are (PROXY protocol): from now on they are. */
void conn_name_ends(struct conn *conn, const char *peer, uint16_t peer_port, const char *local,
                    uint16_t local_port);

#endif
