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
#define INDEX_VERSION 3u
#define INDEX_ORDER UINT32_C(0x01020304) /* as this machine reads it */
#define INDEX_KEY_ID 8u

#define INDEX_ENTRIES_MOST (UINT32_C(1) << 30)
#define INDEX_LINES_MOST (UINT32_C(1) << 29) /* their entries have numbers of 32 bits */

struct index_head {
    char magic[8];
    uint32_t version, order;
    uint32_t length, window; /* of fingerprints */
    unsigned char key_id[INDEX_KEY_ID];
    uint64_t size; /* of the file */
    uint64_t names_len;
    uint32_t entries, documents, lists;
    uint32_t homes; /* lines where entries belong */
    uint32_t lines; /* ... and those behind them */
    uint32_t follow, words;
    unsigned char seal[INDEX_KEY_SIZE]; /* HMAC of the file with zeros here */
    unsigned char unused[20];
};
_Static_assert(sizeof(struct index_head) == 128, "two lines of memory, so that the next are one");

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

/* A filter of all fingerprints, FILTER_BITS bits each in one word: so small that it is most often
 * near, so what is not there hardly ever costs more. Its words are whole lines of memory. */
#define FILTER_BITS 4u
#define WORDS_OF_LINE 8u

/* Fingerprints with their owners, ascending in all lines together. One belongs into the line of its
 * part of all numbers and, where that is full, stands in the first behind it that is not, `follow`
 * lines further at most. */
#define LINE_ENTRIES 5u
struct index_line {
    uint32_t low[LINE_ENTRIES], high[LINE_ENTRIES]; /* the fingerprint */
    uint32_t owner[LINE_ENTRIES];
    uint32_t count;
};
_Static_assert(sizeof(struct index_line) == 64, "a line of memory");

struct index_parts {
    const uint64_t *filter;
    const struct index_line *lines;
    const struct index_document *documents;
    const uint32_t *lists;
    const char *names;
};

static inline uint64_t index_value(const struct index_line *line, uint32_t place)
{
    return (uint64_t)line->high[place] << 32 | line->low[place];
}

/* Of `count` parts of all numbers the one that it is in: its line, and its word of the filter. */
static inline uint32_t part_of(uint64_t value, uint32_t count)
{
    return (uint32_t)((value >> 32) * count >> 32);
}

static inline uint64_t filter_mask(uint64_t value)
{
    return UINT64_C(1) << (value & 63) | UINT64_C(1) << (value >> 6 & 63) |
           UINT64_C(1) << (value >> 12 & 63) | UINT64_C(1) << (value >> 18 & 63);
}

static inline bool filter_passes(uint64_t word, uint64_t value)
{
    return (~word & filter_mask(value)) == 0;
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
