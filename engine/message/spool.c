/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/spool.h"

#include "engine/base/mem.h"
#include "engine/message/region.h"
#include "engine/message/tempfile.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define FIRST ((size_t)64 << 10)
/* How a file grows: few large allocations keep it in one piece on the disk. */
#define EXTENT_LEAST ((size_t)4 << 20)
#define EXTENT_MOST ((size_t)64 << 20)
#define ADDRESSES ((size_t)64 << 30)

struct spool {
    const struct spool_limits *limits;
    struct region memory; /* ptr NULL: nothing yet, or in the file */
    struct tempfile file; /* fd -1: in memory */
    bool squeezed;        /* it had to go to the file for the others' sake */
    size_t len;
};

const struct spool_limits spool_limits_default = {
    .max_bytes = 0,
    .memory_bytes = UINT64_C(32) << 20,
    .total_memory = UINT64_C(512) << 20,
    .directory = NULL,
};

bool spool_has_room(const struct spool_limits *limits, uint64_t size)
{
    return size <= limits->memory_bytes || tempfile_has_room(limits->directory, size);
}

struct spool *spool_new(const struct spool_limits *limits)
{
    struct spool *spool = mem_alloc(sizeof *spool);
    spool->limits = limits;
    spool->file.fd = -1;
    return spool;
}

void spool_free(struct spool **slot)
{
    struct spool *spool = *slot;
    if (!spool)
        return;
    *slot = NULL;
    region_give(&spool->memory);
    tempfile_close(&spool->file);
    free(spool);
}

bool spool_is_file(const struct spool *spool)
{
    return spool->file.fd >= 0;
}

static char *base_of(const struct spool *spool)
{
    return spool_is_file(spool) ? spool->file.ptr : spool->memory.ptr;
}

static size_t capacity(const struct spool *spool)
{
    if (spool_is_file(spool))
        return spool->file.size;
    /* A kept region may be larger than what this spool may have in memory. */
    uint64_t most = spool->limits->memory_bytes;
    return spool->memory.size > most ? (size_t)most : spool->memory.size;
}

struct span spool_bytes(const struct spool *spool)
{
    const char *base = base_of(spool);
    return span_of(base ? base : "", spool->len);
}

static uint64_t memory_left(const struct spool *spool)
{
    uint64_t in_use = region_bytes_in_use();
    return spool->limits->total_memory > in_use ? spool->limits->total_memory - in_use : 0;
}

/* Whether `size` bytes may be in memory, the other spools of the process considered. */
static bool may_be_in_memory(const struct spool *spool, size_t size)
{
    if (size > spool->limits->memory_bytes)
        return false;
    size_t taken = region_size(size);
    return taken <= spool->memory.size || taken - spool->memory.size <= memory_left(spool);
}

static bool grow_memory(struct spool *spool, size_t size)
{
    size_t most = spool->memory.size + (size_t)memory_left(spool);
    if (!spool->memory.ptr) {
        spool->memory = region_take(size, most);
        return spool->memory.ptr != NULL;
    }
    return region_grow(&spool->memory, spool->len, size, most) != NULL;
}

static bool grow_file(struct spool *spool, size_t size, struct error *err)
{
    size_t step = spool->file.size / 4;
    if (step < EXTENT_LEAST)
        step = EXTENT_LEAST;
    if (step > EXTENT_MOST)
        step = EXTENT_MOST;
    size_t generous = spool->file.size + step;
    if (generous > size && tempfile_grow(&spool->file, generous, NULL))
        return true;
    return tempfile_grow(&spool->file, size, err);
}

/* The content moves to a file; on failure it stays where it is. */
static bool move_to_file(struct spool *spool, size_t size, struct error *err)
{
    struct tempfile file;
    uint64_t most = spool->limits->max_bytes > 0 ? spool->limits->max_bytes : ADDRESSES;
    if (most > SIZE_MAX / 2)
        most = ADDRESSES;
    if (!tempfile_open(&file, spool->limits->directory, size, (size_t)most, err))
        return false;
    if (!tempfile_grow(&file, size, err)) {
        tempfile_close(&file);
        return false;
    }
    if (spool->len > 0)
        memcpy(file.ptr, spool->memory.ptr, spool->len);
    region_give(&spool->memory);
    spool->file = file;
    return true;
}

/* Room for one byte more, better for `wanted`. */
static bool make_room(struct spool *spool, size_t wanted, struct error *err)
{
    size_t need = spool->len + wanted;
    if (spool_is_file(spool))
        return grow_file(spool, need, err) || tempfile_grow(&spool->file, spool->len + 1, err);
    size_t doubled = capacity(spool) > 0 ? capacity(spool) * 2 : FIRST;
    if (doubled > need && may_be_in_memory(spool, doubled) && grow_memory(spool, doubled))
        return true;
    if (may_be_in_memory(spool, need) && grow_memory(spool, need))
        return true;
    spool->squeezed = need <= spool->limits->memory_bytes;
    return move_to_file(spool, need, err) ||
           (wanted > 1 && move_to_file(spool, spool->len + 1, err));
}

char *spool_reserve(struct spool *spool, size_t wanted, size_t *room_out, struct error *err)
{
    uint64_t max = spool->limits->max_bytes > 0 ? spool->limits->max_bytes : SIZE_MAX / 2;
    *room_out = 0;
    if (spool->len >= max) {
        (void)error_set_errno(err, EFBIG, "more than %llu bytes", (unsigned long long)max);
        return NULL;
    }
    if (wanted == 0)
        wanted = 1;
    if (wanted > max - spool->len)
        wanted = (size_t)(max - spool->len);
    if (capacity(spool) - spool->len < wanted && !make_room(spool, wanted, err) &&
        capacity(spool) == spool->len)
        return NULL;
    size_t room = capacity(spool) - spool->len;
    *room_out = room < max - spool->len ? room : (size_t)(max - spool->len);
    return base_of(spool) + spool->len;
}

void spool_commit(struct spool *spool, size_t len)
{
    assert(len <= capacity(spool) - spool->len);
    spool->len += len;
}

bool spool_add(struct spool *spool, struct span bytes, struct error *err)
{
    while (bytes.len > 0) {
        size_t room;
        char *to = spool_reserve(spool, bytes.len, &room, err);
        if (!to)
            return false;
        if (room > bytes.len)
            room = bytes.len;
        memcpy(to, bytes.ptr, room);
        spool_commit(spool, room);
        bytes = span_from(bytes, room);
    }
    return true;
}

bool spool_was_squeezed(const struct spool *spool)
{
    return spool_is_file(spool) && spool->squeezed;
}
