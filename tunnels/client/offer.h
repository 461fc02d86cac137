/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offer: what EHLO may promise: what we can do and the upstreams of the service can do, all of them
 * or, of what a client would bounce mail for, any (engine/decisions/0031). What an upstream can do
 * is known from its own EHLO reply; where none of a route is known yet, a
 * connection is made to learn it (and kept for the first mail). One loop's thread.
 */
#ifndef CULVERT_TUNNELS_CLIENT_OFFER_H
#define CULVERT_TUNNELS_CLIENT_OFFER_H

#include "tunnels/place.h"

/* Embedded in who waits; unlink it to stop waiting. */
struct offer_waiter {
    struct list link;
    void (*on_known)(struct offer_waiter *waiter);
};

/* What may be offered now, as far as it is known. */
void offer_get(struct tunnel_place *place, const char *client_address, struct capabilities *out);

/* Whether a moment's wait would tell more. true: `waiter` is queued, on_known() comes, not from
 * inside, within a few seconds. */
bool offer_wait(struct tunnel_place *place, const char *client_address,
                struct offer_waiter *waiter) MUST_USE;

/* Ends all learning; no waiter may be left. */
void offer_stop(struct tunnel_place *place);

#endif
