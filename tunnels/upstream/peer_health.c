/* SPDX-License-Identifier: Apache-2.0 */
/* peer_health: whether a peer of the pool works, and what was learnt of it when it did. */
#include "engine/base/log.h"
#include "tunnels/upstream/pool.h"

#include <stdio.h>

#define SECOND_MS 1000u

static uint64_t now_ms(const struct peer *peer)
{
    return loop_now_ms(pool_loop(peer->pool));
}

bool peer_takes_chunks(const struct peer *peer)
{
    return !peer->settings.no_chunks && now_ms(peer) >= peer->no_chunks_until_ms;
}

void peer_denied_chunks(struct peer *peer)
{
    peer->no_chunks_until_ms = now_ms(peer) + PEER_NO_CHUNKS_MS;
}

bool peer_is_resting(const struct peer *peer)
{
    return health_is_resting(&peer->health, now_ms(peer)) ||
           (peer->health.is_failing && peer->connecting > 0);
}

void peer_answered(struct peer *peer, const struct capabilities *capabilities)
{
    peer->is_known = true;
    peer->capabilities = *capabilities;
    if (!health_works(&peer->health))
        return;
    metric_sub(peer->counts.down, 1);
    log_event(LOG_INFO, "upstream.up", LOG_STR("peer", peer->host), LOG_NUM("port", peer->port),
              LOG_NUM("down_s", (now_ms(peer) - peer->health.since_ms) / SECOND_MS));
}

uint64_t peer_rest_max_ms(const struct peer *peer)
{
    return (uint64_t)peer->settings.retry_delay_s * SECOND_MS;
}

void peer_failed(struct peer *peer, enum peer_fault fault, const char *reason, uint64_t began_ms)
{
    uint64_t now = now_ms(peer);
    if (health_failed(&peer->health, began_ms, now, peer_rest_max_ms(peer))) {
        metric_add(peer->counts.down, 1);
        log_event(LOG_WARNING, "upstream.down", LOG_STR("peer", peer->host),
                  LOG_NUM("port", peer->port), LOG_WHOLE("reason", span_str(reason)));
    }
    if (fault == PEER_LOGIN_FAILED && peer->health.rests_until_ms < now + PEER_LOGIN_REST_MS)
        peer->health.rests_until_ms = now + PEER_LOGIN_REST_MS;
    /* What it offered may be another thing when it is back, if it was away. */
    if (peer->users <= peer->connecting)
        peer->is_known = false;
    peer->fault = fault;
    (void)snprintf(peer->reason, sizeof peer->reason, "%s", reason);
}
