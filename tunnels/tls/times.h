/* SPDX-License-Identifier: Apache-2.0 */
/* tls/times: the times of certificates (RFC 5280 section 4.1.2.5: UTC). Any thread. */
#ifndef CULVERT_TUNNELS_TLS_TIMES_H
#define CULVERT_TUNNELS_TLS_TIMES_H

#include <mbedtls/x509.h>
#include <stdint.h>

/* Seconds since 1970. */
int64_t tls_time(const mbedtls_x509_time *time);

#endif
