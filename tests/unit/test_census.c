/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/client/census.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define THREADS 4
#define ROUNDS 2000

static void test_limit_of_the_tunnel(void **state)
{
    struct census *census = census_new();
    struct tunnel tunnel = {.max_connections = 2};
    bool by_client;
    (void)state;
    assert_int_equal(census_enter(census, &tunnel, "192.0.2.1", &by_client), CENSUS_OK);
    assert_false(by_client);
    assert_int_equal(census_enter(census, &tunnel, "b", &by_client), CENSUS_OK);
    assert_int_equal(census_enter(census, &tunnel, "c", &by_client), CENSUS_FULL);
    census_leave(census, "192.0.2.1", false);
    assert_int_equal(census_enter(census, &tunnel, "c", &by_client), CENSUS_OK);
    assert_int_equal(census_connections(census), 2);
    census_unref(&census);
    assert_null(census);
}

static void test_limit_of_a_client(void **state)
{
    struct census *census = census_new();
    struct tunnel tunnel = {.max_connections_per_client = 1};
    bool by_client;
    (void)state;
    assert_int_equal(census_enter(census, &tunnel, "192.0.2.1", &by_client), CENSUS_OK);
    assert_true(by_client);
    assert_int_equal(census_enter(census, &tunnel, "192.0.2.1", &by_client), CENSUS_CLIENT_FULL);
    assert_int_equal(census_enter(census, &tunnel, "192.0.2.2", &by_client), CENSUS_OK);
    assert_int_equal(census_connections(census), 2);
    census_leave(census, "192.0.2.1", true);
    assert_int_equal(census_enter(census, &tunnel, "192.0.2.1", &by_client), CENSUS_OK);
    census_unref(&census);
}

/* A limit that came with a reload does not count who was there before. */
static void test_limit_that_comes_later(void **state)
{
    struct census *census = census_new();
    struct tunnel before = {.max_connections = 0};
    struct tunnel after = {.max_connections_per_client = 1};
    bool old_one;
    bool new_one;
    (void)state;
    assert_int_equal(census_enter(census, &before, "192.0.2.1", &old_one), CENSUS_OK);
    assert_int_equal(census_enter(census, &after, "192.0.2.1", &new_one), CENSUS_OK);
    census_leave(census, "192.0.2.1", old_one);
    census_leave(census, "192.0.2.1", new_one);
    assert_int_equal(census_connections(census), 0);
    census_unref(&census);
}

static void test_many_clients(void **state)
{
    struct census *census = census_new();
    struct tunnel tunnel = {.max_connections_per_client = 1};
    bool by_client;
    char address[32];
    (void)state;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 5000; i++) {
            (void)snprintf(address, sizeof address, "10.0.%d.%d", i / 256, i % 256);
            assert_int_equal(census_enter(census, &tunnel, address, &by_client), CENSUS_OK);
            assert_int_equal(census_enter(census, &tunnel, address, &by_client),
                             CENSUS_CLIENT_FULL);
        }
        for (int i = 0; i < 5000; i++) {
            (void)snprintf(address, sizeof address, "10.0.%d.%d", i / 256, i % 256);
            census_leave(census, address, true);
        }
        assert_int_equal(census_connections(census), 0);
    }
    census_unref(&census);
}

/* Whose client is not known yet is a connection all the same. */
static void test_arrivals(void **state)
{
    struct census *census = census_new();
    struct tunnel tunnel = {.max_connections = 2};
    bool by_client;
    (void)state;
    assert_true(census_arrive(census, &tunnel));
    assert_int_equal(census_enter(census, &tunnel, "192.0.2.1", &by_client), CENSUS_OK);
    assert_false(census_arrive(census, &tunnel));
    assert_int_equal(census_enter(census, &tunnel, "192.0.2.1", &by_client), CENSUS_FULL);
    census_depart(census);
    assert_int_equal(census_enter(census, &tunnel, "192.0.2.2", &by_client), CENSUS_OK);
    census_leave(census, "192.0.2.1", false);
    census_leave(census, "192.0.2.2", false);
    assert_int_equal(census_connections(census), 0);
    census_unref(&census);
}

static void *come_and_go(void *arg)
{
    struct census *census = arg;
    struct tunnel tunnel = {.max_connections = THREADS, .max_connections_per_client = THREADS};
    for (int i = 0; i < ROUNDS; i++) {
        bool by_client;
        if (census_enter(census, &tunnel, "192.0.2.1", &by_client) != CENSUS_OK)
            return arg;
        census_leave(census, "192.0.2.1", by_client);
    }
    return NULL;
}

static void test_many_threads(void **state)
{
    struct census *census = census_new();
    pthread_t threads[THREADS];
    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, census), 0);
    for (int i = 0; i < THREADS; i++) {
        void *failed;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    assert_int_equal(census_connections(census), 0);
    census_unref(&census);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit_of_the_tunnel),    cmocka_unit_test(test_limit_of_a_client),
        cmocka_unit_test(test_limit_that_comes_later), cmocka_unit_test(test_many_clients),
        cmocka_unit_test(test_many_threads),           cmocka_unit_test(test_arrivals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
