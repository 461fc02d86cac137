/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk: the rules of a tree tried in their order on one reading of one message. What they want is
 * collected in a run. On the thread of inspect().
 */
#ifndef CULVERT_RULESETS_WALK_WALK_H
#define CULVERT_RULESETS_WALK_WALK_H

#include "rulesets/run/run.h"

/* What goes on behind a rule. */
enum flow {
    FLOW_ON,
    FLOW_BRANCH,  /* the rest of this list of rules is skipped */
    FLOW_RULESET, /* the rest of this ruleset */
    FLOW_STOP     /* all the rest */
};

void walk_ruleset(struct run *run, const struct ruleset *ruleset);

/* A rule that has none below it. */
enum flow walk_leaf(struct run *run, const struct rule *rule, struct piece *piece,
                    bool *matched_out);

#endif
