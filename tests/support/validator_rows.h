/* SPDX-License-Identifier: Apache-2.0 */
/* validator_rows: values of validators, those that are right and those that are not, put to them.
 */
#ifndef CULVERT_TESTS_SUPPORT_VALIDATOR_ROWS_H
#define CULVERT_TESTS_SUPPORT_VALIDATOR_ROWS_H

#include "engine/base/span.h"

#define VALIDATOR_VALUES_MAX 6u

/* Of one validator, by name. */
struct validator_row {
    const char *name;
    const char *right[VALIDATOR_VALUES_MAX];
    const char *wrong[VALIDATOR_VALUES_MAX];
};

/* What the validator says; fails the test where there is none of that name. The text is given in
 * memory of its own length, so that a read beyond it is seen. */
bool validator_says(const char *name, struct span text);

/* All of a test program: right values hold, wrong ones do not, and neither a piece of a right value
 * nor one with junk in it does harm. Returns the exit status. */
int validator_rows_play(const struct validator_row *rows, size_t count);

#endif
