/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/tls_end.h"

#include "engine/base/mem.h"

#include <assert.h>
#include <stdlib.h>

static void read_all(struct tls_end *end)
{
    char room[16384];
    size_t size = end->room > 0 && end->room < sizeof room ? end->room : 4096;
    while (end->state == TLS_MORE) {
        size_t len = 0;
        enum tls_result result = tls_stream_read(end->stream, room, size, &len, &end->out);
        assert((result == TLS_DONE) == (len > 0));
        buf_add(&end->plain, span_of(room, len));
        if (result == TLS_MORE)
            break;
        if (result != TLS_DONE)
            end->state = result;
    }
}

static void go_on(struct tls_end *end)
{
    if (!end->secured) {
        enum tls_result result = tls_stream_handshake(end->stream, &end->out);
        assert(result != TLS_CLOSED);
        end->secured = result == TLS_DONE;
        if (result == TLS_FAILED)
            end->state = TLS_FAILED;
    }
    if (end->secured)
        read_all(end);
    assert(end->state == TLS_CLOSED || tls_stream_unused(end->stream).len == 0);
    tls_stream_input(end->stream, SPAN(""));
}

void tls_end_begin(struct tls_end *end)
{
    end->state = TLS_MORE;
    end->secured = false;
    go_on(end);
}

void tls_end_give(struct tls_end *end, struct span bytes, size_t piece)
{
    while (bytes.len > 0 && end->state == TLS_MORE) {
        size_t len = piece > 0 && piece < bytes.len ? piece : bytes.len;
        char *own = malloc(len); /* not a byte more: whoever reads on is found out */
        if (!own)
            abort();
        memcpy(own, bytes.ptr, len);
        tls_stream_input(end->stream, span_of(own, len));
        end->taken += end->secured ? 0 : len;
        go_on(end);
        free(own);
        bytes = span_from(bytes, len);
    }
}

static void carry(struct tls_end *from, struct tls_end *to, size_t piece)
{
    struct buf bytes = from->out;
    from->out = (struct buf)BUF_INIT;
    tls_end_give(to, buf_span(&bytes), piece);
    buf_fini(&bytes);
}

void tls_ends_run(struct tls_end *a, struct tls_end *b, size_t piece)
{
    while (a->out.len > 0 || b->out.len > 0) {
        carry(a, b, piece);
        carry(b, a, piece);
    }
}

void tls_end_say(struct tls_end *end, struct span plain)
{
    assert(end->secured);
    if (end->state != TLS_FAILED && tls_stream_write(end->stream, plain, &end->out) == TLS_FAILED)
        end->state = TLS_FAILED;
}

void tls_end_fini(struct tls_end *end)
{
    tls_stream_free(&end->stream);
    buf_fini(&end->out);
    buf_fini(&end->plain);
}
