/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/client/census.h"

#include "engine/base/mem.h"
#include "tunnels/client/client_key.h"
#include "tunnels/client/rates.h"

#include <pthread.h>
#include <stdlib.h>

#define FIRST_BUCKETS 64u

struct client {
    struct client *next;
    struct network who;
    size_t connections;
};

struct census {
    struct counted counted;
    struct rates *rates;
    atomic_size_t connections;
    pthread_mutex_t lock; /* of what follows */
    struct client **buckets;
    size_t bucket_count; /* a power of two */
    size_t client_count;
};

static void census_free(struct counted *counted)
{
    struct census *census = CONTAINER_OF(counted, struct census, counted);
    for (size_t i = 0; i < census->bucket_count; i++) {
        while (census->buckets[i]) {
            struct client *first = census->buckets[i];
            census->buckets[i] = first->next;
            free(first);
        }
    }
    free(census->buckets);
    rates_free(&census->rates);
    (void)pthread_mutex_destroy(&census->lock);
    free(census);
}

struct census *census_new(void)
{
    struct census *census = mem_alloc(sizeof *census);
    counted_init(&census->counted, census_free);
    atomic_init(&census->connections, 0);
    census->rates = rates_new(RATES_CLIENTS);
    (void)pthread_mutex_init(&census->lock, NULL);
    census->bucket_count = FIRST_BUCKETS;
    census->buckets = mem_alloc(FIRST_BUCKETS * sizeof *census->buckets);
    return census;
}

struct census *census_ref(struct census *census)
{
    counted_ref(&census->counted);
    return census;
}

void census_unref(struct census **slot)
{
    struct census *census = *slot;
    *slot = NULL;
    if (census)
        counted_unref(&census->counted);
}

static struct client **bucket_of(struct census *census, const struct network *who)
{
    return &census->buckets[client_key_hash(who) & (census->bucket_count - 1)];
}

static struct client **find(struct census *census, const struct network *who)
{
    struct client **at = bucket_of(census, who);
    while (*at && !client_key_equal(&(*at)->who, who))
        at = &(*at)->next;
    return at;
}

static void grow(struct census *census)
{
    struct client **old = census->buckets;
    size_t old_count = census->bucket_count;
    census->bucket_count *= 2;
    census->buckets = mem_alloc(census->bucket_count * sizeof *census->buckets);
    for (size_t i = 0; i < old_count; i++) {
        while (old[i]) {
            struct client *first = old[i];
            old[i] = first->next;
            struct client **at = bucket_of(census, &first->who);
            first->next = *at;
            *at = first;
        }
    }
    free(old);
}

static bool enter_client(struct census *census, const char *address, unsigned max)
{
    struct network who = client_key(address);
    (void)pthread_mutex_lock(&census->lock);
    struct client **at = find(census, &who);
    if (!*at) {
        struct client *fresh = mem_alloc(sizeof *fresh);
        fresh->who = who;
        *at = fresh;
        if (++census->client_count > census->bucket_count)
            grow(census);
        at = find(census, &who);
    }
    bool fits = (*at)->connections < max;
    if (fits)
        (*at)->connections++;
    (void)pthread_mutex_unlock(&census->lock);
    return fits;
}

static void leave_client(struct census *census, const char *address)
{
    struct network who = client_key(address);
    (void)pthread_mutex_lock(&census->lock);
    struct client **at = find(census, &who);
    struct client *client = *at;
    assert(client && client->connections > 0);
    if (--client->connections == 0) {
        *at = client->next;
        census->client_count--;
        free(client);
    }
    (void)pthread_mutex_unlock(&census->lock);
}

void census_depart(struct census *census)
{
    atomic_fetch_sub(&census->connections, 1);
}

bool census_arrive(struct census *census, const struct tunnel *tunnel)
{
    size_t before = atomic_fetch_add(&census->connections, 1);
    if (tunnel->max_connections == 0 || before < tunnel->max_connections)
        return true;
    census_depart(census);
    return false;
}

enum census_result census_enter(struct census *census, const struct tunnel *tunnel,
                                const char *address, bool *by_client_out)
{
    *by_client_out = false;
    if (!census_arrive(census, tunnel))
        return CENSUS_FULL;
    if (tunnel->max_connections_per_client == 0)
        return CENSUS_OK;
    if (!enter_client(census, address, tunnel->max_connections_per_client)) {
        census_depart(census);
        return CENSUS_CLIENT_FULL;
    }
    *by_client_out = true;
    return CENSUS_OK;
}

void census_leave(struct census *census, const char *address, bool by_client)
{
    census_depart(census);
    if (by_client)
        leave_client(census, address);
}

size_t census_connections(const struct census *census)
{
    return atomic_load(&census->connections);
}

struct rates *census_rates(struct census *census)
{
    return census->rates;
}
