/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/exact/exact_index.h"

#include "engine/base/mem.h"
#include "rulesets/detection/exact/exact_check.h"

#include <stdlib.h>

static const void *section(const struct exact_index *index, uint64_t off)
{
    return index->bytes.ptr + off;
}

static void set_sections(struct exact_index *index)
{
    struct exact_layout layout = exact_layout_of(&index->head);
    index->filter = section(index, layout.filter);
    index->buckets = section(index, layout.buckets);
    index->tags = section(index, layout.tags);
    index->refs = section(index, layout.refs);
    index->shared = section(index, layout.shared);
    index->marks = section(index, layout.marks);
}

static void uncover_name(const struct exact_index *index, uint32_t column,
                         unsigned char out[EXACT_NAME_SIZE])
{
    uint64_t names = exact_layout_of(&index->head).names;
    memcpy(out, index->bytes.ptr + names + column * EXACT_NAME_SIZE, EXACT_NAME_SIZE);
    exact_keys_cover_name(&index->keys, column, out);
}

static void uncover_sizes(struct exact_index *index)
{
    unsigned char bytes[EXACT_NAME_SIZE];
    uncover_name(index, index->head.columns, bytes);
    memcpy(&index->sizes, bytes, sizeof index->sizes);
    for (uint32_t size = 1; size <= EXACT_LONGEST; size++) {
        for (unsigned sort = 0; sort < EXACT_SORTS; sort++) {
            if (exact_sizes_have(&index->sizes, (enum exact_sort)sort, size))
                index->longest = size;
        }
    }
}

static void uncover_names(struct exact_index *index)
{
    uncover_sizes(index);
    for (uint32_t i = 0; i < index->head.columns; i++) {
        unsigned char name[EXACT_NAME_SIZE];
        uncover_name(index, i, name);
        memcpy(index->name_bytes[i], name, sizeof name);
        index->names[i] = span_of(index->name_bytes[i],
                                  strnlen(index->name_bytes[i], sizeof index->name_bytes[i]));
    }
}

struct exact_index *exact_index_of(struct span bytes, const struct index_key *key,
                                   struct error *err)
{
    struct exact_head head;
    if (!exact_check_head(bytes, &head, err))
        return NULL;
    struct exact_index *index = mem_alloc(sizeof *index);
    index->bytes = bytes;
    index->head = head;
    exact_keys_init(&index->keys, key, head.salt);
    exact_powers(index->keys.base, index->powers);
    set_sections(index);
    if (exact_check_all(index, err)) {
        uncover_names(index);
        if (exact_check_names(index, err))
            return index;
    }
    exact_index_free(&index);
    return NULL;
}

struct exact_index *exact_index_open(const char *path, const struct index_key *key,
                                     struct error *err)
{
    struct exact_index *index = NULL;
    struct mapped_file *file = mapped_file_open(path, err);
    if (file)
        index = exact_index_of(mapped_file_bytes(file), key, err);
    if (index) {
        index->file = file;
        return index;
    }
    mapped_file_close(&file);
    error_prefix(err, "cannot use the index %s", path);
    return NULL;
}

bool exact_index_is_whole(const struct exact_index *index)
{
    return !index->file || mapped_file_is_whole(index->file);
}

void exact_index_free(struct exact_index **slot)
{
    struct exact_index *index = *slot;
    if (!index)
        return;
    mapped_file_close(&index->file);
    exact_keys_fini(&index->keys);
    free(index);
    *slot = NULL;
}

/* The entry of `tag`, or `entries`. What the file says is held against its bounds once more. */
static uint64_t entry_of(const struct exact_index *index, uint64_t tag)
{
    uint64_t bucket = tag >> (64 - index->head.bucket_bits), entries = index->head.entries;
    uint64_t at = le32toh(index->buckets[bucket]), end = le32toh(index->buckets[bucket + 1]);
    for (; at < end && at < entries; at++) {
        uint64_t here = le64toh(index->tags[at]);
        if (here == tag)
            return at;
        if (here > tag)
            break;
    }
    return entries;
}

static bool find_places(const struct exact_index *index, uint32_t ref, struct exact_cell *out)
{
    uint64_t at = (ref & ~EXACT_SHARED) + UINT64_C(1), shared = index->head.shared;
    if (at > shared)
        return false;
    uint64_t count = le32toh(index->shared[at - 1]);
    if (count == 0 || count > shared - at)
        return false;
    out->count = (uint32_t)count;
    out->places = index->shared + at;
    return true;
}

bool exact_index_find(const struct exact_index *index, const struct exact_normal *normal,
                      struct exact_cell *out)
{
    struct exact_tag tag = exact_keys_tag(&index->keys, normal);
    uint64_t entry = entry_of(index, tag.tag);
    if (entry == index->head.entries)
        return false;
    uint32_t ref = le32toh(index->refs[entry]);
    *out = (struct exact_cell){.mark = tag.mark, .common = ref == EXACT_COMMON};
    if (out->common)
        return true;
    if (ref & EXACT_SHARED)
        return find_places(index, ref, out);
    out->count = 1;
    out->place = ref;
    return true;
}

uint32_t exact_index_mark(const struct exact_index *index, uint32_t place)
{
    return le32toh(index->marks[place]) ^ exact_keys_cover(&index->keys, place);
}
