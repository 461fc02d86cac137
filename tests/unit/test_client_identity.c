/* SPDX-License-Identifier: Apache-2.0 */
/* Who a client is, in the words of XCLIENT; which connections are the same client's. */
#include "tunnels/wire/client_identity.h"

#include "engine/base/attrs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* after the headers that it needs */
#include <cmocka.h>

#define ALL ((1u << XCLIENT_COUNT) - 1)

static struct client_identity ann(void)
{
    return (struct client_identity){.client = {"192.0.2.7", 4711},
                                    .server = {"IPv6:2001:db8::1", 25},
                                    .helo = SPAN("client.example"),
                                    .user = SPAN("ann"),
                                    .is_extended = true};
}

/* All lines that are sent. */
static void check(const struct client_identity *identity, unsigned attributes, const char *expected)
{
    struct buf all = BUF_INIT, line = BUF_INIT;
    unsigned next = 0;
    while (xclient_write(identity, attributes, &next, &line)) {
        assert_true(line.len <= 512);
        buf_add(&all, buf_span(&line));
        line.len = 0;
    }
    buf_add_byte(&all, '\0');
    assert_string_equal(all.ptr, expected);
    buf_fini(&all);
    buf_fini(&line);
}

static void test_all(void **state)
{
    (void)state;
    struct client_identity identity = ann();
    check(&identity, ALL,
          "XCLIENT NAME=[UNAVAILABLE] REVERSE_NAME=[UNAVAILABLE] ADDR=192.0.2.7 PORT=4711 "
          "PROTO=ESMTP HELO=client.example DESTADDR=IPv6:2001:db8::1 DESTPORT=25 LOGIN=ann\r\n");
    check(&identity, 1u << XCLIENT_ADDR | 1u << XCLIENT_DESTPORT,
          "XCLIENT ADDR=192.0.2.7 DESTPORT=25\r\n");
    check(&identity, 0, "");
}

static void test_not_known(void **state)
{
    (void)state;
    struct client_identity identity = {.client = {"unknown", 0}, .server = {"unknown", 0}};
    identity.helo = identity.user = SPAN("");
    check(&identity, ALL & ~(1u << XCLIENT_NAME | 1u << XCLIENT_REVERSE_NAME),
          "XCLIENT ADDR=[UNAVAILABLE] PORT=[UNAVAILABLE] PROTO=SMTP HELO=[UNAVAILABLE] "
          "DESTADDR=[UNAVAILABLE] DESTPORT=[UNAVAILABLE]\r\n");
    check(&identity, 1u << XCLIENT_LOGIN, "");
}

/* Nothing that is in a value ends it, or the line. */
static void test_xtext(void **state)
{
    (void)state;
    struct client_identity identity = ann();
    identity.user = SPAN("a b=c+d\r\nQUIT\xc3\xa9");
    check(&identity, 1u << XCLIENT_LOGIN, "XCLIENT LOGIN=a+20b+3Dc+2Bd+0D+0AQUIT+C3+A9\r\n");
}

static void test_long(void **state)
{
    (void)state;
    char name[200], odd[200], expected[2000];
    struct client_identity identity = ann();
    memset(name, 'n', sizeof name);
    memset(odd, '=', sizeof odd);
    identity.helo = span_of(name, sizeof name);
    identity.user = span_of(name, sizeof name);
    (void)snprintf(expected, sizeof expected,
                   "XCLIENT NAME=[UNAVAILABLE] REVERSE_NAME=[UNAVAILABLE] ADDR=192.0.2.7 PORT=4711 "
                   "PROTO=ESMTP HELO=%.200s DESTADDR=IPv6:2001:db8::1 DESTPORT=25\r\n"
                   "XCLIENT LOGIN=%.200s\r\n",
                   name, name);
    check(&identity, ALL, expected);
    /* As xtext 480 bytes have room in a line, more do not. */
    identity.user = span_of(odd, 160);
    struct buf line = BUF_INIT;
    unsigned next = 0;
    assert_true(xclient_write(&identity, 1u << XCLIENT_LOGIN, &next, &line));
    assert_int_equal(line.len, strlen("XCLIENT LOGIN=\r\n") + 480);
    buf_fini(&line);
    identity.user = span_of(odd, 161);
    check(&identity, 1u << XCLIENT_LOGIN, "XCLIENT LOGIN=[UNAVAILABLE]\r\n");
}

static void test_same(void **state)
{
    (void)state;
    struct client_identity a = ann(), b = ann();
    assert_true(client_identity_equals(&a, &b));
    b.user = SPAN("bea");
    assert_true(client_identity_same_ends(&a, &b) && !client_identity_equals(&a, &b));
    b = ann();
    b.is_extended = false;
    assert_false(client_identity_equals(&a, &b));
    b = ann();
    b.helo = SPAN("CLIENT.example");
    assert_false(client_identity_equals(&a, &b));
    b = ann();
    b.client.port++;
    assert_false(client_identity_same_ends(&a, &b));
    b = ann();
    b.server.port++;
    assert_false(client_identity_same_ends(&a, &b));
    struct client_identity *copy = client_identity_copy(&a);
    assert_true(client_identity_equals(&a, copy));
    assert_ptr_not_equal(copy->user.ptr, a.user.ptr);
    free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all),  cmocka_unit_test(test_not_known), cmocka_unit_test(test_xtext),
        cmocka_unit_test(test_long), cmocka_unit_test(test_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
