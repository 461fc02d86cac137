/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics: what the process counts of itself, for GET /metrics. Like the log's sink there is one a
 * process: counters live as long as it does, over all reloads, and never go backwards. Any thread.
 *
 * A *family* (families.h) has one *metric* for each combination of label values. To count:
 *
 *     metric_add(metric_by2(METRIC_LIMITS, tunnel->name, SPAN("connections")), 1);
 *
 * metric_by*() looks a metric up without a lock (50 ns) and takes one only to make it, the first
 * time. What is counted several times a message keeps the pointer: it stays good as long as the
 * process lives. Counting is one atomic addition on a cache line that no other thread writes.
 *
 * Label values are names of the configuration or words of ours. Never put into them what comes over
 * the network: their number is bounded, and what is beyond METRIC_VALUES_MAX in a family is counted
 * under the label value "other".
 */
#ifndef CULVERT_METRICS_METRICS_H
#define CULVERT_METRICS_METRICS_H

#include "engine/base/buf.h"

#include <stdint.h>

#define METRIC_LABELS_MAX 3
#define METRIC_VALUES_MAX 1000u /* metrics of one family */

enum metric_type { METRIC_COUNTER, METRIC_SECONDS, METRIC_GAUGE, METRIC_TIMES, METRIC_SIZES };

#define METRIC(constant, name, type, l1, l2, l3, help) METRIC_##constant,
enum metric_id {
#include "engine/metrics/families.h"
    METRIC_COUNT
};
#undef METRIC

struct metric_family {
    const char *name;
    enum metric_type type;
    const char *labels[METRIC_LABELS_MAX]; /* NULL behind the last */
    const char *help;
};

const struct metric_family *metric_family(enum metric_id id);

struct metric;

/* The metric of these label values, as many as the family has labels. Never NULL. */
struct metric *metric_bare(enum metric_id id);
struct metric *metric_by(enum metric_id id, struct span first);
struct metric *metric_by2(enum metric_id id, struct span first, struct span second);
struct metric *metric_by3(enum metric_id id, struct span first, struct span second,
                          struct span third);

void metric_add(struct metric *metric, uint64_t amount);     /* counters and gauges */
void metric_sub(struct metric *metric, uint64_t amount);     /* gauges */
void metric_observe(struct metric *metric, uint64_t amount); /* histograms */
/* For what is measured elsewhere, and always so: not to be mixed with metric_add(). */
void metric_set(struct metric *metric, int64_t value);

/* A gauge whose label values come and go: from now on it has these, and no others. */
struct metric_value {
    struct metric *metric;
    int64_t value;
};
void metrics_replace(enum metric_id id, const struct metric_value *values, size_t count);

/* One of its label values, from 0; as good as the metric. */
struct span metric_label(const struct metric *metric, unsigned which);

/* What was counted, over all threads; of a histogram the number of observations. */
int64_t metric_read(const struct metric *metric);

/* The text exposition format of Prometheus, version 0.0.4. */
#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"
void metrics_write(struct buf *out);

#endif
