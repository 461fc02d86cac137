/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an index of documents: as they are, and sealed as if somebody with the key had
 * written them. What is opened can be asked anything and be looked for in a text. */
#include "rulesets/detection/documents/document_index.h"
#include "rulesets/detection/documents/documents.h"
#include "rulesets/detection/documents/index_format.h"
#include "rulesets/detection/look.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char text[] =
    "this year the gate code is changed on the first monday of a month, and on fridays too";

static void look_for_it(const struct document_index *index, struct arena *arena)
{
    struct document_set set = {
        .name = "d", .index = index, .threshold = 1, .of = CONTAINMENT_EITHER};
    struct subject subject = {.kind = SUBJECT_DOCUMENTS, .name = "d", .documents = &set};
    const struct subject *subjects[] = {&subject};
    struct look_limits limits = {.deadline_ns = 0};
    struct sightings found;
    look(lookout_new(subjects, 1, arena), span_str(text), &limits, arena, &found);
    for (size_t i = 0; i < found.count; i++) {
        if (found.items[i].off + found.items[i].len >= sizeof text ||
            found.items[i].term >= document_index_count(index))
            abort();
    }
}

static void ask_all(const struct document_index *index, const char *bytes)
{
    struct index_head head;
    struct index_parts parts;
    struct known_fingerprint known;
    memcpy(&head, bytes, sizeof head);
    (void)index_parts_of(&head, bytes, &parts);
    for (uint32_t i = 0; i < document_index_entries(index); i++) {
        const struct index_line *line = &parts.lines[i / LINE_ENTRIES];
        if (i % LINE_ENTRIES >= line->count)
            continue;
        uint64_t value = index_value(line, i % LINE_ENTRIES);
        document_index_find(index, &(struct fingerprint){.value = value}, 1, &known);
        if (known.entry != i)
            abort();
        for (uint32_t n = 0; n < known.count; n++) {
            if (known.owners[n] >= document_index_count(index))
                abort();
        }
    }
    for (uint32_t i = 0; i < document_index_count(index); i++) {
        if (document_index_name(index, i).len == 0 || document_index_fingerprints(index, i) == 0)
            abort();
    }
}

static void try_to_open(const char *bytes, size_t size, const struct index_key *key)
{
    struct arena *arena = arena_new();
    struct error err = ERROR_INIT;
    const struct document_index *index = document_index_of(span_of(bytes, size), key, arena, &err);
    if ((index == NULL) != error_is_set(&err))
        abort();
    if (index) {
        ask_all(index, bytes);
        look_for_it(index, arena);
    }
    arena_free(&arena);
}

static void make_ours(char *bytes, size_t size, const struct index_key *key)
{
    struct index_head head;
    memcpy(&head, bytes, sizeof head);
    memcpy(head.magic, INDEX_MAGIC, sizeof head.magic);
    head.version = INDEX_VERSION;
    head.order = INDEX_ORDER;
    head.length = FINGERPRINT_LENGTH;
    head.window = FINGERPRINT_WINDOW;
    head.size = size;
    index_key_id(key, head.key_id);
    memcpy(bytes, &head, sizeof head);
    index_seal(key, span_of(bytes, size), head.seal);
    memcpy(bytes, &head, sizeof head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct index_key key;
    char *copy = malloc(size > 0 ? size : 1);
    if (!copy)
        abort();
    if (size > 0)
        memcpy(copy, data, size);
    index_key_of(SPAN("a key of sixteen"), &key);
    try_to_open(copy, size, &key);
    if (size >= sizeof(struct index_head)) {
        make_ours(copy, size, &key);
        try_to_open(copy, size, &key);
    }
    free(copy);
    return 0;
}
