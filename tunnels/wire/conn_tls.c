/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/conn_tls.h"

#include "engine/base/mem.h"

#include <errno.h>
#include <stdlib.h>

/* In one event, for bytes that bring no plaintext: of a handshake, or alerts and empty records of
 * somebody who wants to keep the loop busy. */
#define FETCHES_MAX 8

/* Header, explicit nonce, tag; of any suite at most. */
#define RECORD_OVERHEAD 40u

struct conn_tls {
    struct loop *loop;
    struct conn_socket *socket;
    struct tls_stream *stream;
    struct buf output; /* encrypted, or said before TLS began */
    size_t sent;       /* of `output` */
    struct buf parked; /* ciphertext that waits for the owner to read on */
    bool heard;        /* the peer has said something */
    bool open;         /* the handshake is over */
    bool emptied;      /* the socket, by the last read */
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

size_t conn_tls_unsent(const struct conn_tls *tls)
{
    return tls->output.len - tls->sent;
}

bool conn_tls_is_flushed(const struct conn_tls *tls)
{
    return conn_tls_unsent(tls) == 0;
}

bool conn_tls_has_failed(const struct conn_tls *tls)
{
    return tls->failed;
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

/* 1: some came; else as conn_socket_read(). A read that was not filled has emptied the socket, so
 * the next one waits for the loop to say that there is more. */
static ssize_t fetch(struct conn_tls *tls)
{
    size_t room;
    char *place = cipher_room(tls, &room);
    if (tls->emptied) {
        tls->emptied = false;
        return -EAGAIN;
    }
    ssize_t got = conn_socket_read(tls->socket, place, room);
    if (got <= 0)
        return got;
    buf_fini(&tls->parked); /* all used, or we would not ask for more */
    tls->emptied = (size_t)got < room;
    tls->heard = true;
    tls_stream_input(tls->stream, span_of(place, (size_t)got));
    return 1;
}

void conn_tls_park(struct conn_tls *tls)
{
    struct span left = tls_stream_unused(tls->stream);
    if (left.len > 0 && left.len == tls->parked.len)
        return; /* nothing of it was used */
    struct buf rest = BUF_INIT;
    buf_add(&rest, left);
    buf_fini(&tls->parked);
    tls->parked = rest;
    tls_stream_input(tls->stream, buf_span(&tls->parked));
}

bool conn_tls_has_heard(const struct conn_tls *tls)
{
    return tls->heard;
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
    for (int i = 0; i < FETCHES_MAX; i++) {
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
        ssize_t got = i + 1 < FETCHES_MAX ? fetch(tls) : -EAGAIN;
        if (got <= 0)
            return got == 0 ? -EPIPE : (int)got;
    }
    return -EAGAIN;
}

bool conn_tls_is_open(const struct conn_tls *tls)
{
    return tls->open;
}

/* Plaintext, if there is some without more ciphertext: its length, 0 at the end of the stream,
 * -EAGAIN, -EPROTO. */
static ssize_t decrypt(struct conn_tls *tls, char *room, size_t len)
{
    size_t got = 0;
    if (tls->failed)
        return -EPROTO;
    if (tls->closed)
        return 0;
    switch (tls_stream_read(tls->stream, room, len, &got, &tls->output)) {
    case TLS_DONE:
        return (ssize_t)got;
    case TLS_MORE:
        return -EAGAIN;
    case TLS_CLOSED:
        tls->closed = true;
        return 0;
    case TLS_FAILED:
        break;
    }
    return fail(tls);
}

ssize_t conn_tls_read(struct conn_tls *tls, char *room, size_t len)
{
    ssize_t got = decrypt(tls, room, len);
    for (int i = 0; got == -EAGAIN && i < FETCHES_MAX; i++) {
        ssize_t fetched = fetch(tls);
        if (fetched <= 0)
            return fetched;
        got = decrypt(tls, room, len);
    }
    return got;
}

/* At once, where growing would copy again and again. */
static void reserve(struct buf *buf, size_t more)
{
    if (!buf_try_reserve(buf, more))
        abort(); /* there is no maximum */
}

/* Many small records would cost more than copying them together. */
static enum tls_result encrypt(struct conn_tls *tls, const struct span *slices, size_t count,
                               size_t *taken_out)
{
    struct buf together = BUF_INIT;
    for (size_t i = 0; i < count; i++)
        *taken_out += slices[i].len;
    reserve(&tls->output,
            *taken_out + (*taken_out / tls_stream_record_max() + 1) * RECORD_OVERHEAD);
    if (count > 1)
        reserve(&together, *taken_out);
    for (size_t i = 0; count > 1 && i < count; i++)
        buf_add(&together, slices[i]);
    enum tls_result result =
        tls_stream_write(tls->stream, count == 1 ? slices[0] : buf_span(&together), &tls->output);
    buf_fini(&together);
    return result;
}

ssize_t conn_tls_write(struct conn_tls *tls, const struct span *slices, size_t count)
{
    size_t taken = 0;
    if (tls->failed)
        return -EPROTO;
    int sent = conn_tls_flush(tls);
    if (sent != 0)
        return sent;
    if (!tls->open)
        return -EAGAIN;
    if (encrypt(tls, slices, count, &taken) == TLS_FAILED)
        return fail(tls);
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
