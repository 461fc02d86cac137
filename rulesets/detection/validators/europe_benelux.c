/* SPDX-License-Identifier: Apache-2.0 */
/* europe_benelux: identifiers of Belgium, the Netherlands and Luxembourg. */
#include "rulesets/detection/validators/europe.h"
#include "rulesets/detection/validators/families.h"

/* Eight digits with weights 9 to 2, less the ninth, mod 11 (10 for -1). */
static bool eleven_test(const struct digits *d)
{
    static const unsigned char WEIGHTS[] = {9, 8, 7, 6, 5, 4, 3, 2, 10};
    return digits_number(d, 0, 9) != 0 && europe_sums_up(d, WEIGHTS, 9, 11);
}

/* Wabb: nine digits that pass the "elfproef". */
static bool nl_bsn(struct span text)
{
    struct digits d;
    return digits_read(text, 9, 9, &d) && !digits_all_same(&d) && eleven_test(&d);
}

/* Belastingdienst: nine digits, B, two digits. Of companies as the BSN's, of people mod 97 over
 * all with NL in front (since 2020). */
static bool nl_vat(struct span text)
{
    struct value v;
    struct digits d, branch;
    char whole[14] = "NL";
    if (!europe_value(text, "NL", 12, 12, &v) || v.at[9] != 'B' || !value_digits(&v, 0, 9, &d) ||
        !value_digits(&v, 10, 2, &branch) || digits_number(&branch, 0, 2) == 0)
        return false;
    memcpy(whole + 2, v.at, 12);
    return eleven_test(&d) || mod_97_10_holds(whole, 14);
}

/* Royal decree of 3 April 1984: YYMMDD of birth (0 where it is not known; 20 or 40 more in the
 * month of those who are in no register), serial, 97 less the rest of mod 97; with 2 in front of
 * all since 2000. */
static bool be_national(struct span text)
{
    struct digits d;
    if (!digits_read(text, 11, 11, &d))
        return false;
    unsigned month = europe_two(&d, 2) % 20, day = europe_two(&d, 4);
    if (europe_two(&d, 2) > 52 || month > 12 || day > 31 || digits_number(&d, 6, 3) == 0)
        return false;
    if (month > 0 && day > 0 && !date_exists_short(europe_two(&d, 0), month, day))
        return false;
    uint64_t number = digits_number(&d, 0, 9), check = digits_number(&d, 9, 2);
    return check == 97 - number % 97 || check == 97 - (2000000000 + number) % 97;
}

/* KBO/BCE: eight digits from 0 or 1 on, 97 less their rest of mod 97. */
static bool be_enterprise(struct span text)
{
    struct digits d;
    return europe_digits(text, "BE", 10, 10, &d) && d.at[0] <= 1 && digits_number(&d, 0, 8) != 0 &&
           europe_two(&d, 8) == 97 - digits_mod(&d, 0, 8, 97);
}

/* eID: ten digits and their rest of mod 97, 97 for none. */
static bool be_identity_card(struct span text)
{
    struct digits d;
    if (!digits_read(text, 12, 12, &d) || digits_number(&d, 0, 10) == 0)
        return false;
    unsigned rest = digits_mod(&d, 0, 10, 97);
    return europe_two(&d, 10) == (rest == 0 ? 97 : rest);
}

/* Law of 19 June 2013: YYYYMMDD of birth, serial; Luhn's check of those eleven, Verhoeff's of
 * them. */
static bool lu_national(struct span text)
{
    struct digits d;
    unsigned char verhoeff[12];
    if (!digits_read(text, 13, 13, &d) ||
        !date_exists((unsigned)digits_number(&d, 0, 4), europe_two(&d, 4), europe_two(&d, 6)))
        return false;
    memcpy(verhoeff, d.at, 11);
    verhoeff[11] = d.at[12];
    return luhn_holds(d.at, 12) && verhoeff_holds(verhoeff, 12);
}

/* AED: six digits and their rest of mod 89. */
static bool lu_vat(struct span text)
{
    struct digits d;
    return europe_digits(text, "LU", 8, 8, &d) && digits_number(&d, 0, 6) != 0 &&
           europe_two(&d, 6) == digits_mod(&d, 0, 6, 89);
}

const struct validator validators_europe_benelux[] = {
    {"be_enterprise", be_enterprise, STRENGTH_STRONG},
    {"be_identity_card", be_identity_card, STRENGTH_STRONG},
    {"be_national", be_national, STRENGTH_STRONG},
    {"lu_national", lu_national, STRENGTH_STRONG},
    {"lu_vat", lu_vat, STRENGTH_STRONG},
    {"nl_bsn", nl_bsn, STRENGTH_WEAK},
    {"nl_vat", nl_vat, STRENGTH_MEDIUM},
    {NULL, NULL, STRENGTH_NONE},
};
