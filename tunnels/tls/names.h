/* SPDX-License-Identifier: Apache-2.0 */
/* tls/names: for whom a certificate is: subject and alternative names (RFC 5280 section 4.2.1.6).
 */
#ifndef CULVERT_TUNNELS_TLS_NAMES_H
#define CULVERT_TUNNELS_TLS_NAMES_H

#include "engine/base/buf.h"

#include <mbedtls/x509_crt.h>

/* Appends "C=DE, O=Example, CN=mail.example", as the library escapes it. False, and nothing: the
 * library cannot write it, as with a part of more than 255 characters. */
bool tls_names_dn(const mbedtls_x509_name *name, struct buf *out);

/* "mail.example, *.mail.example, 192.0.2.1, a@b.example": those alternative names that are DNS
 * names, IP addresses, mail addresses or URIs, in order; what is not printable is left out. */
void tls_names_alternatives(const mbedtls_x509_crt *certificate, struct buf *out);

/* The host that somebody asks for (SNI), which goes into the log and to `hostnames`, without the
 * root's dot: that is no part of a name in SNI, in certificates or in the configuration. Empty: it
 * is no name of a host. */
struct span tls_names_host(struct span asked);

/* Whether the certificate is for that DNS name, without the root's dot (RFC 9525: "*" stands for
 * the whole first label; the common name counts where there is no alternative DNS name). */
bool tls_names_match(const mbedtls_x509_crt *certificate, struct span host);
/* The same for the bytes of an IP address, 4 or 16 (RFC 9525 section 6.4: never the common name).
 */
bool tls_names_match_address(const mbedtls_x509_crt *certificate, struct span address);

/* The first DNS name, else the common name; empty: none. It lives as long as the certificate. */
struct span tls_names_first(const mbedtls_x509_crt *certificate);

#endif
