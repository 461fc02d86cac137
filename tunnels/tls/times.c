/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/tls/times.h"

#include <time.h>

int64_t tls_time(const mbedtls_x509_time *time)
{
    struct tm parts = {.tm_year = time->year - 1900,
                       .tm_mon = time->mon - 1,
                       .tm_mday = time->day,
                       .tm_hour = time->hour,
                       .tm_min = time->min,
                       .tm_sec = time->sec};
    return timegm(&parts);
}
