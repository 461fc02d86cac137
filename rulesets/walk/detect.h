/* SPDX-License-Identifier: Apache-2.0 */
/* detect: the rules that detect, over what was found in the texts of a piece. */
#ifndef CULVERT_RULESETS_WALK_DETECT_H
#define CULVERT_RULESETS_WALK_DETECT_H

#include "rulesets/detection/profile.h"
#include "rulesets/run/run.h"

/* How severe what the rule finds in the piece is; NONE where that is less than the rule asks for.
 * The finds become pieces, each range of a text once, in the order of texts and places. `pieces`
 * NULL: only the severity is wanted, and nothing is traced. */
enum severity detect(struct run *run, const struct rule *rule, struct piece *piece,
                     struct piece_list *pieces);

#endif
