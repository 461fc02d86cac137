/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_map_limits: each limit ends the pass, is named, and leaves the rest as unread; and what is
 * hostile costs time in proportion to its size.
 */
#include "engine/base/buf.h"
#include "tests/support/corpus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

static struct map_limits small_limits(void)
{
    return (struct map_limits){.header_bytes = 200,
                               .field_bytes = 100,
                               .fields = 5,
                               .all_fields = 8,
                               .parameters = 3,
                               .all_parameters = 6,
                               .depth = 3,
                               .parts = 5,
                               .boundary_length = 20};
}

static void check_limit(const char *name, struct span bytes, const char *over, const char *tiles)
{
    struct map_limits limits = small_limits();
    print_message("  %s\n", name);
    for (unsigned reading = 0; reading < READING_COUNT; reading++) {
        struct arena *arena = arena_new();
        struct error err = ERROR_INIT;
        struct map *map = map_build(bytes, &limits, (enum reading)reading, arena);
        if (!map_tiles_are_whole(map, &err))
            fail_msg("%s", err.text);
        assert_string_equal(map->over_limit ? map->over_limit : "", over);
        assert_string_equal(map_tiles_text(map, arena), tiles);
        arena_free(&arena);
    }
}

static void check_text(const char *name, const char *bytes, const char *over, const char *tiles)
{
    check_limit(name, span_str(bytes), over, tiles);
}

#define TEN "aaaaaaaaaa"
#define FIFTY TEN TEN TEN TEN TEN

static void limits_of_the_header(void **state)
{
    (void)state;
    check_text("long field", "A: " FIFTY TEN TEN TEN TEN "\r\n\r\n", "", "FE");
    check_text("field_bytes", "To: b\r\nA: " FIFTY FIFTY "\r\n\r\nb", "field_bytes", "FU");
    check_text("field_bytes of a folded field", "A: " FIFTY "\r\n " FIFTY "\r\n\r\nb",
               "field_bytes", "U");
    check_text("field_bytes of junk", ">From " FIFTY FIFTY FIFTY, "field_bytes", "U");
    check_text("header_bytes", "A: " FIFTY "\r\nB: " FIFTY "\r\nC: " FIFTY "\r\nD: " FIFTY "\r\n",
               "header_bytes", "FFFU");
    check_text("five fields", "A: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\n\r\nb", "", "FFFFFED");
    check_text("six fields", "A: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\n\r\nb", "fields",
               "FFFFFU");
    check_text("three parameters", "Content-Type: text/plain; a=1; b=2; c=3\r\n\r\nb", "", "FED");
    check_text("four parameters", "Content-Type: text/plain; a=1; b=2; c=3; d=4\r\n\r\nb",
               "parameters", "FEU");
    check_text("boundary_length", "Content-Type: multipart/mixed; boundary=" TEN TEN "\r\n\r\n--x",
               "", "FED");
    check_text("boundary_length and one",
               "Content-Type: multipart/mixed; boundary=" TEN TEN "a\r\n\r\n--x", "boundary_length",
               "FEU");
}

#define PART "--B\r\nA: b\r\nC: d\r\n\r\na\r\n"

static void limits_of_the_message(void **state)
{
    (void)state;
    check_text("parts",
               "Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\n--B\r\n\r\n--B\r\n\r\n"
               "--B\r\n\r\n--B\r\n\r\n--B--\r\n",
               "parts", "FEBEBEBEBEBU");
    check_text("all_fields",
               "A: b\r\nB: c\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n" PART PART PART
               "--B--\r\n",
               "all_fields", "FFFEBFFEDBFFEDBFU");
    check_text("all_parameters",
               "Content-Type: multipart/mixed; boundary=B; a=1; b=2\r\n\r\n--B\r\n"
               "Content-Type: text/plain; a=1; b=2; c=3\r\n\r\na\r\n--B\r\n"
               "Content-Type: text/plain; a=1\r\n\r\na\r\n--B--\r\n",
               "all_parameters", "FEBFEDBFEU");
    check_text("depth",
               "Content-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\n"
               "Content-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\na: b\r\n",
               "depth", "FEFEFEFEU");
}

static double seconds_for(struct span bytes, struct arena *arena, struct map **out)
{
    struct timespec start;
    struct timespec end;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    *out = map_build(bytes, &map_limits_default, READING_STRICT, arena);
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    return (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
}

/* `levels` multiparts, one in the other, then `lines` lines that might be boundaries of each. */
static struct span nested(struct buf *bytes, int levels, int lines)
{
    for (int i = 0; i < levels; i++) {
        if (i > 0)
            buf_printf(bytes, "--boundary-%04d\r\n", i - 1);
        buf_printf(bytes, "Content-Type: multipart/mixed; boundary=boundary-%04d\r\n\r\n", i);
    }
    for (int i = 0; i < lines; i++)
        buf_add_str(bytes, "--boundary-\r\n");
    return buf_span(bytes);
}

static void a_thousand_levels_end_at_the_limit(void **state)
{
    (void)state;
    struct buf bytes = BUF_INIT;
    struct arena *arena = arena_new();
    struct error err = ERROR_INIT;
    struct map *map;
    double seconds = seconds_for(nested(&bytes, 1000, 200000), arena, &map);
    assert_string_equal(map->over_limit, "depth");
    assert_true(map_tiles_are_whole(map, &err));
    assert_true(seconds < 1);
    arena_free(&arena);
    buf_fini(&bytes);
}

/* 32 open boundaries and 200,000 lines that begin like each of them: 2.6 MB. GMime takes seconds
 * for 1,000; here 32 is all there can be. The bound is wide: sanitizers run this too. */
static void lines_times_boundaries_stay_cheap(void **state)
{
    (void)state;
    struct buf bytes = BUF_INIT;
    struct arena *arena = arena_new();
    struct map *map;
    double seconds = seconds_for(nested(&bytes, 33, 200000), arena, &map);
    assert_null(map->over_limit);
    assert_true(seconds < 2);
    arena_free(&arena);
    buf_fini(&bytes);
}

static void repeated(const char *head, const char *piece, int times)
{
    struct buf bytes = BUF_INIT;
    struct arena *arena = arena_new();
    struct error err = ERROR_INIT;
    struct map *map;
    buf_add_str(&bytes, head);
    for (int i = 0; i < times; i++)
        buf_add_str(&bytes, piece);
    double seconds = seconds_for(buf_span(&bytes), arena, &map);
    assert_true(map_tiles_are_whole(map, &err));
    if (seconds > 2)
        fail_msg("%zu bytes of %.20s took %.1f s", bytes.len, piece, seconds);
    assert_true(arena_size(arena) < bytes.len * 40 + 100000);
    arena_free(&arena);
    buf_fini(&bytes);
}

static void repetition_is_linear(void **state)
{
    (void)state;
    static const char head[] = "Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\n";
    repeated(head, " --B", 500000);
    repeated(head, "\r--B", 500000);
    repeated(head, "\n--B x", 500000);
    repeated(head, "--", 1000000);
    repeated(head, "\r\n--B\r\n", 300000);
    repeated(head, "\r\n--B\r\na:\r\na:\r\n\r\n", 300000);
    repeated("", "A:\r\n", 500000);
    repeated("", "A:\n", 500000);
    repeated("A: ", "\r\n ", 500000);
    repeated("", "\r\n", 1000000);
    repeated("Content-Type: ", "(", 1000000);
    repeated("Content-Type: a/b; c=\"", "\\", 90000);
    repeated("Content-Type: a/b; ", ";a=1", 25000);
    repeated("Content-Type: message/rfc822\r\n\r\n", "Content-Type: message/rfc822\r\n\r\n",
             100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_of_the_header),
        cmocka_unit_test(limits_of_the_message),
        cmocka_unit_test(a_thousand_levels_end_at_the_limit),
        cmocka_unit_test(lines_times_boundaries_stay_cheap),
        cmocka_unit_test(repetition_is_linear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
