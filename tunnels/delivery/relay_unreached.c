/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/delivery/relay_link.h"

#include "tunnels/delivery/reflect.h"

#include <stdio.h>

/*
 * relay_unreached: what the client hears when no hop of the route is left to be tried.
 */

static const struct reply unreachable =
    REPLY(451, "4.4.1", "The next mail server cannot be reached, try again later");
static const struct reply mail_loop =
    REPLY(451, "4.4.6", "This mail would come back to us, the forwarding address has to change");
static const struct reply no_login =
    REPLY(451, "4.7.0", "The next mail server did not accept our login, try again later");

static const struct reply not_told =
    REPLY(451, "4.7.0", "The next mail server cannot be told who you are, try again later");

static struct peer *peer_of(const struct relay *relay, size_t hop)
{
    struct hops_place place = {relay->pool, relay->place.tunnel, relay->place.client_address,
                               relay->place.loop};
    return hops_peer(&place, &relay->place.route->hops[hop]);
}

/* What the hops that were reached said of the mail is said of all only where none was missed. */
static bool holds_for_all(const struct relay *relay)
{
    bool any_away = false;
    for (size_t hop = 0; hop < relay->place.route->hop_count; hop++) {
        if (relay->place.route->hops[hop].kind != HOP_MAILDIR)
            any_away |= peer_of(relay, hop)->health.is_failing;
    }
    return reply_class(relay->unfit) == 4 || !any_away;
}

/* All that is left would take the mail to a tunnel of ours, and round and round. */
static bool would_come_back(const struct relay *relay)
{
    const struct route *route = relay->place.route;
    bool back = route->hop_count > 0;
    for (size_t hop = 0; hop < route->hop_count; hop++)
        back &= hop_is_ourselves(relay->place.loop, relay->place.tunnel, &route->hops[hop],
                                 relay->place.client_address);
    return back;
}

/* What somebody has to put right is said rather than that a host is away. */
void relay_fail_unreached(struct relay *relay)
{
    char words[PEER_REASON_MAX + 64];
    if (would_come_back(relay)) {
        relay_fail(relay, &mail_loop);
        return;
    }
    if (relay->unfit && holds_for_all(relay)) {
        relay_fail(relay, relay->unfit);
        return;
    }
    for (size_t hop = 0; hop < relay->place.route->hop_count; hop++) {
        if (relay->place.route->hops[hop].kind == HOP_MAILDIR)
            continue;
        const struct peer *peer = peer_of(relay, hop);
        if (!peer->health.is_failing || peer->fault == PEER_UNREACHABLE)
            continue;
        if (peer->fault == PEER_LOGIN_FAILED) {
            relay_fail(relay, &no_login);
            return;
        }
        if (peer->fault == PEER_XCLIENT_FAILED) {
            relay_fail(relay, &not_told);
            return;
        }
        (void)snprintf(words, sizeof words, "No TLS with the next mail server: %s", peer->reason);
        struct reply no_tls = {
            .code = 451, .enhanced = SPAN("4.7.5"), .text = span_str(words), .lines = 1};
        relay_fail(relay, &no_tls);
        return;
    }
    relay_fail(relay, &unreachable);
}
