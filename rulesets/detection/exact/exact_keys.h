/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exact_keys: what is derived from the key of an index, for this one index: its salt makes sure
 * that two indices with one key have nothing in common. Private to exact; its owner's, immutable;
 * any thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_EXACT_EXACT_KEYS_H
#define CULVERT_RULESETS_DETECTION_EXACT_EXACT_KEYS_H

#include "engine/base/sip_hash.h"
#include "rulesets/detection/exact/exact_text.h"
#include "rulesets/detection/index_key.h"

#define EXACT_SALT_SIZE 16u
#define EXACT_CHECK_SIZE 16u
#define EXACT_NAME_SIZE 128u /* of a column, filled up with zeros */

struct keyed_hashes;

struct exact_keys {
    struct keyed_hashes *cells, *names;
    struct sip_key bloom, marks, whole;
    uint64_t base;
    unsigned char check[EXACT_CHECK_SIZE]; /* that the key is the right one */
};

void exact_keys_init(struct exact_keys *keys, const struct index_key *key,
                     const unsigned char salt[EXACT_SALT_SIZE]);
void exact_keys_fini(struct exact_keys *keys);

/* What a cell is known by. */
struct exact_tag {
    uint64_t tag;
    uint32_t mark; /* more of the same hash */
};
struct exact_tag exact_keys_tag(const struct exact_keys *keys, const struct exact_normal *normal);

/* The place of a text in the filter. */
static inline uint64_t exact_keys_filter(const struct exact_keys *keys, uint64_t hash)
{
    return sip_hash_word(&keys->bloom, hash);
}

/* What the mark of a place in the table is covered with, so that equal cells do not show. */
uint32_t exact_keys_cover(const struct exact_keys *keys, uint32_t place);

/* Covers the name of a column, or uncovers it. */
void exact_keys_cover_name(const struct exact_keys *keys, uint32_t column,
                           unsigned char name[EXACT_NAME_SIZE]);

#endif
