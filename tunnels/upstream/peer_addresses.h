/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peer_addresses: the addresses that a peer's host name had when it was last looked up, and what is
 * known of each. Part of a peer of the pool; one loop's thread.
 */
#ifndef CULVERT_TUNNELS_UPSTREAM_PEER_ADDRESSES_H
#define CULVERT_TUNNELS_UPSTREAM_PEER_ADDRESSES_H

#include "tunnels/upstream/health.h"
#include "tunnels/wire/names.h"

struct peer_address {
    struct health health;
    char text[ADDRESS_TEXT];
};

struct peer_addresses {
    struct peer_address *items;
    size_t count;
};

void peer_addresses_fini(struct peer_addresses *addresses);

/* These are the addresses now; what is known of one that stays is kept. */
void peer_addresses_learn(struct peer_addresses *addresses, const struct addresses *found);

/* Those to try now, in order: all that do not rest; where all do, the one that was to be tried
 * next. At least one where there is any. */
void peer_addresses_choose(struct peer_addresses *addresses, uint64_t now_ms,
                           struct addresses *out);

/* What became of an attempt; harmless for one that is no address any more. */
void peer_addresses_failed(struct peer_addresses *addresses, const char *text, uint64_t began_ms,
                           uint64_t now_ms, uint64_t rest_max_ms);
void peer_addresses_work(struct peer_addresses *addresses, const char *text);

#endif
