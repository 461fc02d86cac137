/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock: the time that passes, in nanoseconds since some start, and deadlines in it. Any thread.
 * Work that looks at its deadline now and then also ends when nobody wants it any more: who gave it
 * to the thread says so by a flag.
 */
#ifndef CULVERT_BASE_CLOCK_H
#define CULVERT_BASE_CLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define CLOCK_NS_IN_US 1000u
#define CLOCK_NS_IN_MS 1000000u

uint64_t clock_now_ns(void);

/* Whether the deadline is over, or the work of this thread is given up. 0: there is no deadline. */
bool clock_is_past(uint64_t deadline_ns);

/* What this thread does from now on is given up when the flag becomes true; NULL: never. */
void clock_watch(const atomic_bool *given_up);

#endif
