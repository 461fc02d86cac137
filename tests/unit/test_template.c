/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that rules write: what is refused, and what they become. */
#include "engine/message/library.h"
#include "transforms/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct arena *arena;

static void expect_error(const char *text, const char *message)
{
    struct error err = ERROR_INIT;
    assert_null(template_new(span_str(text), arena, &err));
    assert_string_equal(err.text, message);
}

static void test_malformed(void **state)
{
    (void)state;
    expect_error("a %", "expected \"%(name)s\" or \"%%\" at offset 2");
    expect_error("%d", "expected \"%(name)s\" or \"%%\" at offset 0");
    expect_error("%(x", "expected \"%(name)s\" or \"%%\" at offset 0");
    expect_error("%(x)d", "expected \"%(name)s\" or \"%%\" at offset 0");
    expect_error("%()s", "expected \"%(name)s\" or \"%%\" at offset 0");
}

static const char *expanded(const char *text, const struct template_values *values, bool masked)
{
    struct error err = ERROR_INIT;
    struct template *t = template_new(span_str(text), arena, &err);
    assert_non_null(t);
    struct span out =
        masked ? template_expand_masked(t, values, arena) : template_expand(t, values, arena);
    return arena_str(arena, out);
}

static void test_without_a_piece(void **state)
{
    (void)state;
    struct template_values values = {NULL, "rule one", SPAN("tag"), NULL, NULL};
    assert_string_equal(expanded("100%% of %(rule)s, %(tag)s", &values, false),
                        "100% of rule one, tag");
    assert_string_equal(expanded("[%(input)s%(name)s]", &values, false), "[]");
    assert_string_equal(expanded("", &values, false), "");
}

/* A piece of a text, found by a pattern with named groups. */
struct fixture {
    struct views *views;
    struct piece whole, piece;
    struct pattern *pattern;
    struct pattern_match outer, match;
    struct pattern *outer_pattern;
};

static void set_up(struct fixture *f)
{
    struct span message = SPAN("Subject: user ann key K-12 end\r\n\r\n");
    struct map *map = map_build(message, &map_limits_default, READING_STRICT, arena);
    struct error err = ERROR_INIT;
    f->views = views_new(map, &view_limits_default, arena);
    struct view *view = open_field(f->views, &map->fields[0]);
    f->outer_pattern = pattern_new(SPAN("user (?<who>\\w+).*"), PATTERN_UTF8, &err);
    f->pattern = pattern_new(SPAN("(?<k>\\w)-(?<d>\\d+)|(?<d>x)"), PATTERN_UTF8, &err);
    assert_int_equal(pattern_search(f->outer_pattern, view->text, 0, 0, &f->outer), PATTERN_FOUND);
    assert_int_equal(pattern_search(f->pattern, view->text, 0, 0, &f->match), PATTERN_FOUND);
    f->whole = (struct piece){.views = f->views,
                              .view = view,
                              .len = view->text.len,
                              .pattern = f->outer_pattern,
                              .match = &f->outer};
    f->piece = f->whole;
    f->piece.parent = &f->whole;
    f->piece.pattern = f->pattern;
    f->piece.match = &f->match;
    f->piece.off = f->match.group[0].off;
    f->piece.len = f->match.group[0].len;
}

static void tear_down(struct fixture *f)
{
    pattern_free(&f->pattern);
    pattern_free(&f->outer_pattern);
}

static void test_groups_of_this_and_enclosing_matches(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    struct template_values values = {&f.piece, "r", {NULL, 0}, NULL, NULL};
    assert_string_equal(expanded("%(input)s %(k)s/%(d)s by %(who)s%(none)s", &values, false),
                        "K-12 K/12 by ann");
    assert_string_equal(expanded("%(rule)s %(input)s", &values, true), "r *-**");
    tear_down(&f);
}

static void test_hidden_stays_hidden(void **state)
{
    (void)state;
    struct fixture f;
    struct error err = ERROR_INIT;
    set_up(&f);
    struct edit edit = {
        .off = f.piece.off + 2, .len = 2, .with = SPAN("##"), .kind = EDIT_MASK, .rule = "mask"};
    assert_true(view_edit(f.piece.view, edit, &err));
    struct template_values values = {&f.piece, "r", {NULL, 0}, NULL, NULL};
    assert_string_equal(expanded("%(input)s %(d)s", &values, false), "K-## ##");
    tear_down(&f);
}

static void test_replacements(void **state)
{
    (void)state;
    struct fixture f;
    struct error err = ERROR_INIT;
    set_up(&f);
    struct template_values values = {&f.piece, "r", {NULL, 0}, NULL, NULL};
    struct template *t =
        template_new_replacement(SPAN("\\2\\\\\\k<k>\\12 %(who)s\\0"), f.pattern, arena, &err);
    assert_non_null(t);
    assert_true(template_captures(t));
    assert_string_equal(arena_str(arena, template_expand(t, &values, arena)), "12\\KK2 annK-12");
    assert_null(template_new_replacement(SPAN("\\4"), f.pattern, arena, &err));
    assert_string_equal(err.text, "the pattern has no group 4 (at offset 0)");
    assert_null(template_new_replacement(SPAN("\\k<z>"), f.pattern, arena, &err));
    assert_string_equal(err.text, "the pattern has no group \"z\" (at offset 0)");
    assert_null(template_new_replacement(SPAN("a\\"), f.pattern, arena, &err));
    assert_string_equal(err.text, "expected \"\\1\", \"\\k<name>\" or \"\\\\\" at offset 1");
    tear_down(&f);
}

static void test_masked_text(void **state)
{
    (void)state;
    assert_string_equal(text_masked(SPAN("a-1 \xc3\xa9\xff\r\n."), arena).ptr, "*-* ****.");
}

static int setup(void **state)
{
    (void)state;
    pattern_library_init();
    message_library_init();
    arena = arena_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_without_a_piece),
        cmocka_unit_test(test_groups_of_this_and_enclosing_matches),
        cmocka_unit_test(test_hidden_stays_hidden),
        cmocka_unit_test(test_replacements),
        cmocka_unit_test(test_masked_text),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
