/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sip_hash: SipHash-2-4 (Aumasson, Bernstein 2012): a keyed hash of short texts that nobody without
 * the key can foresee or undo, some fifty times faster than HMAC. Pure functions; any thread.
 */
#ifndef CULVERT_BASE_SIP_HASH_H
#define CULVERT_BASE_SIP_HASH_H

#include "engine/base/span.h"

#define SIP_KEY_SIZE 16u

struct sip_key {
    uint64_t low, high;
};

struct sip_key sip_key_of(const unsigned char bytes[SIP_KEY_SIZE]);

uint64_t sip_hash(const struct sip_key *key, struct span bytes);

/* Of the eight bytes of `word`, the lowest first. */
uint64_t sip_hash_word(const struct sip_key *key, uint64_t word);

#endif
