/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/region.h"

#include "engine/metrics/metrics.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#define KEPT_MAX 512u /* small ones of as many messages at a time */
#define KEPT_BYTES (UINT64_C(64) << 20)
/* A kept region much larger than what is asked for would be missed by a large message; what has
 * grown to some size will more likely grow on. */
#define WASTE 8u
#define WASTE_GROWING 128u
#define GROWING ((size_t)256 << 10)
#define SMALLEST ((size_t)64 << 10)

#if defined(__SANITIZE_THREAD__)
#define UNDER_THREAD_SANITIZER
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_THREAD_SANITIZER
#endif
#endif

static struct {
    pthread_mutex_t lock;
    struct region items[KEPT_MAX];
    size_t count;
    uint64_t bytes;
} kept = {.lock = PTHREAD_MUTEX_INITIALIZER};

static atomic_uint_fast64_t in_use;

static void use_more(size_t bytes)
{
    atomic_fetch_add_explicit(&in_use, bytes, memory_order_relaxed);
    metric_add(metric_bare(METRIC_MEMORY_BYTES), bytes);
}

static void use_less(size_t bytes)
{
    atomic_fetch_sub_explicit(&in_use, bytes, memory_order_relaxed);
    metric_sub(metric_bare(METRIC_MEMORY_BYTES), bytes);
}

uint64_t region_bytes_in_use(void)
{
    return atomic_load_explicit(&in_use, memory_order_relaxed);
}

uint64_t region_bytes_kept(void)
{
    (void)pthread_mutex_lock(&kept.lock);
    uint64_t bytes = kept.bytes;
    (void)pthread_mutex_unlock(&kept.lock);
    return bytes;
}

size_t region_size(size_t size)
{
    return size <= SMALLEST ? SMALLEST : (size + 4095) & ~(size_t)4095;
}

/* The smallest kept one that is large enough, newest first: its pages may still be in the cache. */
static bool take_kept(size_t size, size_t most, size_t waste, struct region *out)
{
    bool found = false;
    size_t best = 0;
    (void)pthread_mutex_lock(&kept.lock);
    for (size_t i = kept.count; i-- > 0;) {
        size_t have = kept.items[i].size;
        if (have < size || have > most || have / waste > size)
            continue;
        if (!found || have < kept.items[best].size)
            best = i;
        found = true;
        if (have == size)
            break;
    }
    if (found) {
        *out = kept.items[best];
        kept.items[best] = kept.items[--kept.count];
        kept.bytes -= out->size;
    }
    (void)pthread_mutex_unlock(&kept.lock);
    return found;
}

struct region region_take(size_t size, size_t most)
{
    struct region region = {NULL, 0};
    if (size > SIZE_MAX / 2)
        return region;
    size = region_size(size);
    if (!take_kept(size, most, WASTE, &region)) {
        void *ptr = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (ptr == MAP_FAILED)
            return region;
        region = (struct region){ptr, size};
    }
    use_more(region.size);
    return region;
}

/* Copying what is there into pages that are there already beats asking for new ones. */
static bool move_to_kept(struct region *region, size_t used, size_t size, size_t most)
{
    struct region larger;
    if (size < GROWING || !take_kept(size, most, WASTE_GROWING, &larger))
        return false;
    if (used > 0)
        memcpy(larger.ptr, region->ptr, used);
    use_more(larger.size);
    region_give(region);
    *region = larger;
    return true;
}

/* Moves what is used to another place of `size` bytes. */
static void *move(const struct region *region, size_t used, size_t size)
{
#ifdef UNDER_THREAD_SANITIZER
    /* It does not see mremap(): it would take the next owner of an address for a second one. */
    void *ptr = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (ptr != MAP_FAILED) {
        memcpy(ptr, region->ptr, used);
        (void)munmap(region->ptr, region->size);
    }
    return ptr;
#else
    (void)used;
    return mremap(region->ptr, region->size, size, MREMAP_MAYMOVE);
#endif
}

char *region_grow(struct region *region, size_t used, size_t size, size_t most)
{
    if (size <= region->size)
        return region->ptr;
    if (size > SIZE_MAX / 2)
        return NULL;
    size = region_size(size);
    if (move_to_kept(region, used, size, most))
        return region->ptr;
    void *ptr = move(region, used, size);
    if (ptr == MAP_FAILED)
        return NULL;
    use_more(size - region->size);
    *region = (struct region){ptr, size};
    return region->ptr;
}

void region_give(struct region *region)
{
    if (!region->ptr)
        return;
    use_less(region->size);
    bool keep = false;
    (void)pthread_mutex_lock(&kept.lock);
    if (kept.count < KEPT_MAX && kept.bytes + region->size <= KEPT_BYTES) {
        keep = true;
        kept.items[kept.count++] = *region;
        kept.bytes += region->size;
    }
    (void)pthread_mutex_unlock(&kept.lock);
    if (!keep)
        (void)munmap(region->ptr, region->size);
    *region = (struct region){NULL, 0};
}
