/* SPDX-License-Identifier: Apache-2.0 */
/* africa: Egypt, Ghana, Morocco, Namibia, South Africa, Tanzania, Zimbabwe. */
#include "engine/base/ascii.h"
#include "rulesets/detection/validators/check_digits.h"
#include "rulesets/detection/validators/families.h"

/* Department of Home Affairs: YYMMDD, SSSS, citizenship 0 to 2, 8 or 9 (once the race, until 1986),
 * Luhn. */
static bool za_id(struct span text)
{
    struct digits d;
    if (!digits_read(text, 13, 13, &d) || d.at[10] > 2 || d.at[11] < 8)
        return false;
    return date_exists_short((unsigned)digits_number(&d, 0, 2), (unsigned)digits_number(&d, 2, 2),
                             (unsigned)digits_number(&d, 4, 2)) &&
           luhn_holds(d.at, 13);
}

/* SARS: income tax begins with 0 to 3 or 9, value added tax with 4; Luhn. */
static bool za_tax(struct span text)
{
    struct digits d;
    return digits_read(text, 10, 10, &d) && (d.at[0] <= 4 || d.at[0] == 9) &&
           !digits_all_same(&d) && luhn_holds(d.at, 10);
}

/* Civil Status Organisation: century 2 or 3, YYMMDD, governorate, serial number, check digit (its
 * rule is not published). */
static bool eg_national_id(struct span text)
{
    static const char GOVERNORATES[] =
        "01 02 03 04 11 12 13 14 15 16 17 18 19 21 22 23 24 25 26 27 "
        "28 29 31 32 33 34 35 88";
    struct value v;
    struct digits d;
    if (!value_read(text, 14, 14, &v) || !value_digits(&v, 0, 14, &d) || d.at[0] < 2 || d.at[0] > 3)
        return false;
    unsigned year = (d.at[0] == 2 ? 1900u : 2000u) + (unsigned)digits_number(&d, 1, 2);
    return date_exists(year, (unsigned)digits_number(&d, 3, 2),
                       (unsigned)digits_number(&d, 5, 2)) &&
           word_listed(GOVERNORATES, span_of(v.at + 7, 2));
}

/* OMPIC: 15 digits, the last two of which make the number divisible by 97. */
static bool ma_ice(struct span text)
{
    struct digits d;
    return digits_read(text, 15, 15, &d) && digits_number(&d, 0, 15) != 0 &&
           digits_mod(&d, 0, 15, 97) == 0;
}

/* Ghana Revenue Authority: kind, 00, seven characters; weights 1 to 9, mod 11, 10 is X. */
static bool gh_tin(struct span text)
{
    struct value v;
    struct digits d;
    unsigned sum = 0;
    if (!value_read(text, 11, 11, &v) || !memchr("PCGQV", v.at[0], 5) ||
        !value_digits(&v, 1, 9, &d) || d.at[0] != 0 || d.at[1] != 0)
        return false;
    for (size_t i = 0; i < 9; i++)
        sum += d.at[i] * (unsigned)(i + 1);
    unsigned check = sum % 11;
    return v.at[10] == (check == 10 ? 'X' : (char)('0' + check));
}

/* Ministry of Home Affairs: YYMMDD, serial number; weights 11 to 2, mod 11. */
static bool na_id(struct span text)
{
    static const unsigned char WEIGHTS[] = {11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1};
    struct digits d;
    if (!digits_read(text, 11, 11, &d))
        return false;
    return date_exists_short((unsigned)digits_number(&d, 0, 2), (unsigned)digits_number(&d, 2, 2),
                             (unsigned)digits_number(&d, 4, 2)) &&
           digits_weigh(&d, WEIGHTS, 11) % 11 == 0;
}

/* NIDA: YYYYMMDD, place, serial number, check. */
static bool tz_nida(struct span text)
{
    struct digits d;
    return digits_read(text, 20, 20, &d) &&
           date_exists((unsigned)digits_number(&d, 0, 4), (unsigned)digits_number(&d, 4, 2),
                       (unsigned)digits_number(&d, 6, 2));
}

/* Registrar General: district of registration, six or seven digits, the letter of their number mod
 * 23, district of origin. */
static bool zw_national_id(struct span text)
{
    struct value v;
    struct digits d, origin;
    if (!value_read(text, 11, 12, &v) || !value_digits(&v, 0, v.count - 3, &d) ||
        !value_digits(&v, v.count - 2, 2, &origin))
        return false;
    return digits_number(&d, 0, 2) != 0 &&
           v.at[v.count - 3] == "ZABCDEFGHJKLMNPQRSTVWXY"[digits_mod(&d, 0, d.count, 23)];
}

const struct validator validators_africa[] = {
    {"eg_national_id", eg_national_id, STRENGTH_MEDIUM},
    {"gh_tin", gh_tin, STRENGTH_MEDIUM},
    {"ma_ice", ma_ice, STRENGTH_STRONG},
    {"na_id", na_id, STRENGTH_MEDIUM},
    {"tz_nida", tz_nida, STRENGTH_MEDIUM},
    {"za_id", za_id, STRENGTH_MEDIUM},
    {"za_tax", za_tax, STRENGTH_WEAK},
    {"zw_national_id", zw_national_id, STRENGTH_MEDIUM},
    {NULL, NULL, STRENGTH_NONE},
};
