/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/bulk.h"

/* What is cut from the arena; more costs less in a region that is kept for the next message. */
#define SMALL_MOST ((size_t)32 << 10)
#define SMALL_LEAST ((size_t)64)

/* A spool with the limits that it needs while it lives. */
struct held {
    struct spool_limits limits;
    struct spool *spool;
};

static void let_go(void *arg)
{
    struct held *held = arg;
    spool_free(&held->spool);
}

void bulk_init(struct bulk *bulk, struct bulk_budget *budget, size_t expected)
{
    *bulk = (struct bulk){.budget = budget, .expected = expected};
    bulk->small_cap = expected < SMALL_LEAST ? SMALL_LEAST : expected;
    if (bulk->small_cap > SMALL_MOST)
        bulk->small_cap = 0;
    else
        bulk->small = arena_alloc(budget->arena, bulk->small_cap);
}

static bool start_spool(struct bulk *bulk)
{
    struct held *held = ARENA_NEW(bulk->budget->arena, struct held);
    const struct spool_limits *limits = bulk->budget->spool;
    held->limits = limits ? *limits : spool_limits_default;
    held->limits.max_bytes = 0;
    held->limits.memory_bytes = bulk->budget->memory_left;
    held->spool = spool_new(&held->limits);
    arena_defer(bulk->budget->arena, let_go, held);
    bulk->spool = held->spool;
    size_t room; /* all at once: pieces would be moved again and again; a failure shows later */
    if (bulk->expected > SMALL_MOST && !spool_reserve(bulk->spool, bulk->expected, &room, NULL))
        bulk->expected = 0;
    return bulk->len == 0 || spool_add(bulk->spool, span_of(bulk->small, bulk->len), &bulk->err);
}

/* More came than was expected. */
static void grow_small(struct bulk *bulk, size_t need)
{
    size_t cap = bulk->small_cap * 2 > need ? bulk->small_cap * 2 : need;
    char *small = arena_alloc(bulk->budget->arena, cap);
    if (bulk->len > 0)
        memcpy(small, bulk->small, bulk->len);
    bulk->small = small;
    bulk->small_cap = cap;
}

char *bulk_reserve(struct bulk *bulk, size_t wanted, size_t *room_out)
{
    *room_out = 0;
    if (error_is_set(&bulk->err))
        return NULL;
    if (!bulk->spool && bulk->len < bulk->small_cap && bulk->small_cap - bulk->len >= wanted) {
        *room_out = bulk->small_cap - bulk->len;
        return bulk->small + bulk->len;
    }
    if (!bulk->spool && wanted <= SMALL_MOST && bulk->len + wanted <= SMALL_MOST) {
        grow_small(bulk, bulk->len + wanted);
        *room_out = bulk->small_cap - bulk->len;
        return bulk->small + bulk->len;
    }
    if (!bulk->spool && !start_spool(bulk))
        return NULL;
    return spool_reserve(bulk->spool, wanted, room_out, &bulk->err);
}

void bulk_commit(struct bulk *bulk, size_t len)
{
    bulk->len += len;
    bulk->budget->made += len;
    if (bulk->spool)
        spool_commit(bulk->spool, len);
}

void bulk_add(struct bulk *bulk, struct span bytes)
{
    while (bytes.len > 0) {
        size_t room;
        char *to = bulk_reserve(bulk, bytes.len, &room);
        if (!to)
            return;
        if (room > bytes.len)
            room = bytes.len;
        memcpy(to, bytes.ptr, room);
        bulk_commit(bulk, room);
        bytes = span_from(bytes, room);
    }
}

void bulk_add_byte(struct bulk *bulk, char c)
{
    bulk_add(bulk, span_of(&c, 1));
}

bool bulk_finish(struct bulk *bulk, struct span *bytes_out, struct error *err)
{
    *bytes_out = SPAN("");
    if (error_is_set(&bulk->err)) {
        if (err)
            *err = bulk->err;
        return false;
    }
    if (!bulk->spool) {
        *bytes_out = span_of(bulk->small ? bulk->small : "", bulk->len);
        return true;
    }
    *bytes_out = spool_bytes(bulk->spool);
    if (!spool_is_file(bulk->spool))
        bulk->budget->memory_left -=
            bulk->len < bulk->budget->memory_left ? bulk->len : bulk->budget->memory_left;
    return true;
}
