/* SPDX-License-Identifier: Apache-2.0 */
#include "config/reader/schema.h"

#include "engine/base/ascii.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define NAME_MAX_LEN 100

struct tables {
    struct arena *arena;
    const struct schema_more *more;
    const struct key_table **items;
    size_t count;
    size_t cap;
};

static void add_table(struct tables *tables, const struct key_table *table)
{
    for (size_t i = 0; i < tables->count; i++) {
        if (tables->items[i] == table)
            return;
    }
    tables->items = arena_grow(tables->arena, tables->items, tables->count, &tables->cap,
                               sizeof(const struct key_table *));
    tables->items[tables->count++] = table;
}

/* The n-th variant of a table: its own, then those that others give it. NULL behind the last. */
static const struct key_table *variant(const struct tables *tables, const struct key_table *table,
                                       size_t n)
{
    const struct key_table *const *own = table->also;
    for (; own && *own; own++, n--) {
        if (n == 0)
            return *own;
    }
    if (!tables->more || tables->more->table != table)
        return NULL;
    const struct key_table *const *others = tables->more->also;
    for (; *others; others++, n--) {
        if (n == 0)
            return *others;
    }
    return NULL;
}

static void add_below(struct tables *tables, const struct key_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        if (table->keys[i].object)
            add_table(tables, table->keys[i].object);
    }
}

/* Variants are part of their table's own definition; what is below them counts. */
static void add_all(struct tables *tables, const struct key_table *top)
{
    add_table(tables, top);
    for (size_t i = 0; i < tables->count; i++) {
        const struct key_table *table = tables->items[i];
        const struct key_table *other;
        add_below(tables, table);
        for (size_t k = 0; (other = variant(tables, table, k)) != NULL; k++)
            add_below(tables, other);
    }
}

const struct key_table *const *schema_tables(const struct key_table *top,
                                             const struct schema_more *more, struct arena *arena)
{
    struct tables tables = {.arena = arena, .more = more};
    const struct key_table *other;
    add_all(&tables, top);
    size_t named = tables.count;
    for (size_t i = 0; i < named; i++) {
        for (size_t k = 0; (other = variant(&tables, tables.items[i], k)) != NULL; k++)
            add_table(&tables, other);
    }
    add_table(&tables, NULL);
    return tables.items;
}

static void set(json_t *object, const char *key, json_t *value)
{
    int failed = json_object_set_new(object, key, value);
    assert(!failed);
    (void)failed;
}

static json_t *of_type(const char *type)
{
    json_t *schema = json_object();
    set(schema, "type", json_string(type));
    return schema;
}

static json_t *any_of(json_t *first, json_t *second)
{
    json_t *schema = json_object();
    json_t *list = json_array();
    (void)json_array_append_new(list, first);
    (void)json_array_append_new(list, second);
    set(schema, "anyOf", list);
    return schema;
}

/* A space has no place in a reference. */
static const char *def_name(const struct key_table *table, char *out, size_t size)
{
    (void)snprintf(out, size, "%s", table->name);
    for (char *at = out; *at; at++) {
        if (*at == ' ')
            *at = '_';
    }
    return out;
}

static json_t *ref(const struct key_table *table)
{
    char name[NAME_MAX_LEN];
    char text[NAME_MAX_LEN + 10];
    json_t *schema = json_object();
    (void)snprintf(text, sizeof text, "#/$defs/%s", def_name(table, name, sizeof name));
    set(schema, "$ref", json_string(text));
    return schema;
}

/* Case does not matter, and space, '_' and '-' are the same. */
static json_t *word_pattern(const struct enum_value *values)
{
    struct buf text = BUF_INIT;
    buf_add_str(&text, "^(?:");
    for (size_t i = 0; values[i].name; i++) {
        if (i > 0)
            buf_add_byte(&text, '|');
        for (const char *at = values[i].name; *at; at++) {
            if (ascii_is_alpha(*at))
                buf_printf(&text, "[%c%c]", ascii_upper(*at), ascii_lower(*at));
            else if (*at == ' ' || *at == '_' || *at == '-')
                buf_add_str(&text, "[ _-]");
            else
                buf_printf(&text, ascii_is_alnum(*at) ? "%c" : "\\%c", *at);
        }
    }
    buf_add_str(&text, ")$");
    json_t *schema = of_type("string");
    set(schema, "pattern", json_stringn(text.ptr, text.len));
    buf_fini(&text);
    return schema;
}

static json_t *words(const struct enum_value *values)
{
    json_t *names = json_array();
    for (size_t i = 0; values[i].name; i++)
        (void)json_array_append_new(names, json_string(values[i].name));
    json_t *exact = json_object();
    set(exact, "enum", names);
    return any_of(exact, word_pattern(values));
}

static json_t *number(const struct key *key, const char *type)
{
    json_t *schema = of_type(type);
    if (key->min == 0 && key->max == 0)
        return schema;
    set(schema, "minimum", json_integer(key->min));
    if (key->max != INT64_MAX)
        set(schema, "maximum", json_integer(key->max));
    return schema;
}

static json_t *list_of(json_t *items)
{
    json_t *schema = of_type("array");
    set(schema, "items", items);
    return schema;
}

static json_t *object_of(const struct key *key)
{
    json_t *object = key->object ? ref(key->object) : of_type("object");
    if (!key->as_text)
        return object;
    json_t *text = of_type("string");
    set(text, "contentMediaType", json_string("application/json"));
    return any_of(object, text);
}

static json_t *string_or(const struct key_table *object)
{
    return object ? any_of(of_type("string"), ref(object)) : of_type("string");
}

static json_t *type_of(const struct key *key)
{
    switch (key->type) {
    case KEY_STRING:
    case KEY_PATH:
    case KEY_PATTERN: /* "format": "regex" would be that of ECMAScript */
        return of_type("string");
    case KEY_BOOL:
        return of_type("boolean");
    case KEY_INTEGER:
        return number(key, "integer");
    case KEY_NUMBER:
        return number(key, "number");
    case KEY_ENUM:
        return words(key->values);
    case KEY_STRINGS:
        return any_of(string_or(key->object), list_of(string_or(key->object)));
    case KEY_OBJECT:
        return object_of(key);
    case KEY_ARRAY:
        return key->object ? list_of(ref(key->object)) : of_type("array");
    case KEY_ANY:
        return key->values ? words(key->values) : json_object();
    }
    return json_object();
}

static json_t *default_of(const struct key *key)
{
    switch (key->type) {
    case KEY_BOOL:
        return json_boolean(strcmp(key->standard, "true") == 0);
    case KEY_INTEGER:
        return json_integer(strtoll(key->standard, NULL, 10));
    case KEY_NUMBER:
        return json_real(strtod(key->standard, NULL));
    default: /* a text may stand in its quotes */
        return key->standard[0] == '"' ? json_loads(key->standard, JSON_DECODE_ANY, NULL)
                                       : json_string(key->standard);
    }
}

static void describe(json_t *schema, const struct key *key)
{
    bool in_words = key->standard && key->standard[0] == '(';
    struct buf text = BUF_INIT;
    buf_printf(&text, "%s", key->help ? key->help : "");
    if (in_words)
        buf_printf(&text, " Default: %.*s.", (int)strlen(key->standard) - 2, key->standard + 1);
    if (text.len > 0)
        set(schema, "description", json_stringn(text.ptr, text.len));
    buf_fini(&text);
    if (key->standard && !in_words)
        set(schema, "default", default_of(key));
}

/* A key that two variants have is either's. */
static void add_keys(json_t *properties, const struct key_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct key *key = &table->keys[i];
        json_t *schema = type_of(key);
        json_t *old = json_object_get(properties, key->name);
        describe(schema, key);
        if (old && !json_equal(old, schema))
            set(properties, key->name, any_of(json_incref(old), schema));
        else
            set(properties, key->name, schema);
    }
}

static json_t *required_of(const struct key_table *table)
{
    json_t *list = json_array();
    for (size_t i = 0; i < table->count; i++) {
        if (table->keys[i].required)
            (void)json_array_append_new(list, json_string(table->keys[i].name));
    }
    return list;
}

/* The common keys come last, where the table has none of that name. */
static void add_common_keys(json_t *properties)
{
    json_t *common = json_object();
    add_keys(common, &common_key_table);
    (void)json_object_update_missing(properties, common);
    json_decref(common);
}

static void define(json_t *schema, const struct tables *tables, const struct key_table *table)
{
    const struct key_table *other;
    json_t *properties = json_object();
    json_t *required = required_of(table);
    add_keys(properties, table);
    for (size_t i = 0; (other = variant(tables, table, i)) != NULL; i++)
        add_keys(properties, other);
    add_common_keys(properties);
    set(schema, "type", json_string("object"));
    set(schema, "properties", properties);
    set(schema, "additionalProperties", json_false());
    if (json_array_size(required) > 0)
        set(schema, "required", required);
    else
        json_decref(required);
}

static void define_all(json_t *defs, const struct tables *tables)
{
    char name[NAME_MAX_LEN];
    for (size_t i = 1; i < tables->count; i++) {
        json_t *definition = json_object();
        define(definition, tables, tables->items[i]);
        (void)def_name(tables->items[i], name, sizeof name);
        assert(!json_object_get(defs, name) && "each table has its own name");
        set(defs, name, definition);
    }
}

void schema_write(const struct key_table *top, const struct schema_more *more, const char *title,
                  struct buf *out)
{
    struct arena *arena = arena_new();
    struct tables tables = {.arena = arena, .more = more};
    json_t *schema = json_object();
    json_t *defs = json_object();
    add_all(&tables, top);
    set(schema, "$schema", json_string("https://json-schema.org/draft/2020-12/schema"));
    set(schema, "title", json_string(title));
    define(schema, &tables, top);
    define_all(defs, &tables);
    set(schema, "$defs", defs);
    char *text = json_dumps(schema, JSON_INDENT(2));
    buf_printf(out, "%s\n", text);
    free(text);
    json_decref(schema);
    arena_free(&arena);
}
