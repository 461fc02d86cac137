/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deferred: the work of one loop that waits for the end of the event (loop_defer()). Apart from the
 * loop, so that a virtual one runs it in the same order.
 */
#ifndef CULVERT_LOOP_DEFERRED_H
#define CULVERT_LOOP_DEFERRED_H

#include "engine/loop/loop.h"

struct deferred {
    struct list waiting;
    struct list queue; /* loop_queue() */
    bool running;
};

void deferred_init(struct deferred *deferred);
/* Runs what waits, and what is added meanwhile for a few rounds; false: something is left. Does
 * nothing when called from inside. */
bool deferred_run(struct deferred *deferred);

/* Runs the first of the queue; false: there is none. */
bool deferred_run_queued(struct deferred *deferred);

/* The loop's side. */
struct deferred *loop_deferred(struct loop *loop);

#endif
