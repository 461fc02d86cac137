/* SPDX-License-Identifier: Apache-2.0 */
/* tls_pair: two TLS streams back to back, without sockets; what they agree upon. One test at a
 * time. */
#ifndef CULVERT_TESTS_TLS_PAIR_H
#define CULVERT_TESTS_TLS_PAIR_H

#include "tests/support/certificates.h"
#include "tests/support/tls_end.h"
#include "tunnels/tls/context.h"

#define MAIL_EXAMPLE "mail.example"

/* A server and a client as a test wants them; what is zero is the usual. */
struct tls_plan {
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

struct tls_pair {
    struct tls_context *server_context, *client_context;
    struct tls_end server, client;
};

/* The contexts alone. */
struct tls_context *tls_pair_server(const struct tls_plan *plan);
struct tls_context *tls_pair_client(const struct tls_plan *plan);
/* The contexts and streams, with the client's first flight. */
void tls_pair_init(struct tls_pair *pair, const struct tls_plan *plan);
/* The same, and all that they have to say to each other. */
void tls_pair_meet(struct tls_pair *pair, const struct tls_plan *plan);
void tls_pair_part(struct tls_pair *pair);
/* Fails the test unless both have come through the handshake. */
void tls_pair_check(const struct tls_pair *pair);
/* The same, with a few words each way. */
void tls_pair_talk(struct tls_pair *pair);
/* For cmocka_run_group_tests(). */
int tls_pair_set_up(void **state);
int tls_pair_tear_down(void **state);

#endif
