/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base58: numbers of base 58 as addresses write them, and the double SHA-256 that ends them.
 * Values; any thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_VALIDATORS_BASE58_H
#define CULVERT_RULESETS_DETECTION_VALIDATORS_BASE58_H

#include "engine/base/span.h"

#define BASE58_MAX 128u

#define BASE58_BITCOIN "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
#define BASE58_RIPPLE "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"

struct base58 {
    unsigned char at[BASE58_MAX];
    size_t count;
};

/* The bytes that `text` writes; one zero byte for every first character of the alphabet at its
 * start. false when a character is not of the alphabet or it is too long. */
bool base58_read(struct span text, const char *alphabet, struct base58 *out);

/* The last four bytes are the first of SHA-256(SHA-256(the rest)). */
bool base58_check_holds(const struct base58 *bytes);

#endif
