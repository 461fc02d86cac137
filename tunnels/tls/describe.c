/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/tls/describe.h"

#include "tunnels/tls/kinds.h"
#include "tunnels/tls/names.h"
#include "tunnels/tls/suites.h"
#include "tunnels/tls/times.h"
#include "tunnels/tls/validity.h"

#include <mbedtls/oid.h>
#include <mbedtls/sha256.h>
#include <time.h>

#define SHA256_SIZE 32

static void describe_versions(const struct tls_server_settings *settings, struct buf *out)
{
    static const char *const words[] = {[TLS_ANY_VERSION] = "TLSv1.2, TLSv1.3",
                                        [TLS_1_2_ONLY] = "TLSv1.2",
                                        [TLS_1_3_ONLY] = "TLSv1.3"};
    buf_printf(out, "  versions: %s\n", words[settings->versions]);
}

static bool is_of_version(int suite, enum tls_versions versions)
{
    return versions == TLS_ANY_VERSION || tls_suite_is_1_3(suite) == (versions == TLS_1_3_ONLY);
}

static void describe_suites(const struct tls_server_settings *settings, struct buf *out)
{
    struct tls_kinds kinds = tls_kinds_of(settings);
    buf_add_str(out, "  cipher suites:\n");
    for (const int *suite = settings->suites; *suite != 0; suite++) {
        if (is_of_version(*suite, settings->versions))
            buf_printf(out, "    %s%s\n", tls_suite_name(*suite),
                       tls_kinds_fit(&kinds, *suite) ? "" : " (no certificate for it)");
    }
}

static void add_name(const mbedtls_x509_name *name, struct buf *out)
{
    size_t before = out->len;
    bool is_whole = tls_names_dn(name, out);
    if (out->len == before)
        buf_add_str(out, is_whole ? "(empty)" : "(too long)");
}

static void add_validity(const mbedtls_x509_crt *certificate, struct buf *out)
{
    static const char *const words[] = {[TLS_AGE_GOOD] = "left",
                                        [TLS_AGE_SOON] = "left",
                                        [TLS_AGE_EXPIRED] = "ago: EXPIRED",
                                        [TLS_AGE_EARLY] = "left: NOT YET VALID"};
    struct tls_validity validity = {NULL, tls_time(&certificate->valid_from),
                                    tls_time(&certificate->valid_to)};
    int64_t days = 0;
    enum tls_age age = tls_age(&validity, time(NULL), &days);
    buf_printf(out, "%s to %s, %lld day%s %s\n", tls_date(validity.from).text,
               tls_date(validity.until).text, (long long)days, days == 1 ? "" : "s", words[age]);
}

static const char *signature_hash(const mbedtls_x509_crt *certificate)
{
    const char *words = "unknown";
    return mbedtls_oid_get_sig_alg_desc(&certificate->sig_oid, &words) == 0 ? words : "unknown";
}

static void add_fingerprint(const mbedtls_x509_crt *certificate, struct buf *out)
{
    unsigned char hash[SHA256_SIZE] = {0};
    if (mbedtls_sha256(certificate->raw.p, certificate->raw.len, hash, 0) != 0)
        return;
    buf_add_str(out, "    SHA-256: ");
    for (size_t i = 0; i < sizeof hash; i++)
        buf_printf(out, "%s%02X", i > 0 ? ":" : "", hash[i]);
    buf_add_byte(out, '\n');
}

static void describe_names(const mbedtls_x509_crt *certificate, struct buf *out)
{
    struct buf names = BUF_INIT;
    tls_names_alternatives(certificate, &names);
    buf_printf(out, "    names: %.*s\n", SPAN_ARG(names.len > 0 ? buf_span(&names) : SPAN("none")));
    buf_fini(&names);
}

static void describe_certificate(const mbedtls_x509_crt *own, struct buf *out)
{
    buf_add_str(out, "    subject: ");
    add_name(&own->subject, out);
    buf_add_byte(out, '\n');
    describe_names(own, out);
    buf_add_str(out, "    issuer: ");
    add_name(&own->issuer, out);
    buf_printf(out, "\n    key: %s, %zu bits; signed with %s\n",
               mbedtls_pk_get_type(&own->pk) == MBEDTLS_PK_RSA ? "RSA" : "EC",
               mbedtls_pk_get_bitlen(&own->pk), signature_hash(own));
    buf_add_str(out, "    valid: ");
    add_validity(own, out);
    add_fingerprint(own, out);
    buf_printf(out, "    chain:%s\n", own->next ? "" : " none");
    for (const mbedtls_x509_crt *at = own->next; at; at = at->next) {
        buf_add_str(out, "      ");
        add_name(&at->subject, out);
        buf_add_str(out, ", ");
        add_validity(at, out);
    }
}

static void describe_identity(const struct tls_server_settings *settings, size_t number,
                              struct buf *out)
{
    struct span pem = settings->identities[number].chain;
    mbedtls_x509_crt chain;
    mbedtls_x509_crt_init(&chain);
    buf_printf(out, "  certificate %zu of %zu%s:\n", number + 1, settings->identity_count,
               number == 0 ? ", also for clients that ask for no name or an unknown one" : "");
    if (mbedtls_x509_crt_parse(&chain, (const unsigned char *)pem.ptr, pem.len + 1) == 0)
        describe_certificate(&chain, out);
    mbedtls_x509_crt_free(&chain);
}

static void describe_clients(const struct tls_server_settings *settings, struct buf *out)
{
    static const char *const words[] = {
        [TLS_CERT_NONE] = "not asked for (CERT_NONE)",
        [TLS_CERT_OPTIONAL] = "asked for, checked when shown (CERT_OPTIONAL), trusted from:",
        [TLS_CERT_REQUIRED] = "needed (CERT_REQUIRED), trusted from:"};
    mbedtls_x509_crt all;
    buf_printf(out, "  client certificates: %s\n", words[settings->client_certificates]);
    if (settings->client_certificates == TLS_CERT_NONE)
        return;
    mbedtls_x509_crt_init(&all);
    if (mbedtls_x509_crt_parse(&all, (const unsigned char *)settings->authorities.ptr,
                               settings->authorities.len + 1) == 0) {
        for (const mbedtls_x509_crt *at = &all; at; at = at->next) {
            buf_add_str(out, "    ");
            add_name(&at->subject, out);
            buf_add_byte(out, '\n');
        }
    }
    mbedtls_x509_crt_free(&all);
}

void tls_describe_server(const struct tls_server_settings *settings, struct buf *out)
{
    describe_versions(settings, out);
    describe_suites(settings, out);
    describe_clients(settings, out);
    for (size_t i = 0; i < settings->identity_count; i++)
        describe_identity(settings, i, out);
}
