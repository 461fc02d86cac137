/* SPDX-License-Identifier: Apache-2.0 */
/* exact_judge: one row of which cells are in a text. Private to exact_rows. */
#ifndef CULVERT_RULESETS_DETECTION_EXACT_EXACT_JUDGE_H
#define CULVERT_RULESETS_DETECTION_EXACT_EXACT_JUDGE_H

#include "rulesets/detection/exact/exact_rows.h"

/* Its events are rows->events[first] to [end - 1]. Tells the finds from character `from` to
 * `before` - 1. */
void exact_judge_row(struct exact_rows *rows, size_t first, size_t end, uint32_t from,
                     uint32_t before);

/* Adds to rows->items. */
struct exact_item *exact_rows_item(struct exact_rows *rows, uint32_t hit, uint64_t columns,
                                   bool strong);

#endif
