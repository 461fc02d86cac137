/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readings: the union scan of an uncertain message that may pass: the same rules over the other
 * plausible readings of the same bytes (DESIGN promise 6). On the thread of inspect().
 */
#ifndef CULVERT_RULESETS_READINGS_H
#define CULVERT_RULESETS_READINGS_H

#include "rulesets/run/run.h"

/*
 * Runs the rules over all other readings. Header fields, tags and decisions that they ask for join
 * those of `strict`, with captured texts masked. NULL when everything that any rule would hide is
 * hidden in what leaves; else the first that is not.
 */
const struct hide *readings_scan(struct run *strict, const struct ruleset *ruleset);

#endif
