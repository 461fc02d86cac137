/* SPDX-License-Identifier: Apache-2.0 */
/* address_set: what an item of a condition matches. */
#include "rulesets/conditions/address_set.h"

#include "rulesets/conditions/string_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static struct arena *arena;
static struct reader reader;
static const struct own_domains *own;

static bool has(const char *item, bool case_sensitive, const char *address)
{
    struct address_set *set = address_set_new(own, case_sensitive, arena);
    struct error err = ERROR_INIT;
    struct mail_address compared = mail_address_of(span_str(address), arena);
    if (!address_set_add(set, span_str(item), &err))
        fail_msg("%s: %s", item, err.text);
    return address_set_has(set, &compared);
}

struct sample {
    const char *item, *address;
    bool matches;
};

static const struct sample samples[] = {
    /* addresses */
    {"a@corp.example", "a@corp.example", true},
    {"A@Corp.example", "a@cORP.example", true},
    {"a@corp.example", "a@corp.example.org", false},
    {"a@corp.example", "aa@corp.example", false},
    {"a@corp.example", "", false},
    {"\"a b\"@corp.example", "\"a b\"@corp.example", true},
    {"bob@corp.example", "\"bob\"@corp.example", true},
    {"\"bob\"@corp.example", "bob@corp.example", true},
    {"bob@corp.example", "\"bo\\b\"@corp.example", true},
    {"postmaster", "Postmaster", true},
    {"postmaster", "postmaster@corp.example", false},
    /* domains */
    {"corp.example", "a@corp.example", true},
    {"corp.example", "a@sub.corp.example", false},
    {"corp.example", "a@notcorp.example", false},
    {"@corp.example", "a@corp.example", true},
    {"*@corp.example", "a@corp.example", true},
    {"*@corp.example", "\"x@y\"@corp.example", true},
    {"*@corp.example", "\"x@corp.example\"@evil.example", false},
    {"*@corp.example", "a@sub.corp.example", false},
    {"*@corp.example.", "a@corp.example", true},
    {"*@*.corp.example", "a@sub.corp.example", true},
    {"*@*.corp.example", "a@b.c.corp.example", true},
    {"*@*.corp.example", "a@corp.example", false},
    {"*@*.corp.example", "a@notcorp.example", false},
    {"*@[192.0.2.1]", "a@[192.0.2.1]", true},
    /* wildcards */
    {"*", "a@corp.example", true},
    {"*", "", true},
    {"*@*", "a@corp.example", true},
    {"*@*", "", false},
    {"*corp.example", "a@notcorp.example", true},
    {"*.corp.example", "a@x.corp.example", true},
    {"sales-*@corp.example", "Sales-EU@corp.example", true},
    {"sales-*@corp.example", "sales@corp.example", false},
    {"a?@corp.example", "ab@corp.example", true},
    {"a?@corp.example", "a\xc3\xa4@corp.example", true},
    {"a?@corp.example", "abc@corp.example", false},
    {"*@corp.*", "a@corp.example", true},
    {"*@corp.*", "\"@corp.\"@evil.example", false},
    {"*@corp?.example", "a@corp2.example", true},
    /* the null reverse-path */
    {"<>", "", true},
    {"", "", true},
    {"<>", "a@corp.example", false},
    /* own domains: corp.example, *.corp.example, bücher.example */
    {"internal", "a@corp.example", true},
    {"Internal", "a@X.CORP.example", true},
    {"internal", "a@xn--bcher-kva.example", true},
    {"internal", "a@sub.xn--bcher-kva.example", false},
    {"internal", "a@corp.example.evil.example", false},
    {"internal", "a@evilcorp.example", false},
    {"internal", "a@[192.0.2.1]", false},
    {"internal", "postmaster", false},
    {"internal", "", false},
    {"external", "a@corp.example", false},
    {"external", "a@out.example", true},
    {"external", "\"a@corp.example\"@out.example", true},
    {"external", "postmaster", true},
    {"external", "", false},
    /* international names */
    {"*@b\xc3\xbc"
     "cher.example",
     "a@xn--bcher-kva.example", true},
    {"*@B\xc3\x9c"
     "CHER.example",
     "a@b\xc3\xbc"
     "cher.example",
     true},
    {"*@xn--bcher-kva.example",
     "a@B\xc3\x9c"
     "CHER.EXAMPLE",
     true},
    {"*@XN--BCHER-KVA.example", "a@xn--bcher-kva.example", true},
    {"*@bu\xcc\x88"
     "cher.example",
     "a@xn--bcher-kva.example", true},
    {"*@*.b\xc3\xbc"
     "cher.example",
     "a@x.xn--bcher-kva.example", true},
    {"*@b?cher.example", "a@xn--bcher-kva.example", true},
    {"*@bucher.example", "a@xn--bcher-kva.example", false},
    {"*@xn--bad-\xc3\xbc.example", "a@xn--bad-\xc3\xbc.example", true},
};

static void test_samples(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        if (has(samples[i].item, false, samples[i].address) != samples[i].matches)
            fail_msg("%s and %s", samples[i].item, samples[i].address);
    }
}

static void test_case_of_the_local_part(void **state)
{
    (void)state;
    assert_true(has("Ann@corp.example", true, "Ann@CORP.example"));
    assert_false(has("Ann@corp.example", true, "ann@corp.example"));
    assert_true(has("Ann*@corp.example", true, "Anna@CORP.example"));
    assert_false(has("Ann*@corp.example", true, "anna@corp.example"));
    assert_true(has("*@Corp.example", true, "a@corp.EXAMPLE"));
}

static void test_no_items(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "intern",        "a@",       "a b@corp.example",        "a@x.example,b@y.example",
        "Ann <a@b.org>", "*@",       "a@corp.example>",         "*@corp..example",
        "*@.example",    "a@b c.de", "a@x.example b@y.example", "@",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct error err = ERROR_INIT;
        struct address_set *set = address_set_new(own, false, arena);
        if (address_set_add(set, span_str(bad[i]), &err))
            fail_msg("taken: %s", bad[i]);
        assert_true(error_is_set(&err));
    }
    struct error err = ERROR_INIT;
    struct address_set *set = address_set_new(NULL, false, arena);
    assert_false(address_set_add(set, SPAN("internal"), &err));
    assert_string_equal(err.text,
                        "\"internal\" needs own_domains, at the top of the configuration");
}

/* As a text of that length would have it: no other answer, and none that takes long. */
static void test_many(void **state)
{
    (void)state;
    struct address_set *set = address_set_new(NULL, false, arena);
    struct error err = ERROR_INIT;
    for (int i = 0; i < 100000; i++) {
        const char *item = i % 3 == 0   ? arena_printf(arena, "user%d@corp.example", i)
                           : i % 3 == 1 ? arena_printf(arena, "*@d%d.example", i)
                                        : arena_printf(arena, "*@*.s%d.example", i);
        assert_true(address_set_add(set, span_str(item), &err));
    }
    for (int i = 0; i < 100000; i++) {
        const char *text = i % 3 == 0   ? arena_printf(arena, "USER%d@corp.example", i)
                           : i % 3 == 1 ? arena_printf(arena, "x@d%d.example", i)
                                        : arena_printf(arena, "x@y.z.s%d.example", i);
        struct mail_address address = mail_address_of(span_str(text), arena);
        assert_true(address_set_has(set, &address));
        address = mail_address_of(span_str(arena_printf(arena, "-%s", text)), arena);
        assert_int_equal(address_set_has(set, &address), i % 3 != 0);
        address = mail_address_of(span_str(arena_printf(arena, "%s0000000", text)), arena);
        assert_false(address_set_has(set, &address));
    }
}

/* A domain of a header may be as long as a field. */
static void test_long_domain(void **state)
{
    (void)state;
    struct string_set set = {0};
    string_set_add(&set, SPAN("b.example"), arena);
    char *text = arena_alloc(arena, 2000000);
    memset(text, '.', 2000000);
    assert_false(string_set_has_behind_dot(&set, span_of(text, 2000000)));
    memcpy(text + 2000000 - 10, ".b.example", 10);
    assert_true(string_set_has_behind_dot(&set, span_of(text, 2000000)));
    assert_false(string_set_has_behind_dot(&set, SPAN("b.example")));
    assert_true(string_set_has(&set, SPAN("b.example")));
}

static int setup(void **state)
{
    struct node root;
    (void)state;
    arena = arena_new();
    reader_init(&reader, arena);
    struct span text = SPAN("{\"own_domains\": [\"corp.example\", \"*.Corp.example\", "
                            "\"b\xc3\xbc"
                            "cher.example\"]}");
    return !reader_load_text(&reader, "test", text, &root) ||
           !own_domains_read(&reader, &root, &own);
}

static int teardown(void **state)
{
    (void)state;
    reader_fini(&reader);
    arena_free(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples),     cmocka_unit_test(test_case_of_the_local_part),
        cmocka_unit_test(test_no_items),    cmocka_unit_test(test_many),
        cmocka_unit_test(test_long_domain),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
