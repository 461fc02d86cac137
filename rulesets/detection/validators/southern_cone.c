/* SPDX-License-Identifier: Apache-2.0 */
/* southern_cone: Argentina, Chile, Paraguay, Uruguay. */
#include "engine/base/ascii.h"
#include "rulesets/detection/validators/check_digits.h"
#include "rulesets/detection/validators/families.h"

/* AFIP, RG 10: kind of taxpayer, eight digits, weights 5 4 3 2 7 6 5 4 3 2, mod 11. */
static bool ar_cuit(struct span text)
{
    static const unsigned char WEIGHTS[] = {5, 4, 3, 2, 7, 6, 5, 4, 3, 2};
    struct value v;
    struct digits d;
    if (!value_read(text, 11, 11, &v) || !value_digits(&v, 0, 11, &d) ||
        !word_listed("20 23 24 25 26 27 30 33 34", span_of(v.at, 2)))
        return false;
    unsigned check = (11 - digits_weigh(&d, WEIGHTS, 10) % 11) % 11;
    return (check == 10 ? 9 : check) == d.at[10];
}

/* One block of a CBU: weights 3 1 7 9 from the right, mod 10. */
static bool cbu_block(const struct digits *d, size_t from, size_t count)
{
    static const unsigned char WEIGHTS[] = {3, 1, 7, 9};
    unsigned sum = 0;
    for (size_t i = 0; i + 1 < count; i++)
        sum += (unsigned)d->at[from + count - 2 - i] * WEIGHTS[i % 4];
    return (10 - sum % 10) % 10 == d->at[from + count - 1];
}

/* BCRA, comunicacion A 2559: bank and branch with a check digit, account with another. */
static bool ar_cbu(struct span text)
{
    struct digits d;
    return digits_read(text, 22, 22, &d) && !digits_all_same(&d) && cbu_block(&d, 0, 8) &&
           cbu_block(&d, 8, 14);
}

/* Servicio de Impuestos Internos: weights 2 to 7 from the right, mod 11; 10 is K. */
static bool cl_rut(struct span text)
{
    struct value v;
    struct digits d;
    unsigned sum = 0;
    if (!value_read(text, 7, 9, &v) || !value_digits(&v, 0, v.count - 1, &d) || d.at[0] == 0)
        return false;
    for (size_t i = 0; i < d.count; i++)
        sum += (unsigned)d.at[d.count - 1 - i] * (unsigned)(i % 6 + 2);
    unsigned check = (11 - sum % 11) % 11;
    return v.at[v.count - 1] == (check == 10 ? 'K' : (char)('0' + check));
}

/* SET: weights 2, 3, ... from the right, mod 11; remainders 0 and 1 are 0. */
static bool py_ruc(struct span text)
{
    struct digits d;
    unsigned sum = 0;
    if (!digits_read(text, 6, 9, &d) || d.at[0] == 0)
        return false;
    for (size_t i = 1; i < d.count; i++)
        sum += (unsigned)d.at[d.count - 1 - i] * (unsigned)(i + 1);
    unsigned rest = sum % 11;
    return (rest > 1 ? 11 - rest : 0) == d.at[d.count - 1];
}

/* DNIC: six or seven digits with weights 2 9 8 7 6 3 4, mod 10. */
static bool uy_ci(struct span text)
{
    static const unsigned char WEIGHTS[] = {2, 9, 8, 7, 6, 3, 4, 1};
    struct digits d;
    return digits_read(text, 7, 8, &d) && d.at[0] != 0 && !digits_all_same(&d) &&
           digits_weigh(&d, WEIGHTS + (8 - d.count), d.count) % 10 == 0;
}

/* DGI: 01 to 22, six digits, 001, weights 4 3 2 9 8 7 6 5 4 3 2, mod 11. */
static bool uy_rut(struct span text)
{
    static const unsigned char WEIGHTS[] = {4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2, 1};
    struct digits d;
    if (!digits_read(text, 12, 12, &d))
        return false;
    uint64_t kind = digits_number(&d, 0, 2);
    return kind >= 1 && kind <= 22 && digits_number(&d, 2, 6) != 0 &&
           digits_number(&d, 8, 3) == 1 && digits_weigh(&d, WEIGHTS, 12) % 11 == 0;
}

const struct validator validators_southern_cone[] = {
    {"ar_cbu", ar_cbu, STRENGTH_STRONG}, {"ar_cuit", ar_cuit, STRENGTH_MEDIUM},
    {"cl_rut", cl_rut, STRENGTH_WEAK},   {"py_ruc", py_ruc, STRENGTH_WEAK},
    {"uy_ci", uy_ci, STRENGTH_WEAK},     {"uy_rut", uy_rut, STRENGTH_MEDIUM},
    {NULL, NULL, STRENGTH_NONE},
};
