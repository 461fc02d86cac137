/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/client/session_link.h"
#include "tunnels/descriptors.h"

/* session_rates: what a client may do in a minute, over all its connections; and what all may do at
 * a time. */

const struct reply *session_over_descriptors(const struct session *session)
{
    static const struct reply too_many =
        REPLY(451, "4.3.2", "Too many messages at once, try again later");
    if (descriptors_admit_mail())
        return NULL;
    counts_limit(session->counts, "descriptors");
    return &too_many;
}

const struct reply *session_over_rate(const struct session *session, enum rate what)
{
    static const struct reply too_many_messages =
        REPLY(450, "4.7.1", "Too many messages from you, try again later");
    static const struct reply too_many_recipients =
        REPLY(450, "4.7.1", "Too many recipients from you, try again later");
    const struct tunnel_place *place = session->place;
    if (rates_take(census_rates(place->census), conn_peer_address(session->conn), what,
                   place->tunnel->max_rates[what], loop_now_ms(place->loop->loop)))
        return NULL;
    bool is_message = what == RATE_MESSAGES;
    counts_limit(session->counts,
                 is_message ? "max_message_rate_per_client" : "max_recipient_rate_per_client");
    return is_message ? &too_many_messages : &too_many_recipients;
}
