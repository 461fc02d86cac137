/* SPDX-License-Identifier: Apache-2.0 */
/* The ground: span, buf, arena, error, list, utf8, log. */
#include "engine/base/arena.h"
#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "engine/base/counted.h"
#include "engine/base/error.h"
#include "engine/base/line_start.h"
#include "engine/base/list.h"
#include "engine/base/log.h"
#include "engine/base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static void test_span_searching(void **state)
{
    (void)state;
    struct span text = SPAN("one, two,three");
    assert_int_equal(span_find(text, SPAN("two")), 5);
    assert_int_equal(span_find(text, SPAN("")), 0);
    assert_true(span_find(text, SPAN("four")) == SPAN_NONE);
    assert_int_equal(span_find_nocase(text, SPAN("TWO")), 5);
    assert_true(span_find_nocase(SPAN("ab"), SPAN("abc")) == SPAN_NONE);
    assert_true(span_find_byte(SPAN(""), 'x') == SPAN_NONE);
    assert_true(span_equal(span_trim(SPAN(" \r\n x y\t")), SPAN("x y")));
    assert_true(span_equal(span_sub(text, 100, 5), SPAN("")));
    assert_true(span_ends_nocase(SPAN("a.TXT"), SPAN(".txt")));
    assert_false(span_ends_nocase(SPAN("txt"), SPAN(".txt")));
}

/* Nothing, with or without a place: clang's sanitizer stops at NULL + 0. */
static void test_span_of_nothing(void **state)
{
    (void)state;
    struct span nothing = {NULL, 0};
    assert_null(span_end(nothing));
    assert_null(span_sub(nothing, 0, 1).ptr);
    assert_null(span_from(nothing, 1).ptr);
    assert_null(span_trim(nothing).ptr);
    assert_true(span_starts(nothing, SPAN("")));
    assert_true(span_ends_nocase(nothing, SPAN("")));
    assert_true(span_find(nothing, SPAN("x")) == SPAN_NONE);
    assert_true(span_equal(nothing, SPAN("")));
    struct arena *arena = arena_new();
    assert_int_equal(arena_copy(arena, nothing).len, 0);
    arena_free(&arena);
}

static void test_span_lines(void **state)
{
    (void)state;
    static const char text[] = "one\r\n\nthree\r\r\nfour";
    static const char *const lines[] = {"one", "", "three\r", "four"};
    size_t at = 0;
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        assert_true(span_is(span_line(span_str(text), at, &at), lines[i]));
    assert_int_equal(at, sizeof text - 1);
    assert_int_equal(span_line(span_str(text), at, &at).len, 0);
    assert_int_equal(at, sizeof text - 1);
}

static void test_span_pieces(void **state)
{
    (void)state;
    struct span rest = SPAN("a,,b,");
    const char *const expected[] = {"a", "", "b", ""};
    struct span piece;
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        assert_true(span_next(&rest, ',', &piece));
        assert_true(span_is(piece, expected[i]));
    }
    assert_false(span_next(&rest, ',', &piece));
}

static void test_span_numbers(void **state)
{
    (void)state;
    uint64_t value = 7;
    assert_true(span_to_u64(SPAN("18446744073709551615"), &value));
    assert_true(value == UINT64_MAX);
    assert_false(span_to_u64(SPAN("18446744073709551616"), &value));
    assert_false(span_to_u64(SPAN(""), &value));
    assert_false(span_to_u64(SPAN("-1"), &value));
    assert_false(span_to_u64(SPAN("1 "), &value));
}

static void test_buf_keeps_to_its_maximum(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    buf.max = 5;
    assert_true(buf_try_add(&buf, SPAN("")));
    assert_true(buf_try_add(&buf, SPAN("abc")));
    assert_false(buf_try_add(&buf, SPAN("def")));
    assert_true(span_equal(buf_span(&buf), SPAN("abc")));
    assert_true(buf_try_add(&buf, SPAN("de")));
    buf_consume(&buf, 2);
    assert_true(span_equal(buf_span(&buf), SPAN("cde")));
    buf_fini(&buf);
    buf.max = 0;
    buf_printf(&buf, "%d %s", 42, "words");
    assert_true(span_equal(buf_span(&buf), SPAN("42 words")));
    for (int i = 0; i < 100; i++) {
        size_t before = buf.len;
        buf_printf(&buf, "%*d", i, 7);
        assert_int_equal(buf.len - before, i > 0 ? i : 1);
        assert_int_equal(buf.ptr[buf.len - 1], '7');
    }
    buf_fini(&buf);
}

static void note(void *arg)
{
    char **at = arg;
    *(*at)++ = 'x';
}

static void test_arena_is_zeroed_aligned_and_cleans_up(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    char marks[4] = "";
    char *at = marks;
    arena_defer(arena, note, &at);
    arena_defer(arena, note, &at);
    for (size_t size = 1; size < 300000; size = size * 3 + 1) {
        char *piece = arena_alloc(arena, size);
        assert_true((uintptr_t)piece % _Alignof(max_align_t) == 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(piece[i], 0);
        memset(piece, 0xff, size);
    }
    assert_string_equal(arena_str(arena, SPAN("copy")), "copy");
    assert_string_equal(arena_printf(arena, "%s-%d", "n", 7), "n-7");
    int *numbers = NULL;
    size_t cap = 0;
    for (int i = 0; i < 1000; i++) {
        numbers = arena_grow(arena, numbers, (size_t)i, &cap, sizeof *numbers);
        numbers[i] = i;
    }
    for (int i = 0; i < 1000; i++)
        assert_int_equal(numbers[i], i);
    assert_int_equal(at - marks, 0);
    arena_free(&arena);
    assert_null(arena);
    assert_int_equal(at - marks, 2);
}

static void test_error_texts(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    assert_false(error_is_set(&err));
    assert_false(error_set(&err, "value %d", 5));
    error_prefix(&err, "file %s", "x");
    assert_string_equal(err.text, "file x: value 5");
    assert_false(error_set_errno(&err, 2, "open"));
    assert_int_equal(err.code, 2);
    assert_string_equal(err.text, "open: No such file or directory");
    char longest[1000];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_false(error_set(&err, "%s", longest));
    error_prefix(&err, "%s", longest);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    assert_false(error_set(NULL, "nobody listens"));
}

struct thing {
    int number;
    struct list link;
};

static void test_list_order_and_removal(void **state)
{
    (void)state;
    struct list head;
    list_init(&head);
    assert_true(list_is_empty(&head));
    struct thing things[3] = {{.number = 0}, {.number = 1}, {.number = 2}};
    list_append(&head, &things[1].link);
    list_append(&head, &things[2].link);
    list_prepend(&head, &things[0].link);
    int expected = 0;
    list_for_each_safe (it, after, &head) {
        assert_int_equal(CONTAINER_OF(it, struct thing, link)->number, expected++);
        list_remove(it);
        list_remove(it);
    }
    assert_int_equal(expected, 3);
    assert_true(list_is_empty(&head));
}

static void test_utf8_valid_and_invalid(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t valid;
    } cases[] = {
        {"plain", 5},
        {"gr\xc3\xbc\xc3\x9f"
         "e",
         7},
        {"\xe2\x82\xac", 3},
        {"\xf0\x9f\x98\x80", 4},
        {"\xc0\xaf", 0},
        {"a\xe0\x80\xaf", 1},
        {"\xed\xa0\x80", 0},
        {"\xf4\x90\x80\x80", 0},
        {"\xf5\x80\x80\x80", 0},
        {"ab\xe2\x82", 2},
        {"\x80", 0},
        {"12345678\xff", 8},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(utf8_valid_prefix(span_str(cases[i].text)), cases[i].valid);
}

/* However the bytes before it are taken together. */
static void test_ascii_ends_at_the_first_high_byte(void **state)
{
    (void)state;
    char text[300];
    memset(text, 0x7f, sizeof text);
    for (size_t len = 0; len < sizeof text; len++) {
        assert_int_equal(ascii_prefix(span_of(text, len)), len);
        for (size_t at = 0; at < len; at++) {
            text[at] = (char)0x80;
            assert_int_equal(ascii_prefix(span_of(text, len)), at);
            assert_int_equal(utf8_count(span_of(text, len)), len - 1);
            text[at] = 0x7f;
        }
    }
}

/* At every place in a block, and against a walk from line to line. */
static void test_line_starts_as_by_walking(void **state)
{
    (void)state;
    static const char firsts[] = {'b', '=', '('};
    static const char letters[] = "\n\nb=(\rxx \xe2";
    for (int round = 0; round < 400; round++) {
        char text[300];
        size_t len = (size_t)(rand() % (int)sizeof text);
        for (size_t i = 0; i < len; i++)
            text[i] = rand() % 10 < round % 11 ? letters[rand() % 10] : 'x';
        for (size_t from = 0; from <= len; from++) {
            size_t naive = from;
            while (naive < len && ((naive > 0 && text[naive - 1] != '\n') ||
                                   !memchr(firsts, text[naive], sizeof firsts)))
                naive++;
            assert_int_equal(line_start_find(span_of(text, len), from, firsts), naive);
        }
    }
}

static void test_utf8_round_trip_of_every_code_point(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x110000; code++) {
        char bytes[UTF8_MAX];
        uint32_t back = 0;
        size_t len = utf8_encode(code, bytes);
        assert_int_equal(utf8_decode(span_of(bytes, len), &back), len);
        bool none = code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff);
        assert_int_equal(back, none ? 0xfffd : code);
    }
    assert_int_equal(utf8_count(SPAN("a\xc3\xbc\xe2\x82\xac")), 3);
    assert_int_equal(utf8_count(SPAN("12345678\xf0\x9f\x98\x80\xc3\xbc\x7f\xc3\xbf abc")), 16);
    assert_int_equal(utf8_count(SPAN("\xf4\x8f\xbf\xbf\xf4\x8f\xbf\xbf")), 2);
    assert_int_equal(utf8_floor(SPAN("a\xe2\x82\xac"), 3), 1);
}

/* What log_fields() writes, without the time. */
static void logged(enum log_format format, struct span value, char *out, size_t size)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    log_setup(ends[1], LOG_INFO, format);
    log_event(LOG_INFO, "event", LOG_SPAN("key", value), LOG_NUM("n", -3), LOG_BOOL("b", true));
    log_event(LOG_DEBUG, "unwanted", LOG_NUM("n", 1));
    char line[2048];
    ssize_t len = read(ends[0], line, sizeof line - 1);
    assert_true(len > 0);
    line[len] = '\0';
    const char *from = strstr(line, format == LOG_JSON ? "\"level\"" : " info");
    assert_non_null(from);
    (void)snprintf(out, size, "%s", from);
    (void)close(ends[0]);
    (void)close(ends[1]);
    log_setup(STDERR_FILENO, LOG_INFO, LOG_TEXT);
}

static void test_log_escapes_what_is_foreign(void **state)
{
    (void)state;
    char line[2048];
    logged(LOG_TEXT, SPAN("plain"), line, sizeof line);
    assert_string_equal(line, " info event key=plain n=-3 b=true\n");
    logged(LOG_TEXT, SPAN("two\r\nlines \"q\" \xff"), line, sizeof line);
    assert_string_equal(
        line, " info event key=\"two\\u000d\\u000alines \\\"q\\\" \\ufffd\" n=-3 b=true\n");
    logged(LOG_JSON, SPAN("a=b"), line, sizeof line);
    assert_string_equal(
        line, "\"level\":\"info\",\"event\":\"event\",\"key\":\"a=b\",\"n\":-3,\"b\":true}\n");
    char longest[500];
    memset(longest, 'y', sizeof longest);
    logged(LOG_TEXT, span_of(longest, sizeof longest), line, sizeof line);
    assert_int_equal(strspn(strstr(line, "yyy"), "y"), LOG_FOREIGN_MAX);
}

/* Too much for a line is cut, and the line is still one of its format. */
static void test_log_lines_stay_whole(void **state)
{
    (void)state;
    int ends[2];
    char line[8192];
    static char many[10000];
    memset(many, 1, sizeof many);
    assert_int_equal(pipe(ends), 0);
    log_setup(ends[1], LOG_INFO, LOG_JSON);
    log_event(LOG_INFO, "event", LOG_WHOLE("key", span_of(many, sizeof many)), LOG_NUM("n", -3));
    ssize_t len = read(ends[0], line, sizeof line - 1);
    assert_in_range(len, 4000, 4096);
    line[len] = '\0';
    assert_string_equal(line + len - 12, "\\u0001...\"}\n");
    (void)close(ends[0]);
    (void)close(ends[1]);
    log_setup(STDERR_FILENO, LOG_INFO, LOG_TEXT);
}

/* What a peer says cannot look like another field, another line, or run backwards. */
static void test_log_cannot_be_forged(void **state)
{
    (void)state;
    char line[2048];
    logged(LOG_TEXT, SPAN("x n=7\nculvert ready tunnel=evil"), line, sizeof line);
    assert_string_equal(line,
                        " info event key=\"x n=7\\u000aculvert ready tunnel=evil\" n=-3 b=true\n");
    logged(LOG_TEXT, SPAN("a\xe2\x80\xa8 b\xe2\x80\xae c\xc2\x85"), line, sizeof line);
    assert_string_equal(line, " info event key=\"a\\u2028 b\\u202e c\\u0085\" n=-3 b=true\n");
    logged(LOG_JSON, SPAN("\",\"n\":7,\"x\":\"\x1b[2J"), line, sizeof line);
    assert_non_null(strstr(line, "\"key\":\"\\\",\\\"n\\\":7,\\\"x\\\":\\\"\\u001b[2J\",\"n\":-3"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_span_searching),
        cmocka_unit_test(test_span_of_nothing),
        cmocka_unit_test(test_span_lines),
        cmocka_unit_test(test_span_pieces),
        cmocka_unit_test(test_span_numbers),
        cmocka_unit_test(test_buf_keeps_to_its_maximum),
        cmocka_unit_test(test_arena_is_zeroed_aligned_and_cleans_up),
        cmocka_unit_test(test_error_texts),
        cmocka_unit_test(test_list_order_and_removal),
        cmocka_unit_test(test_utf8_valid_and_invalid),
        cmocka_unit_test(test_ascii_ends_at_the_first_high_byte),
        cmocka_unit_test(test_line_starts_as_by_walking),
        cmocka_unit_test(test_utf8_round_trip_of_every_code_point),
        cmocka_unit_test(test_log_escapes_what_is_foreign),
        cmocka_unit_test(test_log_lines_stay_whole),
        cmocka_unit_test(test_log_cannot_be_forged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
