/* SPDX-License-Identifier: Apache-2.0 */
/* TLS without sockets: sessions that go on, for whom, and with which tickets. */
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

/* A server that resumes sends no certificate, so few bytes only. */
static bool is_resumed(const struct tls_pair *pair)
{
    return pair->client.taken < 420;
}

static struct tls_session *session_of(struct tls_plan *plan)
{
    struct tls_pair pair;
    plan->resume = NULL;
    tls_pair_meet(&pair, plan);
    tls_pair_talk(&pair);
    assert_false(is_resumed(&pair));
    struct tls_session *session = tls_stream_session(pair.client.stream);
    tls_pair_part(&pair);
    return session;
}

static bool comes_back(struct tls_plan *plan, struct tls_session *session)
{
    struct tls_pair pair;
    plan->resume = session;
    tls_pair_meet(&pair, plan);
    tls_pair_talk(&pair);
    bool resumed = is_resumed(&pair);
    assert_true(tls_stream_info(pair.client.stream).verified ==
                (plan->mode == TLS_UPSTREAM_VERIFY));
    tls_pair_part(&pair);
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
        struct tls_plan plan = {.tickets = new_tickets(),
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
        struct tls_plan plan = {.tickets = new_tickets(),
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
static bool comes_back_as(struct tls_plan *plan, struct tls_session *session, const char *host)
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
        struct tls_plan plan = {.tickets = new_tickets(),
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
static const char *suite_of(struct tls_plan *plan, const struct tls_session *session,
                            bool *resumed_out)
{
    struct tls_pair pair;
    plan->resume = session;
    tls_pair_meet(&pair, plan);
    tls_pair_talk(&pair);
    *resumed_out = is_resumed(&pair);
    const char *suite = tls_stream_info(pair.server.stream).suite;
    assert_string_equal(tls_stream_info(pair.client.stream).suite, suite);
    tls_pair_part(&pair);
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
    struct tls_plan plan = {.tickets = new_tickets(),
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
    struct tls_plan plan = {.tickets = new_tickets(),
                            .server = {READY_SERVER_RSA, READY_SERVER_EC},
                            .client_versions = TLS_1_2_ONLY,
                            .client_suites = rsa};
    struct tls_session *session = session_of(&plan);
    struct tls_pair pair;
    plan.client_suites = NULL;
    pair = (struct tls_pair){tls_pair_server(&plan), tls_pair_client(&plan), {0}, {0}};
    mbedtls_ssl_conf_sig_algs(&pair.client_context->config, by_ecdsa);
    pair.server.stream = tls_stream_server(pair.server_context);
    pair.client.stream = tls_stream_client(pair.client_context, MAIL_EXAMPLE, session);
    tls_end_begin(&pair.server);
    tls_end_begin(&pair.client);
    tls_ends_run(&pair.client, &pair.server, 0);
    tls_pair_talk(&pair);
    assert_false(is_resumed(&pair));
    assert_string_equal(tls_stream_info(pair.server.stream).suite,
                        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
    tls_pair_part(&pair);
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
        struct tls_plan plan = {.tickets = new_tickets(),
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
        struct tls_plan plan = {.tickets = new_tickets(),
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
        struct tls_plan plan = {.tickets = new_tickets(),
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resumption),
        cmocka_unit_test(test_session_is_bound),
        cmocka_unit_test(test_resumption_under_another_name),
        cmocka_unit_test(test_resumption_keeps_the_suite),
        cmocka_unit_test(test_resumption_by_a_changed_client),
        cmocka_unit_test(test_ticket_keys_rotate),
        cmocka_unit_test(test_damaged_tickets),
        cmocka_unit_test(test_no_resumption_with_client_certificates),
    };
    return cmocka_run_group_tests_name("tls_resume", tests, tls_pair_set_up, tls_pair_tear_down);
}
