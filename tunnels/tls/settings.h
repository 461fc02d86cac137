/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls/settings: what TLS is to be on one side of a tunnel, as the configuration gave it: immutable,
 * part of a policy, shared by all threads. The files have been read and checked (tls/files.h) when
 * this exists; each loop makes its own context of it (tls/context.h), because the library locks a
 * private key for the time of a signature.
 */
#ifndef CULVERT_TUNNELS_TLS_SETTINGS_H
#define CULVERT_TUNNELS_TLS_SETTINGS_H

#include "engine/base/span.h"

#include <stdint.h>

/* When what is in a file can be used: every certificate of a chain, any of the authorities. */
struct tls_validity {
    const char *file;    /* NULL: there is none */
    int64_t from, until; /* seconds since 1970 */
};

/* A certificate with its chain and the key that belongs to it: PEM text, zero-terminated behind
 * `len` as the library wants it. The key is not encrypted any more. */
struct tls_identity {
    struct span chain;
    struct span key;
    struct tls_validity validity;
};

enum tls_versions { TLS_ANY_VERSION, TLS_1_2_ONLY, TLS_1_3_ONLY };

/* Which client certificates are asked for (ssl_options.cert_reqs). */
enum tls_client_certificates { TLS_CERT_NONE, TLS_CERT_OPTIONAL, TLS_CERT_REQUIRED };

/* Everything that makes two settings behave the same is in it: files' contents included. */
struct tls_fingerprint {
    unsigned char bytes[32];
};

struct tls_server_settings {
    const struct tls_identity
        *identities; /* the first serves who names no host, or an unknown one */
    size_t identity_count;
    const int *suites; /* the library's numbers in order of preference, 0 at the end */
    enum tls_versions versions;
    enum tls_client_certificates client_certificates;
    struct span authorities; /* PEM of ca_certs, zero-terminated; empty with TLS_CERT_NONE */
    struct tls_validity authorities_validity;
    struct tls_fingerprint fingerprint;
};

/* Towards an upstream (upstream.tls). */
enum tls_upstream_mode {
    TLS_UPSTREAM_NONE,
    TLS_UPSTREAM_OPPORTUNISTIC, /* where it is offered and works; the certificate is not looked at
                                 */
    TLS_UPSTREAM_REQUIRE,       /* always; the certificate is not looked at */
    TLS_UPSTREAM_VERIFY         /* always, by an authority of `authorities`, for the host's name */
};

struct tls_client_settings {
    enum tls_upstream_mode mode;
    enum tls_versions versions;
    const int *suites;
    struct span authorities; /* PEM, zero-terminated */
    struct tls_validity authorities_validity;
    const struct tls_identity *identity; /* shown when it is asked for; NULL: none */
    struct tls_fingerprint fingerprint;
};

#endif
