/* SPDX-License-Identifier: Apache-2.0 */
#include "config/reader/node.h"

#include "config/reader/document.h"

struct node node_get(struct reader *reader, const struct node *object, const char *key)
{
    if (!object->json)
        return (struct node){object->document, NULL, ""};
    return (struct node){object->document, json_object_get(object->json, key),
                         pointer_add(reader->arena, object->pointer, span_str(key))};
}

struct node node_at(struct reader *reader, const struct node *array, size_t index)
{
    return (struct node){array->document, json_array_get(array->json, index),
                         pointer_add_index(reader->arena, array->pointer, index)};
}

size_t node_count(const struct node *array)
{
    return json_array_size(array->json);
}

const char *const *node_keys(struct reader *reader, const struct node *object)
{
    const char **keys =
        ARENA_ARRAY(reader->arena, json_object_size(object->json) + 1, const char *);
    size_t count = 0;
    json_t *json = (json_t *)(uintptr_t)object->json; /* iteration wants it writable */
    for (void *it = json_object_iter(json); it; it = json_object_iter_next(json, it))
        keys[count++] = arena_str(reader->arena, span_str(json_object_iter_key(it)));
    return keys;
}

bool node_is_present(const struct node *node)
{
    return node->json != NULL;
}

bool node_is_object(const struct node *node)
{
    return json_is_object(node->json);
}

bool node_is_array(const struct node *node)
{
    return json_is_array(node->json);
}

bool node_is_disabled(const struct node *node)
{
    return json_is_object(node->json) && json_is_false(json_object_get(node->json, "enabled"));
}

bool node_string(const struct node *node, struct span *out)
{
    if (!json_is_string(node->json))
        return false;
    *out = span_of(json_string_value(node->json), json_string_length(node->json));
    return true;
}

bool node_unique_names(struct reader *reader, const struct node *array)
{
    bool good = true;
    json_t *seen = json_object();
    for (size_t i = 0; i < node_count(array); i++) {
        struct node item = node_at(reader, array, i);
        struct node name = node_get(reader, &item, "name");
        struct span text;
        if (!node_string(&name, &text))
            continue;
        json_t *first = json_object_getn(seen, text.ptr, text.len);
        if (!first) {
            (void)json_object_setn_new(seen, text.ptr, text.len, json_integer((json_int_t)i));
            continue;
        }
        struct node other = node_at(reader, array, (size_t)json_integer_value(first));
        struct node other_name = node_get(reader, &other, "name");
        good = node_error(reader, &name, "duplicate name \"%.*s\"; first at %s", SPAN_ARG(text),
                          node_place(reader, &other_name));
    }
    json_decref(seen);
    return good;
}
