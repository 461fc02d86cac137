/* SPDX-License-Identifier: Apache-2.0 */
/* The trace field: its form, and that nothing in it can end it. */
#include "tunnels/mail/received.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void expect(const struct received *received, const char *value)
{
    struct arena *arena = arena_new();
    assert_string_equal(received_value(received, arena).ptr, value);
    arena_free(&arena);
}

static struct received plain(void)
{
    return (struct received){.helo = SPAN("client.example"),
                             .address = SPAN("192.0.2.7"),
                             .server_name = SPAN("mx.example"),
                             .recipient = SPAN("bob@there.example"),
                             .id = "7-1",
                             .time_s = 951827696,
                             .is_extended = true};
}

static void test_form(void **state)
{
    (void)state;
    struct received received = plain();
    expect(&received, "from client.example ([192.0.2.7])\r\n\tby mx.example with ESMTP id 7-1\r\n"
                      "\tfor <bob@there.example>;\r\n\tTue, 29 Feb 2000 12:34:56 +0000");
    received.address = received.helo = SPAN("");
    received.recipient = SPAN("");
    received.time_s = 1798761599;
    expect(&received, "from unknown\r\n\tby mx.example with ESMTP id 7-1;\r\n"
                      "\tThu, 31 Dec 2026 23:59:59 +0000");
}

static void test_protocols(void **state)
{
    (void)state;
    static const struct {
        bool extended, utf8, secure, authenticated;
        const char *word;
    } rows[] = {{false, false, false, false, "SMTP"},   {false, true, true, true, "SMTP"},
                {true, false, false, false, "ESMTP"},   {true, false, true, false, "ESMTPS"},
                {true, false, false, true, "ESMTPA"},   {true, false, true, true, "ESMTPSA"},
                {true, true, false, false, "UTF8SMTP"}, {true, true, true, false, "UTF8SMTPS"},
                {true, true, true, true, "UTF8SMTPSA"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena *arena = arena_new();
        struct received received = plain();
        received.is_extended = rows[i].extended;
        received.is_utf8 = rows[i].utf8;
        received.is_secure = rows[i].secure;
        received.is_authenticated = rows[i].authenticated;
        const char *wanted = arena_printf(arena, " with %s id", rows[i].word);
        assert_int_not_equal(span_find(received_value(&received, arena), span_str(wanted)),
                             SPAN_NONE);
        arena_free(&arena);
    }
}

/* Every byte, in every place that others fill: three line ends and one ';' at most stay. */
static void test_injection(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        struct arena *arena = arena_new();
        char name[] = "a?b", recipient[] = "a?b@c";
        name[1] = recipient[1] = (char)c;
        struct received received = plain();
        received.helo = received.address = received.server_name = span_of(name, 3);
        received.recipient = span_of(recipient, 5);
        struct span value = received_value(&received, arena);
        size_t ends = 0, marks = 0, brackets = 0;
        for (size_t i = 0; i < value.len; i++) {
            ends += value.ptr[i] == '\n';
            marks += value.ptr[i] == ';';
            brackets += value.ptr[i] == '(' || value.ptr[i] == ')' || value.ptr[i] == '<';
            assert_true((value.ptr[i] >= ' ' && value.ptr[i] <= '~') ||
                        memchr("\r\n\t", value.ptr[i], 3));
        }
        assert_true(ends <= 3 && marks == 1 && brackets <= 3);
        arena_free(&arena);
    }
}

static bool is_refused(unsigned max, const char *message)
{
    struct tunnel tunnel = {.max_received = max};
    return received_refusal(&tunnel, span_str(message)) != NULL;
}

static void test_limit(void **state)
{
    (void)state;
    assert_false(is_refused(1, "Received: a\r\nFrom: b\r\n\r\nReceived: c\r\n"));
    assert_true(is_refused(1, "Received: a\r\nreceived\t : b\r\n\r\n"));
    assert_true(is_refused(1, "Received:\r\nReceived:"));
    assert_false(is_refused(1, "Received\r\nReceived:\r\n X\r\n Received:\r\nReceivedX:\r\n"));
    assert_false(is_refused(0, "Received:\r\nReceived:\r\nReceived:\r\n\r\n"));
    assert_false(is_refused(1, ""));
    assert_false(is_refused(1, "\r\nReceived:\r\nReceived:\r\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_protocols),
        cmocka_unit_test(test_injection),
        cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
