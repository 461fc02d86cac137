/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines: what is one, what never is, and the same result for every split. */
#include "tunnels/wire/command.h"

#include "engine/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* after the headers that it needs */
#include <cmocka.h>

/* Feeds `input` in pieces as a session does, until one result other than PARSE_MORE. */
struct fed {
    enum parse_result result;
    enum command_fault fault;
    enum command_verb verb;
    char name[64];
    char argument[COMMAND_MAX];
    size_t consumed; /* in all */
};

static void feed(struct span input, size_t piece, struct fed *out)
{
    struct command_reader reader;
    struct buf kept = BUF_INIT;
    size_t at = 0;
    *out = (struct fed){.result = PARSE_MORE};
    command_reader_init(&reader);
    while (out->result == PARSE_MORE && at < input.len) {
        struct span more = span_sub(input, at, piece);
        struct command command;
        size_t consumed;
        at += more.len;
        buf_add(&kept, more);
        out->result = command_read(&reader, buf_span(&kept), &command, &consumed, &out->fault);
        if (out->result == PARSE_DONE) {
            out->verb = command.verb;
            assert_true(command.name.len < sizeof out->name);
            memcpy(out->name, command.name.ptr, command.name.len);
            memcpy(out->argument, command.argument.ptr, command.argument.len);
        }
        buf_consume(&kept, consumed);
        out->consumed += consumed;
        assert_true(kept.len <= COMMAND_MAX || out->result != PARSE_MORE);
    }
    buf_fini(&kept);
}

static const size_t pieces[] = {1, 2, 3, 7, 100, SIZE_MAX};
#define PIECES (sizeof pieces / sizeof pieces[0])

static void check(struct span input, enum command_verb verb, const char *name, const char *argument,
                  size_t consumed)
{
    for (size_t i = 0; i < PIECES; i++) {
        struct fed fed;
        feed(input, pieces[i], &fed);
        assert_int_equal(fed.result, PARSE_DONE);
        assert_int_equal(fed.verb, verb);
        assert_string_equal(fed.name, name);
        assert_string_equal(fed.argument, argument);
        assert_int_equal(fed.consumed, consumed);
    }
}

static void test_commands(void **state)
{
    (void)state;
    check(SPAN("QUIT\r\n"), COMMAND_QUIT, "QUIT", "", 6);
    check(SPAN("ehlo client.example\r\nMAIL"), COMMAND_EHLO, "ehlo", "client.example", 21);
    check(SPAN("MAIL FROM:<a@b> SIZE=1  \r\n"), COMMAND_MAIL, "MAIL", "FROM:<a@b> SIZE=1", 26);
    check(SPAN("Rcpt\tTO:<a@b>\r\n"), COMMAND_RCPT, "Rcpt", "TO:<a@b>", 15);
    check(SPAN("\r\n"), COMMAND_UNKNOWN, "", "", 2);
    check(SPAN(" QUIT\r\n"), COMMAND_UNKNOWN, "", "QUIT", 7);
    check(SPAN("FOO bar\r\n"), COMMAND_UNKNOWN, "FOO", "bar", 9);
    check(SPAN("MAILX\r\n"), COMMAND_UNKNOWN, "MAILX", "", 7);
    check(SPAN("GET / HTTP/1.1\r\nHost: x\r\n"), COMMAND_HTTP, "GET", "/ HTTP/1.1", 16);
    check(SPAN("VRFY \xc3\xa4@b\r\n"), COMMAND_VRFY, "VRFY", "\xc3\xa4@b", 11);
}

static void test_every_verb(void **state)
{
    (void)state;
    for (int verb = COMMAND_HELO; verb < COMMAND_HTTP; verb++) {
        const char *name = command_verb_name((enum command_verb)verb);
        assert_int_equal(command_verb_of(span_str(name)), verb);
    }
    assert_int_equal(command_verb_of(SPAN("post")), COMMAND_HTTP);
    assert_string_equal(command_verb_name(COMMAND_UNKNOWN), "unknown");
}

static void check_bad(struct span input, enum command_fault fault)
{
    for (size_t i = 0; i < PIECES; i++) {
        struct fed fed;
        feed(input, pieces[i], &fed);
        assert_int_equal(fed.result, PARSE_BAD);
        assert_int_equal(fed.fault, fault);
        assert_true(command_fault_is_fatal(fed.fault) == (fault != COMMAND_TOO_LONG));
        assert_true(strlen(command_fault_text(fed.fault)) > 5);
    }
}

static void test_faults(void **state)
{
    (void)state;
    check_bad(SPAN("QUIT\n"), COMMAND_BARE_LF);
    check_bad(SPAN("\n"), COMMAND_BARE_LF);
    check_bad(SPAN("NOOP a\nMAIL FROM:<b>\r\n"), COMMAND_BARE_LF);
    check_bad(SPAN("NOOP a\rMAIL FROM:<b>\r\n"), COMMAND_BARE_CR);
    check_bad(SPAN("NOOP\r\r\n"), COMMAND_BARE_CR);
    check_bad(SPAN("NOOP \0x\r\n"), COMMAND_NUL);
    check_bad(SPAN("\x16\x03\x01\x02\x00\x01\x00"), COMMAND_TLS);
}

static void fill(char *line, size_t len)
{
    memset(line, 'a', len);
    memcpy(line, "NOOP ", 5);
    line[len - 2] = '\r';
    line[len - 1] = '\n';
}

static void test_length(void **state)
{
    (void)state;
    char line[COMMAND_MAX + 100];
    fill(line, COMMAND_MAX);
    struct fed fed;
    for (size_t i = 0; i < PIECES; i++) {
        feed(span_of(line, COMMAND_MAX), pieces[i], &fed);
        assert_int_equal(fed.result, PARSE_DONE);
        assert_int_equal(fed.verb, COMMAND_NOOP);
    }
    for (size_t longer = 1; longer < 100; longer += 7) {
        fill(line, COMMAND_MAX + longer);
        check_bad(span_of(line, COMMAND_MAX + longer), COMMAND_TOO_LONG);
        feed(span_of(line, COMMAND_MAX + longer), 50, &fed);
        assert_int_equal(fed.consumed, COMMAND_MAX + longer); /* the line is gone */
    }
}

/* Of AUTH, with its initial response (RFC 4954 section 4): 12,288, and of no other verb. */
static void test_length_of_auth(void **state)
{
    static char line[COMMAND_AUTH_MAX + 100];
    struct command_reader reader;
    struct command command;
    size_t consumed;
    enum command_fault fault;
    (void)state;
    for (int longer = -1; longer <= 2; longer++) {
        size_t len = (size_t)((int)COMMAND_AUTH_MAX + longer);
        fill(line, len);
        memcpy(line, longer < 1 ? "auth PLAIN " : "AUTH PLAIN ", 11);
        bool fits = len <= COMMAND_AUTH_MAX;
        command_reader_init(&reader);
        /* All but its end, which may not be thrown away then. */
        assert_int_equal(command_read(&reader, span_of(line, len - 2), &command, &consumed, &fault),
                         PARSE_MORE);
        enum parse_result result = command_read(&reader, span_of(line + consumed, len - consumed),
                                                &command, &consumed, &fault);
        assert_int_equal(result, fits ? PARSE_DONE : PARSE_BAD);
        if (fits)
            assert_int_equal(command.argument.len, len - 7);
        else
            assert_int_equal(fault, COMMAND_TOO_LONG);
    }
    memcpy(line, "AUTHX PLAIN", 11);
    check_bad(span_of(line, COMMAND_AUTH_MAX + 2), COMMAND_TOO_LONG);
}

static void test_endless(void **state)
{
    (void)state;
    size_t len = COMMAND_SKIP_MAX + 3000;
    char *line = malloc(len);
    memset(line, 'x', len);
    struct fed fed;
    feed(span_of(line, len), 1000, &fed);
    assert_int_equal(fed.result, PARSE_BAD);
    assert_int_equal(fed.fault, COMMAND_ENDLESS);
    free(line);
}

static void test_pipelined(void **state)
{
    (void)state;
    struct span input = SPAN("MAIL FROM:<>\r\nRCPT TO:<a@b>\r\nDATA\r\n");
    static const enum command_verb wanted[] = {COMMAND_MAIL, COMMAND_RCPT, COMMAND_DATA};
    struct command_reader reader;
    command_reader_init(&reader);
    for (int i = 0; i < 3; i++) {
        struct command command;
        size_t consumed;
        enum command_fault fault;
        assert_int_equal(command_read(&reader, input, &command, &consumed, &fault), PARSE_DONE);
        assert_int_equal(command.verb, wanted[i]);
        input = span_from(input, consumed);
    }
    assert_int_equal(input.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands),       cmocka_unit_test(test_every_verb),
        cmocka_unit_test(test_faults),         cmocka_unit_test(test_length),
        cmocka_unit_test(test_length_of_auth), cmocka_unit_test(test_endless),
        cmocka_unit_test(test_pipelined),
    };
    return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
