/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which certificate a client gets: all that are for the name it asks for (SNI, RFC 6066), and the
 * library takes the first of them whose kind of key the client can use.
 */
#include "tunnels/tls/context_link.h"
#include "tunnels/tls/names.h"
#include "tunnels/tls/stream_link.h"

/* A client that asks for a name nobody has gets the default ones: many ask by address or by an
 * alias, and do not look at the certificate. */
int tls_choose_by_name(void *arg, mbedtls_ssl_context *ssl, const unsigned char *name, size_t len)
{
    struct tls_context *context = arg;
    struct span host =
        tls_stream_asked_for(mbedtls_ssl_get_user_data_p(ssl), span_of((const char *)name, len));
    for (size_t i = 0; i < context->credential_count; i++) {
        struct tls_credentials *own = &context->credentials[i];
        if (!tls_names_match(&own->chain, host))
            continue;
        int result = mbedtls_ssl_set_hs_own_cert(ssl, &own->chain, &own->key);
        if (result != 0)
            return result;
    }
    return 0;
}

int tls_choose_default(struct tls_context *context)
{
    struct span name = tls_names_first(&context->credentials[0].chain);
    for (size_t i = 0; i < context->credential_count; i++) {
        struct tls_credentials *own = &context->credentials[i];
        if (i > 0 && !tls_names_match(&own->chain, name))
            continue;
        int result = mbedtls_ssl_conf_own_cert(&context->config, &own->chain, &own->key);
        if (result != 0)
            return result;
    }
    return 0;
}
