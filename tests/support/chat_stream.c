/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "tests/support/chat_link.h"

#include <stdio.h>

bool chat_fail(struct chat *chat, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return error_set(chat->err, "%s", text);
}

void chat_start(struct chat *chat)
{
    if (chat->running)
        return;
    fake_cut(chat->cut, chat->seed);
    fake_serve("mta.example", 25, FAKE_ACCEPT);
    rig_init(&chat->rig, chat->policy);
    rig_policy_drop(&chat->policy);
    chat->running = true;
}

bool chat_word(struct span *rest, struct span *word)
{
    *rest = span_trim(*rest);
    size_t end = span_find_byte(*rest, ' ');
    *word = span_sub(*rest, 0, end);
    *rest = end == SPAN_NONE ? span_of("", 0) : span_trim(span_from(*rest, end));
    return word->len > 0;
}

/* "C", "S", "U": the present stream; "C2": makes number 2 the present one. */
struct stream *chat_stream(struct chat *chat, struct span name)
{
    bool client = name.ptr[0] == 'C' || name.ptr[0] == 'S';
    size_t *present = client ? &chat->client : &chat->upstream;
    uint64_t number;
    if (span_to_u64(span_from(name, 1), &number) && number < PEERS_MAX)
        *present = (size_t)number;
    return client ? &chat->clients[*present] : &chat->upstreams[*present];
}

bool chat_add(struct chat *chat, struct stream *streams, size_t *count, size_t *present,
              struct fake_peer *peer)
{
    if (*count + 1 >= PEERS_MAX)
        return chat_fail(chat, "too many streams");
    *present = ++*count;
    streams[*present] = (struct stream){.peer = peer};
    return true;
}

bool chat_call(struct chat *chat, struct span address)
{
    char text[52];
    chat_start(chat);
    if (!chat->rig.place)
        return chat_fail(chat, "the tunnel is closed");
    (void)snprintf(text, sizeof text, "%.*s", SPAN_ARG(address));
    bool good = chat_add(chat, chat->clients, &chat->client_count, &chat->client,
                         rig_call(&chat->rig, text));
    fake_settle(chat->rig.loop);
    return good;
}

/* The first client calls by itself. */
bool chat_ensure_client(struct chat *chat)
{
    chat_start(chat);
    return chat->client_count > 0 || chat_call(chat, SPAN("192.0.2.7"));
}

/* \r \n \t \\ \0 \xHH */
static void unescape(struct span text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        char next = c == '\\' && i + 1 < text.len ? text.ptr[++i] : '\0';
        if (next == 'x' && i + 2 < text.len) {
            buf_add_byte(out, (char)(ascii_hex(text.ptr[i + 1]) * 16 + ascii_hex(text.ptr[i + 2])));
            i += 2;
        } else if (next != '\0') {
            buf_add_byte(out, next == 'r'   ? '\r'
                              : next == 'n' ? '\n'
                              : next == 't' ? '\t'
                              : next == '0' ? '\0'
                                            : next);
        } else {
            buf_add_byte(out, c);
        }
    }
}

bool chat_send(struct chat *chat, struct stream *stream, struct span bytes)
{
    if (!stream->peer)
        return chat_fail(chat, "no such stream");
    /* What one says reaches the engine before another speaks. */
    if (chat->speaker != stream)
        fake_settle(chat->rig.loop);
    chat->speaker = stream;
    if (fake_is_closed(stream->peer))
        return chat_fail(chat, "the engine has closed this stream");
    chat_say(stream, bytes);
    return true;
}

bool chat_send_text(struct chat *chat, struct stream *stream, struct span text, bool raw,
                    uint64_t times)
{
    struct buf bytes = BUF_INIT;
    for (uint64_t i = 0; i < times; i++) {
        if (raw) {
            unescape(text, &bytes);
        } else {
            buf_add(&bytes, text);
            buf_add_str(&bytes, "\r\n");
        }
    }
    bool good = chat_send(chat, stream, buf_span(&bytes));
    buf_fini(&bytes);
    return good;
}

/* '*' at the end of what is expected stands for any rest. */
static bool fits(struct span line, struct span wanted)
{
    if (wanted.len > 0 && wanted.ptr[wanted.len - 1] == '*')
        return span_starts(line, span_sub(wanted, 0, wanted.len - 1));
    return span_equal(line, wanted);
}

bool chat_expect(struct chat *chat, struct stream *stream, struct span wanted)
{
    fake_settle(chat->rig.loop);
    if (!stream->peer)
        return chat_fail(chat, "no such stream");
    struct span received = chat_received(stream);
    size_t end = span_find(received, SPAN("\r\n"));
    if (end == SPAN_NONE)
        return chat_fail(chat, "expected \"%.*s\", got nothing%s", SPAN_ARG(wanted),
                         fake_is_closed(stream->peer) ? " (closed)" : "");
    struct span line = span_sub(received, 0, end);
    if (!fits(line, wanted))
        return chat_fail(chat, "expected \"%.*s\", got \"%.*s\"", SPAN_ARG(wanted), SPAN_ARG(line));
    chat_forget(stream, end + 2);
    return true;
}

bool chat_expect_times(struct chat *chat, struct stream *stream, struct span wanted, uint64_t times)
{
    for (uint64_t i = 0; i < times; i++) {
        if (!chat_expect(chat, stream, wanted))
            return false;
    }
    return true;
}

bool chat_expect_bytes(struct chat *chat, struct stream *stream, struct span wanted)
{
    struct buf bytes = BUF_INIT;
    fake_settle(chat->rig.loop);
    if (!stream->peer)
        return chat_fail(chat, "no such stream");
    unescape(wanted, &bytes);
    struct span received = chat_received(stream);
    bool good = span_starts(received, buf_span(&bytes)) ||
                chat_fail(chat, "expected \"%.*s\", got \"%.*s\"", SPAN_ARG(wanted),
                          SPAN_ARG(span_sub(received, 0, 200)));
    if (good)
        chat_forget(stream, bytes.len);
    buf_fini(&bytes);
    return good;
}

bool chat_expect_nothing(struct chat *chat, struct stream *stream)
{
    fake_settle(chat->rig.loop);
    struct span received = chat_received(stream);
    return received.len == 0 ||
           chat_fail(chat, "expected nothing, got \"%.*s\"", SPAN_ARG(span_sub(received, 0, 200)));
}

/* The engine is done with the stream: closed, or its side ended and waiting for ours. */
bool chat_expect_closed(struct chat *chat, struct stream *stream)
{
    if (!chat_expect_nothing(chat, stream))
        return false;
    if (!stream->peer)
        return chat_fail(chat, "no such stream");
    return fake_is_closed(stream->peer) || fake_is_shut(stream->peer) ||
           chat_fail(chat, "expected it to be closed");
}

/* All lines of one reply. */
bool chat_skip_reply(struct chat *chat, struct stream *stream, struct span code)
{
    for (bool more = true; more;) {
        fake_settle(chat->rig.loop);
        struct span received = chat_received(stream);
        more = received.len > 3 && received.ptr[3] == '-';
        char wanted[8];
        (void)snprintf(wanted, sizeof wanted, "%.*s%c*", SPAN_ARG(code), more ? '-' : ' ');
        if (!chat_expect(chat, stream, span_str(wanted)))
            return false;
    }
    return true;
}

/* TLS records (RFC 8446 section 5.1), one or more, whole: nobody here reads them. */
bool chat_skip_records(struct chat *chat, struct stream *stream)
{
    fake_settle(chat->rig.loop);
    struct span received = fake_received(stream->peer);
    size_t len = 0;
    while (received.len - len >= 5) {
        const unsigned char *record = (const unsigned char *)received.ptr + len;
        if (record[0] < 20 || record[0] > 23 || record[1] != 3)
            break;
        len += 5 + ((size_t)record[3] << 8 | record[4]);
        if (len > received.len)
            break;
    }
    if (len == 0 || len != received.len)
        return chat_fail(chat, "expected TLS records");
    fake_forget(stream->peer, len);
    return true;
}
