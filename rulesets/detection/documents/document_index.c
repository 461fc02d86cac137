/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/documents/document_index.h"

#include "engine/base/mapped_file.h"
#include "rulesets/detection/documents/index_format.h"
#include "transforms/keyed_hash.h"

struct document_index {
    struct fingerprint_key key;
    struct index_head head;
    struct index_parts parts;
    const struct mapped_file *file; /* NULL: it is in memory of others */
};

uint64_t index_parts_of(const struct index_head *head, const char *base, struct index_parts *out)
{
    if (head->lines > INDEX_LINES_MOST || head->names_len > UINT32_MAX)
        return 0;
    /* None of these comes near 2^63. */
    uint64_t filter = sizeof *head;
    uint64_t lines = filter + 8 * (uint64_t)head->words;
    uint64_t documents = lines + sizeof(struct index_line) * (uint64_t)head->lines;
    uint64_t lists = documents + sizeof(struct index_document) * (uint64_t)head->documents;
    uint64_t names = lists + 4 * (uint64_t)head->lists;
    if (base)
        *out = (struct index_parts){(const uint64_t *)(const void *)(base + filter),
                                    (const struct index_line *)(const void *)(base + lines),
                                    (const struct index_document *)(const void *)(base + documents),
                                    (const uint32_t *)(const void *)(base + lists), base + names};
    return names + head->names_len;
}

void index_seal(const struct index_key *key, struct span bytes, unsigned char out[INDEX_KEY_SIZE])
{
    unsigned char secret[INDEX_KEY_SIZE];
    struct index_head head;
    index_key_derive(key, "seal of documents, 1", secret);
    memcpy(&head, bytes.ptr, sizeof head);
    memset(head.seal, 0, sizeof head.seal);
    struct keyed_hash *hash = keyed_hash_new(span_of((const char *)secret, sizeof secret));
    keyed_hash_add(hash, span_of((const char *)&head, sizeof head));
    keyed_hash_add(hash, span_from(bytes, sizeof head));
    keyed_hash_end(&hash, out);
    explicit_bzero(secret, sizeof secret);
}

void index_key_id(const struct index_key *key, unsigned char out[INDEX_KEY_ID])
{
    unsigned char id[INDEX_KEY_SIZE];
    index_key_derive(key, "id of documents, 1", id);
    memcpy(out, id, INDEX_KEY_ID);
}

static bool check_head(const struct index_head *head, struct span bytes,
                       const struct index_key *key, struct error *err)
{
    unsigned char id[INDEX_KEY_ID];
    if (bytes.len < sizeof *head || memcmp(head->magic, INDEX_MAGIC, sizeof head->magic) != 0)
        return error_set(err, "is no index of documents");
    if (head->order != INDEX_ORDER)
        return error_set(err, "was made on a machine of another byte order; make it here");
    if (head->version != INDEX_VERSION || head->length != FINGERPRINT_LENGTH ||
        head->window != FINGERPRINT_WINDOW)
        return error_set(err,
                         "is an index of version %u (%u, %u), and this program reads %u (%u, %u); "
                         "make it anew",
                         head->version, head->length, head->window, INDEX_VERSION,
                         FINGERPRINT_LENGTH, FINGERPRINT_WINDOW);
    if (head->size != bytes.len)
        return error_set(err, "is damaged: it has %zu bytes, and %llu were written", bytes.len,
                         (unsigned long long)head->size);
    index_key_id(key, id);
    if (memcmp(head->key_id, id, sizeof id) != 0)
        return error_set(err, "was made with another key");
    return true;
}

static bool check(const struct document_index *index, struct span bytes,
                  const struct index_key *key, struct arena *arena, struct error *err)
{
    unsigned char seal[INDEX_KEY_SIZE];
    index_seal(key, bytes, seal);
    if (!keyed_hash_equal(span_of((const char *)seal, sizeof seal),
                          span_of((const char *)index->head.seal, sizeof seal)))
        return error_set(err, "is damaged: it is not what was written");
    return index_parts_are_good(&index->head, &index->parts, arena) ||
           error_set(err, "is damaged: its parts do not fit");
}

static struct document_index *index_of(struct span bytes, const struct index_key *key,
                                       struct arena *arena, struct error *err)
{
    struct index_head head = {.version = 0};
    if (bytes.len >= sizeof head)
        memcpy(&head, bytes.ptr, sizeof head);
    if (!check_head(&head, bytes, key, err))
        return NULL;
    struct document_index *index = ARENA_NEW(arena, struct document_index);
    index->head = head;
    if (index_parts_of(&head, bytes.ptr, &index->parts) != bytes.len) {
        (void)error_set(err, "is damaged: its parts do not fit");
        return NULL;
    }
    if (!check(index, bytes, key, arena, err))
        return NULL;
    fingerprint_key_of(key, &index->key);
    return index;
}

const struct document_index *document_index_of(struct span bytes, const struct index_key *key,
                                               struct arena *arena, struct error *err)
{
    return index_of(bytes, key, arena, err);
}

static void close_file(void *arg)
{
    struct mapped_file *file = arg;
    mapped_file_close(&file);
}

const struct document_index *document_index_open(const char *path, const struct index_key *key,
                                                 struct arena *arena, struct error *err)
{
    struct mapped_file *file = mapped_file_open(path, err);
    if (!file)
        return NULL;
    arena_defer(arena, close_file, file);
    struct document_index *index = index_of(mapped_file_bytes(file), key, arena, err);
    if (index)
        index->file = file;
    return index;
}

bool document_index_is_whole(const struct document_index *index)
{
    return !index->file || mapped_file_is_whole(index->file);
}

const struct fingerprint_key *document_index_key(const struct document_index *index)
{
    return &index->key;
}

uint32_t document_index_count(const struct document_index *index)
{
    return index->head.documents;
}

uint32_t document_index_entries(const struct document_index *index)
{
    return index->head.lines * LINE_ENTRIES;
}

struct span document_index_name(const struct document_index *index, uint32_t document)
{
    const struct index_document *at = &index->parts.documents[document];
    return span_sub(span_of(index->parts.names, index->head.names_len), at->name_off, at->name_len);
}

uint32_t document_index_fingerprints(const struct document_index *index, uint32_t document)
{
    return index->parts.documents[document].fingerprints;
}

/* Whoever writes into the file in spite of all does not make us read what is not ours. */
static void find_owners(const struct document_index *index, const uint32_t *owner,
                        struct known_fingerprint *known)
{
    uint32_t value = *owner;
    known->owners = owner;
    known->count = value < index->head.documents;
    if (value == OWNER_NONE || value < OWNER_LIST)
        return;
    uint32_t at = value - OWNER_LIST;
    if (at >= index->head.lists)
        return;
    uint32_t count = index->parts.lists[at];
    known->owners = &index->parts.lists[at] + 1;
    known->count = count <= INDEX_OWNERS_MOST && count < index->head.lists - at ? count : 0;
}

/* One bit for each of a line's entries that ends as it does: hardly ever another one. */
static inline unsigned resemble(const struct index_line *line, uint64_t value)
{
    unsigned found = 0;
    for (unsigned i = 0; i < LINE_ENTRIES; i++)
        found |= (unsigned)(line->low[i] == (uint32_t)value) << i;
    return found;
}

static bool find_in(const struct document_index *index, uint32_t number, uint64_t value,
                    struct known_fingerprint *out)
{
    const struct index_line *line = &index->parts.lines[number];
    for (unsigned left = resemble(line, value); left != 0; left &= left - 1) {
        uint32_t place = (uint32_t)__builtin_ctz(left);
        if (place < line->count && index_value(line, place) == value) {
            out->entry = number * LINE_ENTRIES + place;
            find_owners(index, &line->owner[place], out);
            return true;
        }
    }
    return false;
}

static void find_behind(const struct document_index *index, uint32_t home, uint64_t value,
                        struct known_fingerprint *out)
{
    uint32_t last = home + index->head.follow;
    for (uint32_t number = home + 1; number <= last && number < index->head.lines; number++) {
        if (find_in(index, number, value, out))
            return;
    }
}

/* One of which something may be known, and its line. */
struct candidate {
    uint32_t which, home;
};

/* Those that pass the filter; their lines are brought near. */
static size_t find_candidates(const struct document_index *index,
                              const struct fingerprint *fingerprints, size_t count,
                              struct candidate *out)
{
    const uint64_t *words[FINGERPRINTS_TOLD];
    size_t passed = 0;
    for (size_t i = 0; i < count; i++) {
        words[i] = &index->parts.filter[part_of(fingerprints[i].value, index->head.words)];
        __builtin_prefetch(words[i]);
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t value = fingerprints[i].value;
        if (!filter_passes(*words[i], value))
            continue;
        out[passed] = (struct candidate){(uint32_t)i, part_of(value, index->head.homes)};
        __builtin_prefetch(&index->parts.lines[out[passed++].home]);
    }
    return passed;
}

void document_index_find(const struct document_index *index, const struct fingerprint *fingerprints,
                         size_t count, struct known_fingerprint *out)
{
    struct candidate candidates[FINGERPRINTS_TOLD];
    size_t behind = 0;
    for (size_t i = 0; i < count; i++)
        out[i] = (struct known_fingerprint){.entry = ENTRY_NONE};
    size_t passed = find_candidates(index, fingerprints, count, candidates);
    for (size_t i = 0; i < passed; i++) {
        struct candidate at = candidates[i];
        bool found = find_in(index, at.home, fingerprints[at.which].value, &out[at.which]);
        candidates[behind] = at;
        behind += !found && index->parts.lines[at.home].count >= LINE_ENTRIES;
        __builtin_prefetch(&index->parts.lines[at.home + 1]);
    }
    for (size_t i = 0; i < behind; i++) {
        struct candidate at = candidates[i];
        find_behind(index, at.home, fingerprints[at.which].value, &out[at.which]);
    }
}
