/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_map: any bytes. In every reading the tiles must be whole; and where neither reader has a
 * doubt, GMime must see what the map sees.
 */
#include "tests/support/corpus_gmime.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = span_of((const char *)data, size);
    struct arena *arena = arena_new();
    struct error err = ERROR_INIT;
    for (unsigned reading = 0; reading < READING_COUNT; reading++) {
        (void)check(bytes, &small, (enum reading)reading, arena);
        (void)check(bytes, &map_limits_default, (enum reading)reading, arena);
    }
    const struct map *map = check(bytes, &map_limits_default, READING_STRICT, arena);
    if (gmime_compare(map, &err) == READ_DIFFERENTLY)
        give_up("GMime", err.text);
    arena_free(&arena);
    return 0;
}
