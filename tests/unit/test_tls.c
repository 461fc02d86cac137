/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS without sockets: two streams back to back. Handshakes of every suite, certificates of both
 * sides, what each side says when it fails, resumption, damaged bytes.
 */
#include "engine/base/mem.h"
#include "tests/support/certificates.h"
#include "tests/support/tls_end.h"
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

#define MAIL_EXAMPLE "mail.example"

/* A server and a client as a test wants them; what is zero is the usual. */
struct plan {
    enum certificate_ready server[4]; /* READY_AUTHORITY (0) ends it; none: mail.example, EC */
    enum tls_client_certificates asks;
    enum certificate_ready client; /* what the client shows; READY_AUTHORITY: nothing */
    enum tls_upstream_mode mode;   /* TLS_UPSTREAM_NONE: require */
    enum tls_versions server_versions, client_versions;
    const int *server_suites, *client_suites;
    const char *host; /* mail.example */
    struct tls_tickets *tickets;
    const struct tls_session *resume;
    size_t piece; /* bytes carried at once */
};

struct pair {
    struct tls_context *server_context, *client_context;
    struct tls_end server, client;
};

static struct tls_context *server_context(const struct plan *plan)
{
    struct error err = ERROR_INIT;
    struct tls_identity identities[4];
    size_t count = 0;
    while (count < 4 && plan->server[count] != READY_AUTHORITY) {
        identities[count] = certificate_identity(certificate_ready(plan->server[count]));
        count++;
    }
    if (count == 0)
        identities[count++] = certificate_identity(certificate_ready(READY_SERVER_EC));
    struct tls_server_settings settings = {
        .identities = identities,
        .identity_count = count,
        .suites = plan->server_suites ? plan->server_suites : tls_suites_default,
        .versions = plan->server_versions,
        .client_certificates = plan->asks,
        .authorities = plan->asks != TLS_CERT_NONE
                           ? certificate_pem(certificate_ready(READY_AUTHORITY))
                           : SPAN(""),
    };
    struct tls_context *context = tls_context_server(&settings, plan->tickets, &err);
    assert_string_equal(err.text, "");
    return context;
}

static struct tls_context *client_context(const struct plan *plan)
{
    struct error err = ERROR_INIT;
    struct tls_identity identity;
    struct tls_client_settings settings = {
        .mode = plan->mode != TLS_UPSTREAM_NONE ? plan->mode : TLS_UPSTREAM_REQUIRE,
        .versions = plan->client_versions,
        .suites = plan->client_suites ? plan->client_suites : tls_suites_default,
    };
    if (plan->mode == TLS_UPSTREAM_VERIFY)
        settings.authorities = certificate_pem(certificate_ready(READY_AUTHORITY));
    if (plan->client != READY_AUTHORITY) {
        identity = certificate_identity(certificate_ready(plan->client));
        settings.identity = &identity;
    }
    struct tls_context *context = tls_context_client(&settings, &err);
    assert_string_equal(err.text, "");
    return context;
}

static void pair_init(struct pair *pair, const struct plan *plan)
{
    *pair = (struct pair){server_context(plan), client_context(plan), {0}, {0}};
    pair->server.stream = tls_stream_server(pair->server_context);
    pair->client.stream = tls_stream_client(pair->client_context,
                                            plan->host ? plan->host : MAIL_EXAMPLE, plan->resume);
    tls_end_begin(&pair->server);
    tls_end_begin(&pair->client);
}

static void meet(struct pair *pair, const struct plan *plan)
{
    pair_init(pair, plan);
    tls_ends_run(&pair->client, &pair->server, plan->piece);
}

static void part(struct pair *pair)
{
    tls_end_fini(&pair->server);
    tls_end_fini(&pair->client);
    tls_context_unref(&pair->server_context);
    tls_context_unref(&pair->client_context);
}

static void assert_good(const struct pair *pair)
{
    assert_string_equal(tls_stream_reason(pair->client.stream), "");
    assert_string_equal(tls_stream_reason(pair->server.stream), "");
    assert_true(pair->client.secured && pair->server.secured);
    assert_int_equal(pair->client.state, TLS_MORE);
    assert_int_equal(pair->server.state, TLS_MORE);
}

/* A few words each way. */
static void talk(struct pair *pair)
{
    assert_good(pair);
    tls_end_say(&pair->client, SPAN("EHLO a.example\r\n"));
    tls_end_say(&pair->server, SPAN("250 mail.example\r\n"));
    tls_ends_run(&pair->client, &pair->server, 0);
    assert_good(pair);
    assert_true(span_is(buf_span(&pair->server.plain), "EHLO a.example\r\n"));
    assert_true(span_is(buf_span(&pair->client.plain), "250 mail.example\r\n"));
}

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
        struct plan plan = {.server = {own->key},
                            .server_suites = only,
                            .client_suites = only,
                            .server_versions = is_1_3 ? TLS_1_3_ONLY : TLS_1_2_ONLY};
        plan.client_versions = plan.server_versions;
        struct pair pair;
        meet(&pair, &plan);
        assert_good(&pair);
        talk(&pair);
        struct tls_info info = tls_stream_info(pair.server.stream);
        assert_string_equal(info.version, is_1_3 ? "TLSv1.3" : "TLSv1.2");
        assert_string_equal(info.suite, tls_suite_name(own->number));
        assert_string_equal(info.server_name, MAIL_EXAMPLE);
        assert_false(info.verified);
        part(&pair);
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
        struct plan plan = {.server = {cases[i].key},
                            .server_versions = cases[i].server,
                            .client_versions = cases[i].client};
        struct pair pair;
        meet(&pair, &plan);
        talk(&pair);
        struct tls_info info = tls_stream_info(pair.client.stream);
        assert_string_equal(info.version, cases[i].version);
        assert_string_equal(info.suite, cases[i].suite);
        part(&pair);
    }
}

/* Which certificate a client saw. */
static void assert_shown(const struct pair *pair, enum certificate_ready expected)
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
        struct plan plan = {.server = {READY_SERVER_ADDRESS, READY_SERVER_EC, READY_SERVER_OTHER},
                            .host = cases[at].host,
                            .client_versions = i % 2 ? TLS_1_2_ONLY : TLS_1_3_ONLY};
        struct pair pair;
        meet(&pair, &plan);
        talk(&pair);
        assert_shown(&pair, cases[at].shown);
        assert_string_equal(tls_stream_info(pair.server.stream).server_name, cases[at].heard);
        part(&pair);
    }
}

/* Of several certificates for one name, the one whose key the client can use. */
static void test_two_kinds_of_key(void **state)
{
    (void)state;
    static const int ecdsa[] = {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, 0};
    static const int rsa[] = {MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, 0};
    for (int i = 0; i < 4; i++) {
        struct plan plan = {.server = {READY_SERVER_RSA, READY_SERVER_EC},
                            .client_versions = TLS_1_2_ONLY,
                            .host = i / 2 ? "nobody.example" : MAIL_EXAMPLE,
                            .client_suites = i % 2 ? ecdsa : rsa};
        struct pair pair;
        meet(&pair, &plan);
        talk(&pair);
        assert_shown(&pair, i % 2 ? READY_SERVER_EC : READY_SERVER_RSA);
        part(&pair);
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
        struct plan plan = {.asks = TLS_CERT_NONE};
        struct pair pair;
        pair_init(&pair, &plan);
        const char *name = i < ARRAY_LEN(odd) ? odd[i] : longest;
        tls_stream_asked_for(pair.server.stream, span_str(name));
        assert_string_equal(tls_stream_info(pair.server.stream).server_name, "");
        part(&pair);
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
    struct plan plan = {.asks = asks, .client = own->certificate, .client_versions = versions};
    struct pair pair;
    meet(&pair, &plan);
    if (own->fault) {
        assert_int_equal(pair.server.state, TLS_FAILED);
        assert_string_equal(tls_stream_reason(pair.server.stream), own->fault);
        assert_int_equal(pair.client.state, TLS_FAILED);
        assert_string_equal(tls_stream_reason(pair.client.stream), own->heard);
    } else {
        talk(&pair);
        struct tls_info info = tls_stream_info(pair.server.stream);
        assert_true(info.verified);
        assert_non_null(strstr(info.certificate_subject, "CN=client"));
    }
    part(&pair);
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
        struct plan plan = {.client = shown[i / 2].certificate,
                            .client_versions = i % 2 ? TLS_1_2_ONLY : TLS_1_3_ONLY};
        struct pair pair;
        meet(&pair, &plan);
        talk(&pair);
        assert_false(tls_stream_info(pair.server.stream).verified);
        assert_string_equal(tls_stream_info(pair.server.stream).certificate_subject, "");
        part(&pair);
    }
}

static void test_client_without_certificate(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct plan plan = {.asks = TLS_CERT_OPTIONAL,
                            .client_versions = i ? TLS_1_2_ONLY : TLS_1_3_ONLY};
        struct pair pair;
        meet(&pair, &plan);
        talk(&pair);
        assert_false(tls_stream_info(pair.server.stream).verified);
        part(&pair);
        plan.asks = TLS_CERT_REQUIRED;
        meet(&pair, &plan);
        assert_int_equal(pair.server.state, TLS_FAILED);
        assert_string_equal(tls_stream_reason(pair.server.stream),
                            "the client showed no certificate");
        assert_int_equal(pair.client.state, TLS_FAILED);
        assert_string_equal(
            tls_stream_reason(pair.client.stream),
            i ? ALERT("handshake_failure (40): no suite or version in common, or no certificate")
              : ALERT("certificate_required (116): it wants a client certificate"));
        part(&pair);
    }
}

static void test_who_the_client_is(void **state)
{
    (void)state;
    struct plan plan = {.asks = TLS_CERT_REQUIRED, .client = READY_CLIENT};
    struct pair pair;
    meet(&pair, &plan);
    struct tls_info info = tls_stream_info(pair.server.stream);
    assert_string_equal(info.certificate_subject, "CN=client, O=Corp");
    assert_string_equal(info.certificate_san, "client@corp.example, client.corp.example");
    part(&pair);
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
    struct plan plan = {.server = {own->server},
                        .host = own->host,
                        .mode = TLS_UPSTREAM_VERIFY,
                        .client_versions = versions};
    struct pair pair;
    meet(&pair, &plan);
    if (own->fault) {
        assert_int_equal(pair.client.state, TLS_FAILED);
        assert_string_equal(tls_stream_reason(pair.client.stream), own->fault);
        assert_int_equal(pair.server.state, TLS_FAILED);
        /* in TLS 1.3 the library's client refuses unencrypted, which its server does not take */
        const char *heard = tls_stream_reason(pair.server.stream);
        assert_true(strcmp(heard, own->heard) == 0 ||
                    (versions == TLS_1_3_ONLY && strcmp(heard, DAMAGED) == 0));
    } else {
        talk(&pair);
        assert_true(tls_stream_info(pair.client.stream).verified);
    }
    part(&pair);
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
        struct plan plan = {.server = {own->server},
                            .host = own->host,
                            .mode = i % 2 ? TLS_UPSTREAM_REQUIRE : TLS_UPSTREAM_OPPORTUNISTIC,
                            .client_versions = i % 4 < 2 ? TLS_1_2_ONLY : TLS_1_3_ONLY};
        struct pair pair;
        meet(&pair, &plan);
        talk(&pair);
        assert_false(tls_stream_info(pair.client.stream).verified);
        part(&pair);
    }
}

static void test_nothing_in_common(void **state)
{
    (void)state;
    static const int chacha[] = {MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, 0};
    static const int aes[] = {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, 0};
    struct plan plan = {.server_versions = TLS_1_3_ONLY, .client_versions = TLS_1_2_ONLY};
    struct pair pair;
    meet(&pair, &plan);
    assert_string_equal(tls_stream_reason(pair.server.stream), "no TLS version in common");
    assert_string_equal(tls_stream_reason(pair.client.stream),
                        ALERT("protocol_version (70): it takes none of the TLS versions offered"));
    part(&pair);
    plan = (struct plan){.server_suites = chacha,
                         .client_suites = aes,
                         .server_versions = TLS_1_2_ONLY,
                         .client_versions = TLS_1_2_ONLY};
    meet(&pair, &plan);
    assert_string_equal(tls_stream_reason(pair.server.stream),
                        "no cipher suite, group or signature in common");
    assert_string_equal(
        tls_stream_reason(pair.client.stream),
        ALERT("handshake_failure (40): no suite or version in common, or no certificate"));
    part(&pair);
}

static void test_not_tls(void **state)
{
    (void)state;
    static const char *const texts[] = {"EHLO a.example\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                                        "220 mail.example ESMTP\r\n"};
    for (size_t i = 0; i < 2 * ARRAY_LEN(texts); i++) {
        struct plan plan = {.host = NULL};
        struct pair pair;
        pair_init(&pair, &plan);
        struct tls_end *end = i % 2 ? &pair.server : &pair.client;
        tls_end_give(end, span_str(texts[i / 2]), 0);
        assert_int_equal(end->state, TLS_FAILED);
        assert_string_equal(tls_stream_reason(end->stream), "what came is not TLS");
        part(&pair);
    }
}

/* A server that resumes sends no certificate, so few bytes only. */
static bool is_resumed(const struct pair *pair)
{
    return pair->client.taken < 420;
}

static struct tls_session *session_of(struct plan *plan)
{
    struct pair pair;
    plan->resume = NULL;
    meet(&pair, plan);
    talk(&pair);
    assert_false(is_resumed(&pair));
    struct tls_session *session = tls_stream_session(pair.client.stream);
    part(&pair);
    return session;
}

static bool comes_back(struct plan *plan, struct tls_session *session)
{
    struct pair pair;
    plan->resume = session;
    meet(&pair, plan);
    talk(&pair);
    bool resumed = is_resumed(&pair);
    assert_true(tls_stream_info(pair.client.stream).verified ==
                (plan->mode == TLS_UPSTREAM_VERIFY));
    part(&pair);
    return resumed;
}

static struct tls_tickets *new_tickets(void)
{
    struct error err = ERROR_INIT;
    struct tls_tickets *tickets = tls_tickets_new(&err);
    assert_non_null(tickets);
    return tickets;
}

/* Each meeting makes its own contexts, as another loop or a reload does. */
static void test_resumption(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct plan plan = {.tickets = new_tickets(),
                            .client_versions = i % 2 ? TLS_1_2_ONLY : TLS_1_3_ONLY,
                            .mode = i / 2 ? TLS_UPSTREAM_VERIFY : TLS_UPSTREAM_REQUIRE};
        struct tls_session *session = session_of(&plan);
        assert_non_null(session);
        assert_true(comes_back(&plan, session));
        struct tls_tickets *first = plan.tickets;
        plan.tickets = new_tickets(); /* another tunnel, or a restart */
        assert_false(comes_back(&plan, session));
        tls_tickets_unref(&plan.tickets);
        assert_false(comes_back(&plan, session)); /* who knows no tickets */
        tls_session_free(&session);
        tls_tickets_unref(&first);
    }
}

/* A session made without looking at the certificate, or for another host, serves nobody who
 * verifies. */
static void test_session_is_bound(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct plan plan = {.tickets = new_tickets(),
                            .server = {READY_SERVER_OTHER},
                            .host = "a.wild.example",
                            .client_versions = i % 2 ? TLS_1_2_ONLY : TLS_1_3_ONLY};
        struct tls_session *session = session_of(&plan);
        plan.mode = TLS_UPSTREAM_VERIFY;
        assert_false(comes_back(&plan, session));
        tls_session_free(&session);
        session = session_of(&plan);
        plan.host = "b.wild.example";
        assert_false(comes_back(&plan, session));
        plan.host = "a.wild.example";
        assert_true(comes_back(&plan, session));
        tls_session_free(&session);
        tls_tickets_unref(&plan.tickets);
    }
}

/* As a client does that takes any of its sessions for any host: OpenSSL's, when it is told to. */
static bool comes_back_as(struct plan *plan, struct tls_session *session, const char *host)
{
    plan->host = host;
    free(session->host);
    session->host = mem_copy(host, strlen(host));
    mbedtls_free(session->native.MBEDTLS_PRIVATE(hostname)); /* of TLS 1.3 */
    session->native.MBEDTLS_PRIVATE(hostname) = NULL;
    if (plan->client_versions == TLS_1_3_ONLY && host[0] > '9') {
        char *copy = mbedtls_calloc(1, strlen(host) + 1);
        assert_non_null(copy);
        session->native.MBEDTLS_PRIVATE(hostname) = strcpy(copy, host);
    }
    return comes_back(plan, session);
}

/* RFC 6066 section 3. */
static void test_resumption_under_another_name(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct plan plan = {.tickets = new_tickets(),
                            .server = {READY_SERVER_EC, READY_SERVER_OTHER},
                            .client_versions = i % 2 ? TLS_1_2_ONLY : TLS_1_3_ONLY};
        struct tls_session *session = session_of(&plan);
        assert_false(comes_back_as(&plan, session, "other.example"));
        assert_false(comes_back_as(&plan, session, "nobody.example"));
        assert_false(comes_back_as(&plan, session, "192.0.2.1")); /* no name at all */
        assert_true(comes_back_as(&plan, session, "MAIL.Example"));
        tls_session_free(&session);
        plan.host = "192.0.2.1";
        session = session_of(&plan);
        assert_false(comes_back_as(&plan, session, MAIL_EXAMPLE));
        assert_true(comes_back_as(&plan, session, "192.0.2.1"));
        tls_session_free(&session);
        tls_tickets_unref(&plan.tickets);
    }
}

/* The suite of a meeting that goes on with `session`; `resumed_out`: whether it was taken. */
static const char *suite_of(struct plan *plan, const struct tls_session *session, bool *resumed_out)
{
    struct pair pair;
    plan->resume = session;
    meet(&pair, plan);
    talk(&pair);
    *resumed_out = is_resumed(&pair);
    const char *suite = tls_stream_info(pair.server.stream).suite;
    assert_string_equal(tls_stream_info(pair.client.stream).suite, suite);
    part(&pair);
    return suite;
}

/* RFC 5246 section 7.4.1.3: the session's suite comes back, whatever the server likes better. */
static void test_resumption_keeps_the_suite(void **state)
{
    (void)state;
    static const int last[] = {MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, 0};
    static const int other[] = {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, 0};
    static const int both[] = {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
                               MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, 0};
    bool resumed;
    struct plan plan = {.tickets = new_tickets(),
                        .server = {READY_SERVER_EC, READY_SERVER_RSA},
                        .client_versions = TLS_1_2_ONLY,
                        .client_suites = last};
    struct tls_session *session = session_of(&plan);
    plan.client_suites = tls_suites_default;
    assert_string_equal(suite_of(&plan, session, &resumed), tls_suite_name(last[0]));
    assert_true(resumed);
    plan.client_suites = both;
    assert_string_equal(suite_of(&plan, session, &resumed), tls_suite_name(last[0]));
    assert_true(resumed);
    plan.server_suites = other; /* the server has given up the session's */
    assert_string_equal(suite_of(&plan, session, &resumed), tls_suite_name(other[0]));
    assert_false(resumed);
    plan.server_suites = NULL;
    tls_session_free(&session);
    /* and one session does not change what the next client gets */
    plan.client_suites = tls_suites_default;
    assert_string_equal(suite_of(&plan, NULL, &resumed), "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
    tls_tickets_unref(&plan.tickets);
}

/* A client that cannot use what the session is of any more, without which its suite would not be
 * chosen: a whole handshake, not a broken one. */
static void test_resumption_by_a_changed_client(void **state)
{
    (void)state;
    static const uint16_t by_ecdsa[] = {MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256,
                                        MBEDTLS_TLS1_3_SIG_NONE};
    static const int rsa[] = {MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, 0};
    struct plan plan = {.tickets = new_tickets(),
                        .server = {READY_SERVER_RSA, READY_SERVER_EC},
                        .client_versions = TLS_1_2_ONLY,
                        .client_suites = rsa};
    struct tls_session *session = session_of(&plan);
    struct pair pair;
    plan.client_suites = NULL;
    pair = (struct pair){server_context(&plan), client_context(&plan), {0}, {0}};
    mbedtls_ssl_conf_sig_algs(&pair.client_context->config, by_ecdsa);
    pair.server.stream = tls_stream_server(pair.server_context);
    pair.client.stream = tls_stream_client(pair.client_context, MAIL_EXAMPLE, session);
    tls_end_begin(&pair.server);
    tls_end_begin(&pair.client);
    tls_ends_run(&pair.client, &pair.server, 0);
    talk(&pair);
    assert_false(is_resumed(&pair));
    assert_string_equal(tls_stream_info(pair.server.stream).suite,
                        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
    part(&pair);
    tls_session_free(&session);
    tls_tickets_unref(&plan.tickets);
}

/* As if that time had gone by. */
static void age_keys(struct tls_tickets *tickets, mbedtls_time_t seconds)
{
    mbedtls_ssl_ticket_context *native = tls_tickets_native(tickets);
    for (int i = 0; i < 2; i++)
        native->MBEDTLS_PRIVATE(keys)[i].MBEDTLS_PRIVATE(generation_time) -= seconds;
}

/* A key makes tickets for one lifetime and takes them for two; a ticket is good for one. */
static void test_ticket_keys_rotate(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct plan plan = {.tickets = new_tickets(),
                            .client_versions = i % 2 ? TLS_1_2_ONLY : TLS_1_3_ONLY};
        struct tls_session *session = session_of(&plan);
        age_keys(plan.tickets, TLS_TICKET_LIFETIME_S + 1);
        assert_true(comes_back(&plan, session)); /* the key before is still known */
        struct tls_session *second = session_of(&plan);
        age_keys(plan.tickets, TLS_TICKET_LIFETIME_S + 1);
        assert_true(comes_back(&plan, second));
        assert_false(comes_back(&plan, session)); /* its key is gone */
        mbedtls_ssl_ticket_context *native = tls_tickets_native(plan.tickets);
        for (int k = 0; k < 2; k++)
            native->MBEDTLS_PRIVATE(keys)[k].MBEDTLS_PRIVATE(lifetime) = 1;
        sleep(2);
        assert_false(comes_back(&plan, second)); /* too old, whatever its key */
        tls_session_free(&session);
        tls_session_free(&second);
        tls_tickets_unref(&plan.tickets);
    }
}

static void test_damaged_tickets(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct plan plan = {.tickets = new_tickets(),
                            .client_versions = i % 2 ? TLS_1_2_ONLY : TLS_1_3_ONLY};
        struct tls_session *session = session_of(&plan);
        size_t len = session->native.MBEDTLS_PRIVATE(ticket_len);
        unsigned char *ticket = session->native.MBEDTLS_PRIVATE(ticket);
        for (size_t at = 0; at < len; at += 9) {
            ticket[at] ^= 1;
            assert_false(comes_back(&plan, session));
            ticket[at] ^= 1;
        }
        ticket[len - 1] ^= 1;
        assert_false(comes_back(&plan, session));
        ticket[len - 1] ^= 1;
        assert_true(comes_back(&plan, session));
        session->native.MBEDTLS_PRIVATE(ticket_len) = TLS_SEAL_SIZE - 1;
        assert_false(comes_back(&plan, session));
        tls_session_free(&session);
        tls_tickets_unref(&plan.tickets);
    }
}

static void test_no_resumption_with_client_certificates(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct plan plan = {.tickets = new_tickets(),
                            .asks = i / 2 ? TLS_CERT_OPTIONAL : TLS_CERT_REQUIRED,
                            .client = READY_CLIENT,
                            .client_versions = i % 2 ? TLS_1_2_ONLY : TLS_1_3_ONLY};
        struct tls_session *session = session_of(&plan);
        if (session)
            assert_false(comes_back(&plan, session));
        /* nor with a ticket from when none were asked for */
        tls_session_free(&session);
        plan.asks = TLS_CERT_NONE;
        session = session_of(&plan);
        assert_non_null(session);
        plan.asks = TLS_CERT_REQUIRED;
        assert_false(comes_back(&plan, session));
        tls_session_free(&session);
        tls_tickets_unref(&plan.tickets);
    }
}

/* A client that asks for renegotiation is told no, and the connection goes on. */
static void test_renegotiation(void **state)
{
    (void)state;
    struct plan plan = {.client_versions = TLS_1_2_ONLY};
    struct pair pair;
    pair_init(&pair, &plan);
    mbedtls_ssl_conf_renegotiation(&pair.client_context->config, MBEDTLS_SSL_RENEGOTIATION_ENABLED);
    tls_ends_run(&pair.client, &pair.server, 0);
    talk(&pair);
    pair.client.stream->out = &pair.client.out;
    assert_int_equal(mbedtls_ssl_renegotiate(&pair.client.stream->ssl), MBEDTLS_ERR_SSL_WANT_READ);
    struct buf hello = pair.client.out;
    pair.client.out = (struct buf)BUF_INIT;
    tls_end_give(&pair.server, buf_span(&hello), 0);
    buf_fini(&hello);
    assert_int_equal(pair.server.state, TLS_MORE);
    assert_true(pair.server.out.len > 0 && pair.server.out.len < 64); /* an alert, no handshake */
    assert_int_equal(pair.server.out.ptr[0], 21);
    part(&pair);
}

/* A server's HelloRequest is not obeyed either. */
static void test_renegotiation_by_the_server(void **state)
{
    (void)state;
    struct plan plan = {.client_versions = TLS_1_2_ONLY};
    struct pair pair;
    pair_init(&pair, &plan);
    mbedtls_ssl_conf_renegotiation(&pair.server_context->config, MBEDTLS_SSL_RENEGOTIATION_ENABLED);
    tls_ends_run(&pair.client, &pair.server, 0);
    talk(&pair);
    pair.server.stream->out = &pair.server.out;
    assert_int_equal(mbedtls_ssl_renegotiate(&pair.server.stream->ssl), 0);
    struct buf request = pair.server.out;
    pair.server.out = (struct buf)BUF_INIT;
    assert_true(request.len > 0);
    tls_end_give(&pair.client, buf_span(&request), 0);
    buf_fini(&request);
    assert_int_equal(pair.client.state, TLS_MORE);
    assert_true(pair.client.out.len < 64);
    part(&pair);
}

/* Empty records are no end of the stream (the library answers 0 to two in a row); four in a row are
 * an attack to it. */
static void test_empty_records(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        struct plan plan = {.client_versions = i % 2 ? TLS_1_2_ONLY : TLS_1_3_ONLY};
        struct pair pair;
        meet(&pair, &plan);
        pair.client.stream->out = &pair.client.out;
        for (int k = 0; k <= i / 2; k++)
            assert_int_equal(
                mbedtls_ssl_write(&pair.client.stream->ssl, (const unsigned char *)"", 0), 0);
        talk(&pair);
        part(&pair);
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
        struct plan plan = {.client_versions = i % 2 ? TLS_1_2_ONLY : TLS_1_3_ONLY,
                            .piece = i / 2 ? 1448 : 0};
        struct pair pair;
        meet(&pair, &plan);
        pair.server.room = 1 + (size_t)i * 1000;
        tls_end_say(&pair.client, buf_span(&bytes));
        tls_end_say(&pair.server, buf_span(&bytes));
        tls_ends_run(&pair.client, &pair.server, plan.piece);
        assert_good(&pair);
        assert_true(span_equal(buf_span(&pair.server.plain), buf_span(&bytes)));
        assert_true(span_equal(buf_span(&pair.client.plain), buf_span(&bytes)));
        part(&pair);
    }
    buf_fini(&bytes);
}

static void test_cut_at_every_byte(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 40; piece += piece < 8 ? 1 : 7) {
        for (int i = 0; i < 2; i++) {
            struct plan plan = {.client_versions = i ? TLS_1_2_ONLY : TLS_1_3_ONLY,
                                .asks = TLS_CERT_REQUIRED,
                                .client = READY_CLIENT,
                                .piece = piece};
            struct pair pair;
            meet(&pair, &plan);
            tls_end_say(&pair.client, SPAN("QUIT\r\n"));
            tls_ends_run(&pair.client, &pair.server, piece);
            assert_good(&pair);
            assert_true(span_is(buf_span(&pair.server.plain), "QUIT\r\n"));
            part(&pair);
        }
    }
}

/* No alert to the library, but an error of its own. */
static void test_close_notify_in_the_handshake(void **state)
{
    (void)state;
    static const char goodbye[] = "\x15\x03\x03\x00\x02\x01\x00";
    struct plan plan = {.host = NULL};
    struct pair pair;
    pair_init(&pair, &plan);
    tls_end_give(&pair.server, span_of(goodbye, sizeof goodbye - 1), 0);
    assert_int_equal(pair.server.state, TLS_FAILED);
    assert_string_equal(tls_stream_reason(pair.server.stream),
                        "the peer said goodbye (close_notify) in the handshake");
    part(&pair);
}

static void test_close_notify(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct plan plan = {.client_versions = i ? TLS_1_2_ONLY : TLS_1_3_ONLY};
        struct pair pair;
        meet(&pair, &plan);
        tls_end_say(&pair.client, SPAN("QUIT\r\n"));
        tls_stream_close_notify(pair.client.stream, &pair.client.out);
        tls_ends_run(&pair.client, &pair.server, 0);
        assert_true(span_is(buf_span(&pair.server.plain), "QUIT\r\n"));
        assert_int_equal(pair.server.state, TLS_CLOSED);
        tls_end_say(&pair.server, SPAN("221 Bye\r\n")); /* the other way is still open */
        tls_ends_run(&pair.client, &pair.server, 0);
        assert_true(span_is(buf_span(&pair.client.plain), "221 Bye\r\n"));
        part(&pair);
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
static bool spoil(const struct plan *plan, unsigned flight, uint32_t seed)
{
    struct pair pair;
    bool said = false;
    pair_init(&pair, plan);
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
    part(&pair);
    return failed;
}

static void test_damaged(void **state)
{
    (void)state;
    unsigned failed = 0;
    enum { RUNS = 600 };
    for (unsigned i = 0; i < RUNS; i++) {
        struct plan plan = {.client_versions = i % 2 ? TLS_1_2_ONLY : TLS_1_3_ONLY,
                            .asks = i % 3 ? TLS_CERT_NONE : TLS_CERT_OPTIONAL,
                            .client = READY_CLIENT,
                            .mode = i % 5 ? TLS_UPSTREAM_REQUIRE : TLS_UPSTREAM_VERIFY};
        failed += spoil(&plan, i % 4, i);
    }
    print_message("%u of %u failed, the others wait for what was lost\n", failed, RUNS);
    assert_true(failed > RUNS / 3);
}

static int tear_down(void **state)
{
    (void)state;
    certificates_fini();
    tls_library_fini();
    return 0;
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
        cmocka_unit_test(test_resumption),
        cmocka_unit_test(test_session_is_bound),
        cmocka_unit_test(test_resumption_under_another_name),
        cmocka_unit_test(test_resumption_keeps_the_suite),
        cmocka_unit_test(test_resumption_by_a_changed_client),
        cmocka_unit_test(test_ticket_keys_rotate),
        cmocka_unit_test(test_damaged_tickets),
        cmocka_unit_test(test_no_resumption_with_client_certificates),
        cmocka_unit_test(test_renegotiation),
        cmocka_unit_test(test_renegotiation_by_the_server),
        cmocka_unit_test(test_empty_records),
        cmocka_unit_test(test_two_megabytes),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_close_notify),
        cmocka_unit_test(test_close_notify_in_the_handshake),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests_name("tls", tests, NULL, tear_down);
}
