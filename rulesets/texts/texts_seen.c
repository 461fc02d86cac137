/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/texts/texts_seen.h"

#include <stdlib.h>

/* Counting sort, which keeps the order of places. */
void texts_seen_sort(struct texts *texts, struct arena *arena)
{
    texts->subjects = 0;
    for (size_t i = 0; i < texts->seen_count; i++) {
        size_t index = texts->seen[i].sighting->subject->index;
        texts->subjects = index < texts->subjects ? texts->subjects : index + 1;
    }
    texts->firsts = ARENA_ARRAY(arena, texts->subjects + 2, uint32_t);
    texts->numbers = ARENA_ARRAY(arena, texts->seen_count, uint32_t);
    uint32_t *next = texts->firsts + 1;
    for (size_t i = 0; i < texts->seen_count; i++)
        next[texts->seen[i].sighting->subject->index + 1]++;
    for (size_t i = 1; i <= texts->subjects; i++)
        next[i] += next[i - 1];
    for (size_t i = 0; i < texts->seen_count; i++)
        texts->numbers[next[texts->seen[i].sighting->subject->index]++] = (uint32_t)i;
}

static size_t count_of(const struct texts *texts, const struct subject *subject)
{
    if (subject->index >= texts->subjects)
        return 0;
    return texts->firsts[subject->index + 1] - texts->firsts[subject->index];
}

size_t texts_seen_count(const struct texts *texts, const struct subject *const *subjects,
                        size_t count)
{
    size_t all = 0;
    for (size_t i = 0; i < count; i++)
        all += count_of(texts, subjects[i]);
    return all;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

struct seen *texts_seen_of(const struct texts *texts, const struct subject *const *subjects,
                           size_t count, struct arena *arena, size_t *count_out)
{
    size_t all = texts_seen_count(texts, subjects, count), groups = 0;
    uint32_t *numbers = ARENA_ARRAY(arena, all, uint32_t), *end = numbers;
    *count_out = all;
    for (size_t i = 0; i < count; i++) {
        size_t more = count_of(texts, subjects[i]);
        if (more == 0)
            continue;
        memcpy(end, texts->numbers + texts->firsts[subjects[i]->index], more * sizeof *end);
        end += more;
        groups++;
    }
    if (groups > 1)
        qsort(numbers, all, sizeof *numbers, by_number);
    struct seen *seen = ARENA_ARRAY(arena, all, struct seen);
    for (size_t i = 0; i < all; i++)
        seen[i] = texts->seen[numbers[i]];
    return seen;
}
