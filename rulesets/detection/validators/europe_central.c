/* SPDX-License-Identifier: Apache-2.0 */
/* europe_central: identifiers of Poland, Czechia, Slovakia and Hungary. */
#include "engine/base/ascii.h"
#include "rulesets/detection/validators/europe.h"
#include "rulesets/detection/validators/families.h"

/* Ustawa o ewidencji ludności: YYMMDD of birth, 80, 20, 40 or 60 more in the month for the 19th
 * and the 21st to 23rd century; serial; weights 1 3 7 9, mod 10. */
static bool pl_pesel(struct span text)
{
    static const unsigned char WEIGHTS[] = {1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1};
    struct digits d;
    if (!digits_read(text, 11, 11, &d))
        return false;
    unsigned month = europe_two(&d, 2), century = month > 80 ? 1800 : 1900 + month / 20 * 100;
    return date_exists(century + europe_two(&d, 0), month % 20, europe_two(&d, 4)) &&
           europe_sums_up(&d, WEIGHTS, 11, 10);
}

/* Ustawa o zasadach ewidencji podatników: weights 6 5 7 2 3 4 5 6 7, mod 11. */
static bool pl_nip(struct span text)
{
    static const unsigned char WEIGHTS[] = {6, 5, 7, 2, 3, 4, 5, 6, 7};
    struct digits d;
    return europe_digits(text, "PL", 10, 10, &d) && digits_number(&d, 0, 3) != 0 &&
           digits_weigh(&d, WEIGHTS, 9) % 11 == d.at[9];
}

/* GUS: nine digits, and five more of a branch. */
static bool pl_regon(struct span text)
{
    static const unsigned char SHORT[] = {8, 9, 2, 3, 4, 5, 6, 7};
    static const unsigned char LONG[] = {2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8};
    struct digits d;
    if (!digits_read(text, 9, 14, &d) || (d.count != 9 && d.count != 14) ||
        digits_number(&d, 0, 8) == 0 || digits_weigh(&d, SHORT, 8) % 11 % 10 != d.at[8])
        return false;
    return d.count == 9 || digits_weigh(&d, LONG, 13) % 11 % 10 == d.at[13];
}

/* The characters' values (A is 10), each times its weight. */
static unsigned weigh_letters(const struct value *v, const unsigned char *weights)
{
    unsigned sum = 0;
    for (size_t i = 0; i < 9; i++)
        sum += (unsigned)alnum_value(v->at[i]) * weights[i];
    return sum;
}

/* Rozporządzenie w sprawie wzoru dowodu osobistego: three letters, check, five digits. */
static bool pl_identity_card(struct span text)
{
    static const unsigned char WEIGHTS[] = {7, 3, 1, 9, 7, 3, 1, 7, 3};
    struct value v;
    struct digits d;
    return value_read(text, 9, 9, &v) && value_digits(&v, 3, 6, &d) && ascii_is_alpha(v.at[0]) &&
           ascii_is_alpha(v.at[1]) && ascii_is_alpha(v.at[2]) &&
           weigh_letters(&v, WEIGHTS) % 10 == 0;
}

/* Passports: two letters, check, six digits. */
static bool pl_passport(struct span text)
{
    static const unsigned char WEIGHTS[] = {7, 3, 9, 1, 7, 3, 1, 7, 3};
    struct value v;
    struct digits d;
    return value_read(text, 9, 9, &v) && value_digits(&v, 2, 7, &d) && ascii_is_alpha(v.at[0]) &&
           ascii_is_alpha(v.at[1]) && weigh_letters(&v, WEIGHTS) % 10 == 0;
}

/* Zákon 133/2000 Sb. and 301/1995 Z. z.: YYMMDD of birth, 50 more in the month of women, 20 more
 * where a day's serials are used up; three digits until 1953, four since, all ten of mod 11 (or the
 * first nine leave 10 and the last is 0). */
static bool cz_birth_number(struct span text)
{
    struct digits d;
    if (!digits_read(text, 9, 10, &d))
        return false;
    unsigned year = europe_two(&d, 0), month = europe_two(&d, 2) % 50;
    month = month > 20 ? month - 20 : month;
    if (europe_two(&d, 2) > 82 || (d.count == 9 && year > 53) || digits_number(&d, 6, 3) == 0)
        return false;
    unsigned century = d.count == 9 || year > 53 ? 1900 : 2000;
    if (!date_exists(century + year, month, europe_two(&d, 4)))
        return false;
    return d.count == 9 || digits_mod(&d, 0, 9, 11) % 10 == d.at[9];
}

/* ČSÚ, IČO: weights 8 to 2, mod 11. */
static bool cz_company(struct span text)
{
    static const unsigned char WEIGHTS[] = {8, 7, 6, 5, 4, 3, 2};
    struct digits d;
    return digits_read(text, 8, 8, &d) && digits_number(&d, 0, 7) != 0 &&
           (11 - digits_weigh(&d, WEIGHTS, 7) % 11) % 10 == d.at[7];
}

/* DIČ: that of the company, or the birth number of a person. */
static bool cz_vat(struct span text)
{
    struct value v;
    if (!europe_value(text, "CZ", 8, 10, &v))
        return false;
    struct span number = span_of(v.at, v.count);
    return v.count == 8 ? cz_company(number) : cz_birth_number(number);
}

/* One number of an account: weights 6 3 7 9 10 5 8 4 2 1 from the left of ten digits, mod 11. */
static bool czech_account_part(struct span text)
{
    static const unsigned char WEIGHTS[] = {6, 3, 7, 9, 10, 5, 8, 4, 2, 1};
    struct digits d;
    return digits_read(text, 1, 10, &d) &&
           europe_sums_up(&d, WEIGHTS + (10 - d.count), d.count, 11);
}

/* ČNB 169/2011 Sb.: prefix-account/bank. */
static bool cz_bank_account(struct span text)
{
    struct digits bank;
    size_t before = span_find_byte(text, '/');
    if (before == SPAN_NONE)
        return false;
    struct span account = span_sub(text, 0, before);
    if (!digits_read(span_from(text, before + 1), 4, 4, &bank) || digits_number(&bank, 0, 4) < 100)
        return false;
    size_t prefix = span_find_byte(account, '-');
    if (prefix == SPAN_NONE)
        return account.len >= 6 && czech_account_part(account);
    return czech_account_part(span_sub(account, 0, prefix)) &&
           czech_account_part(span_from(account, prefix + 1));
}

/* IČ DPH: ten digits that 11 divides, the third of a list. */
static bool sk_vat(struct span text)
{
    struct digits d;
    return europe_digits(text, "SK", 10, 10, &d) && d.at[0] != 0 && d.at[2] != 0 && d.at[2] != 1 &&
           d.at[2] != 5 && d.at[2] != 6 && digits_mod(&d, 0, 10, 11) == 0;
}

/* Art. 2007:CXXVII, adószám: eight digits with weights 9 7 3 1, kind of VAT, county. */
static bool hu_tax_number(struct span text)
{
    static const unsigned char WEIGHTS[] = {9, 7, 3, 1, 9, 7, 3, 1};
    struct digits d;
    if (!europe_digits(text, "HU", 8, 11, &d) || (d.count != 8 && d.count != 11) ||
        digits_number(&d, 0, 7) == 0 || !europe_sums_up(&d, WEIGHTS, 8, 10))
        return false;
    unsigned county = europe_two(&d, 9);
    return d.count == 8 || (d.at[8] >= 1 && d.at[8] <= 5 && county >= 2 &&
                            (county <= 20 || (county >= 22 && county <= 44) || county == 51));
}

/* Art. 1996:XX, adóazonosító jel: 8, days since 1867, serial; weights 1 to 9, mod 11. */
static bool hu_tax_id(struct span text)
{
    static const unsigned char WEIGHTS[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    struct digits d;
    return digits_read(text, 10, 10, &d) && d.at[0] == 8 &&
           digits_weigh(&d, WEIGHTS, 9) % 11 == d.at[9];
}

/* TAJ: eight digits with weights 3 and 7, mod 10. */
static bool hu_health(struct span text)
{
    static const unsigned char WEIGHTS[] = {3, 7, 3, 7, 3, 7, 3, 7};
    struct digits d;
    return digits_read(text, 9, 9, &d) && digits_number(&d, 0, 8) != 0 &&
           digits_weigh(&d, WEIGHTS, 8) % 10 == d.at[8];
}

/* Személyi azonosító: sex and century, YYMMDD of birth, serial; mod 11 with weights 1 to 10 of who
 * was born until 1996, 10 to 1 since. */
static bool hu_personal(struct span text)
{
    static const unsigned char OLD[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    static const unsigned char NEW[] = {10, 9, 8, 7, 6, 5, 4, 3, 2, 1};
    struct digits d;
    if (!digits_read(text, 11, 11, &d) || d.at[0] < 1 || d.at[0] > 4)
        return false;
    unsigned year = (d.at[0] <= 2 ? 1900u : 2000u) + europe_two(&d, 1);
    bool since = year * 10000 + europe_two(&d, 3) * 100 + europe_two(&d, 5) > 19961231;
    return date_exists(year, europe_two(&d, 3), europe_two(&d, 5)) &&
           digits_weigh(&d, since ? NEW : OLD, 10) % 11 == d.at[10];
}

const struct validator validators_europe_central[] = {
    {"cz_bank_account", cz_bank_account, STRENGTH_MEDIUM},
    {"cz_birth_number", cz_birth_number, STRENGTH_MEDIUM},
    {"cz_company", cz_company, STRENGTH_WEAK},
    {"cz_vat", cz_vat, STRENGTH_WEAK},
    {"hu_health", hu_health, STRENGTH_WEAK},
    {"hu_personal", hu_personal, STRENGTH_MEDIUM},
    {"hu_tax_id", hu_tax_id, STRENGTH_WEAK},
    {"hu_tax_number", hu_tax_number, STRENGTH_WEAK},
    {"pl_identity_card", pl_identity_card, STRENGTH_WEAK},
    {"pl_nip", pl_nip, STRENGTH_WEAK},
    {"pl_passport", pl_passport, STRENGTH_WEAK},
    {"pl_pesel", pl_pesel, STRENGTH_MEDIUM},
    {"pl_regon", pl_regon, STRENGTH_WEAK},
    {"sk_vat", sk_vat, STRENGTH_WEAK},
    {NULL, NULL, STRENGTH_NONE},
};
