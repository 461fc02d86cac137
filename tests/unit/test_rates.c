/* SPDX-License-Identifier: Apache-2.0 */
/* Rates of clients: the minute that slides, who is one client, a table that stays small. */
#include "tunnels/client/rates.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define THREADS 4
#define TRIES 4000u
#define LIMIT 1000u

static bool take(struct rates *rates, const char *address, unsigned limit, uint64_t now_ms)
{
    return rates_take(rates, address, RATE_MESSAGES, limit, now_ms);
}

static void test_limit(void **state)
{
    struct rates *rates = rates_new(RATES_CLIENTS);
    (void)state;
    for (int i = 0; i < 3; i++)
        assert_true(take(rates, "192.0.2.1", 3, 5000));
    assert_false(take(rates, "192.0.2.1", 3, 5000));
    assert_true(take(rates, "192.0.2.2", 3, 5000));
    assert_true(rates_take(rates, "192.0.2.1", RATE_RECIPIENTS, 3, 5000));
    assert_true(rates_take(rates, "192.0.2.1", RATE_CONNECTIONS, 3, 5000));
    assert_true(take(rates, "192.0.2.1", 4, 5000)); /* as a reload may say */
    assert_true(take(rates, "192.0.2.1", 0, 5000));
    assert_int_equal(rates_clients(rates), 2);
    rates_free(&rates);
    assert_null(rates);
}

/* Whenever the client comes, no 60 s hold more than the limit, and 70 s later all of it is free
 * (and used soon after). */
static void test_every_minute(void **state)
{
    enum { LONG_MS = 600000, STEP_MS = 250, MINUTE = 60000 / STEP_MS, LEAST = 75000 / STEP_MS };
    static unsigned taken[LONG_MS / STEP_MS];
    struct rates *rates = rates_new(RATES_CLIENTS);
    unsigned random = 7;
    unsigned all = 0;
    (void)state;
    for (size_t i = 0; i < LONG_MS / STEP_MS; i++) {
        random = random * 1103515245u + 12345u;
        unsigned tries = i < 900 ? 1 : random >> 16 & 3u;
        taken[i] = 0;
        for (unsigned k = 0; k < tries; k++)
            taken[i] += take(rates, "192.0.2.1", 10, 123456 + i * STEP_MS);
        all += taken[i];
        unsigned minute = 0;
        for (size_t k = i < MINUTE ? 0 : i - MINUTE; k <= i; k++)
            minute += taken[k];
        assert_true(minute <= 10);
        unsigned longer = 0;
        for (size_t k = i < LEAST ? 0 : i - LEAST; k <= i; k++)
            longer += taken[k];
        assert_true(i < LEAST || longer >= 10);
    }
    assert_true(all >= 80);
    rates_free(&rates);
}

static void test_who_is_one_client(void **state)
{
    struct rates *rates = rates_new(RATES_CLIENTS);
    (void)state;
    assert_true(take(rates, "2001:db8:1:2::3", 1, 0));
    assert_false(take(rates, "2001:db8:1:2:ffff::9", 1, 0));
    assert_true(take(rates, "2001:db8:1:3::3", 1, 0));
    assert_true(take(rates, "IPv6:2001:db8:1:4::3", 1, 0)); /* so connections say it */
    assert_true(take(rates, "IPv6:2001:db8:1:5::3", 1, 0));
    assert_false(take(rates, "IPv6:2001:db8:1:2::4", 1, 0));
    assert_true(take(rates, "192.0.2.1", 1, 0));
    assert_false(take(rates, "::ffff:192.0.2.1", 1, 0));
    assert_true(take(rates, "fe80::1", 1, 0));
    assert_false(take(rates, "fe80::1%eth0", 1, 0));
    assert_true(take(rates, "nobody", 1, 0));
    assert_false(take(rates, "nothing", 1, 0));
    rates_free(&rates);
}

/* Loops have clocks of their own, a few milliseconds apart. */
static void test_clock_goes_back(void **state)
{
    struct rates *rates = rates_new(RATES_CLIENTS);
    (void)state;
    assert_true(take(rates, "192.0.2.1", 2, 20001));
    assert_true(take(rates, "192.0.2.1", 2, 19999));
    assert_false(take(rates, "192.0.2.1", 2, 20002));
    assert_false(take(rates, "192.0.2.1", 2, 79999));
    assert_true(take(rates, "192.0.2.1", 2, 90000));
    rates_free(&rates);
}

static void visit(struct rates *rates, unsigned first, unsigned count, uint64_t now_ms)
{
    char address[32];
    for (unsigned i = first; i < first + count; i++) {
        (void)snprintf(address, sizeof address, "10.%u.%u.%u", i >> 16, i >> 8 & 255u, i & 255u);
        assert_true(take(rates, address, 1, now_ms));
        assert_false(take(rates, address, 1, now_ms));
    }
}

static void test_bounded(void **state)
{
    struct rates *rates = rates_new(1024);
    (void)state;
    visit(rates, 0, 50000, 1000);
    assert_in_range(rates_clients(rates), 512, 1024);
    visit(rates, 60000, 100, 1000); /* who comes now is known, and others are forgotten */
    assert_in_range(rates_clients(rates), 512, 1024);
    /* A minute later they go as others come. */
    visit(rates, 70000, 600, 100000);
    assert_in_range(rates_clients(rates), 300, 700);
    rates_free(&rates);
}

static void test_the_oldest_goes(void **state)
{
    struct rates *rates = rates_new(16 * 8);
    char address[32];
    (void)state;
    assert_true(take(rates, "192.0.2.1", 1, 0));
    for (unsigned i = 0; i < 5000; i++) {
        (void)snprintf(address, sizeof address, "10.0.%u.%u", i >> 8, i & 255u);
        assert_true(take(rates, address, 1, 0));
        assert_false(take(rates, "192.0.2.1", 1, 0)); /* it goes on coming, and is not forgotten */
    }
    rates_free(&rates);
}

static void *come_often(void *arg)
{
    uintptr_t taken = 0;
    for (unsigned i = 0; i < TRIES; i++)
        taken += take(arg, "192.0.2.1", LIMIT, 1000);
    return (void *)taken; /* NOLINT(performance-no-int-to-ptr) */
}

static void test_many_threads(void **state)
{
    struct rates *rates = rates_new(RATES_CLIENTS);
    pthread_t threads[THREADS];
    uintptr_t all = 0;
    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, come_often, rates), 0);
    for (int i = 0; i < THREADS; i++) {
        void *taken;
        assert_int_equal(pthread_join(threads[i], &taken), 0);
        all += (uintptr_t)taken;
    }
    assert_int_equal(all, LIMIT);
    rates_free(&rates);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_every_minute),
        cmocka_unit_test(test_who_is_one_client),
        cmocka_unit_test(test_clock_goes_back),
        cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_the_oldest_goes),
        cmocka_unit_test(test_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
