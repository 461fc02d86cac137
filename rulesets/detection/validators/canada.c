/* SPDX-License-Identifier: Apache-2.0 */
/* canada: social insurance, business and health numbers. */
#include "engine/base/ascii.h"
#include "rulesets/detection/validators/check_digits.h"
#include "rulesets/detection/validators/families.h"

/* Employment and Social Development Canada: Luhn; no number begins with 0 or 8. */
static bool ca_sin(struct span text)
{
    struct digits d;
    return digits_read(text, 9, 9, &d) && d.at[0] != 0 && d.at[0] != 8 && luhn_holds(d.at, 9);
}

/* Canada Revenue Agency: nine digits with Luhn; then a program of two letters and four digits. */
static bool ca_business_number(struct span text)
{
    struct value v;
    struct digits d, account;
    if (!value_read(text, 9, 15, &v) || !value_digits(&v, 0, 9, &d) || !luhn_holds(d.at, 9))
        return false;
    return v.count == 9 || (v.count == 15 && value_digits(&v, 11, 4, &account) &&
                            word_listed("RC RD RE RG RM RN RP RR RT RZ SL", span_of(v.at + 9, 2)));
}

/* Ontario Ministry of Health: ten digits with Luhn, then a version of one or two letters. */
static bool ca_health_ontario(struct span text)
{
    struct value v;
    struct digits d;
    if (!value_read(text, 10, 12, &v) || !value_digits(&v, 0, 10, &d) || d.at[0] == 0)
        return false;
    for (size_t i = 10; i < v.count; i++) {
        if (!ascii_is_alpha(v.at[i]))
            return false;
    }
    return luhn_holds(d.at, 10);
}

/* British Columbia: 9, eight digits with weights 2 4 8 5 10 9 7 3, each product mod 11; mod 11. */
static bool ca_health_british_columbia(struct span text)
{
    static const unsigned char WEIGHTS[] = {2, 4, 8, 5, 10, 9, 7, 3};
    struct digits d;
    if (!digits_read(text, 10, 10, &d) || d.at[0] != 9)
        return false;
    struct digits rest = {.count = 8};
    memcpy(rest.at, d.at + 1, 8);
    return 11 - digits_weigh(&rest, WEIGHTS, 8) % 11 == d.at[9];
}

/* RAMQ: three letters of the name, one of the first name, YYMMDD with 50 added to the month of
 * women, two digits. */
static bool ca_health_quebec(struct span text)
{
    struct value v;
    struct digits d;
    if (!value_read(text, 12, 12, &v) || !value_digits(&v, 4, 8, &d))
        return false;
    for (size_t i = 0; i < 4; i++) {
        if (!ascii_is_alpha(v.at[i]))
            return false;
    }
    unsigned month = (unsigned)digits_number(&d, 2, 2);
    return date_exists_short((unsigned)digits_number(&d, 0, 2), month > 50 ? month - 50 : month,
                             (unsigned)digits_number(&d, 4, 2));
}

const struct validator validators_canada[] = {
    {"ca_business_number", ca_business_number, STRENGTH_WEAK},
    {"ca_health_british_columbia", ca_health_british_columbia, STRENGTH_WEAK},
    {"ca_health_ontario", ca_health_ontario, STRENGTH_WEAK},
    {"ca_health_quebec", ca_health_quebec, STRENGTH_WEAK},
    {"ca_sin", ca_sin, STRENGTH_WEAK},
    {NULL, NULL, STRENGTH_NONE},
};
