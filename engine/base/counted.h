/* SPDX-License-Identifier: Apache-2.0 */
/*
 * counted: an atomic reference count to embed in something immutable that many threads hold (a
 * policy). Whoever drops the last reference runs `last`, on its own thread.
 */
#ifndef CULVERT_BASE_COUNTED_H
#define CULVERT_BASE_COUNTED_H

#include <assert.h>
#include <stdatomic.h>

struct counted {
    atomic_uint count;
    void (*last)(struct counted *counted);
};

static inline void counted_init(struct counted *counted, void (*last)(struct counted *counted))
{
    atomic_init(&counted->count, 1);
    counted->last = last;
}

static inline void counted_ref(struct counted *counted)
{
    unsigned before = atomic_fetch_add_explicit(&counted->count, 1, memory_order_relaxed);
    assert(before > 0);
    (void)before;
}

static inline void counted_unref(struct counted *counted)
{
    if (atomic_fetch_sub_explicit(&counted->count, 1, memory_order_acq_rel) == 1)
        counted->last(counted);
}

#endif
