/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/corpus.h"

#include "engine/base/buf.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void give_up(const char *what, const char *path)
{
    (void)fprintf(stderr, "%s: %s\n", path, what);
    abort();
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char **corpus_names(const char *folder, struct arena *arena, size_t *count_out)
{
    DIR *dir = opendir(folder);
    if (!dir)
        give_up("cannot be opened", folder);
    const char **names = NULL;
    size_t count = 0;
    size_t cap = 0;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        struct span name = span_str(entry->d_name);
        if (!span_ends_nocase(name, SPAN(".eml")))
            continue;
        names = arena_grow(arena, names, count, &cap, sizeof *names);
        names[count++] = arena_str(arena, name);
    }
    (void)closedir(dir);
    if (count == 0)
        give_up("has no messages", folder);
    qsort(names, count, sizeof *names, compare_names);
    *count_out = count;
    return names;
}

struct span corpus_read(const char *folder, const char *name, struct arena *arena)
{
    const char *path = arena_printf(arena, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        give_up("cannot be opened", path);
    struct buf bytes = BUF_INIT;
    char block[8192];
    for (size_t got; (got = fread(block, 1, sizeof block, file)) > 0;)
        buf_add(&bytes, span_of(block, got));
    if (ferror(file))
        give_up("cannot be read", path);
    (void)fclose(file);
    struct span copy = arena_copy(arena, buf_span(&bytes));
    buf_fini(&bytes);
    return copy;
}

/* The parts in order, with what opens and closes around them; no recursion. */
static void add_tree(const struct map *map, struct buf *text)
{
    uint32_t at = 0;
    while (at != MAP_NONE) {
        const struct part *part = &map->parts[at];
        buf_printf(text, "%.*s/%.*s%s", SPAN_ARG(part->type.type), SPAN_ARG(part->type.subtype),
                   part_is_attachment(part) && part->kind == PART_LEAF ? "*" : "");
        if (part->first_child != MAP_NONE) {
            buf_add_str(text, "(");
            at = part->first_child;
            continue;
        }
        while (at != MAP_NONE && map->parts[at].next_sibling == MAP_NONE) {
            at = map->parts[at].parent;
            if (at != MAP_NONE)
                buf_add_str(text, ")");
        }
        if (at != MAP_NONE) {
            buf_add_str(text, ",");
            at = map->parts[at].next_sibling;
        }
    }
}

static const char *finish(struct buf *text, struct arena *arena)
{
    const char *copy = arena_str(arena, buf_span(text));
    buf_fini(text);
    return copy;
}

const char *map_tree_text(const struct map *map, struct arena *arena)
{
    struct buf text = BUF_INIT;
    add_tree(map, &text);
    return finish(&text, arena);
}

const char *map_tiles_text(const struct map *map, struct arena *arena)
{
    static const char letters[] = {
        [TILE_FIELD] = 'F',    [TILE_JUNK] = 'J',     [TILE_HEADER_END] = 'E',
        [TILE_BODY] = 'D',     [TILE_BOUNDARY] = 'B', [TILE_CLOSE] = 'C',
        [TILE_PROLOGUE] = 'P', [TILE_EPILOGUE] = 'S', [TILE_UNREAD] = 'U',
    };
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < map->tile_count; i++)
        buf_add_byte(&text, letters[map->tiles[i].kind]);
    return finish(&text, arena);
}

const char *ambiguities_text(ambiguity_set set, struct arena *arena)
{
    struct buf text = BUF_INIT;
    for (unsigned a = 0; a < AMBIGUITY_COUNT; a++) {
        if (set & AMBIGUITY_BIT(a))
            buf_printf(&text, "%s%s", text.len > 0 ? " " : "", ambiguity_name((enum ambiguity)a));
    }
    return finish(&text, arena);
}

/* What must not change when a message is shifted. */
struct shape {
    const char *tree;
    const char *tiles;
    ambiguity_set ambiguities;
};

static struct shape shape_of(const struct map *map, struct arena *arena)
{
    return (struct shape){map_tree_text(map, arena), map_tiles_text(map, arena), map->ambiguities};
}

static bool check_shift(struct span text, const struct shape *alone, size_t shift,
                        struct error *err)
{
    struct arena *arena = arena_new();
    struct map *map = map_build(text, &map_limits_default, READING_STRICT, arena);
    struct shape shape = shape_of(map, arena);
    bool whole = map_tiles_are_whole(map, err);
    bool same = !alone || (strcmp(shape.tree, alone->tree) == 0 && shape.tiles[0] == 'F' &&
                           strcmp(shape.tiles + 1, alone->tiles) == 0 &&
                           shape.ambiguities == alone->ambiguities);
    arena_free(&arena);
    if (!same)
        return error_set(err, "reads otherwise when shifted by %zu", shift);
    return whole;
}

bool map_survives_shifts(struct span sample, size_t from, size_t to, struct error *err)
{
    struct arena *arena = arena_new();
    const struct map *map = map_build(sample, &map_limits_default, READING_STRICT, arena);
    struct shape alone = shape_of(map, arena);
    bool comparable = alone.tiles[0] == 'F' && !map->over_limit;
    char *text = arena_alloc(arena, to + sample.len + 8);
    bool good = true;
    for (size_t shift = from; good && shift < to; shift++) {
        memcpy(text, "X: ", 3);
        memset(text + 3, 'x', shift);
        memcpy(text + 3 + shift, "\r\n", 2);
        memcpy(text + 5 + shift, sample.ptr, sample.len);
        good = check_shift(span_of(text, 5 + shift + sample.len), comparable ? &alone : NULL, shift,
                           err);
    }
    arena_free(&arena);
    return good;
}
