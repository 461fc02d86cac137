/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_digits: the general systems of check digits, each over a row of digits or characters whose
 * last one (or two) is the check. Pure; any thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_VALIDATORS_CHECK_DIGITS_H
#define CULVERT_RULESETS_DETECTION_VALIDATORS_CHECK_DIGITS_H

#include "rulesets/detection/validators/value.h"

/* ISO/IEC 7812-1 annex B: every second digit from the right doubled, its digits added, mod 10. */
bool luhn_holds(const unsigned char *digits, size_t count);

/* Verhoeff 1969: finds every changed digit and every swap of neighbours. */
bool verhoeff_holds(const unsigned char *digits, size_t count);

/* Damm 2004: as Verhoeff, with one quasigroup of order 10. */
bool damm_holds(const unsigned char *digits, size_t count);

/* 7, 3, 1 from the left over digits and letters (A is 10), the last being the check: ICAO 9303-3.
 */
bool icao_holds(const char *text, size_t count);

/* The systems of ISO/IEC 7064. The characters are 0-9, then A-Z; where the system has one more
 * character than the alphabet, 'X' (mod 11-2) or '*' (mod 37-2) stands for it at the end. */
bool mod_11_2_holds(const char *text, size_t count);
bool mod_37_2_holds(const char *text, size_t count);
bool mod_11_10_holds(const unsigned char *digits, size_t count);
bool mod_37_36_holds(const char *text, size_t count);
bool mod_97_10_holds(const char *text, size_t count);

/* The remainder of mod 97-10 when the letters A-Z are the numbers 10 to 35. */
unsigned mod_97(const char *text, size_t count);

/* 0 to 35, or -1 when `c` is neither a digit nor an upper-case letter. */
int alnum_value(char c);

#endif
