/* SPDX-License-Identifier: Apache-2.0 */
/* europe_east: identifiers of Ukraine, Belarus, Moldova, Russia; what is of the whole Union. */
#include "engine/base/ascii.h"
#include "rulesets/detection/validators/europe.h"
#include "rulesets/detection/validators/families.h"

/* ДПС, РНОКПП: days since 1899, serial; weights -1 5 7 9 4 6 10 5 7, mod 11 (10 for -1). */
static bool ua_tax(struct span text)
{
    static const unsigned char WEIGHTS[] = {10, 5, 7, 9, 4, 6, 10, 5, 7};
    struct digits d;
    return digits_read(text, 10, 10, &d) && digits_number(&d, 0, 5) != 0 &&
           digits_weigh(&d, WEIGHTS, 9) % 11 % 10 == d.at[9];
}

/* ЄДРПОУ: weights 1 to 7, in the middle third of the range 7 1 2 3 4 5 6; mod 11, again with 2 more
 * in each where it gives 10. */
static bool ua_company(struct span text)
{
    struct digits d;
    if (!digits_read(text, 8, 8, &d) || digits_number(&d, 0, 7) == 0)
        return false;
    uint64_t number = digits_number(&d, 0, 8);
    unsigned sum = 0, again = 0, shift = number >= 30000000 && number < 60000000 ? 6 : 0;
    for (unsigned i = 0; i < 7; i++) {
        unsigned weight = (i + shift) % 7 + 1;
        sum += d.at[i] * weight;
        again += d.at[i] * (weight + 2);
    }
    return (sum % 11 < 10 ? sum % 11 : again % 11 % 10) == d.at[7];
}

/* УНЗР: YYYYMMDD of birth, serial, check. */
static bool ua_demographic(struct span text)
{
    struct digits d;
    return digits_read(text, 13, 13, &d) && digits_number(&d, 0, 4) >= 1900 &&
           digits_number(&d, 0, 4) <= 2049 &&
           date_exists((unsigned)digits_number(&d, 0, 4), europe_two(&d, 4), europe_two(&d, 6));
}

/* МВД of Belarus: century and sex, DDMMYY of birth, region, serial, citizenship, check (its
 * formula is not public). */
static bool by_personal(struct span text)
{
    struct value v;
    struct digits d;
    if (!value_read(text, 14, 14, &v) || !value_digits(&v, 0, 7, &d) || d.at[0] < 1 ||
        d.at[0] > 6 || !strchr("ABCHKEM", v.at[7]) ||
        !word_listed("PB BA BI", span_of(v.at + 11, 2)))
        return false;
    unsigned century = d.at[0] <= 2 ? 1800 : d.at[0] <= 4 ? 1900 : 2000;
    return date_exists(century + europe_two(&d, 5), europe_two(&d, 3), europe_two(&d, 1)) &&
           value_digits(&v, 8, 3, &d) && ascii_is_digit(v.at[13]);
}

/* МНС, УНП: weights 29 23 19 17 13 7 5 3, mod 11; people have two letters in front. */
static bool by_tax(struct span text)
{
    static const unsigned char WEIGHTS[] = {29, 23, 19, 17, 13, 7, 5, 3};
    struct value v;
    struct digits d;
    if (!value_read(text, 9, 9, &v) || !value_digits(&v, 2, 7, &d) ||
        !strchr("1234567ABCEHKM", v.at[0]))
        return false;
    if (ascii_is_alpha(v.at[0])) {
        const char *letter = strchr("ABCEHKMOPT", v.at[1]);
        if (!letter)
            return false;
        v.at[1] = (char)('0' + (letter - "ABCEHKMOPT"));
    }
    if (!ascii_is_digit(v.at[1]))
        return false;
    unsigned sum = 0;
    for (size_t i = 0; i < 8; i++)
        sum += (unsigned)alnum_value(v.at[i]) * WEIGHTS[i];
    return sum % 11 == d.at[6];
}

/* IDNP and IDNO of Moldova: register (2 for people, 1 for companies), year, serial; weights 7 3 1.
 */
static bool moldovan(struct span text, unsigned kind)
{
    static const unsigned char WEIGHTS[] = {7, 3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1};
    struct digits d;
    return digits_read(text, 13, 13, &d) && d.at[0] == kind &&
           digits_weigh(&d, WEIGHTS, 12) % 10 == d.at[12];
}

static bool md_personal(struct span text)
{
    return moldovan(text, 2) || moldovan(text, 0);
}

static bool md_company(struct span text)
{
    return moldovan(text, 1);
}

/* The check of mod 11 behind `count` digits; 10 is 0. */
static bool inn_check(const struct digits *d, size_t count)
{
    static const unsigned char WEIGHTS[] = {3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8};
    return digits_weigh(d, WEIGHTS + (11 - count), count) % 11 % 10 == d->at[count];
}

/* ФНС, ИНН of companies: ten digits, the first four the tax office. */
static bool ru_tax_company(struct span text)
{
    struct digits d;
    return digits_read(text, 10, 10, &d) && europe_two(&d, 0) != 0 && inn_check(&d, 9);
}

/* Of people: twelve digits, two checks. */
static bool ru_tax_person(struct span text)
{
    struct digits d;
    return digits_read(text, 12, 12, &d) && europe_two(&d, 0) != 0 && inn_check(&d, 10) &&
           inn_check(&d, 11);
}

/* ПФР, СНИЛС: weights 9 to 1, mod 101; 100 is 0. */
static bool ru_snils(struct span text)
{
    static const unsigned char WEIGHTS[] = {9, 8, 7, 6, 5, 4, 3, 2, 1};
    struct digits d;
    return digits_read(text, 11, 11, &d) && digits_number(&d, 0, 9) > 1001998 &&
           digits_weigh(&d, WEIGHTS, 9) % 101 % 100 == europe_two(&d, 9);
}

/* ФНС, ОГРН (13 digits) and ОГРНИП (15): the number before mod 11 or 13, its last digit. */
static bool ru_register(struct span text)
{
    struct digits d;
    if (!digits_read(text, 13, 15, &d) || d.count == 14 || d.at[0] == 0 || d.at[0] == 4)
        return false;
    return digits_mod(&d, 0, d.count - 1, d.count == 13 ? 11 : 13) % 10 == d.at[d.count - 1];
}

/* ENTSO-E, EIC: 15 of digits, letters and '-' with weights 16 to 2, mod 37. */
static bool eu_energy_code(struct span text)
{
    unsigned sum = 0, last = 0;
    if (text.len != 16)
        return false;
    for (size_t i = 0; i < 16; i++) {
        char c = ascii_upper(text.ptr[i]);
        if (!ascii_is_alnum(c) && c != '-')
            return false;
        last = c == '-' ? 36 : (unsigned)alnum_value(c);
        sum += i < 15 ? last * (unsigned)(16 - i) : 0;
    }
    return last == 36 - (sum + 36) % 37 && text.ptr[15] != '-';
}

const struct validator validators_europe_east[] = {
    {"by_personal", by_personal, STRENGTH_NONE},
    {"by_tax", by_tax, STRENGTH_WEAK},
    {"eu_energy_code", eu_energy_code, STRENGTH_MEDIUM},
    {"md_company", md_company, STRENGTH_WEAK},
    {"md_personal", md_personal, STRENGTH_WEAK},
    {"ru_register", ru_register, STRENGTH_WEAK},
    {"ru_snils", ru_snils, STRENGTH_STRONG},
    {"ru_tax_company", ru_tax_company, STRENGTH_WEAK},
    {"ru_tax_person", ru_tax_person, STRENGTH_STRONG},
    {"ua_company", ua_company, STRENGTH_WEAK},
    {"ua_demographic", ua_demographic, STRENGTH_NONE},
    {"ua_tax", ua_tax, STRENGTH_WEAK},
    {NULL, NULL, STRENGTH_NONE},
};
