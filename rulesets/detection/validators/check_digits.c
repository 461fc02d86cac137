/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/validators/check_digits.h"

#include "engine/base/ascii.h"

int alnum_value(char c)
{
    if (ascii_is_digit(c))
        return c - '0';
    return c >= 'A' && c <= 'Z' ? c - 'A' + 10 : -1;
}

bool luhn_holds(const unsigned char *digits, size_t count)
{
    unsigned sum = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned digit = digits[count - 1 - i];
        if (i % 2 == 1)
            digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        sum += digit;
    }
    return count > 1 && sum % 10 == 0;
}

/* The product of the dihedral group D5: 0 to 4 are the rotations, 5 to 9 the reflections. */
static unsigned dihedral(unsigned a, unsigned b)
{
    if (a < 5)
        return b < 5 ? (a + b) % 5 : 5 + (a + b) % 5;
    return b < 5 ? 5 + (a - b) % 5 : (a - b + 5) % 5;
}

bool verhoeff_holds(const unsigned char *digits, size_t count)
{
    static const unsigned char PERMUTATION[] = {1, 5, 7, 6, 2, 8, 3, 0, 9, 4};
    unsigned check = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned digit = digits[count - 1 - i];
        for (size_t times = i % 8; times > 0; times--)
            digit = PERMUTATION[digit];
        check = dihedral(check, digit);
    }
    return count > 1 && check == 0;
}

bool damm_holds(const unsigned char *digits, size_t count)
{
    static const unsigned char QUASIGROUP[10][10] = {
        {0, 3, 1, 7, 5, 9, 8, 6, 4, 2}, {7, 0, 9, 2, 1, 5, 4, 8, 6, 3},
        {4, 2, 0, 6, 8, 7, 1, 3, 5, 9}, {1, 7, 5, 0, 9, 8, 3, 4, 2, 6},
        {6, 1, 2, 3, 0, 4, 5, 9, 7, 8}, {3, 6, 7, 4, 2, 0, 9, 5, 8, 1},
        {5, 8, 6, 9, 7, 2, 0, 1, 3, 4}, {8, 9, 4, 5, 3, 6, 2, 0, 1, 7},
        {9, 4, 3, 8, 6, 1, 7, 2, 0, 5}, {2, 5, 8, 1, 4, 3, 6, 7, 9, 0},
    };
    unsigned check = 0;
    for (size_t i = 0; i < count; i++)
        check = QUASIGROUP[check][digits[i]];
    return count > 1 && check == 0;
}

bool icao_holds(const char *text, size_t count)
{
    static const unsigned char WEIGHTS[] = {7, 3, 1};
    unsigned sum = 0;
    for (size_t i = 0; i + 1 < count; i++) {
        int value = text[i] == '<' ? 0 : alnum_value(text[i]);
        if (value < 0)
            return false;
        sum += (unsigned)value * WEIGHTS[i % 3];
    }
    return count > 1 && ascii_is_digit(text[count - 1]) &&
           sum % 10 == (unsigned)(text[count - 1] - '0');
}

/* A pure system: sum of value * radix^place is 1 modulo `modulus`; `extra` at the end is the value
 * `modulus` - 1. */
static bool pure_holds(const char *text, size_t count, unsigned modulus, int alphabet, char extra)
{
    unsigned sum = 0;
    for (size_t i = 0; i < count; i++) {
        bool last = i + 1 == count;
        int value = last && text[i] == extra ? (int)modulus - 1 : alnum_value(text[i]);
        if (value < 0 || (value >= alphabet && !(last && text[i] == extra)))
            return false;
        sum = (sum * 2 + (unsigned)value) % modulus;
    }
    return count > 1 && sum == 1;
}

bool mod_11_2_holds(const char *text, size_t count)
{
    return pure_holds(text, count, 11, 10, 'X');
}

bool mod_37_2_holds(const char *text, size_t count)
{
    return pure_holds(text, count, 37, 36, '*');
}

/* One step of a hybrid system of ISO/IEC 7064 clause 8: `product` is what came so far. */
static unsigned hybrid_step(unsigned product, unsigned value, unsigned modulus)
{
    unsigned sum = (product + value) % modulus;
    return (sum == 0 ? modulus : sum) * 2 % (modulus + 1);
}

bool mod_11_10_holds(const unsigned char *digits, size_t count)
{
    unsigned product = 10;
    for (size_t i = 0; i + 1 < count; i++)
        product = hybrid_step(product, digits[i], 10);
    return count > 1 && (product + digits[count - 1]) % 10 == 1;
}

bool mod_37_36_holds(const char *text, size_t count)
{
    unsigned product = 36;
    for (size_t i = 0; i < count; i++) {
        int value = alnum_value(text[i]);
        if (value < 0)
            return false;
        if (i + 1 == count)
            return count > 1 && (product + (unsigned)value) % 36 == 1;
        product = hybrid_step(product, (unsigned)value, 36);
    }
    return false;
}

unsigned mod_97(const char *text, size_t count)
{
    unsigned rest = 0;
    for (size_t i = 0; i < count; i++) {
        int value = alnum_value(text[i]);
        if (value >= 0)
            rest = (rest * (value > 9 ? 100u : 10u) + (unsigned)value) % 97;
    }
    return rest;
}

bool mod_97_10_holds(const char *text, size_t count)
{
    return count > 2 && mod_97(text, count) == 1;
}
