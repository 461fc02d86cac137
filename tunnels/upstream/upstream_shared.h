/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream_shared: what all loops have in common towards upstreams: the names that are looked up,
 * the limits of connections. Counted; any thread.
 */
#ifndef CULVERT_TUNNELS_UPSTREAM_UPSTREAM_SHARED_H
#define CULVERT_TUNNELS_UPSTREAM_UPSTREAM_SHARED_H

#include "engine/base/counted.h"
#include "tunnels/upstream/quota.h"
#include "tunnels/wire/names.h"

struct upstream_shared {
    struct counted counted;
    struct names *names;
    struct quotas *quotas;
};

struct upstream_shared *upstream_shared_new(void);
struct upstream_shared *upstream_shared_ref(struct upstream_shared *shared);
void upstream_shared_unref(struct upstream_shared **shared);

#endif
