/* SPDX-License-Identifier: Apache-2.0 */
/* inspect: order, exits, decisions, limits and policies. */
#include "engine/message/library.h"
#include "tests/support/rules_case.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define FROM "From: a@x.example\n"
#define MASK_DIGITS "{'extract': 'Body', 'pattern': '\\\\d+', 'rules': [{'transform': 'Mask'}]}"

static struct rules_case c;

static void begin(const char *rules)
{
    rules_case_below(&c, rules);
    if (!c.rulesets)
        fail_msg("%s", rules_case_complaints(&c));
}

static int end(void **state)
{
    (void)state;
    return rules_case_end(&c);
}

static void expect_reply(enum verdict verdict, int code, const char *enhanced, const char *text)
{
    assert_int_equal(c.outcome.verdict, verdict);
    assert_int_equal(c.outcome.code, code);
    assert_string_equal(c.outcome.enhanced, enhanced);
    assert_true(span_is(c.outcome.text, text));
    assert_null(c.outcome.edits);
}

/* --- exit, match, references --- */

static void test_exit_branch(void **state)
{
    (void)state;
    begin("{'extract': 'Body', 'pattern': '\\\\d+', 'rules': [{'exit': 'Branch', 'has_to_match': "
          "'^1'}, {'transform': 'Mask'}]}");
    rules_case_run(&c, FROM "\n12 34 15\n");
    assert_string_equal(rules_case_output(&c), FROM "\n12 ** 15\n");
}

static void test_exit_must_not_match(void **state)
{
    (void)state;
    begin("{'extract': 'Body', 'pattern': '\\\\d+', 'rules': [{'exit': 'Branch', 'must_not_match': "
          "'^1'}, {'transform': 'Mask'}]}");
    rules_case_run(&c, FROM "\n12 34 15\n");
    assert_string_equal(rules_case_output(&c), FROM "\n** 34 **\n");
}

static void test_exit_message(void **state)
{
    (void)state;
    begin(MASK_DIGITS ",{'exit': 'Message'},{'transform': 'Tag', 'tag': 'late'}");
    rules_case_run(&c, FROM "\n12\n");
    assert_string_equal(rules_case_output(&c), FROM "\n**\n");
}

static void test_exit_ruleset(void **state)
{
    (void)state;
    rules_case_init(&c, "{'rulesets': [{'name': 'a', 'rules': [{'extract': 'SMTP Message', 'rules':"
                        "[{'ruleset': 'b'}, {'transform': 'Tag', 'tag': 'after'}]}]}, {'name': 'b',"
                        "'rules': [{'rules': [{'exit': 'Ruleset'}]}, {'transform': 'Tag', 'tag': "
                        "'never'}]}]}");
    rules_case_run(&c, FROM "\n");
    assert_string_equal(rules_case_output(&c), "X-Culvert-Tags: after\n" FROM "\n");
}

static void test_match_first(void **state)
{
    (void)state;
    begin("{'match': 'first', 'rules': ["
          "{'extract': 'Body', 'pattern': 'one', 'rules': [{'transform': 'Tag', 'tag': '1'}]},"
          "{'extract': 'Body', 'rules': [{'extract': 'Text', 'pattern': 'two', 'rules': "
          "[{'transform': 'Tag', 'tag': '2'}]}]},"
          "{'transform': 'Tag', 'tag': 'other'}]}");
    rules_case_run(&c, FROM "\none two\n");
    assert_true(span_is(c.outcome.tags, "1"));
    rules_case_run(&c, FROM "\ntwo\n");
    assert_true(span_is(c.outcome.tags, "2"));
    rules_case_run(&c, FROM "\nthree\n");
    assert_true(span_is(c.outcome.tags, "other"));
}

static void test_patterns_go_to_rulesets_or_children(void **state)
{
    (void)state;
    rules_case_init(
        &c, "{'rulesets': [{'name': 'a', 'rules': [{'extract': 'SMTP Message', 'rules':"
            "[{'extract': 'Body', 'patterns': [{'pattern': '\\\\d+', 'ruleset': 'b'}, {'pattern': "
            "'k=(\\\\w+)', 'group': 1, 'ruleset': ''}], 'rules': [{'transform': 'Redact'}]}]}]}, "
            "{'name': 'b', 'rules': [{'transform': 'Mask'}]}]}");
    rules_case_run(&c, FROM "\n12 k=v\n");
    assert_string_equal(rules_case_output(&c), FROM "\n** k=[REDACTED]\n");
}

static void test_prerequisite(void **state)
{
    (void)state;
    begin("{'extract': 'Body', 'prerequisite_match_pattern': '(?i)secret', 'pattern': '\\\\d+', "
          "'rules': [{'transform': 'Mask'}]}");
    rules_case_run(&c, FROM "\n12\n");
    assert_string_equal(rules_case_output(&c), FROM "\n12\n");
    rules_case_run(&c, FROM "\n12 Secret\n");
    assert_string_equal(rules_case_output(&c), FROM "\n** Secret\n");
}

static void test_nested_pieces_stay_inside(void **state)
{
    (void)state;
    begin("{'extract': 'Body', 'pattern': '<[^>]*>', 'rules': [{'extract': 'Text', 'pattern': "
          "'^<\\\\d|\\\\d+', 'rules': [{'transform': 'Mask'}]}]}");
    rules_case_run(&c, FROM "\n1 <2 3> 4\n");
    assert_string_equal(rules_case_output(&c), FROM "\n1 ** *> 4\n");
}

static void test_no_rule_sees_the_output_of_another(void **state)
{
    (void)state;
    begin("{'extract': 'Body', 'pattern': 'a', 'rules': [{'transform': 'Replace', 'with': 'b'}]},"
          "{'extract': 'Body', 'pattern': 'b', 'rules': [{'transform': 'Replace', 'with': 'a'}]}");
    rules_case_run(&c, FROM "\nab\n");
    assert_string_equal(rules_case_output(&c), FROM "\nba\n");
}

static void test_disabled_rules_do_nothing(void **state)
{
    (void)state;
    begin("{'enabled': false, 'dispose': 'reject'},{'enabled': false, 'rules': [{'dispose': "
          "'discard'}]}");
    rules_case_run(&c, FROM "\n");
    assert_int_equal(c.outcome.verdict, VERDICT_DELIVER);
}

/* --- decisions --- */

static void test_error(void **state)
{
    (void)state;
    begin("{'extract': 'Body', 'pattern': 'no (?<w>\\\\w+)', 'rules': [{'name': 'stop', 'error': "
          "{'code': 554, 'enhanced': '5.7.9', 'message': '%(rule)s: %(w)s\\n250 ok', 'close': "
          "true}}]}");
    rules_case_run(&c, FROM "\nno way\n");
    expect_reply(VERDICT_REJECT, 554, "5.7.9", "stop: way 250 ok");
    assert_true(c.outcome.close);
    assert_string_equal(c.outcome.reason, "rule");
    assert_string_equal(c.outcome.rule, "stop");
    rules_case_run(&c, FROM "\nyes\n");
    assert_int_equal(c.outcome.verdict, VERDICT_DELIVER);
}

/* DESIGN promise 4: what a later rule hides does not leave in an error text. */
static void test_error_text_hides_what_later_rules_hide(void **state)
{
    (void)state;
    begin("{'extract': 'Body', 'pattern': 'ssn (?<n>\\\\d+)', 'rules': [{'error': {'message': "
          "'%(n)s'}}]}," MASK_DIGITS);
    rules_case_run(&c, FROM "\nssn 123\n");
    expect_reply(VERDICT_REJECT, 550, "5.7.1", "***");
}

static void test_error_text_is_ascii_without_smtputf8(void **state)
{
    (void)state;
    begin("{'error': {'message': 'nö'}}");
    rules_case_run(&c, FROM "\n");
    expect_reply(VERDICT_REJECT, 550, "5.7.1", "n?");
    c.envelope.smtputf8 = true;
    rules_case_run(&c, FROM "\n");
    expect_reply(VERDICT_REJECT, 550, "5.7.1", "nö");
}

static void test_temporary_error(void **state)
{
    (void)state;
    begin("{'error': {'code': 421, 'message': 'later'}}");
    rules_case_run(&c, FROM "\n");
    expect_reply(VERDICT_TEMPFAIL, 421, "4.7.1", "later");
}

static void test_dispose(void **state)
{
    (void)state;
    begin("{'when': {'sender': 'r@*'}, 'dispose': 'reject'},"
          "{'when': {'sender': 't@*'}, 'dispose': 'tempfail'},"
          "{'when': {'sender': 'd@*'}, 'dispose': 'discard'},"
          "{'when': {'sender': 'o@*'}, 'dispose': 'deliver'}," MASK_DIGITS);
    c.envelope.sender = SPAN("r@x");
    rules_case_run(&c, FROM "\n1\n");
    expect_reply(VERDICT_REJECT, 550, "5.7.1", "the message was refused by policy");
    c.envelope.sender = SPAN("t@x");
    rules_case_run(&c, FROM "\n1\n");
    expect_reply(VERDICT_TEMPFAIL, 451, "4.7.1", "the message cannot be taken now");
    c.envelope.sender = SPAN("d@x");
    rules_case_run(&c, FROM "\n1\n");
    assert_int_equal(c.outcome.verdict, VERDICT_DISCARD);
    c.envelope.sender = SPAN("o@x");
    rules_case_run(&c, FROM "\n1\n");
    assert_string_equal(rules_case_output(&c), FROM "\n1\n");
}

static void test_the_first_decision_counts(void **state)
{
    (void)state;
    begin("{'dispose': 'discard'},{'error': {}}");
    rules_case_run(&c, FROM "\n");
    assert_int_equal(c.outcome.verdict, VERDICT_DISCARD);
}

/* --- when --- */

static void expect_when(const char *when, bool holds)
{
    char rules[1000];
    (void)snprintf(rules, sizeof rules, "{'when': %s, 'dispose': 'discard'}", when);
    begin(rules);
    c.envelope.recipients[0] = SPAN("a@corp.example");
    c.envelope.recipients[1] = SPAN("b@Other.Example");
    c.envelope.recipient_count = 2;
    c.envelope.client_address = SPAN("IPv6:2001:db8::7");
    c.envelope.tls = true;
    rules_case_run(&c, FROM "\n");
    bool held = c.outcome.verdict == VERDICT_DISCARD;
    if (held != holds)
        fail_msg("%s", when);
    (void)end(NULL);
}

static void test_when(void **state)
{
    (void)state;
    expect_when("{'recipients': {'any_not': ['*@corp.example']}}", true);
    expect_when("{'recipients': {'any_not': ['*@corp.example', '*@other.example']}}", false);
    expect_when("{'recipients': {'any': ['b@other.example']}}", true);
    expect_when("{'recipients': ['x@*', 'b@*']}", true);
    expect_when("{'recipients': {'all': ['*@corp.example']}}", false);
    expect_when("{'recipients': {'all': ['*@corp.example', '?@other.*']}}", true);
    expect_when("{'recipients': {'none': ['*@third.example']}}", true);
    expect_when("{'recipients': {'none': ['*@corp.example']}}", false);
    expect_when("{'sender': 'from@in.example'}", true);
    expect_when("{'sender': {'none': ['from@in.example']}}", false);
    expect_when("{'sender': ''}", false);
    expect_when("{'client': '2001:db8::/32'}", true);
    expect_when("{'client': ['10.0.0.0/8', '2001:db9::/32']}", false);
    expect_when("{'client': {'none': ['10.0.0.0/8']}}", true);
    expect_when("{'tls': true}", true);
    expect_when("{'tls': false}", false);
    expect_when("{'size': {'min': 1}}", true);
    expect_when("{'size': {'max': 5}}", false);
    expect_when("{'tag': 'x'}", false);
    expect_when("{'tls': true, 'sender': 'x@*'}", false);
    expect_when("{}", true);
}

static void test_when_tag_of_an_earlier_rule(void **state)
{
    (void)state;
    begin("{'transform': 'Tag', 'tag': 'x'},{'when': {'tag': ['y', 'x']}, 'dispose': 'discard'}");
    rules_case_run(&c, FROM "\n");
    assert_int_equal(c.outcome.verdict, VERDICT_DISCARD);
}

static void test_constraint(void **state)
{
    (void)state;
    rules_case_init(&c, "{'constraints': [{'name': 'ext', 'recipients': {'any_not': "
                        "['*@out.example']}}], 'rulesets': [{'name': 'r', 'rules': [{'extract': "
                        "'SMTP Message', 'rules': [{'when': {'constraint': 'ext'}, 'dispose': "
                        "'discard'}]}]}]}");
    rules_case_run(&c, FROM "\n");
    assert_int_equal(c.outcome.verdict, VERDICT_DELIVER);
    c.envelope.recipients[0] = SPAN("a@away.example");
    rules_case_run(&c, FROM "\n");
    assert_int_equal(c.outcome.verdict, VERDICT_DISCARD);
}

/* --- policies --- */

#define ZIP                                                                                        \
    FROM "Content-Type: application/octet-stream; name=a.bin\nContent-Transfer-Encoding: "         \
         "base64\n\nUEsDBBQAAAAIAAAAIQAAAAAAAAAAAAAAAAAAAAAA\n"

static void test_promise_5_uninspectable_is_a_named_outcome(void **state)
{
    (void)state;
    begin("{'extract': 'Attachment', 'rules': [{'extract': 'Text', 'pattern': 'x', 'rules': "
          "[{'transform': 'Redact'}]}]}");
    c.inspection.on_uninspectable = TROUBLE_REJECT;
    rules_case_run(&c, ZIP);
    expect_reply(VERDICT_REJECT, 550, "5.7.1", "the message could not be inspected (container)");
    assert_int_equal(c.outcome.uninspected, 1u << UNINSPECTED_CONTAINER);
    c.inspection.on_uninspectable = TROUBLE_TEMPFAIL;
    rules_case_run(&c, ZIP);
    expect_reply(VERDICT_TEMPFAIL, 451, "4.7.1", "the message could not be inspected (container)");
    c.inspection.on_uninspectable = TROUBLE_HOLD;
    rules_case_run(&c, ZIP);
    assert_int_equal(c.outcome.verdict, VERDICT_HOLD);
    c.inspection.on_uninspectable = TROUBLE_TAG;
    rules_case_run(&c, ZIP);
    assert_string_equal(rules_case_output(&c), "X-Culvert-Uninspected: container\n" ZIP);
    c.inspection.on_uninspectable = TROUBLE_PASS;
    rules_case_run(&c, ZIP);
    assert_string_equal(rules_case_output(&c), ZIP);
    assert_int_equal(c.outcome.uninspected, 1u << UNINSPECTED_CONTAINER);
}

static void test_too_big(void **state)
{
    (void)state;
    begin(MASK_DIGITS);
    c.inspection.max_inspect_size = 20;
    rules_case_run(&c, FROM "\n123456\n");
    expect_reply(VERDICT_TEMPFAIL, 451, "4.7.1", "the message could not be inspected (too_big)");
    c.inspection.on_uninspectable = TROUBLE_TAG;
    rules_case_run(&c, FROM "\n123456\n");
    assert_string_equal(rules_case_output(&c),
                        "X-Culvert-Uninspected: too_big\n" FROM "\n123456\n");
}

static void test_encrypted(void **state)
{
    (void)state;
    begin(MASK_DIGITS);
    rules_case_run(&c, FROM "\n-----BEGIN PGP MESSAGE-----\n\nabc\n");
    assert_int_equal(c.outcome.uninspected, 1u << UNINSPECTED_ENCRYPTED);
    rules_case_run(&c,
                   FROM "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nM\n");
    assert_int_equal(c.outcome.uninspected, 1u << UNINSPECTED_ENCRYPTED);
}

static void test_pattern_limit(void **state)
{
    (void)state;
    begin("{'extract': 'Body', 'pattern': '^(a+)+$', 'rules': [{'transform': 'Mask'}]}");
    rules_case_run(&c, FROM "\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\n");
    assert_int_equal(c.outcome.uninspected, 1u << UNINSPECTED_PATTERN_LIMIT);
    expect_reply(VERDICT_TEMPFAIL, 451, "4.7.1",
                 "the message could not be inspected (pattern_limit)");
}

/* DESIGN promise 3: a limit never leaves a message partly masked, whatever the policy. */
static void test_promise_3_too_many_matches(void **state)
{
    (void)state;
    begin(MASK_DIGITS);
    c.inspection.on_uninspectable = TROUBLE_PASS;
    c.inspection.on_error = TROUBLE_PASS;
    struct buf text = BUF_INIT;
    buf_add_str(&text, FROM "\n");
    for (int i = 0; i < 60000; i++)
        buf_add_str(&text, i % 30 ? "1 " : "1\n");
    buf_add_byte(&text, '\0');
    rules_case_run(&c, text.ptr);
    buf_fini(&text);
    assert_int_equal(c.outcome.verdict, VERDICT_REJECT);
    assert_int_equal(c.outcome.uninspected, 1u << UNINSPECTED_TOO_MANY_MATCHES);
}

static void test_time_budget(void **state)
{
    (void)state;
    begin("{'extract': 'Body', 'pattern': '[a-z]+(?=.*Q)', 'rules': [{'transform': 'Mask'}]}");
    c.inspection.time_budget_ms = 1;
    struct buf text = BUF_INIT;
    buf_add_str(&text, FROM "\n");
    for (int i = 0; i < 400000; i++)
        buf_add_str(&text, i % 30 ? "ab " : "ab\n");
    buf_add_byte(&text, '\0');
    rules_case_run(&c, text.ptr);
    buf_fini(&text);
    assert_int_equal(c.outcome.verdict, VERDICT_TEMPFAIL);
    assert_true(c.outcome.uninspected & 1u << UNINSPECTED_TIME_BUDGET);
}

#define CONFLICT                                                                                   \
    "{'extract': 'Body', 'pattern': '12', 'rules': [{'transform': 'Replace', 'with': 'a'}]},"      \
    "{'extract': 'Body', 'pattern': '23', 'rules': [{'transform': 'Replace', 'with': 'b'}]}"

static void test_on_error(void **state)
{
    (void)state;
    begin(CONFLICT ",{'transform': 'Header', 'header_name': 'X-A', 'header_value': 'b'},"
                   "{'transform': 'Tag', 'tag': 'seen'}");
    c.inspection.on_error = TROUBLE_REJECT;
    rules_case_run(&c, FROM "\n123\n");
    expect_reply(VERDICT_REJECT, 550, "5.7.1",
                 "the message could not be changed as the policy wants");
    assert_string_equal(c.outcome.reason, "error");
    c.inspection.on_error = TROUBLE_TAG;
    rules_case_run(&c, FROM "\n123\n");
    assert_string_equal(rules_case_output(&c), "X-Culvert-Uninspected: error\n" FROM "\n123\n");
    assert_int_equal(c.outcome.tags.len, 0); /* none was set */
    c.inspection.on_error = TROUBLE_PASS;
    rules_case_run(&c, FROM "\n123\n");
    assert_string_equal(rules_case_output(&c), FROM "\n123\n");
}

static void test_on_error_never_lets_a_secret_pass(void **state)
{
    (void)state;
    begin(CONFLICT ",{'extract': 'Subject', 'pattern': '\\\\d', 'rules': [{'transform': 'Mask'}]}");
    c.inspection.on_error = TROUBLE_PASS;
    rules_case_run(&c, "Subject: 1\n" FROM "\n123\n");
    assert_int_equal(c.outcome.verdict, VERDICT_TEMPFAIL);
}

static void test_read_only_header(void **state)
{
    (void)state;
    begin("{'extract': 'Headers', 'pattern': 'secret', 'rules': [{'transform': 'Mask'}]}");
    rules_case_run(&c, FROM "Content-Type: text/secret\n\n\n");
    assert_int_equal(c.outcome.verdict, VERDICT_TEMPFAIL);
    assert_string_equal(c.outcome.reason, "permanent_error");
    c.inspection.on_error = TROUBLE_BY_CAUSE;
    rules_case_run(&c, FROM "Content-Type: text/secret\n\n\n");
    expect_reply(VERDICT_REJECT, 554, "5.6.0",
                 "the message cannot be protected as the policy wants");
}

#define SIGNED(subject, text)                                                                      \
    "Subject: " subject "\n" FROM "Content-Type: multipart/signed; boundary=b\n\n--b\n\n" text     \
    "\n--b\nContent-Type: application/pgp-signature; name=secret\n\nMIA=\n--b--\n"

static void test_broken_signature_is_said(void **state)
{
    (void)state;
    begin("{'extract': 'Subject', 'pattern': 'secret', 'rules': [{'transform': 'Mask'}]},"
          "{'extract': 'Filename', 'pattern': 'secret', 'rules': [{'transform': 'Mask'}]},"
          "{'extract': 'Body', 'pattern': 'secret', 'rules': [{'transform': 'Mask'}]}");
    rules_case_run(&c, SIGNED("secret", "a"));
    assert_int_equal(c.outcome.verdict, VERDICT_DELIVER);
    assert_true(c.outcome.edit_count > 0);
    assert_false(c.outcome.signature_broken);
    rules_case_run(&c, SIGNED("a", "a secret"));
    assert_true(c.outcome.edit_count > 0);
    assert_true(c.outcome.signature_broken);
}

/* The text of octets that cannot be written back: an unknown encoding. */
static void test_read_only_octets(void **state)
{
    (void)state;
    begin("{'extract': 'Body', 'pattern': 'secret', 'rules': [{'transform': 'Mask'}]}");
    c.inspection.on_uncertain = TROUBLE_PASS;
    c.inspection.on_uninspectable = TROUBLE_PASS;
    rules_case_run(&c, FROM "Content-Type: text/html\nContent-Transfer-Encoding: x-mine\n\n"
                            "<p>secret</p>\n");
    assert_int_equal(c.outcome.verdict, VERDICT_TEMPFAIL);
    assert_string_equal(c.outcome.reason, "permanent_error");
}

static void test_no_ruleset(void **state)
{
    (void)state;
    begin("{'dispose': 'reject'}");
    c.inspection.ruleset = NULL;
    c.inspection.on_uncertain = TROUBLE_REJECT;
    rules_case_run(&c, FROM "Content-Type: text/plain\nContent-Type: text/html\n\nx\n");
    assert_string_equal(rules_case_output(&c),
                        FROM "Content-Type: text/plain\nContent-Type: text/html\n\nx\n");
}

/* --- uncertain messages --- */

#define TWO_TYPES FROM "Content-Type: text/plain\nContent-Type: text/html\n\nnothing\n"

static void test_on_uncertain(void **state)
{
    (void)state;
    begin(MASK_DIGITS);
    c.inspection.on_uncertain = TROUBLE_REJECT;
    rules_case_run(&c, TWO_TYPES);
    expect_reply(VERDICT_REJECT, 550, "5.6.0",
                 "the message can be read in more than one way (duplicate_mime_field)");
    assert_string_equal(c.outcome.reason, "uncertain");
    c.inspection.on_uncertain = TROUBLE_TAG;
    rules_case_run(&c, TWO_TYPES);
    assert_string_equal(rules_case_output(&c),
                        "X-Culvert-Uninspected: uncertain, duplicate_mime_field\n" TWO_TYPES);
    c.inspection.on_uncertain = TROUBLE_PASS;
    rules_case_run(&c, TWO_TYPES);
    assert_string_equal(rules_case_output(&c), TWO_TYPES);
}

static void test_uncertain_and_hidden_in_all_readings_passes(void **state)
{
    (void)state;
    begin(MASK_DIGITS);
    c.inspection.on_uncertain = TROUBLE_PASS;
    rules_case_run(&c, FROM "Content-Type: text/plain\nContent-Type: text/plain\n\nid 12\n");
    assert_string_equal(rules_case_output(&c),
                        FROM "Content-Type: text/plain\nContent-Type: text/plain\n\nid **\n");
}

static void expect_no_passage(const char *message)
{
    rules_case_run(&c, message);
    if (c.outcome.verdict == VERDICT_DELIVER)
        fail_msg("delivered:\n%s", rules_case_output(&c));
    assert_int_equal(c.outcome.verdict, VERDICT_REJECT);
    assert_string_equal(c.outcome.reason, "uncertain");
}

/* DESIGN promise 6: what another reader would see and a rule would hide does not pass. */
static void test_promise_6_other_readings_are_looked_at(void **state)
{
    (void)state;
    begin("{'extract': 'Body', 'pattern': '4111-1111', 'rules': [{'transform': 'Mask'}]}");
    c.inspection.on_uncertain = TROUBLE_PASS;
    /* The last encoding counts for some. */
    expect_no_passage(FROM "Content-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64\n\n"
                           "Y2FyZCA0MTExLTExMTEK\n");
    /* Two boundaries: each reader sees other parts. */
    expect_no_passage(FROM "Content-Type: multipart/mixed; boundary=a; boundary=b\n\n--a\n\nx\n"
                           "--b\nContent-Transfer-Encoding: quoted-printable\n\n4111=2D1111\n"
                           "--b--\n--a--\n");
    /* An encoding that nobody here knows. */
    expect_no_passage(FROM "Content-Transfer-Encoding: x-mine\nContent-Type: application/x-y\n\n"
                           "NDExMS0xMTEx\n");
}

static void test_other_readings_may_tag_and_decide(void **state)
{
    (void)state;
    begin("{'extract': 'Body', 'pattern': 'gold', 'rules': [{'transform': 'Tag', 'tag': 'gold'}]},"
          "{'extract': 'Body', 'pattern': 'lead', 'rules': [{'error': {'message': '%(input)s'}}]}");
    c.inspection.on_uncertain = TROUBLE_PASS;
    rules_case_run(&c, FROM "Content-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64\n"
                            "\nZ29sZA==\n");
    assert_int_equal(c.outcome.verdict, VERDICT_DELIVER);
    assert_true(span_is(c.outcome.tags, "gold"));
    rules_case_run(&c, FROM "Content-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64\n"
                            "\nbGVhZA==\n");
    expect_reply(VERDICT_REJECT, 550, "5.7.1", "****");
}

/* --- trace --- */

static void test_trace(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    begin("{'extract': 'Body', 'pattern': '\\\\d{3}', 'rules': [{'name': 'hide', 'transform': "
          "'Mask'}]},{'when': {'tls': true}, 'dispose': 'discard'}");
    c.traced = true;
    rules_case_run(&c, FROM "\nid 123.\n");
    trace_explain(c.trace, &text);
    buf_add_byte(&text, '\0');
    assert_string_equal(text.ptr, "Extract SMTP Message: matched\n"
                                  "  piece at 0, 30 bytes at 0 of message: "
                                  "****: *@*.************* ***.**\n"
                                  "    Extract Body: matched\n"
                                  "      piece at 24, 3 bytes at 3 of charset: ***\n"
                                  "        Transform Mask (hide): matched\n"
                                  "          1 changes\n"
                                  "    Dispose discard: no match\n"
                                  "      skipped: tls\n");
    text.len = 0;
    trace_json(c.trace, &text);
    json_t *json = json_loadb(text.ptr, text.len, 0, NULL);
    assert_non_null(json);
    assert_int_equal(json_array_size(json), 1);
    json_decref(json);
    assert_int_equal(span_find(buf_span(&text), SPAN("123")), SPAN_NONE);
    buf_fini(&text);
}

static int setup(void **state)
{
    (void)state;
    pattern_library_init();
    message_library_init();
    return 0;
}

#define TEST(name) cmocka_unit_test_teardown(name, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_exit_branch),
        TEST(test_exit_must_not_match),
        TEST(test_exit_message),
        TEST(test_exit_ruleset),
        TEST(test_match_first),
        TEST(test_patterns_go_to_rulesets_or_children),
        TEST(test_prerequisite),
        TEST(test_nested_pieces_stay_inside),
        TEST(test_no_rule_sees_the_output_of_another),
        TEST(test_disabled_rules_do_nothing),
        TEST(test_error),
        TEST(test_error_text_hides_what_later_rules_hide),
        TEST(test_error_text_is_ascii_without_smtputf8),
        TEST(test_temporary_error),
        TEST(test_dispose),
        TEST(test_the_first_decision_counts),
        TEST(test_when),
        TEST(test_when_tag_of_an_earlier_rule),
        TEST(test_constraint),
        TEST(test_promise_5_uninspectable_is_a_named_outcome),
        TEST(test_too_big),
        TEST(test_encrypted),
        TEST(test_pattern_limit),
        TEST(test_promise_3_too_many_matches),
        TEST(test_time_budget),
        TEST(test_on_error),
        TEST(test_on_error_never_lets_a_secret_pass),
        TEST(test_broken_signature_is_said),
        TEST(test_read_only_header),
        TEST(test_read_only_octets),
        TEST(test_no_ruleset),
        TEST(test_on_uncertain),
        TEST(test_uncertain_and_hidden_in_all_readings_passes),
        TEST(test_promise_6_other_readings_are_looked_at),
        TEST(test_other_readings_may_tag_and_decide),
        TEST(test_trace),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
