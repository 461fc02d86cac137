/* SPDX-License-Identifier: Apache-2.0 */
/* tls_far: the far end of a stream of the fake network, when TLS has begun on it. One thread. */
#ifndef CULVERT_TESTS_TLS_FAR_H
#define CULVERT_TESTS_TLS_FAR_H

#include "tests/support/certificates.h"
#include "tests/support/fake/fake.h"
#include "tests/support/tls_end.h"

/* A server with that certificate, which waits for the engine's first flight. */
struct tls_end *tls_far_server(enum certificate_ready certificate);
/* A client that names that host (NULL: none) and shows that certificate (READY_COUNT: none). It
 * says its first flight. */
struct tls_end *tls_far_client(const char *host, enum certificate_ready certificate);
/* Sets NULL; harmless on NULL. */
void tls_far_free(struct tls_end **end);

/* Takes what the engine has written, sends what is to be said; whether there was something. */
bool tls_far_carry(struct tls_end *end, struct fake_peer *peer);

#endif
