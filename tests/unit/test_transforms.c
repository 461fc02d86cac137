/* SPDX-License-Identifier: Apache-2.0 */
/* The transforms, as they leave: each through a ruleset and a message. */
#include "engine/message/library.h"
#include "tests/support/rules_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <time.h>

#include <cmocka.h>

static void expect(const char *rules, const char *in, const char *out)
{
    struct rules_case c;
    rules_case_below(&c, rules);
    if (!c.rulesets)
        fail_msg("%s", rules_case_complaints(&c));
    rules_case_run(&c, in);
    if (!c.output.ptr)
        fail_msg("not delivered: %.*s (%s)", SPAN_ARG(c.outcome.text), c.outcome.detail);
    assert_string_equal(rules_case_output(&c), out);
    rules_case_fini(&c);
}

static void expect_verdict(const char *rules, const char *in, enum verdict verdict,
                           const char *detail)
{
    struct rules_case c;
    rules_case_below(&c, rules);
    if (!c.rulesets)
        fail_msg("%s", rules_case_complaints(&c));
    rules_case_run(&c, in);
    assert_int_equal(c.outcome.verdict, verdict);
    assert_non_null(c.outcome.detail);
    assert_string_equal(c.outcome.detail, detail);
    rules_case_fini(&c);
}

#define BODY(pattern, transform)                                                                   \
    "{'extract': 'Body', 'pattern': '" pattern "', 'rules': [" transform "]}"
#define SUBJECT(pattern, transform)                                                                \
    "{'extract': 'Subject', 'pattern': '" pattern "', 'rules': [" transform "]}"
#define FROM "From: a@x.example\n"

static void test_mask(void **state)
{
    (void)state;
    expect(BODY("\\\\d+", "{'transform': 'Mask'}"), FROM "\nid 123456.\n", FROM "\nid ******.\n");
    expect(BODY("\\\\d+", "{'transform': 'Mask', 'mask_character': 'X', 'keep_left': 1, "
                          "'keep_right': 2}"),
           FROM "\nid 123456.\n", FROM "\nid 1XXX56.\n");
}

static void test_mask_keeps_delimiters_and_does_not_count_them(void **state)
{
    (void)state;
    expect(BODY("[\\\\d-]{11}", "{'transform': 'Mask', 'keep_right': 4, 'keep_delimiters': true}"),
           FROM "\nssn 123-45-6789.\n", FROM "\nssn ***-**-6789.\n");
    expect(BODY("[\\\\d-]{11}", "{'transform': 'Mask', 'keep_right': 5}"), FROM "\n123-45-6789\n",
           FROM "\n******-6789\n");
}

static void test_mask_of_short_pieces(void **state)
{
    (void)state;
    expect(BODY("\\\\d+", "{'transform': 'Mask', 'keep_right': 4}"), FROM "\n12 1234 12345\n",
           FROM "\n** **** *2345\n");
    expect(BODY("\\\\d+", "{'transform': 'Mask', 'keep_left': 3, 'keep_right': 3}"),
           FROM "\n12345 123456 1234567\n", FROM "\n***** ****** 123*567\n");
    expect(BODY("[\\\\d-]+", "{'transform': 'Mask', 'keep_right': 4, 'keep_delimiters': true}"),
           FROM "\n1-2-3-4 --\n", FROM "\n*-*-*-* --\n");
}

static void test_mask_counts_characters(void **state)
{
    (void)state;
    expect("{'extract': 'Subject', 'rules': [{'transform': 'Mask', 'keep_left': 1}]}",
           FROM "Subject: =?utf-8?Q?=C3=84=C3=96=C3=9C?=\n\n",
           FROM "Subject: =?UTF-8?Q?=C3=84**?=\n\n");
}

static void test_mask_keeps_line_ends(void **state)
{
    (void)state;
    expect("{'extract': 'Body', 'rules': [{'transform': 'Mask'}]}", FROM "\nab\n\ncd\n",
           FROM "\n**\n\n**\n");
}

static void test_redact(void **state)
{
    (void)state;
    expect(BODY("\\\\d+", "{'transform': 'Redact'}"), FROM "\nid 123.\n",
           FROM "\nid [REDACTED].\n");
    expect(BODY("(?<k>\\\\w+)=(\\\\d+)", "{'transform': 'Redact', 'with': '<%(rule)s %%>'}"),
           FROM "\nx=1.\n", FROM "\n<Transform Redact %>.\n");
    expect(BODY("(?<k>\\\\w+)=(\\\\d+)", "{'transform': 'Redact', 'with': '%(k)s=?'}"),
           FROM "\nx=1 y=2\n", FROM "\nx=? y=?\n");
}

static void test_replace(void **state)
{
    (void)state;
    expect(BODY("\\\\d+", "{'transform': 'Replace', 'with': 'N'}"), FROM "\nid 123.\n",
           FROM "\nid N.\n");
    expect("{'extract': 'Body', 'rules': [{'transform': 'Replace', 'patterns': ["
           "{'pattern': '(\\\\d+)-(?<b>\\\\d+)', 'replacement': '\\\\k<b>:\\\\1\\\\\\\\'},"
           "{'pattern': '\\\\d', 'replacement': '#'}]}]}",
           FROM "\n12-34 5\n", FROM "\n34:12\\ #\n");
}

static void test_header_values_cannot_inject(void **state)
{
    (void)state;
    expect("{'extract': 'Subject', 'rules': [{'transform': 'Header', 'header_name': 'X-S', "
           "'header_value': 'was %(input)s'}]}",
           FROM "Subject: =?utf-8?Q?a=0D=0ABcc:_x@y=0Bz?=\n\n",
           "X-S: was a  Bcc: x@y z\n" FROM "Subject: =?utf-8?Q?a=0D=0ABcc:_x@y=0Bz?=\n\n");
}

static void test_header_values_are_encoded(void **state)
{
    (void)state;
    expect("{'transform': 'Header', 'header_name': 'X-S', 'header_value': 'Grüße'}", FROM "\n",
           "X-S: =?UTF-8?B?R3LDvMOfZQ==?=\n" FROM "\n");
}

static void test_header_if_exists(void **state)
{
    (void)state;
    const char *in = "x-action: old\n" FROM "X-Action: older\n\n";
    expect("{'transform': 'Header', 'header_name': 'X-Action', 'header_value': 'new'}", in,
           "x-action: new\n" FROM "\n");
    expect("{'transform': 'Header', 'header_name': 'X-Action', 'header_value': 'new', "
           "'if_exists': 'append'}",
           in, "X-Action: new\nx-action: old\n" FROM "X-Action: older\n\n");
    expect("{'transform': 'Header', 'header_name': 'X-Action', 'header_value': 'new', "
           "'if_exists': 'keep'}",
           in, "x-action: old\n" FROM "X-Action: older\n\n");
    expect("{'transform': 'Header', 'header_name': 'X-Action', 'operation': 'remove'}", in,
           FROM "\n");
    expect("{'transform': 'Header', 'header_name': 'X-B', 'header_value': 'new', "
           "'if_exists': 'keep'}",
           in, "X-B: new\nx-action: old\n" FROM "X-Action: older\n\n");
}

static void test_header_of_several_rules(void **state)
{
    (void)state;
    expect(
        "{'transform': 'Header', 'header_name': 'X-A', 'header_value': '1'},"
        "{'transform': 'Header', 'header_name': 'x-a', 'header_value': '2'},"
        "{'transform': 'Header', 'header_name': 'X-A', 'header_value': '3', 'if_exists': 'keep'},"
        "{'transform': 'Header', 'header_name': 'X-A', 'header_value': '4', 'if_exists': "
        "'append'}",
        FROM "\n", "x-a: 2\nX-A: 4\n" FROM "\n");
}

static void test_inspected_header_is_ours_alone(void **state)
{
    (void)state;
    expect("{'extract': 'Body'}",
           "x-culvert-inspected: true\n" FROM
           "X-Culvert-Inspected: no\n Bcc: x\nX-Culvert-Tags: spoof\nX-Culvert-Uninspected: y\n\n",
           FROM "\n");
}

static void test_tag(void **state)
{
    (void)state;
    expect(
        BODY("\\\\d",
             "{'transform': 'Tag', 'tag': 'digit'}") ","
                                                     "{'transform': 'Tag', 'tag': 'b', 'header': "
                                                     "false},{'transform': 'Tag', 'tag': 'c'}",
        FROM "\n1 2\n", "X-Culvert-Tags: digit, c\n" FROM "\n1 2\n");
}

static void test_subject_prefix(void **state)
{
    (void)state;
    const char *rules = "{'transform': 'Tag', 'tag': 't', 'header': false, 'subject_prefix': "
                        "'[Protected] '}";
    expect(rules, FROM "Subject: hello\n\n", FROM "Subject: [Protected] hello\n\n");
    expect(rules, FROM "\n", "Subject: [Protected]\n" FROM "\n");
    expect(rules, FROM "Subject: [protected] x\n\n", FROM "Subject: [protected] x\n\n");
    expect(rules, FROM "Subject: Re: AW: [Protected] x\n\n",
           FROM "Subject: Re: AW: [Protected] x\n\n");
    expect(rules, FROM "Subject: hi\nThread-Topic: hi\n\n",
           FROM "Subject: [Protected] hi\nThread-Topic: hi\n\n");
    expect(rules, FROM "Subject: =?utf-8?B?w4Q=?=\n\n",
           FROM "Subject: [Protected] =?utf-8?B?w4Q=?=\n\n");
}

static void test_subject_and_its_copy_are_masked(void **state)
{
    (void)state;
    expect(SUBJECT("\\\\d+", "{'transform': 'Mask'}"),
           FROM "Subject: pin 123\nThread-Topic: pin 123\n\n",
           FROM "Subject: pin ***\nThread-Topic: pin ***\n\n");
}

/* DESIGN promise 4: what a rule hides is hidden in what others write. */
static void test_captured_texts_leave_hidden(void **state)
{
    (void)state;
    expect(BODY("ssn (?<n>[\\\\d-]+)",
                "{'transform': 'Header', 'header_name': 'X-Found', "
                "'header_value': '%(n)s'}") "," BODY("[\\\\d-]{11}",
                                                     "{'transform': 'Mask', 'keep_right': 4, "
                                                     "'keep_delimiters': true}"),
           FROM "\nssn 123-45-6789\n", "X-Found: ***-**-6789\n" FROM "\nssn ***-**-6789\n");
    expect(BODY("ssn (?<n>\\\\d+)",
                "{'transform': 'Header', 'header_name': 'X-Found', "
                "'header_value': '%(n)s'}") "," BODY("\\\\d+", "{'transform': 'Redact', 'with': "
                                                               "'was %(rule)s %(input)s'}"),
           FROM "\nssn 1234\n",
           "X-Found: was Transform Redact 1234\n" FROM "\nssn was Transform Redact 1234\n");
}

/* A group of a look-ahead is outside of what is replaced: another rule may hide it. */
static void test_replacements_show_what_leaves(void **state)
{
    (void)state;
    expect(
        "{'extract': 'Body', 'rules': [{'transform': 'Replace', 'patterns': [{'pattern': "
        "'k(?== (\\\\w+))', 'replacement': '\\\\1'}]}]}," BODY("v\\\\d", "{'transform': 'Mask'}"),
        FROM "\nk= v1 k= w2\n", FROM "\n**= ** w2= w2\n");
}

/* Each is written as it leaves; that must not cost a look at all the others. */
static void test_many_replacements(void **state)
{
    (void)state;
    struct rules_case c;
    struct buf text = BUF_INIT;
    rules_case_below(&c, "{'extract': 'Body', 'rules': [{'transform': 'Replace', 'patterns': "
                         "[{'pattern': '(\\\\d)-(\\\\d)', 'replacement': '\\\\2-\\\\1'}]}]}");
    buf_add_str(&text, FROM "\n");
    for (int i = 0; i < 40000; i++)
        buf_add_str(&text, i % 10 == 9 ? "1-2\n" : "1-2 ");
    buf_add_byte(&text, '\0');
    clock_t before = clock();
    rules_case_run(&c, text.ptr);
    assert_int_equal(c.outcome.verdict, VERDICT_DELIVER);
    assert_true(clock() - before < 8 * CLOCKS_PER_SEC);
    assert_int_equal(span_find(c.output, SPAN("1-2")), SPAN_NONE);
    buf_fini(&text);
    rules_case_fini(&c);
}

static void test_overlapping_hides_join(void **state)
{
    (void)state;
    expect(BODY("12345",
                "{'transform': 'Mask', 'keep_right': 2}") "," BODY("3456", "{'transform': 'Mask'}"),
           FROM "\n1234567\n", FROM "\n******7\n");
}

static void test_conflict_names_both_rules(void **state)
{
    (void)state;
    expect_verdict("{'extract': 'Body', 'pattern': '123', 'rules': [{'name': 'one', 'transform': "
                   "'Replace', 'with': 'a'}]},{'extract': 'Body', 'pattern': '234', 'rules': "
                   "[{'name': 'two', 'transform': 'Replace', 'with': 'b'}]}",
                   FROM "\n1234\n", VERDICT_TEMPFAIL,
                   "rules \"one\" and \"two\" want different changes of the same place");
}

static void test_message_without_header(void **state)
{
    (void)state;
    struct rules_case c;
    rules_case_below(&c, "{'extract': 'Body'}");
    c.inspection.on_uncertain = TROUBLE_PASS;
    rules_case_run(&c, "");
    assert_string_equal(rules_case_output(&c), "\n");
    rules_case_run(&c, "\nbody\n");
    assert_string_equal(rules_case_output(&c), "\nbody\n");
    rules_case_run(&c, " folded: line\nbody\n");
    assert_null(strstr(rules_case_output(&c), "true\n folded"));
    rules_case_fini(&c);
}

static void test_mbox_line_stays_in_front(void **state)
{
    (void)state;
    struct rules_case c;
    rules_case_below(&c, "{'extract': 'Body'}");
    c.inspection.on_uncertain = TROUBLE_PASS;
    rules_case_run(&c, "From a@x Mon Jan  1 00:00:00 2024\nFrom: a@x\n\nb\n");
    assert_string_equal(rules_case_output(&c), "From a@x Mon Jan  1 00:00:00 2024\n"
                                               "X-Culvert-Inspected: true\nFrom: a@x\n\nb\n");
    rules_case_fini(&c);
}

static int setup(void **state)
{
    (void)state;
    pattern_library_init();
    message_library_init();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mask),
        cmocka_unit_test(test_mask_keeps_delimiters_and_does_not_count_them),
        cmocka_unit_test(test_mask_of_short_pieces),
        cmocka_unit_test(test_mask_counts_characters),
        cmocka_unit_test(test_mask_keeps_line_ends),
        cmocka_unit_test(test_redact),
        cmocka_unit_test(test_replace),
        cmocka_unit_test(test_header_values_cannot_inject),
        cmocka_unit_test(test_header_values_are_encoded),
        cmocka_unit_test(test_header_if_exists),
        cmocka_unit_test(test_header_of_several_rules),
        cmocka_unit_test(test_inspected_header_is_ours_alone),
        cmocka_unit_test(test_tag),
        cmocka_unit_test(test_subject_prefix),
        cmocka_unit_test(test_subject_and_its_copy_are_masked),
        cmocka_unit_test(test_captured_texts_leave_hidden),
        cmocka_unit_test(test_replacements_show_what_leaves),
        cmocka_unit_test(test_many_replacements),
        cmocka_unit_test(test_overlapping_hides_join),
        cmocka_unit_test(test_conflict_names_both_rules),
        cmocka_unit_test(test_message_without_header),
        cmocka_unit_test(test_mbox_line_stays_in_front),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
