/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/upstream/upstream_shared.h"

#include "engine/base/mem.h"
#include "tunnels/listener.h"

#include <stdlib.h>
#include <sys/resource.h>

/* Of the descriptors that clients do not get (listener.h), this part at most: the other ones are
 * for connections in use and for files. */
#define KEPT_PART 2u

static void on_last(struct counted *counted)
{
    struct upstream_shared *shared = CONTAINER_OF(counted, struct upstream_shared, counted);
    names_unref(&shared->names);
    quotas_free(&shared->quotas);
    free(shared);
}

struct upstream_shared *upstream_shared_new(void)
{
    struct upstream_shared *shared = mem_alloc(sizeof *shared);
    counted_init(&shared->counted, on_last);
    shared->names = names_new(NULL);
    shared->quotas = quotas_new();
    atomic_init(&shared->kept, 0);
    atomic_init(&shared->kept_max, 0);
    return shared;
}

struct upstream_shared *upstream_shared_ref(struct upstream_shared *shared)
{
    counted_ref(&shared->counted);
    return shared;
}

void upstream_shared_unref(struct upstream_shared **slot)
{
    struct upstream_shared *shared = *slot;
    *slot = NULL;
    if (shared)
        counted_unref(&shared->counted);
}

/* The limit of descriptors is raised before the first connection and stays then. */
static size_t find_kept_max(void)
{
    struct rlimit limit;
    size_t clients = listener_client_descriptors();
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur <= clients)
        return 0;
    return ((size_t)limit.rlim_cur - clients) / KEPT_PART;
}

bool upstream_shared_keep(struct upstream_shared *shared)
{
    size_t most = atomic_load_explicit(&shared->kept_max, memory_order_relaxed);
    if (most == 0) {
        most = find_kept_max();
        atomic_store_explicit(&shared->kept_max, most, memory_order_relaxed);
    }
    if (atomic_fetch_add_explicit(&shared->kept, 1, memory_order_relaxed) < most)
        return true;
    upstream_shared_let_go(shared);
    return false;
}

void upstream_shared_let_go(struct upstream_shared *shared)
{
    atomic_fetch_sub_explicit(&shared->kept, 1, memory_order_relaxed);
}
