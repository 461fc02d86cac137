/* SPDX-License-Identifier: Apache-2.0 */
/* finance: securities, legal entities, banks. */
#include "engine/base/ascii.h"
#include "rulesets/detection/validators/check_digits.h"
#include "rulesets/detection/validators/countries.h"
#include "rulesets/detection/validators/families.h"

/* Luhn over the digits that come of writing each letter as 10 to 35. */
static bool luhn_of_letters(const struct value *v)
{
    struct digits d = {.count = 0};
    for (size_t i = 0; i < v->count && d.count + 2 <= VALUE_MAX; i++) {
        int value = alnum_value(v->at[i]);
        if (value > 9)
            d.at[d.count++] = (unsigned char)(value / 10);
        d.at[d.count++] = (unsigned char)(value % 10);
    }
    return luhn_holds(d.at, d.count);
}

/* ISO 6166: country (XS and other X codes for international ones), nine characters, Luhn. */
static bool isin(struct span text)
{
    struct value v;
    if (!value_read(text, 12, 12, &v) || !ascii_is_digit(v.at[11]))
        return false;
    bool international = word_listed("XS XA XB XC XD XF EU QS", span_of(v.at, 2));
    return (international || country_known(span_of(v.at, 2))) && luhn_of_letters(&v);
}

/* ANSI X9.6: digits and letters (and * @ #), every second value doubled, its digits added. */
static bool cusip(struct span text)
{
    unsigned sum = 0;
    struct span s = span_trim(text);
    if (s.len != 9 || !ascii_is_digit(s.ptr[8]))
        return false;
    for (size_t i = 0; i < 8; i++) {
        size_t mark = span_find_byte(SPAN("*@#"), s.ptr[i]);
        int value = mark != SPAN_NONE ? 36 + (int)mark : alnum_value(ascii_upper(s.ptr[i]));
        if (value < 0)
            return false;
        unsigned points = (unsigned)value * (i % 2 == 1 ? 2 : 1);
        sum += points / 10 + points % 10;
    }
    return (10 - sum % 10) % 10 == (unsigned)(s.ptr[8] - '0');
}

/* London Stock Exchange: no vowels; weights 1 3 1 7 3 9 1, mod 10. Old ones have digits only. */
static bool sedol(struct span text)
{
    static const unsigned char WEIGHTS[] = {1, 3, 1, 7, 3, 9, 1};
    struct value v;
    unsigned sum = 0;
    if (!value_read(text, 7, 7, &v) || !ascii_is_digit(v.at[6]))
        return false;
    for (size_t i = 0; i < 7; i++) {
        if (memchr("AEIOU", v.at[i], 5))
            return false;
        sum += (unsigned)alnum_value(v.at[i]) * WEIGHTS[i];
    }
    /* Those that begin with a digit are of digits only. */
    struct digits all;
    return sum % 10 == 0 && (!ascii_is_digit(v.at[0]) || value_digits(&v, 0, 7, &all));
}

/* ISO 17442: 18 characters and two check digits, mod 97-10. Twenty digits without a letter are far
 * more likely something else. */
static bool lei(struct span text)
{
    struct value v;
    struct digits check, all;
    return value_read(text, 20, 20, &v) && value_digits(&v, 18, 2, &check) &&
           !value_digits(&v, 0, 18, &all) && mod_97_10_holds(v.at, v.count);
}

/* ISO 9362: four letters, country, two of place (not 0 or 1 first: of tests and of members that do
 * not connect; no letter O second), three of branch. */
static bool swift(struct span text)
{
    struct value v;
    if (!value_read(text, 8, 11, &v) || (v.count != 8 && v.count != 11))
        return false;
    for (size_t i = 0; i < 6; i++) {
        if (ascii_is_digit(v.at[i]))
            return false;
    }
    return country_known(span_of(v.at + 4, 2)) && v.at[6] != '0' && v.at[6] != '1' &&
           v.at[7] != 'O';
}

/* ABA (Accuity, registrar): Federal Reserve district, weights 3 7 1, mod 10. */
static bool aba_routing(struct span text)
{
    static const unsigned char WEIGHTS[] = {3, 7, 1, 3, 7, 1, 3, 7, 1};
    struct digits d;
    if (!digits_read(text, 9, 9, &d) || digits_all_same(&d))
        return false;
    uint64_t district = digits_number(&d, 0, 2);
    bool known = (district >= 1 && district <= 12) || (district >= 21 && district <= 32) ||
                 (district >= 61 && district <= 72) || district == 80;
    return known && digits_weigh(&d, WEIGHTS, 9) % 10 == 0;
}

/* ISO 11649: RF, two check digits, 1 to 21 characters; the first four go to the end, mod 97-10. */
static bool creditor_reference(struct span text)
{
    struct value v;
    struct digits check;
    char turned[25];
    if (!value_read(text, 5, 25, &v) || memcmp(v.at, "RF", 2) != 0 ||
        !value_digits(&v, 2, 2, &check))
        return false;
    memcpy(turned, v.at + 4, v.count - 4);
    memcpy(turned + v.count - 4, v.at, 4);
    return mod_97_10_holds(turned, v.count);
}

const struct validator validators_finance[] = {
    {"aba_routing", aba_routing, STRENGTH_WEAK},
    {"creditor_reference", creditor_reference, STRENGTH_STRONG},
    {"cusip", cusip, STRENGTH_WEAK},
    {"isin", isin, STRENGTH_WEAK},
    {"lei", lei, STRENGTH_STRONG},
    {"sedol", sedol, STRENGTH_WEAK},
    {"swift", swift, STRENGTH_NONE},
    {NULL, NULL, STRENGTH_NONE},
};
