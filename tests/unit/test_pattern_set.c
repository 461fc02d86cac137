/* SPDX-License-Identifier: Apache-2.0 */
/* pattern_set: never tells of too few; tells of few. */
#include "engine/pattern/pattern_set.h"

#include "engine/base/buf.h"
#include "engine/base/mem.h"
#include "engine/base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT 60u

static const char *const sources[] = {
    "confidential-%u",
    "(?i)salary-%u",
    "\\bpass%u\\s\\d{6}\\b",
    "(?i)Str\\u00e4ger-%u",
    "[A-F]{2}%u[0-9]{3}",
    "\\d{3}-%u-\\d{4}",
    "(?:alpha|beta)%u",
    "x*",
    "(?i)kiss%u me",
    "caf\\u00e9 %u cr.me",
    "%u.{0,40}secret",
    "(?<a>a%u)|b%u",
    "merger(?!%u)[ -]plans",
    "(?i)k-%u-kelvin",
    "%u\\z",
};

static struct pattern *patterns[COUNT];

static void make_patterns(void)
{
    for (unsigned i = 0; i < COUNT; i++) {
        struct buf source = BUF_INIT;
        struct error err = ERROR_INIT;
        const char *form = sources[i % ARRAY_LEN(sources)];
        for (const char *c = form; *c; c++) {
            if (c[0] == '%' && c[1] == 'u') {
                buf_printf(&source, "%u", i);
                c++;
            } else {
                buf_add(&source, span_of(c, 1));
            }
        }
        patterns[i] = pattern_new(buf_span(&source), PATTERN_UTF8, &err);
        if (!patterns[i])
            fail_msg("%s: %s", form, err.text);
        buf_fini(&source);
    }
}

static void free_patterns(void)
{
    for (unsigned i = 0; i < COUNT; i++)
        pattern_free(&patterns[i]);
}

static const char *const pieces[] = {
    "confidential-",
    "SALARY-",
    "Salary-",
    "pass",
    " 123456",
    "str\xc3\xa4ger-",
    "AB",
    "CD",
    "123-",
    "-4567",
    "alpha",
    "beta",
    "ki\xc3\x9f",
    "KISS",
    " me",
    "caf\xc3\xa9 ",
    " cr\xc3\xa8me",
    "secret",
    "merger plans",
    "merger-plans",
    "K-",
    "\xe2\x84\xaa-",
    "-kelvin",
    "-KELVIN",
    " ",
    "\r\n",
    "x",
    "\xc5\xbf",
    "a",
    "b",
};

static void add_random(struct buf *text, bool ascii)
{
    const char *piece = pieces[(unsigned)rand() % ARRAY_LEN(pieces)];
    switch (rand() % 4) {
    case 0:
        buf_printf(text, "%d", rand() % (int)COUNT);
        break;
    case 1:
        buf_printf(text, "%c", "etaoin shrdlu\n0123"[rand() % 18]);
        break;
    default:
        if (!ascii || span_is_ascii(span_str(piece)))
            buf_printf(text, "%s", piece);
    }
}

/* Any text: what is found is told of before. */
static void test_tells_of_all_that_is_found(void **state)
{
    (void)state;
    srand(7);
    make_patterns();
    struct pattern_set *set = pattern_set_new((const struct pattern *const *)patterns, COUNT);
    assert_non_null(set);
    uint64_t *maybe = mem_alloc(pattern_set_words(set) * sizeof *maybe);
    size_t found = 0, told = 0;
    for (unsigned round = 0; round < 3000; round++) {
        struct buf text = BUF_INIT;
        for (int i = rand() % 40; i >= 0; i--)
            add_random(&text, round % 2 == 0);
        /* An allocation of just its size: reading behind it shows. */
        char *exact = mem_copy(text.ptr, text.len);
        struct pattern_subject subject = pattern_subject(span_of(exact, text.len));
        pattern_set_scan(set, &subject, maybe);
        for (unsigned i = 0; i < COUNT; i++) {
            struct pattern_match match;
            bool is_found =
                pattern_search_plain(patterns[i], subject.text, 0, 0, &match) == PATTERN_FOUND;
            if (is_found && !pattern_set_has(maybe, i))
                fail_msg("round %u: pattern %u is found in \"%s\"", round, i, exact);
            found += is_found;
            told += pattern_set_has(maybe, i);
        }
        free(exact);
        buf_fini(&text);
    }
    assert_true(found > 3000);
    assert_true(told < 3000 * COUNT * 3 / 4);
    free(maybe);
    pattern_set_free(&set);
    free_patterns();
}

/* In an ordinary text nearly none of the patterns is left to be searched for. */
static void test_tells_of_few_in_ordinary_text(void **state)
{
    (void)state;
    make_patterns();
    struct pattern_set *set = pattern_set_new((const struct pattern *const *)patterns, COUNT);
    uint64_t *maybe = mem_alloc(pattern_set_words(set) * sizeof *maybe);
    struct pattern_subject subject =
        pattern_subject(SPAN("Dear all, please find the minutes of the last meeting attached. "
                             "The next one is on the 14th of March at 10:30, in room 4.\r\n"));
    pattern_set_scan(set, &subject, maybe);
    size_t told = 0;
    for (unsigned i = 0; i < COUNT; i++)
        told += pattern_set_has(maybe, i);
    assert_in_range(told, 4, COUNT / 2);
    free(maybe);
    pattern_set_free(&set);
    assert_null(set);
    free_patterns();
}

/* A text made to stand in the way is given up: all of them may be found. */
static void test_gives_up_where_the_filter_does_not_help(void **state)
{
    (void)state;
    struct pattern *alike[400];
    for (unsigned i = 0; i < ARRAY_LEN(alike); i++) {
        struct error err = ERROR_INIT;
        char source[32];
        (void)snprintf(source, sizeof source, "zqj%06u", i);
        alike[i] = pattern_new(span_str(source), PATTERN_UTF8, &err);
        assert_non_null(alike[i]);
    }
    struct pattern_set *set =
        pattern_set_new((const struct pattern *const *)alike, ARRAY_LEN(alike));
    uint64_t *maybe = mem_alloc(pattern_set_words(set) * sizeof *maybe);
    struct buf text = BUF_INIT;
    for (unsigned i = 0; i < 20000; i++)
        buf_printf(&text, "zqj");
    struct pattern_subject subject = pattern_subject(buf_span(&text));
    pattern_set_scan(set, &subject, maybe);
    for (unsigned i = 0; i < ARRAY_LEN(alike); i++)
        assert_true(pattern_set_has(maybe, i));
    subject = pattern_subject(SPAN("zqj000007"));
    pattern_set_scan(set, &subject, maybe);
    for (unsigned i = 0; i < ARRAY_LEN(alike); i++)
        assert_int_equal(pattern_set_has(maybe, i), i == 7);
    buf_fini(&text);
    free(maybe);
    pattern_set_free(&set);
    for (unsigned i = 0; i < ARRAY_LEN(alike); i++)
        pattern_free(&alike[i]);
}

static void test_few_patterns_need_no_set(void **state)
{
    (void)state;
    make_patterns();
    struct pattern_set *set = pattern_set_new((const struct pattern *const *)patterns, 15);
    assert_null(set);
    free_patterns();
}

int main(void)
{
    pattern_library_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tells_of_all_that_is_found),
        cmocka_unit_test(test_tells_of_few_in_ordinary_text),
        cmocka_unit_test(test_gives_up_where_the_filter_does_not_help),
        cmocka_unit_test(test_few_patterns_need_no_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
