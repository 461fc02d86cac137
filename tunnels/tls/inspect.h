/* SPDX-License-Identifier: Apache-2.0 */
/* tls/inspect: what may be wrong with a certificate that is to be shown, in words at the key that
 * names its file. Main thread. */
#ifndef CULVERT_TUNNELS_TLS_INSPECT_H
#define CULVERT_TUNNELS_TLS_INSPECT_H

#include "tunnels/tls/files.h"
#include "tunnels/tls/times.h"

#include <mbedtls/x509_crt.h>

/* How strong a key is, and what it has to be at least. */
struct tls_strength {
    const char *kind; /* "RSA", "EC" */
    size_t bits, least;
};

struct tls_strength tls_strength_of(const mbedtls_pk_context *key);

/* One certificate of a file. */
struct tls_subject {
    struct reader *reader;
    const struct tls_file *file;
    const mbedtls_x509_crt *certificate;
    const char *name; /* "the certificate in a.pem", "certificate 2 in a.pem (CN=x)" */
};

/* `chain` is what was read from `file`, in its order: the certificate itself first. */
bool tls_inspect_chain(struct reader *reader, const struct tls_file *file, enum tls_purpose purpose,
                       const mbedtls_x509_crt *chain) MUST_USE;

/* inspect_authority.c: whether a peer's certificate can be checked against it, dates aside; warns
 * of what is wrong. `purpose`: of the certificates that it signs. */
bool tls_inspect_authority(const struct tls_subject *subject, enum tls_purpose purpose) MUST_USE;

/* inspect_chain.c: that each certificate is signed by the next, and that they fit into one message
 * of a handshake. */
bool tls_inspect_order(const struct tls_subject *first) MUST_USE;

struct tls_subject tls_subject_of(struct reader *reader, const struct tls_file *file,
                                  const mbedtls_x509_crt *certificate, size_t number);

/* Whether it is signed by itself, as far as its names say. */
bool tls_is_self_issued(const mbedtls_x509_crt *certificate);

/* The same of the last one of a chain. */
bool tls_is_root(const mbedtls_x509_crt *certificate);

/* "CN=x", or "" ; in the arena. */
const char *tls_name_text(struct arena *arena, const mbedtls_x509_name *name);

#endif
