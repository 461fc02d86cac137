/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sources: what the patterns of an Extract rule are looked for in. The body of a message is taken
 * out once for all rules over it, and read once for all of their patterns (pattern_set.h). In the
 * arena of the inspection; one thread.
 */
#ifndef CULVERT_RULESETS_TEXTS_SOURCES_H
#define CULVERT_RULESETS_TEXTS_SOURCES_H

#include "rulesets/run/run.h"
#include "transforms/finder.h"

struct sources {
    struct piece_list list;
    struct sought *sought; /* by piece of the list */
    uint32_t uninspected;  /* set of 1 << enum uninspected: for each rule that takes them */
};

/* Of a rule with patterns. */
const struct sources *sources_of(struct run *run, const struct rule *rule, struct piece *parent);

#endif
