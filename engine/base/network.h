/* SPDX-License-Identifier: Apache-2.0 */
/*
 * network: IPv4 and IPv6 networks in CIDR notation (RFC 4632, 4291), for lists of clients. An IPv4
 * address mapped into IPv6 (::ffff:192.0.2.1) is the IPv4 address. Values; any thread.
 */
#ifndef CULVERT_BASE_NETWORK_H
#define CULVERT_BASE_NETWORK_H

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

/* Whether the numeric address is in any of them (with or without the "IPv6:" of RFC 5321 section
 * 4.1.3, and with or without a zone); false for what is no address. */
bool networks_hold(const struct network *networks, size_t count, struct span address);

#endif
