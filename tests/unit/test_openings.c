/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Openings of rows as entities have them: numbers, tokens, addresses, with what may stand at both
 * sides of them, whether they may sleep or not; at the beginning of a text, and over the seam of
 * two parts. OPENINGS_ROUNDS is how many patterns (600), OPENINGS_SEED where they begin (1).
 */
#include "engine/base/buf.h"
#include "engine/scanner/openings.h"
#include "tests/support/all_entities.h"
#include "tests/support/random.h"
#include "tests/support/scanning.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct random_source source;

static unsigned any(size_t below)
{
    return (unsigned)random_below(&source, (uint32_t)below);
}

static void random_pattern(struct buf *out)
{
    static const char *const pieces[] = {
        "[0-9]",        "[0-9]{3}",    "[0-9]{2,4}", "-",          " ",
        "[A-Z]{2}",     "[a-z]+",      "@",          "\\.",        "[a-z0-9]{16}",
        "[A-Z0-9]{4,}", "/",           "=",          "key",        "[a-z]{3}",
        "[^ ]{2,}",     "[ -]?",       "[0-9]{5,9}", "\\s?",       "[a-z0-9._-]+",
        "(?:ab|12|c-)", "[:=]",        "id",         "(?i:ss)",    "(?:[0-9]{2}[ -]?){2,3}",
        "[a-z]{0,30}",  "[A-F0-9]{2}", "x{2,18}",    "[^@ ]{0,8}", "[A-Za-z0-9+/]{20,40}",
    };
    for (unsigned i = 0, count = 1 + any(5); i < count; i++) {
        if (i > 0 && any(7) == 0)
            buf_add_byte(out, '|');
        buf_add_str(out, pieces[any(ARRAY_LEN(pieces))]);
        if (any(8) == 0)
            buf_add_byte(out, '?');
    }
}

static void add_letters(struct buf *out, size_t end)
{
    static const char *const letters[] = {
        "0", "1",        "7",        "12",       "345",      "9876",     "-",         " ", "a",
        "b", "k",        "F",        "Z",        "key",      "AB",       "@",         ".", "/",
        "=", "id",       "\n",       "ab",       "c-",       "ss",       "_",         "x", ":",
        "+", "\xc3\xa9", "\xc3\x9f", "xxxxxxxx", "abcdefgh", "12 34 56", "0123456789"};
    while (out->len < end)
        buf_add_str(out, letters[any(ARRAY_LEN(letters))]);
}

/* Around the end of the first part. */
static void add_seam(struct buf *out)
{
    const char filler = " .0a"[any(4)];
    while (out->len < OPENINGS_PART - 100)
        buf_add_byte(out, filler);
    add_letters(out, OPENINGS_PART + 100);
}

/* Returns how many texts were looked at. */
static size_t try_pattern(const struct pattern *pattern)
{
    struct scanning_row row = {any(4) != 0, any(2) != 0, any(2) != 0};
    struct buf text = BUF_INIT;
    size_t good = 0;
    for (unsigned i = 0; i < 4; i++) {
        bool seam = any(32) == 0;
        text.len = 0;
        if (seam)
            add_seam(&text);
        else
            add_letters(&text, any(300));
        enum scanning got =
            scanning_row_compare(pattern, &row, buf_span(&text), seam ? OPENINGS_PART - 100 : 0);
        if (got == SCANNING_DIFFERS)
            fail_msg("\"%.*s\" (%d, %d, %d) on \"%.*s\"", SPAN_ARG(pattern_source(pattern)),
                     row.starts_apart, row.ends_apart, row.may_sleep, SPAN_ARG(buf_span(&text)));
        good += got == SCANNING_EQUAL;
    }
    buf_fini(&text);
    return good;
}

static void test_random_rows(void **state)
{
    (void)state;
    size_t good = 0, rounds = test_setting("OPENINGS_ROUNDS", 600);
    source.state = test_setting("OPENINGS_SEED", 1);
    for (size_t i = 0; i < rounds; i++) {
        struct buf text = BUF_INIT;
        struct error err = ERROR_INIT;
        random_pattern(&text);
        struct pattern *pattern = pattern_new(buf_span(&text), PATTERN_UTF8, &err);
        if (pattern) {
            good += try_pattern(pattern);
            pattern_free(&pattern);
        }
        buf_fini(&text);
    }
    print_message("%zu texts\n", good);
    assert_true(good > rounds);
}

/* Longer than an automaton is followed, though no part of it may be of any length. */
static void test_a_long_match_without_a_loop(void **state)
{
    struct error err = ERROR_INIT;
    struct pattern *pattern =
        pattern_new(SPAN("[abc]{1,100}[def]{1,100}[ghi]{1,100}x"), PATTERN_UTF8, &err);
    struct scanning_row row = {false, false, false};
    char text[286];
    (void)state;
    assert_non_null(pattern);
    memset(text, 'a', 95);
    memset(text + 95, 'd', 95);
    memset(text + 190, 'g', 95);
    text[285] = 'x';
    assert_int_equal(scanning_row_compare(pattern, &row, span_of(text, sizeof text), 0),
                     SCANNING_EQUAL);
    pattern_free(&pattern);
}

#define UNLIKE 1600u

/* More than are told apart by the sample, of one kind and then of another: they come to an end. */
static void test_many_unlike_rows(void **state)
{
    static const char bytes[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    struct arena *arena = arena_new();
    struct opening *rows = ARENA_ARRAY(arena, UNLIKE, struct opening);
    (void)state;
    for (unsigned i = 0; i < UNLIKE; i++) {
        const char *form =
            i < 900 ? arena_printf(arena, "[%c%c][%c%c][%c%c]", bytes[any(36)], bytes[any(36)],
                                   bytes[any(36)], bytes[any(36)], bytes[any(36)], bytes[any(36)])
                    : "[0-9]{3}\\x2d[0-9]{4}";
        rows[i] = (struct opening){
            .expression = span_str(form), .starts_apart = true, .may_sleep = i >= 900};
    }
    rows[UNLIKE - 1].expression = SPAN("password[0-9]");
    const struct openings *openings = openings_new(rows, UNLIKE, arena);
    assert_true(openings_size(openings).automata > 0);
    arena_free(&arena);
}

int main(void)
{
    pattern_library_init();
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_rows),
                                       cmocka_unit_test(test_a_long_match_without_a_loop),
                                       cmocka_unit_test(test_many_unlike_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
