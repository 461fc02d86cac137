/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/delivery/hops.h"

#include "tunnels/delivery/reflect.h"

struct peer *hops_peer(const struct hops_place *place, const struct hop *hop)
{
    return pool_peer(place->pool, hop, place->client_address, &place->tunnel->service->upstream,
                     &place->tunnel->conn);
}

static bool may_try(const struct hops_place *place, const struct hop *hop, uint64_t tried,
                    size_t at)
{
    return hop->kind != HOP_MAILDIR && (tried >> at & 1) == 0 &&
           !hop_is_ourselves(place->tunnels, place->tunnel, hop, place->client_address);
}

/* A peer that takes no more connections, or is gone, is not called for a while; what it has taken
 * before carries mail all the same, until it turns out dead. */
static bool is_usable(const struct peer *peer)
{
    bool has_idle = !list_is_empty(&peer->idle) && !peer_tells_client(peer);
    return !peer_is_resting(peer) || has_idle;
}

/* Of two with the same priority: where mail need not wait, then whose turn it is. */
static bool is_better(struct peer *peer, struct peer *than)
{
    bool room = peer_has_room(peer), room_than = peer_has_room(than);
    return room != room_than ? room : peer->turn < than->turn;
}

size_t hops_next(const struct hops_place *place, const struct route *route, uint64_t *tried)
{
    size_t best = route->hop_count;
    struct peer *best_peer = NULL;
    for (size_t i = 0; i < route->hop_count && i < HOPS_MAX; i++) {
        const struct hop *hop = &route->hops[i];
        /* They stand in the order of their priorities. */
        if (best_peer && hop->priority > route->hops[best].priority)
            break;
        if (!may_try(place, hop, *tried, i))
            continue;
        struct peer *peer = hops_peer(place, hop);
        if (!is_usable(peer) || (best_peer && !is_better(peer, best_peer)))
            continue;
        best = i;
        best_peer = peer;
    }
    if (best_peer) {
        *tried |= UINT64_C(1) << best;
        peer_took_turn(best_peer);
    }
    return best;
}
