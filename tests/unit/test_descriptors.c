/* SPDX-License-Identifier: Apache-2.0 */
/* Who may have a descriptor. */
#include "tunnels/descriptors.h"

#include "engine/base/span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

static void take(enum descriptors_use use, size_t count)
{
    for (size_t i = 0; i < count; i++)
        descriptors_take(use);
}

static void give_all(void)
{
    for (int use = 0; use < DESCRIPTORS_USES; use++) {
        while (descriptors_taken((enum descriptors_use)use) > 0)
            descriptors_give((enum descriptors_use)use);
    }
}

/* `allow` is asked before each of them; how many there can be. */
static size_t count_while(bool (*allow)(void), const enum descriptors_use *uses, size_t use_count)
{
    size_t count = 0;
    while (allow() && count < 100000) {
        for (size_t i = 0; i < use_count; i++)
            descriptors_take(uses[i]);
        count++;
    }
    return count;
}

static int limit_to(void **state)
{
    static struct rlimit before;
    struct rlimit tight;
    if (getrlimit(RLIMIT_NOFILE, &before) != 0)
        return -1;
    tight = (struct rlimit){.rlim_cur = 1064, .rlim_max = before.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &tight) != 0)
        return -1;
    descriptors_measure();
    *state = &before;
    return 0;
}

static int undo(void **state)
{
    give_all();
    return setrlimit(RLIMIT_NOFILE, *state);
}

/* 1,000 but our own 64; an eighth of them is kept for mail. */
static void test_idle_clients(void **state)
{
    const enum descriptors_use client[] = {DESCRIPTORS_CLIENT};
    (void)state;
    assert_int_equal(descriptors_for_clients(), 875);
    assert_int_equal(count_while(descriptors_admit_client, client, 1), 875);
    assert_true(descriptors_needed(875) <= 1065);
}

static void test_busy_clients(void **state)
{
    const enum descriptors_use busy[] = {DESCRIPTORS_CLIENT, DESCRIPTORS_UPSTREAM,
                                         DESCRIPTORS_MAIL};
    (void)state;
    assert_int_equal(count_while(descriptors_admit_client, busy, ARRAY_LEN(busy)), 292);
}

/* Those who were let in can send: as many at a time as there is room for. */
static void test_mails_of_many_clients(void **state)
{
    const enum descriptors_use mail[] = {DESCRIPTORS_MAIL};
    (void)state;
    take(DESCRIPTORS_CLIENT, 875);
    assert_int_equal(count_while(descriptors_admit_mail, mail, 1), 62);
    descriptors_give(DESCRIPTORS_MAIL);
    assert_true(descriptors_admit_mail());
}

/* A mail's connection is not counted twice when it comes to be; one that is kept belongs to none,
 * one that is being closed still counts. */
static void test_connections(void **state)
{
    const enum descriptors_use mail[] = {DESCRIPTORS_MAIL};
    (void)state;
    take(DESCRIPTORS_CLIENT, 800);
    take(DESCRIPTORS_MAIL, 50);
    take(DESCRIPTORS_UPSTREAM, 50);
    assert_int_equal(count_while(descriptors_admit_mail, mail, 1), 50);
    while (descriptors_taken(DESCRIPTORS_MAIL) > 50)
        descriptors_give(DESCRIPTORS_MAIL);
    take(DESCRIPTORS_UPSTREAM, 20);
    take(DESCRIPTORS_KEPT, 20);
    assert_int_equal(count_while(descriptors_admit_mail, mail, 1), 40);
    give_all();
    take(DESCRIPTORS_UPSTREAM, 998);
    assert_true(descriptors_admit_mail());
    take(DESCRIPTORS_UPSTREAM, 1);
    assert_false(descriptors_admit_mail());
}

/* Kept connections have a quarter, and keep nobody out. */
static void test_kept_connections(void **state)
{
    const enum descriptors_use kept[] = {DESCRIPTORS_KEPT, DESCRIPTORS_UPSTREAM};
    (void)state;
    assert_int_equal(count_while(descriptors_admit_kept, kept, ARRAY_LEN(kept)), 250);
    give_all();
    take(DESCRIPTORS_CLIENT, 700);
    assert_int_equal(count_while(descriptors_admit_kept, kept, ARRAY_LEN(kept)), 50);
    give_all();
    take(DESCRIPTORS_CLIENT, 750);
    assert_false(descriptors_admit_kept());
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, limit_to, undo)
    const struct CMUnitTest tests[] = {
        TEST(test_idle_clients), TEST(test_busy_clients),     TEST(test_mails_of_many_clients),
        TEST(test_connections),  TEST(test_kept_connections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
