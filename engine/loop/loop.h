/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop: one event loop, one thread: clock, timers, and a mailbox through which other threads hand
 * it work. Everything of a loop is touched by its own thread only, except loop_post() and
 * loop_stop(). Tests put a virtual clock in its place (tests/support/).
 */
#ifndef CULVERT_LOOP_LOOP_H
#define CULVERT_LOOP_LOOP_H

#include "engine/base/attrs.h"
#include "engine/base/list.h"

#include <stdbool.h>
#include <stdint.h>

struct loop;

struct loop *loop_new(void);
/* Runs until loop_stop(); then everything that is still open must have been closed. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop); /* any thread */
void loop_free(struct loop **loop);

uint64_t loop_now_ms(const struct loop *loop); /* of the current iteration; monotonic */

/* One-shot timers, cheap to start again; embedded in their owner. Many thousands are fine: they
 * are kept in a heap, not as one handle of the library each. */
struct timer {
    struct loop *loop;
    void (*on_expiry)(void *arg);
    void *arg;
    uint64_t due_ms;
    size_t slot; /* in the heap; SIZE_MAX when not running */
};

void timer_init(struct timer *timer, struct loop *loop, void (*on_expiry)(void *arg), void *arg);
void timer_start(struct timer *timer, uint64_t ms); /* again: the old due time is forgotten */
void timer_stop(struct timer *timer);
bool timer_is_running(const struct timer *timer);

/* Work handed to the loop's thread, in the order of posting; embedded in its owner. It may be
 * posted again from the moment that it runs. */
struct post {
    struct list link;
    void (*run)(struct post *post);
};
void loop_post(struct loop *loop, struct post *post); /* any thread */
/* It will not run, if it has not yet. On the loop's thread; the caller knows that nobody posts it
 * just now, and that it was initialised. */
void loop_post_cancel(struct loop *loop, struct post *post);

/*
 * Work for the end of the event that runs now (a callback of a timer, a post; of the sockets that
 * are ready together), on the loop's own thread: what was written in one event leaves in one write,
 * and what must not be called from inside is called from here. A post that is already waiting is
 * left where it is. Work deferred by deferred work runs too, but only a few rounds of it before the
 * loop looks at its sockets again.
 */
void loop_defer(struct loop *loop, struct post *post);
/*
 * Work of which one piece may take long: behind the sockets, one after the other in this order, a
 * millisecond of it and at least one. Then the others have their turn, however much is waiting.
 */
void loop_queue(struct loop *loop, struct post *post);
/* It will not run, deferred or queued; harmless when it is not waiting. */
void loop_defer_cancel(struct post *post);
void loop_post_init(struct post *post, void (*run)(struct post *post));
/* The end of an event, for the files that get events from the library themselves. */
void loop_end_event(struct loop *loop);
/*
 * The same of an event of a socket: deferred work waits for the other sockets that are ready too,
 * for 4 ms at most. Whom many of them write to is woken once and finds all, not once by
 * each.
 */
void loop_end_socket_event(struct loop *loop);

/* The thread-local scratch buffer of the loop for one read: valid until the next event. */
char *loop_scratch(struct loop *loop, size_t *size_out);

/* The library's loop (uv_loop_t *), for the files that may know it. */
void *loop_native(struct loop *loop);

#endif
