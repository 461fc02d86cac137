/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/sip_hash.h"

#include <endian.h>

struct state {
    uint64_t v0, v1, v2, v3;
};

static uint64_t turned(uint64_t word, unsigned by)
{
    return word << by | word >> (64 - by);
}

static void turn(struct state *s)
{
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = turned(s->v1, 13) ^ s->v0;
    s->v3 = turned(s->v3, 16) ^ s->v2;
    s->v0 = turned(s->v0, 32) + s->v3;
    s->v2 += s->v1;
    s->v3 = turned(s->v3, 21) ^ s->v0;
    s->v1 = turned(s->v1, 17) ^ s->v2;
    s->v2 = turned(s->v2, 32);
}

static struct state begin(const struct sip_key *key)
{
    return (struct state){
        key->low ^ UINT64_C(0x736f6d6570736575), key->high ^ UINT64_C(0x646f72616e646f6d),
        key->low ^ UINT64_C(0x6c7967656e657261), key->high ^ UINT64_C(0x7465646279746573)};
}

static void add(struct state *s, uint64_t word)
{
    s->v3 ^= word;
    turn(s);
    turn(s);
    s->v0 ^= word;
}

static uint64_t end(struct state *s)
{
    s->v2 ^= 0xff;
    for (int i = 0; i < 4; i++)
        turn(s);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

static uint64_t word_at(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return le64toh(word);
}

struct sip_key sip_key_of(const unsigned char bytes[SIP_KEY_SIZE])
{
    return (struct sip_key){word_at((const char *)bytes), word_at((const char *)bytes + 8)};
}

uint64_t sip_hash(const struct sip_key *key, struct span bytes)
{
    struct state s = begin(key);
    size_t at = 0;
    for (; bytes.len - at >= 8; at += 8)
        add(&s, word_at(bytes.ptr + at));
    uint64_t last = (uint64_t)bytes.len << 56;
    for (unsigned i = 0; at + i < bytes.len; i++)
        last |= (uint64_t)(unsigned char)bytes.ptr[at + i] << (8 * i);
    add(&s, last);
    return end(&s);
}

uint64_t sip_hash_word(const struct sip_key *key, uint64_t word)
{
    struct state s = begin(key);
    add(&s, word);
    add(&s, UINT64_C(8) << 56);
    return end(&s);
}
