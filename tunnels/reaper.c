/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/reaper.h"

static void reap(struct reaper *reaper)
{
    while (!list_is_empty(&reaper->dead)) {
        struct mortal *first = LIST_FIRST(&reaper->dead, struct mortal, link);
        list_remove(&first->link);
        first->free(first);
    }
}

static void on_turn(struct post *post)
{
    reap(CONTAINER_OF(post, struct reaper, turn));
}

void reaper_init(struct reaper *reaper, struct loop *loop)
{
    list_init(&reaper->dead);
    reaper->loop = loop;
    loop_post_init(&reaper->turn, on_turn);
}

void reaper_fini(struct reaper *reaper)
{
    loop_defer_cancel(&reaper->turn);
    reap(reaper);
}

void reaper_take(struct reaper *reaper, struct mortal *mortal,
                 void (*free_it)(struct mortal *mortal))
{
    mortal->free = free_it;
    list_init(&mortal->link);
    list_append(&reaper->dead, &mortal->link);
    loop_defer(reaper->loop, &reaper->turn);
}
