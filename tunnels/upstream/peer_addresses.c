/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/upstream/peer_addresses.h"

#include "engine/base/mem.h"

#include <stdlib.h>
#include <string.h>

void peer_addresses_fini(struct peer_addresses *addresses)
{
    free(addresses->items);
    *addresses = (struct peer_addresses){0};
}

static struct peer_address *find(const struct peer_addresses *addresses, const char *text)
{
    for (size_t i = 0; i < addresses->count; i++) {
        if (strcmp(addresses->items[i].text, text) == 0)
            return &addresses->items[i];
    }
    return NULL;
}

static bool is_same(const struct peer_addresses *addresses, const struct addresses *found)
{
    bool same = addresses->count == found->count;
    for (size_t i = 0; same && i < found->count; i++)
        same = strcmp(addresses->items[i].text, found->text[i]) == 0;
    return same;
}

void peer_addresses_learn(struct peer_addresses *addresses, const struct addresses *found)
{
    if (found->count == 0 || is_same(addresses, found))
        return;
    struct peer_address *items = mem_alloc(found->count * sizeof *items);
    for (size_t i = 0; i < found->count; i++) {
        const struct peer_address *known = find(addresses, found->text[i]);
        if (known)
            items[i] = *known;
        else
            memcpy(items[i].text, found->text[i], ADDRESS_TEXT);
    }
    free(addresses->items);
    addresses->items = items;
    addresses->count = found->count;
}

static void add(struct addresses *out, struct peer_address *address, uint64_t now_ms)
{
    if (out->count == ADDRESSES_MAX)
        return;
    health_claim(&address->health, now_ms);
    memcpy(out->text[out->count++], address->text, ADDRESS_TEXT);
}

void peer_addresses_choose(struct peer_addresses *addresses, uint64_t now_ms, struct addresses *out)
{
    struct peer_address *soonest = NULL;
    out->count = 0;
    for (size_t i = 0; i < addresses->count; i++) {
        struct peer_address *address = &addresses->items[i];
        if (!health_is_resting(&address->health, now_ms))
            add(out, address, now_ms);
        else if (!soonest || address->health.rests_until_ms < soonest->health.rests_until_ms)
            soonest = address;
    }
    if (out->count == 0 && soonest)
        add(out, soonest, now_ms);
}

void peer_addresses_failed(struct peer_addresses *addresses, const char *text, uint64_t began_ms,
                           uint64_t now_ms, uint64_t rest_max_ms)
{
    struct peer_address *address = find(addresses, text);
    if (address)
        (void)health_failed(&address->health, began_ms, now_ms, rest_max_ms);
}

void peer_addresses_work(struct peer_addresses *addresses, const char *text)
{
    struct peer_address *address = find(addresses, text);
    if (address)
        (void)health_works(&address->health);
}
