/* SPDX-License-Identifier: Apache-2.0 */
/* central_america: Dominican Republic, El Salvador, Guatemala, Honduras, Nicaragua. */
#include "engine/base/ascii.h"
#include "rulesets/detection/validators/check_digits.h"
#include "rulesets/detection/validators/families.h"

/* Junta Central Electoral: Luhn. */
static bool do_cedula(struct span text)
{
    struct digits d;
    return digits_read(text, 11, 11, &d) && !digits_all_same(&d) && luhn_holds(d.at, 11);
}

/* DGII: weights 7 9 8 6 5 4 3 2, mod 11; the remainders 0 and 1 are 2 and 1. */
static bool do_rnc(struct span text)
{
    static const unsigned char WEIGHTS[] = {7, 9, 8, 6, 5, 4, 3, 2};
    struct digits d;
    if (!digits_read(text, 9, 9, &d) || !(d.at[0] == 1 || d.at[0] == 4 || d.at[0] == 5))
        return false;
    unsigned rest = digits_weigh(&d, WEIGHTS, 8) % 11;
    return (rest > 1 ? 11 - rest : 2 - rest) == d.at[8];
}

/* SAT: weights 2, 3, ... from the right, mod 11; 10 is K. */
static bool gt_nit(struct span text)
{
    struct value v;
    struct digits d;
    unsigned sum = 0;
    if (!value_read(text, 6, 12, &v) || !value_digits(&v, 0, v.count - 1, &d))
        return false;
    for (size_t i = 0; i < d.count; i++)
        sum += (unsigned)d.at[d.count - 1 - i] * (unsigned)(i + 2);
    unsigned check = (11 - sum % 11) % 11;
    return v.at[v.count - 1] == (check == 10 ? 'K' : (char)('0' + check));
}

/* RENAP: eight digits, a check (weights 2 to 9, mod 11), department and municipality. */
static bool gt_cui(struct span text)
{
    static const unsigned char WEIGHTS[] = {2, 3, 4, 5, 6, 7, 8, 9};
    static const unsigned char TOWNS[] = {17, 8,  16, 16, 14, 14, 19, 8,  24, 21, 9,
                                          30, 33, 21, 8,  17, 14, 5,  11, 11, 7,  17};
    struct digits d;
    if (!digits_read(text, 13, 13, &d))
        return false;
    uint64_t department = digits_number(&d, 9, 2), town = digits_number(&d, 11, 2);
    if (department < 1 || department > 22 || town < 1 || town > TOWNS[department - 1])
        return false;
    return digits_weigh(&d, WEIGHTS, 8) % 11 == d.at[8];
}

/* RNPN: weights 9 to 2, mod 10. */
static bool sv_dui(struct span text)
{
    static const unsigned char WEIGHTS[] = {9, 8, 7, 6, 5, 4, 3, 2, 1};
    struct digits d;
    return digits_read(text, 9, 9, &d) && !digits_all_same(&d) &&
           digits_weigh(&d, WEIGHTS, 9) % 10 == 0;
}

/* Ministerio de Hacienda: place, DDMMYY, serial number, check digit; serial numbers to 100 have the
 * weights 14 to 2, higher ones 2 7 6 5 4 3 2 7 6 5 4 3 2 and the complement. */
static bool sv_nit(struct span text)
{
    static const unsigned char OLD[] = {14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2};
    static const unsigned char NEW[] = {2, 7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2};
    struct digits d;
    if (!digits_read(text, 14, 14, &d) || !(d.at[0] <= 1 || d.at[0] == 9))
        return false;
    if (!date_exists_short((unsigned)digits_number(&d, 8, 2), (unsigned)digits_number(&d, 6, 2),
                           (unsigned)digits_number(&d, 4, 2)))
        return false;
    if (digits_number(&d, 10, 3) <= 100)
        return digits_weigh(&d, OLD, 13) % 11 % 10 == d.at[13];
    return (11 - digits_weigh(&d, NEW, 13) % 11) % 11 % 10 == d.at[13];
}

/* RNP: department 01 to 18, municipality, year of registration, serial number. */
static bool hn_dni(struct span text)
{
    struct digits d;
    if (!digits_read(text, 13, 13, &d))
        return false;
    uint64_t department = digits_number(&d, 0, 2), town = digits_number(&d, 2, 2);
    uint64_t year = digits_number(&d, 4, 4);
    return department >= 1 && department <= 18 && town >= 1 && town <= 28 && year >= 1890 &&
           year <= 2099;
}

/* CSE: municipality, DDMMYY, serial number; the letter is the number mod 23. */
static bool ni_cedula(struct span text)
{
    struct value v;
    struct digits d;
    if (!value_read(text, 14, 14, &v) || !value_digits(&v, 0, 13, &d))
        return false;
    if (!date_exists_short((unsigned)digits_number(&d, 7, 2), (unsigned)digits_number(&d, 5, 2),
                           (unsigned)digits_number(&d, 3, 2)))
        return false;
    return v.at[13] == "ABCDEFGHJKLMNPQRSTUVWXY"[digits_mod(&d, 0, 13, 23)];
}

const struct validator validators_central_america[] = {
    {"do_cedula", do_cedula, STRENGTH_WEAK},
    {"do_rnc", do_rnc, STRENGTH_WEAK},
    {"gt_cui", gt_cui, STRENGTH_MEDIUM},
    {"gt_nit", gt_nit, STRENGTH_WEAK},
    {"hn_dni", hn_dni, STRENGTH_NONE},
    {"ni_cedula", ni_cedula, STRENGTH_STRONG},
    {"sv_dui", sv_dui, STRENGTH_WEAK},
    {"sv_nit", sv_nit, STRENGTH_MEDIUM},
    {NULL, NULL, STRENGTH_NONE},
};
