/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reaper: the second phase of closing. What was closed inside an event may still be on the call
 * stack; it is put here and freed at the end of the event. One per loop; its thread only.
 */
#ifndef CULVERT_TUNNELS_REAPER_H
#define CULVERT_TUNNELS_REAPER_H

#include "engine/loop/loop.h"

/* Embedded in what is to be freed. */
struct mortal {
    struct list link;
    void (*free)(struct mortal *mortal);
};

struct reaper {
    struct list dead;
    struct loop *loop;
    struct post turn;
};

void reaper_init(struct reaper *reaper, struct loop *loop);
/* Frees what is left, at once. */
void reaper_fini(struct reaper *reaper);

/* `free_it` runs once, never inside this call. */
void reaper_take(struct reaper *reaper, struct mortal *mortal,
                 void (*free_it)(struct mortal *mortal));

#endif
