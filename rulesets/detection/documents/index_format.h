/* SPDX-License-Identifier: Apache-2.0 */
/*
 * index_format: how an index of documents is kept in a file (engine/decisions/0036). Private to the
 * index. All numbers are in the byte order of the machine that made it; the parts stand one behind
 * the other, without gaps, in the order of struct index_parts.
 */
#ifndef CULVERT_RULESETS_DETECTION_DOCUMENTS_INDEX_FORMAT_H
#define CULVERT_RULESETS_DETECTION_DOCUMENTS_INDEX_FORMAT_H

#include "engine/base/arena.h"
#include "rulesets/detection/documents/fingerprint.h"

#define INDEX_MAGIC "CULVDOCS"
#define INDEX_VERSION 1u
#define INDEX_ORDER UINT32_C(0x01020304) /* as this machine reads it */
#define INDEX_KEY_ID 8u

#define INDEX_ENTRIES_MOST (UINT32_C(1) << 30)
#define INDEX_DIRECTORY_BITS_MOST 28u

struct index_head {
    char magic[8];
    uint32_t version, order;
    uint32_t length, window; /* of fingerprints */
    unsigned char key_id[INDEX_KEY_ID];
    uint64_t size; /* of the file */
    uint64_t names_len;
    uint32_t entries, documents, lists;
    uint32_t filter_words, directory_bits, reserved;
    unsigned char seal[INDEX_KEY_SIZE]; /* HMAC of the file with zeros here */
};
_Static_assert(sizeof(struct index_head) == 104, "no padding");

struct index_document {
    uint32_t name_off, name_len; /* in the names */
    uint32_t fingerprints;       /* that are this document's, and no boilerplate */
};
_Static_assert(sizeof(struct index_document) == 12, "no padding");

/* Whose fingerprint it is: the number of a document; or OWNER_LIST and a place in the lists, where
 * their count stands, 2 at least, and then their numbers, ascending; or nobody's. */
#define OWNER_LIST UINT32_C(0x80000000)
#define OWNER_NONE UINT32_MAX

/* A fingerprint in more documents than these is nobody's. */
#define INDEX_OWNERS_MOST 64u

struct index_parts {
    const uint64_t *filter;  /* of FILTER_BITS bits for each entry, in one word */
    const uint64_t *entries; /* fingerprints, ascending */
    const struct index_document *documents;
    const uint32_t *directory; /* of entries, by their first bits: where each begins; the end */
    const uint32_t *owners;    /* of each entry */
    const uint32_t *lists;
    const char *names;
};

#define FILTER_BITS 4u

static inline uint64_t filter_mask(uint64_t value)
{
    return UINT64_C(1) << (value & 63) | UINT64_C(1) << (value >> 6 & 63) |
           UINT64_C(1) << (value >> 12 & 63) | UINT64_C(1) << (value >> 18 & 63);
}

static inline size_t filter_word(uint64_t value, uint32_t words)
{
    return (size_t)((value >> 32) * words >> 32);
}

static inline size_t directory_slot(uint64_t value, uint32_t bits)
{
    return bits ? (size_t)(value >> (64 - bits)) : 0;
}

/* What a file of that head has; `base` NULL to learn the size alone. 0: too much for any file. */
uint64_t index_parts_of(const struct index_head *head, const char *base, struct index_parts *out);

/* `bytes` begin with a head. */
void index_seal(const struct index_key *key, struct span bytes, unsigned char out[INDEX_KEY_SIZE]);
void index_key_id(const struct index_key *key, unsigned char out[INDEX_KEY_ID]);

/* Whether every number in the parts is one that may be followed. `arena` for what is needed
 * meanwhile. */
bool index_parts_are_good(const struct index_head *head, const struct index_parts *parts,
                          struct arena *arena);

#endif
