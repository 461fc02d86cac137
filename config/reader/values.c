/* SPDX-License-Identifier: Apache-2.0 */
#include "config/reader/values.h"

#include "config/reader/document.h"

static const char *enum_names(struct arena *arena, const struct enum_value *values)
{
    struct buf text = BUF_INIT;
    for (size_t i = 0; values[i].name; i++) {
        if (i > 0)
            buf_add_str(&text, values[i + 1].name ? ", " : " or ");
        buf_add_str(&text, values[i].name);
    }
    const char *names = arena_str(arena, buf_span(&text));
    buf_fini(&text);
    return names;
}

static const char *range(struct arena *arena, const char *type, const struct key *key)
{
    if (key->min == 0 && key->max == 0)
        return type;
    if (key->max == INT64_MAX)
        return arena_printf(arena, "%s %lld or more", type, (long long)key->min);
    return arena_printf(arena, "%s %lld..%lld", type, (long long)key->min, (long long)key->max);
}

static const char *words(struct arena *arena, const struct enum_value *values)
{
    bool several = values[0].name && values[1].name;
    return arena_printf(arena, "%s%s", several ? "one of " : "", enum_names(arena, values));
}

const char *value_expected(struct arena *arena, const struct key *key)
{
    switch (key->type) {
    case KEY_BOOL:
        return "true or false";
    case KEY_INTEGER:
        return range(arena, "integer", key);
    case KEY_NUMBER:
        return range(arena, "number", key);
    case KEY_ENUM:
        return words(arena, key->values);
    case KEY_STRINGS:
        return key->object ? "string, object or list of them" : "string or list of strings";
    case KEY_OBJECT:
        return "object";
    case KEY_ARRAY:
        return "list";
    case KEY_ANY:
        return key->values ? words(arena, key->values) : "string, list or object";
    case KEY_STRING:
    case KEY_PATH:
    case KEY_PATTERN:
        break;
    }
    return "string";
}

static bool unexpected(struct reader *reader, const struct node *node, const struct key *key)
{
    return node_expected(reader, node, value_expected(reader->arena, key));
}

static bool read_string(struct reader *reader, const struct node *node, const struct key *key,
                        struct span *out)
{
    struct span text;
    if (!node_string(node, &text))
        return unexpected(reader, node, key);
    *out = arena_copy(reader->arena, text);
    return true;
}

const char *node_path(struct reader *reader, const struct node *node, struct span path)
{
    struct node origin = document_origin(reader->arena, node);
    bool as_it_is = path.len == 0 || path.ptr[0] == '/';
    return arena_printf(reader->arena, "%s%.*s", as_it_is ? "" : origin.document->folder,
                        SPAN_ARG(path));
}

static bool read_path(struct reader *reader, const struct node *node, const struct key *key,
                      struct span *out)
{
    struct span text;
    if (!node_string(node, &text))
        return unexpected(reader, node, key);
    *out = span_str(node_path(reader, node, text));
    return true;
}

static bool in_range(const struct key *key, double value)
{
    return (key->min == 0 && key->max == 0) ||
           (value >= (double)key->min && value <= (double)key->max);
}

static bool read_integer(struct reader *reader, const struct node *node, const struct key *key,
                         int64_t *out)
{
    json_int_t value = json_integer_value(node->json);
    bool any = key->min == 0 && key->max == 0;
    if (!json_is_integer(node->json) || (!any && (value < key->min || value > key->max)))
        return unexpected(reader, node, key);
    *out = value;
    return true;
}

static bool read_number(struct reader *reader, const struct node *node, const struct key *key,
                        double *out)
{
    if (!json_is_number(node->json) || !in_range(key, json_number_value(node->json)))
        return unexpected(reader, node, key);
    *out = json_number_value(node->json);
    return true;
}

static bool read_bool(struct reader *reader, const struct node *node, const struct key *key,
                      bool *out)
{
    if (!json_is_boolean(node->json))
        return unexpected(reader, node, key);
    *out = json_is_true(node->json);
    return true;
}

bool node_enum(struct reader *reader, const struct node *node, const struct enum_value *values,
               int *out)
{
    const struct key key = {.type = KEY_ENUM, .values = values};
    struct span word;
    if (!node_string(node, &word))
        return unexpected(reader, node, &key);
    size_t count = 0;
    for (; values[count].name; count++) {
        if (same_word(word, values[count].name)) {
            *out = values[count].value;
            return true;
        }
    }
    const char **names = ARENA_ARRAY(reader->arena, count + 1, const char *);
    for (size_t i = 0; i < count; i++)
        names[i] = values[i].name;
    const char *near = suggest(word, names);
    if (!near)
        return unexpected(reader, node, &key);
    return node_error(reader, node, "expected %s, got \"%.*s\"; did you mean \"%s\"?",
                      value_expected(reader->arena, &key), SPAN_ARG(word), near);
}

static bool read_strings(struct reader *reader, const struct node *node, const struct key *key,
                         struct string_list *out)
{
    struct span text;
    bool single = node_string(node, &text);
    single = single || (key->object && node_is_object(node));
    if (!single && !node_is_array(node))
        return unexpected(reader, node, key);
    size_t count = single ? 1 : node_count(node);
    struct string_list list = {ARENA_ARRAY(reader->arena, count, struct span),
                               ARENA_ARRAY(reader->arena, count, struct node), 0};
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        struct node item = single ? *node : node_at(reader, node, i);
        bool is_object = key->object && node_is_object(&item);
        if (!is_object && !node_string(&item, &text)) {
            good = node_expected(reader, &item, key->object ? "string or object" : "string");
            continue;
        }
        list.items[list.count] =
            is_object ? (struct span){NULL, 0} : arena_copy(reader->arena, text);
        list.nodes[list.count++] = item;
    }
    *out = list;
    return good;
}

/* What is no object becomes absent: it is complained about once. */
static bool read_object(struct reader *reader, const struct node *node, const struct key *key,
                        struct node *out)
{
    struct node object = *node;
    *out = (struct node){node->document, NULL, ""};
    if (key->as_text && json_is_string(node->json)) {
        if (!document_in_string(reader, node, &object))
            return false;
        if (!node_is_present(&object))
            return true;
    }
    if (!node_is_object(&object))
        return unexpected(reader, &object, key);
    *out = object;
    return true;
}

static bool read_pattern(struct reader *reader, const struct node *node, const struct key *key,
                         struct pattern_source *out)
{
    out->node = *node;
    return read_string(reader, node, key, &out->text);
}

bool value_fill(struct reader *reader, const struct node *node, const struct key *key,
                char *structure)
{
    void *out = structure + key->offset;
    switch (key->type) {
    case KEY_STRING:
        return read_string(reader, node, key, out);
    case KEY_BOOL:
        return read_bool(reader, node, key, out);
    case KEY_INTEGER:
        return read_integer(reader, node, key, out);
    case KEY_NUMBER:
        return read_number(reader, node, key, out);
    case KEY_ENUM:
        return node_enum(reader, node, key->values, out);
    case KEY_PATH:
        return read_path(reader, node, key, out);
    case KEY_PATTERN:
        return read_pattern(reader, node, key, out);
    case KEY_STRINGS:
        return read_strings(reader, node, key, out);
    case KEY_OBJECT:
        return read_object(reader, node, key, out);
    case KEY_ARRAY:
        if (!node_is_array(node))
            return unexpected(reader, node, key);
        *(struct node *)out = *node;
        return true;
    case KEY_ANY:
        if (!node_is_disabled(node))
            *(struct node *)out = *node;
        return true;
    }
    return false;
}
