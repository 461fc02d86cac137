/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_map_tiling: the tiles are whole wherever in a block a boundary happens to lie, and whatever
 * is done to the bytes of a message; and the check of that sees what is wrong.
 */
#include "engine/base/buf.h"
#include "tests/support/corpus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SHIFTS 4100 /* more than a page: readers by blocks have gone wrong at the edges */

#define MULTIPART "Content-Type: multipart/mixed; boundary=B\r\n\r\n"

static const char *const samples[] = {
    "Subject: a\r\n\r\nhello\r\n",
    "Content-Type: text/html; charset=utf-8\r\nSubject: a\r\n b\r\n\r\n<p>\r\n",
    MULTIPART
    "prologue\r\n--B\r\n\r\na\r\n--B\r\nContent-Type: text/html\r\n\r\nb\r\n--B--\r\n\r\n",
    MULTIPART "--B\r\n\r\nmid--B\r\nline --B\r\n--A\r\n-B\r\n--B--\r\n",
    "Content-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\n"
    "Content-Type: multipart/alternative; boundary=inner\r\n\r\n--inner\r\n\r\na\r\n--inner\r\n"
    "Content-Type: text/html\r\n\r\nb\r\n--inner--\r\n\r\n--outer\r\n"
    "Content-Type: application/pdf; name=\"a.pdf\"\r\n\r\nc\r\n--outer--\r\n",
    MULTIPART "--B\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n" MULTIPART
              "--B\r\n\r\na\r\n--B--\r\n--B--\r\n",
    MULTIPART "--B\r\n\r\na\n--B\r\n\r\nb\r--B \r\n --B\r\n--B x\r\n--B--\r\nrest\r\n",
    "From x\r\nSubject : a\r\n \r\nhello\r\n\r\n\r\n",
};

static struct map *check_whole(struct span bytes, enum reading reading, struct arena *arena)
{
    struct error err = ERROR_INIT;
    struct map *map = map_build(bytes, &map_limits_default, reading, arena);
    if (!map_tiles_are_whole(map, &err))
        fail_msg("reading %d: %s\n%s\n%.*s", (int)reading, err.text, map_tiles_text(map, arena),
                 SPAN_ARG(bytes));
    return map;
}

/* A body grows, so that boundaries come to lie at every offset of a block. */
static void a_growing_body_changes_nothing(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    for (size_t shift = 0; shift < SHIFTS; shift++) {
        struct arena *arena = arena_new();
        buf_consume(&text, text.len);
        buf_printf(&text, MULTIPART "--B\r\n\r\n%*s--B\r\n--B\r\n\r\nb\r\n--B--\r\n",
                   (int)shift + 1, "x");
        struct map *map = check_whole(buf_span(&text), READING_STRICT, arena);
        assert_string_equal(map_tree_text(map, arena), "multipart/mixed(text/plain,text/plain)");
        assert_int_equal(map->parts[1].body.len, shift + 4);
        assert_int_equal(map->ambiguities, 0);
        arena_free(&arena);
    }
    buf_fini(&text);
}

static uint32_t random_state = 20;

static size_t random_below(size_t bound)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % bound;
}

/* Bytes and pieces that matter to a map. */
static const char *const pieces[] = {
    "\r\n",        "\n",
    "\r",          " ",
    "\t",          "--",
    "--B",         "--B--",
    "\r\n--B\r\n", ":",
    ";",           "\"",
    "\\",          "(",
    ")",           "=",
    "*0*",         "\x80",
    "\x01",        "boundary=B",
    "A: b",        "\r\n\r\n",
    MULTIPART,     "--inner",
    "--outer--",   "Content-Type: message/rfc822\r\n\r\n",
};

static void mutate(struct buf *text)
{
    size_t at = random_below(text->len + 1);
    struct span all = buf_span(text);
    struct buf changed = BUF_INIT;
    buf_add(&changed, span_sub(all, 0, at));
    if (random_below(3) > 0)
        buf_add_str(&changed, pieces[random_below(ARRAY_LEN(pieces))]);
    buf_add(&changed, span_from(all, at + random_below(random_below(4) > 0 ? 2 : 20)));
    buf_fini(text);
    *text = changed;
}

static void any_mutation_is_tiled(void **state)
{
    (void)state;
    for (size_t round = 0; round < 20000; round++) {
        struct buf text = BUF_INIT;
        buf_add_str(&text, samples[round % ARRAY_LEN(samples)]);
        for (size_t i = random_below(8) + 1; i > 0; i--)
            mutate(&text);
        struct arena *arena = arena_new();
        for (unsigned reading = 0; reading < READING_COUNT; reading++)
            (void)check_whole(buf_span(&text), (enum reading)reading, arena);
        arena_free(&arena);
        buf_fini(&text);
    }
}

/* The checker itself must see what is wrong. */
static void a_broken_tiling_is_seen(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct error err = ERROR_INIT;
    struct map *map = check_whole(span_str(samples[4]), READING_STRICT, arena);
    for (size_t i = 0; i < map->tile_count; i++) {
        struct tile good = map->tiles[i];
        map->tiles[i].len--;
        assert_false(map_tiles_are_whole(map, &err));
        map->tiles[i] = good;
        map->tiles[i].off++;
        assert_false(map_tiles_are_whole(map, &err));
        map->tiles[i] = good;
        map->tiles[i].kind = good.kind == TILE_BODY ? TILE_BOUNDARY : TILE_BODY;
        assert_false(map_tiles_are_whole(map, &err));
        map->tiles[i] = good;
    }
    map->tile_count--;
    assert_false(map_tiles_are_whole(map, &err));
    map->tile_count++;
    map->parts[1].boundary = SPAN("other");
    assert_false(map_tiles_are_whole(map, &err));
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_growing_body_changes_nothing),
        cmocka_unit_test(any_mutation_is_tiled),
        cmocka_unit_test(a_broken_tiling_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
