/* SPDX-License-Identifier: Apache-2.0 */
/* Where a match may begin: never denied where one begins, denied where it is worth it, and asked
 * for in a text of any size without a search of it for each start. */
#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "engine/pattern/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static int set_up(void **state)
{
    (void)state;
    pattern_library_init();
    return 0;
}

static struct pattern *compiled(const char *source)
{
    struct error err = ERROR_INIT;
    struct pattern *pattern = pattern_new(span_str(source), PATTERN_UTF8, &err);
    assert_non_null(pattern);
    return pattern;
}

static const char *const sources[] = {"[a-z0-9-]{2,60}\\.hook\\.example", "a[^x]{0,30}x-key-1",
                                      "(?:a-|b-){0,9}[ab-]{1,80}=secret", "k[a-z-]*-key-1", "abc"};

static void add_piece(struct buf *text)
{
    static const char *const pieces[] = {
        "a-",      "b-",  ".hook.example", "x-key-1", "=secret", "aaaaaaaaaaaaaaaaaaaa",
        "-key-1 ", "abc", "\xc3\xa9",      "k",       " ",       "\xe4\xb8\xad"};
    buf_add_str(text, pieces[(size_t)rand() % (sizeof pieces / sizeof pieces[0])]);
}

/* How many starts are denied; none of them begins a match. */
static size_t denied(const struct pattern *pattern, struct span text)
{
    struct pattern_matcher *matcher = pattern_matcher_new();
    struct pattern_subject subject = pattern_subject(text);
    struct pattern_ahead ahead = {.asked = 0};
    struct pattern_match match;
    size_t count = 0;
    for (size_t at = 0; at < text.len; at += 1 + (size_t)rand() % 3) {
        if (utf8_floor(text, at) != at || pattern_may_begin(pattern, &subject, at, &ahead))
            continue;
        assert_int_equal(pattern_match_at(pattern, matcher, text, at, &match), PATTERN_NOT_FOUND);
        count++;
    }
    pattern_matcher_free(&matcher);
    return count;
}

static void test_never_denies_a_match(void **state)
{
    (void)state;
    srand(5);
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        struct pattern *pattern = compiled(sources[i]);
        for (size_t round = 0; round < 300; round++) {
            struct buf text = BUF_INIT;
            for (size_t pieces = 1 + (size_t)rand() % 80; pieces > 0; pieces--)
                add_piece(&text);
            (void)denied(pattern, buf_span(&text));
            buf_fini(&text);
        }
        pattern_free(&pattern);
    }
}

static void test_denies(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < 1000; i++)
        buf_add_str(&text, "a-k-");
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        struct pattern *pattern = compiled(sources[i]);
        bool is_short = i == 4;
        assert_true(is_short == (denied(pattern, buf_span(&text)) < 1000));
        pattern_free(&pattern);
    }
    buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_never_denies_a_match),
                                       cmocka_unit_test(test_denies)};
    return cmocka_run_group_tests(tests, set_up, NULL);
}
