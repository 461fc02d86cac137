/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/exact/exact_keys.h"

#include "transforms/keyed_hashes.h"

#include <endian.h>

static void derive(const struct index_key *key, const unsigned char salt[EXACT_SALT_SIZE],
                   const char *purpose, unsigned char out[INDEX_KEY_SIZE])
{
    unsigned char own[INDEX_KEY_SIZE];
    index_key_derive(key, purpose, own);
    struct keyed_hashes *hashes = keyed_hashes_new(span_of((const char *)own, sizeof own));
    keyed_hashes_of(hashes, span_of((const char *)salt, EXACT_SALT_SIZE), out);
    keyed_hashes_free(&hashes);
    explicit_bzero(own, sizeof own);
}

static struct sip_key derive_sip(const struct index_key *key,
                                 const unsigned char salt[EXACT_SALT_SIZE], const char *purpose)
{
    unsigned char bytes[INDEX_KEY_SIZE];
    derive(key, salt, purpose, bytes);
    struct sip_key sip = sip_key_of(bytes);
    explicit_bzero(bytes, sizeof bytes);
    return sip;
}

static struct keyed_hashes *derive_hashes(const struct index_key *key,
                                          const unsigned char salt[EXACT_SALT_SIZE],
                                          const char *purpose)
{
    unsigned char bytes[INDEX_KEY_SIZE];
    derive(key, salt, purpose, bytes);
    struct keyed_hashes *hashes = keyed_hashes_new(span_of((const char *)bytes, sizeof bytes));
    explicit_bzero(bytes, sizeof bytes);
    return hashes;
}

void exact_keys_init(struct exact_keys *keys, const struct index_key *key,
                     const unsigned char salt[EXACT_SALT_SIZE])
{
    unsigned char bytes[INDEX_KEY_SIZE];
    keys->cells = derive_hashes(key, salt, "exact cells");
    keys->names = derive_hashes(key, salt, "exact names");
    keys->bloom = derive_sip(key, salt, "exact filter");
    keys->marks = derive_sip(key, salt, "exact marks");
    keys->whole = derive_sip(key, salt, "exact whole");
    keys->base = exact_base(derive_sip(key, salt, "exact base").low);
    derive(key, salt, "exact check", bytes);
    memcpy(keys->check, bytes, sizeof keys->check);
}

void exact_keys_fini(struct exact_keys *keys)
{
    keyed_hashes_free(&keys->cells);
    keyed_hashes_free(&keys->names);
    explicit_bzero(keys, sizeof *keys);
}

struct exact_tag exact_keys_tag(const struct exact_keys *keys, const struct exact_normal *normal)
{
    unsigned char hash[KEYED_HASH_SIZE];
    struct exact_tag tag;
    keyed_hashes_of(keys->cells, span_of(normal->bytes, normal->size), hash);
    memcpy(&tag.tag, hash, sizeof tag.tag);
    memcpy(&tag.mark, hash + sizeof tag.tag, sizeof tag.mark);
    return (struct exact_tag){le64toh(tag.tag), le32toh(tag.mark)};
}

uint32_t exact_keys_cover(const struct exact_keys *keys, uint32_t place)
{
    return (uint32_t)sip_hash_word(&keys->marks, place);
}

void exact_keys_cover_name(const struct exact_keys *keys, uint32_t column,
                           unsigned char name[EXACT_NAME_SIZE])
{
    unsigned char cover[KEYED_HASH_SIZE];
    for (uint32_t at = 0; at < EXACT_NAME_SIZE; at += KEYED_HASH_SIZE) {
        uint32_t count[2] = {htole32(column), htole32(at)};
        keyed_hashes_of(keys->names, span_of((const char *)count, sizeof count), cover);
        for (uint32_t i = 0; i < KEYED_HASH_SIZE; i++)
            name[at + i] ^= cover[i];
    }
}
