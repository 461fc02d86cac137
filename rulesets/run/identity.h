/* SPDX-License-Identifier: Apache-2.0 */
/* identity: who the sender is in the eyes of the rules (set_user_identity). One run's thread. */
#ifndef CULVERT_RULESETS_RUN_IDENTITY_H
#define CULVERT_RULESETS_RUN_IDENTITY_H

#include "rulesets/run/run.h"

/* For the rules from here on. *set_out: an empty text says nobody and changes nothing. False: it
 * cannot be made. */
bool identity_set(struct run *run, const struct template *text,
                  const struct template_values *values, bool *set_out, struct error *err) MUST_USE;

/* What the log and the next hop may know of it; ptr NULL: no rule set any. */
struct span identity_shown(const struct run *run, enum showing showing);

#endif
