/* SPDX-License-Identifier: Apache-2.0 */
/* iban: ISO 13616-1 with the lengths and structures of the SWIFT IBAN registry. */
#include "engine/base/ascii.h"
#include "rulesets/detection/validators/check_digits.h"
#include "rulesets/detection/validators/families.h"

/* The characters behind the check digits: n digits, a upper-case letters, c both, each with its
 * number, as the registry writes them. */
struct country {
    char code[3];
    const char *structure;
};

static const struct country COUNTRIES[] = {
    {"AD", "8n12c"},    {"AE", "19n"},      {"AL", "8n16c"},    {"AT", "16n"},
    {"AZ", "4a20c"},    {"BA", "16n"},      {"BE", "12n"},      {"BG", "4a6n8c"},
    {"BH", "4a14c"},    {"BI", "23n"},      {"BR", "23n1a1c"},  {"BY", "4c4n16c"},
    {"CH", "5n12c"},    {"CR", "18n"},      {"CY", "8n16c"},    {"CZ", "20n"},
    {"DE", "18n"},      {"DJ", "23n"},      {"DK", "14n"},      {"DO", "4c20n"},
    {"EE", "16n"},      {"EG", "25n"},      {"ES", "20n"},      {"FI", "14n"},
    {"FK", "2a12n"},    {"FO", "14n"},      {"FR", "10n11c2n"}, {"GB", "4a14n"},
    {"GE", "2a16n"},    {"GI", "4a15c"},    {"GL", "14n"},      {"GR", "7n16c"},
    {"GT", "24c"},      {"HN", "4a20n"},    {"HR", "17n"},      {"HU", "24n"},
    {"IE", "4a14n"},    {"IL", "19n"},      {"IQ", "4a15n"},    {"IS", "22n"},
    {"IT", "1a10n12c"}, {"JO", "4a4n18c"},  {"KW", "4a22c"},    {"KZ", "3n13c"},
    {"LB", "4n20c"},    {"LC", "4a24c"},    {"LI", "5n12c"},    {"LT", "16n"},
    {"LU", "3n13c"},    {"LV", "4a13c"},    {"LY", "21n"},      {"MC", "10n11c2n"},
    {"MD", "2c18c"},    {"ME", "18n"},      {"MK", "3n10c2n"},  {"MN", "16n"},
    {"MR", "23n"},      {"MT", "4a5n18c"},  {"MU", "4a19n3a"},  {"NI", "4a20n"},
    {"NL", "4a10n"},    {"NO", "11n"},      {"OM", "3n16c"},    {"PK", "4a16c"},
    {"PL", "24n"},      {"PS", "4a21c"},    {"PT", "21n"},      {"QA", "4a21c"},
    {"RO", "4a16c"},    {"RS", "18n"},      {"RU", "14n15c"},   {"SA", "2n18c"},
    {"SC", "4a20n3a"},  {"SD", "14n"},      {"SE", "20n"},      {"SI", "15n"},
    {"SK", "20n"},      {"SM", "1a10n12c"}, {"SO", "19n"},      {"ST", "21n"},
    {"SV", "4a20n"},    {"TL", "19n"},      {"TN", "20n"},      {"TR", "6n16c"},
    {"UA", "6n19c"},    {"VA", "18n"},      {"VG", "4a16n"},    {"XK", "16n"},
    {"YE", "4a4n18c"},
};

static const char *country_structure(const char *code)
{
    for (size_t i = 0; i < sizeof COUNTRIES / sizeof *COUNTRIES; i++) {
        if (memcmp(COUNTRIES[i].code, code, 2) == 0)
            return COUNTRIES[i].structure;
    }
    return NULL;
}

static bool of_kind(char c, char kind)
{
    if (kind == 'n')
        return ascii_is_digit(c);
    return kind == 'a' ? c >= 'A' && c <= 'Z' : alnum_value(c) >= 0;
}

/* `v` from its fifth character on is as `structure` writes it, and no longer. */
static bool structure_holds(const struct value *v, const char *structure)
{
    size_t at = 4;
    while (*structure) {
        size_t count = 0;
        for (; ascii_is_digit(*structure); structure++)
            count = count * 10 + (size_t)(*structure - '0');
        for (; count > 0; count--, at++) {
            if (at >= v->count || !of_kind(v->at[at], *structure))
                return false;
        }
        structure++;
    }
    return at == v->count;
}

/* The first four characters go to the end; mod 97-10 over all. */
static bool iban(struct span text)
{
    struct value v;
    struct digits check;
    if (!value_read(text, 15, 34, &v) || !value_digits(&v, 2, 2, &check))
        return false;
    const char *structure = country_structure(v.at);
    if (!structure || !structure_holds(&v, structure))
        return false;
    char turned[34];
    memcpy(turned, v.at + 4, v.count - 4);
    memcpy(turned + v.count - 4, v.at, 4);
    uint64_t number = digits_number(&check, 0, 2);
    return number >= 2 && number <= 98 && mod_97_10_holds(turned, v.count);
}

const struct validator validators_iban[] = {
    {"iban", iban, STRENGTH_STRONG},
    {NULL, NULL, STRENGTH_NONE},
};
