/* SPDX-License-Identifier: Apache-2.0 */
/* europe_nordic: identifiers of Denmark, Sweden, Norway, Finland and Iceland. */
#include "engine/base/ascii.h"
#include "rulesets/detection/validators/europe.h"
#include "rulesets/detection/validators/families.h"

/* CPR-loven: DDMMYY of birth, serial whose first digit tells the century. */
static bool dk_cpr(struct span text)
{
    struct digits d;
    if (!digits_read(text, 10, 10, &d))
        return false;
    unsigned year = europe_two(&d, 4), century = 1900;
    if (d.at[6] >= 5 && d.at[6] <= 8)
        century = year <= 57 ? 2000 : 1800;
    else if (d.at[6] >= 4)
        century = year <= 36 ? 2000 : 1900;
    return date_exists(century + year, europe_two(&d, 2), europe_two(&d, 0));
}

/* Those given out until 2007 are of mod 11, too. */
static bool dk_cpr_check(struct span text)
{
    static const unsigned char WEIGHTS[] = {4, 3, 2, 7, 6, 5, 4, 3, 2, 1};
    struct digits d;
    return dk_cpr(text) && digits_read(text, 10, 10, &d) && europe_sums_up(&d, WEIGHTS, 10, 11);
}

/* CVR-loven: eight digits, weights 2 7 6 5 4 3 2, mod 11. */
static bool dk_cvr(struct span text)
{
    static const unsigned char WEIGHTS[] = {2, 7, 6, 5, 4, 3, 2, 1};
    struct digits d;
    return europe_digits(text, "DK", 8, 8, &d) && d.at[0] != 0 &&
           europe_sums_up(&d, WEIGHTS, 8, 11);
}

/* Digits of a Swedish number without its century; '+' stands for '-' when they are 100 years old.
 */
static bool swedish_digits(struct span text, struct digits *out)
{
    char plain[16];
    if (text.len > sizeof plain)
        return false;
    for (size_t i = 0; i < text.len; i++)
        plain[i] = text.ptr[i] == '+' ? '-' : text.ptr[i];
    if (!digits_read(span_of(plain, text.len), 10, 12, out) || out->count == 11)
        return false;
    if (out->count == 12) {
        memmove(out->at, out->at + 2, 10);
        out->count = 10;
    }
    return true;
}

/* Folkbokföringslagen 18: YYMMDD of birth (60 more in the day of those who do not live there),
 * serial, check as Luhn's. */
static bool se_personal(struct span text)
{
    struct digits d;
    if (!swedish_digits(text, &d) || digits_number(&d, 6, 3) == 0)
        return false;
    unsigned day = europe_two(&d, 4);
    return date_exists_short(europe_two(&d, 0), europe_two(&d, 2), day > 60 ? day - 60 : day) &&
           luhn_holds(d.at, 10);
}

/* Lag 1974:174: the third digit is 2 at least, check as Luhn's. */
static bool se_organisation(struct span text)
{
    struct digits d;
    return swedish_digits(text, &d) && d.at[0] != 0 && d.at[2] >= 2 && luhn_holds(d.at, 10);
}

/* Skatteverket: the number of a company or person and 01 to 94. */
static bool se_vat(struct span text)
{
    struct digits d;
    return europe_digits(text, "SE", 12, 12, &d) && digits_number(&d, 0, 10) != 0 &&
           luhn_holds(d.at, 10) && europe_two(&d, 10) >= 1 && europe_two(&d, 10) <= 94;
}

/* Bankgirot: seven or eight digits as Luhn's. */
static bool se_bankgiro(struct span text)
{
    struct digits d;
    return digits_read(text, 7, 8, &d) && d.at[0] != 0 && luhn_holds(d.at, d.count);
}

/* Folkeregisterloven: DDMMYY of birth (40 more in the day of a D number, 40 or 80 in the month of
 * numbers of hospitals and of tests), serial, two checks of mod 11. */
static bool no_birth_number(struct span text)
{
    static const unsigned char FIRST[] = {3, 7, 6, 1, 8, 9, 4, 5, 2, 1};
    static const unsigned char SECOND[] = {5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1};
    struct digits d;
    if (!digits_read(text, 11, 11, &d))
        return false;
    unsigned day = europe_two(&d, 0);
    return date_exists_short(europe_two(&d, 4), europe_two(&d, 2) % 40,
                             day > 40 ? day - 40 : day) &&
           europe_sums_up(&d, FIRST, 10, 11) && europe_sums_up(&d, SECOND, 11, 11);
}

/* Enhetsregisterloven: nine digits from 8 or 9 on, weights 3 2 7 6 5 4 3 2, mod 11. */
static bool no_organisation(struct span text)
{
    static const unsigned char WEIGHTS[] = {3, 2, 7, 6, 5, 4, 3, 2, 1};
    struct digits d;
    return europe_digits(text, "NO", 9, 9, &d) && d.at[0] >= 8 &&
           europe_sums_up(&d, WEIGHTS, 9, 11);
}

/* Skatteetaten: the number of an organisation and MVA. */
static bool no_vat(struct span text)
{
    struct value v;
    return europe_value(text, "NO", 12, 12, &v) && memcmp(v.at + 9, "MVA", 3) == 0 &&
           no_organisation(span_of(v.at, 9));
}

/* Bits: bank 4, kind 2, customer 4, check; weights 5 4 3 2 7 6 5 4 3 2, mod 11. */
static bool no_bank_account(struct span text)
{
    static const unsigned char WEIGHTS[] = {5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1};
    struct digits d;
    return digits_read(text, 11, 11, &d) && digits_number(&d, 0, 4) != 0 &&
           europe_sums_up(&d, WEIGHTS, 11, 11);
}

static const char FINNISH_CHECKS[] = "0123456789ABCDEFHJKLMNPRSTUVWXY";

/* Laki väestötietojärjestelmästä: DDMMYY of birth, sign of the century, serial, mod 31. */
static bool fi_personal(struct span text)
{
    struct digits d;
    char all[9];
    if (text.len != 11)
        return false;
    memcpy(all, text.ptr, 6);
    memcpy(all + 6, text.ptr + 7, 3);
    if (!digits_read(span_of(all, 9), 9, 9, &d) || digits_number(&d, 6, 3) < 2)
        return false;
    char sign = ascii_upper(text.ptr[6]);
    if (!memchr("+-UVWXYABCDEF", sign, 13))
        return false;
    unsigned century = sign == '+' ? 1800 : sign >= 'A' && sign <= 'F' ? 2000 : 1900;
    return date_exists(century + europe_two(&d, 4), europe_two(&d, 2), europe_two(&d, 0)) &&
           ascii_upper(text.ptr[10]) == FINNISH_CHECKS[digits_number(&d, 0, 9) % 31];
}

/* DVV, SATU: eight digits and a check of mod 31. */
static bool fi_electronic(struct span text)
{
    struct value v;
    struct digits d;
    return value_read(text, 9, 9, &v) && value_digits(&v, 0, 8, &d) &&
           v.at[8] == FINNISH_CHECKS[digits_number(&d, 0, 8) % 31];
}

/* PRH: seven digits with weights 7 9 10 5 8 4 2, mod 11. */
static bool fi_business(struct span text)
{
    static const unsigned char WEIGHTS[] = {7, 9, 10, 5, 8, 4, 2, 1};
    struct digits d;
    return europe_digits(text, "FI", 8, 8, &d) && digits_number(&d, 0, 7) != 0 &&
           europe_sums_up(&d, WEIGHTS, 8, 11);
}

/* Þjóðskrá: DDMMYY (40 more in the day of companies), serial, mod 11, century. */
static bool is_kennitala(struct span text)
{
    static const unsigned char WEIGHTS[] = {3, 2, 7, 6, 5, 4, 3, 2, 1};
    struct digits d;
    if (!digits_read(text, 10, 10, &d) || (d.at[9] != 0 && d.at[9] < 8))
        return false;
    unsigned day = europe_two(&d, 0), century = d.at[9] == 0 ? 2000 : 1000u + d.at[9] * 100u;
    return date_exists(century + europe_two(&d, 4), europe_two(&d, 2), day > 40 ? day - 40 : day) &&
           europe_sums_up(&d, WEIGHTS, 9, 11);
}

const struct validator validators_europe_nordic[] = {
    {"dk_cpr", dk_cpr, STRENGTH_NONE},
    {"dk_cpr_check", dk_cpr_check, STRENGTH_MEDIUM},
    {"dk_cvr", dk_cvr, STRENGTH_WEAK},
    {"fi_business", fi_business, STRENGTH_WEAK},
    {"fi_electronic", fi_electronic, STRENGTH_WEAK},
    {"fi_personal", fi_personal, STRENGTH_STRONG},
    {"is_kennitala", is_kennitala, STRENGTH_MEDIUM},
    {"no_bank_account", no_bank_account, STRENGTH_WEAK},
    {"no_birth_number", no_birth_number, STRENGTH_STRONG},
    {"no_organisation", no_organisation, STRENGTH_WEAK},
    {"no_vat", no_vat, STRENGTH_WEAK},
    {"se_bankgiro", se_bankgiro, STRENGTH_WEAK},
    {"se_organisation", se_organisation, STRENGTH_WEAK},
    {"se_personal", se_personal, STRENGTH_MEDIUM},
    {"se_vat", se_vat, STRENGTH_WEAK},
    {NULL, NULL, STRENGTH_NONE},
};
