/* SPDX-License-Identifier: Apache-2.0 */
/* united_states: numbers of the SSA, the IRS, CMS and the DEA. */
#include "engine/base/ascii.h"
#include "rulesets/detection/validators/check_digits.h"
#include "rulesets/detection/validators/families.h"

/* SSA, POMS RM 10201.030: no area 000, 666 or 900 to 999, no group 00, no serial 0000. The numbers
 * of a wallet's sample card and of an SSA pamphlet belong to nobody. */
static bool us_ssn(struct span text)
{
    struct digits d;
    if (!digits_read(text, 9, 9, &d) || digits_all_same(&d))
        return false;
    uint64_t number = digits_number(&d, 0, 9), area = digits_number(&d, 0, 3);
    if (number == 78051120 || number == 219099999)
        return false;
    return area != 0 && area != 666 && area < 900 && digits_number(&d, 3, 2) != 0 &&
           digits_number(&d, 5, 4) != 0;
}

/* 9XX and the group that stands behind it. */
static bool taxpayer_group(struct span text, uint64_t *group)
{
    struct digits d;
    if (!digits_read(text, 9, 9, &d) || d.at[0] != 9)
        return false;
    *group = digits_number(&d, 3, 2);
    return true;
}

/* IRS, IRM 3.21.263: groups 50 to 65, 70 to 88, 90 to 92, 94 to 99. */
static bool us_itin(struct span text)
{
    uint64_t group;
    return taxpayer_group(text, &group) && group >= 50 && (group < 66 || group > 69) &&
           group != 89 && group != 93;
}

/* IRS: of children in adoption, group 93. */
static bool us_atin(struct span text)
{
    uint64_t group;
    return taxpayer_group(text, &group) && group == 93;
}

/* IRS, "How EINs are assigned and valid EIN prefixes". */
static bool us_ein(struct span text)
{
    static const char PREFIXES[] =
        "01 02 03 04 05 06 10 11 12 13 14 15 16 20 21 22 23 24 25 26 27 30 31 32 33 34 35 36 37 38 "
        "39 40 41 42 43 44 45 46 47 48 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64 65 66 67 68 71 "
        "72 73 74 75 76 77 80 81 82 83 84 85 86 87 88 90 91 92 93 94 95 98 99";
    struct value v;
    return value_read(text, 9, 9, &v) && word_listed(PREFIXES, span_of(v.at, 2));
}

/* 45 CFR 162.406: ten digits, Luhn behind 80840, the prefix of US health applications. */
static bool us_npi(struct span text)
{
    struct digits d, whole = {.at = {8, 0, 8, 4, 0}, .count = 15};
    if (!digits_read(text, 10, 10, &d) || d.at[0] < 1 || d.at[0] > 2)
        return false;
    memcpy(whole.at + 5, d.at, 10);
    return luhn_holds(whole.at, whole.count);
}

/* 21 CFR 1301 (DEA): type, first letter of the name or 9, six digits; the sum of the first, third
 * and fifth and twice the sum of the others ends with the seventh. */
static bool us_dea(struct span text)
{
    static const unsigned char WEIGHTS[] = {1, 2, 1, 2, 1, 2};
    struct value v;
    struct digits d;
    if (!value_read(text, 9, 9, &v) || !memchr("ABCDEFGHJKLMPRSTUX", v.at[0], 18))
        return false;
    if (!ascii_is_alpha(v.at[1]) && v.at[1] != '9')
        return false;
    return value_digits(&v, 2, 7, &d) && digits_weigh(&d, WEIGHTS, 6) % 10 == d.at[6];
}

/* CMS, "Understanding the Medicare Beneficiary Identifier": which kind of character is where. */
static bool us_mbi(struct span text)
{
    static const char KINDS[] = "1axnaxnaann"; /* 1: 1-9, n: digit, a: letter, x: both */
    struct value v;
    if (!value_read(text, 11, 11, &v) || v.at[0] == '0')
        return false;
    for (size_t i = 0; i < 11; i++) {
        bool digit = ascii_is_digit(v.at[i]);
        if (!digit && memchr("SLOIBZ", v.at[i], 6))
            return false;
        if (KINDS[i] != 'x' && digit != (KINDS[i] != 'a'))
            return false;
    }
    return true;
}

const struct validator validators_united_states[] = {
    {"us_atin", us_atin, STRENGTH_NONE}, {"us_dea", us_dea, STRENGTH_MEDIUM},
    {"us_ein", us_ein, STRENGTH_NONE},   {"us_itin", us_itin, STRENGTH_NONE},
    {"us_mbi", us_mbi, STRENGTH_NONE},   {"us_npi", us_npi, STRENGTH_WEAK},
    {"us_ssn", us_ssn, STRENGTH_NONE},   {NULL, NULL, STRENGTH_NONE},
};
