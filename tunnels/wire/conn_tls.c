/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/conn_tls.h"

#include "engine/base/mem.h"

#include <errno.h>
#include <stdlib.h>

struct conn_tls {
    struct loop *loop;
    struct conn_socket *socket;
    struct tls_stream *stream;
    struct buf output; /* encrypted, or said before TLS began */
    size_t sent;       /* of `output` */
    struct buf parked; /* ciphertext that waits for the owner to read on */
    bool open;         /* the handshake is over */
    bool closed;       /* the peer said so */
    bool failed;
};

struct conn_tls *conn_tls_new(struct loop *loop, struct conn_socket *socket,
                              struct tls_stream *stream, struct span plain)
{
    struct conn_tls *tls = mem_alloc(sizeof *tls);
    tls->loop = loop;
    tls->socket = socket;
    tls->stream = stream;
    buf_add(&tls->output, plain);
    return tls;
}

void conn_tls_free(struct conn_tls **slot)
{
    struct conn_tls *tls = *slot;
    *slot = NULL;
    if (!tls)
        return;
    tls_stream_free(&tls->stream);
    buf_fini(&tls->output);
    buf_fini(&tls->parked);
    free(tls);
}

bool conn_tls_is_flushed(const struct conn_tls *tls)
{
    return tls->sent == tls->output.len;
}

int conn_tls_flush(struct conn_tls *tls)
{
    while (!conn_tls_is_flushed(tls)) {
        struct span rest = span_from(buf_span(&tls->output), tls->sent);
        ssize_t wrote = conn_socket_write(tls->socket, &rest, 1);
        if (wrote < 0)
            return (int)wrote;
        tls->sent += (size_t)wrote;
    }
    buf_fini(&tls->output);
    tls->sent = 0;
    return 0;
}

/* The second half of the loop's scratch memory: the first is where plaintext may be read to. */
static char *cipher_room(struct conn_tls *tls, size_t *room_out)
{
    char *scratch = loop_scratch(tls->loop, room_out);
    *room_out /= 2;
    return scratch + *room_out;
}

/* 1: some came; else as conn_socket_read(). */
static ssize_t fetch(struct conn_tls *tls)
{
    size_t room;
    char *place = cipher_room(tls, &room);
    buf_fini(&tls->parked); /* all used, or we would not ask for more */
    ssize_t got = conn_socket_read(tls->socket, place, room);
    if (got <= 0)
        return got;
    tls_stream_input(tls->stream, span_of(place, (size_t)got));
    return 1;
}

void conn_tls_park(struct conn_tls *tls)
{
    struct span left = tls_stream_unused(tls->stream);
    if (left.len == 0) {
        buf_fini(&tls->parked);
        return;
    }
    struct buf rest = BUF_INIT;
    buf_add(&rest, left);
    buf_fini(&tls->parked);
    tls->parked = rest;
    tls_stream_input(tls->stream, buf_span(&tls->parked));
}

bool conn_tls_has_input(const struct conn_tls *tls)
{
    return tls_stream_unused(tls->stream).len > 0 || tls_stream_buffered(tls->stream);
}

static int fail(struct conn_tls *tls)
{
    tls->failed = true;
    (void)conn_tls_flush(tls); /* the alert, as far as it goes */
    return -EPROTO;
}

int conn_tls_handshake(struct conn_tls *tls)
{
    for (;;) {
        enum tls_result result = tls_stream_handshake(tls->stream, &tls->output);
        if (result == TLS_FAILED)
            return fail(tls);
        int sent = conn_tls_flush(tls);
        if (sent != 0 && sent != -EAGAIN)
            return sent;
        if (result == TLS_DONE) {
            tls->open = true;
            return 0;
        }
        ssize_t got = fetch(tls);
        if (got <= 0)
            return got == 0 ? -EPIPE : (int)got;
    }
}

bool conn_tls_is_open(const struct conn_tls *tls)
{
    return tls->open;
}

ssize_t conn_tls_read(struct conn_tls *tls, char *room, size_t len)
{
    size_t got = 0;
    while (!tls->closed && !tls->failed) {
        enum tls_result result = tls_stream_read(tls->stream, room, len, &got, &tls->output);
        if (result == TLS_DONE)
            return (ssize_t)got;
        if (result == TLS_FAILED)
            return fail(tls);
        tls->closed = result == TLS_CLOSED;
        ssize_t fetched = result == TLS_MORE ? fetch(tls) : 0;
        if (result == TLS_MORE && fetched <= 0)
            return fetched;
    }
    return tls->failed ? -EPROTO : 0;
}

ssize_t conn_tls_write(struct conn_tls *tls, const struct span *slices, size_t count)
{
    size_t taken = 0;
    int sent = conn_tls_flush(tls);
    if (sent != 0)
        return sent;
    if (!tls->open)
        return -EAGAIN;
    for (size_t i = 0; i < count; i++) {
        if (tls_stream_write(tls->stream, slices[i], &tls->output) == TLS_FAILED)
            return fail(tls);
        taken += slices[i].len;
    }
    sent = conn_tls_flush(tls);
    return sent == 0 || sent == -EAGAIN ? (ssize_t)taken : sent;
}

void conn_tls_end(struct conn_tls *tls)
{
    if (tls->open && !tls->failed)
        tls_stream_close_notify(tls->stream, &tls->output);
}

const struct tls_stream *conn_tls_stream(const struct conn_tls *tls)
{
    return tls->stream;
}

struct tls_session *conn_tls_session_of(struct conn_tls *tls)
{
    return tls->open ? tls_stream_session(tls->stream) : NULL;
}
