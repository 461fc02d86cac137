/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/clock.h"

#include <time.h>

uint64_t clock_now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

bool clock_is_past(uint64_t deadline_ns)
{
    return deadline_ns > 0 && clock_now_ns() > deadline_ns;
}
