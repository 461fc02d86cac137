/* SPDX-License-Identifier: Apache-2.0 */
/* southeast_asia: identifiers of Singapore, Malaysia, Indonesia, Thailand, Vietnam and the
 * Philippines. */
#include "engine/base/ascii.h"
#include "rulesets/detection/validators/check_digits.h"
#include "rulesets/detection/validators/families.h"

/* National Registration Act of Singapore: S and T are citizens and residents, F, G and M (since
 * 2022) foreigners; the check letter depends on the series. */
static bool sg_nric(struct span text)
{
    static const unsigned char WEIGHTS[] = {2, 7, 6, 5, 4, 3, 2};
    struct value v;
    struct digits d;
    if (!value_read(text, 9, 9, &v) || !value_digits(&v, 1, 7, &d) || !strchr("STFGM", v.at[0]))
        return false;
    unsigned sum = digits_weigh(&d, WEIGHTS, 7);
    if (v.at[0] == 'T' || v.at[0] == 'G')
        sum += 4;
    if (v.at[0] == 'M')
        sum += 3;
    const char *table = strchr("ST", v.at[0]) ? "JZIHGFEDCBA"
                        : v.at[0] == 'M'      ? "XWUTRQPNJLK"
                                              : "XWUTRQPNMLK";
    return v.at[8] == table[sum % 11];
}

/* ACRA, businesses: eight digits and a letter. */
static bool uen_business(const struct value *v)
{
    static const unsigned char WEIGHTS[] = {10, 4, 9, 3, 8, 2, 7, 1};
    struct digits d;
    return value_digits(v, 0, 8, &d) &&
           v->at[8] == "XMKECAWLJDB"[digits_weigh(&d, WEIGHTS, 8) % 11];
}

/* ACRA, local companies: year, five digits, a letter. */
static bool uen_company(const struct value *v)
{
    static const unsigned char WEIGHTS[] = {10, 8, 6, 4, 9, 7, 5, 3, 1};
    struct digits d;
    if (!value_digits(v, 0, 9, &d))
        return false;
    uint64_t year = digits_number(&d, 0, 4);
    return year >= 1900 && year <= 2049 &&
           v->at[9] == "ZKCMDNERGWH"[digits_weigh(&d, WEIGHTS, 9) % 11];
}

#define UEN_KINDS                                                                                  \
    "CC CD CH CL CM CP CS CX DP FB FC FM FN GA GB GS HC HS LL LP MB MC MD MH MM MQ NB NR PA PB "   \
    "PF "                                                                                          \
    "RF RP SM SS TC TU VH XL"

/* All others: century and year, kind, four digits, a letter. */
static bool uen_other(const struct value *v)
{
    static const char ALPHABET[] = "ABCDEFGHJKLMNPQRSTUVWX0123456789";
    static const unsigned char WEIGHTS[] = {4, 3, 5, 3, 10, 2, 2, 5, 7};
    struct digits d;
    if (!strchr("RST", v->at[0]) || !value_digits(v, 1, 2, &d) || !value_digits(v, 5, 4, &d) ||
        !word_listed(UEN_KINDS, span_of(v->at + 3, 2)))
        return false;
    unsigned sum = 0;
    for (size_t i = 0; i < 9; i++) {
        const char *at = strchr(ALPHABET, v->at[i]);
        if (!at)
            return false;
        sum += (unsigned)(at - ALPHABET) * WEIGHTS[i];
    }
    return v->at[9] == ALPHABET[(sum + 11 - 5) % 11];
}

static bool sg_uen(struct span text)
{
    struct value v;
    if (!value_read(text, 9, 10, &v))
        return false;
    if (v.count == 9)
        return uen_business(&v);
    return ascii_is_digit(v.at[0]) ? uen_company(&v) : uen_other(&v);
}

/* National Registration Regulations of Malaysia: birth, place of birth, serial. */
static bool my_nric(struct span text)
{
    struct digits d;
    if (!digits_read(text, 12, 12, &d) ||
        !date_exists_short((unsigned)digits_number(&d, 0, 2), (unsigned)digits_number(&d, 2, 2),
                           (unsigned)digits_number(&d, 4, 2)))
        return false;
    uint64_t place = digits_number(&d, 6, 2);
    bool unused = place == 0 || (place >= 17 && place <= 20) || place == 69 || place == 70 ||
                  place == 73 || place == 80 || place == 81 || (place >= 94 && place <= 97);
    return !unused && digits_number(&d, 8, 4) != 0;
}

/* SSM, since 2019: year, kind (01 to 06), six digits. */
static bool my_company(struct span text)
{
    struct digits d;
    if (!digits_read(text, 12, 12, &d))
        return false;
    uint64_t year = digits_number(&d, 0, 4), kind = digits_number(&d, 4, 2);
    return year >= 1900 && year <= 2049 && kind >= 1 && kind <= 6 && digits_number(&d, 6, 6) != 0;
}

#define INDONESIAN_PROVINCES                                                                       \
    "11 12 13 14 15 16 17 18 19 21 31 32 33 34 35 36 51 52 53 61 62 63 64 65 71 72 73 74 75 76 "   \
    "81 "                                                                                          \
    "82 91 92 93 94 95 96 97"

/* Dukcapil: province, city, district, birth (40 more on the day for women), serial. */
static bool id_nik(struct span text)
{
    struct digits d;
    struct value v;
    if (!digits_read(text, 16, 16, &d) || !value_read(text, 16, 16, &v) ||
        !word_listed(INDONESIAN_PROVINCES, span_of(v.at, 2)) || digits_number(&d, 2, 2) == 0 ||
        digits_number(&d, 12, 4) == 0)
        return false;
    unsigned day = (unsigned)digits_number(&d, 6, 2);
    return date_exists_short((unsigned)digits_number(&d, 10, 2), (unsigned)digits_number(&d, 8, 2),
                             day > 40 ? day - 40 : day);
}

/* Directorate General of Taxes: Luhn over the first nine digits, then office and branch; since 2024
 * with a 0 in front. */
static bool id_npwp(struct span text)
{
    struct digits d;
    if (!digits_read(text, 15, 16, &d))
        return false;
    size_t from = d.count - 15;
    return (from == 0 || d.at[0] == 0) && digits_number(&d, from, 9) != 0 &&
           luhn_holds(d.at + from, 9);
}

/* Civil Registration Act of Thailand: kind of person, place, serial, a check of mod 11. A 0 in
 * front is a company's number, which is made alike. */
static bool thai_holds(const struct digits *d)
{
    static const unsigned char WEIGHTS[] = {13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2};
    return d->at[12] == (11 - digits_weigh(d, WEIGHTS, 12) % 11) % 10;
}

static bool th_id(struct span text)
{
    struct digits d;
    return digits_read(text, 13, 13, &d) && d.at[0] >= 1 && d.at[0] <= 8 && thai_holds(&d);
}

static bool th_company(struct span text)
{
    struct digits d;
    return digits_read(text, 13, 13, &d) && d.at[0] == 0 && thai_holds(&d);
}

/* Decree 137/2015 of Vietnam: place, sex and century, year, serial. The places are the provinces of
 * the time before July 2025; the cards keep them. */
static bool vn_cccd(struct span text)
{
    struct digits d;
    struct value v;
    return digits_read(text, 12, 12, &d) && value_read(text, 12, 12, &v) && d.at[3] <= 3 &&
           digits_number(&d, 6, 6) != 0 &&
           word_listed("001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 027 "
                       "030 031 033 034 035 036 037 038 040 042 044 045 046 048 049 051 052 054 "
                       "056 058 060 062 064 066 067 068 070 072 074 075 077 079 080 082 083 084 "
                       "086 087 089 091 092 093 094 095 096",
                       span_of(v.at, 3));
}

/* General Department of Taxation: ten digits, the last a check; branches have three more. */
static bool vn_tax(struct span text)
{
    static const unsigned char WEIGHTS[] = {31, 29, 23, 19, 17, 13, 7, 5, 3};
    struct digits d;
    if (!digits_read(text, 10, 13, &d) || (d.count != 10 && d.count != 13) ||
        digits_number(&d, 2, 7) == 0 || (d.count == 13 && digits_number(&d, 10, 3) == 0))
        return false;
    return d.at[9] == 10 - digits_weigh(&d, WEIGHTS, 9) % 11;
}

/* PhilHealth: region or office in front (01 to 26), ten digits. */
static bool ph_philhealth(struct span text)
{
    struct digits d;
    if (!digits_read(text, 12, 12, &d))
        return false;
    uint64_t office = digits_number(&d, 0, 2);
    return office >= 1 && office <= 26 && digits_number(&d, 2, 9) != 0;
}

const struct validator validators_southeast_asia[] = {
    {"id_nik", id_nik, STRENGTH_NONE},
    {"id_npwp", id_npwp, STRENGTH_WEAK},
    {"my_company", my_company, STRENGTH_NONE},
    {"my_nric", my_nric, STRENGTH_NONE},
    {"ph_philhealth", ph_philhealth, STRENGTH_NONE},
    {"sg_nric", sg_nric, STRENGTH_MEDIUM},
    {"sg_uen", sg_uen, STRENGTH_WEAK},
    {"th_company", th_company, STRENGTH_WEAK},
    {"th_id", th_id, STRENGTH_WEAK},
    {"vn_cccd", vn_cccd, STRENGTH_NONE},
    {"vn_tax", vn_tax, STRENGTH_WEAK},
    {NULL, NULL, STRENGTH_NONE},
};
