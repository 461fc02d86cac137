/* SPDX-License-Identifier: Apache-2.0 */
/* TLS without sockets: what comes behind the handshake, and bytes that were damaged on their way.
 */
#include "engine/base/mem.h"
#include "tests/support/tls_pair.h"
#include "tunnels/tls/context_link.h"
#include "tunnels/tls/stream_link.h"
#include "tunnels/tls/suites.h"

#include <mbedtls/platform.h>
#include <mbedtls/ssl_ciphersuites.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
/* after the headers that it needs */
#include <cmocka.h>

/* A client that asks for renegotiation is told no, and the connection goes on. */
static void test_renegotiation(void **state)
{
    (void)state;
    struct tls_plan plan = {.client_versions = TLS_1_2_ONLY};
    struct tls_pair pair;
    tls_pair_init(&pair, &plan);
    mbedtls_ssl_conf_renegotiation(&pair.client_context->config, MBEDTLS_SSL_RENEGOTIATION_ENABLED);
    tls_ends_run(&pair.client, &pair.server, 0);
    tls_pair_talk(&pair);
    pair.client.stream->out = &pair.client.out;
    assert_int_equal(mbedtls_ssl_renegotiate(&pair.client.stream->ssl), MBEDTLS_ERR_SSL_WANT_READ);
    struct buf hello = pair.client.out;
    pair.client.out = (struct buf)BUF_INIT;
    tls_end_give(&pair.server, buf_span(&hello), 0);
    buf_fini(&hello);
    assert_int_equal(pair.server.state, TLS_MORE);
    assert_true(pair.server.out.len > 0 && pair.server.out.len < 64); /* an alert, no handshake */
    assert_int_equal(pair.server.out.ptr[0], 21);
    tls_pair_part(&pair);
}

/* A server's HelloRequest is not obeyed either. */
static void test_renegotiation_by_the_server(void **state)
{
    (void)state;
    struct tls_plan plan = {.client_versions = TLS_1_2_ONLY};
    struct tls_pair pair;
    tls_pair_init(&pair, &plan);
    mbedtls_ssl_conf_renegotiation(&pair.server_context->config, MBEDTLS_SSL_RENEGOTIATION_ENABLED);
    tls_ends_run(&pair.client, &pair.server, 0);
    tls_pair_talk(&pair);
    pair.server.stream->out = &pair.server.out;
    assert_int_equal(mbedtls_ssl_renegotiate(&pair.server.stream->ssl), 0);
    struct buf request = pair.server.out;
    pair.server.out = (struct buf)BUF_INIT;
    assert_true(request.len > 0);
    tls_end_give(&pair.client, buf_span(&request), 0);
    buf_fini(&request);
    assert_int_equal(pair.client.state, TLS_MORE);
    assert_true(pair.client.out.len < 64);
    tls_pair_part(&pair);
}

/* Empty records are no end of the stream (the library answers 0 to two in a row); four in a row are
 * an attack to it. */
static void test_empty_records(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        struct tls_plan plan = {.client_versions = i % 2 ? TLS_1_2_ONLY : TLS_1_3_ONLY};
        struct tls_pair pair;
        tls_pair_meet(&pair, &plan);
        pair.client.stream->out = &pair.client.out;
        for (int k = 0; k <= i / 2; k++)
            assert_int_equal(
                mbedtls_ssl_write(&pair.client.stream->ssl, (const unsigned char *)"", 0), 0);
        tls_pair_talk(&pair);
        tls_pair_part(&pair);
    }
}

static void fill_pattern(struct buf *buf, size_t len)
{
    for (size_t i = 0; i < len; i++)
        buf_add_byte(buf, (char)(i * 31 + i / 4093));
}

static void test_two_megabytes(void **state)
{
    (void)state;
    struct buf bytes = BUF_INIT;
    fill_pattern(&bytes, 2u << 20);
    for (int i = 0; i < 4; i++) {
        struct tls_plan plan = {.client_versions = i % 2 ? TLS_1_2_ONLY : TLS_1_3_ONLY,
                                .piece = i / 2 ? 1448 : 0};
        struct tls_pair pair;
        tls_pair_meet(&pair, &plan);
        pair.server.room = 1 + (size_t)i * 1000;
        tls_end_say(&pair.client, buf_span(&bytes));
        tls_end_say(&pair.server, buf_span(&bytes));
        tls_ends_run(&pair.client, &pair.server, plan.piece);
        tls_pair_check(&pair);
        assert_true(span_equal(buf_span(&pair.server.plain), buf_span(&bytes)));
        assert_true(span_equal(buf_span(&pair.client.plain), buf_span(&bytes)));
        tls_pair_part(&pair);
    }
    buf_fini(&bytes);
}

static void test_cut_at_every_byte(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 40; piece += piece < 8 ? 1 : 7) {
        for (int i = 0; i < 2; i++) {
            struct tls_plan plan = {.client_versions = i ? TLS_1_2_ONLY : TLS_1_3_ONLY,
                                    .asks = TLS_CERT_REQUIRED,
                                    .client = READY_CLIENT,
                                    .piece = piece};
            struct tls_pair pair;
            tls_pair_meet(&pair, &plan);
            tls_end_say(&pair.client, SPAN("QUIT\r\n"));
            tls_ends_run(&pair.client, &pair.server, piece);
            tls_pair_check(&pair);
            assert_true(span_is(buf_span(&pair.server.plain), "QUIT\r\n"));
            tls_pair_part(&pair);
        }
    }
}

/* No alert to the library, but an error of its own. */
static void test_close_notify_in_the_handshake(void **state)
{
    (void)state;
    static const char goodbye[] = "\x15\x03\x03\x00\x02\x01\x00";
    struct tls_plan plan = {.host = NULL};
    struct tls_pair pair;
    tls_pair_init(&pair, &plan);
    tls_end_give(&pair.server, span_of(goodbye, sizeof goodbye - 1), 0);
    assert_int_equal(pair.server.state, TLS_FAILED);
    assert_string_equal(tls_stream_reason(pair.server.stream),
                        "the peer said goodbye (close_notify) in the handshake");
    tls_pair_part(&pair);
}

static void test_close_notify(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct tls_plan plan = {.client_versions = i ? TLS_1_2_ONLY : TLS_1_3_ONLY};
        struct tls_pair pair;
        tls_pair_meet(&pair, &plan);
        tls_end_say(&pair.client, SPAN("QUIT\r\n"));
        tls_stream_close_notify(pair.client.stream, &pair.client.out);
        tls_ends_run(&pair.client, &pair.server, 0);
        assert_true(span_is(buf_span(&pair.server.plain), "QUIT\r\n"));
        assert_int_equal(pair.server.state, TLS_CLOSED);
        tls_end_say(&pair.server, SPAN("221 Bye\r\n")); /* the other way is still open */
        tls_ends_run(&pair.client, &pair.server, 0);
        assert_true(span_is(buf_span(&pair.client.plain), "221 Bye\r\n"));
        tls_pair_part(&pair);
    }
}

/* A small generator, the same in every run. */
static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void damage(struct buf *bytes, uint32_t *seed)
{
    size_t at = next_random(seed) % bytes->len;
    switch (next_random(seed) % 4) {
    case 0:
        bytes->ptr[at] = (char)(bytes->ptr[at] ^ (1 << next_random(seed) % 8));
        break;
    case 1:
        bytes->ptr[at] = (char)next_random(seed);
        break;
    case 2:
        bytes->len = at; /* lost */
        break;
    default:
        memmove(bytes->ptr, bytes->ptr + at, bytes->len - at);
        bytes->len -= at;
    }
}

static bool begins_with(const struct buf *got, const char *said)
{
    return span_starts(span_str(said), buf_span(got));
}

/* Carries bytes, one flight of them damaged: whatever comes of it, nothing false is read. */
static bool spoil(const struct tls_plan *plan, unsigned flight, uint32_t seed)
{
    struct tls_pair pair;
    bool said = false;
    tls_pair_init(&pair, plan);
    for (unsigned i = 0; pair.client.out.len > 0 || pair.server.out.len > 0 || !said; i++) {
        struct tls_end *from = i % 2 ? &pair.server : &pair.client;
        struct tls_end *to = i % 2 ? &pair.client : &pair.server;
        struct buf bytes = from->out;
        from->out = (struct buf)BUF_INIT;
        if (i == flight && bytes.len > 0)
            damage(&bytes, &seed);
        tls_end_give(to, buf_span(&bytes), 1 + next_random(&seed) % 600);
        buf_fini(&bytes);
        if (!said && i > 6) {
            said = true;
            if (pair.client.secured)
                tls_end_say(&pair.client, SPAN("MAIL FROM:<a@b.example>\r\n"));
            if (pair.server.secured)
                tls_end_say(&pair.server, SPAN("250 2.1.0 Sender ok\r\n"));
        }
    }
    assert_true(begins_with(&pair.server.plain, "MAIL FROM:<a@b.example>\r\n"));
    assert_true(begins_with(&pair.client.plain, "250 2.1.0 Sender ok\r\n"));
    bool failed = pair.client.state == TLS_FAILED || pair.server.state == TLS_FAILED;
    if (pair.client.state == TLS_FAILED)
        assert_true(tls_stream_reason(pair.client.stream)[0] != '\0');
    if (pair.server.state == TLS_FAILED)
        assert_true(tls_stream_reason(pair.server.stream)[0] != '\0');
    tls_pair_part(&pair);
    return failed;
}

static void test_damaged(void **state)
{
    (void)state;
    unsigned failed = 0;
    enum { RUNS = 600 };
    for (unsigned i = 0; i < RUNS; i++) {
        struct tls_plan plan = {.client_versions = i % 2 ? TLS_1_2_ONLY : TLS_1_3_ONLY,
                                .asks = i % 3 ? TLS_CERT_NONE : TLS_CERT_OPTIONAL,
                                .client = READY_CLIENT,
                                .mode = i % 5 ? TLS_UPSTREAM_REQUIRE : TLS_UPSTREAM_VERIFY};
        failed += spoil(&plan, i % 4, i);
    }
    print_message("%u of %u failed, the others wait for what was lost\n", failed, RUNS);
    assert_true(failed > RUNS / 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_renegotiation),
        cmocka_unit_test(test_renegotiation_by_the_server),
        cmocka_unit_test(test_empty_records),
        cmocka_unit_test(test_two_megabytes),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_close_notify),
        cmocka_unit_test(test_close_notify_in_the_handshake),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests_name("tls_stream", tests, tls_pair_set_up, tls_pair_tear_down);
}
