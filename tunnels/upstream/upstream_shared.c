/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/upstream/upstream_shared.h"

#include "engine/base/mem.h"

#include <stdlib.h>

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
