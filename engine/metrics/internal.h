/* SPDX-License-Identifier: Apache-2.0 */
/* internal: the inside of metrics.h, for the files of this folder. Any thread. */
#ifndef CULVERT_METRICS_INTERNAL_H
#define CULVERT_METRICS_INTERNAL_H

#include "engine/metrics/metrics.h"

#include <stdatomic.h>
#include <stdbool.h>

struct metric {
    const struct metric_family *family;
    struct metric *next; /* of its family, in the order of making */
    uint64_t hash;
    struct span values[METRIC_LABELS_MAX];
    char *labels;       /* as they are shown: tunnel="outbound",verb="MAIL" */
    size_t first_cell;  /* of buckets, +Inf and sum, or the one */
    atomic_bool hidden; /* not of metrics_replace()'s last set */
};

/* Upper ends of a histogram's buckets, in the unit of observation; +Inf is one more. */
struct buckets {
    const uint64_t *ends;
    size_t count;
};
struct buckets metric_buckets(const struct metric_family *family);

/* Adds up a cell of the metric over all threads. */
uint64_t metric_cell(const struct metric *metric, size_t cell);

/* Under the lock that makes metrics: the first of a family, and on by `next`. */
void metrics_lock(void);
void metrics_unlock(void);
struct metric *metrics_first(enum metric_id id);

/* process.c: measures the process. */
void process_measure(void);

#endif
