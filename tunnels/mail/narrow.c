/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/delivery/hops.h"
#include "tunnels/mail/transaction_link.h"

/*
 * narrow: the 7-bit form of a message, for upstreams without 8BITMIME. It is made where the rules
 * run, on the loop or by a worker, and only where one of the service's upstreams is known to need
 * it: the relay chooses by the connection that it has in the end.
 */

static bool lacks(const struct transaction *transaction, const struct hop *hop)
{
    struct hops_place place = {transaction->loop->pool, transaction->tunnel,
                               transaction->client_address, transaction->loop};
    if (hop->kind == HOP_MAILDIR)
        return false;
    const struct peer *peer = hops_peer(&place, hop);
    bool wants_utf8 = transaction->params.smtputf8;
    return peer->is_known &&
           (!peer->capabilities.eightbitmime || (wants_utf8 && !peer->capabilities.smtputf8));
}

bool transaction_may_narrow(const struct transaction *transaction)
{
    const struct service *service = transaction->tunnel->service;
    if (transaction->params.body == MAIL_BODY_BINARYMIME)
        return false;
    for (size_t r = 0; r < service->route_count; r++) {
        for (size_t h = 0; h < service->routes[r].hop_count; h++) {
            if (lacks(transaction, &service->routes[r].hops[h]))
                return true;
        }
    }
    return false;
}

void transaction_narrow(struct transaction *transaction)
{
    const struct outcome *outcome = &transaction->outcome;
    if (outcome->verdict != VERDICT_DELIVER)
        return;
    struct downgrade *narrow = ARENA_NEW(transaction->arena, struct downgrade);
    downgrade(transaction->message.bytes, outcome->edits, transaction->message.spool,
              transaction->arena, narrow);
    transaction->narrow = narrow;
}
