/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a session is resumed. The library's tickets know neither for which name they were given
 * (RFC 6066 section 3: under another one the session is not resumed) nor, in TLS 1.2, that a
 * resumed session keeps its suite (RFC 5246 section 7.4.1.3): it would choose anew and the
 * handshake would break. So a seal of name and ticket is put behind each ticket, and in TLS 1.2 the
 * suite is fixed when the ticket is taken. A ticket that does not fit is not an error: a whole
 * handshake follows.
 */
#include "engine/base/ascii.h"
#include "tunnels/tls/context_link.h"
#include "tunnels/tls/hello.h"
#include "tunnels/tls/names.h"
#include "tunnels/tls/stream_link.h"
#include "tunnels/tls/suites.h"

#include <mbedtls/constant_time.h>
#include <mbedtls/ecp.h>
#include <mbedtls/ssl_ciphersuites.h>

/* RFC 5246 section 7.4.1.4.1: SHA-256, SHA-384 and SHA-512; RSA and ECDSA. */
enum { HASH_FIRST = 4, HASH_LAST = 6, SIGNED_BY_RSA = 1, SIGNED_BY_ECDSA = 3 };

static bool seal(const struct tls_context *context, struct span name, struct span ticket,
                 unsigned char seal_out[TLS_SEAL_SIZE])
{
    return tls_tickets_seal(context->tickets, name, ticket, seal_out);
}

int tls_resume_write(void *arg, const mbedtls_ssl_session *session, unsigned char *start,
                     const unsigned char *end, size_t *len_out, uint32_t *lifetime_out)
{
    struct tls_context *context = arg;
    const struct tls_stream *stream = context->shaking;
    struct span name = stream->host ? span_str(stream->host) : SPAN("");
    *len_out = 0;
    if ((size_t)(end - start) < TLS_SEAL_SIZE)
        return MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL;
    int result = mbedtls_ssl_ticket_write(tls_tickets_native(context->tickets), session, start,
                                          end - TLS_SEAL_SIZE, len_out, lifetime_out);
    if (result != 0)
        return result;
    if (!seal(context, name, span_of((const char *)start, *len_out), start + *len_out)) {
        *len_out = 0;
        return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
    }
    *len_out += TLS_SEAL_SIZE;
    return 0;
}

static bool is_sealed(const struct tls_context *context, struct span name, struct span ticket,
                      const unsigned char *found)
{
    unsigned char expected[TLS_SEAL_SIZE];
    return seal(context, name, ticket, expected) &&
           mbedtls_ct_memcmp(expected, found, sizeof expected) == 0;
}

static bool has_some_group(struct span groups)
{
    for (const uint16_t *group = tls_groups; *group != 0; group++) {
        if (tls_hello_has(groups, *group))
            return true;
    }
    return false;
}

static uint16_t group_of(const mbedtls_pk_context *key)
{
    switch (mbedtls_ecp_keypair_get_group_id(mbedtls_pk_ec(*key))) {
    case MBEDTLS_ECP_DP_SECP256R1:
        return MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1;
    case MBEDTLS_ECP_DP_SECP384R1:
        return MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1;
    case MBEDTLS_ECP_DP_SECP521R1:
        return MBEDTLS_SSL_IANA_TLS_GROUP_SECP521R1;
    default:
        return 0;
    }
}

static bool knows_curves(const struct tls_context *context, struct span groups)
{
    for (size_t i = 0; i < context->credential_count; i++) {
        const mbedtls_pk_context *key = &context->credentials[i].chain.pk;
        if (mbedtls_pk_get_type(key) == MBEDTLS_PK_ECKEY && !tls_hello_has(groups, group_of(key)))
            return false;
    }
    return true;
}

static bool can_check(struct span signatures, unsigned char signed_by)
{
    for (unsigned hash = HASH_FIRST; hash <= HASH_LAST; hash++) {
        if (tls_hello_has(signatures, (uint16_t)(hash << 8 | signed_by)))
            return true;
    }
    return false;
}

/* Whether the library, given that suite only, will take it for this client: as it did when the
 * session began, if the client says what it said then. */
static bool would_take(const struct tls_context *context, const struct tls_hello *hello, int suite)
{
    struct span name = span_str(tls_suite_name(suite));
    bool by_ecdsa = span_find(name, SPAN("_ECDSA_")) != SPAN_NONE;
    bool has_groups = has_some_group(hello->groups);
    if (!tls_hello_has(hello->suites, (uint16_t)suite) ||
        !can_check(hello->signatures, by_ecdsa ? SIGNED_BY_ECDSA : SIGNED_BY_RSA))
        return false;
    if (span_find(name, SPAN("_ECDHE_")) != SPAN_NONE && !has_groups)
        return false;
    return !by_ecdsa || knows_curves(context, hello->groups);
}

static bool is_ours(const struct tls_context *context, int suite)
{
    for (const int *at = context->suites; *at != 0; at++) {
        if (*at == suite)
            return true;
    }
    return false;
}

/* TLS 1.3 asks for the same hash only, and the library sees to that. */
static bool fix_suite(struct tls_context *context, const struct tls_hello *hello,
                      const mbedtls_ssl_session *session)
{
    int suite = mbedtls_ssl_session_get_ciphersuite_id(session);
    if (tls_suite_is_1_3(suite))
        return true;
    if (!is_ours(context, suite) || !would_take(context, hello, suite))
        return false;
    context->fixed_suite[0] = suite;
    mbedtls_ssl_conf_ciphersuites(&context->config, context->fixed_suite);
    return true;
}

int tls_resume_parse(void *arg, mbedtls_ssl_session *session, unsigned char *ticket, size_t len)
{
    struct tls_context *context = arg;
    const mbedtls_ssl_context *ssl = &context->shaking->ssl;
    struct tls_hello hello;
    struct span message =
        span_of((const char *)ssl->MBEDTLS_PRIVATE(in_msg), ssl->MBEDTLS_PRIVATE(in_hslen));
    if (len < TLS_SEAL_SIZE || !tls_hello_read(message, &hello))
        return MBEDTLS_ERR_SSL_INVALID_MAC;
    len -= TLS_SEAL_SIZE;
    if (!is_sealed(context, tls_names_host(hello.name), span_of((char *)ticket, len), ticket + len))
        return MBEDTLS_ERR_SSL_INVALID_MAC;
    int result =
        mbedtls_ssl_ticket_parse(tls_tickets_native(context->tickets), session, ticket, len);
    if (result != 0 || fix_suite(context, &hello, session))
        return result;
    return MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED;
}

void tls_resume_settle(struct tls_context *context)
{
    if (context->fixed_suite[0] == 0)
        return;
    context->fixed_suite[0] = 0;
    mbedtls_ssl_conf_ciphersuites(&context->config, context->suites);
}
