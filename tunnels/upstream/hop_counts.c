/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/upstream/hop_counts.h"

void hop_counts_init(struct hop_counts *counts, const struct hop *hop)
{
    struct span upstream = span_str(hop->text);
    counts->made = metric_by2(METRIC_UPSTREAM_CONNECTIONS, upstream, SPAN("made"));
    counts->kept = metric_by2(METRIC_UPSTREAM_CONNECTIONS, upstream, SPAN("kept"));
    counts->lost = metric_by2(METRIC_UPSTREAM_CONNECTIONS, upstream, SPAN("lost"));
    counts->failed = metric_by2(METRIC_UPSTREAM_CONNECTIONS, upstream, SPAN("failed"));
    counts->open = metric_by(METRIC_UPSTREAM_OPEN, upstream);
    counts->waiting = metric_by(METRIC_UPSTREAM_WAITING, upstream);
    counts->down = metric_by(METRIC_UPSTREAM_DOWN, upstream);
    counts->upstream = metric_label(counts->open, 0);
}

void hop_counts_failure(const struct hop_counts *counts, bool was_ready, const char *reason)
{
    metric_add(was_ready ? counts->lost : counts->failed, 1);
    metric_add(metric_by2(METRIC_UPSTREAM_FAILURES, counts->upstream, span_str(reason)), 1);
}
