/* SPDX-License-Identifier: Apache-2.0 */
/* Networks in CIDR notation: which clients may connect. */
#include "engine/base/network.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

static bool in(const char *network, const char *address)
{
    struct network parsed;
    struct error err = ERROR_INIT;
    if (!network_parse(span_str(network), &parsed, &err))
        fail_msg("%s: %s", network, err.text);
    return networks_hold(&parsed, 1, span_str(address));
}

static void test_v4(void **state)
{
    (void)state;
    assert_true(in("192.0.2.0/24", "192.0.2.255"));
    assert_false(in("192.0.2.0/24", "192.0.3.0"));
    assert_true(in("192.0.2.128/25", "192.0.2.128"));
    assert_false(in("192.0.2.128/25", "192.0.2.127"));
    assert_true(in("192.0.2.7", "192.0.2.7"));
    assert_false(in("192.0.2.7", "192.0.2.6"));
    assert_true(in("0.0.0.0/0", "255.255.255.255"));
    assert_false(in("0.0.0.0/0", "::1"));
}

static void test_v6(void **state)
{
    (void)state;
    assert_true(in("2001:db8::/32", "2001:db8:ffff::1"));
    assert_false(in("2001:db8::/32", "2001:db9::1"));
    assert_true(in("2001:db8::/32", "IPv6:2001:db8::1"));
    assert_true(in("::1", "::1"));
    assert_true(in("::/0", "fe80::1%eth0"));
    assert_false(in("::/0", "192.0.2.1"));
    assert_true(in("fe80::/9", "fe80::1"));
    assert_false(in("fe80::/9", "ff00::1"));
}

/* A listener on :: sees IPv4 clients as mapped addresses: the rule for IPv4 must hold them. */
static void test_mapped(void **state)
{
    (void)state;
    assert_true(in("192.0.2.0/24", "::ffff:192.0.2.1"));
    assert_true(in("::ffff:192.0.2.0/120", "192.0.2.1"));
    assert_false(in("::/0", "::ffff:192.0.2.1"));
}

static void test_no_address(void **state)
{
    (void)state;
    assert_false(in("0.0.0.0/0", ""));
    assert_false(in("0.0.0.0/0", "unknown"));
    assert_false(in("0.0.0.0/0", "192.0.2.1.example"));
    assert_false(in("::/0", "IPv6:"));
}

static void assert_refused(const char *text, const char *wanted)
{
    struct network network;
    struct error err = ERROR_INIT;
    assert_false(network_parse(span_str(text), &network, &err));
    assert_string_equal(err.text, wanted);
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const no_network[] = {"", "/8", "10.0.0/8", "localhost"};
    char wanted[200];
    for (size_t i = 0; i < sizeof no_network / sizeof no_network[0]; i++) {
        (void)snprintf(wanted, sizeof wanted,
                       "expected a network like 192.0.2.0/24 or 2001:db8::/32, got \"%s\"",
                       no_network[i]);
        assert_refused(no_network[i], wanted);
    }
    assert_refused("10.0.0.0/33",
                   "expected a prefix length 0..32 behind the '/', got \"10.0.0.0/33\"");
    assert_refused("10.0.0.0/", "expected a prefix length 0..32 behind the '/', got \"10.0.0.0/\"");
    assert_refused("10.0.0.0/8/8",
                   "expected a prefix length 0..32 behind the '/', got \"10.0.0.0/8/8\"");
    assert_refused("::/129", "expected a prefix length 0..128 behind the '/', got \"::/129\"");
    assert_refused("10.1.2.3/8", "expected no bits behind the prefix, got \"10.1.2.3/8\"; did you "
                                 "mean \"10.0.0.0/8\"?");
    assert_refused("2001:db8::1/32", "expected no bits behind the prefix, got \"2001:db8::1/32\"; "
                                     "did you mean \"2001:db8::/32\"?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_v4),      cmocka_unit_test(test_v6),
        cmocka_unit_test(test_mapped),  cmocka_unit_test(test_no_address),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
