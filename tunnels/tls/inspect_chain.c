/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the certificates of a file are a chain that a peer can follow. */
#include "tunnels/tls/inspect.h"

#include <mbedtls/oid.h>
#include <mbedtls/ssl.h>

/* Where the certificate of the authority can be fetched (RFC 5280 section 4.2.2.1): 1.3.6.1.5.5.7.
 * 48.2. Whoever writes it in is no root as a rule. */
static const struct span ca_issuers = SPAN_INIT("\x2b\x06\x01\x05\x05\x07\x30\x02");

/* Only this question: dates and strengths are asked elsewhere. */
static const mbedtls_x509_crt_profile everything = {0xffffffff, 0xffffffff, 0xffffffff, 512};

/* Without the certificates behind it. */
static bool take_alone(mbedtls_x509_crt *out, const mbedtls_x509_crt *certificate)
{
    return mbedtls_x509_crt_parse_der_nocopy(out, certificate->raw.p, certificate->raw.len) == 0;
}

static bool is_signed_by(const mbedtls_x509_crt *certificate, const mbedtls_x509_crt *authority)
{
    mbedtls_x509_crt own, other;
    uint32_t flags = 0;
    mbedtls_x509_crt_init(&own);
    mbedtls_x509_crt_init(&other);
    bool good = take_alone(&own, certificate) && take_alone(&other, authority);
    if (good)
        (void)mbedtls_x509_crt_verify_with_profile(&own, &other, NULL, &everything, NULL, &flags,
                                                   NULL, NULL);
    mbedtls_x509_crt_free(&own);
    mbedtls_x509_crt_free(&other);
    return good && (flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) == 0;
}

static void warn_order(const struct tls_subject *first)
{
    size_t number = 1;
    for (const mbedtls_x509_crt *at = first->certificate; at->next; at = at->next, number++) {
        if (is_signed_by(at, at->next))
            continue;
        struct tls_subject next = tls_subject_of(first->reader, first->file, at->next, number + 1);
        node_warning(first->reader, &first->file->node,
                     "%s did not sign certificate %zu; expected the certificate first, and each "
                     "signed by the next",
                     next.name, number);
        return;
    }
}

static void warn_incomplete(const struct tls_subject *first)
{
    const mbedtls_x509_crt *own = first->certificate;
    struct span extensions = span_of((const char *)own->v3_ext.p, own->v3_ext.len);
    if (own->next || tls_is_self_issued(own) || span_find(extensions, ca_issuers) == SPAN_NONE)
        return;
    node_warning(first->reader, &first->file->node,
                 "%s comes without the one of its authority (%s): clients that do not have that "
                 "one will not trust it",
                 first->name, tls_name_text(first->reader->arena, &own->issuer));
}

/* RFC 8446 section 4.4.2: each with its length and the length of its extensions, in a list with its
 * length behind the context's and in a handshake message. The library does not split messages. */
static bool check_size(const struct tls_subject *first)
{
    size_t size = 4 + 1 + 3;
    for (const mbedtls_x509_crt *at = first->certificate; at; at = at->next)
        size += 3 + at->raw.len + 2;
    return size <= MBEDTLS_SSL_OUT_CONTENT_LEN ||
           node_error(first->reader, &first->file->node,
                      "the chain in %.*s is too long: %zu bytes; expected %d at most",
                      SPAN_ARG(first->file->path), size, MBEDTLS_SSL_OUT_CONTENT_LEN);
}

bool tls_inspect_order(const struct tls_subject *first)
{
    warn_order(first);
    warn_incomplete(first);
    return check_size(first);
}
