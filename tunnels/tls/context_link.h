/* SPDX-License-Identifier: Apache-2.0 */
/* context_link: the inside of a TLS context, for the files of this folder. */
#ifndef CULVERT_TUNNELS_TLS_CONTEXT_LINK_H
#define CULVERT_TUNNELS_TLS_CONTEXT_LINK_H

#include "tunnels/tls/context.h"

#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ticket.h>

struct tls_credentials {
    mbedtls_x509_crt chain;
    mbedtls_pk_context key;
};

struct tls_context {
    unsigned count;
    mbedtls_ssl_config config;
    struct tls_credentials *credentials;
    size_t credential_count;
    mbedtls_x509_crt authorities;
    int *suites;
    bool is_server;
    enum tls_client_certificates client_certificates; /* of a server */
    enum tls_upstream_mode mode;                      /* of a client */
    struct tls_fingerprint fingerprint;
    struct tls_tickets *tickets;
};

/* For mbedtls_ssl_conf_session_tickets_cb(). */
mbedtls_ssl_ticket_context *tls_tickets_native(struct tls_tickets *tickets);

/* choose.c: mbedtls_ssl_conf_sni()'s callback: the certificates for the name that the client asks
 * for; `arg` is the context. Without a match, those that serve by default stay. */
int tls_choose_by_name(void *arg, mbedtls_ssl_context *ssl, const unsigned char *name, size_t len);
/* Those that serve clients that name nothing: the first, and others for the same name with another
 * kind of key. */
int tls_choose_default(struct tls_context *context);

#endif
