/* SPDX-License-Identifier: Apache-2.0 */
/* tls/words: what the library's numbers mean, in words for people who run a mail system. */
#ifndef CULVERT_TUNNELS_TLS_WORDS_H
#define CULVERT_TUNNELS_TLS_WORDS_H

#include "engine/base/error.h"
#include "engine/base/span.h"

#include <stdint.h>

/* "unknown_ca" (RFC 8446 section 6); "alert 99" for one that is not known. */
const char *tls_alert_name(unsigned char alert);
/* What it means for who gets it, or NULL. */
const char *tls_alert_meaning(unsigned char alert);

/* What an error of the library comes from, as a clause. */
const char *tls_error_words(int result, char *room, size_t size);

/* What is wrong with a certificate: the flags of a verification (MBEDTLS_X509_BADCERT_*). */
const char *tls_certificate_words(uint32_t flags);

/* The alert that tells the peer so. */
unsigned char tls_certificate_alert(uint32_t flags, bool is_1_3);

/* Sets "`what`: the words of `result`"; returns false. */
bool tls_error(struct error *err, int result, const char *what);

#endif
