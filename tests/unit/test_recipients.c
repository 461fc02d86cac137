/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that drop, replace and add recipients: who gets the message, whatever their order. */
#include "rulesets/run/recipients.h"

#include "engine/base/buf.h"
#include "engine/message/library.h"
#include "engine/message/map/mailbox.h"
#include "tests/support/rules_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define FROM "From: a@in.example\n"

static struct rules_case c;

static void begin(const char *rules)
{
    static struct span recipients[3];
    rules_case_below(&c, rules);
    if (!c.rulesets)
        fail_msg("%s", rules_case_complaints(&c));
    recipients[0] = SPAN("to@out.example");
    recipients[1] = SPAN("ann@corp.example");
    recipients[2] = SPAN("Ann@Corp.Example");
    c.envelope.recipients = recipients;
    c.envelope.recipient_count = 3;
}

/* "to@out.example +added >instead" */
static void expect_recipients(const char *wanted)
{
    static const char *const marks[] = {"", ">", "+"};
    struct buf got = BUF_INIT;
    for (size_t i = 0; i < c.outcome.recipient_count; i++) {
        const struct recipient *recipient = &c.outcome.recipients[i];
        buf_printf(&got, "%s%s%.*s", i > 0 ? " " : "", marks[recipient->origin],
                   SPAN_ARG(recipient->address));
        if (recipient->origin == RECIPIENT_KEPT)
            assert_true(span_equal(c.envelope.recipients[recipient->asked], recipient->address));
    }
    buf_add_byte(&got, '\0');
    assert_string_equal(got.ptr, wanted);
    buf_fini(&got);
}

static void expect(const char *rules, const char *wanted)
{
    begin(rules);
    rules_case_run(&c, FROM "Subject: boss@corp.example 12\n\nbody\n");
    assert_int_equal(c.outcome.verdict, VERDICT_DELIVER);
    assert_true(c.outcome.readdressed);
    expect_recipients(wanted);
    rules_case_fini(&c);
}

#define DROP "{'dispose': 'discard', 'recipients': ['*@OUT.example']}"
#define REDIRECT "{'dispose': 'deliver', 'redirect': ['r@corp.example', 's@out.example']}"
#define BCC "{'dispose': 'deliver', 'bcc': 'b@corp.example'}"

static void test_each(void **state)
{
    (void)state;
    expect(DROP, "ann@corp.example Ann@Corp.Example");
    expect(REDIRECT, ">r@corp.example >s@out.example");
    expect(BCC, "to@out.example ann@corp.example Ann@Corp.Example +b@corp.example");
}

/* Dropped are the client's only; who is redirected to or added is what rules want. */
static void test_the_order_has_no_say(void **state)
{
    (void)state;
    static const char *const orders[] = {DROP "," REDIRECT "," BCC, BCC "," REDIRECT "," DROP,
                                         REDIRECT "," DROP "," BCC};
    for (size_t i = 0; i < ARRAY_LEN(orders); i++)
        expect(orders[i], ">r@corp.example >s@out.example +b@corp.example");
    expect(DROP "," BCC, "ann@corp.example Ann@Corp.Example +b@corp.example");
    expect(BCC "," DROP, "ann@corp.example Ann@Corp.Example +b@corp.example");
    expect(REDIRECT ",{'dispose': 'deliver', 'redirect': 'x@y.example'}",
           ">r@corp.example >s@out.example >x@y.example");
}

static void test_a_copy_goes_where_nobody_else_does(void **state)
{
    (void)state;
    expect("{'dispose': 'discard', 'recipients': '*'}," BCC, "+b@corp.example");
}

static void test_nobody_is_left(void **state)
{
    (void)state;
    begin("{'name': 'inside', 'dispose': 'discard', 'recipients': '*@corp.example'}," DROP);
    rules_case_run(&c, FROM "\n");
    assert_int_equal(c.outcome.verdict, VERDICT_DISCARD);
    assert_string_equal(c.outcome.reason, "recipients");
    assert_string_equal(c.outcome.rule, "inside");
    assert_null(c.outcome.edits);
    rules_case_fini(&c);
}

/* The local part is the last server's affair, the domain is not. */
static void test_repeated(void **state)
{
    (void)state;
    expect("{'dispose': 'deliver', 'bcc': ['TO@out.example', 'to@OUT.EXAMPLE', 'b@x.example', "
           "'b@X.example']}",
           "to@out.example ann@corp.example Ann@Corp.Example +TO@out.example +b@x.example");
    assert_int_equal(mailbox_compare(SPAN("a@b"), SPAN("a@B")), 0);
    assert_int_not_equal(mailbox_compare(SPAN("a@b"), SPAN("A@b")), 0);
    assert_int_not_equal(mailbox_compare(SPAN("a@b"), SPAN("a@bc")), 0);
    assert_int_not_equal(mailbox_compare(SPAN("ab@b"), SPAN("a@b")), 0);
    assert_int_equal(mailbox_compare(SPAN("Postmaster"), SPAN("Postmaster")), 0);
    assert_int_not_equal(mailbox_compare(SPAN("Postmaster"), SPAN("Postmaster@x")), 0);
    assert_int_equal(mailbox_compare(SPAN("\"x@y\"@b"), SPAN("\"x@y\"@B")), 0);
}

/* What would change nothing leaves the envelope as the client gave it, twice named or not. */
static void test_nothing_to_change(void **state)
{
    (void)state;
    static const char *const rules[] = {
        "{'dispose': 'discard', 'recipients': 'eve@*'}",
        "{'dispose': 'deliver', 'bcc': 'to@Out.Example'}",
        "{'when': {'sender': 'nobody@*'}, 'dispose': 'deliver', 'redirect': 'x@y.example'}"};
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        begin(rules[i]);
        rules_case_run(&c, FROM "\n");
        assert_int_equal(c.outcome.verdict, VERDICT_DELIVER);
        assert_false(c.outcome.readdressed);
        rules_case_fini(&c);
    }
}

/* They are no decisions: what stands behind runs, and refuses or hides. */
static void test_the_rules_go_on(void **state)
{
    (void)state;
    begin(REDIRECT "," DROP ",{'extract': 'Subject', 'pattern': '\\\\d', 'rules': [{'transform': "
                   "'Mask'}]}");
    rules_case_run(&c, FROM "Subject: 12\n\n");
    assert_string_equal(rules_case_output(&c), FROM "Subject: **\n\n");
    rules_case_fini(&c);
    begin(REDIRECT "," DROP ",{'dispose': 'reject'}");
    rules_case_run(&c, FROM "\n");
    assert_int_equal(c.outcome.verdict, VERDICT_REJECT);
    rules_case_fini(&c);
    begin("{'dispose': 'deliver'}," REDIRECT);
    rules_case_run(&c, FROM "\n");
    assert_int_equal(c.outcome.verdict, VERDICT_DELIVER);
    assert_false(c.outcome.readdressed);
    rules_case_fini(&c);
}

static void test_rules_see_the_clients(void **state)
{
    (void)state;
    expect(REDIRECT ",{'when': {'recipients': 'to@*'}, 'dispose': 'deliver', 'bcc': 'b@x.example'}",
           ">r@corp.example >s@out.example +b@x.example");
}

#define CAPTURE                                                                                    \
    "{'extract': 'Subject', 'pattern': '(?<who>\\\\w+)@corp', 'rules': [{'dispose': 'deliver', "   \
    "'redirect': '%(who)s-review@corp.example'}]}"

static void test_templates(void **state)
{
    (void)state;
    expect(CAPTURE, ">boss-review@corp.example");
    /* What a rule hides is hidden here, too. */
    expect(CAPTURE ",{'extract': 'Subject', 'pattern': 'os', 'rules': [{'transform': 'Mask'}]}",
           ">b**s-review@corp.example");
}

/* Who was to be kept from it does not get it because another address is none. */
static void test_no_address(void **state)
{
    (void)state;
    begin("{'extract': 'Subject', 'rules': [{'dispose': 'deliver', 'redirect': "
          "'%(input)s@corp.example'}]}");
    for (int policy = TROUBLE_PASS; policy <= TROUBLE_BY_CAUSE; policy++) {
        c.inspection.on_error = (enum trouble_policy)policy;
        rules_case_run(&c, FROM "Subject: a secret text\n\n");
        assert_int_not_equal(c.outcome.verdict, VERDICT_DELIVER);
        assert_null(strstr(c.outcome.detail, "secret"));
        assert_true(c.outcome.failed);
    }
    assert_int_equal(c.outcome.code, 554);
    rules_case_fini(&c);
}

static void test_too_many(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    begin("{'extract': 'Body', 'pattern': '\\\\d+', 'rules': [{'dispose': 'deliver', 'bcc': "
          "'n%(input)s@corp.example'}]}");
    buf_add_str(&text, FROM "\n");
    for (int i = 0; i < 1000; i++)
        buf_printf(&text, "%d\n", i);
    buf_add_byte(&text, '\0');
    rules_case_run(&c, text.ptr);
    assert_int_equal(c.outcome.recipient_count, 1003);
    text.len--;
    buf_add_str(&text, "1000\n");
    buf_add_byte(&text, '\0');
    rules_case_run(&c, text.ptr);
    assert_int_equal(c.outcome.verdict, VERDICT_TEMPFAIL);
    buf_fini(&text);
    rules_case_fini(&c);
}

/* A transform fails and the policy lets the message go as it came: not to whom it was kept from. */
static void test_a_failure_keeps_the_recipients(void **state)
{
    (void)state;
    begin(DROP ",{'extract': 'Body', 'pattern': 'bo', 'rules': [{'transform': 'Replace', 'with': "
               "'x'}]},{'extract': 'Body', 'pattern': 'od', 'rules': [{'transform': 'Replace', "
               "'with': 'y'}]}");
    c.inspection.on_error = TROUBLE_PASS;
    rules_case_run(&c, FROM "\nbody\n");
    assert_int_equal(c.outcome.verdict, VERDICT_DELIVER);
    assert_true(c.outcome.failed);
    expect_recipients("ann@corp.example Ann@Corp.Example");
    rules_case_fini(&c);
}

/* What another reading of an uncertain message shows counts, too. */
static void test_other_readings(void **state)
{
    (void)state;
    begin("{'extract': 'Header', 'header_name': 'X-Class', 'pattern': 'secret', 'rules': [" DROP
          "]}");
    c.inspection.on_uncertain = TROUBLE_PASS;
    rules_case_run(&c, FROM "X-Class : secret\n\nbody\n");
    assert_int_equal(c.outcome.verdict, VERDICT_DELIVER);
    expect_recipients("ann@corp.example Ann@Corp.Example");
    rules_case_fini(&c);
}

static int begin_group(void **state)
{
    (void)state;
    message_library_init();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each),
        cmocka_unit_test(test_the_order_has_no_say),
        cmocka_unit_test(test_a_copy_goes_where_nobody_else_does),
        cmocka_unit_test(test_nobody_is_left),
        cmocka_unit_test(test_repeated),
        cmocka_unit_test(test_nothing_to_change),
        cmocka_unit_test(test_the_rules_go_on),
        cmocka_unit_test(test_rules_see_the_clients),
        cmocka_unit_test(test_templates),
        cmocka_unit_test(test_no_address),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_a_failure_keeps_the_recipients),
        cmocka_unit_test(test_other_readings),
    };
    return cmocka_run_group_tests(tests, begin_group, NULL);
}
