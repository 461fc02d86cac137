/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wildcard: "*@corp.example" against an address ('*' any run, '?' one byte, ASCII case ignored).
 */
#ifndef CULVERT_RULESETS_WILDCARD_H
#define CULVERT_RULESETS_WILDCARD_H

#include "engine/base/span.h"

bool wildcard_matches(struct span pattern, struct span text);

#endif
