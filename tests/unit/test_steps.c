/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns that we match ourselves match as the library does: those of all predefined entities in
 * their samples, changed at random, and made up ones in random texts. STEPS_ROUNDS is how many
 * texts a pattern is tried in (20), STEPS_SEED the seed (1).
 */
#include "engine/pattern/steps.h"

#include "engine/base/utf8.h"
#include "tests/support/all_entities.h"
#include "tests/support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

struct counts {
    size_t patterns, simple, places, matches, not_known;
};

static void compare_groups(const struct pattern_match *own, const struct pattern_match *library)
{
    assert_int_equal(own->count, library->count);
    for (size_t i = 0; i < own->count; i++) {
        assert_int_equal(own->group[i].off, library->group[i].off);
        assert_int_equal(own->group[i].len, library->group[i].len);
    }
}

static void compare_at(const struct steps *steps, const struct pattern *pattern,
                       const struct pattern_subject *subject, size_t at, struct counts *counts)
{
    struct pattern_match own, library;
    enum steps_result taken = steps_match(steps, subject->text, at, &own);
    enum pattern_result found = pattern_search_within(pattern, subject, at, at + 1, 0, &library);
    counts->places++;
    counts->not_known += taken == STEPS_NOT_KNOWN;
    if (taken == STEPS_NOT_KNOWN || found == PATTERN_OVER_LIMIT)
        return;
    if ((taken == STEPS_FOUND) != (found == PATTERN_FOUND))
        fail_msg("%.*s is %s by steps at %zu of \"%.*s\"", SPAN_ARG(pattern_source(pattern)),
                 taken == STEPS_FOUND ? "found" : "not found", at, SPAN_ARG(subject->text));
    if (taken == STEPS_FOUND)
        compare_groups(&own, &library);
    counts->matches += taken == STEPS_FOUND;
}

static void compare_in(const struct steps *steps, const struct pattern *pattern, struct span text,
                       struct counts *counts)
{
    struct pattern_subject subject = pattern_subject(text);
    for (size_t at = 0; at <= text.len; at++) {
        if (at == text.len || utf8_floor(text, at) == at)
            compare_at(steps, pattern, &subject, at, counts);
    }
}

/* Some characters become others, or are left out. */
static void change(struct random_source *random, struct span text, struct buf *out)
{
    static const char *const others[] = {
        "0", "9", "a", "S", "k",        ".",        "-",        ":",           " ",
        "@", "/", "",  "",  "\xc3\xbc", "\xc3\x9f", "\xc5\xbf", "\xe2\x84\xaa"};
    uint32_t one_in = random_below(random, 3) ? 40 : 6;
    for (size_t i = 0, len; i < text.len; i += len) {
        len = utf8_decode(span_from(text, i), NULL);
        len = len > 0 ? len : 1;
        if (random_below(random, one_in) == 0)
            buf_add_str(out, others[random_below(random, ARRAY_LEN(others))]);
        else
            buf_add(out, span_sub(text, i, len));
    }
}

static void compare_row(const struct all_entities *all, size_t entity,
                        const struct pattern *pattern, struct random_source *random,
                        struct counts *counts)
{
    struct steps *steps = steps_new(pattern_source(pattern));
    size_t own = entity * all->sample_count / all->entities.count;
    counts->patterns++;
    for (size_t i = test_setting("STEPS_ROUNDS", 20); steps && i > 0; i--) {
        struct buf text = BUF_INIT;
        size_t near = own + random_below(random, 61);
        size_t sample =
            i % 4 && near >= 30 ? near - 30 : random_below(random, (uint32_t)all->sample_count);
        change(random, all->samples[sample < all->sample_count ? sample : own], &text);
        compare_in(steps, pattern, buf_span(&text), counts);
        buf_fini(&text);
    }
    counts->simple += steps != NULL;
    steps_free(&steps);
}

static void test_entities(void **state)
{
    struct all_entities all;
    struct counts counts = {0};
    struct random_source random = {test_setting("STEPS_SEED", 1)};
    (void)state;
    all_entities_load(&all);
    for (size_t i = 0; i < all.entities.count; i++) {
        const struct entity *entity = &all.entities.items[i];
        for (size_t row = 0; row < entity->row_count; row++)
            compare_row(&all, i, entity->rows[row].pattern, &random, &counts);
    }
    print_message("%zu of %zu patterns; %zu matches at %zu places, %zu not known\n", counts.simple,
                  counts.patterns, counts.matches, counts.places, counts.not_known);
    assert_true(counts.simple * 10 > counts.patterns * 9 && counts.matches > counts.simple);
    assert_true(counts.not_known * 10 < counts.places);
    all_entities_free(&all);
}

static const char *const simple[] = {"",
                                     "a",
                                     "a*",
                                     "a?b",
                                     "a{2,3}b",
                                     "[ab]+b",
                                     "[^a]*b",
                                     "(a)(b*)",
                                     "((a)b)a?",
                                     "a|ab|abc",
                                     "(?:a|ab)c?",
                                     "(?:ab?){2,3}",
                                     "(?:ab|a)*b",
                                     "(?:a+b?)+a",
                                     "(?i:aB)+",
                                     "(?i:[a-b]s)",
                                     "(?i:[^a]b)",
                                     "a(?:b|)c?",
                                     "\\.?a\\d{0,2}",
                                     "[\\s.]+a",
                                     "(?:a*b)*",
                                     "(?:a|b){1,4}ab",
                                     "(?:(?:a|b)+\\.)+a",
                                     "a{,2}b",
                                     "[a.]{1,2}[.b]{0,2}a",
                                     "(?:a{1,2}){2}b",
                                     "x?(a+)(?:b|c)",
                                     "[ab]*[bc]*c"};

static const char *const others[] = {"[!-&&a]",     "a*?",
                                     "a++",         "a{2}{3}",
                                     "a{2}?",       "(?:a*)*",
                                     "(?:a?){2}",   "(a)+",
                                     "(a)|b",       "^a",
                                     "a$",          ".",
                                     "\\ba",        "a(?=b)",
                                     "(?<n>a)",     "(?>a)",
                                     "\\1",         "\xc3\xbc",
                                     "[[:alpha:]]", "[a&&b]",
                                     "(?#a)b",      "(?x: a)",
                                     "\\x61",       "a**",
                                     "(?i)a",       "(?:(?:(?:){99999}){99999}){99999}"};

static void test_made_up(void **state)
{
    struct counts counts = {0};
    struct random_source random = {test_setting("STEPS_SEED", 1)};
    static const char *const pieces[] = {"a", "b", "c", "ab",       ".",       "A",
                                         "S", "1", " ", "\xc3\x9f", "\xc5\xbf"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(simple); i++) {
        struct error err = ERROR_INIT;
        struct pattern *pattern = pattern_new(span_str(simple[i]), PATTERN_UTF8, &err);
        struct steps *steps = steps_new(span_str(simple[i]));
        if (!pattern || !steps)
            fail_msg("%s: no steps", simple[i]);
        for (int round = 0; round < 400; round++) {
            struct buf text = BUF_INIT;
            uint32_t kinds = round % 2 ? ARRAY_LEN(pieces) : 5;
            for (uint32_t n = random_below(&random, 12); n > 0; n--)
                buf_add_str(&text, pieces[random_below(&random, kinds)]);
            compare_in(steps, pattern, buf_span(&text), &counts);
            buf_fini(&text);
        }
        steps_free(&steps);
        pattern_free(&pattern);
    }
    assert_true(counts.matches > 10000 && counts.not_known * 4 < counts.places);
}

/* --- patterns by chance --- */

static void write_alternatives(struct random_source *random, struct buf *out, unsigned depth);

static void write_atom(struct random_source *random, struct buf *out, unsigned depth)
{
    static const char *const atoms[] = {"a",    "b",      "c",       ".",   "[ab]",
                                        "[^a]", "[a-c1]", "[^b\\s]", "\\.", "\\d"};
    static const char *const groups[] = {"(?:", "(?:", "(?i:", "("};
    if (depth == 0 || random_below(random, 3) > 0) {
        const char *atom = atoms[random_below(random, ARRAY_LEN(atoms))];
        buf_add_str(out, strcmp(atom, ".") == 0 ? "\\." : atom);
        return;
    }
    buf_add_str(out, groups[random_below(random, ARRAY_LEN(groups))]);
    write_alternatives(random, out, depth - 1);
    buf_add_byte(out, ')');
}

static void write_alternatives(struct random_source *random, struct buf *out, unsigned depth)
{
    static const char *const quantifiers[] = {"",  "",    "",      "",     "?",   "*",
                                              "+", "{2}", "{1,3}", "{,2}", "{2,}"};
    for (uint32_t more = 1 + random_below(random, 3) / 2; more > 0; more--) {
        for (uint32_t n = random_below(random, 4); n > 0; n--) {
            write_atom(random, out, depth);
            buf_add_str(out, quantifiers[random_below(random, ARRAY_LEN(quantifiers))]);
        }
        if (more > 1)
            buf_add_byte(out, '|');
    }
}

static void compare_by_chance(struct random_source *random, struct span source,
                              struct counts *counts)
{
    static const char *const pieces[] = {"a", "b", "c", "ab", ".", "1", "B", " ", "\xc3\x9f"};
    struct error err = ERROR_INIT;
    struct steps *steps = steps_new(source);
    struct pattern *pattern = steps ? pattern_new(source, PATTERN_UTF8, &err) : NULL;
    counts->patterns++;
    counts->simple += pattern != NULL;
    for (int round = 0; pattern && round < 10; round++) {
        struct buf text = BUF_INIT;
        for (uint32_t n = random_below(random, 10); n > 0; n--)
            buf_add_str(&text, pieces[random_below(random, ARRAY_LEN(pieces))]);
        compare_in(steps, pattern, buf_span(&text), counts);
        buf_fini(&text);
    }
    pattern_free(&pattern);
    steps_free(&steps);
}

static void test_by_chance(void **state)
{
    struct random_source random = {test_setting("STEPS_SEED", 1)};
    struct counts counts = {0};
    (void)state;
    for (size_t i = test_setting("STEPS_ROUNDS", 20) * 100; i > 0; i--) {
        struct buf source = BUF_INIT;
        write_alternatives(&random, &source, 3);
        compare_by_chance(&random, buf_span(&source), &counts);
        buf_fini(&source);
    }
    print_message("%zu of %zu patterns; %zu matches at %zu places, %zu not known\n", counts.simple,
                  counts.patterns, counts.matches, counts.places, counts.not_known);
    assert_true(counts.simple * 2 > counts.patterns && counts.matches > 1000);
}

static void test_not_simple(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        struct steps *steps = steps_new(span_str(others[i]));
        if (steps)
            fail_msg("%s: steps", others[i]);
    }
}

/* What would be tried for ever ends, and is the library's. */
static void test_ends(void **state)
{
    struct buf text = BUF_INIT;
    struct pattern_match match;
    struct steps *steps = steps_new(SPAN("(?:a+b?)+c"));
    (void)state;
    assert_non_null(steps);
    for (int i = 0; i < 100; i++)
        buf_add_str(&text, "aaab");
    assert_int_equal(steps_match(steps, buf_span(&text), 0, &match), STEPS_NOT_KNOWN);
    steps_free(&steps);
    steps = steps_new(SPAN("(?:ab?a|aba?)+c"));
    assert_non_null(steps);
    assert_int_equal(steps_match(steps, buf_span(&text), 0, &match), STEPS_NOT_FOUND);
    steps_free(&steps);
    buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_not_simple),
                                       cmocka_unit_test(test_made_up), cmocka_unit_test(test_ends),
                                       cmocka_unit_test(test_by_chance),
                                       cmocka_unit_test(test_entities)};
    pattern_library_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
