/* SPDX-License-Identifier: Apache-2.0 */
/* oceania: Australia and New Zealand. */
#include "engine/base/ascii.h"
#include "rulesets/detection/validators/check_digits.h"
#include "rulesets/detection/validators/families.h"

/* Australian Taxation Office: weights 1 4 3 7 5 8 6 9 10, mod 11; old ones have eight digits. */
static bool au_tfn(struct span text)
{
    static const unsigned char WEIGHTS[] = {1, 4, 3, 7, 5, 8, 6, 9, 10};
    struct digits d;
    return digits_read(text, 8, 9, &d) && !digits_all_same(&d) &&
           digits_weigh(&d, WEIGHTS, d.count) % 11 == 0;
}

/* Australian Business Register: 1 less in the first digit, weights 10 1 3 5 ... 19, mod 89. */
static bool au_abn(struct span text)
{
    static const unsigned char WEIGHTS[] = {10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19};
    struct digits d;
    if (!digits_read(text, 11, 11, &d) || d.at[0] == 0)
        return false;
    return (digits_weigh(&d, WEIGHTS, 11) - WEIGHTS[0]) % 89 == 0;
}

/* ASIC: weights 8 to 1, mod 10. */
static bool au_acn(struct span text)
{
    static const unsigned char WEIGHTS[] = {8, 7, 6, 5, 4, 3, 2, 1, 1};
    struct digits d;
    return digits_read(text, 9, 9, &d) && !digits_all_same(&d) &&
           digits_weigh(&d, WEIGHTS, 9) % 10 == 0;
}

/* Services Australia: 2 to 6 first, weights 1 3 7 9 1 3 7 9, mod 10, then issue number and, for one
 * person of the card, the reference number. */
static bool au_medicare(struct span text)
{
    static const unsigned char WEIGHTS[] = {1, 3, 7, 9, 1, 3, 7, 9};
    struct digits d;
    return digits_read(text, 10, 11, &d) && d.at[0] >= 2 && d.at[0] <= 6 && d.at[9] != 0 &&
           digits_weigh(&d, WEIGHTS, 8) % 10 == d.at[8];
}

/* Healthcare Identifiers Service, AS 5017: 800360 for people, Luhn. */
static bool au_ihi(struct span text)
{
    struct digits d;
    return digits_read(text, 16, 16, &d) && digits_number(&d, 0, 6) == 800360 &&
           luhn_holds(d.at, 16);
}

/* Inland Revenue, RWT specification: 10 to 200 million; weights 3 2 7 6 5 4 3 2, when that comes to
 * 10 weights 7 4 3 2 5 2 7 6; mod 11. */
static bool nz_ird(struct span text)
{
    static const unsigned char FIRST[] = {3, 2, 7, 6, 5, 4, 3, 2};
    static const unsigned char SECOND[] = {7, 4, 3, 2, 5, 2, 7, 6};
    struct digits d, padded = {.count = 9};
    if (!digits_read(text, 8, 9, &d))
        return false;
    uint64_t number = digits_number(&d, 0, d.count);
    memcpy(padded.at + (9 - d.count), d.at, d.count);
    unsigned check = (11 - digits_weigh(&padded, FIRST, 8) % 11) % 11;
    if (check == 10)
        check = (11 - digits_weigh(&padded, SECOND, 8) % 11) % 11;
    return number >= 10000000 && number <= 200000000 && check == padded.at[8];
}

/* Place in the alphabet without I and O, from 1; 0 for those two. */
static unsigned nhi_letter(char c)
{
    size_t place = span_find_byte(SPAN("ABCDEFGHJKLMNPQRSTUVWXYZ"), c);
    return place == SPAN_NONE ? 0 : (unsigned)place + 1;
}

/* HISO 10046: AAANNNC (mod 11) and, from 2026, AAANNAX (mod 23); weights 7 to 2. */
static bool nz_nhi(struct span text)
{
    struct value v;
    struct digits d;
    unsigned sum = 0;
    if (!value_read(text, 7, 7, &v) || !value_digits(&v, 3, 2, &d))
        return false;
    for (size_t i = 0; i < 6; i++) {
        bool digit = ascii_is_digit(v.at[i]);
        unsigned value = digit ? (unsigned)(v.at[i] - '0') : nhi_letter(v.at[i]);
        if ((i < 3 && digit) || (!digit && value == 0))
            return false;
        sum += value * (unsigned)(7 - i);
    }
    if (!ascii_is_digit(v.at[5]))
        return nhi_letter(v.at[6]) == 23 - sum % 23;
    unsigned rest = sum % 11;
    return rest != 0 && v.at[6] == (char)('0' + (11 - rest) % 10);
}

/* The check of bank accounts: which weights a bank has, over bank, branch, base and suffix as 2, 4,
 * 8 and 4 digits. 'A' and 'B' are of one group of banks. */
static unsigned nz_remainder(const struct digits *d, char kind)
{
    static const unsigned char A[] = {0, 0, 6, 3, 7, 9, 0, 0, 10, 5, 8, 4, 2, 1, 0, 0, 0, 0};
    static const unsigned char B[] = {0, 0, 0, 0, 0, 0, 0, 0, 10, 5, 8, 4, 2, 1, 0, 0, 0, 0};
    static const unsigned char D[] = {0, 0, 0, 0, 0, 0, 0, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0, 0};
    static const unsigned char F[] = {0, 0, 0, 0, 0, 0, 0, 1, 7, 3, 1, 7, 3, 1, 0, 0, 0, 0};
    static const unsigned char G[] = {0, 0, 0, 0, 0, 0, 0, 1, 3, 7, 1, 3, 7, 1, 0, 3, 7, 1};
    switch (kind) {
    case 'A':
        return digits_weigh(d, digits_number(d, 6, 8) < 990000 ? A : B, 18) % 11;
    case 'D':
        return digits_weigh(d, D, 18) % 11;
    case 'F':
        return digits_weigh(d, F, 18) % 10;
    case 'G':
        return digits_weigh(d, G, 18) % 10;
    default:
        return 0;
    }
}

/* Inland Revenue, RWT and NRWT specification, chapter "Bank account number validation". */
static bool nz_bank_account(struct span text)
{
    static const struct {
        unsigned bank, first, last;
        char kind;
    } BRANCHES[] = {
        {1, 1, 999, 'A'},      {1, 1100, 1199, 'A'},  {1, 1800, 1899, 'A'},  {2, 1, 999, 'A'},
        {2, 1200, 1299, 'A'},  {3, 1, 999, 'A'},      {3, 1300, 1399, 'A'},  {3, 1500, 1599, 'A'},
        {3, 1700, 1799, 'A'},  {3, 1900, 1999, 'A'},  {6, 1, 999, 'A'},      {6, 1400, 1499, 'A'},
        {8, 6500, 6599, 'D'},  {11, 5000, 6499, 'A'}, {11, 6600, 8999, 'A'}, {12, 3000, 3299, 'A'},
        {12, 3400, 3499, 'A'}, {12, 3600, 3699, 'A'}, {13, 4900, 4999, 'A'}, {14, 4700, 4799, 'A'},
        {15, 3900, 3999, 'A'}, {16, 4400, 4499, 'A'}, {17, 3300, 3399, 'A'}, {18, 3500, 3599, 'A'},
        {19, 4600, 4649, 'A'}, {20, 4100, 4199, 'A'}, {21, 4800, 4899, 'A'}, {22, 4000, 4049, 'A'},
        {23, 3700, 3799, 'A'}, {24, 4300, 4349, 'A'}, {25, 2500, 2599, 'F'}, {26, 2600, 2699, 'G'},
        {27, 3800, 3849, 'A'}, {28, 2100, 2149, 'G'}, {29, 2150, 2299, 'G'}, {30, 2900, 2949, 'A'},
        {31, 2800, 2849, 'X'}, {33, 6700, 6799, 'F'}, {35, 2400, 2499, 'A'}, {38, 9000, 9499, 'A'},
    };
    struct digits d, whole = {.count = 18};
    if (!digits_read(text, 15, 16, &d) || digits_number(&d, 6, 7) == 0)
        return false;
    memcpy(whole.at, d.at, 6);
    memcpy(whole.at + 7, d.at + 6, 7); /* the base has seven digits, in a field of eight */
    memcpy(whole.at + 14 + (17 - d.count), d.at + 13, d.count - 13);
    uint64_t bank = digits_number(&d, 0, 2), branch = digits_number(&d, 2, 4);
    for (size_t i = 0; i < sizeof BRANCHES / sizeof *BRANCHES; i++) {
        if (bank == BRANCHES[i].bank && branch >= BRANCHES[i].first && branch <= BRANCHES[i].last)
            return nz_remainder(&whole, BRANCHES[i].kind) == 0;
    }
    return false;
}

const struct validator validators_oceania[] = {
    {"au_abn", au_abn, STRENGTH_STRONG}, {"au_acn", au_acn, STRENGTH_WEAK},
    {"au_ihi", au_ihi, STRENGTH_STRONG}, {"au_medicare", au_medicare, STRENGTH_WEAK},
    {"au_tfn", au_tfn, STRENGTH_WEAK},   {"nz_bank_account", nz_bank_account, STRENGTH_MEDIUM},
    {"nz_ird", nz_ird, STRENGTH_WEAK},   {"nz_nhi", nz_nhi, STRENGTH_WEAK},
    {NULL, NULL, STRENGTH_NONE},
};
