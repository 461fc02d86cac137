/* SPDX-License-Identifier: Apache-2.0 */
/* chat_tls: streams of a chat that have gone over to TLS. */
#include "tests/support/chat_link.h"
#include "tests/support/tls_far.h"

#include <stdio.h>

struct manner {
    bool fails;
    char host[64]; /* "": none */
    enum certificate_ready certificate;
};

static bool read_certificate(struct span name, enum certificate_ready *out)
{
    static const struct {
        const char *name;
        enum certificate_ready which;
    } known[] = {{"client", READY_CLIENT},
                 {"expired", READY_CLIENT_EXPIRED},
                 {"purpose", READY_CLIENT_PURPOSE},
                 {"strange", READY_CLIENT_STRANGE}};
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (span_is(name, known[i].name)) {
            *out = known[i].which;
            return true;
        }
    }
    return false;
}

static bool read_manner(struct span how, struct manner *out)
{
    struct span word;
    *out = (struct manner){.certificate = READY_COUNT};
    while (chat_word(&how, &word)) {
        if (span_is(word, "fails"))
            out->fails = true;
        else if (span_starts(word, SPAN("sni=")))
            (void)snprintf(out->host, sizeof out->host, "%.*s", SPAN_ARG(span_from(word, 4)));
        else if (!span_starts(word, SPAN("with=")) ||
                 !read_certificate(span_from(word, 5), &out->certificate))
            return false;
    }
    return true;
}

static bool is_client(const struct chat *chat, const struct stream *stream)
{
    return stream == &chat->clients[chat->client];
}

bool chat_secure(struct chat *chat, struct stream *stream, struct span how)
{
    struct manner manner;
    if (stream->tls)
        return chat_fail(chat, "it is secure already");
    if (!read_manner(how, &manner))
        return chat_fail(chat, "what is \"%.*s\"?", SPAN_ARG(how));
    stream->tls = is_client(chat, stream)
                      ? tls_far_client(manner.host[0] ? manner.host : NULL, manner.certificate)
                      : tls_far_server(READY_SERVER_EC);
    for (bool more = true; more;) {
        fake_settle(chat->rig.loop);
        more = tls_far_carry(stream->tls, stream->peer);
    }
    /* In TLS 1.3 a client is through before the server has seen its certificate. */
    bool good = stream->tls->secured && stream->tls->state != TLS_FAILED;
    return good == !manner.fails ||
           chat_fail(chat, "the handshake %s", good ? "was good" : "failed");
}

struct span chat_received(struct stream *stream)
{
    if (!stream->peer)
        return SPAN("");
    if (!stream->tls)
        return fake_received(stream->peer);
    (void)tls_far_carry(stream->tls, stream->peer);
    return buf_span(&stream->tls->plain);
}

void chat_forget(struct stream *stream, size_t bytes)
{
    if (stream->tls)
        buf_consume(&stream->tls->plain, bytes);
    else
        fake_forget(stream->peer, bytes);
}

void chat_say(struct stream *stream, struct span bytes)
{
    if (!stream->tls || !stream->tls->secured) {
        fake_send(stream->peer, bytes);
        return;
    }
    tls_end_say(stream->tls, bytes);
    (void)tls_far_carry(stream->tls, stream->peer);
}

void chat_stream_fini(struct stream *stream)
{
    tls_far_free(&stream->tls);
}
