/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/metrics/metrics.h"

#include "engine/base/attrs.h"
#include "engine/base/mem.h"
#include "engine/metrics/internal.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

/*
 * Each thread counts in a shard of its own: an array of cells, in chunks, of which every metric has
 * some at the same place in all shards. Nobody else writes there, so adding takes no locked
 * instruction. Threads beyond the last shard share one, where it does. Metrics are found in a hash
 * table that is only ever added to.
 */
#define SHARDS 64u
#define SET_SHARD 0u /* of metric_set(), which is nobody's */
#define SHARED_SHARD (SHARDS - 1)
#define CELLS_PER_CHUNK ((size_t)1024)
#define CHUNKS ((size_t)256)
#define SLOTS ((size_t)16384) /* a power of two; twice as many as there can be metrics */
#define METRICS_MAX (SLOTS / 2)
#define CACHE_LINE ((size_t)64)

struct chunk {
    atomic_uint_least64_t cells[CELLS_PER_CHUNK];
};

static struct {
    pthread_mutex_t lock; /* of making metrics, and of what follows to `slots` */
    size_t metric_count;
    size_t cell_count;
    struct metric *first[METRIC_COUNT];
    struct metric *last[METRIC_COUNT];
    size_t count[METRIC_COUNT];
    _Atomic(struct metric *) slots[SLOTS];
    _Atomic(struct chunk *) chunks[SHARDS][CHUNKS];
    atomic_uint next_shard;
} registry = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* 0: none yet. */
static _Thread_local unsigned own_shard;

static const uint64_t time_ends[] = {
    50,     100,    250,    500,     1000,    2500,    5000,     10000,    25000,    50000,
    100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000, 30000000, 120000000};
static const uint64_t size_ends[] = {1u << 10, 1u << 12, 1u << 14, 1u << 16, 1u << 18, 1u << 20,
                                     1u << 22, 1u << 24, 1u << 26, 1u << 28, 1u << 30};

#define METRIC(constant, name, type, l1, l2, l3, help) {name, METRIC_##type, {l1, l2, l3}, help},
static const struct metric_family families[METRIC_COUNT] = {
#include "engine/metrics/families.h"
};
#undef METRIC

const struct metric_family *metric_family(enum metric_id id)
{
    return &families[id];
}

struct buckets metric_buckets(const struct metric_family *family)
{
    if (family->type == METRIC_TIMES)
        return (struct buckets){time_ends, ARRAY_LEN(time_ends)};
    if (family->type == METRIC_SIZES)
        return (struct buckets){size_ends, ARRAY_LEN(size_ends)};
    return (struct buckets){NULL, 0};
}

/* The buckets, +Inf and the sum; or the one value. */
static size_t cells_of(const struct metric_family *family)
{
    size_t buckets = metric_buckets(family).count;
    return buckets > 0 ? buckets + 2 : 1;
}

static unsigned shard_of_thread(void)
{
    if (own_shard == 0) {
        unsigned number = atomic_fetch_add_explicit(&registry.next_shard, 1, memory_order_relaxed);
        own_shard = 1 + (number < SHARED_SHARD - 1 ? number : SHARED_SHARD - 1);
    }
    return own_shard;
}

/* Chunks begin with a cache line, so that no two threads write into one. */
static struct chunk *chunk_make(_Atomic(struct chunk *) *slot)
{
    struct chunk *expected = NULL;
    struct chunk *fresh = aligned_alloc(CACHE_LINE, sizeof *fresh);
    if (!fresh)
        abort();
    memset(fresh, 0, sizeof *fresh);
    if (atomic_compare_exchange_strong_explicit(slot, &expected, fresh, memory_order_acq_rel,
                                                memory_order_acquire))
        return fresh;
    free(fresh);
    return expected;
}

static atomic_uint_least64_t *cell_in(unsigned shard, size_t cell)
{
    _Atomic(struct chunk *) *slot = &registry.chunks[shard][cell / CELLS_PER_CHUNK];
    struct chunk *chunk = atomic_load_explicit(slot, memory_order_acquire);
    if (!chunk)
        chunk = chunk_make(slot);
    return &chunk->cells[cell % CELLS_PER_CHUNK];
}

static void add_to(size_t cell, uint64_t amount)
{
    unsigned shard = shard_of_thread();
    atomic_uint_least64_t *at = cell_in(shard, cell);
    if (shard == SHARED_SHARD)
        atomic_fetch_add_explicit(at, amount, memory_order_relaxed);
    else
        atomic_store_explicit(at, atomic_load_explicit(at, memory_order_relaxed) + amount,
                              memory_order_relaxed);
}

void metric_add(struct metric *metric, uint64_t amount)
{
    add_to(metric->first_cell, amount);
}

/* Modulo 2^64: the sum over the shards is right whichever thread takes away. */
void metric_sub(struct metric *metric, uint64_t amount)
{
    add_to(metric->first_cell, 0 - amount);
}

void metric_observe(struct metric *metric, uint64_t amount)
{
    struct buckets buckets = metric_buckets(metric->family);
    size_t at = 0;
    while (at < buckets.count && amount > buckets.ends[at])
        at++;
    add_to(metric->first_cell + at, 1);
    add_to(metric->first_cell + buckets.count + 1, amount);
}

void metric_set(struct metric *metric, int64_t value)
{
    atomic_store_explicit(cell_in(SET_SHARD, metric->first_cell), (uint64_t)value,
                          memory_order_relaxed);
}

uint64_t metric_cell(const struct metric *metric, size_t cell)
{
    size_t at = metric->first_cell + cell;
    uint64_t sum = 0;
    for (unsigned i = 0; i < SHARDS; i++) {
        struct chunk *chunk =
            atomic_load_explicit(&registry.chunks[i][at / CELLS_PER_CHUNK], memory_order_acquire);
        if (chunk)
            sum += atomic_load_explicit(&chunk->cells[at % CELLS_PER_CHUNK], memory_order_relaxed);
    }
    return sum;
}

int64_t metric_read(const struct metric *metric)
{
    size_t buckets = metric_buckets(metric->family).count;
    uint64_t sum = 0;
    for (size_t i = 0; i < buckets + 1; i++)
        sum += metric_cell(metric, i);
    return (int64_t)sum;
}

struct span metric_label(const struct metric *metric, unsigned which)
{
    assert(which < METRIC_LABELS_MAX);
    return metric->values[which];
}

void metrics_lock(void)
{
    (void)pthread_mutex_lock(&registry.lock);
}

void metrics_unlock(void)
{
    (void)pthread_mutex_unlock(&registry.lock);
}

struct metric *metrics_first(enum metric_id id)
{
    return registry.first[id];
}

/* FNV-1a over the family and the values, each with its end. */
static uint64_t hash_of(enum metric_id id, const struct span *values, size_t count)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ (uint64_t)id;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < values[i].len; j++)
            hash = (hash ^ (unsigned char)values[i].ptr[j]) * UINT64_C(0x100000001b3);
        hash = (hash ^ 0xff) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static bool is_same(const struct metric *metric, const struct metric_family *family, uint64_t hash,
                    const struct span *values, size_t count)
{
    if (metric->hash != hash || metric->family != family)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!span_equal(metric->values[i], values[i]))
            return false;
    }
    return true;
}

/* The metric, or NULL and the free slot where it belongs. The table is never full. */
static struct metric *look_up(const struct metric_family *family, uint64_t hash,
                              const struct span *values, size_t count, size_t *slot_out)
{
    for (size_t at = hash & (SLOTS - 1);; at = (at + 1) & (SLOTS - 1)) {
        struct metric *metric = atomic_load_explicit(&registry.slots[at], memory_order_acquire);
        *slot_out = at;
        if (!metric || is_same(metric, family, hash, values, count))
            return metric;
    }
}

/* A label value as it stands between quotes: \\, \" and \n are escaped. */
static void add_value(struct buf *out, struct span value)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (c == '\\' || c == '"')
            buf_add_byte(out, '\\');
        if (c == '\n')
            buf_add_str(out, "\\n");
        else
            buf_add_byte(out, c);
    }
}

static char *labels_text(const struct metric_family *family, const struct span *values,
                         size_t count)
{
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < count; i++) {
        buf_printf(&text, "%s%s=\"", i > 0 ? "," : "", family->labels[i]);
        add_value(&text, values[i]);
        buf_add_byte(&text, '"');
    }
    char *copy = mem_copy(buf_span(&text).ptr, text.len);
    buf_fini(&text);
    return copy;
}

static struct metric *make(enum metric_id id, uint64_t hash, const struct span *values,
                           size_t count, size_t slot)
{
    struct metric *metric = mem_alloc(sizeof *metric);
    metric->family = &families[id];
    metric->hash = hash;
    for (size_t i = 0; i < count; i++)
        metric->values[i] = span_of(mem_copy(values[i].ptr, values[i].len), values[i].len);
    metric->labels = labels_text(metric->family, values, count);
    metric->first_cell = registry.cell_count;
    registry.cell_count += cells_of(metric->family);
    registry.metric_count++;
    registry.count[id]++;
    if (registry.last[id])
        registry.last[id]->next = metric;
    else
        registry.first[id] = metric;
    registry.last[id] = metric;
    atomic_store_explicit(&registry.slots[slot], metric, memory_order_release);
    return metric;
}

/* Whether another metric of the family may be made; of each one for "other" always may. */
static bool has_room(enum metric_id id)
{
    return registry.count[id] < METRIC_VALUES_MAX &&
           registry.metric_count < METRICS_MAX - METRIC_COUNT &&
           registry.cell_count + (METRIC_COUNT + 1) * (ARRAY_LEN(time_ends) + 2) <
               CHUNKS * CELLS_PER_CHUNK;
}

static struct metric *find_or_make(enum metric_id id, const struct span *values, size_t count)
{
    static const struct span other[METRIC_LABELS_MAX] = {SPAN_INIT("other"), SPAN_INIT("other"),
                                                         SPAN_INIT("other")};
    assert(count == 0 || families[id].labels[count - 1]);
    assert(count == METRIC_LABELS_MAX || !families[id].labels[count]);
    uint64_t hash = hash_of(id, values, count);
    size_t slot;
    struct metric *metric = look_up(&families[id], hash, values, count, &slot);
    if (metric)
        return metric;
    metrics_lock();
    metric = look_up(&families[id], hash, values, count, &slot);
    if (!metric && count > 0 && !has_room(id)) {
        values = other;
        hash = hash_of(id, values, count);
        metric = look_up(&families[id], hash, values, count, &slot);
    }
    if (!metric)
        metric = make(id, hash, values, count, slot);
    metrics_unlock();
    return metric;
}

struct metric *metric_bare(enum metric_id id)
{
    return find_or_make(id, NULL, 0);
}

struct metric *metric_by(enum metric_id id, struct span first)
{
    return find_or_make(id, &first, 1);
}

struct metric *metric_by2(enum metric_id id, struct span first, struct span second)
{
    const struct span values[] = {first, second};
    return find_or_make(id, values, ARRAY_LEN(values));
}

struct metric *metric_by3(enum metric_id id, struct span first, struct span second,
                          struct span third)
{
    const struct span values[] = {first, second, third};
    return find_or_make(id, values, ARRAY_LEN(values));
}

void metrics_replace(enum metric_id id, const struct metric_value *values, size_t count)
{
    metrics_lock();
    for (struct metric *metric = registry.first[id]; metric; metric = metric->next)
        atomic_store_explicit(&metric->hidden, true, memory_order_relaxed);
    for (size_t i = 0; i < count; i++) {
        metric_set(values[i].metric, values[i].value);
        atomic_store_explicit(&values[i].metric->hidden, false, memory_order_relaxed);
    }
    metrics_unlock();
}
