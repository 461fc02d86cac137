/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/predefined.h"

#include "engine/base/ascii.h"
#include "engine/base/mem.h"
#include "rulesets/detection/entity_keys.h"

#include <stdio.h>
#include <stdlib.h>

#define NAME_LONGEST 100u

struct entities_of {
    const char *path;
    struct buf text; /* names are searched for in it before anything is parsed */
    bool parsed;
    struct entity_file file;
    struct node *items;
    const char **names;
    size_t count;
};

struct predefined {
    struct reader *configuration;
    struct reader reader;
    struct entities_of *files;
    size_t count;
    bool listed;
};

struct predefined *predefined_open(struct reader *reader)
{
    struct predefined *predefined = mem_alloc(sizeof *predefined);
    predefined->configuration = reader;
    reader_init(&predefined->reader, reader->arena);
    return predefined;
}

void predefined_close(struct predefined **slot)
{
    struct predefined *predefined = *slot;
    *slot = NULL;
    if (!predefined)
        return;
    for (size_t i = 0; i < predefined->count; i++)
        buf_fini(&predefined->files[i].text);
    reader_fini(&predefined->reader);
    free(predefined);
}

struct reader *predefined_reader(struct predefined *predefined)
{
    return &predefined->reader;
}

bool predefined_is_good(struct predefined *predefined, const char *path, struct error *err)
{
    struct span first, complaints = buf_span(&predefined->reader.complaints);
    if (predefined->reader.error_count == 0)
        return true;
    if (!span_next(&complaints, '\n', &first))
        first = span_str(path);
    return error_set(err, "what comes with the program is broken: %.*s", SPAN_ARG(first));
}

static void read_text(struct entities_of *file)
{
    FILE *stream = fopen(file->path, "re");
    char *room;
    size_t got;
    while (stream && (room = buf_try_reserve(&file->text, 65536)) &&
           (got = fread(room, 1, 65536, stream)) > 0)
        file->text.len += got;
    if (stream)
        (void)fclose(stream);
}

static void list(struct predefined *predefined)
{
    if (predefined->listed)
        return;
    struct arena *arena = predefined->reader.arena;
    const char *const *paths = predefined_files("entities", arena, &predefined->count);
    predefined->listed = true;
    predefined->files = ARENA_ARRAY(arena, predefined->count, struct entities_of);
    for (size_t i = 0; i < predefined->count; i++) {
        predefined->files[i].path = paths[i];
        read_text(&predefined->files[i]);
    }
}

static bool parse(struct predefined *predefined, struct entities_of *file, struct error *err)
{
    struct reader *reader = &predefined->reader;
    struct node root;
    if (file->parsed)
        return true;
    if (!reader_load_text(reader, file->path, buf_span(&file->text), &root) ||
        !node_read(reader, &root, &entity_file_table, &file->file, NULL))
        return predefined_is_good(predefined, file->path, err);
    file->parsed = true;
    file->count = node_count(&file->file.entities);
    file->items = ARENA_ARRAY(reader->arena, file->count, struct node);
    file->names = ARENA_ARRAY(reader->arena, file->count, const char *);
    for (size_t i = 0; i < file->count; i++) {
        struct span name = SPAN("");
        file->items[i] = node_at(reader, &file->file.entities, i);
        struct node value = node_get(reader, &file->items[i], "name");
        (void)node_string(&value, &name);
        file->names[i] = arena_str(reader->arena, name);
    }
    return true;
}

/* As the files write names, in quotation marks. false: it cannot be one. */
static bool quoted(struct span name, char out[NAME_LONGEST + 2], size_t *len_out)
{
    size_t len = 0;
    if (name.len == 0 || name.len > NAME_LONGEST)
        return false;
    out[len++] = '"';
    for (size_t i = 0; i < name.len; i++)
        out[len++] =
            name.ptr[i] == ' ' || name.ptr[i] == '-' ? '_' : (char)ascii_lower(name.ptr[i]);
    out[len++] = '"';
    *len_out = len;
    return true;
}

static const struct entity *read_one(struct predefined *predefined, struct entities_of *file,
                                     const struct node *item, struct error *err)
{
    struct entities one = {NULL, 0, 0};
    reader_note_file(predefined->configuration, file->path);
    if (!entity_read(&predefined->reader, item, &one) || one.count == 0) {
        (void)predefined_is_good(predefined, file->path, err);
        return NULL;
    }
    one.items[0].region = file->file.region;
    return &one.items[0];
}

const struct entity *predefined_entity(struct predefined *predefined, struct span name,
                                       struct error *err)
{
    char text[NAME_LONGEST + 2];
    size_t len;
    if (!quoted(name, text, &len))
        return NULL;
    list(predefined);
    for (size_t i = 0; i < predefined->count; i++) {
        struct entities_of *file = &predefined->files[i];
        if (span_find(buf_span(&file->text), span_of(text, len)) == SPAN_NONE)
            continue;
        if (!parse(predefined, file, err))
            return NULL;
        for (size_t k = 0; k < file->count; k++) {
            if (same_word(name, file->names[k]))
                return read_one(predefined, file, &file->items[k], err);
        }
    }
    return NULL;
}

const char *const *predefined_names(struct predefined *predefined, size_t *count_out)
{
    struct error err = ERROR_INIT;
    size_t total = 0;
    list(predefined);
    for (size_t i = 0; i < predefined->count; i++) {
        if (parse(predefined, &predefined->files[i], &err))
            total += predefined->files[i].count;
    }
    const char **names = ARENA_ARRAY(predefined->reader.arena, total + 1, const char *);
    *count_out = 0;
    for (size_t i = 0; i < predefined->count; i++) {
        const struct entities_of *file = &predefined->files[i];
        for (size_t k = 0; file->parsed && k < file->count; k++)
            names[(*count_out)++] = file->names[k];
    }
    return names;
}
