/* SPDX-License-Identifier: Apache-2.0 */
/* Asking whether an address is free takes no client: one whose connection was taken and dropped
 * would see an engine that hangs up before it greets. */
#include "engine/base/socket.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct asking {
    uint16_t port;
    atomic_bool over;
    unsigned found_free;
};

static void *ask(void *arg)
{
    struct asking *asking = arg;
    struct error err = ERROR_INIT;
    for (int i = 0; i < 40000; i++)
        asking->found_free += socket_is_free("127.0.0.1", asking->port, &err);
    atomic_store(&asking->over, true);
    return NULL;
}

/* Whether somebody takes the connection; a few milliseconds are enough on one machine. */
static bool is_taken(uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct timeval limit = {.tv_usec = 5000};
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in here = {.sin_family = AF_INET};
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1); /* so it never meets itself */
    assert_int_equal(bind(fd, (const struct sockaddr *)&here, sizeof here), 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit), 0);
    bool taken = connect(fd, (const struct sockaddr *)&where, sizeof where) == 0;
    (void)close(fd);
    return taken;
}

static void test_no_client_is_taken(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    int fd = socket_bind("127.0.0.1", 0, false, &err);
    assert_true(fd >= 0);
    struct asking asking = {.port = socket_port(fd)};
    (void)close(fd);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, ask, &asking), 0);
    unsigned taken = 0;
    while (!atomic_load(&asking.over))
        taken += is_taken(asking.port);
    (void)pthread_join(thread, NULL);
    assert_true(asking.found_free > 0); /* it listened */
    assert_int_equal(taken, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_no_client_is_taken)};
    return cmocka_run_group_tests_name("socket_probe", tests, NULL, NULL);
}
