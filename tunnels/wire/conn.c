/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/conn.h"

#include "engine/base/buf.h"
#include "engine/base/mem.h"
#include "tunnels/wire/conn_output.h"
#include "tunnels/wire/conn_socket.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* Of one connection in one event; the others have their turn then. */
#define READS_PER_EVENT 16
/* What the owner leaves unconsumed is kept up to here; more is not read. */
#define KEPT_MAX 65536u
/* After conn_close(): for what is still to be written, and then for the peer to stop sending. */
#define CLOSE_WRITE_MS 3000u
#define CLOSE_READ_MS 1000u

struct conn {
    struct loop *loop;
    struct conn_socket *socket; /* NULL while connecting and where that failed */
    struct conn_dial *dial;
    const struct conn_events *events;
    void *user;
    struct conn_limits limits;
    char *(*reserve)(void *user, size_t *room_out);
    struct buf kept; /* input that the owner did not consume */
    struct conn_output output;
    struct timer timer; /* the deadline; after conn_close() the end of patience */
    struct post turn;   /* what is to be done at the end of the event */
    unsigned wanted;    /* what the socket is asked for */
    int write_error;    /* errno of the first write that failed */
    bool paused;
    bool full;    /* too much unsent output: nothing is read */
    bool blocked; /* the socket takes nothing now */
    bool deliver; /* in the turn: what is kept */
    bool ended;   /* on_end() has been called */
    bool eof;     /* the peer will send nothing more */
    bool closed;  /* the owner is gone */
    bool shut;    /* closed, all written; waiting for the peer to stop */
    char *broken; /* in the turn: on_end(CONN_RESET) with this */
    struct conn_names names;
};

static void want(struct conn *conn, unsigned wanted)
{
    if (!conn->socket || conn->wanted == wanted)
        return;
    conn->wanted = wanted;
    conn_socket_want(conn->socket, wanted);
}

static bool wants_read(const struct conn *conn)
{
    return !conn->ended && !conn->paused && !conn->full && !conn->eof && conn->kept.len < KEPT_MAX;
}

/* Reading that is wanted no more is not taken back until bytes really come: pausing for the time of
 * a request costs no system call then. */
static void update_wanted(struct conn *conn)
{
    unsigned read = wants_read(conn) ? CONN_READABLE : conn->wanted & CONN_READABLE;
    want(conn, read | (conn->blocked ? CONN_WRITABLE : 0));
}

static void need_turn(struct conn *conn)
{
    loop_defer(conn->loop, &conn->turn);
}

static void end(struct conn *conn, enum conn_end how, const char *reason)
{
    if (conn->ended || conn->closed)
        return;
    conn->ended = true;
    conn_dial_cancel(&conn->dial);
    timer_stop(&conn->timer);
    want(conn, conn->wanted & CONN_WRITABLE);
    conn->events->on_end(conn->user, how, reason);
}

/* Gives bytes to the owner as long as it takes some; returns how many it took. */
static size_t deliver(struct conn *conn, char *bytes, size_t len)
{
    size_t at = 0;
    while (at < len && !conn->closed && !conn->paused && !conn->ended) {
        size_t used = conn->events->on_data(conn->user, bytes + at, len - at);
        assert(used <= len - at);
        if (used == 0)
            break;
        at += used;
    }
    return at;
}

static void deliver_kept(struct conn *conn)
{
    if (conn->kept.len == 0)
        return;
    size_t used = deliver(conn, conn->kept.ptr, conn->kept.len);
    buf_consume(&conn->kept, used);
    if (conn->kept.len == 0)
        buf_fini(&conn->kept);
}

static void take_input(struct conn *conn, char *bytes, size_t len)
{
    if (conn->kept.len > 0) {
        buf_add(&conn->kept, span_of(bytes, len));
        deliver_kept(conn);
        return;
    }
    size_t used = deliver(conn, bytes, len);
    if (used < len)
        buf_add(&conn->kept, span_of(bytes + used, len - used));
}

/* Where the next bytes go: to where the owner wants them, or to the scratch memory of the loop, so
 * that an idle connection has none. */
static char *read_place(struct conn *conn, size_t *room_out)
{
    char *place;
    if (conn->reserve && conn->kept.len == 0)
        place = conn->reserve(conn->user, room_out);
    else
        place = loop_scratch(conn->loop, room_out);
    if (*room_out > conn->limits.read_max)
        *room_out = conn->limits.read_max;
    return place;
}

static void input_ended(struct conn *conn, ssize_t result)
{
    conn->eof = true;
    if (result < 0)
        end(conn, CONN_RESET, strerror((int)-result));
    else if (conn->write_error != 0)
        end(conn, CONN_RESET, strerror(conn->write_error));
    else
        end(conn, CONN_EOF, "closed by the peer");
}

static void read_some(struct conn *conn)
{
    for (int i = 0; i < READS_PER_EVENT && wants_read(conn) && !conn->closed; i++) {
        size_t room = 0;
        char *place = read_place(conn, &room);
        if (conn->closed)
            return;
        if (!place || room == 0) {
            conn->paused = true;
            break;
        }
        ssize_t got = conn_socket_read(conn->socket, place, room);
        if (got == -EAGAIN)
            break;
        if (got <= 0) {
            input_ended(conn, got);
            return;
        }
        take_input(conn, place, (size_t)got);
        if ((size_t)got < room)
            break;
    }
    /* A socket that is readable while nothing is wanted would wake the loop for ever. */
    if (!wants_read(conn))
        want(conn, conn->wanted & ~(unsigned)CONN_READABLE);
}

/* The stream can take nothing more. What the peer said before it broke is still to be read, and the
 * end is found behind it. */
static void output_failed(struct conn *conn, int error)
{
    conn->write_error = error;
    conn->blocked = false;
    conn->full = false;
    conn_output_fini(&conn->output);
    if (!wants_read(conn))
        end(conn, CONN_RESET, strerror(error));
}

static void check_window(struct conn *conn)
{
    size_t unsent = conn_output_bytes(&conn->output);
    if (unsent >= conn->limits.window_max)
        conn->full = true;
    else if (unsent <= conn->limits.window_max / 2)
        conn->full = false;
}

static void flush(struct conn *conn)
{
    if (!conn->socket || conn->write_error != 0 || conn->blocked ||
        conn_output_is_empty(&conn->output))
        return;
    int error = 0;
    enum conn_flushed flushed =
        conn_output_flush(&conn->output, conn->socket, conn->limits.read_max, &error);
    conn->blocked = flushed == CONN_FLUSH_BLOCKED;
    if (flushed == CONN_FLUSH_FAILED) {
        output_failed(conn, error);
        return;
    }
    check_window(conn);
    if (conn_output_is_empty(&conn->output) && !conn->closed && conn->events->on_drained)
        conn->events->on_drained(conn->user);
}

static void destroy(struct conn *conn)
{
    loop_defer_cancel(&conn->turn);
    timer_stop(&conn->timer);
    conn_dial_cancel(&conn->dial);
    conn_socket_free(&conn->socket);
    conn_output_fini(&conn->output);
    buf_fini(&conn->kept);
    free(conn->broken);
    free(conn);
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
        destroy(conn);
}

/* After conn_close(): writes what is left, then lets the peer see the end. */
static void close_on(struct conn *conn)
{
    if (conn->shut) {
        drain_input(conn);
        return;
    }
    conn_output_cut(&conn->output);
    flush(conn);
    if (!conn->socket || conn->write_error != 0) {
        destroy(conn);
        return;
    }
    if (!conn_output_is_empty(&conn->output)) {
        want(conn, CONN_WRITABLE);
        if (!timer_is_running(&conn->timer))
            timer_start(&conn->timer, CLOSE_WRITE_MS);
        return;
    }
    if (conn->eof || (conn->kept.len == 0 && !conn_socket_has_unread(conn->socket))) {
        destroy(conn);
        return;
    }
    conn->shut = true;
    conn_socket_shut(conn->socket);
    want(conn, CONN_READABLE);
    timer_start(&conn->timer, CLOSE_READ_MS);
}

static void on_turn(struct post *post)
{
    struct conn *conn = CONTAINER_OF(post, struct conn, turn);
    if (conn->broken && !conn->closed)
        end(conn, CONN_RESET, conn->broken);
    if (conn->deliver && !conn->closed) {
        conn->deliver = false;
        deliver_kept(conn);
    }
    if (!conn->closed)
        flush(conn);
    if (conn->closed)
        close_on(conn);
    else
        update_wanted(conn);
}

static void on_ready(void *arg, unsigned ready)
{
    struct conn *conn = arg;
    if (ready & CONN_WRITABLE)
        conn->blocked = false;
    if (conn->closed) {
        close_on(conn);
        return;
    }
    if (ready & CONN_WRITABLE)
        flush(conn);
    if ((ready & CONN_READABLE) && !conn->closed)
        read_some(conn);
    need_turn(conn);
}

static void on_timer(void *arg)
{
    struct conn *conn = arg;
    if (conn->closed)
        destroy(conn);
    else
        end(conn, CONN_TIMEOUT, "timed out");
}

static struct conn *conn_new(struct loop *loop, const struct conn_limits *limits,
                             const struct conn_events *events, void *user)
{
    struct conn *conn = mem_alloc(sizeof *conn);
    conn->loop = loop;
    conn->limits = *limits;
    if (conn->limits.read_max == 0)
        conn->limits.read_max = 32768;
    conn->events = events;
    conn->user = user;
    conn_output_init(&conn->output);
    timer_init(&conn->timer, loop, on_timer, conn);
    loop_post_init(&conn->turn, on_turn);
    conn->names = (struct conn_names){"unknown", "unknown", 0};
    return conn;
}

static bool attach(struct conn *conn, int fd)
{
    struct error err = ERROR_INIT;
    conn->socket = conn_socket_new(conn->loop, fd, on_ready, conn, &err);
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
    struct conn *conn = conn_new(loop, limits, events, user);
    (void)attach(conn, fd);
    need_turn(conn);
    return conn;
}

static void on_dialed(void *arg, int fd, const char *reason)
{
    struct conn *conn = arg;
    conn->dial = NULL;
    if (fd < 0) {
        end(conn, CONN_REFUSED, reason);
        return;
    }
    if (!attach(conn, fd)) {
        end(conn, CONN_REFUSED, conn->broken);
        return;
    }
    need_turn(conn);
    conn->events->on_open(conn->user);
}

struct conn *conn_connect(struct loop *loop, const char *host, uint16_t port, uint64_t timeout_ms,
                          const struct conn_limits *limits, const struct conn_events *events,
                          void *user)
{
    struct conn *conn = conn_new(loop, limits, events, user);
    conn->dial = conn_dial_start(loop, host, port, timeout_ms, on_dialed, conn);
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
    need_turn(conn);
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
    check_window(conn);
    need_turn(conn);
}

void conn_send(struct conn *conn, const struct conn_source *source)
{
    if (conn->write_error != 0)
        return; /* the end of the stream is on its way to the owner */
    conn_output_send(&conn->output, source);
    need_turn(conn);
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
    need_turn(conn);
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
