/* SPDX-License-Identifier: Apache-2.0 */
/* Mail of our own that comes back: what is known of it, and what nobody can make us believe. */
#include "rulesets/loop/loop_guard.h"

#include "engine/base/buf.h"
#include "engine/message/library.h"
#include "tests/support/rules_case.h"
#include "transforms/keyed_hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define NOW 1795000000
#define MESSAGE                                                                                    \
    "Received: from a by b; today\n"                                                               \
    "From: ann@in.example\n"                                                                       \
    "Message-ID: <1@in.example>\n"                                                                 \
    "Subject: number 12\n"                                                                         \
    "\n"                                                                                           \
    "body 34\n"
/* Masks are as long as what they hide, but the tag shows that rules have run. */
#define RULES                                                                                      \
    "{'extract': 'Subject', 'pattern': '\\\\d', 'rules': [{'transform': 'Mask'}]},"                \
    "{'transform': 'Header', 'header_name': 'X-Runs', 'header_value': 'more', 'if_exists': "       \
    "'append'}"

static struct rules_case c;
static struct loop_guard guard;
static struct span recipients[200];

static void begin(enum loop_policy policy, unsigned max_hops)
{
    rules_case_below(&c, RULES);
    if (!c.rulesets)
        fail_msg("%s", rules_case_complaints(&c));
    guard = (struct loop_guard){.key = SPAN("0123456789abcdef"),
                                .node = SPAN("edge 1"),
                                .service = SPAN("corp"),
                                .max_hops = max_hops,
                                .max_age_s = 3600,
                                .on_return = policy};
    c.inspection.loop_guard = &guard;
    c.time_s = NOW;
    recipients[0] = SPAN("bob@out.example");
    recipients[1] = SPAN("carl@Out.Example");
    c.envelope.recipients = recipients;
    c.envelope.recipient_count = 2;
}

static int end(void **state)
{
    (void)state;
    rules_case_fini(&c);
    return 0;
}

/* A copy of what left, with LF; the caller frees. */
static char *left(void)
{
    struct span out = rules_case_bytes(&c);
    struct buf text = BUF_INIT;
    assert_int_equal(c.outcome.verdict, VERDICT_DELIVER);
    for (size_t i = 0; i < out.len; i++) {
        if (out.ptr[i] != '\r')
            buf_add_byte(&text, out.ptr[i]);
    }
    buf_add_byte(&text, '\0');
    return text.ptr;
}

static char *sent(void)
{
    rules_case_run(&c, MESSAGE);
    assert_int_equal(c.outcome.loop.state, LOOP_NONE);
    return left();
}

static char *changed(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    struct buf out = BUF_INIT;
    assert_non_null(at);
    buf_add(&out, span_of(text, (size_t)(at - text)));
    buf_add_str(&out, to);
    buf_add_str(&out, at + strlen(from));
    buf_add_byte(&out, '\0');
    return out.ptr;
}

/* What becomes of what left when `from` is replaced on its way back. */
static void expect_state(const char *from, const char *to, enum loop_state state)
{
    char *out = sent();
    char *back = changed(out, from, to);
    rules_case_run(&c, back);
    if (c.outcome.loop.state != state)
        fail_msg("\"%s\" for \"%s\": %s", to, from, loop_state_name(c.outcome.loop.state));
    free(back);
    free(out);
}

static void test_hashes(void **state)
{
    (void)state;
    /* FIPS 180-2 appendix B.1; RFC 4231 test case 2. */
    static const unsigned char abc[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea},
                               jefe[] = {0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e};
    unsigned char out[KEYED_HASH_SIZE];
    struct keyed_hash *hash = keyed_hash_new(SPAN(""));
    keyed_hash_add(hash, SPAN("a"));
    keyed_hash_add(hash, SPAN("bc"));
    keyed_hash_end(&hash, out);
    assert_memory_equal(out, abc, sizeof abc);
    hash = keyed_hash_new(SPAN("Jefe"));
    keyed_hash_add(hash, SPAN("what do ya want for nothing?"));
    keyed_hash_end(&hash, out);
    assert_memory_equal(out, jefe, sizeof jefe);
    assert_true(keyed_hash_equal(SPAN("ab"), SPAN("ab")));
    assert_false(keyed_hash_equal(SPAN("ab"), SPAN("ac")));
    assert_false(keyed_hash_equal(SPAN("ab"), SPAN("abc")));
}

/* It passes, with nothing twice: the bytes are those that left but for the field itself. */
static void test_passes(void **state)
{
    (void)state;
    begin(LOOP_PASS, 10);
    char *first = sent();
    assert_non_null(strstr(first, "Subject: number **"));
    rules_case_run(&c, first);
    assert_int_equal(c.outcome.loop.state, LOOP_SAME);
    assert_int_equal(c.outcome.loop.hops, 1);
    assert_true(span_is(c.outcome.loop.node, "edge?1"));
    assert_string_equal(c.outcome.reason, "returned");
    assert_int_equal(c.outcome.rules_matched, 0);
    char *second = left();
    assert_non_null(strstr(second, "; h=2; "));
    char *rest = strstr(first, "X-Culvert-Inspected: true\n");
    char *rest2 = strstr(second, "X-Culvert-Inspected: true\n");
    assert_non_null(rest);
    assert_non_null(rest2);
    assert_string_equal(rest, rest2);
    rules_case_run(&c, second);
    assert_int_equal(c.outcome.loop.hops, 2);
    free(first);
    free(second);
}

static void test_what_does_not_change_it(void **state)
{
    (void)state;
    begin(LOOP_PASS, 10);
    expect_state("X-Culvert-Inspected", "Received: from us by them; now\nX-Culvert-Inspected",
                 LOOP_SAME);
    expect_state("X-Culvert-Inspected", "Return-Path: <x@y>\nX-Culvert-Inspected", LOOP_SAME);
    expect_state("Subject: number", "SUBJECT:\n \tnumber", LOOP_SAME);
    expect_state(";\n\td=", "; d=", LOOP_SAME);
    struct span ignored[] = {SPAN("X-MS-*")};
    guard.ignored = ignored;
    guard.ignored_count = 1;
    expect_state("X-Culvert-Inspected", "X-MS-Exchange-A: b\nX-Culvert-Inspected", LOOP_SAME);
}

/* Ours, and inspected again: what rules say is about what is there now. */
static void test_what_changes_it(void **state)
{
    (void)state;
    begin(LOOP_PASS, 10);
    static const char *const changes[][2] = {
        {"body 34", "body 35"},
        {"body 34\n", "body 34\n\n"},
        {"Subject: number **", "Subject: number 56"},
        {"Subject:", "Comments: 123\nSubject:"},
        {"Subject:", "X-MS-Exchange-A: b\nSubject:"},
        {"X-Culvert-Inspected: true\n", ""},
        {"ann@in.example", "eve@in.example"},
        {"\n\n", "\nContent-Type: text/html\n\n"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        expect_state(changes[i][0], changes[i][1], LOOP_CHANGED);
        assert_int_equal(c.outcome.loop.hops, 1);
        assert_int_not_equal(c.outcome.rules_matched, 0);
        assert_string_equal(c.outcome.reason, "");
    }
}

/* An insider has seen a field and puts it where it does not belong. */
static void test_a_copied_field_has_no_effect(void **state)
{
    (void)state;
    begin(LOOP_PASS, 10);
    expect_state("<1@in.example>", "<2@in.example>", LOOP_FORGED);
    char *out = left();
    assert_null(strstr(out, "; h=2; "));
    assert_ptr_equal(strstr(out, "X-Culvert-Loop"), out);
    assert_null(strstr(out + 1, "X-Culvert-Loop"));
    assert_int_not_equal(c.outcome.rules_matched, 0);
    free(out);
    expect_state("X-Culvert-Loop: v=1", "X-Culvert-Loop: v=1; x=y\nX-Culvert-Loop: v=1",
                 LOOP_FORGED);
    expect_state("X-Culvert-Loop: v=1", "X-Culvert-Loop: v=2", LOOP_FORGED);
    expect_state("; h=1;", "; h=0;", LOOP_FORGED);
    expect_state("; h=1;", "; h=9;", LOOP_FORGED);
    expect_state("n=edge?1", "n=edge?2", LOOP_FORGED);
    expect_state("t=1795000000", "t=1795000001", LOOP_FORGED);
    expect_state("t=1795000000", "t=99999999999999999999", LOOP_FORGED);
}

/* Every byte of the field counts. */
static void test_each_byte(void **state)
{
    (void)state;
    begin(LOOP_PASS, 10);
    char *out = sent();
    char *from = out + strlen("X-Culvert-Loop: "), *to = strstr(out, "\nX-Culvert-Inspected");
    for (char *at = from; at < to; at++) {
        char was = *at;
        if (was == ' ' || was == '\t' || was == '\n')
            continue;
        *at = was == '1' ? '2' : '1';
        rules_case_run(&c, out);
        if (c.outcome.loop.state != LOOP_FORGED)
            fail_msg("byte %zu: %s", (size_t)(at - from), loop_state_name(c.outcome.loop.state));
        *at = was;
    }
    free(out);
}

static void expect_back(const char *out, enum loop_state state)
{
    rules_case_run(&c, out);
    assert_int_equal(c.outcome.loop.state, state);
}

static void test_who_gets_it(void **state)
{
    (void)state;
    begin(LOOP_PASS, 10);
    char *out = sent();
    recipients[0] = SPAN("carl@OUT.example");
    c.envelope.recipient_count = 1;
    expect_back(out, LOOP_SAME);
    recipients[0] = SPAN("Carl@out.example");
    expect_back(out, LOOP_CHANGED);
    recipients[0] = SPAN("eve@elsewhere.example");
    expect_back(out, LOOP_CHANGED);
    recipients[0] = SPAN("bob@out.example");
    recipients[2] = SPAN("eve@elsewhere.example");
    c.envelope.recipient_count = 3;
    expect_back(out, LOOP_CHANGED);
    c.envelope.recipient_count = 2;
    c.envelope.sender = SPAN("eve@in.example");
    expect_back(out, LOOP_CHANGED);
    free(out);
}

static size_t count_tokens(const char *out)
{
    struct span text = span_str(out);
    struct span list = span_from(text, span_find(text, SPAN("r=")));
    list = span_sub(list, 0, span_find_byte(list, ';'));
    size_t commas = 0;
    for (size_t i = 0; i < list.len; i++)
        commas += list.ptr[i] == ',';
    return commas + 1;
}

/* Who sees one name in To and counts does not find out that somebody else got it. */
static void test_how_many_get_it(void **state)
{
    (void)state;
    begin(LOOP_PASS, 10);
    for (size_t count = 1; count <= 2; count++) {
        c.envelope.recipient_count = count;
        char *out = sent();
        assert_int_equal(count_tokens(out), 8);
        expect_back(out, LOOP_SAME);
        free(out);
    }
}

/* For many the field does not say for whom. */
static void test_many_recipients(void **state)
{
    (void)state;
    begin(LOOP_PASS, 10);
    for (size_t i = 0; i < 101; i++)
        recipients[i] = span_str(arena_printf(c.arena, "r%zu@out.example", i));
    c.envelope.recipient_count = 100;
    char *out = sent();
    expect_back(out, LOOP_SAME);
    free(out);
    c.envelope.recipient_count = 101;
    out = sent();
    c.envelope.recipient_count = 1;
    expect_back(out, LOOP_CHANGED);
    free(out);
}

static void test_time(void **state)
{
    (void)state;
    begin(LOOP_PASS, 10);
    char *out = sent();
    c.time_s = NOW + 3600;
    expect_back(out, LOOP_SAME);
    c.time_s = NOW + 3601;
    expect_back(out, LOOP_STALE);
    assert_int_equal(c.outcome.loop.hops, 0);
    assert_int_not_equal(c.outcome.rules_matched, 0);
    c.time_s = NOW - 300;
    expect_back(out, LOOP_SAME);
    c.time_s = NOW - 301;
    expect_back(out, LOOP_STALE);
    free(out);
}

static void test_whose_it_is(void **state)
{
    (void)state;
    begin(LOOP_PASS, 10);
    char *out = sent();
    guard.node = SPAN("edge 2");
    expect_back(out, LOOP_SAME); /* nodes share a key */
    guard.service = SPAN("other");
    expect_back(out, LOOP_FORGED); /* it has other rules */
    guard.service = SPAN("corp");
    guard.key = SPAN("0123456789abcdeF");
    expect_back(out, LOOP_FORGED);
    guard.key = SPAN("");
    expect_back(out, LOOP_UNKNOWN);
    free(out);
}

static void test_refused_after_hops(void **state)
{
    (void)state;
    static const enum loop_policy policies[] = {LOOP_REJECT, LOOP_INSPECT, LOOP_PASS};
    for (size_t i = 0; i < 3; i++) {
        begin(policies[i], 2);
        char *out = sent();
        rules_case_run(&c, out);
        char *again = left();
        char *other = changed(again, "body", "text");
        rules_case_run(&c, again);
        assert_int_equal(c.outcome.verdict, VERDICT_REJECT);
        assert_int_equal(c.outcome.code, 554);
        assert_string_equal(c.outcome.enhanced, "5.4.6");
        assert_string_equal(c.outcome.reason, "loop");
        rules_case_run(&c, other); /* who changes it each time does not go on for ever */
        assert_int_equal(c.outcome.verdict, VERDICT_REJECT);
        free(out);
        free(again);
        free(other);
        if (i < 2)
            rules_case_fini(&c);
    }
}

static void test_inspected_again(void **state)
{
    (void)state;
    begin(LOOP_INSPECT, 10);
    char *out = sent();
    expect_back(out, LOOP_SAME);
    assert_int_not_equal(c.outcome.rules_matched, 0);
    free(out);
}

/* What can be read in several ways is looked at each time. */
static void test_uncertain(void **state)
{
    (void)state;
    begin(LOOP_PASS, 10);
    c.inspection.on_uncertain = TROUBLE_PASS;
    rules_case_run(&c, "From: a@in.example\nX-Odd : y\n\nbody\n");
    assert_int_not_equal(c.outcome.ambiguities, 0);
    char *out = left();
    expect_back(out, LOOP_SAME);
    assert_int_not_equal(c.outcome.rules_matched, 0);
    free(out);
}

static void test_header_without_end(void **state)
{
    (void)state;
    begin(LOOP_PASS, 10);
    struct buf text = BUF_INIT;
    buf_add_str(&text, "From: a@in.example\n");
    for (int i = 0; i < 30000; i++)
        buf_printf(&text, "X-%d: 0123456789012345678901234567890\n", i);
    buf_add_str(&text, "\nbody\n");
    buf_add_byte(&text, '\0');
    c.inspection.on_uncertain = c.inspection.on_uninspectable = TROUBLE_PASS;
    rules_case_run(&c, text.ptr);
    char *out = left();
    expect_back(out, LOOP_CHANGED);
    free(out);
    buf_fini(&text);
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
        cmocka_unit_test(test_hashes),
        cmocka_unit_test_teardown(test_passes, end),
        cmocka_unit_test_teardown(test_what_does_not_change_it, end),
        cmocka_unit_test_teardown(test_what_changes_it, end),
        cmocka_unit_test_teardown(test_a_copied_field_has_no_effect, end),
        cmocka_unit_test_teardown(test_each_byte, end),
        cmocka_unit_test_teardown(test_who_gets_it, end),
        cmocka_unit_test_teardown(test_how_many_get_it, end),
        cmocka_unit_test_teardown(test_many_recipients, end),
        cmocka_unit_test_teardown(test_time, end),
        cmocka_unit_test_teardown(test_whose_it_is, end),
        cmocka_unit_test_teardown(test_refused_after_hops, end),
        cmocka_unit_test_teardown(test_inspected_again, end),
        cmocka_unit_test_teardown(test_uncertain, end),
        cmocka_unit_test_teardown(test_header_without_end, end),
    };
    return cmocka_run_group_tests(tests, begin_group, NULL);
}
