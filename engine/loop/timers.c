/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/loop/timers.h"

#include "engine/base/mem.h"

#include <assert.h>
#include <stdlib.h>

#define NO_SLOT SIZE_MAX

static bool is_before(const struct timer_entry *a, const struct timer_entry *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->order < b->order;
}

static void place(struct timers *timers, size_t slot, struct timer_entry entry)
{
    timers->heap[slot] = entry;
    entry.timer->slot = slot;
}

static void sift_up(struct timers *timers, size_t slot, struct timer_entry entry)
{
    while (slot > 0) {
        size_t parent = (slot - 1) / 2;
        if (!is_before(&entry, &timers->heap[parent]))
            break;
        place(timers, slot, timers->heap[parent]);
        slot = parent;
    }
    place(timers, slot, entry);
}

static void sift_down(struct timers *timers, size_t slot, struct timer_entry entry)
{
    for (;;) {
        size_t child = 2 * slot + 1;
        if (child >= timers->count)
            break;
        if (child + 1 < timers->count && is_before(&timers->heap[child + 1], &timers->heap[child]))
            child++;
        if (!is_before(&timers->heap[child], &entry))
            break;
        place(timers, slot, timers->heap[child]);
        slot = child;
    }
    place(timers, slot, entry);
}

static void resettle(struct timers *timers, size_t slot, struct timer_entry entry)
{
    if (slot > 0 && is_before(&entry, &timers->heap[(slot - 1) / 2]))
        sift_up(timers, slot, entry);
    else
        sift_down(timers, slot, entry);
}

static void insert(struct timers *timers, struct timer_entry entry)
{
    if (timers->count == timers->cap) {
        timers->cap = timers->cap ? timers->cap * 2 : 64;
        timers->heap = mem_resize(timers->heap, timers->cap * sizeof *timers->heap);
    }
    sift_up(timers, timers->count++, entry);
}

static void take_out(struct timers *timers, size_t slot)
{
    timers->heap[slot].timer->slot = NO_SLOT;
    struct timer_entry last = timers->heap[--timers->count];
    if (slot < timers->count)
        resettle(timers, slot, last);
}

void timers_fini(struct timers *timers)
{
    free(timers->heap);
    *timers = (struct timers){0};
}

uint64_t timers_next_ms(const struct timers *timers)
{
    return timers->count > 0 ? timers->heap[0].due_ms : UINT64_MAX;
}

void timers_expire(struct timers *timers, struct loop *loop, uint64_t now_ms)
{
    uint64_t before = timers->next_order;
    while (timers->count > 0) {
        struct timer_entry first = timers->heap[0];
        if (first.due_ms > now_ms || first.order >= before)
            return;
        if (first.timer->due_ms > now_ms) {
            first.due_ms = first.timer->due_ms;
            sift_down(timers, 0, first);
            continue;
        }
        take_out(timers, 0);
        first.timer->on_expiry(first.timer->arg);
        loop_end_event(loop);
    }
}

void timer_init(struct timer *timer, struct loop *loop, void (*on_expiry)(void *arg), void *arg)
{
    *timer = (struct timer){
        .loop = loop, .on_expiry = on_expiry, .arg = arg, .due_ms = 0, .slot = NO_SLOT};
}

void timer_start(struct timer *timer, uint64_t ms)
{
    struct timers *timers = loop_timers(timer->loop);
    uint64_t now_ms = loop_now_ms(timer->loop);
    uint64_t due_ms = ms < UINT64_MAX - now_ms ? now_ms + ms : UINT64_MAX - 1;
    timer->due_ms = due_ms;
    if (timer->slot != NO_SLOT && timers->heap[timer->slot].due_ms <= due_ms)
        return;
    struct timer_entry entry = {due_ms, timers->next_order++, timer};
    if (timer->slot != NO_SLOT)
        resettle(timers, timer->slot, entry);
    else
        insert(timers, entry);
    if (timer->slot == 0)
        loop_timers_changed(timer->loop);
}

void timer_stop(struct timer *timer)
{
    if (timer->slot == NO_SLOT)
        return;
    struct timers *timers = loop_timers(timer->loop);
    assert(timers->heap[timer->slot].timer == timer);
    take_out(timers, timer->slot);
}

bool timer_is_running(const struct timer *timer)
{
    return timer->slot != NO_SLOT;
}
