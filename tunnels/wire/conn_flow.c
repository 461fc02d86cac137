/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/conn_flow.h"

#include <assert.h>
#include <errno.h>

/* Of one connection in one event; the others have their turn then. */
#define READS_PER_EVENT 16
/* What the owner leaves unconsumed is kept up to here; more is not read. */
#define KEPT_MAX 65536u

void conn_flow_want(struct conn *conn, unsigned wanted)
{
    if (!conn->socket || conn->wanted == wanted)
        return;
    conn->wanted = wanted;
    conn_socket_want(conn->socket, wanted);
}

static bool wants_read(const struct conn *conn)
{
    if (conn->ended || conn->eof)
        return false;
    if (conn_is_shaking_hands(conn))
        return list_is_empty(&conn->shake.link); /* it reads when it has its turn */
    return !conn->paused && !conn->full && conn->kept.len < KEPT_MAX;
}

/* Reading that is wanted no more is not taken back until bytes really come: pausing for the time of
 * a request costs no system call then. */
static void update_wanted(struct conn *conn)
{
    unsigned read = wants_read(conn) ? CONN_READABLE : conn->wanted & CONN_READABLE;
    conn_flow_want(conn, read | (conn->blocked ? CONN_WRITABLE : 0));
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
    conn_flow_want(conn, conn->wanted & CONN_WRITABLE);
    conn->events->on_end(conn->user, how, reason);
}

/* Gives bytes to the owner as long as it takes some; returns how many it took. */
static size_t deliver(struct conn *conn, char *bytes, size_t len)
{
    size_t at = 0;
    while (at < len && !conn->closed && !conn->paused && !conn->ended &&
           !conn_is_shaking_hands(conn)) {
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
    if (conn->kept.len == 0 || conn_is_shaking_hands(conn))
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
    if (used < len && !conn_is_shaking_hands(conn))
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

void conn_flow_input_ended(struct conn *conn, ssize_t result)
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
    if (conn_is_shaking_hands(conn) && (!wants_read(conn) || !conn_shake_hands(conn)))
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
            conn_flow_input_ended(conn, got);
            return;
        }
        take_input(conn, place, (size_t)got);
        if (conn_is_shaking_hands(conn))
            break; /* TLS has begun in it: what follows is not for us to read */
        /* A read from the socket that was not filled has emptied it; one of TLS ends with a record.
         */
        if ((size_t)got < room && !conn->tls)
            break;
    }
    keep_rest(conn);
    /* A socket that is readable while nothing is wanted would wake the loop for ever. */
    if (!wants_read(conn))
        conn_flow_want(conn, conn->wanted & ~(unsigned)CONN_READABLE);
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

bool conn_flow_is_written(const struct conn *conn)
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

void conn_flow_flush(struct conn *conn)
{
    if (conn->tls && conn_tls_has_failed(conn->tls))
        conn_output_fini(&conn->output); /* nobody can read it; the alert still goes */
    if (!conn->socket || conn->write_error != 0 || conn->blocked || conn_flow_is_written(conn))
        return;
    int error = 0;
    enum conn_flushed flushed = CONN_FLUSH_DONE;
    if (!conn_is_shaking_hands(conn))
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
    if (conn_flow_is_written(conn) && !conn->closed && conn->events->on_drained)
        conn->events->on_drained(conn->user);
}

void conn_flow_on_turn(struct post *post)
{
    struct conn *conn = CONTAINER_OF(post, struct conn, turn);
    if (conn->broken && !conn->closed)
        conn_flow_end(conn, CONN_RESET, conn->broken);
    if (conn_is_shaking_hands(conn))
        buf_fini(&conn->kept);
    if (conn->deliver && !conn->closed) {
        conn->deliver = false;
        deliver_kept(conn);
    }
    if (!conn->closed)
        conn_flow_flush(conn);
    if (conn->tls && !conn->closed && wants_read(conn) &&
        (conn_is_shaking_hands(conn) || conn_tls_has_input(conn->tls))) {
        read_some(conn);
        if (!conn->closed)
            conn_flow_flush(conn); /* what waited for the end of the handshake */
    }
    if (conn->eof)
        end_if_done(conn);
    if (conn->closed)
        conn_close_on(conn);
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
        conn_close_on(conn);
        return;
    }
    if (ready & CONN_WRITABLE)
        conn_flow_flush(conn);
    if ((ready & CONN_READABLE) && !conn->closed)
        read_some(conn);
    conn_flow_need_turn(conn);
}

void conn_flow_on_timer(void *arg)
{
    struct conn *conn = arg;
    if (conn->closed)
        conn_destroy(conn);
    else
        conn_flow_end(conn, CONN_TIMEOUT, "timed out");
}
