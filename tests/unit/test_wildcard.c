/* SPDX-License-Identifier: Apache-2.0 */
/* Wildcards of addresses. */
#include "engine/base/wildcard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static bool matches(const char *pattern, const char *text)
{
    return wildcard_matches(span_str(pattern), span_str(text));
}

static void test_wildcards(void **state)
{
    (void)state;
    assert_true(matches("*@corp.example", "a.b@CORP.example"));
    assert_false(matches("*@corp.example", "a@corp.example.org"));
    assert_false(matches("*@corp.example", "a@sub.corp.example"));
    assert_true(matches("a?c", "abc"));
    assert_false(matches("a?c", "ac"));
    assert_true(matches("*", ""));
    assert_true(matches("", ""));
    assert_false(matches("", "a"));
    assert_true(matches("**b*", "aab"));
    assert_true(matches("*a*b*c", "xaxbxcxabc"));
    assert_false(matches("a*", "ba"));
}

/* Many stars must not cost more than the product of the lengths. */
static void test_wildcards_are_bounded(void **state)
{
    (void)state;
    char pattern[401], text[20001];
    for (size_t i = 0; i < 400; i += 2) {
        pattern[i] = '*';
        pattern[i + 1] = 'a';
    }
    memset(text, 'a', sizeof text);
    pattern[400] = '\0';
    text[20000] = '\0';
    text[19999] = 'b';
    assert_false(matches(pattern, text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wildcards),
        cmocka_unit_test(test_wildcards_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
