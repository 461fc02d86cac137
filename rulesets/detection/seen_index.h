/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seen_index: what was seen, by what it is of, so that a rule costs what it is about and not what
 * all rules have found. In the arena of the inspection; one thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_SEEN_INDEX_H
#define CULVERT_RULESETS_DETECTION_SEEN_INDEX_H

#include "rulesets/detection/expression.h"

struct seen_index {
    const struct seen *seen;
    size_t subjects;   /* above the highest index of what was found */
    uint32_t *firsts;  /* of each in `numbers`; one more behind the last */
    uint32_t *numbers; /* of its finds */
};

/* `seen` must outlive it. */
void seen_index_make(struct seen_index *index, const struct seen *seen, size_t count,
                     struct arena *arena);

/* How many there are of `subjects`, each of which is there once. */
size_t seen_index_count(const struct seen_index *index, const struct subject *const *subjects,
                        size_t count);

/* These, in the order of `seen`, and their numbers in it. */
struct seen *seen_index_take(const struct seen_index *index, const struct subject *const *subjects,
                             size_t count, struct arena *arena, uint32_t **numbers_out);

#endif
