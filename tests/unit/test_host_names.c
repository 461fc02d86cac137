/* SPDX-License-Identifier: Apache-2.0 */
/* A resolver that does not answer: who reads the configuration does not wait for it for long. */
#include "config/policy/interfaces.h"
#include "engine/base/clock.h"

#include <netdb.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

/* In the place of the system's: hangs while the gate is closed, and then knows every name. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **out)
{
    (void)name;
    (void)service;
    (void)pthread_mutex_lock(&gate);
    (void)pthread_mutex_unlock(&gate);
    struct addrinfo *info = calloc(1, sizeof *info + sizeof(struct sockaddr_in));
    struct sockaddr_in *address = (struct sockaddr_in *)(void *)(info + 1);
    *info = *hints;
    info->ai_family = address->sin_family = AF_INET;
    address->sin_addr.s_addr = htonl(0x7f000009);
    info->ai_addr = (struct sockaddr *)(void *)address;
    info->ai_addrlen = sizeof *address;
    *out = info;
    return 0;
}

static _Atomic unsigned answers_freed;

void freeaddrinfo(struct addrinfo *list)
{
    free(list);
    answers_freed++;
}

#define OTHERS 20u /* names that find no time left */

static uint64_t now_ms(void)
{
    return clock_now_ns() / CLOCK_NS_IN_MS;
}

static void test_silence_has_its_time(void **state)
{
    struct arena *arena = arena_new();
    unsigned left_ms = 300;
    (void)state;
    (void)pthread_mutex_lock(&gate);
    uint64_t began = now_ms();
    assert_null(this_host.resolve("mx.example", &left_ms, arena));
    assert_true(now_ms() - began >= 299);
    assert_int_equal(left_ms, 0);
    /* It is the time of all names together. */
    began = now_ms();
    for (unsigned i = 0; i < OTHERS; i++)
        assert_null(this_host.resolve("other.example", &left_ms, arena));
    assert_true(now_ms() - began < OTHERS * 299);
    (void)pthread_mutex_unlock(&gate);
    left_ms = 60000;
    assert_string_equal(this_host.resolve("mx.example", &left_ms, arena), "127.0.0.9");
    assert_in_range(left_ms, 1, 60000);
    arena_free(&arena);
    /* What was left ends by itself, and frees what it has. */
    while (answers_freed < OTHERS + 2)
        (void)usleep(1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_silence_has_its_time)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
