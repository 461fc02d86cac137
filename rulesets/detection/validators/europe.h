/* SPDX-License-Identifier: Apache-2.0 */
/* europe: what the validators of several countries of Europe share. Pure; any thread. */
#ifndef CULVERT_RULESETS_DETECTION_VALIDATORS_EUROPE_H
#define CULVERT_RULESETS_DETECTION_VALIDATORS_EUROPE_H

#include "rulesets/detection/validators/check_digits.h"
#include "rulesets/detection/validators/value.h"

/* Characters, without the letters of `prefix` (a country's, of upper case) where it begins with
 * them; `min` and `max` do not count these. */
bool europe_value(struct span text, const char *prefix, size_t min, size_t max, struct value *out);

/* The same where only digits may be left. */
bool europe_digits(struct span text, const char *prefix, size_t min, size_t max,
                   struct digits *out);

/* The two digits from `from` on. */
unsigned europe_two(const struct digits *d, size_t from);

/* Whether the weighed sum of all digits, the check digit among them, is a multiple. */
bool europe_sums_up(const struct digits *d, const unsigned char *weights, size_t count,
                    unsigned modulus);

/* Weights 1 to 9 and again from 1, mod 11; where that gives 10, 3 to 9 and again from 1; where that
 * does too, 0. `count` digits, the last of them the check. */
bool europe_two_rounds(const struct digits *d, size_t count);

#endif
