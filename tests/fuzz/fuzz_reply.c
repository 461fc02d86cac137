/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replies of an upstream: whole and in pieces give the same; a reply that is passed on is read
 * again as itself; the capabilities of anything are read. The first byte chooses the pieces.
 */
#include "tunnels/wire/capabilities.h"
#include "tunnels/wire/reply.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static void check_passed_on(const struct reply *reply)
{
    struct buf wire = BUF_INIT;
    struct reply_reader reader;
    const char *reason;
    size_t consumed;
    reply_reader_init(&reader);
    reply_write_reply(&wire, reply);
    CHECK(reply_read(&reader, buf_span(&wire), &consumed, &reason) == PARSE_DONE);
    CHECK(consumed == wire.len);
    CHECK(reader.reply.code == reply->code);
    CHECK(span_equal(reader.reply.enhanced, reply->enhanced));
    CHECK(reader.reply.lines >= reply->lines);
    reply_reader_fini(&reader);
    buf_fini(&wire);
}

static void check_capabilities(const struct reply *reply)
{
    struct capabilities offered;
    struct buf wire = BUF_INIT;
    capabilities_parse(reply, &offered);
    struct capabilities both = capabilities_both(&offered, &offered);
    capabilities_write(&wire, SPAN("mx.example"), &both);
    buf_fini(&wire);
}

static void read_all(struct span input, size_t piece, struct buf *out)
{
    struct reply_reader reader;
    struct buf kept = BUF_INIT;
    size_t at = 0;
    reply_reader_init(&reader);
    for (;;) {
        const char *reason;
        size_t consumed;
        char *copy = malloc(kept.len ? kept.len : 1);
        CHECK(copy);
        memcpy(copy, buf_span(&kept).ptr, kept.len);
        enum parse_result result = reply_read(&reader, span_of(copy, kept.len), &consumed, &reason);
        free(copy);
        CHECK(consumed <= kept.len);
        buf_consume(&kept, consumed);
        if (result == PARSE_BAD) {
            CHECK(reason && reason[0] != '\0');
            buf_printf(out, "bad %s\n", reason);
            break;
        }
        if (result == PARSE_DONE) {
            const struct reply *reply = &reader.reply;
            CHECK(reply->code >= 200 && reply->code <= 599);
            CHECK(reply->lines >= 1 && reply->lines <= REPLY_READ_LINES_MAX);
            CHECK(reply->text.len <= REPLY_READ_BYTES_MAX);
            CHECK(span_find_byte(reply->text, '\r') == SPAN_NONE);
            buf_printf(out, "%u %u %.*s %.*s\n", reply->code, reply->lines,
                       SPAN_ARG(reply->enhanced), SPAN_ARG(reply->text));
            check_passed_on(reply);
            check_capabilities(reply);
            continue;
        }
        CHECK(kept.len < (span_starts(buf_span(&kept), SPAN("334")) ? REPLY_READ_CHALLENGE_MAX
                                                                    : REPLY_READ_LINE_MAX));
        if (at == input.len)
            break;
        struct span more = span_sub(input, at, piece);
        at += more.len;
        buf_add(&kept, more);
    }
    buf_fini(&kept);
    reply_reader_fini(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct span input = span_of((const char *)data + 1, size - 1);
    struct buf whole = BUF_INIT;
    struct buf pieces = BUF_INIT;
    read_all(input, SIZE_MAX, &whole);
    read_all(input, 1 + data[0] % 64u, &pieces);
    CHECK(span_equal(buf_span(&whole), buf_span(&pieces)));
    buf_fini(&whole);
    buf_fini(&pieces);
    return 0;
}
