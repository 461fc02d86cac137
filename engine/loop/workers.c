/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/loop/workers.h"

#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/base/signals.h"
#include "engine/metrics/metrics.h"

#include <pthread.h>
#include <stdlib.h>

struct workers {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct list queue; /* this and the next two under `lock` */
    unsigned queued;
    bool ending;
    unsigned queue_max;
    unsigned count;
    pthread_t threads[];
};

static void come_home(struct post *post)
{
    struct job *job = CONTAINER_OF(post, struct job, post);
    job->done(job);
}

/* Under the lock. */
static void take_out(struct workers *workers, struct job *job)
{
    list_remove(&job->link);
    job->queued = false;
    workers->queued--;
    metric_sub(metric_bare(METRIC_WORKERS_WAITING), 1);
}

/* The next job; waits for one. NULL: the end. */
static struct job *next_job(struct workers *workers)
{
    struct job *job = NULL;
    (void)pthread_mutex_lock(&workers->lock);
    while (list_is_empty(&workers->queue) && !workers->ending)
        (void)pthread_cond_wait(&workers->wake, &workers->lock);
    if (!list_is_empty(&workers->queue)) {
        job = LIST_FIRST(&workers->queue, struct job, link);
        take_out(workers, job);
    }
    (void)pthread_mutex_unlock(&workers->lock);
    return job;
}

static void *work(void *arg)
{
    struct workers *workers = arg;
    for (struct job *job; (job = next_job(workers)) != NULL;) {
        job->run(job);
        loop_post(job->loop, &job->post);
    }
    return NULL;
}

static void start_threads(struct workers *workers, unsigned threads, size_t stack_bytes)
{
    sigset_t before;
    pthread_attr_t attr;
    signals_hold(&before);
    (void)pthread_attr_init(&attr);
    if (stack_bytes > 0 && pthread_attr_setstacksize(&attr, stack_bytes) != 0)
        log_event(LOG_WARNING, "workers.stack", LOG_NUM("refused", stack_bytes));
    for (unsigned i = 0; i < threads; i++) {
        if (pthread_create(&workers->threads[workers->count], &attr, work, workers) == 0)
            workers->count++;
    }
    (void)pthread_attr_destroy(&attr);
    signals_release(&before);
}

struct workers *workers_new(unsigned threads, unsigned queue_max, size_t stack_bytes)
{
    struct workers *workers = mem_alloc(sizeof *workers + threads * sizeof workers->threads[0]);
    (void)pthread_mutex_init(&workers->lock, NULL);
    (void)pthread_cond_init(&workers->wake, NULL);
    list_init(&workers->queue);
    workers->queue_max = queue_max;
    start_threads(workers, threads, stack_bytes);
    if (workers->count < threads)
        log_event(LOG_ERROR, "workers.few", LOG_NUM("wanted", threads),
                  LOG_NUM("started", workers->count));
    if (workers->count == 0 && threads > 0)
        abort(); /* nothing would ever be evaluated */
    return workers;
}

void workers_free(struct workers **slot)
{
    struct workers *workers = *slot;
    if (!workers)
        return;
    *slot = NULL;
    (void)pthread_mutex_lock(&workers->lock);
    workers->ending = true;
    (void)pthread_cond_broadcast(&workers->wake);
    (void)pthread_mutex_unlock(&workers->lock);
    for (unsigned i = 0; i < workers->count; i++)
        (void)pthread_join(workers->threads[i], NULL);
    (void)pthread_cond_destroy(&workers->wake);
    (void)pthread_mutex_destroy(&workers->lock);
    free(workers);
}

bool workers_submit(struct workers *workers, struct loop *loop, struct job *job)
{
    job->loop = loop;
    loop_post_init(&job->post, come_home);
    (void)pthread_mutex_lock(&workers->lock);
    bool fits = workers->queued < workers->queue_max && !workers->ending;
    if (fits) {
        list_append(&workers->queue, &job->link);
        job->queued = true;
        workers->queued++;
        metric_add(metric_bare(METRIC_WORKERS_WAITING), 1);
        (void)pthread_cond_signal(&workers->wake);
    }
    (void)pthread_mutex_unlock(&workers->lock);
    if (!fits)
        metric_add(metric_bare(METRIC_WORKERS_REFUSED), 1);
    return fits;
}

bool workers_cancel(struct workers *workers, struct job *job)
{
    (void)pthread_mutex_lock(&workers->lock);
    bool waits = job->queued;
    if (waits)
        take_out(workers, job);
    (void)pthread_mutex_unlock(&workers->lock);
    return waits;
}
