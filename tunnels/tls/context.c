/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/tls/context.h"

#include "engine/base/mem.h"
#include "tunnels/tls/context_link.h"
#include "tunnels/tls/memory.h"
#include "tunnels/tls/words.h"

#include <mbedtls/psa_util.h>
#include <psa/crypto.h>
#include <stdlib.h>

/* X25519 first: half the time of P-256 in the library. */
const uint16_t tls_groups[] = {
    MBEDTLS_SSL_IANA_TLS_GROUP_X25519, MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
    MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1, MBEDTLS_SSL_IANA_TLS_GROUP_SECP521R1, 0};

bool tls_library_init(struct error *err)
{
    tls_memory_init();
    if (psa_crypto_init() != PSA_SUCCESS)
        return error_set(err, "the TLS library found no source of random numbers");
    return true;
}

void tls_library_fini(void)
{
    mbedtls_psa_crypto_free();
}

static struct tls_context *context_new(void)
{
    struct tls_context *context = mem_alloc(sizeof *context);
    context->count = 1;
    mbedtls_ssl_config_init(&context->config);
    mbedtls_x509_crt_init(&context->authorities);
    return context;
}

static void context_free(struct tls_context *context)
{
    mbedtls_ssl_config_free(&context->config);
    mbedtls_x509_crt_free(&context->authorities);
    for (size_t i = 0; i < context->credential_count; i++) {
        mbedtls_x509_crt_free(&context->credentials[i].chain);
        mbedtls_pk_free(&context->credentials[i].key);
    }
    free(context->credentials);
    free(context->suites);
    tls_tickets_unref(&context->tickets);
    free(context);
}

void tls_context_ref(struct tls_context *context)
{
    context->count++;
}

void tls_context_unref(struct tls_context **slot)
{
    struct tls_context *context = *slot;
    *slot = NULL;
    if (context && --context->count == 0)
        context_free(context);
}

/* PEM wants the zero behind the text counted. */
static int parse_certificates(mbedtls_x509_crt *chain, struct span pem)
{
    return mbedtls_x509_crt_parse(chain, (const unsigned char *)pem.ptr, pem.len + 1);
}

static bool take_identities(struct tls_context *context, const struct tls_identity *identities,
                            size_t count, struct error *err)
{
    context->credentials = mem_alloc((count ? count : 1) * sizeof *context->credentials);
    for (size_t i = 0; i < count; i++) {
        struct tls_credentials *own = &context->credentials[context->credential_count++];
        mbedtls_x509_crt_init(&own->chain);
        mbedtls_pk_init(&own->key);
        int result = parse_certificates(&own->chain, identities[i].chain);
        if (result == 0)
            result = mbedtls_pk_parse_key(&own->key, (const unsigned char *)identities[i].key.ptr,
                                          identities[i].key.len + 1, NULL, 0,
                                          mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE);
        if (result != 0)
            return tls_error(err, result, "certificate and key");
    }
    return true;
}

static bool take_authorities(struct tls_context *context, struct span pem, struct error *err)
{
    if (pem.len == 0)
        return true;
    int result = parse_certificates(&context->authorities, pem);
    if (result != 0)
        return tls_error(err, result, "authorities");
    mbedtls_ssl_conf_ca_chain(&context->config, &context->authorities, NULL);
    return true;
}

static void take_suites(struct tls_context *context, const int *suites)
{
    size_t count = 0;
    while (suites[count] != 0)
        count++;
    context->suites = mem_alloc((count + 1) * sizeof *suites);
    memcpy(context->suites, suites, count * sizeof *suites);
    mbedtls_ssl_conf_ciphersuites(&context->config, context->suites);
}

static void take_versions(struct tls_context *context, enum tls_versions versions)
{
    mbedtls_ssl_conf_min_tls_version(&context->config, versions == TLS_1_3_ONLY
                                                           ? MBEDTLS_SSL_VERSION_TLS1_3
                                                           : MBEDTLS_SSL_VERSION_TLS1_2);
    mbedtls_ssl_conf_max_tls_version(&context->config, versions == TLS_1_2_ONLY
                                                           ? MBEDTLS_SSL_VERSION_TLS1_2
                                                           : MBEDTLS_SSL_VERSION_TLS1_3);
}

/* What both ends have in common. No renegotiation and no early data: the defaults, said aloud. A
 * session is resumed with a fresh key exchange, so that a stolen ticket key opens no old mail. */
static bool set_up(struct tls_context *context, int endpoint, const int *suites,
                   enum tls_versions versions, struct error *err)
{
    mbedtls_ssl_config *config = &context->config;
    int result = mbedtls_ssl_config_defaults(config, endpoint, MBEDTLS_SSL_TRANSPORT_STREAM,
                                             MBEDTLS_SSL_PRESET_DEFAULT);
    if (result != 0)
        return tls_error(err, result, "TLS");
    mbedtls_ssl_conf_rng(config, mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE);
    mbedtls_ssl_conf_groups(config, tls_groups);
    mbedtls_ssl_conf_renegotiation(config, MBEDTLS_SSL_RENEGOTIATION_DISABLED);
    mbedtls_ssl_conf_tls13_key_exchange_modes(config,
                                              MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ALL);
#if defined(MBEDTLS_SSL_EARLY_DATA)
    mbedtls_ssl_conf_early_data(config, MBEDTLS_SSL_EARLY_DATA_DISABLED); /* it can be replayed */
#endif
    take_suites(context, suites);
    take_versions(context, versions);
    return true;
}

/* A resumed session does not show its certificate again (not in TLS 1.3), and rules may ask for it:
 * where certificates are asked for, every session is a new one. */
static void take_tickets(struct tls_context *context, struct tls_tickets *tickets)
{
    if (!tickets || context->client_certificates != TLS_CERT_NONE)
        return;
    tls_tickets_ref(tickets);
    context->tickets = tickets;
    mbedtls_ssl_conf_session_tickets_cb(&context->config, tls_resume_write, tls_resume_parse,
                                        context);
}

/* The library looks at a client's certificate and goes on; tls_stream_handshake() refuses what is
 * not good. The library's own refusal in TLS 1.3 is an alert under keys that the client has given
 * up by then, so that its administrator would read of a damaged record and not of the reason. */
static int authentication(enum tls_client_certificates wanted)
{
    return wanted == TLS_CERT_NONE ? MBEDTLS_SSL_VERIFY_NONE : MBEDTLS_SSL_VERIFY_OPTIONAL;
}

static bool fill_server(struct tls_context *context, const struct tls_server_settings *settings,
                        struct tls_tickets *tickets, struct error *err)
{
    mbedtls_ssl_config *config = &context->config;
    context->is_server = true;
    context->fingerprint = settings->fingerprint;
    context->client_certificates = settings->client_certificates;
    if (!set_up(context, MBEDTLS_SSL_IS_SERVER, settings->suites, settings->versions, err) ||
        !take_identities(context, settings->identities, settings->identity_count, err) ||
        !take_authorities(context, settings->authorities, err))
        return false;
    mbedtls_ssl_conf_authmode(config, authentication(settings->client_certificates));
    mbedtls_ssl_conf_sni(config, tls_choose_by_name, context);
    take_tickets(context, tickets);
    int result = tls_choose_default(context);
    return result == 0 || tls_error(err, result, "certificate and key");
}

struct tls_context *tls_context_server(const struct tls_server_settings *settings,
                                       struct tls_tickets *tickets, struct error *err)
{
    struct tls_context *context = context_new();
    if (!fill_server(context, settings, tickets, err))
        tls_context_unref(&context);
    return context;
}

static bool fill_client(struct tls_context *context, const struct tls_client_settings *settings,
                        struct error *err)
{
    mbedtls_ssl_config *config = &context->config;
    context->mode = settings->mode;
    context->fingerprint = settings->fingerprint;
    if (!set_up(context, MBEDTLS_SSL_IS_CLIENT, settings->suites, settings->versions, err) ||
        !take_identities(context, settings->identity, settings->identity ? 1 : 0, err) ||
        !take_authorities(context, settings->authorities, err))
        return false;
    mbedtls_ssl_conf_authmode(config, settings->mode == TLS_UPSTREAM_VERIFY
                                          ? MBEDTLS_SSL_VERIFY_REQUIRED
                                          : MBEDTLS_SSL_VERIFY_NONE);
    mbedtls_ssl_conf_session_tickets(config, MBEDTLS_SSL_SESSION_TICKETS_ENABLED);
    mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(
        config, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
    int result = context->credential_count > 0 ? tls_choose_default(context) : 0;
    return result == 0 || tls_error(err, result, "certificate and key");
}

struct tls_context *tls_context_client(const struct tls_client_settings *settings,
                                       struct error *err)
{
    struct tls_context *context = context_new();
    if (!fill_client(context, settings, err))
        tls_context_unref(&context);
    return context;
}
