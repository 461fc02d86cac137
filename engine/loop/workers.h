/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workers: a fixed number of threads with one bounded queue, for what would hold up a loop (large
 * evaluations, file I/O). Not uv_queue_work: that pool is shared with DNS. A job is embedded in its
 * owner, which must stay until `done` has run on the loop that submitted it.
 */
#ifndef CULVERT_LOOP_WORKERS_H
#define CULVERT_LOOP_WORKERS_H

#include "engine/loop/loop.h"

struct workers;

struct job {
    struct post post; /* brings it home */
    struct list link;
    struct loop *loop;
    bool queued;                   /* the workers' own */
    void (*run)(struct job *job);  /* on a worker thread */
    void (*done)(struct job *job); /* on the loop */
};

/* `stack_bytes` 0: the system's default. */
struct workers *workers_new(unsigned threads, unsigned queue_max, size_t stack_bytes);
/* Finishes what is queued, then ends the threads. */
void workers_free(struct workers **workers);

/* Takes a job that was submitted out of the queue: it will neither run nor be `done`. False: it is
 * at work, or on its way home. On the loop that submitted it. */
bool workers_cancel(struct workers *workers, struct job *job) MUST_USE;

/* false: the queue is full, nothing happened (the caller answers 451). */
bool workers_submit(struct workers *workers, struct loop *loop, struct job *job) MUST_USE;

#endif
