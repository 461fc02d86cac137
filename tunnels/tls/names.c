/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/tls/names.h"

#include "engine/base/ascii.h"
#include "engine/base/mem.h"

#include <arpa/inet.h>
#include <mbedtls/oid.h>
#include <stdlib.h>

/* More than a certificate of 16 KB, the longest handshake message, can have in its subject. */
#define DN_MAX (64u << 10)
#define HOST_MAX 253u /* RFC 1035: 255 octets on the wire */

/* The kinds of GeneralName (RFC 5280), as the tags that stand in a certificate. */
enum name_kind { NAME_MAIL = 1, NAME_DNS = 2, NAME_URI = 6, NAME_ADDRESS = 7 };

static enum name_kind kind_of(const mbedtls_x509_sequence *name)
{
    return (enum name_kind)(name->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK);
}

static struct span value_of(const mbedtls_x509_sequence *name)
{
    return span_of((const char *)name->buf.p, name->buf.len);
}

/* A certificate without alternative names has an empty sequence. */
static const mbedtls_x509_sequence *first_name(const mbedtls_x509_crt *certificate)
{
    const mbedtls_x509_sequence *first = &certificate->subject_alt_names;
    return first->buf.p ? first : NULL;
}

static struct span common_name(const mbedtls_x509_crt *certificate)
{
    for (const mbedtls_x509_name *at = &certificate->subject; at; at = at->next) {
        if (MBEDTLS_OID_CMP(MBEDTLS_OID_AT_CN, &at->oid) == 0)
            return span_of((const char *)at->val.p, at->val.len);
    }
    return SPAN("");
}

static bool is_printable(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~' || text.ptr[i] == ',')
            return false;
    }
    return text.len > 0;
}

static void add_name(struct buf *out, struct span name)
{
    if (out->len > 0)
        buf_add_str(out, ", ");
    buf_add(out, name);
}

static void add_address(struct buf *out, struct span address)
{
    char text[INET6_ADDRSTRLEN];
    int family = address.len == 4 ? AF_INET : AF_INET6;
    if ((address.len == 4 || address.len == 16) &&
        inet_ntop(family, address.ptr, text, sizeof text))
        add_name(out, span_str(text));
}

bool tls_names_dn(const mbedtls_x509_name *name, struct buf *out)
{
    for (size_t size = 1024; size <= DN_MAX; size *= 2) {
        char *text = mem_alloc(size);
        int len = mbedtls_x509_dn_gets(text, size, name);
        if (len > 0)
            buf_add(out, span_of(text, (size_t)len));
        free(text);
        if (len >= 0)
            return true;
    }
    return false;
}

void tls_names_alternatives(const mbedtls_x509_crt *certificate, struct buf *out)
{
    for (const mbedtls_x509_sequence *at = first_name(certificate); at; at = at->next) {
        enum name_kind kind = kind_of(at);
        if (kind == NAME_ADDRESS)
            add_address(out, value_of(at));
        else if ((kind == NAME_DNS || kind == NAME_MAIL || kind == NAME_URI) &&
                 is_printable(value_of(at)))
            add_name(out, value_of(at));
    }
}

/* "*.b" matches "a.b", neither "b" nor "a.a.b". */
static bool matches(struct span pattern, struct span host)
{
    if (!span_starts(pattern, SPAN("*.")))
        return pattern.len > 0 && span_equal_nocase(pattern, host);
    size_t dot = span_find_byte(host, '.');
    return dot != SPAN_NONE && dot > 0 &&
           span_equal_nocase(span_from(pattern, 1), span_from(host, dot));
}

struct span tls_names_host(struct span asked)
{
    struct span host = asked;
    if (host.len > 1 && host.ptr[host.len - 1] == '.')
        host.len--;
    if (host.len > HOST_MAX)
        return SPAN("");
    for (size_t i = 0; i < host.len; i++) {
        if (!ascii_is_alnum(host.ptr[i]) && !strchr("-._", host.ptr[i]))
            return SPAN("");
    }
    return host;
}

bool tls_names_match(const mbedtls_x509_crt *certificate, struct span host)
{
    bool some = false;
    for (const mbedtls_x509_sequence *at = first_name(certificate); at; at = at->next) {
        if (kind_of(at) != NAME_DNS)
            continue;
        if (matches(value_of(at), host))
            return true;
        some = true;
    }
    return !some && matches(common_name(certificate), host);
}

bool tls_names_match_address(const mbedtls_x509_crt *certificate, struct span address)
{
    for (const mbedtls_x509_sequence *at = first_name(certificate); at; at = at->next) {
        if (kind_of(at) == NAME_ADDRESS && span_equal(value_of(at), address))
            return true;
    }
    return false;
}

struct span tls_names_first(const mbedtls_x509_crt *certificate)
{
    for (const mbedtls_x509_sequence *at = first_name(certificate); at; at = at->next) {
        if (kind_of(at) == NAME_DNS)
            return value_of(at);
    }
    return common_name(certificate);
}
