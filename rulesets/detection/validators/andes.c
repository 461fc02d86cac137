/* SPDX-License-Identifier: Apache-2.0 */
/* andes: Colombia, Ecuador, Peru, Venezuela. */
#include "engine/base/ascii.h"
#include "rulesets/detection/validators/check_digits.h"
#include "rulesets/detection/validators/families.h"

/* DIAN, orden administrativa 4 of 1989: primes from the right, mod 11; 0 and 1 stay. */
static bool co_nit(struct span text)
{
    static const unsigned char PRIMES[] = {3,  7,  13, 17, 19, 23, 29, 37,
                                           41, 43, 47, 53, 59, 67, 71};
    struct digits d;
    unsigned sum = 0;
    if (!digits_read(text, 9, 16, &d) || d.at[0] == 0)
        return false;
    for (size_t i = 0; i + 1 < d.count; i++)
        sum += (unsigned)d.at[d.count - 2 - i] * PRIMES[i];
    unsigned rest = sum % 11;
    return (rest > 1 ? 11 - rest : rest) == d.at[d.count - 1];
}

/* Registro Civil: province 01 to 24 or 30, third digit below 6, doubled digits as Luhn's. */
static bool ecuador_person(const struct digits *d)
{
    uint64_t province = digits_number(d, 0, 2);
    return ((province >= 1 && province <= 24) || province == 30) && d->at[2] < 6 &&
           luhn_holds(d->at, 10);
}

static bool ec_ci(struct span text)
{
    struct digits d;
    return digits_read(text, 10, 10, &d) && ecuador_person(&d);
}

/* SRI: of people the cedula and 001; of the state (6) and of companies (9) sums mod 11. */
static bool ec_ruc(struct span text)
{
    static const unsigned char STATE[] = {3, 2, 7, 6, 5, 4, 3, 2, 1};
    static const unsigned char COMPANY[] = {4, 3, 2, 7, 6, 5, 4, 3, 2, 1};
    struct digits d;
    if (!digits_read(text, 13, 13, &d))
        return false;
    uint64_t province = digits_number(&d, 0, 2);
    if (!((province >= 1 && province <= 24) || province == 30))
        return false;
    if (d.at[2] == 6)
        return digits_number(&d, 9, 4) != 0 && digits_weigh(&d, STATE, 9) % 11 == 0;
    if (digits_number(&d, 10, 3) == 0)
        return false;
    return d.at[2] == 9 ? digits_weigh(&d, COMPANY, 10) % 11 == 0 : ecuador_person(&d);
}

/* SUNAT: kind of taxpayer, weights 5 4 3 2 7 6 5 4 3 2, mod 11, its last digit. */
static bool pe_ruc(struct span text)
{
    static const unsigned char WEIGHTS[] = {5, 4, 3, 2, 7, 6, 5, 4, 3, 2};
    struct digits d;
    struct value v;
    return value_read(text, 11, 11, &v) && word_listed("10 15 16 17 20", span_of(v.at, 2)) &&
           value_digits(&v, 0, 11, &d) &&
           (11 - digits_weigh(&d, WEIGHTS, 10) % 11) % 10 == d.at[10];
}

/* RENIEC: eight digits, weights 3 2 7 6 5 4 3 2, mod 11; the check is a digit or a letter. */
static bool pe_dni(struct span text)
{
    static const unsigned char WEIGHTS[] = {3, 2, 7, 6, 5, 4, 3, 2};
    struct value v;
    struct digits d;
    if (!value_read(text, 9, 9, &v) || !value_digits(&v, 0, 8, &d) || digits_all_same(&d))
        return false;
    unsigned rest = digits_weigh(&d, WEIGHTS, 8) % 11;
    return v.at[8] == "65432110987"[rest] || v.at[8] == "KJIHGFEDCBA"[rest];
}

/* SENIAT: the letter counts 4 (V), 8 (E), 12 (J, C), 16 (P), 20 (G); weights 3 2 7 6 5 4 3 2. */
static bool ve_rif(struct span text)
{
    static const unsigned char WEIGHTS[] = {3, 2, 7, 6, 5, 4, 3, 2};
    struct value v;
    struct digits d;
    if (!value_read(text, 10, 10, &v) || !value_digits(&v, 1, 9, &d))
        return false;
    size_t kind = span_find_byte(SPAN("VEJPG"), v.at[0] == 'C' ? 'J' : v.at[0]);
    if (kind == SPAN_NONE)
        return false;
    unsigned rest = ((unsigned)(kind + 1) * 4 + digits_weigh(&d, WEIGHTS, 8)) % 11;
    return (rest > 1 ? 11 - rest : 0) == d.at[8];
}

const struct validator validators_andes[] = {
    {"co_nit", co_nit, STRENGTH_WEAK},   {"ec_ci", ec_ci, STRENGTH_WEAK},
    {"ec_ruc", ec_ruc, STRENGTH_MEDIUM}, {"pe_dni", pe_dni, STRENGTH_WEAK},
    {"pe_ruc", pe_ruc, STRENGTH_MEDIUM}, {"ve_rif", ve_rif, STRENGTH_MEDIUM},
    {NULL, NULL, STRENGTH_NONE},
};
