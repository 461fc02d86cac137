/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_map_gmime: GMime as the second reading of thousands of messages that are cooked from random
 * bytes. Where neither has a doubt, tree, types, encodings, fields and bodies must be the same.
 */
#include "engine/message/library.h"
#include "tests/support/corpus.h"
#include "tests/support/corpus_gmime.h"
#include "tests/support/corpus_recipe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ROUNDS 6000

static uint32_t random_state = 7;

static unsigned random_next(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 16;
}

static struct span random_recipe(char *bytes, size_t max)
{
    size_t len = random_next() % max;
    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)(random_next() & 0xff);
    return span_of(bytes, len);
}

static enum second_reading read_twice(struct span recipe)
{
    struct buf message = BUF_INIT;
    struct arena *arena = arena_new();
    struct error err = ERROR_INIT;
    recipe_cook(recipe, &message);
    const struct map *map =
        map_build(buf_span(&message), &map_limits_default, READING_STRICT, arena);
    enum second_reading result = gmime_compare(map, &err);
    if (result == READ_DIFFERENTLY)
        fail_msg("%s in:\n%.*s", err.text, SPAN_ARG(buf_span(&message)));
    arena_free(&arena);
    buf_fini(&message);
    return result;
}

static void well_formed_mail_reads_alike(void **state)
{
    (void)state;
    unsigned alike = 0;
    char bytes[200];
    for (unsigned i = 0; i < ROUNDS; i++)
        alike += read_twice(random_recipe(bytes, sizeof bytes)) == READ_ALIKE;
    print_message("  %u of %u compared\n", alike, ROUNDS);
    assert_true(alike > ROUNDS / 3); /* else this test says little */
}

/* A comparison that cannot fail is none: two maps of different messages must not agree. */
static void a_difference_is_seen(void **state)
{
    (void)state;
    static const char bytes[] = "Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n"
                                "Content-Type: text/html\r\n\r\na\r\n--B--\r\n";
    struct arena *arena = arena_new();
    struct error err = ERROR_INIT;
    struct map *map = map_build(span_str(bytes), &map_limits_default, READING_STRICT, arena);
    assert_int_equal(gmime_compare(map, &err), READ_ALIKE);
    struct part good = map->parts[1];
    map->parts[1].body.len++;
    assert_int_equal(gmime_compare(map, &err), READ_DIFFERENTLY);
    map->parts[1] = good;
    map->parts[1].type.subtype = SPAN("plain");
    assert_int_equal(gmime_compare(map, &err), READ_DIFFERENTLY);
    map->parts[1] = good;
    map->parts[1].encoding = ENCODING_BASE64;
    assert_int_equal(gmime_compare(map, &err), READ_DIFFERENTLY);
    map->parts[1] = good;
    map->parts[1].field_count = 0;
    assert_int_equal(gmime_compare(map, &err), READ_DIFFERENTLY);
    map->parts[1] = good;
    map->parts[0].first_child = MAP_NONE;
    assert_int_equal(gmime_compare(map, &err), READ_DIFFERENTLY);
    arena_free(&arena);
}

int main(void)
{
    message_library_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed_mail_reads_alike),
        cmocka_unit_test(a_difference_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
