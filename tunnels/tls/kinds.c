/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/tls/kinds.h"

#include "tunnels/tls/suites.h"

#include <mbedtls/x509_crt.h>

struct tls_kinds tls_kinds_of(const struct tls_server_settings *settings)
{
    struct tls_kinds kinds = {false, false};
    for (size_t i = 0; i < settings->identity_count; i++) {
        struct span pem = settings->identities[i].chain;
        mbedtls_x509_crt chain;
        mbedtls_x509_crt_init(&chain);
        if (mbedtls_x509_crt_parse(&chain, (const unsigned char *)pem.ptr, pem.len + 1) == 0) {
            bool rsa = mbedtls_pk_get_type(&chain.pk) == MBEDTLS_PK_RSA;
            kinds.rsa |= rsa;
            kinds.ec |= !rsa;
        }
        mbedtls_x509_crt_free(&chain);
    }
    return kinds;
}

bool tls_kinds_fit(const struct tls_kinds *kinds, int suite)
{
    struct span name = span_str(tls_suite_name(suite));
    if (tls_suite_is_1_3(suite))
        return true;
    return span_find(name, SPAN("_ECDSA_")) != SPAN_NONE ? kinds->ec : kinds->rsa;
}

bool tls_kinds_check(struct reader *reader, const struct node *node,
                     const struct tls_server_settings *settings)
{
    struct tls_kinds kinds = tls_kinds_of(settings);
    const char *have = kinds.rsa ? "RSA" : "EC";
    const char *lack = kinds.rsa ? "ECDSA" : "RSA";
    if (settings->versions == TLS_1_3_ONLY || kinds.rsa == kinds.ec)
        return true;
    for (const int *suite = settings->suites; *suite != 0; suite++) {
        if (!tls_suite_is_1_3(*suite) && tls_kinds_fit(&kinds, *suite))
            return true;
    }
    if (settings->versions == TLS_1_2_ONLY)
        return node_error(reader, node,
                          "no client can connect: all suites are for %s certificates, and there "
                          "are only ones with %s keys",
                          lack, have);
    node_warning(reader, node,
                 "no client can connect with TLS 1.2: its suites are for %s certificates, and "
                 "there are only ones with %s keys",
                 lack, have);
    return true;
}
