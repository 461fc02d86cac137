/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/documents/run_values.h"

#include "engine/base/attrs.h"
#include "engine/base/sip_lanes.h"

#include <endian.h>

_Static_assert(FINGERPRINT_LENGTH == 20, "two words and a half, or five");
#define BYTE_WORDS 3u
#define PAIR_WORDS 6u /* the last has only the length */
#define LENGTH_AT 56u

static inline uint64_t word_at(const void *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return le64toh(word);
}

static inline uint64_t half_at(const void *bytes)
{
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
    return le32toh(word);
}

static inline uint32_t all_of(const uint32_t *codes)
{
    uint32_t all = 0;
    for (size_t i = 0; i < FINGERPRINT_LENGTH; i++)
        all |= codes[i];
    return all;
}

/* One that is not like its neighbours. */
static uint64_t value_of(const struct sip_key *key, const uint32_t *codes)
{
    uint32_t all = all_of(codes);
    unsigned char bytes[FINGERPRINT_LENGTH];
    uint16_t pairs[FINGERPRINT_LENGTH];
    if (all > UINT16_MAX)
        return sip_hash(key, span_of((const char *)codes, FINGERPRINT_LENGTH * sizeof *codes));
    for (size_t i = 0; i < FINGERPRINT_LENGTH; i++) {
        bytes[i] = (unsigned char)codes[i];
        pairs[i] = (uint16_t)codes[i];
    }
    return all > UINT8_MAX ? sip_hash(key, span_of((const char *)pairs, sizeof pairs))
                           : sip_hash(key, span_of((const char *)bytes, sizeof bytes));
}

static void values_of_bytes(const struct sip_key *key, const unsigned char *bytes,
                            const uint32_t runs[SIP_LANES], uint64_t out[SIP_LANES])
{
    uint64_t words[BYTE_WORDS][SIP_LANES];
    for (size_t lane = 0; lane < SIP_LANES; lane++) {
        const unsigned char *run = bytes + runs[lane];
        words[0][lane] = word_at(run);
        words[1][lane] = word_at(run + 8);
        words[2][lane] = half_at(run + 16) | (uint64_t)FINGERPRINT_LENGTH << LENGTH_AT;
    }
    sip_hash_lanes(key, (const uint64_t(*)[SIP_LANES])words, BYTE_WORDS, out);
}

/* Four codes of 16 bits as the word that they are in memory. */
static inline uint64_t four_pairs(const uint32_t *codes)
{
    uint16_t pairs[4];
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
        pairs[i] = (uint16_t)codes[i];
    return word_at(pairs);
}

static void values_of_pairs(const struct sip_key *key, const uint32_t *codes,
                            const uint32_t runs[SIP_LANES], uint64_t out[SIP_LANES])
{
    uint64_t words[PAIR_WORDS][SIP_LANES];
    for (size_t lane = 0; lane < SIP_LANES; lane++) {
        for (size_t i = 0; i < PAIR_WORDS - 1; i++)
            words[i][lane] = four_pairs(codes + runs[lane] + 4 * i);
        words[PAIR_WORDS - 1][lane] = (uint64_t)(2 * FINGERPRINT_LENGTH) << LENGTH_AT;
    }
    sip_hash_lanes(key, (const uint64_t(*)[SIP_LANES])words, PAIR_WORDS, out);
}

static bool are_pairs(const uint32_t *codes, const uint32_t runs[SIP_LANES])
{
    for (size_t lane = 0; lane < SIP_LANES; lane++) {
        uint32_t all = all_of(codes + runs[lane]);
        if (all <= UINT8_MAX || all > UINT16_MAX)
            return false;
    }
    return true;
}

/* `runs` are in order. */
static void values_of_some(const struct sip_key *key, const struct run_letters *letters,
                           const uint32_t runs[SIP_LANES], uint64_t out[SIP_LANES])
{
    if (runs[0] >= letters->plain) {
        values_of_bytes(key, letters->bytes, runs, out);
        return;
    }
    if (are_pairs(letters->codes, runs)) {
        values_of_pairs(key, letters->codes, runs, out);
        return;
    }
    for (size_t lane = 0; lane < SIP_LANES; lane++)
        out[lane] = value_of(key, letters->codes + runs[lane]);
}

void run_values(const struct sip_key *key, const struct run_letters *letters, const uint32_t *runs,
                size_t count, uint64_t *out)
{
    uint32_t some[SIP_LANES];
    uint64_t values[SIP_LANES];
    for (size_t at = 0, more; at < count; at += more) {
        more = count - at < SIP_LANES ? count - at : SIP_LANES;
        for (size_t lane = 0; lane < SIP_LANES; lane++)
            some[lane] = runs[at + (lane < more ? lane : more - 1)];
        values_of_some(key, letters, some, values);
        memcpy(out + at, values, more * sizeof *out);
    }
}
