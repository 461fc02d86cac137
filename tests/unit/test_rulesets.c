/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of wrong rulesets at load, all of it in one run, with places. */
#include "tests/support/rules_case.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void expect_complaints(const char *json, const char *text)
{
    struct rules_case c;
    rules_case_init(&c, json);
    assert_string_equal(rules_case_complaints(&c), text);
    assert_null(c.rulesets);
    rules_case_fini(&c);
}

static void expect_below(const char *rules, const char *text)
{
    struct rules_case c;
    rules_case_below(&c, rules);
    assert_string_equal(rules_case_complaints(&c), text);
    assert_null(c.rulesets);
    rules_case_fini(&c);
}

#define R "/rulesets/0/rules/0/rules/0"

static void test_good(void **state)
{
    (void)state;
    struct rules_case c;
    rules_case_below(&c, "{'extract': 'subject', 'pattern': '(?<n>x)', 'rules': [{'transform': "
                         "'header', 'header_name': 'X-A', 'header_value': '%(n)s'}]}");
    assert_string_equal(rules_case_complaints(&c), "");
    assert_non_null(c.rulesets);
    assert_true(ruleset_sets_header(c.inspection.ruleset, SPAN("x-a")));
    assert_false(ruleset_sets_header(c.inspection.ruleset, SPAN("X-B")));
    assert_null(rulesets_find(c.rulesets, SPAN("none")));
    rules_case_fini(&c);
}

/* Who is logged in matters to a ruleset: by a condition, a constraint, a text, one it refers to. */
static void check_asks(const char *rules, bool wanted)
{
    struct rules_case c;
    char json[1200];
    (void)snprintf(json, sizeof json,
                   "{'constraints': [{'name': 'staff', 'user': ['*@corp.example']}, "
                   "{'name': 'in', 'tls': true}], 'rulesets': [{'name': 'top', 'rules': "
                   "[{'extract': 'SMTP Message', 'rules': [%s]}]}, {'name': 'far', 'rules': "
                   "[{'ruleset': 'farther'}]}, {'name': 'farther', 'rules': [{'transform': "
                   "'Header', 'header_name': 'X', 'header_value': 'by %%(user)s'}]}]}",
                   rules);
    rules_case_init(&c, json);
    assert_string_equal(rules_case_complaints(&c), "");
    assert_non_null(c.inspection.ruleset);
    assert_int_equal(ruleset_asks_user(c.inspection.ruleset), wanted);
    rules_case_fini(&c);
}

static void test_asks_user(void **state)
{
    (void)state;
    check_asks("{'when': {'sender': ['user@x.example']}, 'transform': 'Tag', 'tag': 'user'}",
               false);
    check_asks("{'when': {'user': ['ann']}, 'dispose': 'reject'}", true);
    check_asks("{'when': {'user': {'none': ['ann']}}, 'dispose': 'reject', 'enabled': false}",
               false);
    check_asks("{'when': {'constraint': ['in']}, 'dispose': 'reject'}", false);
    check_asks("{'when': {'constraint': ['in', 'staff']}, 'dispose': 'reject'}", true);
    check_asks("{'extract': 'Subject', 'rules': [{'when': {'user': 'ann'}, 'dispose': 'reject'}]}",
               true);
    check_asks("{'error': {'code': 550, 'message': 'not you, %(user)s'}}", true);
    check_asks("{'error': {'code': 550, 'message': '%(user)s'}, 'enabled': false}", false);
    check_asks("{'ruleset': 'far'}", true);
    check_asks("{'extract': 'Subject', 'patterns': [{'pattern': 'x', 'ruleset': 'far'}]}", true);
}

static void test_actions(void **state)
{
    (void)state;
    expect_below("{'extract': 'Body', 'transform': 'Mask'}",
                 R "/transform: a rule has one action, and this one already has \"extract\"\n");
    expect_below("{'detect': 'qqqqqq'}",
                 R "/detect: there is no profile, DLP rule, entity or dictionary \"qqqqqq\"\n");
    expect_below("{'set_context_variable': 'x'}",
                 R "/set_context_variable: \"set_context_variable\" is not in this version\n");
    expect_below("{'set_user_identity': ' '}",
                 R "/set_user_identity: expected the name of a user, got \" \"\n");
    expect_below("{'set_user_identity': '%(tag)s'}",
                 R "/set_user_identity: %(tag)s cannot be part of who the user is\n");
    expect_below("{'set_user_identity': '%(nobody)s'}", R
                 "/set_user_identity: %(nobody)s: no pattern of this rule or of one above it has a "
                 "group of that name\n");
    expect_below("{'set_user_identity': 'x', 'rules': []}",
                 R "/rules: a rule with \"Set User Identity x\" has no rules below it\n");
    expect_below("{'extract': 'CSV'}", R "/extract: extract \"CSV\" is not in this version\n");
    expect_below("{'dispose': 'hold'}", R "/dispose: dispose \"hold\" is not in this version\n");
    expect_below("{'transform': 'Protect'}",
                 R "/transform: transform \"Protect\" is not in this version\n");
    expect_below("{'transform': 'Musk'}",
                 R "/transform: expected one of Mask, Redact, Replace, Header, Tag, got \"Musk\"; "
                   "did you mean \"Mask\"?\n");
    expect_below("{'extract': 'Body', 'keep_left': 1}",
                 R "/keep_left: unknown key; expected one of extract, pattern, group, patterns, "
                   "prerequisite_match_pattern, when, match, rules, body_type, name, description, "
                   "enabled, comment\n");
}

static void test_leaves_have_no_children(void **state)
{
    (void)state;
    expect_below("{'transform': 'Tag', 'tag': 'x', 'rules': []}",
                 R "/rules: a rule with \"Transform Tag\" has no rules below it\n");
}

static void test_patterns(void **state)
{
    (void)state;
    expect_below("{'extract': 'Body', 'pattern': 'a(b'}",
                 R "/pattern: end pattern with unmatched parenthesis at offset 1\n");
    expect_below("{'extract': 'Body', 'pattern': '(a)(b)', 'group': 3}",
                 R "/group: the pattern has no group 3; its last one is 2\n");
    expect_below("{'extract': 'Body', 'group': 1}", R "/group: a group needs a \"pattern\"\n");
    expect_below("{'extract': 'Body', 'pattern': 'a', 'patterns': [{'pattern': 'b'}]}",
                 R "/patterns: expected either \"pattern\" or \"patterns\"\n");
    expect_below("{'extract': 'Body', 'patterns': []}",
                 R "/patterns: expected at least one pattern\n");
    expect_below("{'extract': 'Body', 'patterns': [{'pattern': 'b', 'group': 1}]}",
                 R "/patterns/0/group: the pattern has no group 1; its last one is 0\n");
}

static void test_what_fits_where(void **state)
{
    (void)state;
    expect_complaints("{'rulesets': [{'name': 'r', 'rules': [{'extract': 'Subject'}]}]}",
                      "/rulesets/0/rules/0/extract: \"Extract Subject\" must stand below "
                      "\"extract\": \"SMTP Message\"\n");
    expect_below("{'extract': 'Body', 'rules': [{'extract': 'Subject'}]}",
                 R "/rules/0/extract: \"Extract Subject\" does not fit below Body\n");
    expect_below("{'transform': 'Mask'}", R "/transform: Mask cannot change SMTP Message\n");
    expect_below("{'extract': 'Sender', 'rules': [{'extract': 'Text', 'rules': [{'transform': "
                 "'Redact'}]}]}",
                 R "/rules/0/rules/0/transform: Redact cannot change an envelope address\n");
    expect_below("{'extract': 'Header', 'header_name': 'content-type', 'rules': [{'transform': "
                 "'Redact'}]}",
                 R "/rules/0/transform: Redact cannot change a header field that says how to read "
                   "the body\n");
}

static void test_names_in_texts(void **state)
{
    (void)state;
    expect_below("{'extract': 'Body', 'pattern': '(?<a>x)', 'rules': [{'transform': 'Redact', "
                 "'with': '%(b)s'}]}",
                 R "/rules/0/with: %(b)s: no pattern of this rule or of one above it has a group "
                   "of that name\n");
    expect_below("{'transform': 'Header', 'header_name': 'X', 'header_value': '%(input'}",
                 R "/header_value: expected \"%(name)s\" or \"%%\" at offset 0\n");
    expect_below("{'extract': 'Body', 'rules': [{'transform': 'Replace', 'patterns': [{'pattern': "
                 "'x', 'replacement': '\\\\1'}]}]}",
                 R "/rules/0/patterns/0/replacement: the pattern has no group 1 (at offset 0)\n");
}

static void test_header_names(void **state)
{
    (void)state;
    expect_below("{'transform': 'Header', 'header_name': 'X A', 'header_value': ''}",
                 R "/header_name: expected a header field name (RFC 5322 2.2: printable ASCII "
                   "without blank and colon)\n");
    expect_below("{'transform': 'Header', 'header_name': 'content-TYPE', 'header_value': ''}",
                 R "/header_name: the field \"content-TYPE\" cannot be set by a rule\n");
    expect_below("{'transform': 'Header', 'header_name': 'X-A'}",
                 R ": expected key \"header_value\" (string), got none\n");
    expect_below("{'transform': 'Header', 'header_name': 'X-A', 'operation': 'remove', "
                 "'header_value': 'x'}",
                 R "/header_value: a field that is removed has no value\n");
}

static void test_settings(void **state)
{
    (void)state;
    expect_below("{'extract': 'Body', 'rules': [{'transform': 'Mask', 'mask_character': '**'}]}",
                 R "/rules/0/mask_character: expected one character, got 2\n");
    expect_below("{'transform': 'Tag', 'tag': 'a,b'}",
                 R "/tag: expected 1 to 64 printable ASCII characters without comma\n");
    expect_below("{'transform': 'Tag', 'tag': 'a-%(tag)s'}", R "/tag: a tag cannot hold %(tag)s\n");
    expect_below("{'error': {'code': 550, 'enhanced': '4.7.1'}}",
                 R "/error/enhanced: expected an enhanced status code such as 5.7.1\n");
    expect_below("{'extract': 'Body', 'rules': [{'transform': 'Replace'}]}",
                 R "/rules/0: expected either \"with\" or \"patterns\"\n");
}

static void test_references(void **state)
{
    (void)state;
    expect_below("{'ruleset': 'rr'}",
                 R "/ruleset: there is no ruleset \"rr\"; did you mean \"r\"?\n");
    expect_complaints(
        "{'rulesets': [{'name': 'a', 'rules': [{'ruleset': 'b'}]}, {'name': 'b', 'rules': "
        "[{'ruleset': 'c'}]}, {'name': 'c', 'rules': [{'extract': 'Body', 'patterns': "
        "[{'pattern': 'x', 'ruleset': 'a'}]}]}]}",
        "/rulesets/2/rules/0/patterns/0/ruleset: rulesets refer to each other in a circle: a -> b "
        "-> c -> a\n");
    expect_complaints("{'rulesets': [{'name': 'a', 'rules': []}, {'name': 'a', 'rules': []}]}",
                      "/rulesets/1: the name \"a\" is taken, at test:1:15\n");
}

/* What fits depends on who refers to it. */
static void test_references_are_followed(void **state)
{
    (void)state;
    expect_complaints(
        "{'rulesets': [{'name': 'a', 'rules': [{'extract': 'SMTP Message', 'rules': [{'extract': "
        "'Sender', 'rules': [{'ruleset': 'b'}]}, {'extract': 'Subject', 'rules': [{'ruleset': "
        "'b'}]}]}]}, {'name': 'b', 'rules': [{'transform': 'Mask'}]}]}",
        "/rulesets/1/rules/0/transform: Mask cannot change an envelope address\n");
    struct rules_case c;
    rules_case_init(&c, "{'rulesets': [{'name': 'a', 'rules': [{'extract': 'SMTP Message', "
                        "'rules': [{'extract': 'Body', 'patterns': [{'pattern': '(?<x>1)', "
                        "'ruleset': 'b'}]}]}]}, {'name': 'b', 'rules': [{'transform': 'Redact', "
                        "'with': '%(x)s'}]}]}");
    assert_string_equal(rules_case_complaints(&c), "");
    rules_case_fini(&c);
}

static void test_check_top(void **state)
{
    (void)state;
    struct rules_case c;
    rules_case_init(&c, "{'rulesets': [{'name': 'a', 'rules': [{'transform': 'Tag', 'tag': 'x'}]},"
                        "{'name': 'b', 'rules': [{'enabled': false, 'transform': 'Tag', 'tag': "
                        "'x'}, {'extract': 'SMTP Message'}]}]}");
    assert_non_null(c.rulesets);
    struct node root = {0};
    assert_true(reader_load_text(&c.reader, "user", SPAN("{\"ruleset\": \"a\"}"), &root));
    struct node user = node_get(&c.reader, &root, "ruleset");
    assert_true(ruleset_check_top(rulesets_find(c.rulesets, SPAN("b")), &c.reader, &user));
    assert_false(ruleset_check_top(rulesets_find(c.rulesets, SPAN("a")), &c.reader, &user));
    assert_string_equal(rules_case_complaints(&c),
                        "/ruleset: expected a ruleset whose first rule is \"extract\": \"SMTP "
                        "Message\"; the one of \"a\" is Transform Tag\n");
    rules_case_fini(&c);
}

static void test_conditions(void **state)
{
    (void)state;
    expect_below("{'when': {'constraint': 'ext'}, 'dispose': 'reject'}",
                 R "/when/constraint: there is no constraint \"ext\"\n");
    expect_below(
        "{'when': {'client': '10.0.0.0/33'}, 'dispose': 'reject'}",
        R "/when/client: expected a prefix length 0..32 behind the '/', got \"10.0.0.0/33\"\n");
    expect_below("{'when': {'recipients': {}}, 'dispose': 'reject'}",
                 R "/when/recipients: expected one of any, all, any_not, none\n");
    expect_below("{'when': {'sender': 3}, 'dispose': 'reject'}",
                 R "/when/sender: expected a string, a list of strings, or an object\n");
    expect_complaints("{'constraints': [{'sender': 'a@b.example'}], 'rulesets': []}",
                      "/constraints/0: expected key \"name\" (string), got none\n");
}

static void test_all_errors_in_one_run(void **state)
{
    (void)state;
    expect_below("{'extract': 'Body', 'pattern': '('}, {'transform': 'Mask'}, {'ruleset': 'zzz'}",
                 R "/pattern: end pattern with unmatched parenthesis at offset 0\n"
                   "/rulesets/0/rules/0/rules/2/ruleset: there is no ruleset \"zzz\"\n"
                   "/rulesets/0/rules/0/rules/1/transform: Mask cannot change SMTP Message\n");
}

static void test_depth(void **state)
{
    (void)state;
    char json[8192] = "";
    for (int i = 0; i < 70; i++)
        strcat(json, "{'rules': [");
    strcat(json, "{'dispose': 'reject'}");
    for (int i = 0; i < 70; i++)
        strcat(json, "]}");
    struct rules_case c;
    rules_case_below(&c, json);
    assert_null(c.rulesets);
    assert_non_null(strstr(rules_case_complaints(&c), "rules are nested deeper than 64 levels"));
    rules_case_fini(&c);
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
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_asks_user),
        cmocka_unit_test(test_actions),
        cmocka_unit_test(test_leaves_have_no_children),
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_what_fits_where),
        cmocka_unit_test(test_names_in_texts),
        cmocka_unit_test(test_header_names),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_references_are_followed),
        cmocka_unit_test(test_check_top),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_all_errors_in_one_run),
        cmocka_unit_test(test_depth),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
