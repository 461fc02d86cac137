/* SPDX-License-Identifier: Apache-2.0 */
/* mexico: numbers of RENAPO, SAT, IMSS, INE and the banks. */
#include "engine/base/ascii.h"
#include "rulesets/detection/validators/check_digits.h"
#include "rulesets/detection/validators/families.h"

static bool letters(const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!ascii_is_alpha(text[i]))
            return false;
    }
    return true;
}

/* YYMMDD */
static bool date_at(const struct value *v, size_t from)
{
    struct digits d;
    return value_digits(v, from, 6, &d) &&
           date_exists_short((unsigned)digits_number(&d, 0, 2), (unsigned)digits_number(&d, 2, 2),
                             (unsigned)digits_number(&d, 4, 2));
}

/* RENAPO, instructivo normativo: name, date, sex, state, consonants, homoclave; the alphabet of the
 * check digit has an N with tilde behind N. */
static bool mx_curp(struct span text)
{
    static const char STATES[] =
        "AS BC BS CC CL CM CS CH DF DG GT GR HG JC MC MN MS NT NL OC PL QT "
        "QR SP SL SR TC TS TL VZ YN ZS NE CX";
    struct value v;
    unsigned sum = 0;
    if (!value_read(text, 18, 18, &v) || !letters(v.at, 4) || !date_at(&v, 4) ||
        !memchr("HMX", v.at[10], 3) || !letters(v.at + 13, 3))
        return false;
    if (!word_listed(STATES, span_of(v.at + 11, 2)) || !ascii_is_digit(v.at[17]))
        return false;
    for (size_t i = 0; i < 17; i++) {
        unsigned value = (unsigned)alnum_value(v.at[i]);
        sum += (value + (v.at[i] > 'N' ? 1 : 0)) * (unsigned)(18 - i);
    }
    return (10 - sum % 10) % 10 == (unsigned)(v.at[17] - '0');
}

/* Place in the alphabet of the SAT: digits, A to N, &, O to Z, blank, N with tilde. */
static unsigned rfc_value(char c)
{
    if (c == '&')
        return 24;
    if (c == ' ')
        return 37;
    return (unsigned)alnum_value(c) + (c > 'N' ? 1 : 0);
}

/* Takes '&' and the N with tilde (as '#') besides letters and digits. */
static size_t rfc_read(struct span text, char out[13])
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = ascii_upper(text.ptr[i]);
        if (ascii_is_space(c) || c == '-')
            continue;
        if ((unsigned char)c == 0xc3 && i + 1 < text.len &&
            ((unsigned char)text.ptr[i + 1] | 0x20) == 0xb1) { /* U+00D1, U+00F1 */
            c = '#';
            i++;
        }
        if ((!ascii_is_alnum(c) && c != '&' && c != '#') || count == 13)
            return 0;
        out[count++] = c;
    }
    return count;
}

/* SAT, anexo 19: three letters (companies) or four (people), date, homoclave of two and a check
 * digit modulo 11; companies have a blank in front. */
static bool mx_rfc(struct span text)
{
    char rfc[13];
    size_t count = rfc_read(text, rfc);
    if (count != 12 && count != 13)
        return false;
    struct value date;
    if (!value_read(span_of(rfc + count - 9, 6), 6, 6, &date) || !date_at(&date, 0))
        return false;
    for (size_t i = 0; i < count - 9; i++) {
        if (ascii_is_digit(rfc[i]))
            return false;
    }
    unsigned sum = count == 12 ? rfc_value(' ') * 13 : 0;
    for (size_t i = 0; i + 1 < count; i++)
        sum += (rfc[i] == '#' ? 38 : rfc_value(rfc[i])) * (unsigned)(count - i);
    unsigned check = (11 - sum % 11) % 11;
    return rfc[count - 1] == (check == 10 ? 'A' : (char)('0' + check));
}

/* IMSS: sub-delegation, years of inscription and birth, serial number, Luhn. */
static bool mx_nss(struct span text)
{
    struct digits d;
    return digits_read(text, 11, 11, &d) && digits_number(&d, 0, 2) > 0 && luhn_holds(d.at, 11);
}

/* Asociacion de Bancos de Mexico: bank, place, account; weights 3 7 1, the last digit of each
 * product. Banks as Banxico lists participants of SPEI: 0XX, 1XX, 6XX, 7XX, 846 and 90X. */
static bool mx_clabe(struct span text)
{
    static const unsigned char WEIGHTS[] = {3, 7, 1};
    struct digits d;
    unsigned sum = 0;
    if (!digits_read(text, 18, 18, &d))
        return false;
    uint64_t bank = digits_number(&d, 0, 3);
    bool known = (bank >= 2 && bank <= 168) || (bank >= 600 && bank <= 741) || bank == 846 ||
                 (bank >= 901 && bank <= 903);
    for (size_t i = 0; i < 17; i++)
        sum += d.at[i] * WEIGHTS[i % 3] % 10u;
    return known && (10 - sum % 10) % 10 == d.at[17];
}

/* INE, clave de elector: six consonants of the name, date, state 01 to 32 (87 and 88 abroad), sex,
 * homoclave. */
static bool mx_voter(struct span text)
{
    struct value v;
    struct digits state, rest;
    if (!value_read(text, 18, 18, &v) || !letters(v.at, 6) || !date_at(&v, 6) ||
        !value_digits(&v, 12, 2, &state) || !value_digits(&v, 15, 3, &rest))
        return false;
    uint64_t number = digits_number(&state, 0, 2);
    return memchr("HM", v.at[14], 2) &&
           ((number >= 1 && number <= 33) || number == 87 || number == 88);
}

const struct validator validators_mexico[] = {
    {"mx_clabe", mx_clabe, STRENGTH_MEDIUM}, {"mx_curp", mx_curp, STRENGTH_STRONG},
    {"mx_nss", mx_nss, STRENGTH_WEAK},       {"mx_rfc", mx_rfc, STRENGTH_MEDIUM},
    {"mx_voter", mx_voter, STRENGTH_MEDIUM}, {NULL, NULL, STRENGTH_NONE},
};
