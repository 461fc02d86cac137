/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/pattern/starts.h"

#include "engine/base/clock.h"

#define RANGES_BETWEEN_LOOKS 256u /* at the clock */

struct starts_range {
    size_t from, end;
};

static struct starts_range range_at(const struct starts *starts, size_t i)
{
    struct starts_range range;
    memcpy(&range, starts->ranges.ptr + i * sizeof range, sizeof range);
    return range;
}

static size_t range_count(const struct starts *starts)
{
    return starts->ranges.len / sizeof(struct starts_range);
}

void starts_add(struct starts *starts, size_t end, size_t least, size_t most)
{
    if (end < least)
        return;
    struct starts_range next = {most < end ? end - most : 0, end - least + 1};
    size_t count = range_count(starts);
    if (count > 0) {
        struct starts_range last = range_at(starts, count - 1);
        if (next.from <= last.end) {
            next.from = next.from < last.from ? next.from : last.from;
            next.end = next.end > last.end ? next.end : last.end;
            starts->ranges.len -= sizeof last;
        }
    }
    buf_add(&starts->ranges, span_of((const char *)&next, sizeof next));
}

void starts_clear(struct starts *starts)
{
    starts->ranges.len = 0;
}

void starts_fini(struct starts *starts)
{
    buf_fini(&starts->ranges);
}

/* The first range that ends behind `from`. */
static size_t first_range(const struct starts *starts, size_t from)
{
    size_t low = 0, high = range_count(starts);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (range_at(starts, middle).end <= from)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

enum pattern_result starts_search(const struct starts *starts, const struct pattern *pattern,
                                  const struct pattern_subject *subject, size_t from,
                                  uint64_t deadline_ns, struct pattern_match *match_out)
{
    for (size_t i = first_range(starts, from); i < range_count(starts); i++) {
        struct starts_range range = range_at(starts, i);
        size_t at = range.from > from ? range.from : from;
        enum pattern_result result =
            pattern_search_within(pattern, subject, at, range.end, deadline_ns, match_out);
        if (result != PATTERN_NOT_FOUND)
            return result;
        if (i % RANGES_BETWEEN_LOOKS == 0 && clock_is_past(deadline_ns))
            return PATTERN_OVER_LIMIT;
    }
    return PATTERN_NOT_FOUND;
}
