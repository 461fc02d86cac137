/* SPDX-License-Identifier: Apache-2.0 */
/* europe_france: identifiers of France. */
#include "engine/base/ascii.h"
#include "rulesets/detection/validators/europe.h"
#include "rulesets/detection/validators/families.h"

/* INSEE, NIR: sex, year, month (20 to 42 and from 50 where it is not known), place (2A and 2B are
 * 19 and 18), serial, 97 less the rest of mod 97. */
static bool fr_nir(struct span text)
{
    struct value v;
    struct digits d;
    if (!value_read(text, 15, 15, &v))
        return false;
    if (v.at[5] == '2' && (v.at[6] == 'A' || v.at[6] == 'B')) {
        v.at[5] = '1';
        v.at[6] = v.at[6] == 'A' ? '9' : '8';
    }
    if (!value_digits(&v, 0, 15, &d) || !memchr("123478", v.at[0], 6))
        return false;
    unsigned month = europe_two(&d, 3);
    return month >= 1 && (month <= 12 || (month >= 20 && month <= 42) || month >= 50) &&
           europe_two(&d, 5) != 0 && digits_number(&d, 10, 3) != 0 &&
           europe_two(&d, 13) == 97 - digits_mod(&d, 0, 13, 97);
}

/* INSEE: nine digits as Luhn's. */
static bool fr_siren(struct span text)
{
    struct digits d;
    return digits_read(text, 9, 9, &d) && digits_number(&d, 0, 9) != 0 && luhn_holds(d.at, 9);
}

/* SIREN and five digits, as Luhn's over all; those of La Poste have a sum that 5 divides. */
static bool fr_siret(struct span text)
{
    struct digits d;
    unsigned sum = 0;
    if (!digits_read(text, 14, 14, &d) || digits_number(&d, 0, 9) == 0 || !luhn_holds(d.at, 9))
        return false;
    for (size_t i = 0; i < 14; i++)
        sum += d.at[i];
    return luhn_holds(d.at, 14) || (digits_number(&d, 0, 9) == 356000000 && sum % 5 == 0);
}

/* CGI 286 ter: key of two digits, 12 and 3 times the SIREN mod 97. */
static bool fr_vat(struct span text)
{
    struct digits d;
    return europe_digits(text, "FR", 11, 11, &d) && digits_number(&d, 2, 9) != 0 &&
           luhn_holds(d.at + 2, 9) && europe_two(&d, 0) == (12 + 3 * digits_mod(&d, 2, 9, 97)) % 97;
}

/* DGFiP, numéro fiscal (SPI): ten digits from 0 to 3 on, three of mod 511. */
static bool fr_tax(struct span text)
{
    struct digits d;
    return digits_read(text, 13, 13, &d) && d.at[0] <= 3 && digits_number(&d, 0, 10) != 0 &&
           digits_number(&d, 10, 3) == digits_mod(&d, 0, 10, 511);
}

/* Letters of an account as digits: A to I, J to R and S to Z follow on from 1, 1 and 2. */
static char rib_digit(char c)
{
    if (!ascii_is_alpha(c))
        return c;
    return (char)('0' + (c <= 'I' ? c - 'A' + 1 : c <= 'R' ? c - 'J' + 1 : c - 'S' + 2));
}

/* CFONB, RIB: bank 5, branch 5, account 11, key 2: all of them mod 97. */
static bool fr_rib(struct span text)
{
    struct value v;
    struct digits d;
    if (!value_read(text, 23, 23, &v) || !value_digits(&v, 0, 10, &d) ||
        digits_number(&d, 0, 5) == 0)
        return false;
    for (size_t i = 10; i < 21; i++)
        v.at[i] = rib_digit(v.at[i]);
    return value_digits(&v, 0, 23, &d) && europe_two(&d, 21) >= 1 && digits_mod(&d, 0, 23, 97) == 0;
}

/* ANS, RPPS: eleven digits as Luhn's, of doctors and pharmacists with 1 in front. */
static bool fr_rpps(struct span text)
{
    struct digits d;
    return digits_read(text, 11, 11, &d) && d.at[0] == 1 && luhn_holds(d.at, 11);
}

const struct validator validators_europe_france[] = {
    {"fr_nir", fr_nir, STRENGTH_STRONG},     {"fr_rib", fr_rib, STRENGTH_STRONG},
    {"fr_rpps", fr_rpps, STRENGTH_WEAK},     {"fr_siren", fr_siren, STRENGTH_WEAK},
    {"fr_siret", fr_siret, STRENGTH_MEDIUM}, {"fr_tax", fr_tax, STRENGTH_STRONG},
    {"fr_vat", fr_vat, STRENGTH_STRONG},     {NULL, NULL, STRENGTH_NONE},
};
