/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/admin/callers.h"

#include "engine/base/clock.h"

#include <sys/socket.h>

#define REQUEST_NS (UINT64_C(30000) * CLOCK_NS_IN_MS)

void callers_init(struct callers *callers)
{
    (void)pthread_mutex_init(&callers->lock, NULL);
}

void callers_fini(struct callers *callers)
{
    (void)pthread_mutex_destroy(&callers->lock);
}

struct caller *callers_add(struct callers *callers, int fd)
{
    struct caller *found = NULL;
    (void)pthread_mutex_lock(&callers->lock);
    for (unsigned i = 0; i < CALLERS_MAX && !found; i++) {
        if (!callers->items[i].used)
            found = &callers->items[i];
    }
    if (found)
        *found = (struct caller){true, fd, clock_now_ns() + REQUEST_NS};
    (void)pthread_mutex_unlock(&callers->lock);
    return found;
}

void callers_extend(struct callers *callers, struct caller *caller)
{
    (void)pthread_mutex_lock(&callers->lock);
    caller->until_ns = clock_now_ns() + REQUEST_NS;
    (void)pthread_mutex_unlock(&callers->lock);
}

void callers_remove(struct callers *callers, struct caller *caller)
{
    (void)pthread_mutex_lock(&callers->lock);
    caller->used = false;
    (void)pthread_mutex_unlock(&callers->lock);
}

/* Under the lock a descriptor cannot become another's. */
void callers_sweep(struct callers *callers)
{
    (void)pthread_mutex_lock(&callers->lock);
    for (unsigned i = 0; i < CALLERS_MAX; i++) {
        struct caller *caller = &callers->items[i];
        if (caller->used && clock_is_past(caller->until_ns))
            (void)shutdown(caller->fd, SHUT_RDWR);
    }
    (void)pthread_mutex_unlock(&callers->lock);
}
