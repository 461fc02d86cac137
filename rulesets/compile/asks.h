/* SPDX-License-Identifier: Apache-2.0 */
/* asks: which rulesets ask who is logged in. Main thread, while loading. */
#ifndef CULVERT_RULESETS_COMPILE_ASKS_H
#define CULVERT_RULESETS_COMPILE_ASKS_H

#include "rulesets/compile/compile_rule.h"

/* Sets `asks_user` of all rulesets, which are linked. */
void find_asking(struct compiler *compiler);

#endif
