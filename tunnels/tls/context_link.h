/* SPDX-License-Identifier: Apache-2.0 */
/* context_link: the inside of a TLS context, for the files of this folder. */
#ifndef CULVERT_TUNNELS_TLS_CONTEXT_LINK_H
#define CULVERT_TUNNELS_TLS_CONTEXT_LINK_H

#include "tunnels/tls/context.h"

#include "engine/base/span.h"

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
    const struct tls_stream *shaking; /* the stream whose handshake runs in this call */
    int fixed_suite[2];               /* of the session that is resumed in this call */
};

/* The groups of key exchange in order, 0 at the end. */
extern const uint16_t tls_groups[];

mbedtls_ssl_ticket_context *tls_tickets_native(struct tls_tickets *tickets);

#define TLS_SEAL_SIZE 16u
/* What nobody else can make of a name (in any case of letters) and a ticket. */
bool tls_tickets_seal(const struct tls_tickets *tickets, struct span name, struct span ticket,
                      unsigned char seal_out[TLS_SEAL_SIZE]) MUST_USE;

/* resume.c: for mbedtls_ssl_conf_session_tickets_cb(), `arg` is the context; and what is to be
 * undone after each step of a handshake. */
int tls_resume_write(void *arg, const mbedtls_ssl_session *session, unsigned char *start,
                     const unsigned char *end, size_t *len_out, uint32_t *lifetime_out);
int tls_resume_parse(void *arg, mbedtls_ssl_session *session, unsigned char *ticket, size_t len);
void tls_resume_settle(struct tls_context *context);

/* choose.c: mbedtls_ssl_conf_sni()'s callback: the certificates for the name that the client asks
 * for; `arg` is the context. Without a match, those that serve by default stay. */
int tls_choose_by_name(void *arg, mbedtls_ssl_context *ssl, const unsigned char *name, size_t len);
/* Those that serve clients that name nothing: the first, and others for the same name with another
 * kind of key. */
int tls_choose_default(struct tls_context *context);

#endif
