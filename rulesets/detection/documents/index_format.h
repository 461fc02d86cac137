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
#define INDEX_VERSION 2u
#define INDEX_ORDER UINT32_C(0x01020304) /* as this machine reads it */
#define INDEX_KEY_ID 8u

#define INDEX_ENTRIES_MOST (UINT32_C(1) << 30)

struct index_head {
    char magic[8];
    uint32_t version, order;
    uint32_t length, window; /* of fingerprints */
    unsigned char key_id[INDEX_KEY_ID];
    uint64_t size; /* of the file */
    uint64_t names_len;
    uint32_t entries, documents, lists, slots;
    unsigned char seal[INDEX_KEY_SIZE]; /* HMAC of the file with zeros here */
    unsigned char unused[32];
};
_Static_assert(sizeof(struct index_head) == 128, "two lines of memory, so that slots are one");

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

/* The fingerprints of one part of all numbers, of as many as there are slots. Of each the filter
 * has FILTER_BITS bits, in one word, so that most that are not there are known by one line of
 * memory. */
#define FILTER_BITS 4u
#define FILTER_WORDS 7u
struct index_slot {
    uint32_t first, count; /* of the entries */
    uint64_t filter[FILTER_WORDS];
};
_Static_assert(sizeof(struct index_slot) == 64, "a line of memory");

struct index_entry {
    uint32_t high, low; /* the fingerprint */
    uint32_t owner;
};
_Static_assert(sizeof(struct index_entry) == 12, "no padding");

struct index_parts {
    const struct index_slot *slots;
    const struct index_entry *entries; /* ascending */
    const struct index_document *documents;
    const uint32_t *lists;
    const char *names;
};

static inline uint64_t index_entry_value(const struct index_entry *entry)
{
    return (uint64_t)entry->high << 32 | entry->low;
}

static inline uint32_t slot_number(uint64_t value, uint32_t slots)
{
    return (uint32_t)((value >> 32) * slots >> 32);
}

/* Where among `count` entries of its slot a fingerprint is, about: they are random numbers. */
static inline uint32_t place_in_slot(uint64_t value, uint32_t slots, uint32_t count)
{
    uint64_t part = (value >> 32) * slots & UINT32_MAX;
    return (uint32_t)(part * count >> 32);
}

static inline uint32_t filter_word(uint64_t value)
{
    return (uint32_t)((value & UINT16_MAX) * FILTER_WORDS >> 16);
}

static inline uint64_t filter_mask(uint64_t value)
{
    return UINT64_C(1) << (value >> 16 & 63) | UINT64_C(1) << (value >> 22 & 63) |
           UINT64_C(1) << (value >> 28 & 63) | UINT64_C(1) << (value >> 34 & 63);
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
