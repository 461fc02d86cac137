/* SPDX-License-Identifier: Apache-2.0 */
#include "config/reader/merge.h"

#include "engine/base/mem.h"

#include <assert.h>
#include <stdlib.h>

struct origins {
    json_t *index; /* merged pointer: number in `nodes` */
    struct node *nodes;
    size_t count;
    size_t cap;
};

void origins_free(struct origins **slot)
{
    struct origins *origins = *slot;
    if (!origins)
        return;
    *slot = NULL;
    json_decref(origins->index);
    free(origins->nodes);
    free(origins);
}

static void origins_add(struct origins *origins, const char *pointer, const struct node *node)
{
    if (origins->count == origins->cap) {
        origins->cap = origins->cap ? origins->cap * 2 : 64;
        origins->nodes = mem_resize(origins->nodes, origins->cap * sizeof *origins->nodes);
    }
    origins->nodes[origins->count] = *node;
    (void)json_object_set_new_nocheck(origins->index, pointer,
                                      json_integer((json_int_t)origins->count));
    origins->count++;
}

struct node origins_find(struct arena *arena, const struct node *node)
{
    const struct origins *origins = node->document->origins;
    size_t len = strlen(node->pointer);
    for (;;) {
        json_t *found = json_object_getn(origins->index, node->pointer, len);
        if (found) {
            struct node origin = origins->nodes[json_integer_value(found)];
            origin.pointer = arena_printf(arena, "%s%s", origin.pointer, node->pointer + len);
            origin.json = node->json;
            return origin;
        }
        assert(len > 0 && "the root of a merged tree has an origin");
        while (node->pointer[--len] != '/')
            ;
    }
}

static struct document *merge_new(struct reader *reader, const char *name)
{
    struct document *merged = document_new(reader, name);
    merged->root = json_object();
    merged->origins = mem_alloc(sizeof *merged->origins);
    merged->origins->index = json_object();
    return merged;
}

struct merge {
    struct reader *reader;
    struct document *merged;
};

/* What every file may say for itself. */
static bool is_of_the_file(const char *pointer)
{
    static const char *const keys[] = {"/$schema", "/comment", "/description", "/name"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (strcmp(pointer, keys[i]) == 0)
            return true;
    }
    return false;
}

static bool twice(struct merge *merge, const struct node *fresh, const char *pointer, json_t *old)
{
    if (is_of_the_file(pointer))
        return true;
    struct node first = {merge->merged, old, pointer};
    if (json_is_array(old) || json_is_object(old))
        return node_error(merge->reader, fresh, "expected %s, as it is at %s",
                          json_is_array(old) ? "list" : "object",
                          node_place(merge->reader, &first));
    return complain_key(merge->reader, fresh, "already set at %s",
                        node_place(merge->reader, &first));
}

static void append(struct merge *merge, const struct node *from, json_t *into, const char *pointer)
{
    struct arena *arena = merge->reader->arena;
    for (size_t i = 0; i < json_array_size(from->json); i++) {
        struct node item = node_at(merge->reader, from, i);
        const char *place = pointer_add_index(arena, pointer, json_array_size(into));
        origins_add(merge->merged->origins, place, &item);
        (void)json_array_append(into, json_array_get(from->json, i));
    }
}

static bool merge_object(struct merge *merge, const struct node *from, json_t *into,
                         const char *pointer);

/* Lists and objects are made anew: those of the files stay as they are. */
static bool merge_member(struct merge *merge, const struct node *fresh, json_t *value,
                         const char *key, json_t *into, const char *pointer)
{
    json_t *old = json_object_get(into, key);
    bool is_list = json_is_array(value);
    bool is_object = json_is_object(value);
    if (old && !(is_list && json_is_array(old)) && !(is_object && json_is_object(old)))
        return twice(merge, fresh, pointer, old);
    if (!old) {
        old = is_list ? json_array() : is_object ? json_object() : json_incref(value);
        (void)json_object_set_new(into, key, old);
        origins_add(merge->merged->origins, pointer, fresh);
    }
    if (is_list)
        append(merge, fresh, old, pointer);
    return !is_object || merge_object(merge, fresh, old, pointer);
}

/* Recursion is bounded by the depth that the syntax allows. */
static bool merge_object(struct merge *merge, const struct node *from, json_t *into,
                         const char *pointer)
{
    struct arena *arena = merge->reader->arena;
    bool good = true;
    json_t *source = (json_t *)(uintptr_t)from->json; /* iteration wants it writable */
    const char *key;
    json_t *value;
    json_object_foreach(source, key, value)
    {
        struct node fresh = node_get(merge->reader, from, key);
        const char *place = pointer_add(arena, pointer, span_str(key));
        good &= merge_member(merge, &fresh, value, key, into, place);
    }
    return good;
}

static bool merge_add(struct reader *reader, struct document *merged,
                      const struct document *document)
{
    struct merge merge = {reader, merged};
    struct node root = {document, document->root, ""};
    if (!json_is_object(document->root))
        return node_expected(reader, &root, "object");
    if (merged->origins->count == 0)
        origins_add(merged->origins, "", &root);
    return merge_object(&merge, &root, merged->root, "");
}

bool merge_all(struct reader *reader, const char *name, struct document *const *files, size_t count,
               struct node *root_out)
{
    bool good = true;
    struct document *merged = merge_new(reader, name);
    for (size_t i = 0; i < count; i++)
        good &= merge_add(reader, merged, files[i]);
    *root_out = (struct node){merged, merged->root, ""};
    return good;
}
