/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/conn.h"

#include "engine/base/mem.h"
#include "tunnels/wire/conn_flow.h"

#include <assert.h>
#include <stdio.h>

static struct conn *conn_new(struct loop *loop, enum descriptors_use use,
                             const struct conn_limits *limits, const struct conn_events *events,
                             void *user)
{
    struct conn *conn = mem_alloc(sizeof *conn);
    descriptors_take(use);
    conn->use = use;
    conn->loop = loop;
    conn->limits = *limits;
    if (conn->limits.read_max == 0)
        conn->limits.read_max = 32768;
    conn->events = events;
    conn->user = user;
    conn_output_init(&conn->output);
    timer_init(&conn->timer, loop, conn_flow_on_timer, conn);
    loop_post_init(&conn->turn, conn_flow_on_turn);
    loop_post_init(&conn->shake, conn_handshake_on_turn);
    conn->names = (struct conn_names){"unknown", "unknown", 0, 0};
    return conn;
}

static bool attach(struct conn *conn, int fd)
{
    struct error err = ERROR_INIT;
    conn->socket = conn_socket_new(conn->loop, fd, conn_flow_on_ready, conn, &err);
    if (!conn->socket) {
        conn->broken = mem_copy(err.text, strlen(err.text));
        return false;
    }
    conn_socket_names(conn->socket, &conn->names);
    return true;
}

struct conn *conn_accept(struct loop *loop, int fd, const struct conn_limits *limits,
                         const struct conn_events *events, void *user)
{
    struct conn *conn = conn_new(loop, DESCRIPTORS_CLIENT, limits, events, user);
    (void)attach(conn, fd);
    conn_flow_need_turn(conn);
    return conn;
}

static void on_dialed(void *arg, int fd, const char *reason)
{
    struct conn *conn = arg;
    conn->dial = NULL;
    if (fd < 0) {
        conn_flow_end(conn, CONN_REFUSED, reason);
        return;
    }
    if (!attach(conn, fd)) {
        conn_flow_end(conn, CONN_REFUSED, conn->broken);
        return;
    }
    conn_flow_need_turn(conn);
    conn->events->on_open(conn->user);
}

struct conn *conn_connect(struct loop *loop, const char *address, uint16_t port,
                          uint64_t timeout_ms, const struct conn_limits *limits,
                          const struct conn_events *events, void *user)
{
    struct conn *conn = conn_new(loop, DESCRIPTORS_UPSTREAM, limits, events, user);
    conn->dial = conn_dial_start(loop, address, port, timeout_ms, on_dialed, conn);
    return conn;
}

void conn_close(struct conn **slot)
{
    struct conn *conn = *slot;
    if (!conn)
        return;
    *slot = NULL;
    conn->closed = true;
    timer_stop(&conn->timer);
    conn_dial_cancel(&conn->dial);
    conn_flow_need_turn(conn);
}

void conn_close_then(struct conn **slot, void (*gone)(void *arg), void *arg)
{
    (*slot)->gone = gone;
    (*slot)->gone_arg = arg;
    conn_close(slot);
}

void conn_set_events(struct conn *conn, const struct conn_events *events, void *user)
{
    conn->events = events;
    conn->user = user;
}

void conn_write(struct conn *conn, struct span bytes)
{
    if (conn->write_error != 0 || bytes.len == 0)
        return;
    conn_output_add(&conn->output, bytes);
    conn_flow_check_window(conn);
    conn_flow_need_turn(conn);
}

void conn_send(struct conn *conn, const struct conn_source *source)
{
    if (conn->write_error != 0)
        return; /* the end of the stream is on its way to the owner */
    conn_output_send(&conn->output, source);
    conn_flow_need_turn(conn);
}

void conn_start_tls(struct conn *conn, struct tls_stream *stream)
{
    assert(!conn->tls && !conn->dial);
    struct span plain = conn_output_take(&conn->output);
    conn->tls = conn_tls_new(conn->loop, conn->socket, stream, plain);
    conn_output_fini(&conn->output);
    /* What is kept may be what the owner reads just now: it is dropped behind this event. */
    conn_flow_need_turn(conn);
}

bool conn_is_secure(const struct conn *conn)
{
    return conn->tls && conn_tls_is_open(conn->tls);
}

bool conn_tls_began_plain(const struct conn *conn)
{
    return conn->tls && tls_stream_began_plain(conn_tls_stream(conn->tls));
}

bool conn_tls_is_silent(const struct conn *conn)
{
    return conn->tls && !conn_tls_has_heard(conn->tls);
}

struct tls_info conn_tls_info(const struct conn *conn)
{
    return tls_stream_info(conn_tls_stream(conn->tls));
}

struct tls_session *conn_tls_session(struct conn *conn)
{
    return conn->tls ? conn_tls_session_of(conn->tls) : NULL;
}

void conn_read_into(struct conn *conn, char *(*reserve)(void *user, size_t *room_out))
{
    conn->reserve = reserve;
}

void conn_pause(struct conn *conn)
{
    conn->paused = true;
}

void conn_resume(struct conn *conn)
{
    conn->paused = false;
    conn->deliver = true;
    conn_flow_need_turn(conn);
}

void conn_deadline(struct conn *conn, uint64_t ms)
{
    if (ms > 0 && !conn->ended)
        timer_start(&conn->timer, ms);
    else
        timer_stop(&conn->timer);
}

const char *conn_peer_address(const struct conn *conn)
{
    return conn->names.peer;
}

const char *conn_local_address(const struct conn *conn)
{
    return conn->names.local;
}

uint16_t conn_peer_port(const struct conn *conn)
{
    return conn->names.peer_port;
}

uint16_t conn_local_port(const struct conn *conn)
{
    return conn->names.local_port;
}

void conn_name_ends(struct conn *conn, const char *peer, uint16_t peer_port, const char *local,
                    uint16_t local_port)
{
    (void)snprintf(conn->names.peer, sizeof conn->names.peer, "%s", peer);
    (void)snprintf(conn->names.local, sizeof conn->names.local, "%s", local);
    conn->names.peer_port = peer_port;
    conn->names.local_port = local_port;
}
