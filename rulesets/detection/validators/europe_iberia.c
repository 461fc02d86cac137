/* SPDX-License-Identifier: Apache-2.0 */
/* europe_iberia: identifiers of Spain and Portugal. */
#include "engine/base/ascii.h"
#include "rulesets/detection/validators/europe.h"
#include "rulesets/detection/validators/families.h"

static const char DNI_LETTERS[] = "TRWAGMYFPDXBNJZSQVHLCKE";

/* The letter of a number of seven or eight digits, mod 23. */
static bool dni_letter_holds(const struct value *v, size_t from)
{
    struct digits d;
    return v->count == 9 && value_digits(v, from, 8 - from, &d) &&
           v->at[8] == DNI_LETTERS[digits_number(&d, 0, d.count) % 23];
}

/* Real Decreto 1553/2005: eight digits and the letter of mod 23. */
static bool es_dni(struct span text)
{
    struct value v;
    return value_read(text, 9, 9, &v) && dni_letter_holds(&v, 0);
}

/* Orden INT/2058/2008: X, Y or Z stands for 0, 1 or 2. */
static bool es_nie(struct span text)
{
    struct value v;
    if (!value_read(text, 9, 9, &v) || v.at[0] < 'X' || v.at[0] > 'Z')
        return false;
    v.at[0] = (char)(v.at[0] - 'X' + '0');
    return dni_letter_holds(&v, 0);
}

/* Orden EHA/451/2008: kind of company, seven digits as Luhn's, check as digit or letter. */
static bool es_cif(struct span text)
{
    struct value v;
    struct digits d;
    if (!value_read(text, 9, 9, &v) || !value_digits(&v, 1, 7, &d) ||
        !memchr("ABCDEFGHJNPQRSUVW", v.at[0], 17))
        return false;
    unsigned sum = 0;
    for (size_t i = 0; i < 7; i++)
        sum += i % 2 == 1 ? d.at[i] : d.at[i] * 2u / 10 + d.at[i] * 2u % 10;
    unsigned check = (10 - sum % 10) % 10;
    bool letter = v.at[8] == "JABCDEFGHI"[check], digit = v.at[8] == (char)('0' + check);
    if (memchr("NPQRSW", v.at[0], 6))
        return letter;
    return digit || (letter && !memchr("ABEH", v.at[0], 4));
}

/* Agencia Tributaria: any of those three, or K, L, M with the letter of seven digits. */
static bool es_nif(struct span text)
{
    struct value v;
    if (!europe_value(text, "ES", 9, 9, &v))
        return false;
    struct span number = span_of(v.at, v.count);
    bool other = v.at[0] >= 'K' && v.at[0] <= 'M' && dni_letter_holds(&v, 1);
    return other || es_dni(number) || es_nie(number) || es_cif(number);
}

/* Seguridad Social: province, eight digits, two of mod 97 (a leading 0 of the eight is left out).
 */
static bool es_social_security(struct span text)
{
    struct digits d;
    if (!digits_read(text, 12, 12, &d))
        return false;
    uint64_t province = digits_number(&d, 0, 2), number = digits_number(&d, 2, 8);
    uint64_t all = number < 10000000 ? province * 10000000 + number : province * 100000000 + number;
    return province >= 1 && (province <= 53 || province == 66) && number != 0 &&
           all % 97 == digits_number(&d, 10, 2);
}

/* 11 less the weighed sum mod 11, 10 as 1 and 11 as 0, of ten digits from `from` on. */
static unsigned ccc_check(const struct digits *d, size_t from, size_t count)
{
    static const unsigned char WEIGHTS[] = {1, 2, 4, 8, 5, 10, 9, 7, 3, 6};
    unsigned sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (unsigned)d->at[from + i] * WEIGHTS[10 - count + i];
    unsigned check = 11 - sum % 11;
    return check == 10 ? 1 : check % 11;
}

/* Consejo Superior Bancario, CCC: bank and branch, two checks, account. */
static bool es_ccc(struct span text)
{
    struct digits d;
    return digits_read(text, 20, 20, &d) && digits_number(&d, 0, 8) != 0 &&
           ccc_check(&d, 0, 8) == d.at[8] && ccc_check(&d, 10, 10) == d.at[9];
}

/* Real Decreto 1011/2009, CUPS: ES, 16 digits, two letters of mod 529, two of the border point. */
static bool es_cups(struct span text)
{
    struct value v;
    struct digits d;
    if (!value_read(text, 20, 22, &v) || v.count == 21 || memcmp(v.at, "ES", 2) != 0 ||
        !value_digits(&v, 2, 16, &d))
        return false;
    unsigned rest = digits_mod(&d, 0, 16, 529);
    return v.at[18] == DNI_LETTERS[rest / 23] && v.at[19] == DNI_LETTERS[rest % 23];
}

/* Decreto-Lei 14/2013: kind of taxpayer, weights 9 to 2, mod 11; 10 is 0. */
static bool pt_nif(struct span text)
{
    static const unsigned char WEIGHTS[] = {9, 8, 7, 6, 5, 4, 3, 2};
    struct digits d;
    if (!europe_digits(text, "PT", 9, 9, &d) || d.at[0] == 0 || (d.at[0] == 4 && d.at[1] != 5) ||
        digits_all_same(&d))
        return false;
    unsigned rest = digits_weigh(&d, WEIGHTS, 8) % 11;
    return d.at[8] == (rest < 2 ? 0 : 11 - rest);
}

/* Segurança Social, NISS: ten digits from 1 or 2 on times primes, 9 less the last digit. */
static bool pt_niss(struct span text)
{
    static const unsigned char WEIGHTS[] = {29, 23, 19, 17, 13, 11, 7, 5, 3, 2};
    struct digits d;
    return digits_read(text, 11, 11, &d) && (d.at[0] == 1 || d.at[0] == 2) &&
           d.at[10] == 9 - digits_weigh(&d, WEIGHTS, 10) % 10;
}

/* Cartão de Cidadão: number of eight digits with its check, two of version, check; as Luhn's over
 * digits and letters. */
static bool pt_citizen_card(struct span text)
{
    struct value v;
    struct digits d;
    unsigned sum = 0;
    if (!value_read(text, 12, 12, &v) || !value_digits(&v, 0, 9, &d) || !ascii_is_digit(v.at[11]))
        return false;
    for (size_t i = 0; i < 12; i++) {
        unsigned n = (unsigned)alnum_value(v.at[i]) * (i % 2 == 0 ? 2 : 1);
        sum += i % 2 == 0 && n > 9 ? n - 9 : n;
    }
    return digits_number(&d, 0, 8) != 0 && sum % 10 == 0;
}

/* Banco de Portugal, NIB: 21 digits, mod 97 is 1. */
static bool pt_nib(struct span text)
{
    struct digits d;
    return digits_read(text, 21, 21, &d) && digits_number(&d, 0, 4) != 0 &&
           digits_mod(&d, 0, 21, 97) == 1;
}

const struct validator validators_europe_iberia[] = {
    {"es_ccc", es_ccc, STRENGTH_STRONG},
    {"es_cif", es_cif, STRENGTH_WEAK},
    {"es_cups", es_cups, STRENGTH_STRONG},
    {"es_dni", es_dni, STRENGTH_MEDIUM},
    {"es_nie", es_nie, STRENGTH_MEDIUM},
    {"es_nif", es_nif, STRENGTH_WEAK},
    {"es_social_security", es_social_security, STRENGTH_STRONG},
    {"pt_citizen_card", pt_citizen_card, STRENGTH_WEAK},
    {"pt_nib", pt_nib, STRENGTH_STRONG},
    {"pt_nif", pt_nif, STRENGTH_WEAK},
    {"pt_niss", pt_niss, STRENGTH_WEAK},
    {NULL, NULL, STRENGTH_NONE},
};
