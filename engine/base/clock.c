/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/clock.h"

#include <stddef.h>
#include <time.h>

static _Thread_local const atomic_bool *watched;

uint64_t clock_now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

bool clock_is_past(uint64_t deadline_ns)
{
    if (watched && atomic_load_explicit(watched, memory_order_relaxed))
        return true;
    return deadline_ns > 0 && clock_now_ns() > deadline_ns;
}

void clock_watch(const atomic_bool *given_up)
{
    watched = given_up;
}
