/* SPDX-License-Identifier: Apache-2.0 */
#include "config/reader/document.h"
#include "config/reader/values.h"

/* What every object may carry, beside the tables that the caller names. */
struct common {
    struct common_keys keys;
    struct string_list comment;
};

static const struct key common_key_list[] = {
    {.name = "name",
     .type = KEY_STRING,
     .offset = offsetof(struct common, keys.name),
     .help = "Name, for references, logs and messages."},
    {.name = "description",
     .type = KEY_STRING,
     .offset = offsetof(struct common, keys.description),
     .help = "What it is for, in free words."},
    {.name = "enabled",
     .type = KEY_BOOL,
     .offset = offsetof(struct common, keys.enabled),
     .standard = "true",
     .help = "false: as if it were not there."},
    {.name = "comment",
     .type = KEY_STRINGS,
     .offset = offsetof(struct common, comment),
     .help = "A note to the reader; it has no effect."},
};

const struct key_table common_key_table = {"common", common_key_list, ARRAY_LEN(common_key_list),
                                           NULL};

/* The tables that one object is read through; the common keys are the last. */
struct tables {
    const struct key_table *const *tables;
    void *const *outs;
    size_t count;
    struct common *common;
};

static const struct key *find_in(const struct key_table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->keys[i].name, name) == 0)
            return &table->keys[i];
    }
    return NULL;
}

static const struct key *find_key(const struct tables *tables, const char *name, char **out)
{
    for (size_t i = 0; i < tables->count; i++) {
        const struct key *key = find_in(tables->tables[i], name);
        *out = tables->outs[i];
        if (key)
            return key;
    }
    *out = (char *)tables->common;
    return find_in(&common_key_table, name);
}

/* All names that would have been right; NULL-terminated. */
static const char **all_names(struct arena *arena, const struct tables *tables)
{
    size_t count = common_key_table.count;
    for (size_t i = 0; i < tables->count; i++)
        count += tables->tables[i]->count;
    const char **names = ARENA_ARRAY(arena, count + 1, const char *);
    size_t n = 0;
    for (size_t i = 0; i < tables->count; i++) {
        for (size_t k = 0; k < tables->tables[i]->count; k++)
            names[n++] = tables->tables[i]->keys[k].name;
    }
    for (size_t k = 0; k < common_key_table.count; k++) {
        const char *name = common_key_table.keys[k].name;
        char *unused;
        if (find_key(tables, name, &unused) == &common_key_table.keys[k])
            names[n++] = name;
    }
    return names;
}

static const char *listed(struct arena *arena, const char *const *names)
{
    struct buf text = BUF_INIT;
    for (size_t i = 0; names[i]; i++)
        buf_printf(&text, "%s%s", i > 0 ? ", " : "", names[i]);
    const char *list = arena_str(arena, buf_span(&text));
    buf_fini(&text);
    return list;
}

/* Objects in objects that are looked into for a key that stands in the wrong one. */
#define INSIDE_MAX 2

/* Where a key of that name stands in an object of this one: "advanced_settings". NULL: nowhere. */
static const char *inside_of(struct arena *arena, const struct key_table *table, const char *name,
                             int depth)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct key *key = &table->keys[i];
        if (key->type != KEY_OBJECT || !key->object)
            continue;
        if (find_in(key->object, name))
            return key->name;
        const char *inner = depth > 1 ? inside_of(arena, key->object, name, depth - 1) : NULL;
        if (inner)
            return arena_printf(arena, "%s.%s", key->name, inner);
    }
    return NULL;
}

static const char *inside(struct arena *arena, const struct tables *tables, const char *name)
{
    const char *found = NULL;
    for (size_t i = 0; i < tables->count && !found; i++)
        found = inside_of(arena, tables->tables[i], name, INSIDE_MAX);
    return found;
}

static bool unknown_key(struct reader *reader, const struct node *value, const char *name,
                        const struct tables *tables)
{
    const char **names = all_names(reader->arena, tables);
    const char *elsewhere = inside(reader->arena, tables, name);
    const char *near = suggest(span_str(name), names);
    if (elsewhere)
        return complain_key(reader, value, "unknown key; it belongs into \"%s\"", elsewhere);
    if (near)
        return complain_key(reader, value, "unknown key; did you mean \"%s\"?", near);
    return complain_key(reader, value, "unknown key; expected one of %s",
                        listed(reader->arena, names));
}

static bool check_required(struct reader *reader, const struct node *node,
                           const struct key_table *table)
{
    bool good = true;
    for (size_t i = 0; i < table->count; i++) {
        const struct key *key = &table->keys[i];
        if (key->required && !json_object_get(node->json, key->name))
            good = node_error(reader, node, "expected key \"%s\" (%s), got none", key->name,
                              value_expected(reader->arena, key));
    }
    return good;
}

/* A table may have a "name" of its own (a required one): the common keys have it too. */
static void take_own_name(struct reader *reader, const struct node *node, struct common *common)
{
    struct span name;
    struct node value = {node->document, json_object_get(node->json, "name"), ""};
    if (common->keys.name.len == 0 && node_string(&value, &name))
        common->keys.name = arena_copy(reader->arena, name);
}

static bool read_members(struct reader *reader, const struct node *node,
                         const struct tables *tables)
{
    bool good = true;
    json_t *object = (json_t *)(uintptr_t)node->json; /* iteration wants it writable */
    const char *name;
    json_t *member;
    json_object_foreach(object, name, member)
    {
        char *out;
        struct node value = node_get(reader, node, name);
        const struct key *key = find_key(tables, name, &out);
        good &=
            key ? value_fill(reader, &value, key, out) : unknown_key(reader, &value, name, tables);
    }
    return good;
}

bool node_read_with(struct reader *reader, const struct node *node,
                    const struct key_table *const *tables, void *const *outs, size_t count,
                    struct common_keys *common_out)
{
    struct common common = {.keys.enabled = true};
    struct tables all = {tables, outs, count, &common};
    bool good = true;
    if (node_is_object(node)) {
        good = read_members(reader, node, &all);
        for (size_t i = 0; i < count; i++)
            good &= check_required(reader, node, tables[i]);
        take_own_name(reader, node, &common);
    } else if (node_is_present(node)) {
        good = node_expected(reader, node, "object");
    }
    if (common_out)
        *common_out = common.keys;
    return good;
}

bool node_read(struct reader *reader, const struct node *node, const struct key_table *table,
               void *out, struct common_keys *common_out)
{
    return node_read_with(reader, node, &table, &out, 1, common_out);
}
