/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hops: which of a route's next hops is tried next: the lowest priority first, equal ones take
 * turns on each loop (as MX records, RFC 5321 section 5.1); those that rest are left out. One
 * loop's thread.
 */
#ifndef CULVERT_TUNNELS_DELIVERY_HOPS_H
#define CULVERT_TUNNELS_DELIVERY_HOPS_H

#include "tunnels/upstream/pool.h"

#define HOPS_MAX 64u /* of a route */

struct hops_place {
    struct pool *pool;
    const struct tunnel *tunnel;
    const char *client_address;
    const struct tunnel_loop *tunnels;
};

struct peer *hops_peer(const struct hops_place *place, const struct hop *hop);

/* Its place in the route, noted in `tried`, a bit a hop; hop_count when there is none. */
size_t hops_next(const struct hops_place *place, const struct route *route, uint64_t *tried);

#endif
