/* SPDX-License-Identifier: Apache-2.0 */
/* pattern: what it finds, what it refuses, and that a limit is never "no match". */
#include "engine/pattern/pattern.h"

#include "engine/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static struct pattern *compiled(const char *source, enum pattern_text text)
{
    struct error err = ERROR_INIT;
    struct pattern *pattern = pattern_new(span_str(source), text, &err);
    if (!pattern)
        fail_msg("%s: %s", source, err.text);
    return pattern;
}

static void expect_error(const char *source, const char *text)
{
    struct error err = ERROR_INIT;
    struct pattern *pattern = pattern_new(span_str(source), PATTERN_UTF8, &err);
    assert_null(pattern);
    assert_string_equal(err.text, text);
}

static uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void test_finds_groups_and_names(void **state)
{
    (void)state;
    struct pattern *p = compiled("(\\d{3})-(?<mid>\\d{2})-(?<last>\\d{4})", PATTERN_UTF8);
    struct pattern_match m;
    assert_int_equal(pattern_group_count(p), 4);
    assert_int_equal(pattern_group_by_name(p, SPAN("mid")), 2);
    assert_int_equal(pattern_group_by_name(p, SPAN("none")), -1);
    assert_int_equal(pattern_group_by_name(p, SPAN("")), -1);
    assert_true(span_is(pattern_group_name(p, 3), "last"));
    assert_true(span_is(pattern_group_name(p, 1), ""));
    assert_true(span_is(pattern_group_name(p, 99), ""));
    assert_int_equal(pattern_search(p, SPAN("id 123-45-6789."), 0, 0, &m), PATTERN_FOUND);
    assert_int_equal(m.count, 4);
    assert_int_equal(m.group[0].off, 3);
    assert_int_equal(m.group[0].len, 11);
    assert_int_equal(m.group[3].off, 10);
    assert_int_equal(pattern_search(p, SPAN("id 123-45-6789."), 4, 0, &m), PATTERN_NOT_FOUND);
    pattern_free(&p);
    assert_null(p);
    pattern_free(&p);
}

static void test_group_that_took_no_part(void **state)
{
    (void)state;
    struct pattern *p = compiled("(a)|(b)", PATTERN_UTF8);
    struct pattern_match m;
    assert_int_equal(pattern_search(p, SPAN("b"), 0, 0, &m), PATTERN_FOUND);
    assert_int_equal(m.group[1].off, SPAN_NONE);
    assert_int_equal(m.group[2].off, 0);
    pattern_free(&p);
}

static void test_look_behind_sees_what_is_before(void **state)
{
    (void)state;
    struct pattern *p = compiled("(?<=x)\\d", PATTERN_UTF8);
    struct pattern_match m;
    assert_int_equal(pattern_search(p, SPAN("x1"), 1, 0, &m), PATTERN_FOUND);
    assert_int_equal(pattern_search(p, SPAN("y1"), 1, 0, &m), PATTERN_NOT_FOUND);
    pattern_free(&p);
}

static void test_options_in_the_pattern(void **state)
{
    (void)state;
    struct pattern *p = compiled("(?i)confidential|ÄRGER", PATTERN_UTF8);
    struct pattern_match m;
    assert_int_equal(pattern_search(p, SPAN("very CONFIDENTIAL"), 0, 0, &m), PATTERN_FOUND);
    assert_int_equal(pattern_search(p, SPAN("ärger"), 0, 0, &m), PATTERN_FOUND);
    pattern_free(&p);
}

static void test_bytes_take_anything(void **state)
{
    (void)state;
    struct pattern *p = compiled("secret-(\\w+)", PATTERN_BYTES);
    struct pattern_match m;
    assert_int_equal(pattern_search(p, SPAN("\xff\xfe\0\x80 secret-abc\xff"), 0, 0, &m),
                     PATTERN_FOUND);
    assert_int_equal(m.group[1].len, 3);
    pattern_free(&p);
    p = compiled("caf\xc3\xa9", PATTERN_BYTES);
    assert_int_equal(pattern_search(p,
                                    SPAN("\xff"
                                         "caf\xc3\xa9"),
                                    0, 0, &m),
                     PATTERN_FOUND);
    pattern_free(&p);
}

static void test_empty_text(void **state)
{
    (void)state;
    struct pattern *p = compiled("^$", PATTERN_UTF8);
    struct pattern_match m;
    assert_int_equal(pattern_search(p, (struct span){NULL, 0}, 0, 0, &m), PATTERN_FOUND);
    assert_int_equal(pattern_search(p, SPAN(""), 1, 0, &m), PATTERN_NOT_FOUND);
    pattern_free(&p);
}

static void expect_at(const char *source, struct span text, size_t at)
{
    struct pattern *p = compiled(source, PATTERN_UTF8);
    struct pattern_match m;
    if (pattern_search_plain(p, text, 0, 0, &m) != PATTERN_FOUND || m.group[0].off != at)
        fail_msg("%s", source);
    assert_int_equal(pattern_search(p, text, 0, 0, &m), PATTERN_FOUND);
    assert_int_equal(m.group[0].off, at);
    pattern_free(&p);
}

/* The library alone finds none of these. */
static void test_any_text_behind_a_word_edge(void **state)
{
    (void)state;
    expect_at("\\b.*secret", SPAN("]xa secret 1"), 1);
    expect_at("()\\b.*1", SPAN("]xa secret 1"), 1);
    expect_at("(?i)(?<n>\\b(.*))SECRET", SPAN("]xa secret 1"), 1);
    expect_at("\\b.+[0-9k]", SPAN("]]x 1"), 2);
}

static void test_more_groups_than_are_handed_out(void **state)
{
    (void)state;
    struct pattern *p =
        compiled("(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)"
                 "(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)",
                 PATTERN_UTF8);
    struct pattern_match m;
    assert_int_equal(pattern_group_count(p), 37);
    assert_int_equal(pattern_search(p, SPAN("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), 0, 0, &m),
                     PATTERN_FOUND);
    assert_int_equal(m.count, PATTERN_GROUPS_MAX);
    assert_int_equal(m.group[31].off, 30);
    pattern_free(&p);
}

static void test_errors_name_the_place(void **state)
{
    (void)state;
    expect_error("ab(c", "end pattern with unmatched parenthesis at offset 2");
    expect_error("a(b))c", "unmatched close parenthesis at offset 4");
    expect_error("x[0-9", "premature end of char-class at offset 1");
    expect_error("a|*b", "target of repeat operator is not specified at offset 2");
    expect_error("ä\\k<no>", "undefined name <no> reference at offset 5");
    expect_error("\\p{Nonsense}", "invalid character property name {Nonsense} at offset 3");
    expect_error("a\xff", "not valid UTF-8 at offset 1");
}

/* DESIGN promise 5: a limit is an outcome of its own. */
static void test_limit_is_not_no_match(void **state)
{
    (void)state;
    struct pattern *p = compiled("^(a+)+$", PATTERN_UTF8);
    struct pattern_match m;
    char text[64];
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '!';
    uint64_t before = now_ns();
    assert_int_equal(pattern_search(p, span_of(text, sizeof text), 0, 0, &m), PATTERN_OVER_LIMIT);
    assert_true(now_ns() - before < UINT64_C(5000000000));
    pattern_free(&p);
}

static void test_recursion_is_limited(void **state)
{
    (void)state;
    struct pattern *p = compiled("(?<x>a\\g<x>?b?)*c", PATTERN_UTF8);
    size_t len = 200000;
    char *text = mem_alloc(len);
    memset(text, 'a', len);
    memcpy(text + len - 2, "!c", 2);
    struct pattern_match m;
    assert_int_equal(pattern_search(p, span_of(text, len), 0, 0, &m), PATTERN_OVER_LIMIT);
    free(text);
    pattern_free(&p);
}

static void test_deadline_ends_a_long_search(void **state)
{
    (void)state;
    struct pattern *p = compiled("[ab]+c", PATTERN_UTF8);
    size_t len = 8u << 20;
    char *text = mem_alloc(len);
    for (size_t i = 0; i < len; i++)
        text[i] = i % 40 == 39 ? '\n' : 'a';
    struct pattern_match m;
    uint64_t before = now_ns();
    assert_int_equal(pattern_search(p, span_of(text, len), 0, before + 1000000, &m),
                     PATTERN_OVER_LIMIT);
    assert_true(now_ns() - before < UINT64_C(20000000000));
    free(text);
    pattern_free(&p);
}

static void expect_found_everywhere(const char *source, const char *needle)
{
    enum { LEN = 140000 };
    struct pattern *p = compiled(source, PATTERN_UTF8);
    char *text = mem_alloc(LEN);
    size_t needle_len = strlen(needle);
    for (size_t i = 0; i < LEN; i += 2)
        memcpy(text + i, "\xc3\xa9", 2);
    for (size_t at = 65536 - 300; at < 65536 + 300; at += 2) {
        memcpy(text + at, needle, needle_len);
        struct pattern_match m;
        assert_int_equal(pattern_search(p, span_of(text, LEN), 0, 0, &m), PATTERN_FOUND);
        assert_int_equal(m.group[0].off, at);
        assert_int_equal(m.group[0].len, needle_len);
        for (size_t i = 0; i < needle_len; i += 2)
            memcpy(text + at + i, "\xc3\xa9", 2);
    }
    free(text);
    pattern_free(&p);
}

/* A match is found wherever it stands to the windows in which a long text is searched. */
static void test_windows_lose_nothing(void **state)
{
    (void)state;
    expect_found_everywhere("needle", "needle");
    expect_found_everywhere("(?<=\xc3\xa9)needle(?=\xc3\xa9+)", "needle");
    expect_found_everywhere("(?i)NEEDLE|pin", "needle");
    expect_found_everywhere("[xn]eed.{0,8}le", "needle");
    expect_found_everywhere("[0-9]{40,}", "1234567890123456789012345678901234567890");
    expect_found_everywhere("a{0,30}bcdefghijklmnopqrstuvwxyzbcdefghijklmnopqrst",
                            "aabcdefghijklmnopqrstuvwxyzbcdefghijklmnopqrst");
}

/* Of a match longer than any window all is found, wherever it begins. */
static void test_long_matches_are_whole(void **state)
{
    (void)state;
    static const char *const sources[] = {"KEY[a-z]+", "(?i)key[a-z]{5000,}", "[K]EY[a-z]+"};
    static const size_t places[] = {0, 7, 65530, 65536 + 200, 262140, 262144 + 200};
    const size_t len = 360000, long_match = 90000;
    char *text = mem_alloc(len);
    for (size_t i = 0; i < ARRAY_LEN(sources) * ARRAY_LEN(places); i++) {
        struct pattern *p = compiled(sources[i / ARRAY_LEN(places)], PATTERN_UTF8);
        size_t at = places[i % ARRAY_LEN(places)];
        struct pattern_match m;
        memset(text, '.', len);
        memset(text + at, 'x', long_match);
        memcpy(text + at, "KEY", 3);
        assert_int_equal(pattern_search(p, span_of(text, len), 0, 0, &m), PATTERN_FOUND);
        assert_int_equal(m.group[0].off, at);
        assert_int_equal(m.group[0].len, long_match);
        pattern_free(&p);
    }
    free(text);
}

static void test_search_position_is_the_first_only(void **state)
{
    (void)state;
    struct pattern *g = compiled("\\Gx", PATTERN_UTF8);
    size_t len = 200000;
    char *text = mem_alloc(len);
    memset(text, 'x', len);
    text[0] = '-';
    struct pattern_match m;
    assert_int_equal(pattern_search(g, span_of(text, len), 0, 0, &m), PATTERN_NOT_FOUND);
    assert_int_equal(pattern_search(g, span_of(text, len), 1, 0, &m), PATTERN_FOUND);
    free(text);
    pattern_free(&g);
}

static int setup(void **state)
{
    (void)state;
    pattern_library_init();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_groups_and_names),
        cmocka_unit_test(test_group_that_took_no_part),
        cmocka_unit_test(test_look_behind_sees_what_is_before),
        cmocka_unit_test(test_options_in_the_pattern),
        cmocka_unit_test(test_bytes_take_anything),
        cmocka_unit_test(test_empty_text),
        cmocka_unit_test(test_any_text_behind_a_word_edge),
        cmocka_unit_test(test_more_groups_than_are_handed_out),
        cmocka_unit_test(test_errors_name_the_place),
        cmocka_unit_test(test_limit_is_not_no_match),
        cmocka_unit_test(test_recursion_is_limited),
        cmocka_unit_test(test_deadline_ends_a_long_search),
        cmocka_unit_test(test_windows_lose_nothing),
        cmocka_unit_test(test_long_matches_are_whole),
        cmocka_unit_test(test_search_position_is_the_first_only),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
