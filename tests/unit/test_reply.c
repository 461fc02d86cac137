/* SPDX-License-Identifier: Apache-2.0 */
/* Replies, both ways, and what an EHLO reply says. */
#include "tunnels/wire/capabilities.h"
#include "tunnels/wire/client_identity.h"
#include "tunnels/wire/reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* after the headers that it needs */
#include <cmocka.h>

static void check_write(unsigned code, const char *enhanced, struct span text, const char *wanted)
{
    struct buf out = BUF_INIT;
    reply_write(&out, code, span_str(enhanced), text);
    assert_true(span_is(buf_span(&out), wanted));
    buf_fini(&out);
}

static void test_write(void **state)
{
    (void)state;
    check_write(250, "2.1.0", SPAN("Ok"), "250 2.1.0 Ok\r\n");
    check_write(220, "", SPAN("mx ESMTP"), "220 mx ESMTP\r\n");
    check_write(250, NULL, SPAN("a\nb\nc"), "250-a\r\n250-b\r\n250 c\r\n");
    check_write(550, "5.7.1", SPAN("a\n\nb"), "550-5.7.1 a\r\n550-5.7.1 \r\n550 5.7.1 b\r\n");
    check_write(250, "", SPAN(""), "250 \r\n");
    check_write(250, "", SPAN("a\n"), "250-a\r\n250 \r\n");
}

/* Text from outside can never end the line. */
static void test_write_foreign(void **state)
{
    (void)state;
    check_write(550, "5.1.1", SPAN("<a\r@\tb\0\x7f\xc3\xa4>"),
                "550 5.1.1 <a?@ b???"
                "?>\r\n");
    check_write(550, "this is no enhanced code", SPAN("x"), "550 x\r\n");
}

static void test_write_long(void **state)
{
    (void)state;
    char text[2000];
    memset(text, 'x', sizeof text);
    struct buf out = BUF_INIT;
    reply_write(&out, 451, SPAN("4.3.0"), span_of(text, sizeof text));
    size_t total = 0;
    struct span rest = buf_span(&out);
    while (rest.len > 0) {
        size_t line = span_find(rest, SPAN("\r\n")) + 2;
        assert_true(line <= REPLY_LINE_MAX);
        assert_true(span_starts(rest, line == rest.len ? SPAN("451 4.3.0 ") : SPAN("451-4.3.0 ")));
        total += line - 12;
        rest = span_from(rest, line);
    }
    assert_int_equal(total, sizeof text);
    buf_fini(&out);
}

static void test_write_answer(void **state)
{
    (void)state;
    static const struct answer answer = {503, "5.5.1", "Bad sequence"};
    struct buf out = BUF_INIT;
    reply_write_answer(&out, &answer);
    assert_true(span_is(buf_span(&out), "503 5.5.1 Bad sequence\r\n"));
    buf_fini(&out);
}

/* Feeds pieces until one reply or a fault. */
static enum parse_result feed(struct reply_reader *reader, struct span input, size_t piece,
                              size_t *total_out, const char **reason_out)
{
    struct buf kept = BUF_INIT;
    enum parse_result result = PARSE_MORE;
    *total_out = 0;
    for (size_t at = 0; result == PARSE_MORE && at < input.len;) {
        struct span more = span_sub(input, at, piece);
        size_t consumed;
        at += more.len;
        buf_add(&kept, more);
        result = reply_read(reader, buf_span(&kept), &consumed, reason_out);
        buf_consume(&kept, consumed);
        *total_out += consumed;
    }
    buf_fini(&kept);
    return result;
}

static const size_t pieces[] = {1, 2, 3, 5, 11, SIZE_MAX};

static void check_read(struct span input, unsigned code, const char *enhanced, const char *text,
                       unsigned lines)
{
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        struct reply_reader reader;
        size_t total;
        const char *reason;
        reply_reader_init(&reader);
        assert_int_equal(feed(&reader, input, pieces[i], &total, &reason), PARSE_DONE);
        assert_int_equal(reader.reply.code, code);
        assert_true(span_is(reader.reply.enhanced, enhanced));
        assert_true(span_is(reader.reply.text, text));
        assert_int_equal(reader.reply.lines, lines);
        assert_int_equal(total, input.len);
        reply_reader_fini(&reader);
    }
}

static void test_read(void **state)
{
    (void)state;
    check_read(SPAN("250 2.1.0 Ok\r\n"), 250, "2.1.0", "Ok", 1);
    check_read(SPAN("250\r\n"), 250, "", "", 1);
    check_read(SPAN("354 go\r\n"), 354, "", "go", 1);
    check_read(SPAN("250-a\r\n250-b c\r\n250 d\r\n"), 250, "", "a\nb c\nd", 3);
    check_read(SPAN("550-5.7.1 a\r\n550 5.7.1 b\r\n"), 550, "5.7.1", "a\nb", 2);
    check_read(SPAN("550-5.7.1 a\r\n550 5.7.2 b\r\n"), 550, "5.7.1", "a\n5.7.2 b", 2);
    check_read(SPAN("550 5.1.1\r\n"), 550, "5.1.1", "", 1);
    /* the class of the code counts */
    check_read(SPAN("250 5.1.1 class differs\r\n"), 250, "2.0.0", "class differs", 1);
    check_read(SPAN("550 2.1.5 class differs\r\n"), 550, "5.0.0", "class differs", 1);
    check_read(SPAN("550 4.2.2 class differs\r\n"), 550, "5.2.2", "class differs", 1);
    check_read(SPAN("452-5.2.2 class\r\n452 4.2.2 differs\r\n"), 452, "4.2.2", "class\ndiffers", 2);
    check_read(SPAN("550 3.1.1 no class\r\n"), 550, "", "3.1.1 no class", 1);
    check_read(SPAN("354 2.0.0 go\r\n"), 354, "", "2.0.0 go", 1);
    check_read(SPAN("250 2.1.x no\r\n"), 250, "", "2.1.x no", 1);
    check_read(SPAN("250 2.1234.1 no\r\n"), 250, "", "2.1234.1 no", 1);
    check_read(SPAN("250 2.0.0.0 no\r\n"), 250, "", "2.0.0.0 no", 1);
    check_read(SPAN("421 \xc3\xa4\r\n"), 421, "", "\xc3\xa4", 1);
}

static void check_read_bad(struct span input)
{
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        struct reply_reader reader;
        size_t total;
        const char *reason = NULL;
        reply_reader_init(&reader);
        assert_int_equal(feed(&reader, input, pieces[i], &total, &reason), PARSE_BAD);
        assert_non_null(reason);
        reply_reader_fini(&reader);
    }
}

static void test_read_bad(void **state)
{
    (void)state;
    check_read_bad(SPAN("250-a\r\n251 b\r\n"));
    check_read_bad(SPAN("hello\r\n"));
    check_read_bad(SPAN("\r\n"));
    check_read_bad(SPAN("25\r\n"));
    check_read_bad(SPAN("150 a\r\n"));
    check_read_bad(SPAN("650 a\r\n"));
    check_read_bad(SPAN("250x\r\n"));
    check_read_bad(SPAN("2500 a\r\n"));
    check_read_bad(SPAN("250 a\n"));
    check_read_bad(SPAN("250 a\rb\r\n"));
    check_read_bad(SPAN("250 a\r\r\n"));
    check_read_bad(SPAN("250 a\0b\r\n"));
}

static void test_read_limits(void **state)
{
    (void)state;
    struct buf input = BUF_INIT;
    for (unsigned i = 0; i <= REPLY_READ_LINES_MAX; i++)
        buf_add_str(&input, "250-x\r\n");
    check_read_bad(buf_span(&input));
    input.len = 0;
    buf_add_str(&input, "250 ");
    for (unsigned i = 0; i < REPLY_READ_LINE_MAX; i++)
        buf_add_byte(&input, 'x');
    check_read_bad(buf_span(&input)); /* without waiting for its end */
    input.len = 0;
    for (unsigned i = 0; i < 20; i++) {
        buf_add_str(&input, "250-");
        for (unsigned j = 0; j < 1000; j++)
            buf_add_byte(&input, 'x');
        buf_add_str(&input, "\r\n");
    }
    check_read_bad(buf_span(&input));
    buf_fini(&input);
}

/* RFC 4954 section 4: 12,288 octets with CRLF, and nothing else is so long. */
static void test_read_challenge(void **state)
{
    (void)state;
    struct buf input = BUF_INIT;
    struct reply_reader reader;
    const char *reason;
    size_t consumed;
    buf_add_str(&input, "334 ");
    for (unsigned i = 0; i < 12286; i++)
        buf_add_byte(&input, 'x');
    buf_add_str(&input, "\r\n");
    reply_reader_init(&reader);
    assert_int_equal(reply_read(&reader, span_sub(buf_span(&input), 0, 9000), &consumed, &reason),
                     PARSE_MORE);
    assert_int_equal(consumed, 0);
    assert_int_equal(reply_read(&reader, buf_span(&input), &consumed, &reason), PARSE_DONE);
    assert_int_equal(reader.reply.text.len, 12286);
    reply_reader_fini(&reader);
    input.ptr[2] = '5';
    check_read_bad(buf_span(&input));
    input.ptr[2] = '4';
    input.len -= 2;
    buf_add_str(&input, "x\r\n");
    check_read_bad(buf_span(&input));
    buf_fini(&input);
}

static void test_read_several(void **state)
{
    (void)state;
    struct reply_reader reader;
    struct span input = SPAN("250 2.1.0 a\r\n550-b\r\n550 c\r\n354 d\r\n25");
    static const unsigned codes[] = {250, 550, 354};
    static const char *const texts[] = {"a", "b\nc", "d"};
    const char *reason;
    size_t consumed;
    reply_reader_init(&reader);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(reply_read(&reader, input, &consumed, &reason), PARSE_DONE);
        assert_int_equal(reader.reply.code, codes[i]);
        assert_true(span_is(reader.reply.text, texts[i]));
        input = span_from(input, consumed);
    }
    assert_int_equal(reply_read(&reader, input, &consumed, &reason), PARSE_MORE);
    assert_int_equal(consumed, 0);
    reply_reader_fini(&reader);
}

static void test_pass_on(void **state)
{
    (void)state;
    struct reply_reader reader;
    struct buf out = BUF_INIT;
    struct span input = SPAN("550-5.7.1 No\r\n550 5.7.1 way\r\n");
    const char *reason;
    size_t consumed;
    reply_reader_init(&reader);
    assert_int_equal(reply_read(&reader, input, &consumed, &reason), PARSE_DONE);
    reply_write_reply(&out, &reader.reply);
    assert_true(span_equal(buf_span(&out), input));
    buf_fini(&out);
    reply_reader_fini(&reader);
}

static void read_capabilities(struct span input, struct capabilities *out)
{
    struct reply_reader reader;
    const char *reason;
    size_t consumed;
    reply_reader_init(&reader);
    assert_int_equal(reply_read(&reader, input, &consumed, &reason), PARSE_DONE);
    capabilities_parse(&reader.reply, out);
    reply_reader_fini(&reader);
}

static void test_capabilities(void **state)
{
    (void)state;
    struct capabilities c;
    read_capabilities(SPAN("250-PIPELINING.example greets\r\n250-pipelining\r\n250-SIZE 1000\r\n"
                           "250-8BITMIME\r\n250-AUTH PLAIN LOGIN\r\n250-DSN\r\n250-X-NEW a b\r\n"
                           "250-CHUNKING\r\n250 SMTPUTF8\r\n"),
                      &c);
    assert_true(c.pipelining && c.eightbitmime && c.dsn && c.chunking && c.smtputf8 && c.size);
    assert_true(c.auth_plain && c.auth_login);
    assert_false(c.starttls || c.binarymime || c.enhancedstatuscodes || c.xclient || c.xforward);
    assert_int_equal(c.size_limit, 1000);
    read_capabilities(SPAN("250-x\r\n250-SIZE\r\n250 AUTH=LOGIN\r\n"), &c);
    assert_true(c.size && c.size_limit == 0 && c.auth_login && !c.auth_plain);
    read_capabilities(SPAN("250 PIPELINING\r\n"), &c); /* the greeting only */
    assert_false(c.pipelining);
    read_capabilities(SPAN("500-x\r\n500 PIPELINING\r\n"), &c);
    assert_false(c.pipelining);
    read_capabilities(SPAN("250-x\r\n250-XCLIENT addr NEW LOGIN\r\n250 XFORWARD PORT\r\n"), &c);
    assert_true(c.xclient && c.xforward);
    assert_int_equal(c.xclient_attributes, 1u << XCLIENT_ADDR | 1u << XCLIENT_LOGIN);
    assert_int_equal(c.xforward_attributes, 1u << XFORWARD_PORT);
    read_capabilities(SPAN("250-x\r\n250-SIZE 99999999999999999999999\r\n250 STARTTLS\r\n"), &c);
    assert_true(c.size && c.size_limit == 0 && c.starttls);
}

static void test_capabilities_both(void **state)
{
    (void)state;
    struct capabilities a = {.pipelining = true, .dsn = true, .size = true, .size_limit = 500};
    struct capabilities b = {.pipelining = true, .smtputf8 = true, .size = true};
    struct capabilities both = capabilities_both(&a, &b);
    assert_true(both.pipelining && both.size && both.size_limit == 500);
    assert_false(both.dsn || both.smtputf8);
    b.size_limit = 400;
    assert_int_equal(capabilities_both(&a, &b).size_limit, 400);
    assert_int_equal(capabilities_both(&b, &a).size_limit, 400);
    b.size = false;
    assert_int_equal(capabilities_both(&a, &b).size_limit, 0);
}

static void test_capabilities_write(void **state)
{
    (void)state;
    struct capabilities c = {.pipelining = true,
                             .eightbitmime = true,
                             .enhancedstatuscodes = true,
                             .size = true,
                             .size_limit = 52428800,
                             .xclient = true,
                             .auth_plain = true};
    struct buf out = BUF_INIT;
    capabilities_write(&out, SPAN("mx.example"), &c);
    assert_true(span_is(buf_span(&out), "250-mx.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n"
                                        "250-ENHANCEDSTATUSCODES\r\n250 SIZE 52428800\r\n"));
    struct capabilities nothing = {0};
    out.len = 0;
    capabilities_write(&out, SPAN("mx.example"), &nothing);
    assert_true(span_is(buf_span(&out), "250 mx.example\r\n"));
    buf_fini(&out);
}

static void test_limits(void **state)
{
    (void)state;
    struct capabilities c;
    read_capabilities(SPAN("250-mta\r\n250 limits mailmax=5 FUTURE RCPTMAX=999999 X=1 "
                           "RCPTDOMAINMAX=1\r\n"),
                      &c);
    assert_int_equal(c.limits.mail_max, 5);
    assert_int_equal(c.limits.rcpt_max, 999999);
    assert_int_equal(c.limits.rcpt_domain_max, 1);
    read_capabilities(SPAN("250-mta\r\n250 LIMITS MAILMAX=0 RCPTMAX=1000000 RCPTDOMAINMAX=-1\r\n"),
                      &c);
    assert_int_equal(c.limits.mail_max + c.limits.rcpt_max + c.limits.rcpt_domain_max, 0);
    read_capabilities(SPAN("250-mta\r\n250 LIMITS MAILMAX RCPTMAX= RCPTDOMAINMAX=1x\r\n"), &c);
    assert_int_equal(c.limits.mail_max + c.limits.rcpt_max + c.limits.rcpt_domain_max, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write),
        cmocka_unit_test(test_write_foreign),
        cmocka_unit_test(test_write_long),
        cmocka_unit_test(test_write_answer),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_read_bad),
        cmocka_unit_test(test_read_limits),
        cmocka_unit_test(test_read_challenge),
        cmocka_unit_test(test_read_several),
        cmocka_unit_test(test_pass_on),
        cmocka_unit_test(test_capabilities),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_capabilities_both),
        cmocka_unit_test(test_capabilities_write),
    };
    return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
