/* SPDX-License-Identifier: Apache-2.0 */
/*
 * networks: IPv4 and IPv6 networks in CIDR notation, for lists of clients that may connect. An IPv4
 * address mapped into IPv6 (::ffff:192.0.2.1) is the IPv4 address. Values; any thread.
 */
#ifndef CULVERT_TUNNELS_NETWORKS_H
#define CULVERT_TUNNELS_NETWORKS_H

#include "engine/base/error.h"
#include "engine/base/span.h"

struct network {
    bool is_v6;
    unsigned prefix; /* bits that count */
    uint8_t address[16];
};

/* "192.0.2.0/24", "2001:db8::/32"; without a prefix length that one address. Bits behind the prefix
 * must be 0: `err` says what was meant. */
bool network_parse(struct span text, struct network *out, struct error *err) MUST_USE;

/* Whether the numeric address is in any of them; false for what is no address. */
bool networks_hold(const struct network *networks, size_t count, const char *address);

#endif
