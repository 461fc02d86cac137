/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_map: any bytes. In every reading the tiles must be whole; and where neither reader has a
 * doubt, GMime must see what the map sees.
 */
#include "engine/message/library.h"
#include "tests/support/corpus_gmime.h"
#include "tests/support/corpus_recipe.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void give_up(const char *what, const char *text)
{
    (void)fprintf(stderr, "%s: %s\n", what, text);
    abort();
}

/* Small limits, so that short inputs come to each of them. */
static const struct map_limits small = {.header_bytes = 600,
                                        .field_bytes = 200,
                                        .fields = 10,
                                        .all_fields = 20,
                                        .parameters = 4,
                                        .all_parameters = 12,
                                        .depth = 4,
                                        .parts = 9,
                                        .boundary_length = 40};

static void check_notes(const struct map *map)
{
    ambiguity_set of_parts = 0;
    for (size_t i = 0; i < map->part_count; i++)
        of_parts |= map->parts[i].ambiguities;
    if (of_parts != map->ambiguities || (map->note_count == 0) != (map->ambiguities == 0))
        give_up("notes", "the sums do not agree");
    for (size_t i = 0; i < map->note_count; i++) {
        if (map->notes[i].off > map->bytes.len || map->notes[i].part >= map->part_count)
            give_up("notes", "a place outside of the message");
    }
}

static const struct map *check(struct span bytes, const struct map_limits *limits,
                               enum reading reading, struct arena *arena)
{
    struct error err = ERROR_INIT;
    const struct map *map = map_build(bytes, limits, reading, arena);
    if (!map_tiles_are_whole(map, &err))
        give_up("tiles", err.text);
    check_notes(map);
    return map;
}

/* Whether GMime and the map, where neither has a doubt, agree. */
static void check_second_reading(struct span bytes, struct arena *arena)
{
    struct error err = ERROR_INIT;
    const struct map *map = check(bytes, &map_limits_default, READING_STRICT, arena);
    if (gmime_compare(map, &err) == READ_DIFFERENTLY) {
        (void)fprintf(stderr, "%.*s\n", SPAN_ARG(bytes));
        give_up("GMime", err.text);
    }
}

/* Random bytes are hardly ever mail, so they also serve as the recipe of a message that is. */
static void check_recipe(struct span recipe, struct arena *arena)
{
    struct buf message = BUF_INIT;
    recipe_cook(recipe, &message);
    check_second_reading(buf_span(&message), arena);
    buf_fini(&message);
}

static void init_once(void)
{
    static bool done;
    if (!done)
        message_library_init();
    done = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    init_once();
    struct span bytes = span_of((const char *)data, size);
    struct arena *arena = arena_new();
    for (unsigned reading = 0; reading < READING_COUNT; reading++) {
        (void)check(bytes, &small, (enum reading)reading, arena);
        (void)check(bytes, &map_limits_default, (enum reading)reading, arena);
    }
    check_second_reading(bytes, arena);
    check_recipe(bytes, arena);
    arena_free(&arena);
    return 0;
}
