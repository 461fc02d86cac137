/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/documents/documents.h"

#include "rulesets/detection/documents/document_index.h"

struct document_settings {
    struct span file, key_file;
    int64_t threshold, min_length;
    int of; /* enum containment */
};

static const struct enum_value containments[] = {{"source", CONTAINMENT_SOURCE},
                                                 {"message", CONTAINMENT_MESSAGE},
                                                 {"either", CONTAINMENT_EITHER},
                                                 {NULL, 0}};

static const struct key document_set_key_list[] = {
    {.name = "file",
     .type = KEY_PATH,
     .offset = offsetof(struct document_settings, file),
     .required = true,
     .help = "The index, as \"culvert index documents\" wrote it."},
    {.name = "key_file",
     .type = KEY_PATH,
     .offset = offsetof(struct document_settings, key_file),
     .required = true,
     .help = "The key that it was made with; readable by its owner alone."},
    {.name = "threshold",
     .type = KEY_INTEGER,
     .offset = offsetof(struct document_settings, threshold),
     .min = 1,
     .max = 100,
     .standard = "10",
     .help = "How much of a document must be in a text, or of the text in the document, in "
             "percent."},
    {.name = "of",
     .type = KEY_ENUM,
     .offset = offsetof(struct document_settings, of),
     .values = containments,
     .standard = "either",
     .help = "What the threshold is a part of: the document (\"source\"), the text of the message, "
             "or either of them."},
    {.name = "min_length",
     .type = KEY_INTEGER,
     .offset = offsetof(struct document_settings, min_length),
     .min = 0,
     .max = 1000000,
     .standard = "150",
     .help = "Letters and digits that a text and a document must have in common at least, unless "
             "all of the document is there."},
};
const struct key_table document_set_table = {.name = "fingerprints",
                                             .keys = document_set_key_list,
                                             .count = ARRAY_LEN(document_set_key_list)};

static const struct document_index *open_index(struct reader *reader, const struct node *node,
                                               const struct document_settings *settings)
{
    struct index_key key;
    struct error err = ERROR_INIT;
    const struct document_index *index = NULL;
    const char *path = arena_str(reader->arena, settings->file);
    const char *key_path = arena_str(reader->arena, settings->key_file);
    struct node place = node_get(reader, node, "key_file");
    reader_note_file(reader, path);
    reader_note_file(reader, key_path);
    if (!index_key_read(key_path, reader->secrets_owner, &key, &err)) {
        (void)node_error(reader, &place, "%s", err.text);
        return NULL;
    }
    index = document_index_open(path, &key, reader->arena, &err);
    index_key_wipe(&key);
    place = node_get(reader, node, "file");
    if (!index)
        (void)node_error(reader, &place, "%s %s", path, err.text);
    return index;
}

bool document_set_read(struct reader *reader, const struct node *node, struct document_sets *sets)
{
    struct document_settings settings = {.file = SPAN("")};
    struct common_keys common = {.name = SPAN("")};
    node_defaults(&document_set_table, &settings);
    if (!node_read(reader, node, &document_set_table, &settings, &common))
        return false;
    if (!common.enabled)
        return true;
    struct document_set set = {.name = arena_str(reader->arena, common.name),
                               .threshold = (unsigned)settings.threshold,
                               .of = (enum containment)settings.of,
                               .min_length = (uint32_t)settings.min_length,
                               .node = *node};
    bool good = common.name.len > 0 || node_error(reader, node, "needs a \"name\"");
    set.index = open_index(reader, node, &settings);
    if (!set.index || !good)
        return false;
    sets->items =
        arena_grow(reader->arena, sets->items, sets->count, &sets->cap, sizeof *sets->items);
    sets->items[sets->count++] = set;
    return true;
}

bool document_sets_read(struct reader *reader, const struct node *list, struct document_sets *out)
{
    bool good = true;
    for (size_t i = 0; i < node_count(list); i++) {
        struct node item = node_at(reader, list, i);
        good &= document_set_read(reader, &item, out);
    }
    return good;
}

size_t document_set_count(const struct document_set *set)
{
    return document_index_count(set->index);
}

struct span document_set_name(const struct document_set *set, uint32_t document)
{
    return document_index_name(set->index, document);
}
