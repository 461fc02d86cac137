/* SPDX-License-Identifier: Apache-2.0 */
/* outcome: what inspect() says, put into words and codes. */
#ifndef CULVERT_RULESETS_OUTCOME_H
#define CULVERT_RULESETS_OUTCOME_H

#include "rulesets/inspect.h"
#include "rulesets/run/run.h"

/* By the rule that decided; `text` is expanded and masked as need be. */
void outcome_of_rule(struct run *run, struct outcome *out);

/* By a policy, which is not pass or tag. `code` of a rejection, `words` for the reply. */
void outcome_of_policy(const struct run *run, enum trouble_policy policy, const char *enhanced,
                       struct span words, struct outcome *out);

#endif
