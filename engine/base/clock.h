/* SPDX-License-Identifier: Apache-2.0 */
/* clock: the time that passes, in nanoseconds since some start, and deadlines in it. Any thread. */
#ifndef CULVERT_BASE_CLOCK_H
#define CULVERT_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_NS_IN_US 1000u
#define CLOCK_NS_IN_MS 1000000u

uint64_t clock_now_ns(void);

/* Whether the deadline is over; 0: there is none. */
bool clock_is_past(uint64_t deadline_ns);

#endif
