/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exact_format: the bytes of an index (engine/decisions/0035). Numbers are little-endian. A head,
 * then sections one after the other, each from a multiple of eight on, whose sizes follow from the
 * numbers of the head, then a keyed hash of all that is in front of it. Private to exact.
 *
 *   names    EXACT_NAME_SIZE a column, covered with a stream of the key; as one more: exact_sizes
 *   filter   blocks of 32 bytes: a Bloom filter of cells
 *   buckets  2 ^ bucket_bits + 1 numbers of 32 bits: where the tags begin that begin with a number
 *   tags     64 bits a different cell, in order
 *   refs     32 bits for each of them: the place in the table, EXACT_COMMON, or EXACT_SHARED and
 *            where in `shared` its places are
 *   shared   how many, then these places, in order
 *   marks    32 bits a place: of the cell's hash, covered
 *
 * A place is row * columns + column.
 */
#ifndef CULVERT_RULESETS_DETECTION_EXACT_EXACT_FORMAT_H
#define CULVERT_RULESETS_DETECTION_EXACT_EXACT_FORMAT_H

#include "rulesets/detection/exact/exact.h"
#include "rulesets/detection/exact/exact_keys.h"

#include <endian.h>

#define EXACT_MAGIC "culvert exact\r\n"
#define EXACT_VERSION 2u
#define EXACT_HEAD_SIZE 128u
#define EXACT_BLOCK 32u /* bytes of the filter */
#define EXACT_COMMON UINT32_MAX
#define EXACT_SHARED (UINT32_C(1) << 31)
#define EXACT_PLACES_MAX ((uint64_t)EXACT_SHARED - 1)
#define EXACT_COMMON_MAX 1000u /* rows of a cell that is of use alone */
#define EXACT_BUCKET_BITS_MAX 28u

/* The head, as it is computed with. In the file: magic (16), version (32 bits), columns (32), salt
 * (16), check (16), rows, words of each sort, common, bucket_bits (32 each), entries,
 * blocks, shared (64 each), size (64). */
struct exact_head {
    uint32_t version, columns;
    unsigned char salt[EXACT_SALT_SIZE], check[EXACT_CHECK_SIZE];
    uint32_t rows;
    uint32_t words[EXACT_SORTS]; /* of a text, at most, that may be one cell of the sort */
    uint32_t common;             /* a cell in more rows is of no use alone */
    uint32_t bucket_bits;
    uint64_t entries; /* different cells */
    uint64_t blocks;
    uint64_t shared; /* numbers in the section */
    uint64_t size;   /* of the file */
};

/* A bit for each sort and size in bytes that cells have, so that other texts need not be asked for.
 */
struct exact_sizes {
    uint64_t bits[EXACT_SORTS][EXACT_LONGEST / 64];
};
_Static_assert(sizeof(struct exact_sizes) <= EXACT_NAME_SIZE, "they are kept as a name is");

static inline void exact_sizes_add(struct exact_sizes *sizes, enum exact_sort sort, uint64_t size)
{
    sizes->bits[sort][(size - 1) / 64] |= htole64(UINT64_C(1) << (size - 1) % 64);
}

/* `size`: from 1 to EXACT_LONGEST. */
static inline bool exact_sizes_have(const struct exact_sizes *sizes, enum exact_sort sort,
                                    uint64_t size)
{
    return le64toh(sizes->bits[sort][(size - 1) / 64]) >> (size - 1) % 64 & 1;
}

/* Where the sections are. */
struct exact_layout {
    uint64_t names, filter, buckets, tags, refs, shared, marks, whole, size;
};

static inline uint64_t exact_section(uint64_t *at, uint64_t size)
{
    uint64_t begin = *at;
    *at += (size + 7) / 8 * 8;
    return begin;
}

/* Of a head whose numbers are in their bounds nothing overflows. */
static inline struct exact_layout exact_layout_of(const struct exact_head *head)
{
    struct exact_layout to;
    uint64_t at = EXACT_HEAD_SIZE;
    to.names = exact_section(&at, (head->columns + UINT64_C(1)) * EXACT_NAME_SIZE);
    to.filter = exact_section(&at, head->blocks * EXACT_BLOCK);
    to.buckets = exact_section(&at, ((UINT64_C(1) << head->bucket_bits) + 1) * 4);
    to.tags = exact_section(&at, head->entries * 8);
    to.refs = exact_section(&at, head->entries * 4);
    to.shared = exact_section(&at, head->shared * 4);
    to.marks = exact_section(&at, (uint64_t)head->rows * head->columns * 4);
    to.whole = exact_section(&at, 8);
    to.size = at;
    return to;
}

/* The eight bits that a text sets in its block, one in each of eight words of 32 bits. */
static inline uint32_t exact_filter_bit(uint64_t place, unsigned word)
{
    static const uint32_t salts[] = {0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d,
                                     0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31};
    return UINT32_C(1) << (((uint32_t)place * salts[word]) >> 27);
}

static inline uint64_t exact_filter_block(uint64_t place, uint64_t blocks)
{
    return ((place >> 32) * blocks) >> 32;
}

#endif
