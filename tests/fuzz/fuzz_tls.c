/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a TLS connection, cut and changed. The input is a list of orders, three bytes each,
 * for what happens to the next flight of either side: it is cut, changed, repeated, lost, replaced
 * by bytes of the input. Whatever comes of it: no crash, no hang, and nothing is ever read that the
 * other side did not say.
 */
#include "tests/support/certificates.h"
#include "tests/support/tls_end.h"
#include "tunnels/tls/suites.h"

#include <assert.h>
#include <stdlib.h>

#define STEPS_MAX 40

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct tls_context *servers[2], *clients[4];

static void set_up(void)
{
    static struct tls_identity identity, shown;
    struct error err = ERROR_INIT;
    struct span authorities = certificate_pem(certificate_ready(READY_AUTHORITY));
    identity = certificate_identity(certificate_ready(READY_SERVER_EC));
    shown = certificate_identity(certificate_ready(READY_CLIENT));
    struct tls_tickets *tickets = tls_tickets_new(&err);
    for (size_t i = 0; i < 2; i++) {
        struct tls_server_settings settings = {.identities = &identity,
                                               .identity_count = 1,
                                               .suites = tls_suites_default,
                                               .client_certificates =
                                                   i ? TLS_CERT_OPTIONAL : TLS_CERT_NONE,
                                               .authorities = authorities};
        servers[i] = tls_context_server(&settings, tickets, &err);
    }
    for (size_t i = 0; i < 4; i++) {
        struct tls_client_settings settings = {.mode = i / 2 ? TLS_UPSTREAM_VERIFY
                                                             : TLS_UPSTREAM_REQUIRE,
                                               .versions = i % 2 ? TLS_1_2_ONLY : TLS_ANY_VERSION,
                                               .suites = tls_suites_default,
                                               .authorities = authorities,
                                               .identity = &shown};
        clients[i] = tls_context_client(&settings, &err);
    }
    assert(!error_is_set(&err));
}

struct orders {
    struct span rest;
};

static unsigned next_byte(struct orders *orders)
{
    if (orders->rest.len == 0)
        return 0;
    unsigned byte = (unsigned char)orders->rest.ptr[0];
    orders->rest = span_from(orders->rest, 1);
    return byte;
}

/* What an order makes of a flight. */
static void change(struct orders *orders, struct buf *flight)
{
    unsigned kind = next_byte(orders);
    size_t at = flight->len > 0 ? (next_byte(orders) * 256 + next_byte(orders)) % flight->len : 0;
    struct buf copy = BUF_INIT;
    switch (kind % 7) {
    case 1:
        if (flight->len > 0)
            flight->ptr[at] = (char)next_byte(orders);
        break;
    case 2:
        flight->len = at;
        break;
    case 3: /* the end comes first, or twice */
        buf_add(&copy, span_from(buf_span(flight), at));
        buf_add(flight, buf_span(&copy));
        break;
    case 4:
        buf_consume(flight, at);
        break;
    case 5: { /* a record of the input's own */
        size_t len = next_byte(orders);
        flight->len = at;
        buf_add(flight, span_sub(orders->rest, 0, len));
        orders->rest = span_from(orders->rest, len);
        break;
    }
    case 6:
        if (flight->len > 5) /* the length of the first record */
            flight->ptr[4] = (char)next_byte(orders);
        break;
    default:
        break;
    }
    buf_fini(&copy);
}

static const char said[] = "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n";

static void step(struct tls_end *from, struct tls_end *to, struct orders *orders)
{
    struct buf flight = from->out;
    from->out = (struct buf)BUF_INIT;
    change(orders, &flight);
    tls_end_give(to, buf_span(&flight), next_byte(orders)); /* 0: whole */
    buf_fini(&flight);
}

static void check(const struct tls_end *end, size_t times)
{
    assert(end->plain.len <= times * (sizeof said - 1));
    for (size_t i = 0; i < end->plain.len; i++)
        assert(end->plain.ptr[i] == said[i % (sizeof said - 1)]);
    assert((end->state == TLS_FAILED) == (tls_stream_reason(end->stream)[0] != '\0'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!servers[0])
        set_up();
    struct orders orders = {span_of((const char *)data, size)};
    unsigned choice = next_byte(&orders);
    struct tls_end server = {.stream = tls_stream_server(servers[choice & 1])};
    struct tls_end client = {.stream =
                                 tls_stream_client(clients[choice >> 1 & 3], "mail.example", NULL)};
    size_t client_said = 0, server_said = 0;
    tls_end_begin(&server);
    tls_end_begin(&client);
    for (int i = 0; i < STEPS_MAX; i++) {
        step(&client, &server, &orders);
        step(&server, &client, &orders);
        if (client.secured && client_said < 3 && client.state == TLS_MORE && ++client_said)
            tls_end_say(&client, span_str(said));
        if (server.secured && server_said < 3 && server.state == TLS_MORE && ++server_said)
            tls_end_say(&server, span_str(said));
        if (client.out.len == 0 && server.out.len == 0 && orders.rest.len == 0)
            break;
    }
    if (client.secured)
        tls_stream_close_notify(client.stream, &client.out);
    step(&client, &server, &orders);
    check(&server, client_said);
    check(&client, server_said);
    if (server.secured && server.state != TLS_FAILED)
        assert(tls_stream_info(server.stream).version);
    tls_end_fini(&server);
    tls_end_fini(&client);
    return 0;
}
