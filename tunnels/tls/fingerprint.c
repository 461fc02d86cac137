/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/tls/fingerprint.h"

#include "engine/base/buf.h"

#include <mbedtls/platform_util.h>
#include <mbedtls/sha256.h>
#include <stdlib.h>

/* Each piece with its length in front, so that nothing moves from one into the next. */
struct summary {
    mbedtls_sha256_context sha;
};

static void add(struct summary *summary, const void *bytes, size_t len)
{
    uint64_t head = len;
    /* SHA-256 in software cannot fail. */
    (void)mbedtls_sha256_update(&summary->sha, (const unsigned char *)&head, sizeof head);
    (void)mbedtls_sha256_update(&summary->sha, bytes, len);
}

static void add_number(struct summary *summary, int number)
{
    add(summary, &number, sizeof number);
}

static void add_suites(struct summary *summary, const int *suites)
{
    size_t count = 0;
    while (suites[count] != 0)
        count++;
    add(summary, suites, count * sizeof *suites);
}

static void add_identity(struct summary *summary, const struct tls_identity *identity)
{
    add(summary, identity->chain.ptr, identity->chain.len);
    add(summary, identity->key.ptr, identity->key.len);
}

static void begin(struct summary *summary)
{
    mbedtls_sha256_init(&summary->sha);
    (void)mbedtls_sha256_starts(&summary->sha, 0);
}

static struct tls_fingerprint finish(struct summary *summary)
{
    struct tls_fingerprint out;
    (void)mbedtls_sha256_finish(&summary->sha, out.bytes);
    mbedtls_sha256_free(&summary->sha);
    return out;
}

void tls_fingerprint_server(struct tls_server_settings *settings)
{
    struct summary summary;
    begin(&summary);
    add_number(&summary, (int)settings->versions);
    add_number(&summary, (int)settings->client_certificates);
    add_suites(&summary, settings->suites);
    add(&summary, settings->authorities.ptr, settings->authorities.len);
    for (size_t i = 0; i < settings->identity_count; i++)
        add_identity(&summary, &settings->identities[i]);
    settings->fingerprint = finish(&summary);
}

void tls_fingerprint_client(struct tls_client_settings *settings)
{
    struct summary summary;
    begin(&summary);
    add_number(&summary, (int)settings->mode);
    add_number(&summary, (int)settings->versions);
    add_suites(&summary, settings->suites);
    add(&summary, settings->authorities.ptr, settings->authorities.len);
    if (settings->identity)
        add_identity(&summary, settings->identity);
    settings->fingerprint = finish(&summary);
}
