/* SPDX-License-Identifier: Apache-2.0 */
/*
 * census: how many clients a tunnel has, over all loops: the limits of the configuration are the
 * tunnel's, not a loop's. Counted; outlives reloads. Any thread; the lock is taken only when a
 * connection comes or goes, and only where clients are limited one by one.
 */
#ifndef CULVERT_TUNNELS_CLIENT_CENSUS_H
#define CULVERT_TUNNELS_CLIENT_CENSUS_H

#include "engine/base/attrs.h"
#include "tunnels/tunnel.h"

struct census;
struct rates;

struct census *census_new(void);
struct census *census_ref(struct census *census);
void census_unref(struct census **census);

enum census_result {
    CENSUS_OK,          /* counted */
    CENSUS_FULL,        /* max_connections: not counted */
    CENSUS_CLIENT_FULL, /* max_connections_per_client: not counted */
};

/* A connection of which the client is not known yet; false: max_connections, not counted. It leaves
 * before its client enters. */
bool census_arrive(struct census *census, const struct tunnel *tunnel) MUST_USE;
void census_depart(struct census *census);

/* `*by_client_out` says whether the address is counted too; census_leave() wants to know. */
enum census_result census_enter(struct census *census, const struct tunnel *tunnel,
                                const char *address, bool *by_client_out);
void census_leave(struct census *census, const char *address, bool by_client);

size_t census_connections(const struct census *census);

/* How often its clients came; the census owns it. */
struct rates *census_rates(struct census *census);

#endif
