/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/seen_index.h"

#include <stdlib.h>

/* Counting sort, which keeps the order of places. */
void seen_index_make(struct seen_index *index, const struct seen *seen, size_t count,
                     struct arena *arena)
{
    index->seen = seen;
    index->subjects = 0;
    for (size_t i = 0; i < count; i++) {
        size_t number = seen[i].sighting->subject->index;
        index->subjects = number < index->subjects ? index->subjects : number + 1;
    }
    index->firsts = ARENA_ARRAY(arena, index->subjects + 2, uint32_t);
    index->numbers = ARENA_ARRAY(arena, count, uint32_t);
    uint32_t *next = index->firsts + 1;
    for (size_t i = 0; i < count; i++)
        next[seen[i].sighting->subject->index + 1]++;
    for (size_t i = 1; i <= index->subjects; i++)
        next[i] += next[i - 1];
    for (size_t i = 0; i < count; i++)
        index->numbers[next[seen[i].sighting->subject->index]++] = (uint32_t)i;
}

static size_t count_of(const struct seen_index *index, const struct subject *subject)
{
    if (subject->index >= index->subjects)
        return 0;
    return index->firsts[subject->index + 1] - index->firsts[subject->index];
}

size_t seen_index_count(const struct seen_index *index, const struct subject *const *subjects,
                        size_t count)
{
    size_t all = 0;
    for (size_t i = 0; i < count; i++)
        all += count_of(index, subjects[i]);
    return all;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

struct seen *seen_index_take(const struct seen_index *index, const struct subject *const *subjects,
                             size_t count, struct arena *arena, uint32_t **numbers_out)
{
    size_t all = seen_index_count(index, subjects, count), groups = 0;
    uint32_t *numbers = ARENA_ARRAY(arena, all, uint32_t), *end = numbers;
    for (size_t i = 0; i < count; i++) {
        size_t more = count_of(index, subjects[i]);
        if (more == 0)
            continue;
        memcpy(end, index->numbers + index->firsts[subjects[i]->index], more * sizeof *end);
        end += more;
        groups++;
    }
    if (groups > 1)
        qsort(numbers, all, sizeof *numbers, by_number);
    struct seen *seen = ARENA_ARRAY(arena, all, struct seen);
    for (size_t i = 0; i < all; i++)
        seen[i] = index->seen[numbers[i]];
    *numbers_out = numbers;
    return seen;
}
