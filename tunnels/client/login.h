/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login: a client's AUTH that is passed on to the next hop, line by line (RFC 4954). The upstream
 * connection that it goes over is the session's alone from then on: all its mail goes over it, it
 * never comes into the pool, and nothing takes its place when it is lost. Owned by a session; one
 * loop's thread.
 */
#ifndef CULVERT_TUNNELS_CLIENT_LOGIN_H
#define CULVERT_TUNNELS_CLIENT_LOGIN_H

#include "tunnels/upstream/upstream.h"
#include "tunnels/wire/auth.h"

struct login;

/* Its connection for one delivery, or NULL: it is lost, or another has it. It may be not ready yet:
 * on_ready() comes. upstream_release() gives it back. */
struct upstream *login_lend(struct login *login, const struct upstream_events *events, void *user);
/* Whether mail of that route goes over it. */
bool login_serves(const struct login *login, const struct route *route);
/* The hop's place in the route. */
size_t login_hop(const struct login *login);

#endif
