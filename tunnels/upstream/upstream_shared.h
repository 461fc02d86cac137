/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream_shared: what all loops have in common towards upstreams: the names that are looked up,
 * the limits of connections. Counted; any thread.
 */
#ifndef CULVERT_TUNNELS_UPSTREAM_UPSTREAM_SHARED_H
#define CULVERT_TUNNELS_UPSTREAM_UPSTREAM_SHARED_H

#include "engine/base/attrs.h"
#include "engine/base/counted.h"
#include "tunnels/upstream/quota.h"
#include "tunnels/wire/names.h"

struct upstream_shared {
    struct counted counted;
    struct names *names;
    struct quotas *quotas;
    atomic_size_t kept;     /* connections that wait for a user, over all loops */
    atomic_size_t kept_max; /* 0: not asked for yet */
};

/* One more is kept; false: there are enough, others need the descriptors. */
bool upstream_shared_keep(struct upstream_shared *shared) MUST_USE;
void upstream_shared_let_go(struct upstream_shared *shared);

struct upstream_shared *upstream_shared_new(void);
struct upstream_shared *upstream_shared_ref(struct upstream_shared *shared);
void upstream_shared_unref(struct upstream_shared **shared);

#endif
