/* SPDX-License-Identifier: Apache-2.0 */
/* vehicle: ISO 3779 and 49 CFR 565. */
#include "engine/base/ascii.h"
#include "rulesets/detection/validators/families.h"
#include "rulesets/detection/validators/value.h"

/* Value of a character of a VIN; -1 for I, O and Q, which it has not. */
static int vin_value(char c)
{
    static const signed char LETTERS[] = {1, 2,  3, 4,  5, 6, 7, 8, -1, 1, 2, 3, 4,
                                          5, -1, 7, -1, 9, 2, 3, 4, 5,  6, 7, 8, 9};
    if (ascii_is_digit(c))
        return c - '0';
    return c >= 'A' && c <= 'Z' ? LETTERS[c - 'A'] : -1;
}

/* 17 characters with letters and digits among them; the last four are digits. */
static bool vin_reads(struct span text, struct value *v)
{
    size_t letters = 0;
    if (!value_read(text, 17, 17, v))
        return false;
    for (size_t i = 0; i < 17; i++) {
        if (vin_value(v->at[i]) < 0 || (i > 12 && !ascii_is_digit(v->at[i])))
            return false;
        letters += !ascii_is_digit(v->at[i]);
    }
    return letters > 0;
}

/* 49 CFR 565.15: position 9 is the check digit, 0 to 9 or X; North America has to have it. */
static bool vin(struct span text)
{
    static const unsigned char WEIGHTS[] = {8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2};
    struct value v;
    unsigned sum = 0;
    if (!vin_reads(text, &v))
        return false;
    for (size_t i = 0; i < 17; i++)
        sum += (unsigned)vin_value(v.at[i]) * WEIGHTS[i];
    unsigned check = sum % 11;
    return v.at[8] == (check == 10 ? 'X' : (char)('0' + check));
}

/* ISO 3779 alone: other regions use position 9 as they like. */
static bool vin_structure(struct span text)
{
    struct value v;
    return vin_reads(text, &v);
}

const struct validator validators_vehicle[] = {
    {"vin", vin, STRENGTH_MEDIUM},
    {"vin_structure", vin_structure, STRENGTH_NONE},
    {NULL, NULL, STRENGTH_NONE},
};
