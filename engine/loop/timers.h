/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timers: the running timers of one loop, a binary heap by due time; equal ones in the order of
 * starting. Apart from the loop, so that a virtual clock drives the same code. Starting a running
 * timer again for a later time (what a deadline does with every command) only notes the time: the
 * heap looks at it when the old one is due.
 */
#ifndef CULVERT_LOOP_TIMERS_H
#define CULVERT_LOOP_TIMERS_H

#include "engine/loop/loop.h"

struct timer_entry {
    uint64_t due_ms;
    uint64_t order;
    struct timer *timer;
};

struct timers {
    struct timer_entry *heap;
    size_t count;
    size_t cap;
    uint64_t next_order;
};

void timers_fini(struct timers *timers);

/* When to call timers_expire() next, UINT64_MAX for never. Never later than the first due time. */
uint64_t timers_next_ms(const struct timers *timers);

/* Runs what is due at `now_ms`, each followed by loop_end_event(). What is started meanwhile waits
 * for the next call. */
void timers_expire(struct timers *timers, struct loop *loop, uint64_t now_ms);

/* The loop's side. */
struct timers *loop_timers(struct loop *loop);
void loop_timers_changed(struct loop *loop); /* timers_next_ms() may be earlier now */

#endif
