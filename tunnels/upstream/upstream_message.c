/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/log.h"
#include "tunnels/upstream/upstream_link.h"

#include <assert.h>

/* upstream_message: the text of a message on its way to an MTA, behind DATA or BDAT. */

#define MS 1000u
/* RFC 5321 section 4.5.3.2.5: the time is for each block. Less is no progress: a peer that takes a
 * byte a minute would have the message for ever. */
#define BLOCK ((size_t)64 << 10)

void upstream_count_message(struct upstream *upstream)
{
    upstream->messages++;
    upstream->refusals = 0;
}

bool upstream_has_delivered(const struct upstream *upstream)
{
    return upstream->messages > 0;
}

bool upstream_takes_chunks(const struct upstream *upstream)
{
    return upstream->capabilities.chunking && peer_takes_chunks(upstream->peer);
}

void upstream_denied_chunks(struct upstream *upstream, const struct reply *reply)
{
    log_event(LOG_WARNING, "upstream.chunks_denied", LOG_STR("peer", upstream->peer->host),
              LOG_NUM("port", upstream->peer->port), LOG_NUM("code", reply->code),
              LOG_WHOLE("reply", reply->text), LOG_STR("then", "DATA, for an hour"));
    peer_denied_chunks(upstream->peer);
}

void upstream_message(struct upstream *upstream, struct span line, const struct conn_source *source)
{
    assert(upstream->state == UPSTREAM_LEASED && upstream->outstanding == 0);
    if (line.len > 0)
        conn_write(upstream->conn, line);
    upstream->outstanding++;
    upstream_extend(upstream);
    conn_send(upstream->conn, source);
}

void upstream_out_of_step(struct upstream *upstream, const struct reply *reply)
{
    log_event(LOG_WARNING, "upstream.out_of_step", LOG_STR("peer", upstream->peer->host),
              LOG_NUM("port", upstream->peer->port), LOG_NUM("code", reply->code),
              LOG_SPAN("enhanced", reply->enhanced), LOG_WHOLE("reply", reply->text),
              LOG_STR("then", "DATA, for an hour"));
    peer_denied_chunks(upstream->peer);
}

bool upstream_is_quiet(const struct upstream *upstream)
{
    return upstream->state < UPSTREAM_LEASED || !conn_has_input(upstream->conn);
}

bool upstream_is_in_step(const struct upstream *upstream)
{
    return !upstream->more && !upstream->began_early && conn_is_delivered(upstream->conn);
}

void upstream_has_taken(struct upstream *upstream, size_t bytes)
{
    upstream->taken += bytes;
    if (upstream->taken >= BLOCK)
        upstream_extend(upstream);
}

void upstream_extend(struct upstream *upstream)
{
    upstream->taken = 0;
    if (upstream->state == UPSTREAM_LEASED)
        conn_deadline(upstream->conn, (uint64_t)upstream->peer->settings.data_timeout_s * MS);
}
