/* SPDX-License-Identifier: Apache-2.0 */
/* hop_counts: the metrics (engine/metrics) of a next hop, looked up once. One loop's thread. */
#ifndef CULVERT_TUNNELS_UPSTREAM_HOP_COUNTS_H
#define CULVERT_TUNNELS_UPSTREAM_HOP_COUNTS_H

#include "engine/metrics/metrics.h"
#include "tunnels/tunnel.h"

/* Of a next hop as it is configured: "mta.example:25"; "reflect" is one, whatever the client. */
struct hop_counts {
    struct span upstream;
    struct metric *made, *kept, *lost, *failed; /* connections */
    struct metric *open, *waiting, *down;
};
void hop_counts_init(struct hop_counts *counts, const struct hop *hop);
/* It failed, or was lost in use; a word for METRIC_UPSTREAM_FAILURES. */
void hop_counts_failure(const struct hop_counts *counts, bool was_ready, const char *reason);

#endif
