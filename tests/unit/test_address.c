/* SPDX-License-Identifier: Apache-2.0 */
/* The arguments of MAIL and RCPT: tables of good and bad ones. */
#include "tunnels/wire/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* after the headers that it needs */
#include <cmocka.h>

struct good {
    struct span argument;
    const char *text;
    const char *local;
    const char *domain;
    const char *params;
};

static void check_good(const struct good *good, bool from, bool utf8)
{
    struct address address;
    struct span params;
    struct answer answer = {0, NULL, NULL};
    /* exact size, so that the sanitizer sees a byte too far */
    char *copy = malloc(good->argument.len);
    memcpy(copy, good->argument.ptr, good->argument.len);
    struct span argument = span_of(copy, good->argument.len);
    bool ok = from ? address_parse_from(argument, utf8, &address, &params, &answer)
                   : address_parse_to(argument, utf8, &address, &params, &answer);
    if (!ok)
        fail_msg("%s: %s", good->argument.ptr, answer.text);
    assert_true(span_is(address.text, good->text));
    assert_true(span_is(address.local, good->local));
    assert_true(span_is(address.domain, good->domain));
    assert_true(span_is(params, good->params));
    assert_int_equal(address.is_literal, good->domain[0] == '[');
    free(copy);
}

static void test_good(void **state)
{
    (void)state;
    static const struct good from[] = {
        {SPAN_INIT("FROM:<>"), "", "", "", ""},
        {SPAN_INIT("from:<> SIZE=5 BODY=8BITMIME"), "", "", "", "SIZE=5 BODY=8BITMIME"},
        {SPAN_INIT("FROM: <a@b.example>"), "a@b.example", "a", "b.example", ""},
        {SPAN_INIT("FROM:<a@b>"), "a@b", "a", "b", ""},
        {SPAN_INIT("FROM:<a.b+c=d!#$%&'*/?^_`{|}~-@b-c.example>"),
         "a.b+c=d!#$%&'*/?^_`{|}~-@b-c.example", "a.b+c=d!#$%&'*/?^_`{|}~-", "b-c.example", ""},
        {SPAN_INIT("FROM:<name..x.@telco.example>"), "name..x.@telco.example", "name..x.",
         "telco.example", ""},
        {SPAN_INIT("FROM:<\"a b\\\"c>@d\"@e.example>"), "\"a b\\\"c>@d\"@e.example",
         "\"a b\\\"c>@d\"", "e.example", ""},
        {SPAN_INIT("FROM:<\"\"@e>"), "\"\"@e", "\"\"", "e", ""},
        {SPAN_INIT("FROM:<@r1.example,@r2:a@b>"), "a@b", "a", "b", ""},
        {SPAN_INIT("FROM:<a@[192.0.2.1]>"), "a@[192.0.2.1]", "a", "[192.0.2.1]", ""},
        {SPAN_INIT("FROM:<a@[IPv6:2001:db8::1]> X=y"), "a@[IPv6:2001:db8::1]", "a",
         "[IPv6:2001:db8::1]", "X=y"},
        {SPAN_INIT("FROM:<a@[tag:any.thing]>"), "a@[tag:any.thing]", "a", "[tag:any.thing]", ""},
        {SPAN_INIT("FROM:<a@under_score.example>"), "a@under_score.example", "a",
         "under_score.example", ""},
        {SPAN_INIT("FROM:<123@456>"), "123@456", "123", "456", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(from); i++)
        check_good(&from[i], true, false);
    static const struct good to[] = {
        {SPAN_INIT("TO:<a@b>"), "a@b", "a", "b", ""},
        {SPAN_INIT("To:<postMASTER>"), "postMASTER", "postMASTER", "", ""},
        {SPAN_INIT("TO:<postmaster@b>"), "postmaster@b", "postmaster", "b", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(to); i++)
        check_good(&to[i], false, false);
}

static void test_utf8(void **state)
{
    (void)state;
    struct good good = {SPAN_INIT("FROM:<j\xc3\xbcrgen@m\xc3\xbc"
                                  "ller.example>"),
                        "j\xc3\xbcrgen@m\xc3\xbc"
                        "ller.example",
                        "j\xc3\xbcrgen",
                        "m\xc3\xbc"
                        "ller.example",
                        ""};
    struct address address;
    struct span params;
    struct answer answer;
    check_good(&good, true, true);
    assert_false(address_parse_from(good.argument, false, &address, &params, &answer));
    assert_int_equal(answer.code, 553);
    assert_string_equal(answer.enhanced, "5.6.7");
    assert_false(address_parse_from(SPAN("FROM:<\xff@b>"), true, &address, &params, &answer));
    assert_int_equal(answer.code, 501);
}

static void check_bad(struct span argument, bool from, const char *enhanced)
{
    struct address address;
    struct span params;
    struct answer answer = {0, NULL, NULL};
    char *copy = malloc(argument.len + 1);
    memcpy(copy, argument.ptr, argument.len);
    struct span copied = span_of(copy, argument.len);
    bool ok = from ? address_parse_from(copied, true, &address, &params, &answer)
                   : address_parse_to(copied, true, &address, &params, &answer);
    if (ok)
        fail_msg("%s was taken", argument.ptr);
    assert_int_equal(answer.code, 501);
    assert_string_equal(answer.enhanced, enhanced);
    assert_true(strlen(answer.text) > 10);
    free(copy);
}

static void test_bad(void **state)
{
    (void)state;
    static const struct span from[] = {
        SPAN_INIT("FROM:a@b"),
        SPAN_INIT("FROM:"),
        SPAN_INIT("FROM:<"),
        SPAN_INIT("FROM:<a@b"),
        SPAN_INIT("FROM:<a@>"),
        SPAN_INIT("FROM:<@b>"),
        SPAN_INIT("FROM:<a>"),
        SPAN_INIT("FROM:<a@b@c>"),
        SPAN_INIT("FROM:<a b@c>"),
        SPAN_INIT("FROM:< a@b>"),
        SPAN_INIT("FROM:<a@b >"),
        SPAN_INIT("FROM:<<a@b>>"),
        SPAN_INIT("FROM:<a@b>x"),
        SPAN_INIT("FROM:<a@b>,<c@d>"),
        SPAN_INIT("FROM:<a@b..c>"),
        SPAN_INIT("FROM:<a@.b>"),
        SPAN_INIT("FROM:<a@b.>"),
        SPAN_INIT("FROM:<a@-b>"),
        SPAN_INIT("FROM:<a@b->"),
        SPAN_INIT("FROM:<\"a@b>"),
        SPAN_INIT("FROM:<\"a\\\"@b>"),
        SPAN_INIT("FROM:<\"a\"b@c>"),
        SPAN_INIT("FROM:<\"a\x01\"@b>"),
        SPAN_INIT("FROM:<a@[]>"),
        SPAN_INIT("FROM:<a@[1.2.3]>"),
        SPAN_INIT("FROM:<a@[1.2.3.4>"),
        SPAN_INIT("FROM:<a@[IPv6:zz]>"),
        SPAN_INIT("FROM:<a@[1.2.3.4]x>"),
        SPAN_INIT("FROM:<a@[x y:z]>"),
        SPAN_INIT("FROM:<@a:>"),
        SPAN_INIT("FROM:<@a,b@c>"),
        SPAN_INIT("FROM:<@a,@b@c>"),
        SPAN_INIT("FROM:<@:a@b>"),
        SPAN_INIT("FROM:<(c)a@b>"),
        SPAN_INIT("FROM:<a@b>\tX"),
        SPAN_INIT("FROM:<Postmaster>"),
        SPAN_INIT("FROM:<a\x80@b>"),
        SPAN_INIT("FROM:<a\0@b>"),
        SPAN_INIT("FROM:Name <a@b>"),
    };
    for (size_t i = 0; i < ARRAY_LEN(from); i++)
        check_bad(from[i], true, "5.1.7");
    check_bad(SPAN("TO:<a@b>"), true, "5.5.4");
    check_bad(SPAN(""), true, "5.5.4");
    check_bad(SPAN("FROM <a@b>"), true, "5.5.4");
    check_bad(SPAN("FROM :<a@b>"), true, "5.5.4");
    check_bad(SPAN("FROM:<a@b>"), false, "5.5.4");
    check_bad(SPAN("TO:<>"), false, "5.1.3");
    check_bad(SPAN("TO:<@a:>"), false, "5.1.3");
    check_bad(SPAN("TO:a@b"), false, "5.1.3");
}

static void build(char *out, size_t size, size_t local, size_t domain)
{
    char l[1200];
    char d[1200];
    memset(l, 'l', local);
    l[local] = '\0';
    for (size_t i = 0; i < domain; i++)
        d[i] = i % 50 == 49 && i + 1 < domain ? '.' : 'd';
    d[domain] = '\0';
    (void)snprintf(out, size, "FROM:<%s@%s>", l, d);
}

static void test_limits(void **state)
{
    (void)state;
    char argument[3000];
    struct address address;
    struct span params;
    struct answer answer;
    build(argument, sizeof argument, ADDRESS_LOCAL_MAX, ADDRESS_DOMAIN_MAX);
    assert_true(address_parse_from(span_str(argument), false, &address, &params, &answer));
    build(argument, sizeof argument, ADDRESS_LOCAL_MAX + 1, 5);
    check_bad(span_str(argument), true, "5.1.7");
    build(argument, sizeof argument, 1, ADDRESS_DOMAIN_MAX + 1);
    check_bad(span_str(argument), true, "5.1.7");
    build(argument, sizeof argument, 1, 1000);
    check_bad(span_str(argument), true, "5.1.7");
    char label[64 + 16] = "FROM:<a@";
    memset(label + 8, 'x', 64);
    memcpy(label + 72, ">", 2);
    check_bad(span_str(label), true, "5.1.7"); /* a label has 63 bytes */
}

static void test_mailbox(void **state)
{
    (void)state;
    struct address address;
    assert_true(address_parse_mailbox(SPAN("a@b.example"), false, &address));
    assert_true(span_is(address.domain, "b.example"));
    assert_false(address_parse_mailbox(SPAN(""), false, &address));
    assert_false(address_parse_mailbox(SPAN("<a@b>"), false, &address));
    assert_false(address_parse_mailbox(SPAN("a@b>"), false, &address));
    assert_false(address_parse_mailbox(SPAN("a"), false, &address));
    assert_false(address_parse_mailbox(SPAN("\xc3\xa4@b"), false, &address));
    assert_true(address_parse_mailbox(SPAN("\xc3\xa4@b"), true, &address));
    assert_true(address.is_8bit);
}

static void test_helo_name(void **state)
{
    (void)state;
    static const char *const good[] = {"client.example", "a",       "[192.0.2.1]",
                                       "[IPv6:::1]",     "my_host", "a:b"};
    static const char *const bad[] = {"",     "a b",   "a\x01", "<a>",
                                      "a(b)", "[a b]", "a@b",   "\xc3\xa4"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        assert_true(address_is_helo_name(span_str(good[i])));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(address_is_helo_name(span_str(bad[i])));
    assert_false(address_is_helo_name(span_of("a\0b", 3)));
    char longest[300];
    memset(longest, 'a', sizeof longest);
    assert_false(address_is_helo_name(span_of(longest, sizeof longest)));
}

static const struct capabilities everything = {.size = true,
                                               .eightbitmime = true,
                                               .smtputf8 = true,
                                               .binarymime = true,
                                               .dsn = true,
                                               .requiretls = true,
                                               .mt_priority = true};

static void test_mail_params(void **state)
{
    (void)state;
    struct mail_params params;
    struct answer answer;
    assert_true(mail_params_parse(SPAN(""), &everything, &params, &answer));
    assert_false(params.has_size || params.smtputf8);
    assert_true(mail_params_parse(SPAN("SIZE=1234  body=8bitmime SMTPUTF8"), &everything, &params,
                                  &answer));
    assert_true(params.has_size && params.smtputf8);
    assert_int_equal(params.size, 1234);
    assert_int_equal(params.body, MAIL_BODY_8BITMIME);
    assert_true(mail_params_parse(SPAN("BODY=7BIT"), &everything, &params, &answer));
    assert_int_equal(params.body, MAIL_BODY_7BIT);
    assert_true(mail_params_parse(SPAN("BODY=binarymime"), &everything, &params, &answer));
    assert_int_equal(params.body, MAIL_BODY_BINARYMIME);
}

static void check_params(struct span text, const struct capabilities *offered, unsigned code)
{
    struct mail_params params;
    struct answer answer = {0, NULL, NULL};
    assert_false(mail_params_parse(text, offered, &params, &answer));
    assert_int_equal(answer.code, code);
    assert_string_equal(answer.enhanced, code == 552 ? "5.3.4" : "5.5.4");
}

static void test_bad_mail_params(void **state)
{
    (void)state;
    struct capabilities nothing = {0};
    struct capabilities text_only = {.eightbitmime = true};
    check_params(SPAN("SIZE"), &everything, 501);
    check_params(SPAN("SIZE="), &everything, 501);
    check_params(SPAN("SIZE=-1"), &everything, 501);
    check_params(SPAN("SIZE=1x"), &everything, 501);
    check_params(SPAN("SIZE=99999999999999999999x"), &everything, 501);
    check_params(SPAN("SIZE=99999999999999999999"), &everything, 552);
    check_params(SPAN("SIZE=99999999999999999999999999999999999999999"), &everything, 552);
    check_params(SPAN("SIZE=1 SIZE=2"), &everything, 501);
    check_params(SPAN("BODY"), &everything, 501);
    check_params(SPAN("BODY=9BIT"), &everything, 501);
    check_params(SPAN("BODY=7BIT BODY=7BIT"), &everything, 501);
    check_params(SPAN("BODY=BINARYMIME"), &text_only, 501);
    check_params(SPAN("SMTPUTF8=yes"), &everything, 501);
    check_params(SPAN("SMTPUTF8 SMTPUTF8"), &everything, 501);
    check_params(SPAN("=x"), &everything, 501);
    check_params(SPAN("A_B=x"), &everything, 501);
    check_params(SPAN("X=a=b"), &everything, 501);
    check_params(SPAN("X=a\x01"), &everything, 501);
    check_params(SPAN("-X"), &everything, 501);
    check_params(SPAN("AUTH=<>"), &everything, 555);
    static const char *const not_offered[] = {"RET=HDRS",
                                              "ENVID=x",
                                              "REQUIRETLS",
                                              "MT-PRIORITY=3",
                                              "BY=120;R",
                                              "HOLDFOR=60",
                                              "HOLDUNTIL=2030-01-01T00:00:00Z",
                                              "TRANSID=<1@x>",
                                              "SOLICIT=x"};
    for (size_t i = 0; i < ARRAY_LEN(not_offered); i++)
        check_params(span_str(not_offered[i]), i < 4 ? &text_only : &everything, 555);
    static const char *const wrong[] = {"RET",
                                        "RET=",
                                        "RET=HALF",
                                        "RET=FULL RET=FULL",
                                        "RET=FULL ret=HDRS",
                                        "ENVID",
                                        "ENVID=",
                                        "ENVID=a+",
                                        "ENVID=a+2b",
                                        "ENVID=+0D+0A",
                                        "ENVID=+FF",
                                        "ENVID=a ENVID=b",
                                        "ENVID=\xc3\xa4",
                                        "REQUIRETLS=1",
                                        "REQUIRETLS REQUIRETLS",
                                        "MT-PRIORITY",
                                        "MT-PRIORITY=",
                                        "MT-PRIORITY=10",
                                        "MT-PRIORITY=-10",
                                        "MT-PRIORITY=-0",
                                        "MT-PRIORITY=+1",
                                        "MT-PRIORITY=x",
                                        "MT-PRIORITY=-",
                                        "MT-PRIORITY=1 MT-PRIORITY=1"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        check_params(span_str(wrong[i]), &everything, 501);
    check_params(SPAN("SIZE=5"), &nothing, 555);
    check_params(SPAN("BODY=8BITMIME"), &nothing, 555);
    check_params(SPAN("SMTPUTF8"), &nothing, 555);
}

static void test_more_mail_params(void **state)
{
    (void)state;
    struct mail_params params;
    struct answer answer;
    assert_true(mail_params_parse(SPAN("ret=hdrs EnvId=QQ+2B314 REQUIRETLS mt-priority=-9"),
                                  &everything, &params, &answer));
    assert_true(span_is(params.ret, "hdrs") && span_is(params.envid, "QQ+2B314"));
    assert_true(params.requiretls && params.has_priority);
    assert_int_equal(params.priority, -9);
    assert_true(mail_params_parse(SPAN("MT-PRIORITY=0"), &everything, &params, &answer));
    assert_true(params.has_priority && params.priority == 0 && params.ret.len == 0);
    assert_true(mail_params_parse(SPAN("MT-PRIORITY=9"), &everything, &params, &answer));
    assert_int_equal(params.priority, 9);
    char longest[6 + 101 + 1] = "ENVID=";
    memset(longest + 6, 'a', 101);
    assert_true(mail_params_parse(span_of(longest, 106), &everything, &params, &answer));
    assert_int_equal(params.envid.len, 100);
    assert_false(mail_params_parse(span_of(longest, 107), &everything, &params, &answer));
}

static bool parse_rcpt(const char *text, bool utf8, unsigned code)
{
    static const struct capabilities nothing = {.size = true};
    struct rcpt_params params;
    struct answer answer = {0, NULL, NULL};
    bool ok = rcpt_params_parse(span_str(text), code == 555 ? &nothing : &everything, utf8, &params,
                                &answer);
    if (!ok && answer.code != code)
        fail_msg("%s: %u", text, answer.code);
    return ok;
}

static void test_rcpt_params(void **state)
{
    (void)state;
    struct rcpt_params params;
    struct answer answer;
    static const char *const good[] = {"",
                                       "  ",
                                       "NOTIFY=NEVER",
                                       "notify=success",
                                       "NOTIFY=SUCCESS,FAILURE,DELAY",
                                       "NOTIFY=DELAY",
                                       "ORCPT=rfc822;Bob@there.example",
                                       "orcpt=rfc822;Bob+2Bx@there.example NOTIFY=NEVER",
                                       "ORCPT=x400;+20",
                                       "ORCPT=utf-8;b\\x{F6}b@there.example",
                                       "ORCPT=UTF-8;\\x{10FFFF}\\x{2B}",
                                       "ORCPT=utf-8;bob@there.example"};
    static const char *const bad[] = {"?",
                                      "NOTIFY",
                                      "NOTIFY=",
                                      "NOTIFY=NEVER,SUCCESS",
                                      "NOTIFY=SUCCESS,SUCCESS",
                                      "NOTIFY=,DELAY",
                                      "NOTIFY=DELAY,",
                                      "NOTIFY=NEVER,NEVER",
                                      "NOTIFY=WHENEVER",
                                      "NOTIFY=NEVER NOTIFY=NEVER",
                                      "ORCPT",
                                      "ORCPT=",
                                      "ORCPT=bob@there.example",
                                      "ORCPT=;bob",
                                      "ORCPT=rfc822;",
                                      "ORCPT=rfc 822;x",
                                      "ORCPT=rfc822;a+0Ab",
                                      "ORCPT=rfc822;a+0ab",
                                      "ORCPT=a@b;x",
                                      "ORCPT=rfc822;x ORCPT=rfc822;x",
                                      "ORCPT=utf-8;b\xc3\xb6"
                                      "b",
                                      "ORCPT=utf-8;",
                                      "ORCPT=utf-8;\\x",
                                      "ORCPT=utf-8;\\x{}",
                                      "ORCPT=utf-8;\\x{D800}",
                                      "ORCPT=utf-8;\\x{110000}",
                                      "ORCPT=utf-8;\\x{0D}",
                                      "ORCPT=utf-8;\\x{41}",
                                      "ORCPT=utf-8;\\x{0F6}",
                                      "ORCPT=utf-8;\\x{f6}",
                                      "ORCPT=utf-8;\\x{F6",
                                      "ORCPT=utf-8;a+2Bb",
                                      "ORCPT=rfc822;b\xc3\xb6"
                                      "b"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        if (!parse_rcpt(good[i], false, 0))
            fail_msg("refused: %s", good[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (parse_rcpt(bad[i], false, 501))
            fail_msg("taken: %s", bad[i]);
    }
    assert_true(parse_rcpt("ORCPT=utf-8;b\xc3\xb6"
                           "b@there.example",
                           true, 0));
    assert_false(parse_rcpt("ORCPT=utf-8;b\xc3", true, 501));
    assert_false(parse_rcpt("ORCPT=rfc822;b\xc3\xb6"
                            "b",
                            true, 501));
    assert_false(parse_rcpt("NOTIFY=NEVER", false, 555));
    assert_false(parse_rcpt("ORCPT=rfc822;x", false, 555));
    assert_false(parse_rcpt("RRVS=2014-04-03T23:01:00Z", false, 555));
    assert_true(rcpt_params_parse(SPAN("NOTIFY=Delay ORCPT=rfc822;B+2Bc@d"), &everything, false,
                                  &params, &answer));
    assert_true(span_is(params.notify, "Delay") && span_is(params.orcpt, "rfc822;B+2Bc@d"));
    char longest[6 + 501 + 1] = "ORCPT=rfc822;";
    memset(longest + 13, 'a', sizeof longest - 14);
    assert_true(rcpt_params_parse(span_of(longest, 506), &everything, false, &params, &answer));
    assert_false(rcpt_params_parse(span_of(longest, 507), &everything, false, &params, &answer));
}

static void test_xtext(void **state)
{
    (void)state;
    char out[32];
    size_t len;
    assert_true(xtext_decode(SPAN("a+2Bb+3D+00"), out, &len));
    assert_int_equal(len, 5);
    assert_memory_equal(out, "a+b=\0", 5);
    static const struct span bad[] = {SPAN_INIT("a+"),   SPAN_INIT("+2"),  SPAN_INIT("+2b"),
                                      SPAN_INIT("a=b"),  SPAN_INIT("a b"), SPAN_INIT("+gg"),
                                      SPAN_INIT("\x7f"), SPAN_INIT("\xc3")};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(xtext_decode(bad[i], out, &len));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_bad),         cmocka_unit_test(test_limits),
        cmocka_unit_test(test_mailbox),     cmocka_unit_test(test_helo_name),
        cmocka_unit_test(test_mail_params), cmocka_unit_test(test_bad_mail_params),
        cmocka_unit_test(test_rcpt_params), cmocka_unit_test(test_more_mail_params),
        cmocka_unit_test(test_xtext),
    };
    return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
