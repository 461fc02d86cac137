/* SPDX-License-Identifier: Apache-2.0 */
/* europe_uk_ireland: identifiers of the United Kingdom and Ireland. */
#include "engine/base/ascii.h"
#include "rulesets/detection/validators/europe.h"
#include "rulesets/detection/validators/families.h"

static const unsigned char DOWN_FROM_TEN[] = {10, 9, 8, 7, 6, 5, 4, 3, 2, 1};

/* NHS Data Dictionary: ten digits, weights 10 to 2, mod 11. */
static bool uk_nhs(struct span text)
{
    struct digits d;
    return digits_read(text, 10, 10, &d) && !digits_all_same(&d) &&
           europe_sums_up(&d, DOWN_FROM_TEN, 10, 11);
}

/* NHS Scotland, CHI: the same, and begins with DDMMYY of birth. */
static bool uk_chi(struct span text)
{
    struct digits d;
    return uk_nhs(text) && digits_read(text, 10, 10, &d) &&
           date_exists_short(europe_two(&d, 4), europe_two(&d, 2), europe_two(&d, 0));
}

/* HMRC, NIM39110: prefixes that are not given out; suffix A to D. */
static bool uk_nino(struct span text)
{
    struct value v;
    struct digits d;
    return value_read(text, 9, 9, &v) && value_digits(&v, 2, 6, &d) && v.at[8] >= 'A' &&
           v.at[8] <= 'D' && ascii_is_alpha(v.at[0]) && ascii_is_alpha(v.at[1]) &&
           !strchr("DFIQUV", v.at[0]) && !strchr("DFIOQUV", v.at[1]) &&
           !word_listed("BG GB KN NK NT TN ZZ", span_of(v.at, 2));
}

/* HMRC: the first of ten digits checks the others, weights 6 7 8 9 10 5 4 3 2, mod 11. */
static bool uk_utr(struct span text)
{
    static const unsigned char WEIGHTS[] = {0, 6, 7, 8, 9, 10, 5, 4, 3, 2};
    struct digits d;
    return digits_read(text, 10, 10, &d) && !digits_all_same(&d) &&
           d.at[0] == (unsigned)("21987654321"[digits_weigh(&d, WEIGHTS, 10) % 11] - '0');
}

/* DVLA: five of the surname filled up with 9, decade, month (50 more for women), day, year, two
 * initials or 9, three of a check that is not public. */
static bool uk_driving_licence(struct span text)
{
    struct value v;
    struct digits d;
    if (!value_read(text, 16, 18, &v) || !value_digits(&v, 5, 6, &d) || !ascii_is_alpha(v.at[0]))
        return false;
    bool filled = false;
    for (size_t i = 1; i < 5; i++) {
        if (v.at[i] == '9' ? false : (filled || ascii_is_digit(v.at[i])))
            return false;
        filled = filled || v.at[i] == '9';
    }
    unsigned month = europe_two(&d, 1) % 50, year = d.at[0] * 10u + d.at[5];
    return europe_two(&d, 1) < 63 && date_exists_short(year, month, europe_two(&d, 3)) &&
           (ascii_is_alpha(v.at[11]) || v.at[11] == '9') &&
           (ascii_is_alpha(v.at[12]) || v.at[12] == '9') && ascii_is_alpha(v.at[14]) &&
           ascii_is_alpha(v.at[15]);
}

/* HMRC: weights 8 to 2 and two digits, mod 97; newer ones with 55 added. */
static bool uk_vat(struct span text)
{
    static const unsigned char WEIGHTS[] = {8, 7, 6, 5, 4, 3, 2, 10, 1};
    struct digits d;
    if (!europe_digits(text, "GB", 9, 12, &d) || (d.count != 9 && d.count != 12) ||
        digits_number(&d, 0, 7) == 0)
        return false;
    unsigned sum = digits_weigh(&d, WEIGHTS, 9);
    return sum % 97 == 0 || (sum + 55) % 97 == 0;
}

/* The letter of seven digits with weights 8 to 2 and 9 times the letter behind it, mod 23. */
static char irish_check(const struct digits *d, char second)
{
    static const unsigned char WEIGHTS[] = {8, 7, 6, 5, 4, 3, 2};
    unsigned extra = ascii_is_alpha(second) && second != 'W' ? (unsigned)(second - 'A' + 1) : 0;
    return "WABCDEFGHIJKLMNOPQRSTUV"[(digits_weigh(d, WEIGHTS, 7) + 9 * extra) % 23];
}

/* Social Welfare Consolidation Act 2005: seven digits, check letter, and A to I or W behind it. */
static bool ie_pps(struct span text)
{
    struct value v;
    struct digits d;
    if (!value_read(text, 8, 9, &v) || !value_digits(&v, 0, 7, &d))
        return false;
    char second = v.count == 9 ? v.at[8] : 'W';
    return strchr("ABCDEFGHIW", second) && irish_check(&d, second) == v.at[7];
}

/* Revenue: as the PPS number, or with a letter for the second digit (until 2013). */
static bool ie_vat(struct span text)
{
    struct value v;
    if (!europe_value(text, "IE", 8, 9, &v))
        return false;
    if (v.count == 8 && ascii_is_alpha(v.at[1])) { /* 0, the five last digits, the first one */
        char first = v.at[0];
        memmove(v.at + 1, v.at + 2, 5);
        v.at[0] = '0';
        v.at[6] = first;
    }
    return ie_pps(span_of(v.at, v.count));
}

const struct validator validators_europe_uk_ireland[] = {
    {"ie_pps", ie_pps, STRENGTH_MEDIUM},
    {"ie_vat", ie_vat, STRENGTH_MEDIUM},
    {"uk_chi", uk_chi, STRENGTH_MEDIUM},
    {"uk_driving_licence", uk_driving_licence, STRENGTH_MEDIUM},
    {"uk_nhs", uk_nhs, STRENGTH_WEAK},
    {"uk_nino", uk_nino, STRENGTH_NONE},
    {"uk_utr", uk_utr, STRENGTH_WEAK},
    {"uk_vat", uk_vat, STRENGTH_STRONG},
    {NULL, NULL, STRENGTH_NONE},
};
