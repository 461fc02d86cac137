/* SPDX-License-Identifier: Apache-2.0 */
/* europe_balkan: identifiers of Romania, Bulgaria, Albania and the countries of the south Slavs. */
#include "engine/base/ascii.h"
#include "rulesets/detection/validators/europe.h"
#include "rulesets/detection/validators/families.h"

static const unsigned char SEVEN_TO_TWO[] = {7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1};

/* JMBG, EMŠO, ЕМБГ (law of 1976): DDMM and three digits of the year of birth, region, serial, mod
 * 11. */
static bool personal_of_regions(struct span text, unsigned first, unsigned last)
{
    struct digits d;
    if (!digits_read(text, 13, 13, &d))
        return false;
    unsigned year = (unsigned)digits_number(&d, 4, 3), region = europe_two(&d, 7);
    return date_exists(year + (year < 800 ? 2000 : 1000), europe_two(&d, 2), europe_two(&d, 0)) &&
           region >= first && region <= last && europe_sums_up(&d, SEVEN_TO_TWO, 13, 11);
}

static bool ba_personal(struct span text)
{
    return personal_of_regions(text, 10, 19);
}

static bool hr_personal(struct span text)
{
    return personal_of_regions(text, 30, 39);
}

static bool me_personal(struct span text)
{
    return personal_of_regions(text, 20, 29);
}

static bool mk_personal(struct span text)
{
    return personal_of_regions(text, 40, 49);
}

static bool rs_personal(struct span text)
{
    return personal_of_regions(text, 70, 99);
}

static bool si_personal(struct span text)
{
    return personal_of_regions(text, 50, 59);
}

/* Zakon o OIB: eleven digits, ISO 7064 mod 11,10. */
static bool hr_oib(struct span text)
{
    struct digits d;
    return europe_digits(text, "HR", 11, 11, &d) && !digits_all_same(&d) &&
           mod_11_10_holds(d.at, 11);
}

/* Poreska uprava, PIB: nine digits from 10000001 on, ISO 7064 mod 11,10. */
static bool rs_tax(struct span text)
{
    struct digits d;
    return europe_digits(text, "RS", 9, 9, &d) && digits_number(&d, 0, 8) > 10000000 &&
           mod_11_10_holds(d.at, 9);
}

/* ЕДБ: 13 digits from 4 on, weights 7 to 2 twice, mod 11. */
static bool mk_tax(struct span text)
{
    struct digits d;
    return europe_digits(text, "MK", 13, 13, &d) && d.at[0] == 4 &&
           (11 - digits_weigh(&d, SEVEN_TO_TWO, 12) % 11) % 11 % 10 == d.at[12];
}

/* FURS: weights 8 to 2, mod 11; 10 is 0. */
static bool si_tax(struct span text)
{
    static const unsigned char WEIGHTS[] = {8, 7, 6, 5, 4, 3, 2};
    struct digits d;
    if (!europe_digits(text, "SI", 8, 8, &d) || d.at[0] == 0)
        return false;
    unsigned check = 11 - digits_weigh(&d, WEIGHTS, 7) % 11;
    return check != 11 && check % 10 == d.at[7];
}

/* AJPES: six digits with weights 7 to 2, mod 11; three of a branch. */
static bool si_company(struct span text)
{
    struct digits d;
    if (!digits_read(text, 7, 10, &d) || (d.count != 7 && d.count != 10) || d.at[0] == 0)
        return false;
    unsigned rest = digits_weigh(&d, SEVEN_TO_TWO, 6) % 11;
    return rest != 0 && (11 - rest) % 10 == d.at[6];
}

/* Legea 105/1996: sex and century, YYMMDD of birth, county, serial, mod 11; 10 is 1. */
static bool ro_personal(struct span text)
{
    static const unsigned char WEIGHTS[] = {2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9};
    static const unsigned short CENTURIES[] = {1900, 1900, 1800, 1800, 2000, 2000};
    struct digits d;
    if (!digits_read(text, 13, 13, &d) || d.at[0] == 0)
        return false;
    unsigned year = europe_two(&d, 1), month = europe_two(&d, 3), day = europe_two(&d, 5);
    bool born = d.at[0] <= 6 ? date_exists(CENTURIES[d.at[0] - 1] + year, month, day)
                             : date_exists_short(year, month, day);
    unsigned county = europe_two(&d, 7), rest = digits_weigh(&d, WEIGHTS, 12) % 11;
    return born && county >= 1 && (county <= 48 || county == 51 || county == 52) &&
           (rest == 10 ? 1 : rest) == d.at[12];
}

/* Codul fiscal: two to ten digits, weights 7 5 3 2 1 7 5 3 2 up to the check, ten times, mod 11. */
static bool ro_fiscal(struct span text)
{
    static const unsigned char WEIGHTS[] = {7, 5, 3, 2, 1, 7, 5, 3, 2};
    struct digits d;
    return europe_digits(text, "RO", 2, 10, &d) && d.at[0] != 0 &&
           10 * digits_weigh(&d, WEIGHTS + (10 - d.count), d.count - 1) % 11 % 10 ==
               d.at[d.count - 1];
}

/* Закон за гражданската регистрация: YYMMDD of birth, 20 more in the month for the 19th century,
 * 40 for the 21st; mod 11. */
static bool bg_personal(struct span text)
{
    static const unsigned char WEIGHTS[] = {2, 4, 8, 5, 10, 9, 7, 3, 6};
    struct digits d;
    if (!digits_read(text, 10, 10, &d))
        return false;
    unsigned month = europe_two(&d, 2);
    unsigned century = month > 40 ? 2000 : month > 20 ? 1800 : 1900;
    return date_exists(century + europe_two(&d, 0), month % 20, europe_two(&d, 4)) &&
           digits_weigh(&d, WEIGHTS, 9) % 11 % 10 == d.at[9];
}

/* ЛНЧ, of foreigners: weights 21 19 17 13 11 9 7 3 1, mod 10. */
static bool bg_foreigner(struct span text)
{
    static const unsigned char WEIGHTS[] = {21, 19, 17, 13, 11, 9, 7, 3, 1};
    struct digits d;
    return digits_read(text, 10, 10, &d) && digits_number(&d, 0, 9) != 0 &&
           digits_weigh(&d, WEIGHTS, 9) % 10 == d.at[9];
}

/* Mod 11 with one row of weights, and with another where it gives 10. */
static unsigned weigh_again(const struct digits *d, size_t from, const unsigned char *first,
                            const unsigned char *second, size_t count)
{
    unsigned one = 0, two = 0;
    for (size_t i = 0; i < count; i++) {
        one += (unsigned)d->at[from + i] * first[i];
        two += (unsigned)d->at[from + i] * second[i];
    }
    return one % 11 != 10 ? one % 11 : two % 11 % 10;
}

/* ЕИК (БУЛСТАТ): nine digits, and four more of a branch. */
static bool bg_company(struct span text)
{
    static const unsigned char FIRST[] = {1, 2, 3, 4, 5, 6, 7, 8};
    static const unsigned char SECOND[] = {3, 4, 5, 6, 7, 8, 9, 10};
    static const unsigned char BRANCH[] = {2, 7, 3, 5}, BRANCH_AGAIN[] = {4, 9, 5, 7};
    struct digits d;
    if (!digits_read(text, 9, 13, &d) || (d.count != 9 && d.count != 13) ||
        digits_number(&d, 0, 8) == 0 || weigh_again(&d, 0, FIRST, SECOND, 8) != d.at[8])
        return false;
    return d.count == 9 || weigh_again(&d, 8, BRANCH, BRANCH_AGAIN, 4) == d.at[12];
}

/* ЗДДС: BG and the number of the company, or of the person. */
static bool bg_vat(struct span text)
{
    struct value v;
    if (!europe_value(text, "BG", 9, 10, &v))
        return false;
    struct span number = span_of(v.at, v.count);
    return v.count == 9 ? bg_company(number) : bg_personal(number) || bg_foreigner(number);
}

/* Law 10129 of Albania: decade (A is 1900, K 2000), year, month (50 more for women, 30 for
 * some), day, serial, check letter (its formula is not public). */
static bool al_identity(struct span text)
{
    struct value v;
    struct digits d;
    if (!value_read(text, 10, 10, &v) || !value_digits(&v, 1, 8, &d) || !ascii_is_alpha(v.at[0]) ||
        !ascii_is_alpha(v.at[9]))
        return false;
    unsigned month = europe_two(&d, 1);
    month = month > 50 ? month - 50 : month > 30 ? month - 30 : month;
    return v.at[0] <= 'O' &&
           date_exists(1900u + (unsigned)(v.at[0] - 'A') * 10u + d.at[0], month, europe_two(&d, 3));
}

const struct validator validators_europe_balkan[] = {
    {"al_identity", al_identity, STRENGTH_NONE},
    {"ba_personal", ba_personal, STRENGTH_MEDIUM},
    {"bg_company", bg_company, STRENGTH_WEAK},
    {"bg_foreigner", bg_foreigner, STRENGTH_WEAK},
    {"bg_personal", bg_personal, STRENGTH_MEDIUM},
    {"bg_vat", bg_vat, STRENGTH_WEAK},
    {"hr_oib", hr_oib, STRENGTH_WEAK},
    {"hr_personal", hr_personal, STRENGTH_MEDIUM},
    {"me_personal", me_personal, STRENGTH_MEDIUM},
    {"mk_personal", mk_personal, STRENGTH_MEDIUM},
    {"mk_tax", mk_tax, STRENGTH_WEAK},
    {"ro_fiscal", ro_fiscal, STRENGTH_WEAK},
    {"ro_personal", ro_personal, STRENGTH_MEDIUM},
    {"rs_personal", rs_personal, STRENGTH_MEDIUM},
    {"rs_tax", rs_tax, STRENGTH_WEAK},
    {"si_company", si_company, STRENGTH_WEAK},
    {"si_personal", si_personal, STRENGTH_MEDIUM},
    {"si_tax", si_tax, STRENGTH_WEAK},
    {NULL, NULL, STRENGTH_NONE},
};
