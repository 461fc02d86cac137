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

/* Its steps. */
struct sip_state {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t sip_turned(uint64_t word, unsigned by)
{
    return word << by | word >> (64 - by);
}

static inline void sip_turn(struct sip_state *s)
{
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = sip_turned(s->v1, 13) ^ s->v0;
    s->v3 = sip_turned(s->v3, 16) ^ s->v2;
    s->v0 = sip_turned(s->v0, 32) + s->v3;
    s->v2 += s->v1;
    s->v3 = sip_turned(s->v3, 21) ^ s->v0;
    s->v1 = sip_turned(s->v1, 17) ^ s->v2;
    s->v2 = sip_turned(s->v2, 32);
}

static inline struct sip_state sip_begin(const struct sip_key *key)
{
    return (struct sip_state){
        key->low ^ UINT64_C(0x736f6d6570736575), key->high ^ UINT64_C(0x646f72616e646f6d),
        key->low ^ UINT64_C(0x6c7967656e657261), key->high ^ UINT64_C(0x7465646279746573)};
}

static inline void sip_add(struct sip_state *s, uint64_t word)
{
    s->v3 ^= word;
    sip_turn(s);
    sip_turn(s);
    s->v0 ^= word;
}

static inline uint64_t sip_end(struct sip_state *s)
{
    s->v2 ^= 0xff;
    for (int i = 0; i < 4; i++)
        sip_turn(s);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

/* Of the eight bytes of `word`, the lowest first. */
static inline uint64_t sip_hash_word(const struct sip_key *key, uint64_t word)
{
    struct sip_state s = sip_begin(key);
    sip_add(&s, word);
    sip_add(&s, UINT64_C(8) << 56);
    return sip_end(&s);
}

#endif
