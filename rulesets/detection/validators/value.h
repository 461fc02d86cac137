/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value: what counts of a matched value, without its separators; and the sums that most check
 * digits are made of. Values, nothing to free; any thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_VALIDATORS_VALUE_H
#define CULVERT_RULESETS_DETECTION_VALIDATORS_VALUE_H

#include "engine/base/span.h"

/* Longer is no number of any kind (Monero's addresses have 106 characters). */
#define VALUE_MAX 128u

/* Digits as numbers 0 to 9. */
struct digits {
    unsigned char at[VALUE_MAX];
    size_t count;
};

/* Digits and upper-case letters; a NUL behind. */
struct value {
    char at[VALUE_MAX + 1];
    size_t count;
};

/* Without separators: blanks (no-break and thin ones too), line ends, '-' '.' '/' and the dashes
 * U+2010 to U+2015. false when anything else than digits is left, or fewer than `min` or more than
 * `max` of them. */
bool digits_read(struct span text, size_t min, size_t max, struct digits *out);

/* The same with letters, which become upper case. */
bool value_read(struct span text, size_t min, size_t max, struct value *out);

/* The digits [from, from + count) of `value`; false when one is no digit or not there. */
bool value_digits(const struct value *value, size_t from, size_t count, struct digits *out);

/* The number that the digits [from, from + count) write; of 19 digits at most. */
uint64_t digits_number(const struct digits *digits, size_t from, size_t count);

/* The sum of the first `count` digits, each times its weight. */
unsigned digits_weigh(const struct digits *digits, const unsigned char *weights, size_t count);

/* Remainder of the number that the digits [from, from + count) write, of any length. */
unsigned digits_mod(const struct digits *digits, size_t from, size_t count, unsigned modulus);

bool digits_all_same(const struct digits *digits);

/* A day of the Gregorian calendar; `year` with all its digits, 1800 to 2199. */
bool date_exists(unsigned year, unsigned month, unsigned day);

/* A day of one of the centuries 1900 and 2000, of which `year` gives the last two digits. */
bool date_exists_short(unsigned year, unsigned month, unsigned day);

/* Whether `word` is one of the words of `list`, which blanks separate. */
bool word_listed(const char *list, struct span word);

#endif
