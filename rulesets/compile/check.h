/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check: what can be said of a tree of rules before any mail comes: that each Extract fits the
 * piece it is given, that nothing is asked of a piece that cannot be, that names in texts mean
 * something. Follows references, since what fits depends on the piece they are given. Main thread.
 */
#ifndef CULVERT_RULESETS_COMPILE_CHECK_H
#define CULVERT_RULESETS_COMPILE_CHECK_H

#include "rulesets/compile/rule.h"

/* All of a ruleset that begins with the whole message. Its references must have no cycle. */
bool check_ruleset(struct reader *reader, const struct ruleset *ruleset) MUST_USE;

#endif
