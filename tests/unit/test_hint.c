/* SPDX-License-Identifier: Apache-2.0 */
/* What a match must contain: read off patterns, and that looking for it changes no result. */
#include "engine/base/attrs.h"
#include "engine/base/buf.h"
#include "engine/base/text_traits.h"
#include "engine/pattern/hint.h"
#include "engine/pattern/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define PATTERNS 6000
#define TEXTS 12

static struct hint hint_of(const char *source)
{
    struct hint hint;
    hint_make(span_str(source), &hint);
    return hint;
}

static void expect_run(const char *source, size_t run, size_t before, enum hint_text text)
{
    struct hint hint = hint_of(source);
    if (hint.run != run || (run > 0 && (hint.before != before || hint.text != text)))
        fail_msg("%s: run %zu, before %zu, text %d", source, hint.run, hint.before, (int)hint.text);
}

static void test_runs(void **state)
{
    (void)state;
    expect_run("\\b\\d{3}-\\d{2}-\\d{4}\\b", 11, 0, HINT_LATIN);
    expect_run("\\b4\\d{3}(?:[ -]?\\d{4}){3}\\b", 4, 0, HINT_LATIN);
    expect_run("secret-(\\w+)", 8, 0, HINT_ASCII);
    expect_run("secret-(\\w)*", 7, 0, HINT_ANY);
    expect_run("(?i)confidential", 12, 0, HINT_LATIN);
    expect_run("(?i)strictly", 8, 0, HINT_LATIN_PLAIN);
    expect_run("(?i:class)ified", 10, 0, HINT_LATIN_PLAIN);
    expect_run("x?y{0,3}secret", 6, 4, HINT_ANY);
    expect_run("\\w+@example\\.com", 12, HINT_FAR, HINT_ANY);
    expect_run("(?<a>\\d{3})-(?<b>\\d{2})", 6, 0, HINT_LATIN);
    expect_run("(?=x)abc(?!y)def", 6, 0, HINT_ANY);
    expect_run("ab(c|d)efgh", 4, HINT_FAR, HINT_ANY);
    expect_run("a{3}?bcd", 3, HINT_FAR, HINT_ANY);
    expect_run("[0-9]{4}[^a-z]", 5, 0, HINT_ASCII);
    expect_run("ab.cd", 2, 0, HINT_ANY);
}

static void test_what_is_not_understood_has_none(void **state)
{
    (void)state;
    static const char *const sources[] = {
        "",
        "a|bcdef",
        "\\d*",
        "(abc|def)",
        "(?x) abc def",
        "abc(?#x)def",
        "abc\\K",
        "(abc)\\1",
        "\\x41bcd",
        "\\p{Nd}{9}",
        "\xc3\xa4"
        "bcdef",
        "(?~abc)def",
        "(?<n>abc)\\k<n>",
        "\\Gabcdef",
        "[]abc]defg",
        "(?<n>abc\\g<n>?)",
        "a",
        ".{20}",
    };
    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        if (hint_of(sources[i]).run != 0)
            fail_msg("%s: run %zu", sources[i], hint_of(sources[i]).run);
    }
}

static void test_kinds_of_text(void **state)
{
    (void)state;
    assert_int_equal(hint_text_with(text_traits(SPAN(""))), HINT_ASCII);
    assert_int_equal(hint_text_with(text_traits(SPAN("plain old text of some length"))),
                     HINT_ASCII);
    assert_int_equal(hint_text_with(text_traits(SPAN("f\xc3\xbcr 5 \xe2\x82\xac"))),
                     HINT_LATIN_PLAIN);
    assert_int_equal(hint_text_with(text_traits(SPAN("f\xc3\xbcr Gr\xc3\xbc\xc3\x9f"
                                                     "e"))),
                     HINT_LATIN);
    assert_int_equal(hint_text_with(text_traits(SPAN("\xc5\xbf"))), HINT_ANY);
    assert_int_equal(hint_text_with(text_traits(SPAN("\xe2\x84\xaa"))), HINT_ANY);
    assert_int_equal(hint_text_with(text_traits(SPAN("\xd9\xa3"))), HINT_ANY);
    assert_int_equal(hint_text_with(text_traits(SPAN("\xf0\x9f\x98\x80"))), HINT_ANY);
}

/* --- random patterns over random texts, with the short cuts and without --- */

static uint64_t state_of_random;

static uint32_t below(uint32_t limit)
{
    state_of_random =
        state_of_random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state_of_random >> 33) % limit;
}

static void add_one_of(struct buf *out, const char *const *words, size_t count)
{
    buf_add_str(out, words[below((uint32_t)count)]);
}

static void add_item(struct buf *out, unsigned depth);

static void add_items(struct buf *out, unsigned depth)
{
    for (uint32_t count = 1 + below(5); count > 0; count--)
        add_item(out, depth);
}

static void add_group(struct buf *out, unsigned depth)
{
    static const char *const openings[] = {"(",   "(?:", "(?i:",  "(?-i:", "(?>",
                                           "(?=", "(?!", "(?<!a", "(?<n>", "(?:(?i)"};
    add_one_of(out, openings, ARRAY_LEN(openings));
    add_items(out, depth + 1);
    if (below(4) == 0) {
        buf_add_byte(out, '|');
        add_items(out, depth + 1);
    }
    buf_add_byte(out, ')');
}

static void add_item(struct buf *out, unsigned depth)
{
    static const char *const atoms[] = {
        "a",    "b",           "s",           "ss",       "k",        "i",    "1",      "-",
        "ab",   "st",          "\\d",         "\\w",      "\\s",      "\\h",  "\\D",    "\\W",
        "\\.",  "\\-",         ".",           "\\b",      "[a-c]",    "[^a]", "[0-9k]", "[\\d-]",
        "[]a]", "[[:digit:]]", "[a-z&&[^b]]", "\xc3\x9f", "\xc3\xa4", "[s]",  "[^\\d]", "\\n",
        "#",    "a{",          "\\x61",       "\\p{L}",   "^",        "$",    "[\\]a]",
    };
    static const char *const quantifiers[] = {"*",    "+",    "?",      "{2}",   "{0,2}",
                                              "{1,}", "{,2}", "*?",     "+?",    "??",
                                              "{2}?", "++",   "{2}{2}", "{1,2}+"};
    if (depth < 3 && below(5) == 0)
        add_group(out, depth);
    else
        add_one_of(out, atoms, ARRAY_LEN(atoms));
    if (below(4) == 0)
        add_one_of(out, quantifiers, ARRAY_LEN(quantifiers));
}

static void random_pattern(struct buf *out)
{
    if (below(3) == 0)
        buf_add_str(out, "(?i)");
    add_items(out, 0);
    if (below(10) == 0) {
        buf_add_byte(out, '|');
        add_items(out, 0);
    }
    buf_add_byte(out, '\0');
}

static void random_text(struct buf *out)
{
    static const char *const plain[] = {"a",  "b",  "S", "s", "k",  "K",  "i", "1", "22", "-",
                                        "AB", "ab", " ", ".", "\n", "st", "_", "c", "]",  "#"};
    static const char *const wide[] = {
        "\xc3\x9f",     "\xc5\xbf", "\xe2\x84\xaa", "\xc3\xa4",         "\xd9\xa3", "\xef\xac\x86",
        "\xef\xac\x80", "\xc4\xb0", "\xe2\x80\x94", "\xf0\x9f\x98\x80", "\xc2\xa0", "\xe1\xba\x9e"};
    uint32_t wideness = below(3);
    for (uint32_t count = below(40); count > 0; count--) {
        if (wideness > 0 && below(wideness == 1 ? 20 : 4) == 0)
            add_one_of(out, wide, ARRAY_LEN(wide));
        else
            add_one_of(out, plain, ARRAY_LEN(plain));
    }
}

static void expect_same(const struct pattern *pattern, const char *source, struct span text)
{
    struct pattern_subject subject = pattern_subject(text);
    for (size_t from = 0; from <= text.len;) {
        struct pattern_match with = {0}, without = {0};
        enum pattern_result a = pattern_search_in(pattern, &subject, from, 0, &with);
        enum pattern_result b = pattern_search_plain(pattern, text, from, 0, &without);
        if (a == PATTERN_OVER_LIMIT || b == PATTERN_OVER_LIMIT)
            return;
        if (a != b || (a == PATTERN_FOUND && (with.group[0].off != without.group[0].off ||
                                              with.group[0].len != without.group[0].len)))
            fail_msg("%s in \"%.*s\" from %zu: %d at %zu, the library says %d at %zu", source,
                     SPAN_ARG(text), from, (int)a, with.group[0].off, (int)b, without.group[0].off);
        if (a != PATTERN_FOUND)
            return;
        from = with.group[0].off + with.group[0].len;
        if (with.group[0].len == 0)
            return;
    }
}

static size_t try_pattern(enum pattern_text kind)
{
    struct buf source = BUF_INIT;
    random_pattern(&source);
    struct error err = ERROR_INIT;
    struct pattern *pattern = pattern_new(span_str(source.ptr), kind, &err);
    size_t hints = pattern != NULL && hint_of(source.ptr).run > 0;
    for (int i = 0; pattern && i < TEXTS; i++) {
        struct buf text = BUF_INIT;
        random_text(&text);
        expect_same(pattern, source.ptr, buf_span(&text));
        buf_fini(&text);
    }
    pattern_free(&pattern);
    buf_fini(&source);
    return hints;
}

static void test_same_results(void **state)
{
    (void)state;
    const char *rounds = getenv("HINT_ROUNDS");
    long count = rounds ? strtol(rounds, NULL, 10) : PATTERNS;
    size_t hints = 0;
    for (long seed = 0; seed < count; seed++) {
        state_of_random = (uint64_t)seed;
        hints += try_pattern(seed % 4 == 0 ? PATTERN_BYTES : PATTERN_UTF8);
    }
    assert_true(hints > (size_t)count / 20);
}

/* Runs everywhere, and none of them in a match. */
static void test_dense_runs(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct pattern *p = pattern_new(SPAN("1111(?=x)"), PATTERN_UTF8, &err);
    size_t len = 300000;
    char *text = malloc(len);
    assert_non_null(text);
    memset(text, '1', len);
    struct pattern_match m;
    assert_int_equal(pattern_search(p, span_of(text, len), 0, 0, &m), PATTERN_NOT_FOUND);
    text[len - 1] = 'x';
    assert_int_equal(pattern_search(p, span_of(text, len), 0, 0, &m), PATTERN_FOUND);
    assert_int_equal(m.group[0].off, len - 5);
    free(text);
    pattern_free(&p);
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
        cmocka_unit_test(test_runs),
        cmocka_unit_test(test_what_is_not_understood_has_none),
        cmocka_unit_test(test_kinds_of_text),
        cmocka_unit_test(test_same_results),
        cmocka_unit_test(test_dense_runs),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
