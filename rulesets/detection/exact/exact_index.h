/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exact_index: an index of a table, as it lies in a file: which places of the table a cell stands
 * at. All of it is checked when it is opened, and nothing is read beyond its end even if somebody
 * writes into the file later or cuts it off: exact_index_is_whole() tells. Immutable; any thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_EXACT_EXACT_INDEX_H
#define CULVERT_RULESETS_DETECTION_EXACT_EXACT_INDEX_H

#include "engine/base/error.h"
#include "engine/base/mapped_file.h"
#include "rulesets/detection/exact/exact_format.h"

struct exact_index {
    struct span bytes;
    struct mapped_file *file; /* NULL: the bytes are somebody's memory */
    struct exact_head head;
    struct exact_keys keys;
    uint64_t powers[EXACT_LONGEST + 1];
    struct exact_sizes sizes;
    uint32_t longest; /* of these */
    struct span names[EXACT_COLUMNS_MAX];
    char name_bytes[EXACT_COLUMNS_MAX][EXACT_NAME_SIZE];
    const uint32_t *filter, *buckets, *refs, *shared, *marks;
    const uint64_t *tags;
};

/* Maps the file at `path`. NULL: it cannot be read, is no index, is not whole, or was made with
 * another key. */
struct exact_index *exact_index_open(const char *path, const struct index_key *key,
                                     struct error *err) MUST_USE;

/* The same of bytes that outlive it and begin at a multiple of eight. */
struct exact_index *exact_index_of(struct span bytes, const struct index_key *key,
                                   struct error *err) MUST_USE;
void exact_index_free(struct exact_index **index);

/* Whether all answers until now were those of the file as it was when it was opened. */
bool exact_index_is_whole(const struct exact_index *index);

/* A cell that is in the table. */
struct exact_cell {
    uint32_t mark;
    bool common; /* it stands in too many rows, or is too short: nobody knows where */
    uint32_t count;
    uint32_t place;         /* of one */
    const uint32_t *places; /* of several, as they lie in the file; NULL: of one */
};

static inline const uint32_t *exact_index_block(const struct exact_index *index, uint64_t place)
{
    return index->filter + exact_filter_block(place, index->head.blocks) * (EXACT_BLOCK / 4);
}

/* Has the filter at a place of exact_keys_filter() brought near. */
static inline void exact_index_fetch(const struct exact_index *index, uint64_t place)
{
    __builtin_prefetch(exact_index_block(index, place));
}

static inline bool exact_index_has(const uint32_t *block, uint64_t place, unsigned from)
{
    unsigned found = 1;
    for (unsigned i = from; i < from + EXACT_BLOCK / 8; i++)
        found &= (le32toh(block[i]) & exact_filter_bit(place, i)) != 0;
    return found;
}

/* Whether the text of this place may be a cell. A half of the bits is enough for nearly all that
 * are none, and which of these tells is not to be foreseen, so all of them are looked at. */
static inline bool exact_index_passes(const struct exact_index *index, uint64_t place)
{
    const uint32_t *block = exact_index_block(index, place);
    return exact_index_has(block, place, 0) && exact_index_has(block, place, EXACT_BLOCK / 8);
}

bool exact_index_find(const struct exact_index *index, const struct exact_normal *normal,
                      struct exact_cell *out);

static inline uint32_t exact_cell_place(const struct exact_cell *cell, uint32_t i)
{
    return cell->places ? le32toh(cell->places[i]) : cell->place;
}

/* The mark of the cell at a place. */
uint32_t exact_index_mark(const struct exact_index *index, uint32_t place);

#endif
