/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of several certificates no client is ever shown: of those for the name that a client asks
 * for, it gets the first whose kind of key it can use (choose.c).
 */
#include "engine/base/mem.h"
#include "tunnels/tls/files.h"
#include "tunnels/tls/names.h"

#include <stdlib.h>

static bool is_same_kind(const mbedtls_x509_crt *a, const mbedtls_x509_crt *b)
{
    mbedtls_pk_type_t kind = mbedtls_pk_get_type(&a->pk);
    return kind == mbedtls_pk_get_type(&b->pk) &&
           (kind == MBEDTLS_PK_RSA ||
            mbedtls_pk_get_bitlen(&a->pk) == mbedtls_pk_get_bitlen(&b->pk));
}

/* The one in front that takes the clients that ask for that name, or `own`. */
static size_t taken_by(const mbedtls_x509_crt *all, size_t own, struct span name)
{
    for (size_t i = 0; i < own; i++) {
        if (is_same_kind(&all[i], &all[own]) && tls_names_match(&all[i], name))
            return i;
    }
    return own;
}

static void warn_name(struct reader *reader, const struct tls_identity_files *files,
                      const mbedtls_x509_crt *all, size_t own, struct span name)
{
    size_t other = taken_by(all, own, name);
    if (other != own)
        node_warning(reader, &files[own].certificate.node,
                     "clients that ask for %.*s are shown the certificate in %.*s (%s)",
                     SPAN_ARG(name), SPAN_ARG(files[other].certificate.path),
                     node_place(reader, &files[other].certificate.node));
}

static void warn_names(struct reader *reader, const struct tls_identity_files *files,
                       const mbedtls_x509_crt *all, size_t own)
{
    const mbedtls_x509_sequence *first = &all[own].subject_alt_names;
    size_t count = 0;
    for (const mbedtls_x509_sequence *at = first->buf.p ? first : NULL; at; at = at->next) {
        if ((at->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK) != MBEDTLS_X509_SAN_DNS_NAME)
            continue;
        warn_name(reader, files, all, own, span_of((const char *)at->buf.p, at->buf.len));
        count++;
    }
    struct span common = tls_names_first(&all[own]);
    if (count == 0 && common.len > 0)
        warn_name(reader, files, all, own, common);
    else if (count == 0)
        node_warning(reader, &files[own].certificate.node,
                     "no client is ever shown the certificate in %.*s: it has no host name",
                     SPAN_ARG(files[own].certificate.path));
}

void tls_files_warn_hidden(struct reader *reader, const struct tls_identity_files *files,
                           const struct tls_identity *identities, size_t count)
{
    mbedtls_x509_crt *all = mem_alloc((count + 1) * sizeof *all);
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        mbedtls_x509_crt_init(&all[i]);
        good &= mbedtls_x509_crt_parse(&all[i], (const unsigned char *)identities[i].chain.ptr,
                                       identities[i].chain.len + 1) == 0;
    }
    for (size_t i = 1; good && i < count; i++)
        warn_names(reader, files, all, i);
    for (size_t i = 0; i < count; i++)
        mbedtls_x509_crt_free(&all[i]);
    free(all);
}
