/* SPDX-License-Identifier: Apache-2.0 */
/*
 * validators: the arithmetic of identifiers. A pattern finds what looks like a number of some kind;
 * a validator tells by check digits, dates, region codes and lengths whether it can be one. Tables
 * of constants, never freed; any thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_VALIDATORS_H
#define CULVERT_RULESETS_DETECTION_VALIDATORS_H

#include "engine/base/span.h"

/* How unlikely it is that a value passes by chance; what it does to the confidence of a hit. */
enum strength {
    STRENGTH_NONE,   /* structure only */
    STRENGTH_WEAK,   /* one check digit on a bare run of digits: one in ten passes */
    STRENGTH_MEDIUM, /* one check digit, and a date, an issuer or a region that must be right */
    STRENGTH_STRONG, /* mod 97, two check digits, a hash */
};

/* `value` is as matched, separators included: blanks and -./ are taken out here. */
typedef bool validator_check(struct span value);

struct validator {
    const char *name;
    validator_check *check;
    enum strength strength;
};

/* NULL: there is none of that name. */
const struct validator *validator_find(struct span name);

/* All names, sorted, a NULL behind the last: for "did you mean". */
const char *const *validator_names(void);

#endif
