/* SPDX-License-Identifier: Apache-2.0 */
/* exact_check: whether bytes are an index, and all that stands in them is as it must be. Private to
 * exact_index. */
#ifndef CULVERT_RULESETS_DETECTION_EXACT_EXACT_CHECK_H
#define CULVERT_RULESETS_DETECTION_EXACT_EXACT_CHECK_H

#include "rulesets/detection/exact/exact_index.h"

/* The head alone: every section that it says there is lies in `bytes`. */
bool exact_check_head(struct span bytes, struct exact_head *out, struct error *err) MUST_USE;

/* The key, the hash of the whole, and what the sections refer to. */
bool exact_check_all(const struct exact_index *index, struct error *err) MUST_USE;

/* Once they are uncovered. */
bool exact_check_names(const struct exact_index *index, struct error *err) MUST_USE;

/* The other way round: the first EXACT_HEAD_SIZE bytes of an index. */
void exact_head_write(const struct exact_head *head, char *out);

#endif
