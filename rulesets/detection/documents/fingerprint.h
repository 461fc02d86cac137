/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fingerprint: the fingerprints of a text by winnowing (Schleimer, Wilkerson and Aiken 2003): of
 * every FINGERPRINT_WINDOW neighbouring runs of FINGERPRINT_LENGTH letters (letters.h) the one with
 * the least hash is kept. Two texts with FINGERPRINT_GUARANTEE letters in common have a fingerprint
 * in common; a shorter text has none. The hash has a key; who lacks it can neither make the
 * fingerprint of a guessed text nor tell one from random numbers. Any thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_DOCUMENTS_FINGERPRINT_H
#define CULVERT_RULESETS_DETECTION_DOCUMENTS_FINGERPRINT_H

#include "engine/base/sip_hash.h"
#include "rulesets/detection/index_key.h"

#define FINGERPRINT_LENGTH 20u
#define FINGERPRINT_WINDOW 10u
#define FINGERPRINT_GUARANTEE (FINGERPRINT_LENGTH + FINGERPRINT_WINDOW - 1)

struct fingerprint_key {
    struct sip_key secret; /* of what makes a fingerprint of a run */
    uint64_t mixes[128];   /* of ASCII letters, in the rolling hash that chooses runs */
    uint64_t spread;       /* odd, for the other letters */
};

void fingerprint_key_of(const struct index_key *key, struct fingerprint_key *out);

struct fingerprint {
    uint64_t value;
    uint64_t at; /* number of its first letter in the text */
    /* Where it stands in the text, with the letters on both sides that may be as well: of what two
     * texts have in common up to FINGERPRINT_WINDOW - 1 letters are in front of the first
     * fingerprint, and as many behind the last. */
    uint32_t off, end;
};

#define FINGERPRINTS_TOLD 64u /* at most, at a time */

/* Some fingerprints, in order of place. false: that is enough. */
typedef bool fingerprints_found(const struct fingerprint *fingerprints, size_t count, void *arg);

enum fingerprints_result { FINGERPRINTS_DONE, FINGERPRINTS_ENOUGH, FINGERPRINTS_LATE };

/* `text`: valid UTF-8 of less than 4 GiB. `letters_out` (may be NULL): how many
 * letters were read. */
enum fingerprints_result fingerprints_of(const struct fingerprint_key *key, struct span text,
                                         uint64_t deadline_ns, fingerprints_found *found, void *arg,
                                         uint64_t *letters_out) MUST_USE;

#endif
