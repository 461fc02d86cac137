/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rates: how often each client has come in the last minute, over all loops, for the limits that are
 * per client and minute. What was refused is not counted: a client that tries on gets as much as
 * the limit says, no less. A client is an IPv4 address, or an IPv6 network of 64 bits, which is
 * what one customer has at least. Of a bounded number of clients the one that was away longest is
 * forgotten first. Any thread; a lock for each part of the table.
 */
#ifndef CULVERT_TUNNELS_CLIENT_RATES_H
#define CULVERT_TUNNELS_CLIENT_RATES_H

#include "engine/base/attrs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Clients that are known at a time: some 10 MB at most. */
#define RATES_CLIENTS ((size_t)64 << 10)

enum rate { RATE_CONNECTIONS, RATE_MESSAGES, RATE_RECIPIENTS, RATE_COUNT };

struct rates;

/* `most`: clients that are known at a time. */
struct rates *rates_new(size_t most);
void rates_free(struct rates **rates);

/* Counts one more of `address` (numeric, IPv6 also as "IPv6:..."), unless `limit` of them were
 * counted in the 60 s before `now_ms`; false then. `limit` 0: none, and nothing is counted. It may
 * take 70 s, never less than 60, until what was counted counts no more. */
bool rates_take(struct rates *rates, const char *address, enum rate what, unsigned limit,
                uint64_t now_ms) MUST_USE;

/* Clients that are known. */
size_t rates_clients(struct rates *rates);

#endif
