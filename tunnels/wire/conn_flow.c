/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/conn_flow.h"

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

static void want(struct conn *conn, unsigned wanted)
{
    if (!conn->socket || conn->wanted == wanted)
        return;
    conn->wanted = wanted;
    conn_socket_want(conn->socket, wanted);
}

static bool is_shaking_hands(const struct conn *conn)
{
    return conn->tls && !conn_tls_is_open(conn->tls);
}

static bool wants_read(const struct conn *conn)
{
    if (conn->ended || conn->eof)
        return false;
    return is_shaking_hands(conn) || (!conn->paused && !conn->full && conn->kept.len < KEPT_MAX);
}

/* Reading that is wanted no more is not taken back until bytes really come: pausing for the time of
 * a request costs no system call then. */
static void update_wanted(struct conn *conn)
{
    unsigned read = wants_read(conn) ? CONN_READABLE : conn->wanted & CONN_READABLE;
    want(conn, read | (conn->blocked ? CONN_WRITABLE : 0));
}

void conn_flow_need_turn(struct conn *conn)
{
    loop_defer(conn->loop, &conn->turn);
}

void conn_flow_end(struct conn *conn, enum conn_end how, const char *reason)
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
    while (at < len && !conn->closed && !conn->paused && !conn->ended && !is_shaking_hands(conn)) {
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
    if (conn->kept.len == 0 || is_shaking_hands(conn))
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
    if (used < len && !is_shaking_hands(conn))
        buf_add(&conn->kept, span_of(bytes + used, len - used));
}

/* Of a TLS conn the first half: conn_tls has the other. */
static char *scratch(struct conn *conn, size_t *room_out)
{
    char *place = loop_scratch(conn->loop, room_out);
    if (conn->tls)
        *room_out /= 2;
    return place;
}

/* Where the next bytes go: to where the owner wants them, or to the scratch memory of the loop, so
 * that an idle connection has none. */
static char *read_place(struct conn *conn, size_t *room_out)
{
    char *place;
    if (conn->reserve && conn->kept.len == 0)
        place = conn->reserve(conn->user, room_out);
    else
        place = scratch(conn, room_out);
    if (*room_out > conn->limits.read_max)
        *room_out = conn->limits.read_max;
    return place;
}

/* The peer has closed its side: the end, unless it is to hear more. */
static void end_if_done(struct conn *conn)
{
    if (conn->ended || conn->closed || (conn->events->is_owed && conn->events->is_owed(conn->user)))
        return;
    conn_flow_end(conn, CONN_EOF, "closed by the peer");
}

static void input_ended(struct conn *conn, ssize_t result)
{
    conn->eof = result != -EPROTO; /* then the peer may still send, and we have an alert to say */
    if (result == -EPROTO && conn->tls)
        conn_flow_end(conn, CONN_TLS, tls_stream_reason(conn_tls_stream(conn->tls)));
    else if (result < 0)
        conn_flow_end(conn, CONN_RESET, strerror((int)-result));
    else if (conn->write_error != 0)
        conn_flow_end(conn, CONN_RESET, strerror(conn->write_error));
    else
        end_if_done(conn);
}

static ssize_t receive(struct conn *conn, char *place, size_t room)
{
    return conn->tls ? conn_tls_read(conn->tls, place, room)
                     : conn_socket_read(conn->socket, place, room);
}

/* Goes on with the handshake; false: it is not over. */
static bool shake_hands(struct conn *conn)
{
    int result = conn_tls_handshake(conn->tls);
    conn->blocked = !conn_tls_is_flushed(conn->tls);
    if (result == -EAGAIN)
        return false;
    if (result == -EPIPE) {
        conn->eof = true;
        conn_flow_end(conn, CONN_TLS, "the peer closed the connection during the handshake");
    } else if (result != 0) {
        input_ended(conn, result);
    } else if (conn->events->on_secured) {
        conn->events->on_secured(conn->user);
    }
    return result == 0;
}

/* Bytes that TLS holds do not wake the loop: they have their turn without the socket. */
static void keep_rest(struct conn *conn)
{
    if (!conn->tls)
        return;
    conn_tls_park(conn->tls);
    conn_flow_check_window(conn);
    if (conn_tls_has_input(conn->tls) && wants_read(conn) && !conn->closed)
        conn_flow_need_turn(conn);
}

static void read_some(struct conn *conn)
{
    if (is_shaking_hands(conn) && (!wants_read(conn) || !shake_hands(conn)))
        return;
    for (int i = 0; i < READS_PER_EVENT && wants_read(conn) && !conn->closed; i++) {
        size_t room = 0;
        char *place = read_place(conn, &room);
        if (conn->closed)
            return;
        if (!place || room == 0) {
            conn->paused = true;
            break;
        }
        ssize_t got = receive(conn, place, room);
        if (got == -EAGAIN)
            break;
        if (got <= 0) {
            input_ended(conn, got);
            return;
        }
        take_input(conn, place, (size_t)got);
        if (is_shaking_hands(conn))
            break; /* TLS has begun in it: what follows is not for us to read */
        /* A read from the socket that was not filled has emptied it; one of TLS ends with a record.
         */
        if ((size_t)got < room && !conn->tls)
            break;
    }
    keep_rest(conn);
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
        conn_flow_end(conn, CONN_RESET, strerror(error));
}

/* Alerts that answer what the peer sends count too: it could go on sending and not read. */
void conn_flow_check_window(struct conn *conn)
{
    size_t unsent = conn_output_bytes(&conn->output) + (conn->tls ? conn_tls_unsent(conn->tls) : 0);
    if (unsent >= conn->limits.window_max)
        conn->full = true;
    else if (unsent <= conn->limits.window_max / 2)
        conn->full = false;
}

static bool is_written(const struct conn *conn)
{
    return conn_output_is_empty(&conn->output) && (!conn->tls || conn_tls_is_flushed(conn->tls));
}

static ssize_t write_slices(void *arg, const struct span *slices, size_t count)
{
    struct conn *conn = arg;
    return conn->tls ? conn_tls_write(conn->tls, slices, count)
                     : conn_socket_write(conn->socket, slices, count);
}

/* What is encrypted already, or was said before TLS began. */
static enum conn_flushed flush_tls(struct conn *conn, int *error_out)
{
    int result = conn->tls ? conn_tls_flush(conn->tls) : 0;
    *error_out = -result;
    if (result == 0)
        return CONN_FLUSH_DONE;
    return result == -EAGAIN ? CONN_FLUSH_BLOCKED : CONN_FLUSH_FAILED;
}

static void flush(struct conn *conn)
{
    if (conn->tls && conn_tls_has_failed(conn->tls))
        conn_output_fini(&conn->output); /* nobody can read it; the alert still goes */
    if (!conn->socket || conn->write_error != 0 || conn->blocked || is_written(conn))
        return;
    int error = 0;
    enum conn_flushed flushed = CONN_FLUSH_DONE;
    if (!is_shaking_hands(conn))
        flushed =
            conn_output_flush(&conn->output, write_slices, conn, conn->limits.read_max, &error);
    if (flushed == CONN_FLUSH_DONE)
        flushed = flush_tls(conn, &error);
    conn->blocked = flushed == CONN_FLUSH_BLOCKED;
    if (flushed == CONN_FLUSH_FAILED) {
        output_failed(conn, error);
        return;
    }
    conn_flow_check_window(conn);
    if (is_written(conn) && !conn->closed && conn->events->on_drained)
        conn->events->on_drained(conn->user);
}

static void destroy(struct conn *conn)
{
    loop_defer_cancel(&conn->turn);
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
        destroy(conn);
    else
        want(conn, CONN_READABLE);
}

/* Behind our last word close_notify; nothing of it where the handshake is not over. */
static void end_tls(struct conn *conn)
{
    if (is_shaking_hands(conn))
        conn_output_fini(&conn->output);
    if (!conn->tls || conn->tls_ended || !conn_output_is_empty(&conn->output))
        return;
    conn->tls_ended = true;
    conn_tls_end(conn->tls);
    flush(conn);
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

/* After conn_close(): writes what is left, then lets the peer see the end. */
static void close_on(struct conn *conn)
{
    if (conn->shut) {
        drain_input(conn);
        return;
    }
    conn_output_cut(&conn->output);
    flush(conn);
    end_tls(conn);
    if (!conn->socket || conn->write_error != 0) {
        destroy(conn);
        return;
    }
    if (!is_written(conn)) {
        want(conn, CONN_WRITABLE);
        if (!timer_is_running(&conn->timer))
            timer_start(&conn->timer, CLOSE_WRITE_MS);
        return;
    }
    if (!must_linger(conn)) {
        destroy(conn);
        return;
    }
    conn->shut = true;
    conn_socket_shut(conn->socket);
    want(conn, CONN_READABLE);
    timer_start(&conn->timer, CLOSE_READ_MS);
}

void conn_flow_on_turn(struct post *post)
{
    struct conn *conn = CONTAINER_OF(post, struct conn, turn);
    if (conn->broken && !conn->closed)
        conn_flow_end(conn, CONN_RESET, conn->broken);
    if (is_shaking_hands(conn))
        buf_fini(&conn->kept);
    if (conn->deliver && !conn->closed) {
        conn->deliver = false;
        deliver_kept(conn);
    }
    if (!conn->closed)
        flush(conn);
    if (conn->tls && !conn->closed && wants_read(conn) &&
        (is_shaking_hands(conn) || conn_tls_has_input(conn->tls))) {
        read_some(conn);
        if (!conn->closed)
            flush(conn); /* what waited for the end of the handshake */
    }
    if (conn->eof)
        end_if_done(conn);
    if (conn->closed)
        close_on(conn);
    else
        update_wanted(conn);
}

void conn_flow_on_ready(void *arg, unsigned ready)
{
    struct conn *conn = arg;
    if (ready & CONN_UNWATCHED)
        conn->wanted = 0;
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
    conn_flow_need_turn(conn);
}

void conn_flow_on_timer(void *arg)
{
    struct conn *conn = arg;
    if (conn->closed)
        destroy(conn);
    else
        conn_flow_end(conn, CONN_TIMEOUT, "timed out");
}
