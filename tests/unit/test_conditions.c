/* SPDX-License-Identifier: Apache-2.0 */
/* condition: what holds of which message, and that nothing else is looked at where it does not. */
#include "engine/message/library.h"
#include "tests/support/rules_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct rules_case c;

/* `own_domains` are corp.example and those below it; `rules` stand below SMTP Message. */
static void begin(const char *constraint, const char *rules)
{
    static char json[4000];
    (void)snprintf(json, sizeof json,
                   "{'own_domains': ['corp.example', '*.corp.example'], 'constraints': [%s],"
                   "'entities': [{'name': 'badge', 'pattern': 'B-[0-9]{6}'}],"
                   "'rulesets': [{'name': 'r', 'rules': [{'extract': 'SMTP Message', 'rules': "
                   "[%s]}]}]}",
                   constraint, rules);
    rules_case_init(&c, json);
}

static int end(void **state)
{
    (void)state;
    return rules_case_end(&c);
}

struct sample {
    const char *when, *sender, *recipients; /* with blanks between them */
    bool holds;
};

static void take_recipients(const char *text)
{
    struct span rest = span_str(text), address;
    c.envelope.recipients = ARENA_ARRAY(c.arena, strlen(text) + 1, struct span);
    c.envelope.recipient_count = 0;
    while (rest.len > 0 && span_next(&rest, ' ', &address))
        c.envelope.recipients[c.envelope.recipient_count++] = address;
}

static bool holds(const struct sample *sample, const char *message)
{
    char rule[1000];
    (void)snprintf(rule, sizeof rule, "{'when': {%s}, 'transform': 'Tag', 'tag': 'it'}",
                   sample->when);
    begin("", rule);
    if (!c.rulesets)
        fail_msg("%s: %s", sample->when, rules_case_complaints(&c));
    c.envelope.sender = span_str(sample->sender);
    take_recipients(sample->recipients);
    rules_case_run(&c, message);
    bool answer = span_is(c.outcome.tags, "it");
    (void)end(NULL);
    return answer;
}

static void expect(const struct sample *samples, size_t count, const char *message)
{
    for (size_t i = 0; i < count; i++) {
        if (holds(&samples[i], message) != samples[i].holds)
            fail_msg("{%s} of %s to %s", samples[i].when, samples[i].sender, samples[i].recipients);
    }
}

#define IN "a@corp.example"
#define OUT "b@out.example"
#define MAIL "From: a@corp.example\nTo: b@out.example\n\nx\n"

/* As config/README.md has it, also where there is no address. */
static void test_quantifiers(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"'recipients': {'any': 'internal'}", "", IN, true},
        {"'recipients': {'any': 'internal'}", "", IN " " OUT, true},
        {"'recipients': {'any': 'internal'}", "", OUT, false},
        {"'recipients': {'any': 'internal'}", "", "", false},
        {"'recipients': {'all': 'internal'}", "", IN, true},
        {"'recipients': {'all': 'internal'}", "", IN " " OUT, false},
        {"'recipients': {'all': 'internal'}", "", OUT, false},
        {"'recipients': {'all': 'internal'}", "", "", false},
        {"'recipients': {'any_not': 'internal'}", "", IN, false},
        {"'recipients': {'any_not': 'internal'}", "", IN " " OUT, true},
        {"'recipients': {'any_not': 'internal'}", "", OUT, true},
        {"'recipients': {'any_not': 'internal'}", "", "", false},
        {"'recipients': {'none': 'internal'}", "", IN, false},
        {"'recipients': {'none': 'internal'}", "", IN " " OUT, false},
        {"'recipients': {'none': 'internal'}", "", OUT, true},
        {"'recipients': {'none': 'internal'}", "", "", true},
        /* an empty list */
        {"'recipients': {'any': []}", "", IN, false},
        {"'recipients': {'all': []}", "", IN, false},
        {"'recipients': {'all': []}", "", "", false},
        {"'recipients': {'any_not': []}", "", IN, true},
        {"'recipients': {'any_not': []}", "", "", false},
        {"'recipients': {'none': []}", "", IN, true},
        /* several */
        {"'recipients': {'any': 'internal', 'any_not': 'internal'}", "", IN " " OUT, true},
        {"'recipients': {'any': 'internal', 'any_not': 'internal'}", "", IN, false},
        {"'recipients': {'any': 'internal', 'none': 'c@*'}", "", IN " " OUT, true},
        {"'recipients': {'any': 'internal', 'none': 'b@*'}", "", IN " " OUT, false},
        {"'recipients': 'external', 'sender': 'internal'", IN, OUT, true},
        {"'recipients': 'external', 'sender': 'internal'", OUT, OUT, false},
        /* short */
        {"'recipients': ['x@y.example', 'external']", "", OUT, true},
        {"'sender': '<>'", "", OUT, true},
        {"'sender': '<>'", IN, OUT, false},
        {"'sender': {'any': 'A@corp.example', 'case_sensitive': true}", IN, OUT, false},
        {"'sender': {'any': 'A@corp.example'}", IN, OUT, true},
    };
    expect(samples, ARRAY_LEN(samples), MAIL);
}

static void test_where(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"'sender': {'where': 'header', 'any': 'internal'}", OUT, OUT, true},
        {"'sender': {'where': 'header', 'any': 'external'}", OUT, OUT, false},
        {"'sender': {'where': 'both', 'any': 'internal'}", OUT, OUT, false},
        {"'sender': {'where': 'both', 'any': 'internal'}", IN, OUT, true},
        {"'sender': {'where': 'either', 'any': 'internal'}", OUT, OUT, true},
        {"'sender': {'where': 'either', 'any': 'c@*'}", OUT, OUT, false},
        /* of each by itself, not of all together */
        {"'recipients': {'where': 'both', 'all': 'internal'}", OUT, IN, false},
        {"'recipients': {'where': 'either', 'all': 'internal'}", OUT, IN, true},
        {"'recipients': {'where': 'header', 'fields': ['Cc'], 'none': '*'}", OUT, IN, true},
        {"'recipients': {'where': 'header', 'fields': ['CC', 'to'], 'none': '*'}", OUT, IN, false},
    };
    expect(samples, ARRAY_LEN(samples), MAIL);
}

/* Nobody knows who else stands there: what that could mend holds. */
static void test_more_than_is_looked_at(void **state)
{
    (void)state;
    begin("", "{'when': {'recipients': {'where': 'header', 'any': 'z@z.example'}},"
              "'transform': 'Tag', 'tag': 'any'},"
              "{'when': {'recipients': {'where': 'header', 'all': '*@y'}},"
              "'transform': 'Tag', 'tag': 'all'},"
              "{'when': {'recipients': {'where': 'header', 'none': '*@x'}},"
              "'transform': 'Tag', 'tag': 'none'}");
    struct buf mail = BUF_INIT;
    buf_add_str(&mail, "To: ");
    for (int i = 0; i < 10001; i++)
        buf_add_str(&mail, i % 100 == 99 ? "\n a@x," : "a@x,");
    buf_add_str(&mail, "z@z.example\n\nx\n");
    buf_add_byte(&mail, '\0');
    c.inspection.on_uninspectable = TROUBLE_PASS;
    rules_case_run(&c, mail.ptr);
    assert_int_equal(c.outcome.uninspected, 1u << UNINSPECTED_LIMIT);
    assert_true(span_is(c.outcome.tags, "any"));
    buf_fini(&mail);
}

static size_t count_views(void)
{
    size_t count = 0;
    for (struct view *view = views_newest(c.outcome.views); view; view = view->previous)
        count++;
    return count;
}

/* A text that the pattern gives up on, an archive and an encrypted part: whoever looks at one of
 * them says so. */
#define SEEN                                                                                       \
    "From: Ann <a@corp.example>\nTo: Bob <b@corp.example>\nSubject: aaaaaaaaaaaaaaaaaaaaaaaaaaaa"  \
    "aaaaaaaaaaaaaa\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n"      \
    "B-123456\n-----BEGIN PGP MESSAGE-----\n\nabcd\n-----END PGP MESSAGE-----\n--b\n"              \
    "Content-Type: application/zip\nContent-Disposition: attachment; filename=a.zip\n\nPK\3\4x\n"  \
    "--b--\n"
#define LOOKS                                                                                      \
    "'rules': [{'extract': 'Subject', 'pattern': '(?:a|a)*c', 'rules': [{'transform': 'Mask'}]},"  \
    "{'extract': 'Body', 'rules': [{'extract': 'Text', 'pattern': 'x'}]},"                         \
    "{'extract': 'Attachment', 'rules': [{'extract': 'Text', 'pattern': 'x'}]},"                   \
    "{'extract': 'Headers', 'pattern': 'x'}, {'extract': 'Filename', 'pattern': 'x'},"             \
    "{'detect': 'badge', 'rules': [{'transform': 'Tag', 'tag': 'found'}]}]"

static void test_nothing_is_opened_where_it_does_not_hold(void **state)
{
    (void)state;
    static const char *const whens[] = {
        "'constraint': 'external'",
        "'recipients': {'where': 'header', 'any': 'external'}",
        "'sender': {'where': 'both', 'any': 'external'}",
        "'tag': 'x'",
        "'user': 'x'",
    };
    static const char external[] = "{'name': 'external', 'recipients': {'any': 'external'}}";
    char rule[2000];
    begin("", "");
    c.envelope.sender = SPAN("a@corp.example");
    rules_case_run(&c, SEEN);
    size_t without = count_views();
    (void)end(NULL);
    for (size_t i = 0; i < ARRAY_LEN(whens); i++) {
        (void)snprintf(rule, sizeof rule, "{'when': {%s}, " LOOKS "}", whens[i]);
        begin(external, rule);
        if (!c.rulesets)
            fail_msg("%s: %s", whens[i], rules_case_complaints(&c));
        c.envelope.sender = SPAN("a@corp.example");
        take_recipients("b@corp.example");
        rules_case_run(&c, SEEN);
        assert_int_equal(c.outcome.verdict, VERDICT_DELIVER);
        assert_int_equal(c.outcome.uninspected, 0);
        assert_int_equal(count_views(), without);
        (void)end(NULL);
    }
    /* And where it holds they are. */
    (void)snprintf(rule, sizeof rule, "{'when': {'constraint': 'external'}, " LOOKS "}");
    begin(external, rule);
    c.inspection.on_uninspectable = TROUBLE_PASS;
    rules_case_run(&c, SEEN);
    assert_int_equal(c.outcome.uninspected &
                         (1u << UNINSPECTED_PATTERN_LIMIT | 1u << UNINSPECTED_CONTAINER |
                          1u << UNINSPECTED_ENCRYPTED),
                     1u << UNINSPECTED_PATTERN_LIMIT | 1u << UNINSPECTED_CONTAINER |
                         1u << UNINSPECTED_ENCRYPTED);
    assert_true(count_views() > without + 5);
    assert_true(span_is(c.outcome.tags, "found"));
    (void)end(NULL);
    /* A condition of the detection itself. */
    begin(external, "{'match': 'most_restrictive', 'rules': [{'when': {'constraint': 'external'},"
                    "'detect': 'badge', 'rules': [{'transform': 'Tag', 'tag': 'found'}]}]}");
    if (!c.rulesets)
        fail_msg("%s", rules_case_complaints(&c));
    take_recipients("b@corp.example");
    rules_case_run(&c, SEEN);
    assert_true(span_is(c.outcome.tags, ""));
    assert_int_equal(count_views(), without);
    take_recipients("b@out.example");
    c.inspection.on_uninspectable = TROUBLE_PASS;
    rules_case_run(&c, SEEN);
    assert_true(span_is(c.outcome.tags, "found"));
}

static void test_why_is_traced(void **state)
{
    (void)state;
    static const struct {
        const char *when, *why;
    } whys[] = {
        {"'constraint': 'out'", "constraint \"out\": recipients of the envelope: any_not"},
        {"'recipients': {'all': 'external'}", "recipients of the envelope: all"},
        {"'sender': {'where': 'header', 'any': 'external'}", "sender of the header: any"},
        {"'sender': {'where': 'both', 'none': 'internal'}", "sender of the envelope: none"},
        {"'sender': {'where': 'either', 'any': 'x@y.example'}",
         "sender of the envelope or header: any"},
        {"'client': '10.0.0.0/8'", "client: any"},
        {"'user': {'all': 'x'}", "user: all"},
        {"'size': {'min': 100000}", "size"},
        {"'tls': true", "tls"},
        {"'tag': 'x'", "tag"},
    };
    for (size_t i = 0; i < ARRAY_LEN(whys); i++) {
        char rule[500];
        struct buf text = BUF_INIT;
        (void)snprintf(rule, sizeof rule, "{'when': {%s}, 'dispose': 'discard'}", whys[i].when);
        begin("{'name': 'out', 'recipients': {'any_not': '*@corp.example'}}", rule);
        c.traced = true;
        c.envelope.sender = SPAN(IN);
        take_recipients(IN);
        rules_case_run(&c, MAIL);
        trace_explain(c.trace, &text);
        const char *line = arena_printf(c.arena, "skipped: %s\n", whys[i].why);
        if (span_find(buf_span(&text), span_str(line)) == SPAN_NONE)
            fail_msg("no %s in\n%.*s", line, SPAN_ARG(buf_span(&text)));
        buf_fini(&text);
        (void)end(NULL);
    }
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
        TEST(test_quantifiers),
        TEST(test_where),
        TEST(test_more_than_is_looked_at),
        TEST(test_nothing_is_opened_where_it_does_not_hold),
        TEST(test_why_is_traced),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
