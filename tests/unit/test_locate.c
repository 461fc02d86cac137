/* SPDX-License-Identifier: Apache-2.0 */
/* From a JSON pointer to the place in the text, and the tokens that this rests on. */
#include "config/reader/locate.h"

#include "config/reader/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char text[] = "{ \"a\": [10, {\"b/c\": \"x\"}, [[]]],\n"
                           "  \"\\u00e9\": {\"~\": true, \"\": null}, \"z\": -1.5e3 }";

static const char *at(const char *pointer, enum locate_what what)
{
    return text + locate(span_str(text), span_str(pointer), what);
}

static void assert_at(const char *pointer, enum locate_what what, const char *wanted)
{
    assert_memory_equal(at(pointer, what), wanted, strlen(wanted));
}

static void test_values(void **state)
{
    (void)state;
    assert_at("", LOCATE_VALUE, "{ \"a\"");
    assert_at("/a", LOCATE_VALUE, "[10,");
    assert_at("/a/0", LOCATE_VALUE, "10,");
    assert_at("/a/1", LOCATE_VALUE, "{\"b/c\"");
    assert_at("/a/1/b~1c", LOCATE_VALUE, "\"x\"");
    assert_at("/a/2", LOCATE_VALUE, "[[]]]");
    assert_at("/a/2/0", LOCATE_VALUE, "[]]]");
    assert_at("/\xc3\xa9", LOCATE_VALUE, "{\"~\"");
    assert_at("/\xc3\xa9/~0", LOCATE_VALUE, "true");
    assert_at("/\xc3\xa9/", LOCATE_VALUE, "null");
    assert_at("/z", LOCATE_VALUE, "-1.5e3");
}

static void test_keys(void **state)
{
    (void)state;
    assert_at("", LOCATE_KEY, "{ \"a\"");
    assert_at("/a", LOCATE_KEY, "\"a\": [");
    assert_at("/a/0", LOCATE_KEY, "10,");
    assert_at("/a/1/b~1c", LOCATE_KEY, "\"b/c\"");
    assert_at("/\xc3\xa9", LOCATE_KEY, "\"\\u00e9\"");
}

static void test_what_is_not_there(void **state)
{
    (void)state;
    assert_at("/q", LOCATE_VALUE, "{ \"a\"");
    assert_at("/a/9", LOCATE_VALUE, "[10,");
    assert_at("/a/x", LOCATE_VALUE, "[10,");
    assert_at("/a/0/q", LOCATE_VALUE, "10,");
    assert_at("/a/1/b", LOCATE_VALUE, "{\"b/c\"");
    assert_at("/a/18446744073709551616", LOCATE_VALUE, "[10,");
}

static void assert_line(const char *wanted_at, size_t wanted_line, size_t wanted_column)
{
    static const char lines[] = "ab\n\xc3\xa9\xe2\x82\xac<\r\n\n>";
    size_t line;
    size_t column;
    locate_line(span_str(lines), (size_t)(strstr(lines, wanted_at) - lines), &line, &column);
    assert_int_equal(line, wanted_line);
    assert_int_equal(column, wanted_column);
}

static void test_lines(void **state)
{
    (void)state;
    assert_line("ab", 1, 1);
    assert_line("b", 1, 2);
    assert_line("\xe2\x82\xac", 2, 2);
    assert_line("<", 2, 3);
    assert_line(">", 4, 1);
}

static void assert_bad(const char *json)
{
    struct token token = scan_next(span_str(json), 0);
    if (token.type != TOKEN_BAD)
        fail_msg("%s is no token", json);
    assert_non_null(token.why);
}

static void assert_token(const char *json, enum token_type type, size_t len)
{
    struct token token = scan_next(span_str(json), 0);
    assert_int_equal(token.type, type);
    assert_int_equal(token.len, len);
}

static void test_numbers(void **state)
{
    (void)state;
    assert_token("0", TOKEN_NUMBER, 1);
    assert_token("-0", TOKEN_NUMBER, 2);
    assert_token("9223372036854775807,", TOKEN_NUMBER, 19);
    assert_token("1.25E-2]", TOKEN_NUMBER, 7);
    assert_bad("9223372036854775808");
    assert_bad("1e999");
    assert_bad("01");
    assert_bad("-");
    assert_bad("1.");
    assert_bad("1e+");
    assert_bad("+1");
    assert_bad(".5");
}

static void test_words(void **state)
{
    (void)state;
    assert_token("true}", TOKEN_WORD, 4);
    assert_bad("True");
    assert_bad("nul");
    assert_bad("NaN");
}

static void assert_decodes(const char *json, const char *wanted)
{
    struct buf out = BUF_INIT;
    assert_token(json, TOKEN_STRING, strlen(json));
    scan_decode(span_str(json), &out);
    assert_true(span_is(buf_span(&out), wanted));
    buf_fini(&out);
}

static void test_strings(void **state)
{
    (void)state;
    assert_decodes("\"\"", "");
    assert_decodes("\"a\\\"b\\\\\\/\\n\\t\"", "a\"b\\/\n\t");
    assert_decodes("\"\\u20ac\\ud83d\\ude00\"", "\xe2\x82\xac\xf0\x9f\x98\x80");
    assert_bad("\"abc");
    assert_bad("\"a\nb\"");
    assert_bad("\"a\tb\"");
    assert_bad("\"\\q\"");
    assert_bad("\"\\u12\"");
    assert_bad("\"\\u0000\"");
    assert_bad("\"\\ud83d\"");
    assert_bad("\"\\ude00\"");
    assert_bad("\"\\");
}

/* Each byte of the value, and where it is written. */
static void test_raw_offsets(void **state)
{
    (void)state;
    struct span token = SPAN("\"a\\n\\u20acb\"");
    static const size_t raw[] = {1, 2, 4, 4, 4, 10, 11};
    for (size_t i = 0; i < sizeof raw / sizeof raw[0]; i++)
        assert_int_equal(scan_raw_offset(token, i), raw[i]);
    assert_int_equal(scan_raw_offset(token, 100), 11);
}

static void test_pointers(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    assert_string_equal(pointer_add(arena, "", SPAN("a~/b")), "/a~0~1b");
    assert_string_equal(pointer_add_index(arena, "/a", 3), "/a/3");
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),   cmocka_unit_test(test_keys),
        cmocka_unit_test(test_lines),    cmocka_unit_test(test_what_is_not_there),
        cmocka_unit_test(test_numbers),  cmocka_unit_test(test_words),
        cmocka_unit_test(test_strings),  cmocka_unit_test(test_raw_offsets),
        cmocka_unit_test(test_pointers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
