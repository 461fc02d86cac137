/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS without sockets: handshakes of every suite, certificates of both sides, what each side says
 * when it fails.
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

struct suite_case {
    int number;
    enum certificate_ready key;
};

static const struct suite_case suite_cases[] = {
    {MBEDTLS_TLS1_3_AES_128_GCM_SHA256, READY_SERVER_EC},
    {MBEDTLS_TLS1_3_AES_256_GCM_SHA384, READY_SERVER_EC},
    {MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256, READY_SERVER_EC},
    {MBEDTLS_TLS1_3_AES_128_CCM_SHA256, READY_SERVER_EC},
    {MBEDTLS_TLS1_3_AES_128_GCM_SHA256, READY_SERVER_RSA},
    {MBEDTLS_TLS1_3_AES_256_GCM_SHA384, READY_SERVER_RSA},
    {MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256, READY_SERVER_RSA},
    {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, READY_SERVER_EC},
    {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, READY_SERVER_EC},
    {MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, READY_SERVER_EC},
    {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_CCM, READY_SERVER_EC},
    {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_CCM, READY_SERVER_EC},
    {MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, READY_SERVER_RSA},
    {MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, READY_SERVER_RSA},
    {MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, READY_SERVER_RSA},
    {MBEDTLS_TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, READY_SERVER_RSA},
    {MBEDTLS_TLS_DHE_RSA_WITH_AES_256_GCM_SHA384, READY_SERVER_RSA},
    {MBEDTLS_TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256, READY_SERVER_RSA},
};

static void test_suites(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(suite_cases); i++) {
        const struct suite_case *own = &suite_cases[i];
        bool is_1_3 = tls_suite_is_1_3(own->number);
        const int only[] = {own->number, 0};
        struct tls_plan plan = {.server = {own->key},
                                .server_suites = only,
                                .client_suites = only,
                                .server_versions = is_1_3 ? TLS_1_3_ONLY : TLS_1_2_ONLY};
        plan.client_versions = plan.server_versions;
        struct tls_pair pair;
        tls_pair_meet(&pair, &plan);
        tls_pair_check(&pair);
        tls_pair_talk(&pair);
        struct tls_info info = tls_stream_info(pair.server.stream);
        assert_string_equal(info.version, is_1_3 ? "TLSv1.3" : "TLSv1.2");
        assert_string_equal(info.suite, tls_suite_name(own->number));
        assert_string_equal(info.server_name, MAIL_EXAMPLE);
        assert_false(info.verified);
        tls_pair_part(&pair);
    }
}

/* The order of the side that decides, the server's in TLS 1.2 and 1.3, wins; 1.3 before 1.2. */
static void test_defaults(void **state)
{
    (void)state;
    static const struct {
        enum tls_versions server, client;
        enum certificate_ready key;
        const char *version, *suite;
    } cases[] = {
        {TLS_ANY_VERSION, TLS_ANY_VERSION, READY_SERVER_EC, "TLSv1.3", "TLS_AES_128_GCM_SHA256"},
        {TLS_ANY_VERSION, TLS_1_2_ONLY, READY_SERVER_EC, "TLSv1.2",
         "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
        {TLS_1_2_ONLY, TLS_ANY_VERSION, READY_SERVER_RSA, "TLSv1.2",
         "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
        {TLS_1_3_ONLY, TLS_ANY_VERSION, READY_SERVER_RSA, "TLSv1.3", "TLS_AES_128_GCM_SHA256"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct tls_plan plan = {.server = {cases[i].key},
                                .server_versions = cases[i].server,
                                .client_versions = cases[i].client};
        struct tls_pair pair;
        tls_pair_meet(&pair, &plan);
        tls_pair_talk(&pair);
        struct tls_info info = tls_stream_info(pair.client.stream);
        assert_string_equal(info.version, cases[i].version);
        assert_string_equal(info.suite, cases[i].suite);
        tls_pair_part(&pair);
    }
}

/* Which certificate a client saw. */
static void assert_shown(const struct tls_pair *pair, enum certificate_ready expected)
{
    mbedtls_x509_crt certificate;
    struct span pem = certificate_pem(certificate_ready(expected));
    mbedtls_x509_crt_init(&certificate);
    assert_int_equal(
        mbedtls_x509_crt_parse(&certificate, (const unsigned char *)pem.ptr, pem.len + 1), 0);
    const mbedtls_x509_crt *seen = mbedtls_ssl_get_peer_cert(&pair->client.stream->ssl);
    assert_non_null(seen);
    assert_int_equal(seen->raw.len, certificate.raw.len);
    assert_memory_equal(seen->raw.p, certificate.raw.p, seen->raw.len);
    mbedtls_x509_crt_free(&certificate);
}

static void test_server_name(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        enum certificate_ready shown;
        const char *heard;
    } cases[] = {
        {"mail.example", READY_SERVER_EC, "mail.example"},
        {"MAIL.example", READY_SERVER_EC, "MAIL.example"},
        {"other.example", READY_SERVER_OTHER, "other.example"},
        {"a.wild.example", READY_SERVER_OTHER, "a.wild.example"},
        {"wild.example", READY_SERVER_ADDRESS, "wild.example"},         /* not under the wildcard */
        {"a.b.wild.example", READY_SERVER_ADDRESS, "a.b.wild.example"}, /* two labels */
        {"unknown.example", READY_SERVER_ADDRESS, "unknown.example"},
        {"other.example.", READY_SERVER_OTHER,
         "other.example"},                       /* the root's dot is no part of it */
        {"192.0.2.1", READY_SERVER_ADDRESS, ""}, /* no SNI for an address (RFC 6066) */
        {"2001:db8::1", READY_SERVER_ADDRESS, ""},
    };
    for (size_t i = 0; i < 2 * ARRAY_LEN(cases); i++) {
        size_t at = i / 2;
        struct tls_plan plan = {
            .server = {READY_SERVER_ADDRESS, READY_SERVER_EC, READY_SERVER_OTHER},
            .host = cases[at].host,
            .client_versions = i % 2 ? TLS_1_2_ONLY : TLS_1_3_ONLY};
        struct tls_pair pair;
        tls_pair_meet(&pair, &plan);
        tls_pair_talk(&pair);
        assert_shown(&pair, cases[at].shown);
        assert_string_equal(tls_stream_info(pair.server.stream).server_name, cases[at].heard);
        tls_pair_part(&pair);
    }
}

/* Of several certificates for one name, the one whose key the client can use. */
static void test_two_kinds_of_key(void **state)
{
    (void)state;
    static const int ecdsa[] = {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, 0};
    static const int rsa[] = {MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, 0};
    for (int i = 0; i < 4; i++) {
        struct tls_plan plan = {.server = {READY_SERVER_RSA, READY_SERVER_EC},
                                .client_versions = TLS_1_2_ONLY,
                                .host = i / 2 ? "nobody.example" : MAIL_EXAMPLE,
                                .client_suites = i % 2 ? ecdsa : rsa};
        struct tls_pair pair;
        tls_pair_meet(&pair, &plan);
        tls_pair_talk(&pair);
        assert_shown(&pair, i % 2 ? READY_SERVER_EC : READY_SERVER_RSA);
        tls_pair_part(&pair);
    }
}

/* What a client asks for is logged and compared with patterns: only a name of a host counts. */
static void test_odd_server_names(void **state)
{
    (void)state;
    static const char *const odd[] = {"a b", "a\nb", "\xc3\xa4.example", "a%00", "a,b", "a\"b"};
    char longest[300];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    for (size_t i = 0; i <= ARRAY_LEN(odd); i++) {
        struct tls_plan plan = {.asks = TLS_CERT_NONE};
        struct tls_pair pair;
        tls_pair_init(&pair, &plan);
        const char *name = i < ARRAY_LEN(odd) ? odd[i] : longest;
        tls_stream_asked_for(pair.server.stream, span_str(name));
        assert_string_equal(tls_stream_info(pair.server.stream).server_name, "");
        tls_pair_part(&pair);
    }
}

struct shown {
    enum certificate_ready certificate; /* READY_AUTHORITY: none */
    const char *fault;                  /* what the server says; NULL: it is good */
    const char *heard;                  /* what the client says then */
};

#define DAMAGED "what came was damaged on the way"
#define ALERT(text) "the peer sent alert " text

static const struct shown shown[] = {
    {READY_CLIENT, NULL, NULL},
    {READY_CLIENT_RSA, NULL, NULL},
    {READY_CLIENT_EXPIRED, "the certificate has expired",
     ALERT("certificate_expired (45): it takes our certificate for expired")},
    {READY_CLIENT_FUTURE, "the certificate is not valid yet",
     ALERT("bad_certificate (42): it does not take our certificate")},
    {READY_CLIENT_STRANGE, "no authority that is trusted here signed the certificate",
     ALERT("unknown_ca (48): it does not know the authority of our certificate")},
    {READY_CLIENT_PURPOSE, "the certificate is for another purpose (extended key usage)",
     ALERT("unsupported_certificate (43): it cannot use our kind of certificate")},
};

static void test_client_certificate(enum tls_client_certificates asks, enum tls_versions versions,
                                    const struct shown *own)
{
    struct tls_plan plan = {.asks = asks, .client = own->certificate, .client_versions = versions};
    struct tls_pair pair;
    tls_pair_meet(&pair, &plan);
    if (own->fault) {
        assert_int_equal(pair.server.state, TLS_FAILED);
        assert_string_equal(tls_stream_reason(pair.server.stream), own->fault);
        assert_int_equal(pair.client.state, TLS_FAILED);
        assert_string_equal(tls_stream_reason(pair.client.stream), own->heard);
    } else {
        tls_pair_talk(&pair);
        struct tls_info info = tls_stream_info(pair.server.stream);
        assert_true(info.verified);
        assert_non_null(strstr(info.certificate_subject, "CN=client"));
    }
    tls_pair_part(&pair);
}

static void test_client_certificates(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
        for (enum tls_client_certificates asks = TLS_CERT_OPTIONAL; asks <= TLS_CERT_REQUIRED;
             asks++) {
            test_client_certificate(asks, TLS_1_2_ONLY, &shown[i]);
            test_client_certificate(asks, TLS_1_3_ONLY, &shown[i]);
        }
    }
}

/* Where none is asked for, none is sent, so none can be wrong. */
static void test_no_client_certificates(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * ARRAY_LEN(shown); i++) {
        struct tls_plan plan = {.client = shown[i / 2].certificate,
                                .client_versions = i % 2 ? TLS_1_2_ONLY : TLS_1_3_ONLY};
        struct tls_pair pair;
        tls_pair_meet(&pair, &plan);
        tls_pair_talk(&pair);
        assert_false(tls_stream_info(pair.server.stream).verified);
        assert_string_equal(tls_stream_info(pair.server.stream).certificate_subject, "");
        tls_pair_part(&pair);
    }
}

static void test_client_without_certificate(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct tls_plan plan = {.asks = TLS_CERT_OPTIONAL,
                                .client_versions = i ? TLS_1_2_ONLY : TLS_1_3_ONLY};
        struct tls_pair pair;
        tls_pair_meet(&pair, &plan);
        tls_pair_talk(&pair);
        assert_false(tls_stream_info(pair.server.stream).verified);
        tls_pair_part(&pair);
        plan.asks = TLS_CERT_REQUIRED;
        tls_pair_meet(&pair, &plan);
        assert_int_equal(pair.server.state, TLS_FAILED);
        assert_string_equal(tls_stream_reason(pair.server.stream),
                            "the client showed no certificate");
        assert_int_equal(pair.client.state, TLS_FAILED);
        assert_string_equal(
            tls_stream_reason(pair.client.stream),
            i ? ALERT("handshake_failure (40): no suite or version in common, or no certificate")
              : ALERT("certificate_required (116): it wants a client certificate"));
        tls_pair_part(&pair);
    }
}

static void test_who_the_client_is(void **state)
{
    (void)state;
    struct tls_plan plan = {.asks = TLS_CERT_REQUIRED, .client = READY_CLIENT};
    struct tls_pair pair;
    tls_pair_meet(&pair, &plan);
    struct tls_info info = tls_stream_info(pair.server.stream);
    assert_string_equal(info.certificate_subject, "CN=client, O=Corp");
    assert_string_equal(info.certificate_san, "client@corp.example, client.corp.example");
    tls_pair_part(&pair);
}

struct upstream_case {
    enum certificate_ready server;
    const char *host;
    const char *fault; /* what the client says when it verifies */
    const char *heard; /* and the server then */
};

static const struct upstream_case upstream_cases[] = {
    {READY_SERVER_EC, MAIL_EXAMPLE, NULL, NULL},
    {READY_SERVER_EC, "mail.example.", NULL, NULL}, /* a name may end with the root's dot */
    {READY_SERVER_RSA, MAIL_EXAMPLE, NULL, NULL},
    {READY_SERVER_OTHER, "a.wild.example", NULL, NULL},
    {READY_SERVER_ADDRESS, "192.0.2.1", NULL, NULL},
    {READY_SERVER_ADDRESS, "2001:db8::1", NULL, NULL},
    {READY_SERVER_EC, "wrong.example", "the certificate is for another host",
     ALERT("bad_certificate (42): it does not take our certificate")},
    {READY_SERVER_ADDRESS, "192.0.2.2", "the certificate is for another host",
     ALERT("bad_certificate (42): it does not take our certificate")},
    {READY_SERVER_EC, "192.0.2.1", "the certificate is for another host",
     ALERT("bad_certificate (42): it does not take our certificate")},
    {READY_SERVER_OTHER, "wild.example", "the certificate is for another host",
     ALERT("bad_certificate (42): it does not take our certificate")},
    {READY_SERVER_STRANGE, MAIL_EXAMPLE, "no authority that is trusted here signed the certificate",
     ALERT("unknown_ca (48): it does not know the authority of our certificate")},
    {READY_SERVER_EXPIRED, MAIL_EXAMPLE, "the certificate has expired",
     ALERT("certificate_expired (45): it takes our certificate for expired")},
};

static void test_verify(const struct upstream_case *own, enum tls_versions versions)
{
    struct tls_plan plan = {.server = {own->server},
                            .host = own->host,
                            .mode = TLS_UPSTREAM_VERIFY,
                            .client_versions = versions};
    struct tls_pair pair;
    tls_pair_meet(&pair, &plan);
    if (own->fault) {
        assert_int_equal(pair.client.state, TLS_FAILED);
        assert_string_equal(tls_stream_reason(pair.client.stream), own->fault);
        assert_int_equal(pair.server.state, TLS_FAILED);
        /* in TLS 1.3 the library's client refuses unencrypted, which its server does not take */
        const char *heard = tls_stream_reason(pair.server.stream);
        assert_true(strcmp(heard, own->heard) == 0 ||
                    (versions == TLS_1_3_ONLY && strcmp(heard, DAMAGED) == 0));
    } else {
        tls_pair_talk(&pair);
        assert_true(tls_stream_info(pair.client.stream).verified);
    }
    tls_pair_part(&pair);
}

static void test_upstream_verified(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(upstream_cases); i++) {
        test_verify(&upstream_cases[i], TLS_1_2_ONLY);
        test_verify(&upstream_cases[i], TLS_1_3_ONLY);
    }
}

static void test_upstream_not_verified(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4 * ARRAY_LEN(upstream_cases); i++) {
        const struct upstream_case *own = &upstream_cases[i / 4];
        struct tls_plan plan = {.server = {own->server},
                                .host = own->host,
                                .mode = i % 2 ? TLS_UPSTREAM_REQUIRE : TLS_UPSTREAM_OPPORTUNISTIC,
                                .client_versions = i % 4 < 2 ? TLS_1_2_ONLY : TLS_1_3_ONLY};
        struct tls_pair pair;
        tls_pair_meet(&pair, &plan);
        tls_pair_talk(&pair);
        assert_false(tls_stream_info(pair.client.stream).verified);
        tls_pair_part(&pair);
    }
}

static void test_nothing_in_common(void **state)
{
    (void)state;
    static const int chacha[] = {MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, 0};
    static const int aes[] = {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, 0};
    struct tls_plan plan = {.server_versions = TLS_1_3_ONLY, .client_versions = TLS_1_2_ONLY};
    struct tls_pair pair;
    tls_pair_meet(&pair, &plan);
    assert_string_equal(tls_stream_reason(pair.server.stream), "no TLS version in common");
    assert_string_equal(tls_stream_reason(pair.client.stream),
                        ALERT("protocol_version (70): it takes none of the TLS versions offered"));
    tls_pair_part(&pair);
    plan = (struct tls_plan){.server_suites = chacha,
                             .client_suites = aes,
                             .server_versions = TLS_1_2_ONLY,
                             .client_versions = TLS_1_2_ONLY};
    tls_pair_meet(&pair, &plan);
    assert_string_equal(tls_stream_reason(pair.server.stream),
                        "no cipher suite, group or signature in common");
    assert_string_equal(
        tls_stream_reason(pair.client.stream),
        ALERT("handshake_failure (40): no suite or version in common, or no certificate"));
    tls_pair_part(&pair);
}

static void test_not_tls(void **state)
{
    (void)state;
    static const char *const texts[] = {"EHLO a.example\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                                        "220 mail.example ESMTP\r\n"};
    for (size_t i = 0; i < 2 * ARRAY_LEN(texts); i++) {
        struct tls_plan plan = {.host = NULL};
        struct tls_pair pair;
        tls_pair_init(&pair, &plan);
        struct tls_end *end = i % 2 ? &pair.server : &pair.client;
        tls_end_give(end, span_str(texts[i / 2]), 0);
        assert_int_equal(end->state, TLS_FAILED);
        assert_string_equal(tls_stream_reason(end->stream), "what came is not TLS");
        tls_pair_part(&pair);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_suites),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_server_name),
        cmocka_unit_test(test_two_kinds_of_key),
        cmocka_unit_test(test_odd_server_names),
        cmocka_unit_test(test_client_certificates),
        cmocka_unit_test(test_no_client_certificates),
        cmocka_unit_test(test_client_without_certificate),
        cmocka_unit_test(test_who_the_client_is),
        cmocka_unit_test(test_upstream_verified),
        cmocka_unit_test(test_upstream_not_verified),
        cmocka_unit_test(test_nothing_in_common),
        cmocka_unit_test(test_not_tls),
    };
    return cmocka_run_group_tests_name("tls", tests, tls_pair_set_up, tls_pair_tear_down);
}
