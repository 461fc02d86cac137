/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/client/rates.h"

#include "engine/base/list.h"
#include "engine/base/mem.h"
#include "tunnels/client/client_key.h"

#include <pthread.h>
#include <stdlib.h>

/* A power of two: loops seldom meet in one. */
#define SHARDS 16u
/* The minute in steps; the present one is there in part only, so there is one more than the minute
 * has. */
#define STEP_MS 10000u
#define STEPS 7u
/* Clients whose minute is over are dropped as others come: two for one, so that they get fewer. */
#define DROPPED 2u

struct client {
    struct client *next; /* in its bucket */
    struct list link;    /* in the order of their last visits */
    struct network who;
    uint64_t hash;
    uint64_t step; /* the present one, in STEP_MS since the clock began */
    uint32_t counts[RATE_COUNT][STEPS];
};

struct shard {
    pthread_mutex_t lock;
    struct list visits; /* the longest ago first */
    struct client **buckets;
    size_t count;
};

struct rates {
    struct shard shards[SHARDS];
    size_t most;    /* in a shard */
    size_t buckets; /* the same; a power of two */
};

struct rates *rates_new(size_t most)
{
    struct rates *rates = mem_alloc(sizeof *rates);
    rates->most = most > SHARDS ? most / SHARDS : 1;
    rates->buckets = 1;
    while (rates->buckets < rates->most)
        rates->buckets *= 2;
    for (size_t i = 0; i < SHARDS; i++) {
        (void)pthread_mutex_init(&rates->shards[i].lock, NULL);
        list_init(&rates->shards[i].visits);
    }
    return rates;
}

static void forget(struct rates *rates, struct shard *shard, struct client *client)
{
    struct client **at = &shard->buckets[client->hash / SHARDS & (rates->buckets - 1)];
    while (*at != client)
        at = &(*at)->next;
    *at = client->next;
    list_remove(&client->link);
    shard->count--;
    free(client);
}

void rates_free(struct rates **slot)
{
    struct rates *rates = *slot;
    *slot = NULL;
    if (!rates)
        return;
    for (size_t i = 0; i < SHARDS; i++) {
        struct shard *shard = &rates->shards[i];
        while (!list_is_empty(&shard->visits))
            forget(rates, shard, LIST_FIRST(&shard->visits, struct client, link));
        free(shard->buckets);
        (void)pthread_mutex_destroy(&shard->lock);
    }
    free(rates);
}

static bool is_over(const struct client *client, uint64_t step)
{
    return step >= client->step + STEPS;
}

static void make_room(struct rates *rates, struct shard *shard, uint64_t step)
{
    for (unsigned i = 0; i < DROPPED && !list_is_empty(&shard->visits); i++) {
        struct client *oldest = LIST_FIRST(&shard->visits, struct client, link);
        if (shard->count < rates->most && !is_over(oldest, step))
            return;
        forget(rates, shard, oldest);
    }
}

static struct client *meet(struct rates *rates, struct shard *shard, const struct network *who,
                           uint64_t hash, uint64_t step)
{
    if (!shard->buckets)
        shard->buckets = mem_alloc(rates->buckets * sizeof(struct client *));
    struct client **bucket = &shard->buckets[hash / SHARDS & (rates->buckets - 1)];
    for (struct client *client = *bucket; client; client = client->next) {
        if (client->hash == hash && client_key_equal(&client->who, who))
            return client;
    }
    make_room(rates, shard, step);
    struct client *fresh = mem_alloc(sizeof *fresh);
    fresh->who = *who;
    fresh->hash = hash;
    fresh->step = step;
    fresh->next = *bucket;
    *bucket = fresh;
    list_init(&fresh->link);
    shard->count++;
    return fresh;
}

/* Steps that have begun since are empty. The clocks of loops differ by milliseconds: what comes
 * from before counts now. */
static void go_to(struct client *client, uint64_t step)
{
    if (step <= client->step)
        return;
    if (is_over(client, step))
        memset(client->counts, 0, sizeof client->counts);
    for (uint64_t at = client->step + 1; at <= step && !is_over(client, step); at++) {
        for (size_t what = 0; what < RATE_COUNT; what++)
            client->counts[what][at % STEPS] = 0;
    }
    client->step = step;
}

static bool take(struct client *client, enum rate what, unsigned limit)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < STEPS; i++)
        sum += client->counts[what][i];
    if (sum >= limit)
        return false;
    client->counts[what][client->step % STEPS]++;
    return true;
}

bool rates_take(struct rates *rates, const char *address, enum rate what, unsigned limit,
                uint64_t now_ms)
{
    if (limit == 0)
        return true;
    struct network who = client_key(address);
    uint64_t hash = client_key_hash(&who);
    uint64_t step = now_ms / STEP_MS;
    struct shard *shard = &rates->shards[hash % SHARDS];
    (void)pthread_mutex_lock(&shard->lock);
    struct client *client = meet(rates, shard, &who, hash, step);
    list_remove(&client->link);
    list_append(&shard->visits, &client->link);
    go_to(client, step);
    bool fits = take(client, what, limit);
    (void)pthread_mutex_unlock(&shard->lock);
    return fits;
}

size_t rates_clients(struct rates *rates)
{
    size_t count = 0;
    for (size_t i = 0; i < SHARDS; i++) {
        (void)pthread_mutex_lock(&rates->shards[i].lock);
        count += rates->shards[i].count;
        (void)pthread_mutex_unlock(&rates->shards[i].lock);
    }
    return count;
}
