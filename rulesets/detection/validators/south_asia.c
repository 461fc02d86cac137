/* SPDX-License-Identifier: Apache-2.0 */
/* south_asia: identifiers of India, Pakistan and Sri Lanka. */
#include "engine/base/ascii.h"
#include "rulesets/detection/validators/check_digits.h"
#include "rulesets/detection/validators/families.h"

static bool letters(const struct value *value, size_t from, size_t count)
{
    for (size_t i = from; i < from + count; i++) {
        if (i >= value->count || !ascii_is_alpha(value->at[i]))
            return false;
    }
    return true;
}

/* The digits [from, from + count) of `value` are there and not all zero. */
static bool serial(const struct value *value, size_t from, size_t count)
{
    struct digits d;
    return value_digits(value, from, count, &d) && digits_number(&d, 0, count) != 0;
}

/* UIDAI: 12 digits, no 0 or 1 in front, Verhoeff. It is one check digit: of the tracking numbers of
 * 12 digits one in twelve passes, so by itself it is weak. */
static bool in_aadhaar(struct span text)
{
    struct digits d;
    return digits_read(text, 12, 12, &d) && d.at[0] >= 2 && verhoeff_holds(d.at, d.count);
}

static bool palindrome(const struct digits *digits)
{
    for (size_t i = 0; i < digits->count / 2; i++) {
        if (digits->at[i] != digits->at[digits->count - 1 - i])
            return false;
    }
    return true;
}

/* UIDAI circular of 2018-01-11: the virtual id, 16 digits, Verhoeff. */
static bool in_aadhaar_vid(struct span text)
{
    struct digits d;
    return digits_read(text, 16, 16, &d) && d.at[0] >= 2 && !palindrome(&d) &&
           verhoeff_holds(d.at, d.count);
}

/* Income Tax Department: three letters, the kind of holder, the first letter of the name, a number
 * that is not 0000, and a letter whose formula is not public. */
static bool pan_at(const struct value *value, size_t from)
{
    return letters(value, from, 5) && strchr("ABCFGHJKLPT", value->at[from + 3]) &&
           serial(value, from + 5, 4) && letters(value, from + 9, 1);
}

static bool in_pan(struct span text)
{
    struct value v;
    return value_read(text, 10, 10, &v) && pan_at(&v, 0);
}

/* GST council: state, PAN, number of the registration, 'Z', and a check of Luhn mod 36. */
static bool in_gstin(struct span text)
{
    struct value v;
    struct digits state;
    if (!value_read(text, 15, 15, &v) || !value_digits(&v, 0, 2, &state) || !pan_at(&v, 2) ||
        v.at[12] == '0')
        return false;
    uint64_t code = digits_number(&state, 0, 2);
    if (code < 1 || (code > 38 && code != 96 && code != 97 && code != 99))
        return false;
    unsigned sum = 0;
    for (size_t i = 0; i < 15; i++) {
        unsigned product = (unsigned)alnum_value(v.at[i]) * (i % 2 == 0 ? 1u : 2u);
        sum += product / 36 + product % 36;
    }
    return sum % 36 == 0;
}

/* Election Commission of India, EPIC: three letters and seven digits of which the last is Luhn's.
 */
static bool in_voter_id(struct span text)
{
    struct value v;
    struct digits d;
    return value_read(text, 10, 10, &v) && letters(&v, 0, 3) && value_digits(&v, 3, 7, &d) &&
           luhn_holds(d.at, d.count);
}

#define INDIAN_STATES                                                                              \
    "AN AP AR AS BR CG CH DD DL DN GA GJ HP HR JH JK KA KL LA LD MH ML MN MP MZ NL OD OR PB PY "   \
    "RJ "                                                                                          \
    "SK TN TR TS TG UA UK UP WB"

/* Motor Vehicles Act (Sarathi): state, office, year of issue, seven digits. */
static bool in_driving_licence(struct span text)
{
    struct value v;
    struct digits d;
    if (!value_read(text, 15, 15, &v) || !word_listed(INDIAN_STATES, span_of(v.at, 2)) ||
        !value_digits(&v, 2, 13, &d))
        return false;
    uint64_t year = digits_number(&d, 2, 4);
    return year >= 1950 && year <= 2049 && digits_number(&d, 6, 7) != 0;
}

/* Central Motor Vehicles Rules, rule 50: state, district, up to three letters, number; and the BH
 * series, which begins with its year. */
static bool in_vehicle(struct span text)
{
    struct value v;
    struct digits d;
    if (!value_read(text, 7, 11, &v))
        return false;
    if (ascii_is_digit(v.at[0]))
        return v.count >= 9 && v.at[2] == 'B' && v.at[3] == 'H' && serial(&v, 4, 4);
    return word_listed(INDIAN_STATES, span_of(v.at, 2)) && value_digits(&v, v.count - 4, 4, &d) &&
           digits_number(&d, 0, 4) != 0;
}

/* Ministry of Corporate Affairs: listed or not, industry, state, year, kind, number. */
static bool in_cin(struct span text)
{
    struct value v;
    struct digits d;
    if (!value_read(text, 21, 21, &v) || !strchr("LU", v.at[0]) || !value_digits(&v, 1, 5, &d) ||
        !word_listed(INDIAN_STATES, span_of(v.at + 6, 2)) || !value_digits(&v, 8, 4, &d))
        return false;
    uint64_t year = digits_number(&d, 0, 4);
    return year >= 1850 && year <= 2099 &&
           word_listed("FLC FTC GAP GAT GOI NPL OPC PLC PTC SGC ULL ULT", span_of(v.at + 12, 3)) &&
           serial(&v, 15, 6);
}

/* RBI: bank (four letters), 0, branch. */
static bool in_ifsc(struct span text)
{
    struct value v;
    return value_read(text, 11, 11, &v) && letters(&v, 0, 4) && v.at[4] == '0';
}

/* NADRA: province, division and tehsil (five digits), family number, and a last digit that is odd
 * for men. */
static bool pk_cnic(struct span text)
{
    struct digits d;
    return digits_read(text, 13, 13, &d) && d.at[0] >= 1 && d.at[0] <= 8 &&
           digits_number(&d, 5, 7) != 0 && d.at[12] != 0;
}

/* A day of the year, 500 more for women. */
static bool day_of_year(uint64_t day)
{
    if (day > 500)
        day -= 500;
    return day >= 1 && day <= 366;
}

/* Department for Registration of Persons: since 2016 year, day, serial; before, two digits of the
 * year, day, serial, and V or X. */
static bool lk_nic(struct span text)
{
    struct value v;
    struct digits d;
    if (!value_read(text, 10, 12, &v))
        return false;
    if (v.count == 10)
        return strchr("VX", v.at[9]) && value_digits(&v, 0, 9, &d) &&
               day_of_year(digits_number(&d, 2, 3));
    if (v.count != 12 || !value_digits(&v, 0, 12, &d))
        return false;
    uint64_t year = digits_number(&d, 0, 4);
    return year >= 1900 && year <= 2049 && day_of_year(digits_number(&d, 4, 3));
}

const struct validator validators_south_asia[] = {
    {"in_aadhaar", in_aadhaar, STRENGTH_WEAK},
    {"in_aadhaar_vid", in_aadhaar_vid, STRENGTH_WEAK},
    {"in_cin", in_cin, STRENGTH_MEDIUM},
    {"in_driving_licence", in_driving_licence, STRENGTH_NONE},
    {"in_gstin", in_gstin, STRENGTH_STRONG},
    {"in_ifsc", in_ifsc, STRENGTH_NONE},
    {"in_pan", in_pan, STRENGTH_NONE},
    {"in_vehicle", in_vehicle, STRENGTH_NONE},
    {"in_voter_id", in_voter_id, STRENGTH_WEAK},
    {"lk_nic", lk_nic, STRENGTH_NONE},
    {"pk_cnic", pk_cnic, STRENGTH_NONE},
    {NULL, NULL, STRENGTH_NONE},
};
