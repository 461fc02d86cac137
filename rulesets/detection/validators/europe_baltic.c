/* SPDX-License-Identifier: Apache-2.0 */
/* europe_baltic: identifiers of Estonia, Latvia and Lithuania. */
#include "rulesets/detection/validators/europe.h"
#include "rulesets/detection/validators/families.h"

/* EVS 585, and the law on the register of residents of Lithuania: century and sex, YYMMDD of birth,
 * serial, check of two rounds of mod 11. */
static bool baltic_personal(const struct digits *d)
{
    return d->at[0] >= 1 && d->at[0] <= 8 &&
           date_exists(1800u + (d->at[0] - 1u) / 2u * 100u + europe_two(d, 1), europe_two(d, 3),
                       europe_two(d, 5)) &&
           europe_two_rounds(d, 11);
}

static bool ee_personal(struct span text)
{
    struct digits d;
    return digits_read(text, 11, 11, &d) && baltic_personal(&d);
}

/* Äriregister: eight digits from 1, 7, 8 or 9 on. */
static bool ee_registry(struct span text)
{
    struct digits d;
    return digits_read(text, 8, 8, &d) && (d.at[0] == 1 || d.at[0] >= 7) &&
           europe_two_rounds(&d, 8);
}

/* Käibemaksuseadus: nine digits, weights 3 7 1, mod 10. */
static bool ee_vat(struct span text)
{
    static const unsigned char WEIGHTS[] = {3, 7, 1, 3, 7, 1, 3, 7, 1};
    struct digits d;
    return europe_digits(text, "EE", 9, 9, &d) && digits_number(&d, 0, 8) != 0 &&
           europe_sums_up(&d, WEIGHTS, 9, 10);
}

/* PMLP: DDMMYY of birth, century (0 to 2), serial, mod 11 of one more than the weighed sum. */
static bool lv_personal(struct span text)
{
    static const unsigned char WEIGHTS[] = {10, 5, 8, 4, 2, 1, 6, 3, 7, 9};
    struct digits d;
    return digits_read(text, 11, 11, &d) && d.at[6] <= 2 &&
           date_exists(1800u + d.at[6] * 100u + europe_two(&d, 4), europe_two(&d, 2),
                       europe_two(&d, 0)) &&
           (1 + digits_weigh(&d, WEIGHTS, 10)) % 11 % 10 == d.at[10];
}

/* VID: companies begin with 4 to 9; the weighed sum leaves 3 of mod 11. */
static bool lv_company(struct span text)
{
    static const unsigned char WEIGHTS[] = {9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1};
    struct digits d;
    return europe_digits(text, "LV", 11, 11, &d) && d.at[0] > 3 &&
           digits_weigh(&d, WEIGHTS, 11) % 11 == 3;
}

static bool lt_personal(struct span text)
{
    struct digits d;
    return digits_read(text, 11, 11, &d) && d.at[0] >= 3 && d.at[0] <= 6 && baltic_personal(&d);
}

/* Registrų centras: nine digits. */
static bool lt_company(struct span text)
{
    struct digits d;
    return digits_read(text, 9, 9, &d) && d.at[0] != 0 && europe_two_rounds(&d, 9);
}

/* VMI: nine digits, the last but one 1, or twelve of those registered for a time. */
static bool lt_vat(struct span text)
{
    struct digits d;
    return europe_digits(text, "LT", 9, 12, &d) && (d.count == 9 || d.count == 12) &&
           d.at[d.count - 2] == 1 && europe_two_rounds(&d, d.count);
}

const struct validator validators_europe_baltic[] = {
    {"ee_personal", ee_personal, STRENGTH_MEDIUM},
    {"ee_registry", ee_registry, STRENGTH_WEAK},
    {"ee_vat", ee_vat, STRENGTH_WEAK},
    {"lt_company", lt_company, STRENGTH_WEAK},
    {"lt_personal", lt_personal, STRENGTH_MEDIUM},
    {"lt_vat", lt_vat, STRENGTH_WEAK},
    {"lv_company", lv_company, STRENGTH_WEAK},
    {"lv_personal", lv_personal, STRENGTH_MEDIUM},
    {NULL, NULL, STRENGTH_NONE},
};
