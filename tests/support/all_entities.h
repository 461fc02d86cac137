/* SPDX-License-Identifier: Apache-2.0 */
/* all_entities: the predefined entities, read from config/entities, with all that can be looked for
 * in one lookout. */
#ifndef CULVERT_TESTS_SUPPORT_ALL_ENTITIES_H
#define CULVERT_TESTS_SUPPORT_ALL_ENTITIES_H

#include "rulesets/detection/entity.h"
#include "rulesets/detection/look.h"

struct all_entities {
    struct arena *arena;
    struct reader reader;
    struct entities entities;
    const struct subject **subjects; /* one for each entity */
    struct lookout *lookout;
    struct span *samples; /* all texts of "match" and "no_match" */
    size_t sample_count, sample_cap;
};

/* Fails the test where one cannot be read. */
void all_entities_load(struct all_entities *all);
void all_entities_free(struct all_entities *all);

/* A number of the environment, for long runs. */
size_t test_setting(const char *name, size_t standard);

#endif
