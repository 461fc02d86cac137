/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/tls_pair.h"

#include "tunnels/tls/suites.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
/* after the headers that it needs */
#include <cmocka.h>

struct tls_context *tls_pair_server(const struct tls_plan *plan)
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

struct tls_context *tls_pair_client(const struct tls_plan *plan)
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

void tls_pair_init(struct tls_pair *pair, const struct tls_plan *plan)
{
    *pair = (struct tls_pair){tls_pair_server(plan), tls_pair_client(plan), {0}, {0}};
    pair->server.stream = tls_stream_server(pair->server_context);
    pair->client.stream = tls_stream_client(pair->client_context,
                                            plan->host ? plan->host : MAIL_EXAMPLE, plan->resume);
    tls_end_begin(&pair->server);
    tls_end_begin(&pair->client);
}

void tls_pair_meet(struct tls_pair *pair, const struct tls_plan *plan)
{
    tls_pair_init(pair, plan);
    tls_ends_run(&pair->client, &pair->server, plan->piece);
}

void tls_pair_part(struct tls_pair *pair)
{
    tls_end_fini(&pair->server);
    tls_end_fini(&pair->client);
    tls_context_unref(&pair->server_context);
    tls_context_unref(&pair->client_context);
}

void tls_pair_check(const struct tls_pair *pair)
{
    assert_string_equal(tls_stream_reason(pair->client.stream), "");
    assert_string_equal(tls_stream_reason(pair->server.stream), "");
    assert_true(pair->client.secured && pair->server.secured);
    assert_int_equal(pair->client.state, TLS_MORE);
    assert_int_equal(pair->server.state, TLS_MORE);
}

void tls_pair_talk(struct tls_pair *pair)
{
    tls_pair_check(pair);
    tls_end_say(&pair->client, SPAN("EHLO a.example\r\n"));
    tls_end_say(&pair->server, SPAN("250 mail.example\r\n"));
    tls_ends_run(&pair->client, &pair->server, 0);
    tls_pair_check(pair);
    assert_true(span_is(buf_span(&pair->server.plain), "EHLO a.example\r\n"));
    assert_true(span_is(buf_span(&pair->client.plain), "250 mail.example\r\n"));
}

int tls_pair_set_up(void **state)
{
    (void)state;
    return tls_library_init(NULL) ? 0 : -1;
}

int tls_pair_tear_down(void **state)
{
    (void)state;
    certificates_fini();
    tls_library_fini();
    return 0;
}
