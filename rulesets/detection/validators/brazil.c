/* SPDX-License-Identifier: Apache-2.0 */
/* brazil: numbers of the Receita Federal, Denatran, TSE, Caixa and DATASUS. */
#include "engine/base/ascii.h"
#include "rulesets/detection/validators/check_digits.h"
#include "rulesets/detection/validators/families.h"

/* sum * 10 mod 11, where 10 is written 0. */
static unsigned check_of(unsigned sum)
{
    return sum * 10 % 11 % 10;
}

/* Receita Federal: weights 10 to 2, then 11 to 2 with the first check digit. */
static bool br_cpf(struct span text)
{
    static const unsigned char WEIGHTS[] = {11, 10, 9, 8, 7, 6, 5, 4, 3, 2};
    struct digits d;
    return digits_read(text, 11, 11, &d) && !digits_all_same(&d) &&
           check_of(digits_weigh(&d, WEIGHTS + 1, 9)) == d.at[9] &&
           check_of(digits_weigh(&d, WEIGHTS, 10)) == d.at[10];
}

/* Receita Federal, IN RFB 2229/2024: since 2026 the first twelve may be letters, which count as
 * their ASCII code less 48. */
static bool br_cnpj(struct span text)
{
    static const unsigned char WEIGHTS[] = {6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2};
    struct value v;
    unsigned first = 0, second = 0;
    struct digits check;
    if (!value_read(text, 14, 14, &v) || !value_digits(&v, 12, 2, &check))
        return false;
    bool varied = false;
    for (size_t i = 0; i < 13; i++) {
        unsigned value = (unsigned)(v.at[i] - '0');
        first += i < 12 ? value * WEIGHTS[i + 1] : 0;
        second += value * WEIGHTS[i];
        varied = varied || v.at[i] != v.at[0];
    }
    return varied && check_of(first) == check.at[0] && check_of(second) == check.at[1];
}

/* Caixa Economica Federal; the Renavam of vehicles (Denatran) has the same digit. */
static bool br_pis(struct span text)
{
    static const unsigned char WEIGHTS[] = {3, 2, 9, 8, 7, 6, 5, 4, 3, 2};
    struct digits d;
    return digits_read(text, 11, 11, &d) && !digits_all_same(&d) &&
           check_of(digits_weigh(&d, WEIGHTS, 10)) == d.at[10];
}

/* Denatran: weights 9 to 1 and 1 to 9; when the first comes to 10, the second is 2 less. */
static bool br_cnh(struct span text)
{
    static const unsigned char DOWN[] = {9, 8, 7, 6, 5, 4, 3, 2, 1};
    static const unsigned char UP[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    struct digits d;
    if (!digits_read(text, 11, 11, &d) || digits_all_same(&d))
        return false;
    unsigned first = digits_weigh(&d, DOWN, 9) % 11, second = digits_weigh(&d, UP, 9) % 11;
    if (first == 10)
        second = (second + 9) % 11;
    return first % 10 == d.at[9] && second % 10 == d.at[10];
}

/* TSE, Resolucao 21.538: eight digits, unit 01 to 28, two check digits; in 01 (SP) and 02 (MG) a
 * remainder of 0 is written 1. */
static bool br_voter(struct span text)
{
    static const unsigned char WEIGHTS[] = {2, 3, 4, 5, 6, 7, 8, 9};
    struct digits d;
    if (!digits_read(text, 12, 12, &d))
        return false;
    uint64_t unit = digits_number(&d, 8, 2);
    if (unit < 1 || unit > 28)
        return false;
    unsigned none = unit <= 2 ? 1 : 0;
    unsigned first = digits_weigh(&d, WEIGHTS, 8) % 11;
    first = first == 10 ? 0 : first == 0 ? none : first;
    unsigned second = (d.at[8] * 7u + d.at[9] * 8u + first * 9u) % 11;
    second = second == 10 ? 0 : second == 0 ? none : second;
    return first == d.at[10] && second == d.at[11];
}

/* DATASUS: begins with 1, 2 (for good) or 7, 8, 9 (for now); weights 15 to 1, mod 11. */
static bool br_cns(struct span text)
{
    static const unsigned char WEIGHTS[] = {15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1};
    struct digits d;
    if (!digits_read(text, 15, 15, &d) || digits_all_same(&d))
        return false;
    bool known = d.at[0] == 1 || d.at[0] == 2 || d.at[0] >= 7;
    return known && digits_weigh(&d, WEIGHTS, 15) % 11 == 0;
}

/* SSP of Sao Paulo: weights 2 to 9, the check digit (X is 10) times 100; mod 11. */
static bool br_rg(struct span text)
{
    static const unsigned char WEIGHTS[] = {2, 3, 4, 5, 6, 7, 8, 9};
    struct value v;
    struct digits d;
    if (!value_read(text, 9, 9, &v) || !value_digits(&v, 0, 8, &d) || digits_all_same(&d))
        return false;
    if (v.at[8] != 'X' && !ascii_is_digit(v.at[8]))
        return false;
    unsigned check = v.at[8] == 'X' ? 10 : (unsigned)(v.at[8] - '0');
    return (digits_weigh(&d, WEIGHTS, 8) + check * 100) % 11 == 0;
}

const struct validator validators_brazil[] = {
    {"br_cnh", br_cnh, STRENGTH_STRONG},     {"br_cnpj", br_cnpj, STRENGTH_STRONG},
    {"br_cns", br_cns, STRENGTH_WEAK},       {"br_cpf", br_cpf, STRENGTH_STRONG},
    {"br_pis", br_pis, STRENGTH_WEAK},       {"br_rg", br_rg, STRENGTH_WEAK},
    {"br_voter", br_voter, STRENGTH_STRONG}, {NULL, NULL, STRENGTH_NONE},
};
