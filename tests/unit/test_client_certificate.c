/* SPDX-License-Identifier: Apache-2.0 */
/* The client's TLS and its certificate in conditions and in texts that rules write. */
#include "tests/support/rules_case.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define SUBJECT "C=DE, O=Corp, CN=mail.corp.example"
#define NAMES "mail.corp.example, *.mx.corp.example, 192.0.2.1, ops@corp.example"

/* Whether the message is refused, which the rule does when its condition holds. */
static bool holds(const char *when, struct envelope envelope)
{
    char rules[512];
    struct rules_case c;
    (void)snprintf(rules, sizeof rules, "{'when': {%s}, 'dispose': 'reject'}", when);
    rules_case_below(&c, rules);
    assert_string_equal(rules_case_complaints(&c), "");
    c.envelope = envelope;
    rules_case_run(&c, "Subject: x\n\ny\n");
    bool refused = c.outcome.verdict == VERDICT_REJECT;
    rules_case_fini(&c);
    return refused;
}

static struct envelope with_certificate(void)
{
    return (struct envelope){.client_address = SPAN("198.51.100.7"),
                             .tls = true,
                             .certificate_subject = SPAN(SUBJECT),
                             .certificate_san = SPAN(NAMES)};
}

static struct envelope without(void)
{
    return (struct envelope){.client_address = SPAN("198.51.100.7")};
}

static void test_tls(void **state)
{
    (void)state;
    assert_true(holds("'tls': true", with_certificate()));
    assert_false(holds("'tls': false", with_certificate()));
    assert_true(holds("'tls': false", without()));
    assert_false(holds("'tls': true", without()));
}

static void test_subject(void **state)
{
    (void)state;
    assert_true(
        holds("'client': {'certificate_subject': '*CN=mail.corp.example'}", with_certificate()));
    assert_true(holds("'client': {'certificate_subject': ['x', '*o=corp,*']}", with_certificate()));
    assert_false(
        holds("'client': {'certificate_subject': 'CN=mail.corp.example'}", with_certificate()));
    assert_false(holds("'client': {'certificate_subject': '*'}", without()));
    assert_true(holds("'client': {'certificate_subject': {'none': '*'}}", without()));
    assert_false(holds("'client': {'certificate_subject': {'none': '*'}}", with_certificate()));
    assert_false(holds("'client': {'certificate_subject': {'all': '*'}}", without()));
    assert_false(holds("'client': {'certificate_subject': {'any_not': 'x'}}", without()));
    assert_true(holds("'client': {'certificate_subject': {'any_not': 'x'}}", with_certificate()));
}

/* Each name by itself: a wildcard does not reach over two. */
static void test_names(void **state)
{
    (void)state;
    assert_true(holds("'client': {'certificate_san': 'MAIL.corp.example'}", with_certificate()));
    assert_true(holds("'client': {'certificate_san': ['192.0.2.1']}", with_certificate()));
    assert_true(holds("'client': {'certificate_san': '*@corp.example'}", with_certificate()));
    assert_false(holds("'client': {'certificate_san': 'mail.*192.0.2.1'}", with_certificate()));
    assert_false(holds("'client': {'certificate_san': 'corp.example'}", with_certificate()));
    assert_true(
        holds("'client': {'certificate_san': {'none': 'corp.example'}}", with_certificate()));
    assert_false(holds("'client': {'certificate_san': {'none': 'ops@*'}}", with_certificate()));
    assert_true(holds("'client': {'certificate_san': {'any_not': 'ops@*'}}", with_certificate()));
    assert_false(holds("'client': {'certificate_san': {'any_not': '*'}}", with_certificate()));
    assert_false(
        holds("'client': {'certificate_san': {'all': '*corp.example'}}", with_certificate()));
    assert_true(holds("'client': {'certificate_san': {'all': ['*corp.example', '192.*']}}",
                      with_certificate()));
    assert_false(holds("'client': {'certificate_san': '*'}", without()));
    assert_false(holds("'client': {'certificate_san': {'all': '*'}}", without()));
    assert_true(holds("'client': {'certificate_san': {'none': '*'}}", without()));
}

static void test_beside_the_address(void **state)
{
    (void)state;
    assert_true(holds("'client': {'any': '198.51.100.0/24', 'certificate_san': 'mail.*'}",
                      with_certificate()));
    assert_false(holds("'client': {'any': '203.0.113.0/24', 'certificate_san': 'mail.*'}",
                       with_certificate()));
    assert_false(holds("'client': {'any': '198.51.100.0/24', 'certificate_san': 'www.*'}",
                       with_certificate()));
    assert_true(holds("'client': '198.51.100.7'", without()));
}

static void expect_complaint(const char *when, const char *text)
{
    char rules[256];
    struct rules_case c;
    (void)snprintf(rules, sizeof rules, "{'when': {%s}, 'dispose': 'reject'}", when);
    rules_case_below(&c, rules);
    assert_string_equal(rules_case_complaints(&c), text);
    rules_case_fini(&c);
}

#define WHEN "/rulesets/0/rules/0/rules/0/when/client"

static void test_complaints(void **state)
{
    (void)state;
    expect_complaint("'client': {}", WHEN ": expected one of any, all, any_not, none, "
                                          "certificate_subject, certificate_san\n");
    expect_complaint("'client': {'certificate_subject': {}}",
                     WHEN "/certificate_subject: expected one of any, all, any_not, none\n");
    expect_complaint("'client': {'certificate_san': 7}",
                     WHEN "/certificate_san: expected a string, a list of strings, or an object\n");
    expect_complaint("'client': {'certificate_sans': 'x'}",
                     WHEN "/certificate_sans: unknown key; did you mean \"certificate_san\"?\n");
}

static void expect_output(const char *rules, struct envelope envelope, const char *text)
{
    struct rules_case c;
    rules_case_below(&c, rules);
    assert_string_equal(rules_case_complaints(&c), "");
    c.envelope = envelope;
    rules_case_run(&c, "Subject: x\n\ny\n");
    assert_non_null(rules_case_output(&c));
    assert_string_equal(rules_case_output(&c), text);
    rules_case_fini(&c);
}

#define HEADER_RULE                                                                                \
    "{'transform': 'Header', 'header_name': 'X-Peer', 'header_value': "                            \
    "'%(certificate_subject)s; %(certificate_san)s'}"

static void test_texts(void **state)
{
    (void)state;
    expect_output(HEADER_RULE, with_certificate(),
                  "X-Peer: " SUBJECT "; mail.corp.example,\n *.mx.corp.example, 192.0.2.1, "
                  "ops@corp.example\nSubject: x\n\ny\n");
    expect_output(HEADER_RULE, without(), "X-Peer: ;\nSubject: x\n\ny\n");
    expect_output("{'extract': 'Body', 'pattern': 'y', 'rules': [{'transform': 'Redact', 'with': "
                  "'[%(certificate_san)s]'}]}",
                  with_certificate(), "Subject: x\n\n[" NAMES "]\n");
}

/* Nothing that a certificate holds makes a second line. */
static void test_no_line_end(void **state)
{
    (void)state;
    struct envelope hostile = with_certificate();
    hostile.certificate_subject = SPAN("CN=a\r\nBcc: b@evil.example\nX: \x01y");
    struct rules_case c;
    rules_case_below(&c, HEADER_RULE);
    c.envelope = hostile;
    rules_case_run(&c, "Subject: x\n\ny\n");
    const char *output = rules_case_output(&c);
    if (output) {
        assert_null(strstr(output, "\nBcc:"));
        assert_null(strstr(output, "\nX: "));
        assert_null(strchr(output, 1));
    } else {
        assert_int_equal(c.outcome.verdict, VERDICT_TEMPFAIL);
    }
    rules_case_fini(&c);
}

static void test_error(void **state)
{
    (void)state;
    struct rules_case c;
    rules_case_below(&c, "{'error': {'message': 'not from %(certificate_subject)s'}}");
    c.envelope = with_certificate();
    rules_case_run(&c, "Subject: x\n\ny\n");
    assert_int_equal(c.outcome.verdict, VERDICT_REJECT);
    assert_string_equal(arena_str(c.message_arena, c.outcome.text), "not from " SUBJECT);
    rules_case_fini(&c);
}

/* One tag, however many names there are. */
static void test_tag(void **state)
{
    (void)state;
    struct rules_case c;
    rules_case_below(&c, "{'transform': 'Tag', 'tag': '%(certificate_san)s'}");
    c.envelope = with_certificate();
    rules_case_run(&c, "Subject: x\n\ny\n");
    assert_int_equal(c.outcome.verdict, VERDICT_DELIVER);
    assert_string_equal(arena_str(c.message_arena, c.outcome.tags),
                        "mail.corp.example_ *.mx.corp.example_ 192.0.2.1_ ops@corp.exampl");
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
        cmocka_unit_test(test_tls),         cmocka_unit_test(test_subject),
        cmocka_unit_test(test_names),       cmocka_unit_test(test_beside_the_address),
        cmocka_unit_test(test_complaints),  cmocka_unit_test(test_texts),
        cmocka_unit_test(test_no_line_end), cmocka_unit_test(test_error),
        cmocka_unit_test(test_tag),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
