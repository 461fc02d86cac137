/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/tls/validity.h"

#include <stdio.h>
#include <time.h>

#define DAY 86400

enum tls_age tls_age(const struct tls_validity *validity, int64_t now, int64_t *days_out)
{
    int64_t left = validity->until - now;
    *days_out = (left < 0 ? -left : left) / DAY;
    if (left < 0)
        return TLS_AGE_EXPIRED;
    if (validity->from > now)
        return TLS_AGE_EARLY;
    return left < (int64_t)TLS_SOON_DAYS * DAY ? TLS_AGE_SOON : TLS_AGE_GOOD;
}

struct tls_date tls_date(int64_t time)
{
    struct tls_date date;
    struct tm parts = {0};
    time_t seconds = (time_t)time;
    (void)gmtime_r(&seconds, &parts);
    (void)snprintf(date.text, sizeof date.text, "%04d-%02d-%02d", parts.tm_year + 1900,
                   parts.tm_mon + 1, parts.tm_mday);
    return date;
}
