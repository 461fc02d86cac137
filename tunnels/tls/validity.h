/* SPDX-License-Identifier: Apache-2.0 */
/* tls/validity: when certificates can be used, and whether somebody should hear of it. Any thread.
 */
#ifndef CULVERT_TUNNELS_TLS_VALIDITY_H
#define CULVERT_TUNNELS_TLS_VALIDITY_H

#include "tunnels/tls/settings.h"

#include <stdint.h>

#define TLS_SOON_DAYS 30 /* enough to renew a certificate without haste */

enum tls_age { TLS_AGE_GOOD, TLS_AGE_SOON, TLS_AGE_EXPIRED, TLS_AGE_EARLY };

/* `now`: seconds since 1970. *days_out: whole days that are left, or have passed since the end. */
enum tls_age tls_age(const struct tls_validity *validity, int64_t now, int64_t *days_out);

/* "2027-01-31", UTC. */
struct tls_date {
    char text[32];
};
struct tls_date tls_date(int64_t time);

#endif
