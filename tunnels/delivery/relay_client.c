/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/delivery/relay_link.h"

#include <stdio.h>

/*
 * relay_client: for whom a connection to an upstream is made that is told who its client is
 * (send_proxy xclient and proxy_v2).
 */

/* An upstream that refuses a client for good may be one that is set up badly: mail that can be sent
 * again is not lost (decision 0032). */
static const struct reply refused =
    REPLY(451, "4.7.1", "The next mail server does not talk to this client, try again later");

struct client_identity relay_client(const struct relay *relay)
{
    const struct delivery_place *place = &relay->place;
    struct client_identity identity = {.server = place->server,
                                       .helo = place->client_helo,
                                       .user = place->user,
                                       .is_extended = place->client_extended};
    (void)snprintf(identity.client.address, sizeof identity.client.address, "%s",
                   place->client_address);
    identity.client.port = place->client_port;
    return identity;
}

void relay_note_refusal(struct relay *relay)
{
    if (upstream_refused_client(relay->upstream))
        relay->unfit = &refused;
}

bool relay_change_user(struct relay *relay)
{
    const struct upstream_settings *settings = &relay->place.tunnel->service->upstream;
    struct span user = relay->outgoing.user;
    bool is_told = settings->send_proxy == SEND_PROXY_XCLIENT && !settings->username;
    if (!is_told || !user.ptr || span_equal(user, relay->place.user) || relay->place.login)
        return false;
    relay->place.user = user;
    upstream_release(&relay->upstream, RELEASE_RESET);
    return true;
}
