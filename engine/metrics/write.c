/* SPDX-License-Identifier: Apache-2.0 */
/* write: the text exposition format of Prometheus, version 0.0.4. */
#include "engine/base/attrs.h"
#include "engine/metrics/internal.h"

#include <inttypes.h>

#define US_IN_S 1000000u
#define US_DIGITS 6

static const char *type_word(enum metric_type type)
{
    static const char *const words[] = {"counter", "counter", "gauge", "histogram", "histogram"};
    return words[type];
}

/* Microseconds as seconds, exactly, without zeros at the end. */
static void add_seconds(struct buf *out, uint64_t us)
{
    buf_printf(out, "%" PRIu64, us / US_IN_S);
    if (us % US_IN_S == 0)
        return;
    buf_printf(out, ".%0*" PRIu64, US_DIGITS, us % US_IN_S);
    while (out->ptr[out->len - 1] == '0')
        out->len--;
}

static void add_number(struct buf *out, const struct metric *metric, uint64_t number)
{
    enum metric_type type = metric->family->type;
    if (type == METRIC_TIMES || type == METRIC_SECONDS)
        add_seconds(out, number);
    else if (type == METRIC_GAUGE)
        buf_printf(out, "%" PRId64, (int64_t)number);
    else
        buf_printf(out, "%" PRIu64, number);
}

/* Name and labels, with a blank behind. `suffix` is of the name. */
static void add_name(struct buf *out, const struct metric *metric, const char *suffix)
{
    buf_printf(out, "%s%s", metric->family->name, suffix);
    if (*metric->labels)
        buf_printf(out, "{%s}", metric->labels);
    buf_add_byte(out, ' ');
}

static void begin_bucket(struct buf *out, const struct metric *metric)
{
    buf_printf(out, "%s_bucket{%s%sle=\"", metric->family->name, metric->labels,
               *metric->labels ? "," : "");
}

/* Buckets hold all that is less, so they are added up; what is counted meanwhile cannot make
 * _count differ from the last of them. */
static void write_histogram(struct buf *out, const struct metric *metric)
{
    struct buckets buckets = metric_buckets(metric->family);
    uint64_t so_far = 0;
    for (size_t i = 0; i < buckets.count; i++) {
        so_far += metric_cell(metric, i);
        begin_bucket(out, metric);
        add_number(out, metric, buckets.ends[i]);
        buf_printf(out, "\"} %" PRIu64 "\n", so_far);
    }
    so_far += metric_cell(metric, buckets.count);
    begin_bucket(out, metric);
    buf_printf(out, "+Inf\"} %" PRIu64 "\n", so_far);
    add_name(out, metric, "_sum");
    add_number(out, metric, metric_cell(metric, buckets.count + 1));
    buf_add_byte(out, '\n');
    add_name(out, metric, "_count");
    buf_printf(out, "%" PRIu64 "\n", so_far);
}

static void write_metric(struct buf *out, const struct metric *metric)
{
    if (atomic_load_explicit(&metric->hidden, memory_order_relaxed))
        return;
    if (metric_buckets(metric->family).count > 0) {
        write_histogram(out, metric);
        return;
    }
    add_name(out, metric, "");
    add_number(out, metric, metric_cell(metric, 0));
    buf_add_byte(out, '\n');
}

/* What has no labels is there from the start, with 0. */
static void write_family(struct buf *out, enum metric_id id)
{
    const struct metric_family *family = metric_family(id);
    const struct metric *first = family->labels[0] ? metrics_first(id) : metric_bare(id);
    if (!first)
        return;
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", family->name, family->help, family->name,
               type_word(family->type));
    metrics_lock();
    for (const struct metric *metric = first; metric; metric = metric->next)
        write_metric(out, metric);
    metrics_unlock();
}

void metrics_write(struct buf *out)
{
    process_measure();
    for (enum metric_id id = 0; id < METRIC_COUNT; id++)
        write_family(out, id);
}
