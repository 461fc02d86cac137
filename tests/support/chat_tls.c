/* SPDX-License-Identifier: Apache-2.0 */
/* chat_tls: streams of a chat that have gone over to TLS. */
#include "tests/support/chat_link.h"
#include "tests/support/tls_far.h"

bool chat_secure(struct chat *chat, struct stream *stream, struct span how)
{
    bool fails = span_is(how, "fails");
    if (stream->tls)
        return chat_fail(chat, "it is secure already");
    stream->tls = tls_far_server(READY_SERVER_EC);
    for (bool more = true; more;) {
        fake_settle(chat->rig.loop);
        more = tls_far_carry(stream->tls, stream->peer);
    }
    return stream->tls->secured == !fails ||
           chat_fail(chat, "the handshake %s", fails ? "was good" : "failed");
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
