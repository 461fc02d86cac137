/* SPDX-License-Identifier: Apache-2.0 */
/* europe_mediterranean: identifiers of Italy, Greece, Malta, Cyprus and Turkey. */
#include "engine/base/ascii.h"
#include "rulesets/detection/validators/europe.h"
#include "rulesets/detection/validators/families.h"

/* What the characters at odd places of Italian and Cypriot codes count. */
static const unsigned char ODD_DIGITS[] = {1, 0, 5, 7, 9, 13, 15, 17, 19, 21};
static const unsigned char ODD_LETTERS[] = {1,  0,  5, 7, 9, 13, 15, 17, 19, 21, 2,  4,  18,
                                            20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};

/* The digits of a tax code, of which some may be letters where two people had the same. */
static bool codice_digits(const char *code, struct digits *out)
{
    static const unsigned char AT[] = {6, 7, 9, 10, 12, 13, 14};
    for (size_t i = 0; i < sizeof AT; i++) {
        const char *letter = strchr("LMNPQRSTUV", code[AT[i]]);
        if (!letter && !ascii_is_digit(code[AT[i]]))
            return false;
        out->at[i] = (unsigned char)(letter ? letter - "LMNPQRSTUV" : code[AT[i]] - '0');
    }
    out->count = sizeof AT;
    return true;
}

static char codice_check(const char *code)
{
    unsigned sum = 0;
    for (size_t i = 0; i < 15; i++) {
        bool digit = ascii_is_digit(code[i]);
        unsigned n = (unsigned)(code[i] - (digit ? '0' : 'A'));
        sum += i % 2 == 1 ? n : digit ? ODD_DIGITS[n] : ODD_LETTERS[n];
    }
    return (char)('A' + sum % 26);
}

/* D.M. 23 December 1976: letters of the names, year, letter of the month, day (40 more for women),
 * place, check letter. */
static bool it_codice_fiscale(struct span text)
{
    struct value v;
    struct digits d;
    if (!value_read(text, 16, 16, &v) || !codice_digits(v.at, &d))
        return false;
    for (size_t i = 0; i < 6; i++) {
        if (!ascii_is_alpha(v.at[i]))
            return false;
    }
    const char *month = strchr("ABCDEHLMPRST", v.at[8]);
    unsigned day = europe_two(&d, 2);
    day = day > 40 ? day - 40 : day;
    return month && ascii_is_alpha(v.at[11]) &&
           date_exists_short(europe_two(&d, 0), (unsigned)(month - "ABCDEHLMPRST") + 1, day) &&
           codice_check(v.at) == v.at[15];
}

/* D.P.R. 633/1972 35: seven digits, province, check as Luhn's. */
static bool it_partita_iva(struct span text)
{
    struct digits d;
    if (!europe_digits(text, "IT", 11, 11, &d) || digits_number(&d, 0, 7) == 0)
        return false;
    uint64_t office = digits_number(&d, 7, 3);
    return ((office >= 1 && office <= 100) || office == 120 || office == 121 || office == 888 ||
            office == 999) &&
           luhn_holds(d.at, 11);
}

/* AADE, AFM: powers of two, mod 11; 10 is 0. */
static bool gr_afm(struct span text)
{
    struct digits d;
    unsigned sum = 0;
    if (!europe_digits(text, "EL", 9, 9, &d) || digits_number(&d, 0, 8) == 0)
        return false;
    for (size_t i = 0; i < 8; i++)
        sum += (unsigned)d.at[i] << (8 - i);
    return sum % 11 % 10 == d.at[8];
}

/* EL and that; of other lists GR. */
static bool gr_vat(struct span text)
{
    struct value v;
    return gr_afm(text) || (europe_value(text, "GR", 9, 9, &v) && gr_afm(span_of(v.at, v.count)));
}

/* Law 3655/2008, AMKA: DDMMYY of birth, serial, check as Luhn's. */
static bool gr_amka(struct span text)
{
    struct digits d;
    return digits_read(text, 11, 11, &d) &&
           date_exists_short(europe_two(&d, 4), europe_two(&d, 2), europe_two(&d, 0)) &&
           luhn_holds(d.at, 11);
}

/* Commissioner for Revenue: weights 3 4 6 7 8 9, 37 less the rest of mod 37. */
static bool mt_vat(struct span text)
{
    static const unsigned char WEIGHTS[] = {3, 4, 6, 7, 8, 9, 10, 1};
    struct digits d;
    return europe_digits(text, "MT", 8, 8, &d) && digits_number(&d, 0, 6) > 100000 &&
           europe_two(&d, 6) <= 37 && europe_sums_up(&d, WEIGHTS, 8, 37);
}

/* Tax department: eight digits, those at odd places as in Italy, a letter of mod 26. */
static bool cy_tax(struct span text)
{
    struct value v;
    struct digits d;
    unsigned sum = 0;
    if (!europe_value(text, "CY", 9, 9, &v) || !value_digits(&v, 0, 8, &d) ||
        europe_two(&d, 0) == 12)
        return false;
    for (size_t i = 0; i < 8; i++)
        sum += i % 2 == 0 ? ODD_DIGITS[d.at[i]] : d.at[i];
    return v.at[8] == (char)('A' + sum % 26);
}

/* Law 5490: of the first nine digits those at odd places times 7 less the others, mod 10; then the
 * sum of all ten, mod 10. */
static bool tr_identity(struct span text)
{
    struct digits d;
    unsigned odd = 0, even = 0;
    if (!digits_read(text, 11, 11, &d) || d.at[0] == 0)
        return false;
    for (size_t i = 0; i < 9; i++)
        *(i % 2 == 0 ? &odd : &even) += d.at[i];
    return (odd * 7 + 90 - even) % 10 == d.at[9] && (odd + even + d.at[9]) % 10 == d.at[10];
}

/* Gelir İdaresi, VKN: each digit and its place from the right, mod 10, times a power of two, mod 9
 * (9 for 0). */
static bool tr_tax(struct span text)
{
    struct digits d;
    unsigned sum = 0;
    if (!digits_read(text, 10, 10, &d) || digits_number(&d, 0, 9) == 0)
        return false;
    for (size_t i = 0; i < 9; i++) {
        unsigned n = (d.at[i] + 9u - (unsigned)i) % 10;
        unsigned product = (n << (9 - i)) % 9;
        sum += n != 0 && product == 0 ? 9 : product;
    }
    return (10 - sum % 10) % 10 == d.at[9];
}

const struct validator validators_europe_mediterranean[] = {
    {"cy_tax", cy_tax, STRENGTH_MEDIUM},
    {"gr_afm", gr_afm, STRENGTH_WEAK},
    {"gr_amka", gr_amka, STRENGTH_MEDIUM},
    {"gr_vat", gr_vat, STRENGTH_WEAK},
    {"it_codice_fiscale", it_codice_fiscale, STRENGTH_STRONG},
    {"it_partita_iva", it_partita_iva, STRENGTH_WEAK},
    {"mt_vat", mt_vat, STRENGTH_MEDIUM},
    {"tr_identity", tr_identity, STRENGTH_STRONG},
    {"tr_tax", tr_tax, STRENGTH_WEAK},
    {NULL, NULL, STRENGTH_NONE},
};
