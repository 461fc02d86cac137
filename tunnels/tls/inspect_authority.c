/* SPDX-License-Identifier: Apache-2.0 */
/* Whether certificates can be checked against an authority, and what will be wrong with it. */
#include "tunnels/tls/inspect.h"
#include "tunnels/tls/validity.h"

#include <mbedtls/oid.h>
#include <time.h>

/* Dates do not make it unusable for good: the caller looks at those of all of a file. */
static void warn_dates(const struct tls_subject *subject)
{
    struct reader *reader = subject->reader;
    const struct node *node = &subject->file->node;
    struct tls_validity validity = {NULL, tls_time(&subject->certificate->valid_from),
                                    tls_time(&subject->certificate->valid_to)};
    int64_t days = 0;
    switch (tls_age(&validity, time(NULL), &days)) {
    case TLS_AGE_EXPIRED:
        node_warning(reader, node, "%s expired on %s", subject->name,
                     tls_date(validity.until).text);
        break;
    case TLS_AGE_EARLY:
        node_warning(reader, node, "%s is not valid before %s", subject->name,
                     tls_date(validity.from).text);
        break;
    case TLS_AGE_SOON:
        node_warning(reader, node, "%s expires on %s, in %d day%s", subject->name,
                     tls_date(validity.until).text, (int)days, days == 1 ? "" : "s");
        break;
    case TLS_AGE_GOOD:
        break;
    }
}

/* One that signs nobody is there for its own sake: a peer's certificate of its own making. */
static bool may_sign(const struct tls_subject *subject)
{
    const mbedtls_x509_crt *own = subject->certificate;
    if (mbedtls_x509_crt_get_ca_istrue(own) != 1 ||
        mbedtls_x509_crt_check_key_usage(own, MBEDTLS_X509_KU_KEY_CERT_SIGN) == 0)
        return true;
    node_warning(subject->reader, &subject->file->node,
                 "%s may not sign certificates (key usage), so none that it signed is trusted",
                 subject->name);
    return false;
}

static bool is_strong(const struct tls_subject *subject)
{
    struct tls_strength strength = tls_strength_of(&subject->certificate->pk);
    if (strength.bits >= strength.least)
        return true;
    node_warning(subject->reader, &subject->file->node,
                 "%s has a weak key: %s of %zu bits, so none that it signed is trusted; expected "
                 "%zu bits at least",
                 subject->name, strength.kind, strength.bits, strength.least);
    return false;
}

static void warn_purpose(const struct tls_subject *subject, enum tls_purpose purpose)
{
    bool serves = purpose == TLS_FOR_SERVER;
    const char *wanted = serves ? MBEDTLS_OID_SERVER_AUTH : MBEDTLS_OID_CLIENT_AUTH;
    if (mbedtls_x509_crt_check_extended_key_usage(subject->certificate, wanted, strlen(wanted)) !=
        0)
        node_warning(subject->reader, &subject->file->node,
                     "%s is for certificates of another purpose: expected %s in its extended key "
                     "usage",
                     subject->name, serves ? "server authentication" : "client authentication");
}

bool tls_inspect_authority(const struct tls_subject *subject, enum tls_purpose purpose)
{
    if (!subject->reader->forgives_dates)
        warn_dates(subject);
    warn_purpose(subject, purpose);
    bool good = may_sign(subject);
    return is_strong(subject) && good;
}
