/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/loop/deferred.h"

/* Sockets and timers come to their turn after so many rounds, however busy the work keeps itself.
 */
#define ROUNDS_MAX 4

void deferred_init(struct deferred *deferred)
{
    list_init(&deferred->waiting);
    list_init(&deferred->queue);
    deferred->running = false;
}

/* Moves all links of `from` behind those of `to`. */
static void move_all(struct list *from, struct list *to)
{
    list_for_each_safe (link, after, from) {
        list_remove(link);
        list_append(to, link);
    }
}

static void run_round(struct deferred *deferred)
{
    struct list round;
    list_init(&round);
    move_all(&deferred->waiting, &round);
    while (!list_is_empty(&round)) {
        struct post *post = LIST_FIRST(&round, struct post, link);
        list_remove(&post->link);
        post->run(post);
    }
}

bool deferred_run(struct deferred *deferred)
{
    if (deferred->running)
        return true;
    deferred->running = true;
    for (int i = 0; i < ROUNDS_MAX && !list_is_empty(&deferred->waiting); i++)
        run_round(deferred);
    deferred->running = false;
    return list_is_empty(&deferred->waiting);
}

bool deferred_run_queued(struct deferred *deferred)
{
    if (list_is_empty(&deferred->queue))
        return false;
    struct post *post = LIST_FIRST(&deferred->queue, struct post, link);
    list_remove(&post->link);
    post->run(post);
    return true;
}

void loop_queue(struct loop *loop, struct post *post)
{
    if (list_is_empty(&post->link))
        list_append(&loop_deferred(loop)->queue, &post->link);
}

void loop_post_init(struct post *post, void (*run)(struct post *post))
{
    list_init(&post->link);
    post->run = run;
}

void loop_defer(struct loop *loop, struct post *post)
{
    if (list_is_empty(&post->link))
        list_append(&loop_deferred(loop)->waiting, &post->link);
}

void loop_defer_cancel(struct post *post)
{
    list_remove(&post->link);
}
