/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/descriptors.h"
#include "tunnels/upstream/upstream_link.h"

/*
 * upstream_personal: a connection on which a client has logged in has a keeper, the client's
 * session: released by a delivery it goes back there instead of into the pool.
 */

void upstream_keep_for(struct upstream *upstream, const struct upstream_events *events, void *user)
{
    if (user && !upstream->keeper)
        descriptors_take(DESCRIPTORS_KEPT);
    if (!user && upstream->keeper)
        descriptors_give(DESCRIPTORS_KEPT);
    upstream->keeper_events = events;
    upstream->keeper = user;
}

void upstream_lend(struct upstream *upstream, const struct upstream_events *events, void *user)
{
    upstream->events = events;
    upstream->user = user;
}

/* Nothing is owed any more: whoever has it by now may use it. */
void upstream_return(struct upstream *upstream)
{
    if (upstream->state != UPSTREAM_LEASED)
        upstream_enter(upstream, UPSTREAM_LEASED);
    conn_deadline(upstream->conn, 0);
    upstream->events->on_ready(upstream->user);
}

void upstream_tell_keeper(const struct upstream *upstream, const char *reason)
{
    if (upstream->keeper && upstream->keeper != upstream->user)
        upstream->keeper_events->on_lost(upstream->keeper, reason, true);
}

void upstream_hand_back(struct upstream *upstream)
{
    upstream_lend(upstream, upstream->keeper_events, upstream->keeper);
    upstream->events->on_ready(upstream->user);
}

void upstream_dismiss(struct upstream **slot)
{
    struct upstream *upstream = *slot;
    *slot = NULL;
    upstream_lend(upstream, NULL, NULL);
    if (upstream->state >= UPSTREAM_LEASED)
        upstream_retire(upstream);
    else
        upstream_release(&upstream, RELEASE_CLOSE);
}
