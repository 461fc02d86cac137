/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bulk: bytes that a codec makes, of any size: few are in the arena of the views, many in a spool
 * of their own, which is a mapped file when the views together hold much. Lives until its arena
 * goes. A failure (a full disk) is remembered: bulk_finish() tells. One thread.
 */
#ifndef CULVERT_MESSAGE_BULK_H
#define CULVERT_MESSAGE_BULK_H

#include "engine/base/arena.h"
#include "engine/message/spool.h"

/* How much the bulks of one message may still hold in memory that is no file. */
struct bulk_budget {
    struct arena *arena;
    uint64_t memory_left;
    const struct spool_limits *spool; /* where files go; NULL: spool_limits_default */
    uint64_t made;                    /* bytes so far, in memory and in files */
};

struct bulk {
    struct bulk_budget *budget;
    char *small; /* in the arena, until it is full */
    size_t small_cap;
    size_t expected;
    size_t len;
    struct spool *spool;
    struct error err;
};

/* `expected`: about how many bytes will come; more may. */
void bulk_init(struct bulk *bulk, struct bulk_budget *budget, size_t expected);

/* Room for one byte at least; NULL after a failure. */
char *bulk_reserve(struct bulk *bulk, size_t wanted, size_t *room_out);
void bulk_commit(struct bulk *bulk, size_t len);
void bulk_add(struct bulk *bulk, struct span bytes);
void bulk_add_byte(struct bulk *bulk, char c);

static inline size_t bulk_len(const struct bulk *bulk)
{
    return bulk->len;
}

/* All of it, for good. false: something failed on the way, and `err` says what. */
bool bulk_finish(struct bulk *bulk, struct span *bytes_out, struct error *err) MUST_USE;

#endif
