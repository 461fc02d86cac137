/* SPDX-License-Identifier: Apache-2.0 */
/* east_asia: identifiers of China, Hong Kong, Taiwan, Japan and South Korea. */
#include "engine/base/ascii.h"
#include "rulesets/detection/validators/check_digits.h"
#include "rulesets/detection/validators/families.h"

/* GB/T 2260: provinces, Taiwan, Hong Kong, Macao. */
#define CHINESE_PROVINCES                                                                          \
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 "   \
    "65 "                                                                                          \
    "71 81 82 83"

static bool birth_at(const struct digits *digits, size_t from)
{
    unsigned year = (unsigned)digits_number(digits, from, 4);
    return year >= 1900 && year <= 2049 &&
           date_exists(year, (unsigned)digits_number(digits, from + 4, 2),
                       (unsigned)digits_number(digits, from + 6, 2));
}

/* GB 11643-1999: region, birth, serial, ISO 7064 mod 11-2; since 2023 foreigners' cards too, which
 * begin with 9 and have the region behind it. */
static bool cn_resident_id(struct span text)
{
    struct value v;
    struct digits d;
    if (!value_read(text, 18, 18, &v) || !value_digits(&v, 0, 17, &d) || !birth_at(&d, 6))
        return false;
    size_t region = v.at[0] == '9' ? 1 : 0;
    return word_listed(CHINESE_PROVINCES, span_of(v.at + region, 2)) && mod_11_2_holds(v.at, 18);
}

#define USCC_ALPHABET "0123456789ABCDEFGHJKLMNPQRTUWXY"

/* GB 11714-1997: eight characters and a check of mod 11. */
static bool organization_code_at(const char *text)
{
    static const unsigned char WEIGHTS[] = {3, 7, 9, 10, 5, 8, 4, 2};
    unsigned sum = 0;
    for (size_t i = 0; i < 8; i++) {
        if (alnum_value(text[i]) < 0)
            return false;
        sum += (unsigned)alnum_value(text[i]) * WEIGHTS[i];
    }
    unsigned check = (11 - sum % 11) % 11;
    return text[8] == (check == 10 ? 'X' : (char)('0' + check));
}

static bool cn_organization_code(struct span text)
{
    struct value v;
    return value_read(text, 9, 9, &v) && organization_code_at(v.at);
}

/* GB 32100-2015: authority, kind, region, organization code, and a check of mod 31 over all. */
static bool cn_uscc(struct span text)
{
    struct value v;
    if (!value_read(text, 18, 18, &v) ||
        !word_listed(CHINESE_PROVINCES " 10", span_of(v.at + 2, 2)))
        return false;
    unsigned sum = 0, weight = 1;
    for (size_t i = 0; i < 18; i++, weight = weight * 3 % 31) {
        const char *at = strchr(USCC_ALPHABET, v.at[i]);
        if (!at)
            return false;
        sum += (unsigned)(at - USCC_ALPHABET) * (i < 17 ? weight : 1);
    }
    return sum % 31 == 0 && organization_code_at(v.at + 8);
}

/* GB/T 17710, before 2015: region, serial, ISO 7064 mod 11,10. */
static bool cn_business_number(struct span text)
{
    struct digits d;
    struct value v;
    return digits_read(text, 15, 15, &d) && value_read(text, 15, 15, &v) &&
           word_listed(CHINESE_PROVINCES " 10", span_of(v.at, 2)) && mod_11_10_holds(d.at, d.count);
}

/* Registration of Persons Ordinance: one or two letters, six digits, and a check of mod 11 that
 * stands in brackets; a missing first letter counts as 36. */
static bool hk_id(struct span text)
{
    char at[16];
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (ascii_is_alnum(text.ptr[i]) && count < sizeof at)
            at[count++] = ascii_upper(text.ptr[i]);
        else if (!strchr("() -", text.ptr[i]))
            return false;
    }
    if (count != 8 && count != 9)
        return false;
    unsigned sum = count == 8 ? 36 * 9 : 0;
    size_t letters = count - 7;
    for (size_t i = 0; i < count; i++) {
        if (i + 1 < count && ascii_is_alpha(at[i]) != (i < letters))
            return false;
        sum += (unsigned)alnum_value(at[i]) * (unsigned)(count - i);
    }
    return (ascii_is_digit(at[count - 1]) || at[count - 1] == 'A') && sum % 11 == 0;
}

/* The number of a place's letter, 10 to 35; not in the order of the alphabet. */
static unsigned taiwan_letter(char c)
{
    static const char ORDER[] = "ABCDEFGHJKLMNPQRSTUVXYWZIO";
    const char *at = c ? strchr(ORDER, c) : NULL;
    return at ? (unsigned)(at - ORDER) + 10 : 0;
}

/* Weights 1, 9, 8 ... 1, 1 over the letter's two digits and the nine that follow. The resident
 * certificates before 2021 have a second letter, of which the last digit counts. */
static bool taiwan_holds(const struct value *v)
{
    unsigned place = taiwan_letter(v->at[0]);
    if (place == 0)
        return false;
    unsigned sum = place / 10 + place % 10 * 9;
    for (size_t i = 1; i < 10; i++) {
        unsigned digit =
            ascii_is_digit(v->at[i]) ? (unsigned)(v->at[i] - '0') : taiwan_letter(v->at[i]) % 10;
        sum += digit * (i < 9 ? 9 - (unsigned)i : 1);
    }
    return sum % 10 == 0;
}

/* Household Registration Act: a place's letter, sex, serial, check. */
static bool tw_id(struct span text)
{
    struct value v;
    struct digits d;
    return value_read(text, 10, 10, &v) && value_digits(&v, 1, 9, &d) && strchr("12", v.at[1]) &&
           taiwan_holds(&v);
}

/* National Immigration Agency: [89] for the sex since 2021, [A-D] before. */
static bool tw_resident_certificate(struct span text)
{
    struct value v;
    struct digits d;
    return value_read(text, 10, 10, &v) && value_digits(&v, 2, 8, &d) &&
           strchr("89ABCD", v.at[1]) && taiwan_holds(&v);
}

/* Ministry of Finance: the digits of the products are added; a multiple of 5 since 2023 (of 10
 * before). A 7 in the seventh place makes 28, 2 + 8 = 10, which counts as 1 or 0. */
static bool tw_business_number(struct span text)
{
    static const unsigned char WEIGHTS[] = {1, 2, 1, 2, 1, 2, 4, 1};
    struct digits d;
    if (!digits_read(text, 8, 8, &d) || digits_number(&d, 0, 8) == 0)
        return false;
    unsigned sum = 0;
    for (size_t i = 0; i < 8; i++) {
        unsigned product = (unsigned)d.at[i] * WEIGHTS[i];
        sum += product / 10 + product % 10;
    }
    return sum % 5 == 0 || (d.at[6] == 7 && (sum + 1) % 5 == 0);
}

/* Ordinance of the Ministry of Internal Affairs, 2014 no. 85: 12 digits, mod 11. */
static bool jp_my_number(struct span text)
{
    static const unsigned char WEIGHTS[] = {6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2};
    struct digits d;
    if (!digits_read(text, 12, 12, &d))
        return false;
    unsigned rest = digits_weigh(&d, WEIGHTS, 11) % 11;
    return d.at[11] == (rest <= 1 ? 0 : 11 - rest);
}

/* Ordinance of the Ministry of Finance, 2014 no. 70: a check of mod 9 in front of 12 digits. */
static bool jp_corporate_number(struct span text)
{
    struct value v;
    struct digits d;
    if (!value_read(text, 13, 14, &v) || (v.count == 14 && v.at[0] != 'T') ||
        !value_digits(&v, v.count - 13, 13, &d))
        return false;
    unsigned sum = 0;
    for (size_t i = 1; i < 13; i++)
        sum += (unsigned)d.at[i] * (i % 2 == 0 ? 1u : 2u);
    return d.at[0] == 9 - sum % 9;
}

/* National Police Agency: office, year, serial, a check of mod 11, how often issued anew. */
static bool jp_driving_licence(struct span text)
{
    static const unsigned char WEIGHTS[] = {5, 4, 3, 2, 7, 6, 5, 4, 3, 2};
    struct digits d;
    struct value v;
    if (!digits_read(text, 12, 12, &d) || !value_read(text, 12, 12, &v) ||
        !word_listed(
            "10 11 12 13 14 20 21 22 23 24 25 30 40 41 42 43 44 45 46 47 48 49 50 51 52 "
            "53 54 55 60 61 62 63 64 65 70 71 72 73 74 80 81 82 83 90 91 92 93 94 95 96 97",
            span_of(v.at, 2)))
        return false;
    return d.at[10] == (11 - digits_weigh(&d, WEIGHTS, 10) % 11) % 10;
}

/* Ministry of Health: law, prefecture (01 to 47), insurer, and a check of 2-1 weights as Luhn's. */
static bool jp_insurer(struct span text)
{
    struct digits d;
    if (!digits_read(text, 8, 8, &d))
        return false;
    uint64_t prefecture = digits_number(&d, 2, 2);
    return prefecture >= 1 && prefecture <= 47 && luhn_holds(d.at, d.count);
}

/* Whether the day exists, in the century that the seventh digit stands for. */
static bool korean_birth(const struct digits *d, const unsigned *century)
{
    return century[d->at[6]] != 0 &&
           date_exists(century[d->at[6]] + (unsigned)digits_number(d, 0, 2),
                       (unsigned)digits_number(d, 2, 2), (unsigned)digits_number(d, 4, 2));
}

/* Weights 2 to 9, then 2 to 5, mod 11. */
static bool korean_check(const struct digits *d, unsigned from)
{
    static const unsigned char WEIGHTS[] = {2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5};
    return d->at[12] == (from - digits_weigh(d, WEIGHTS, 12) % 11) % 10;
}

/* The century by the seventh digit: residents, and foreigners. */
static const unsigned RESIDENTS[10] = {1800, 1900, 1900, 2000, 2000, 0, 0, 0, 0, 1800};
static const unsigned FOREIGNERS[10] = {0, 0, 0, 0, 0, 1900, 1900, 2000, 2000, 0};

/* Resident Registration Act: birth, century and sex, place, serial, check. */
static bool kr_rrn(struct span text)
{
    struct digits d;
    return digits_read(text, 13, 13, &d) && korean_birth(&d, RESIDENTS) && korean_check(&d, 11);
}

/* Since October 2020 the last six digits are random: nothing but the birth can be checked. */
static bool kr_rrn_recent(struct span text)
{
    struct digits d;
    return digits_read(text, 13, 13, &d) && korean_birth(&d, RESIDENTS) &&
           (d.at[6] == 3 || d.at[6] == 4) && digits_number(&d, 0, 4) >= 2010 && d.at[0] < 5;
}

/* Immigration Act: the same for foreigners, with 5 to 8 for century and sex. */
static bool kr_foreigner(struct span text)
{
    struct digits d;
    return digits_read(text, 13, 13, &d) && korean_birth(&d, FOREIGNERS) && korean_check(&d, 13);
}

/* Who came since October 2020 may be of any age. */
static bool kr_foreigner_recent(struct span text)
{
    struct digits d;
    return digits_read(text, 13, 13, &d) && korean_birth(&d, FOREIGNERS);
}

/* National Tax Service: office, kind, serial, check. */
static bool kr_business_number(struct span text)
{
    static const unsigned char WEIGHTS[] = {1, 3, 7, 1, 3, 7, 1, 3, 5};
    struct digits d;
    if (!digits_read(text, 10, 10, &d) || digits_number(&d, 0, 3) < 101 ||
        digits_number(&d, 3, 2) == 0)
        return false;
    unsigned sum = digits_weigh(&d, WEIGHTS, 9) + (unsigned)d.at[8] * 5 / 10;
    return d.at[9] == (10 - sum % 10) % 10;
}

/* Commercial registry: court (four digits), kind, serial, and a check of weights 1 and 2. */
static bool kr_corporate_number(struct span text)
{
    static const unsigned char WEIGHTS[] = {1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2};
    struct digits d;
    return digits_read(text, 13, 13, &d) && digits_number(&d, 0, 4) >= 1100 &&
           d.at[12] == (10 - digits_weigh(&d, WEIGHTS, 12) % 10) % 10;
}

/* Road Traffic Act: region (11 to 28), year, serial, two digits of check that are not public. */
static bool kr_driving_licence(struct span text)
{
    struct digits d;
    if (!digits_read(text, 12, 12, &d))
        return false;
    uint64_t region = digits_number(&d, 0, 2);
    return region >= 11 && region <= 28 && digits_number(&d, 4, 6) != 0;
}

const struct validator validators_east_asia[] = {
    {"cn_business_number", cn_business_number, STRENGTH_MEDIUM},
    {"cn_organization_code", cn_organization_code, STRENGTH_WEAK},
    {"cn_resident_id", cn_resident_id, STRENGTH_MEDIUM},
    {"cn_uscc", cn_uscc, STRENGTH_STRONG},
    {"hk_id", hk_id, STRENGTH_WEAK},
    {"jp_corporate_number", jp_corporate_number, STRENGTH_WEAK},
    {"jp_driving_licence", jp_driving_licence, STRENGTH_WEAK},
    {"jp_insurer", jp_insurer, STRENGTH_WEAK},
    {"jp_my_number", jp_my_number, STRENGTH_WEAK},
    {"kr_business_number", kr_business_number, STRENGTH_WEAK},
    {"kr_corporate_number", kr_corporate_number, STRENGTH_WEAK},
    {"kr_driving_licence", kr_driving_licence, STRENGTH_NONE},
    {"kr_foreigner", kr_foreigner, STRENGTH_MEDIUM},
    {"kr_foreigner_recent", kr_foreigner_recent, STRENGTH_NONE},
    {"kr_rrn", kr_rrn, STRENGTH_MEDIUM},
    {"kr_rrn_recent", kr_rrn_recent, STRENGTH_NONE},
    {"tw_business_number", tw_business_number, STRENGTH_WEAK},
    {"tw_id", tw_id, STRENGTH_WEAK},
    {"tw_resident_certificate", tw_resident_certificate, STRENGTH_WEAK},
    {NULL, NULL, STRENGTH_NONE},
};
