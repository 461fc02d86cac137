/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/validators/bech32.h"

#include "engine/base/ascii.h"

#define ALPHABET SPAN("qpzry9x8gf2tvdw0s3jn54khce6mua7l")
#define BECH32_MAX 128u

/* Five bits a character. */
struct words {
    unsigned char at[BECH32_MAX];
    size_t count;
};

static bool one_case(struct span text)
{
    bool upper = false, lower = false;
    for (size_t i = 0; i < text.len; i++) {
        upper = upper || (text.ptr[i] >= 'A' && text.ptr[i] <= 'Z');
        lower = lower || (text.ptr[i] >= 'a' && text.ptr[i] <= 'z');
    }
    return !(upper && lower);
}

static bool words_read(struct span text, struct words *out)
{
    out->count = 0;
    for (size_t i = 0; i < text.len; i++) {
        size_t word = span_find_byte(ALPHABET, ascii_lower(text.ptr[i]));
        if (word == SPAN_NONE || out->count == BECH32_MAX)
            return false;
        out->at[out->count++] = (unsigned char)word;
    }
    return true;
}

/* One step of the BCH code over GF(32) with six check words. */
static uint32_t polymod_step(uint32_t check, unsigned word)
{
    static const uint32_t GENERATOR[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
                                         0x2a1462b3};
    uint32_t top = check >> 25;
    check = (check & 0x1ffffff) << 5 ^ word;
    for (unsigned i = 0; i < 5; i++) {
        if (top >> i & 1)
            check ^= GENERATOR[i];
    }
    return check;
}

static uint32_t polymod(struct span prefix, const struct words *words)
{
    uint32_t check = 1;
    for (size_t i = 0; i < prefix.len; i++)
        check = polymod_step(check, (unsigned char)prefix.ptr[i] >> 5);
    check = polymod_step(check, 0);
    for (size_t i = 0; i < prefix.len; i++)
        check = polymod_step(check, prefix.ptr[i] & 31);
    for (size_t i = 0; i < words->count; i++)
        check = polymod_step(check, words->at[i]);
    return check;
}

bool bech32_segwit_holds(struct span text, struct span prefix)
{
    struct words words;
    if (text.len > 90 || !one_case(text) || !span_starts_nocase(text, prefix) ||
        text.len <= prefix.len || text.ptr[prefix.len] != '1')
        return false;
    if (!words_read(span_from(text, prefix.len + 1), &words) || words.count < 8 || words.at[0] > 16)
        return false;
    size_t bytes = (words.count - 7) * 5 / 8;
    if (words.at[0] == 0)
        return (bytes == 20 || bytes == 32) && polymod(prefix, &words) == 1;
    return bytes >= 2 && bytes <= 40 && polymod(prefix, &words) == 0x2bc830a3;
}

/* The same with eight check words (Bitcoin Cash's specification of CashAddr). */
static uint64_t cash_step(uint64_t check, unsigned word)
{
    static const uint64_t GENERATOR[] = {0x98f2bc8e61, 0x79b76d99e2, 0xf33e5fb3c4, 0xae2eabe2a8,
                                         0x1e4f43e470};
    uint64_t top = check >> 35;
    check = (check & 0x07ffffffff) << 5 ^ word;
    for (unsigned i = 0; i < 5; i++) {
        if (top >> i & 1)
            check ^= GENERATOR[i];
    }
    return check;
}

bool cashaddr_holds(struct span text, struct span prefix)
{
    struct words words;
    uint64_t check = 1;
    if (!one_case(text) || !words_read(text, &words) || words.count < 42)
        return false;
    for (size_t i = 0; i < prefix.len; i++)
        check = cash_step(check, prefix.ptr[i] & 31);
    check = cash_step(check, 0);
    for (size_t i = 0; i < words.count; i++)
        check = cash_step(check, words.at[i]);
    return check == 1;
}
