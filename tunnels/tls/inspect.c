/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/tls/inspect.h"

#include "tunnels/tls/names.h"
#include "tunnels/tls/validity.h"

#include <mbedtls/ecp.h>
#include <mbedtls/oid.h>
#include <mbedtls/pk.h>
#include <time.h>

#define RSA_BITS_MIN 2048u
#define RSA_BITS_QUICK 3072u
#define EC_BITS_MIN 256u

const char *tls_name_text(struct arena *arena, const mbedtls_x509_name *name)
{
    struct buf text = BUF_INIT;
    (void)tls_names_dn(name, &text);
    const char *kept = arena_str(arena, buf_span(&text));
    buf_fini(&text);
    return kept;
}

struct tls_subject tls_subject_of(struct reader *reader, const struct tls_file *file,
                                  const mbedtls_x509_crt *certificate, size_t number)
{
    const char *name =
        number == 1 ? arena_printf(reader->arena, "the certificate in %.*s", SPAN_ARG(file->path))
                    : arena_printf(reader->arena, "certificate %zu in %.*s (%s)", number,
                                   SPAN_ARG(file->path),
                                   tls_name_text(reader->arena, &certificate->subject));
    return (struct tls_subject){reader, file, certificate, name};
}

bool tls_is_self_issued(const mbedtls_x509_crt *certificate)
{
    const mbedtls_x509_buf *issuer = &certificate->issuer_raw;
    const mbedtls_x509_buf *subject = &certificate->subject_raw;
    return issuer->len == subject->len && memcmp(issuer->p, subject->p, issuer->len) == 0;
}

bool tls_is_root(const mbedtls_x509_crt *certificate)
{
    return !certificate->next && tls_is_self_issued(certificate);
}

/* Where dates are forgiven, whoever asked for that tells of them (engine/server/expiry.h). */
static bool check_dates(const struct tls_subject *subject)
{
    struct reader *reader = subject->reader;
    const struct node *node = &subject->file->node;
    struct tls_validity validity = {NULL, tls_time(&subject->certificate->valid_from),
                                    tls_time(&subject->certificate->valid_to)};
    int64_t days = 0;
    enum tls_age age =
        reader->forgives_dates ? TLS_AGE_GOOD : tls_age(&validity, time(NULL), &days);
    if (age == TLS_AGE_EXPIRED)
        return node_error(reader, node, "%s expired on %s", subject->name,
                          tls_date(validity.until).text);
    if (age == TLS_AGE_EARLY)
        return node_error(reader, node, "%s is not valid before %s", subject->name,
                          tls_date(validity.from).text);
    if (age == TLS_AGE_SOON)
        node_warning(reader, node, "%s expires on %s, in %d day%s", subject->name,
                     tls_date(validity.until).text, (int)days, days == 1 ? "" : "s");
    return true;
}

/* Others than these are not offered, and hardly any client knows them for certificates. */
static bool is_usual_curve(const mbedtls_pk_context *key)
{
    mbedtls_ecp_group_id curve = mbedtls_ecp_keypair_get_group_id(mbedtls_pk_ec(*key));
    return curve == MBEDTLS_ECP_DP_SECP256R1 || curve == MBEDTLS_ECP_DP_SECP384R1 ||
           curve == MBEDTLS_ECP_DP_SECP521R1;
}

struct tls_strength tls_strength_of(const mbedtls_pk_context *key)
{
    size_t bits = mbedtls_pk_get_bitlen(key);
    if (mbedtls_pk_get_type(key) == MBEDTLS_PK_RSA)
        return (struct tls_strength){"RSA", bits, RSA_BITS_MIN};
    return (struct tls_strength){"EC", bits, EC_BITS_MIN};
}

static bool check_key(const struct tls_subject *subject)
{
    const mbedtls_pk_context *key = &subject->certificate->pk;
    struct tls_strength strength = tls_strength_of(key);
    if (strength.bits < strength.least)
        return node_error(subject->reader, &subject->file->node,
                          "%s has a weak key: %s of %zu bits; expected %zu bits at least",
                          subject->name, strength.kind, strength.bits, strength.least);
    return mbedtls_pk_get_type(key) == MBEDTLS_PK_RSA || is_usual_curve(key) ||
           node_error(subject->reader, &subject->file->node,
                      "%s has a key of a curve that TLS does not use; expected P-256, P-384 or "
                      "P-521",
                      subject->name);
}

/* A root is trusted because it is there, not for its signature. */
static bool check_signature(const struct tls_subject *subject)
{
    mbedtls_md_type_t hash = MBEDTLS_MD_NONE;
    mbedtls_pk_type_t kind;
    const mbedtls_x509_crt *own = subject->certificate;
    if (mbedtls_oid_get_sig_alg(&own->sig_oid, &hash, &kind) != 0 ||
        (hash != MBEDTLS_MD_SHA1 && hash != MBEDTLS_MD_MD5))
        return true;
    const char *name = hash == MBEDTLS_MD_SHA1 ? "SHA-1" : "MD5";
    if (!tls_is_self_issued(own))
        return node_error(subject->reader, &subject->file->node,
                          "%s is signed with %s, which can be forged; expected SHA-256 or better",
                          subject->name, name);
    node_warning(subject->reader, &subject->file->node,
                 "%s is signed with %s; some clients refuse it", subject->name, name);
    return true;
}

static bool check_purpose(const struct tls_subject *subject, enum tls_purpose purpose)
{
    static const char server[] = MBEDTLS_OID_SERVER_AUTH;
    static const char client[] = MBEDTLS_OID_CLIENT_AUTH;
    const mbedtls_x509_crt *own = subject->certificate;
    bool serves = purpose == TLS_FOR_SERVER;
    const char *wanted = serves ? server : client;
    if (mbedtls_x509_crt_check_extended_key_usage(own, wanted, sizeof server - 1) != 0)
        return node_error(subject->reader, &subject->file->node,
                          "%s is for another purpose: expected %s in its extended key usage",
                          subject->name,
                          serves ? "server authentication" : "client authentication");
    return mbedtls_x509_crt_check_key_usage(own, MBEDTLS_X509_KU_DIGITAL_SIGNATURE) == 0 ||
           node_error(subject->reader, &subject->file->node,
                      "%s is for another purpose: expected digital signature in its key usage",
                      subject->name);
}

/* The loop does nothing else while it signs. */
static void warn_slow(const struct tls_subject *subject)
{
    const mbedtls_pk_context *key = &subject->certificate->pk;
    size_t bits = mbedtls_pk_get_bitlen(key);
    if (mbedtls_pk_get_type(key) == MBEDTLS_PK_RSA && bits > RSA_BITS_QUICK)
        node_warning(subject->reader, &subject->file->node,
                     "%s has an RSA key of %zu bits, which makes handshakes slow for all clients; "
                     "RSA of 2048 or 3072 bits or, better, EC (P-256) is enough",
                     subject->name, bits);
}

static bool has_host(const mbedtls_x509_crt *certificate)
{
    const mbedtls_x509_sequence *at = &certificate->subject_alt_names;
    for (; at && at->buf.p; at = at->next) {
        int kind = at->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK;
        if (kind == MBEDTLS_X509_SAN_DNS_NAME || kind == MBEDTLS_X509_SAN_IP_ADDRESS)
            return true;
    }
    return false;
}

static void warn_leaf(const struct tls_subject *subject, enum tls_purpose purpose)
{
    const mbedtls_x509_crt *own = subject->certificate;
    if (mbedtls_x509_crt_get_ca_istrue(own) == 1)
        node_warning(subject->reader, &subject->file->node,
                     "%s is one of an authority (CA:TRUE); some peers refuse it", subject->name);
    if (purpose == TLS_FOR_SERVER && !has_host(own))
        node_warning(subject->reader, &subject->file->node,
                     "%s has no host among its alternative names; clients look there for it (RFC "
                     "9525)",
                     subject->name);
    warn_slow(subject);
}

/* Peers trust a root because they have it; what is wrong with the one that we send hurts nobody. */
static void warn_root(const struct tls_subject *subject)
{
    struct tls_strength strength = tls_strength_of(&subject->certificate->pk);
    struct tls_validity validity = {NULL, tls_time(&subject->certificate->valid_from),
                                    tls_time(&subject->certificate->valid_to)};
    int64_t days = 0;
    enum tls_age age = tls_age(&validity, time(NULL), &days);
    const char *fault = age == TLS_AGE_EXPIRED           ? "has expired"
                        : age == TLS_AGE_EARLY           ? "is not valid yet"
                        : strength.bits < strength.least ? "has a weak key"
                                                         : NULL;
    if (fault)
        node_warning(subject->reader, &subject->file->node,
                     "%s %s; it is a root, which peers have or do not trust: leave it out",
                     subject->name, fault);
}

static bool check_one(const struct tls_subject *subject, bool is_root)
{
    bool good = true;
    if (is_root) {
        warn_root(subject);
    } else {
        good &= check_dates(subject);
        good &= check_key(subject);
    }
    good &= check_signature(subject);
    return good;
}

bool tls_inspect_chain(struct reader *reader, const struct tls_file *file, enum tls_purpose purpose,
                       const mbedtls_x509_crt *chain)
{
    bool good = true;
    size_t number = 0;
    struct tls_subject first = tls_subject_of(reader, file, chain, 1);
    good &= check_purpose(&first, purpose);
    for (const mbedtls_x509_crt *at = chain; at; at = at->next) {
        struct tls_subject subject = tls_subject_of(reader, file, at, ++number);
        good &= check_one(&subject, number > 1 && tls_is_root(at));
    }
    warn_leaf(&first, purpose);
    return tls_inspect_order(&first) && good;
}
