/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/sip_hash.h"

#include <endian.h>

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
    struct sip_state s = sip_begin(key);
    size_t at = 0;
    for (; bytes.len - at >= 8; at += 8)
        sip_add(&s, word_at(bytes.ptr + at));
    uint64_t last = (uint64_t)bytes.len << 56;
    for (unsigned i = 0; at + i < bytes.len; i++)
        last |= (uint64_t)(unsigned char)bytes.ptr[at + i] << (8 * i);
    sip_add(&s, last);
    return sip_end(&s);
}
