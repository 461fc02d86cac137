/* SPDX-License-Identifier: Apache-2.0 */
/* europe_germanic: identifiers of Germany, Austria and Switzerland. */
#include "engine/base/ascii.h"
#include "rulesets/detection/validators/europe.h"
#include "rulesets/detection/validators/families.h"

/* AO 139b: of the first ten digits one is there two or three times (not three in a row), all others
 * once at most; ISO 7064 mod 11,10. */
static bool de_tax_id(struct span text)
{
    struct digits d;
    unsigned seen[10] = {0}, repeated = 0;
    if (!digits_read(text, 11, 11, &d) || d.at[0] == 0 || !mod_11_10_holds(d.at, 11))
        return false;
    for (size_t i = 0; i < 10; i++) {
        seen[d.at[i]]++;
        if (i >= 2 && d.at[i] == d.at[i - 1] && d.at[i] == d.at[i - 2])
            return false;
    }
    for (size_t i = 0; i < 10; i++) {
        if (seen[i] > 3)
            return false;
        repeated += seen[i] > 1;
    }
    return repeated == 1;
}

/* UStG 27a: nine digits, ISO 7064 mod 11,10. */
static bool de_vat(struct span text)
{
    struct digits d;
    return europe_digits(text, "DE", 9, 9, &d) && d.at[0] != 0 && mod_11_10_holds(d.at, 9);
}

/* PAuswV, PassV: nine of digits and the letters that are no vowels (nor B, D, Q, S), check of ICAO
 * 9303. */
static bool de_identity_card(struct span text)
{
    struct value v;
    if (!value_read(text, 10, 10, &v) || !ascii_is_alpha(v.at[0]))
        return false;
    for (size_t i = 0; i < 9; i++) {
        if (ascii_is_alpha(v.at[i]) && !strchr("CFGHJKLMNPRTVWXYZ", v.at[i]))
            return false;
    }
    return ascii_is_digit(v.at[9]) && icao_holds(v.at, 10);
}

/* Digits added up, each times its weight, of the product the digits' sum. */
static unsigned cross_sum(const struct digits *d, const unsigned char *weights, size_t count)
{
    unsigned sum = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned product = (unsigned)d->at[i] * weights[i];
        sum += product / 10 + product % 10;
    }
    return sum;
}

/* The letter at `at` as two digits (A is 01), what is around it as it is. */
static bool letter_as_digits(const struct value *v, size_t at, struct digits *out)
{
    struct value wide = *v;
    if (at >= v->count || !ascii_is_alpha(v->at[at]) || v->count + 1 > VALUE_MAX)
        return false;
    unsigned number = (unsigned)(v->at[at] - 'A') + 1;
    memmove(wide.at + at + 2, v->at + at + 1, v->count - at - 1);
    wide.at[at] = (char)('0' + number / 10);
    wide.at[at + 1] = (char)('0' + number % 10);
    wide.count = v->count + 1;
    return value_digits(&wide, 0, wide.count, out);
}

/* VKVV 4: area, DDMMYY of birth, letter of the name, serial, check. */
static bool de_pension_insurance(struct span text)
{
    static const unsigned char WEIGHTS[] = {2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1};
    struct value v;
    struct digits d;
    if (!value_read(text, 12, 12, &v) || !letter_as_digits(&v, 8, &d))
        return false;
    unsigned area = europe_two(&d, 0);
    return area >= 2 && area <= 89 &&
           date_exists_short(europe_two(&d, 6), europe_two(&d, 4), europe_two(&d, 2)) &&
           cross_sum(&d, WEIGHTS, 12) % 10 == d.at[12];
}

/* SGB V 290: letter, eight digits, check with weights 1 2 1 2 ... */
static bool de_health_insurance(struct span text)
{
    static const unsigned char WEIGHTS[] = {1, 2, 1, 2, 1, 2, 1, 2, 1, 2};
    struct value v;
    struct digits d;
    return value_read(text, 10, 10, &v) && letter_as_digits(&v, 0, &d) &&
           cross_sum(&d, WEIGHTS, 10) % 10 == d.at[10];
}

/* KBV: six digits with weights 4 and 9, check, two digits of the doctor's group. */
static bool de_doctor(struct span text)
{
    static const unsigned char WEIGHTS[] = {4, 9, 4, 9, 4, 9, 1};
    struct digits d;
    return digits_read(text, 9, 9, &d) && digits_number(&d, 0, 6) != 0 &&
           europe_sums_up(&d, WEIGHTS, 7, 10);
}

/* ASVG 31: serial of three, check as the fourth digit, DDMMYY of birth (months 13 to 15 where the
 * days have no number left). */
static bool at_social_insurance(struct span text)
{
    static const unsigned char WEIGHTS[] = {3, 7, 9, 0, 5, 8, 4, 2, 1, 6};
    struct digits d;
    if (!digits_read(text, 10, 10, &d) || d.at[0] == 0)
        return false;
    unsigned month = europe_two(&d, 6);
    month = month > 12 && month < 16 ? 12 : month;
    return date_exists_short(europe_two(&d, 8), month, europe_two(&d, 4)) &&
           digits_weigh(&d, WEIGHTS, 10) % 11 == d.at[3];
}

/* UStG 1994 28: U and eight digits; as Luhn's with 4 added. */
static bool at_vat(struct span text)
{
    static const unsigned char WEIGHTS[] = {1, 2, 1, 2, 1, 2, 1};
    struct digits d;
    return (europe_digits(text, "ATU", 8, 8, &d) || europe_digits(text, "U", 8, 8, &d)) &&
           digits_number(&d, 0, 7) != 0 && (cross_sum(&d, WEIGHTS, 7) + 4 + d.at[7]) % 10 == 0;
}

/* Abgabenkontonummer: two digits of the tax office, seven with a check as Luhn's. */
static bool at_tax(struct span text)
{
    struct digits d;
    return digits_read(text, 9, 9, &d) && europe_two(&d, 0) >= 3 && europe_two(&d, 0) <= 98 &&
           luhn_holds(d.at, 9);
}

/* AHVG 50c: 756, nine digits, check of EAN-13. */
static bool ch_ahv(struct span text)
{
    static const unsigned char WEIGHTS[] = {1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1};
    struct digits d;
    return digits_read(text, 13, 13, &d) && digits_number(&d, 0, 3) == 756 &&
           digits_number(&d, 3, 9) != 0 && europe_sums_up(&d, WEIGHTS, 13, 10);
}

/* UIDG: CHE, eight digits with weights 5 4 3 2 7 6 5 4, mod 11. */
static bool ch_uid(struct span text)
{
    static const unsigned char WEIGHTS[] = {5, 4, 3, 2, 7, 6, 5, 4, 1};
    struct digits d;
    return europe_digits(text, "CHE", 9, 9, &d) && digits_number(&d, 0, 8) != 0 &&
           europe_sums_up(&d, WEIGHTS, 9, 11);
}

const struct validator validators_europe_germanic[] = {
    {"at_social_insurance", at_social_insurance, STRENGTH_MEDIUM},
    {"at_tax", at_tax, STRENGTH_WEAK},
    {"at_vat", at_vat, STRENGTH_WEAK},
    {"ch_ahv", ch_ahv, STRENGTH_MEDIUM},
    {"ch_uid", ch_uid, STRENGTH_WEAK},
    {"de_doctor", de_doctor, STRENGTH_WEAK},
    {"de_health_insurance", de_health_insurance, STRENGTH_WEAK},
    {"de_identity_card", de_identity_card, STRENGTH_WEAK},
    {"de_pension_insurance", de_pension_insurance, STRENGTH_MEDIUM},
    {"de_tax_id", de_tax_id, STRENGTH_MEDIUM},
    {"de_vat", de_vat, STRENGTH_WEAK},
    {NULL, NULL, STRENGTH_NONE},
};
