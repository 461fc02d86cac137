/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/exact/exact_check.h"

#include "engine/base/utf8.h"
#include "transforms/keyed_hash.h"

_Static_assert(sizeof EXACT_MAGIC == 16, "the magic is 16 bytes");

/* Reads or writes the head, field by field, so that there is one order. */
struct cursor {
    char *at;
    bool writes;
};

static void bytes_of(struct cursor *cursor, void *field, size_t size)
{
    if (cursor->writes)
        memcpy(cursor->at, field, size);
    else
        memcpy(field, cursor->at, size);
    cursor->at += size;
}

static void number32(struct cursor *cursor, uint32_t *field)
{
    uint32_t stored = htole32(*field);
    bytes_of(cursor, &stored, sizeof stored);
    *field = le32toh(stored);
}

static void number64(struct cursor *cursor, uint64_t *field)
{
    uint64_t stored = htole64(*field);
    bytes_of(cursor, &stored, sizeof stored);
    *field = le64toh(stored);
}

static void pass_head(struct cursor *cursor, struct exact_head *head)
{
    number32(cursor, &head->version);
    number32(cursor, &head->columns);
    bytes_of(cursor, head->salt, sizeof head->salt);
    bytes_of(cursor, head->check, sizeof head->check);
    number32(cursor, &head->rows);
    for (unsigned i = 0; i < EXACT_SORTS; i++)
        number32(cursor, &head->words[i]);
    number32(cursor, &head->common);
    number32(cursor, &head->bucket_bits);
    number64(cursor, &head->entries);
    number64(cursor, &head->blocks);
    number64(cursor, &head->shared);
    number64(cursor, &head->size);
}

void exact_head_write(const struct exact_head *head, char *out)
{
    struct exact_head copy = *head;
    struct cursor cursor = {out, true};
    memset(out, 0, EXACT_HEAD_SIZE);
    bytes_of(&cursor, (char[]){EXACT_MAGIC}, sizeof EXACT_MAGIC);
    pass_head(&cursor, &copy);
}

static bool is_in_bounds(const struct exact_head *head)
{
    for (unsigned i = 0; i < EXACT_SORTS; i++) {
        if (head->words[i] == 0 || head->words[i] > EXACT_WORDS)
            return false;
    }
    return head->columns > 0 && head->columns <= EXACT_COLUMNS_MAX &&
           (uint64_t)head->rows * head->columns <= EXACT_PLACES_MAX &&
           head->common <= EXACT_COMMON_MAX && head->bucket_bits > 0 &&
           head->bucket_bits <= EXACT_BUCKET_BITS_MAX && head->entries <= EXACT_PLACES_MAX &&
           head->blocks > 0 && head->blocks <= EXACT_PLACES_MAX && head->shared <= EXACT_PLACES_MAX;
}

static bool is_damaged(struct error *err)
{
    return error_set(err, "it is damaged or cut off; make it again");
}

bool exact_check_head(struct span bytes, struct exact_head *out, struct error *err)
{
    char copy[EXACT_HEAD_SIZE];
    struct exact_head head = {.version = 0};
    if (bytes.len < sizeof copy || !span_starts(bytes, span_of(EXACT_MAGIC, sizeof EXACT_MAGIC)))
        return error_set(err, "it is no index of a table");
    memcpy(copy, bytes.ptr, sizeof copy);
    struct cursor cursor = {copy + sizeof EXACT_MAGIC, false};
    pass_head(&cursor, &head);
    if (head.version != EXACT_VERSION)
        return error_set(err, "it is of version %u, not %u; make it again", head.version,
                         EXACT_VERSION);
    if (!is_in_bounds(&head) || head.size != bytes.len || exact_layout_of(&head).size != bytes.len)
        return is_damaged(err);
    *out = head;
    return true;
}

static bool ref_is_good(const struct exact_index *index, uint32_t ref, uint64_t *shared_at)
{
    uint64_t places = (uint64_t)index->head.rows * index->head.columns;
    if (ref == EXACT_COMMON)
        return true;
    if (!(ref & EXACT_SHARED))
        return ref < places;
    uint64_t at = ref & ~EXACT_SHARED, shared = index->head.shared;
    if (at != *shared_at || at >= shared) /* they lie in the order of the tags, without gaps */
        return false;
    uint64_t count = le32toh(index->shared[at]), last = 0;
    if (count < 2 || count > shared - at - 1)
        return false;
    for (uint64_t i = at + 1; i <= at + count; i++) {
        uint64_t place = le32toh(index->shared[i]);
        if (place >= places || (i > at + 1 && place <= last))
            return false;
        last = place;
    }
    *shared_at = at + 1 + count;
    return true;
}

static bool entries_are_good(const struct exact_index *index)
{
    uint64_t entries = index->head.entries, shared_at = 0;
    unsigned shift = 64 - index->head.bucket_bits;
    for (uint64_t i = 0; i < entries; i++) {
        uint64_t tag = le64toh(index->tags[i]);
        uint64_t bucket = tag >> shift;
        if (i > 0 && tag <= le64toh(index->tags[i - 1]))
            return false;
        if (i < le32toh(index->buckets[bucket]) || i >= le32toh(index->buckets[bucket + 1]))
            return false;
        if (!ref_is_good(index, le32toh(index->refs[i]), &shared_at))
            return false;
    }
    return shared_at == index->head.shared;
}

static bool buckets_are_good(const struct exact_index *index)
{
    uint64_t count = UINT64_C(1) << index->head.bucket_bits;
    uint32_t last = 0;
    for (uint64_t i = 0; i <= count; i++) {
        uint32_t at = le32toh(index->buckets[i]);
        if (at < last || (i == 0 && at != 0))
            return false;
        last = at;
    }
    return last == index->head.entries;
}

bool exact_check_all(const struct exact_index *index, struct error *err)
{
    struct exact_layout layout = exact_layout_of(&index->head);
    uint64_t whole;
    memcpy(&whole, index->bytes.ptr + layout.whole, sizeof whole);
    if (!keyed_hash_equal(span_of((const char *)index->head.check, EXACT_CHECK_SIZE),
                          span_of((const char *)index->keys.check, EXACT_CHECK_SIZE)))
        return error_set(err, "it was made with another key, or is damaged");
    if (le64toh(whole) != sip_hash(&index->keys.whole, span_sub(index->bytes, 0, layout.whole)))
        return is_damaged(err);
    return (buckets_are_good(index) && entries_are_good(index)) || is_damaged(err);
}

bool exact_check_names(const struct exact_index *index, struct error *err)
{
    for (uint32_t i = 0; i < index->head.columns; i++) {
        struct span name = index->names[i];
        bool good = name.len > 0 && name.len < EXACT_NAME_SIZE && utf8_is_valid(name);
        for (size_t k = 0; good && k < name.len; k++)
            good = (unsigned char)name.ptr[k] >= 0x20 && name.ptr[k] != 0x7f;
        if (!good)
            return is_damaged(err);
    }
    return true;
}
