/* SPDX-License-Identifier: Apache-2.0 */
/* The listening socket, on the real loop and loopback; ports come from the kernel. */
#include "tunnels/listener.h"

#include "engine/base/log.h"
#include "engine/base/span.h"
#include "engine/metrics/metrics.h"
#include "tunnels/descriptors.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

#define TURNS 2000

struct taken {
    int fds[128];
    size_t count;
};

static void on_client(void *arg, int fd)
{
    struct taken *taken = arg;
    assert_true(taken->count < ARRAY_LEN(taken->fds));
    taken->fds[taken->count++] = fd;
}

static void close_all(struct taken *taken)
{
    while (taken->count > 0)
        (void)close(taken->fds[--taken->count]);
}

static int dial(int family, uint16_t port)
{
    struct sockaddr_in v4 = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct sockaddr_in6 v6 = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int result = family == AF_INET ? connect(fd, (struct sockaddr *)&v4, sizeof v4)
                                   : connect(fd, (struct sockaddr *)&v6, sizeof v6);
    if (result == 0)
        return fd;
    (void)close(fd);
    return -1;
}

static void turn(struct loop *loop)
{
    (void)uv_run(loop_native(loop), UV_RUN_NOWAIT);
}

static void end(struct loop **loop)
{
    for (int i = 0; i < 10; i++)
        turn(*loop);
    loop_free(loop);
}

static void accepts(const char *address, int family)
{
    struct loop *loop = loop_new();
    struct taken taken = {.count = 0};
    struct error err = ERROR_INIT;
    uint16_t port = 0;
    struct listener *listener = listener_open(loop, address, &port, on_client, &taken, &err);
    if (!listener && family == AF_INET6)
        skip(); /* no IPv6 on this host */
    assert_non_null(listener);
    assert_int_not_equal(port, 0);
    int one = dial(family, port);
    int two = dial(family, port);
    assert_true(one >= 0 && two >= 0);
    for (int i = 0; i < TURNS && taken.count < 2; i++)
        turn(loop);
    assert_int_equal(taken.count, 2);
    listener_close(&listener);
    assert_null(listener);
    assert_int_equal(dial(family, port), -1);
    (void)close(one);
    (void)close(two);
    close_all(&taken);
    end(&loop);
}

static void test_accepts(void **state)
{
    (void)state;
    accepts("127.0.0.1", AF_INET);
}

static void test_accepts_ipv6(void **state)
{
    (void)state;
    accepts("::1", AF_INET6);
}

/* The second loop listens on the port that the first one got; the kernel spreads the clients. */
static void test_two_loops_share_a_port(void **state)
{
    struct loop *loops[2] = {loop_new(), loop_new()};
    struct taken taken[2] = {{.count = 0}, {.count = 0}};
    struct listener *listeners[2];
    struct error err = ERROR_INIT;
    uint16_t port = 0;
    int clients[32];
    (void)state;
    for (int i = 0; i < 2; i++) {
        listeners[i] = listener_open(loops[i], "127.0.0.1", &port, on_client, &taken[i], &err);
        assert_non_null(listeners[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(clients); i++) {
        clients[i] = dial(AF_INET, port);
        assert_true(clients[i] >= 0);
    }
    for (int i = 0; i < TURNS && taken[0].count + taken[1].count < ARRAY_LEN(clients); i++) {
        turn(loops[0]);
        turn(loops[1]);
    }
    assert_int_equal(taken[0].count + taken[1].count, ARRAY_LEN(clients));
    assert_true(taken[0].count > 0 && taken[1].count > 0);
    for (size_t i = 0; i < ARRAY_LEN(clients); i++)
        (void)close(clients[i]);
    for (int i = 0; i < 2; i++) {
        close_all(&taken[i]);
        listener_close(&listeners[i]);
        end(&loops[i]);
    }
}

static void test_an_address_in_use_is_seen(void **state)
{
    struct loop *loop = loop_new();
    struct taken taken = {.count = 0};
    struct error err = ERROR_INIT;
    uint16_t port = 0;
    (void)state;
    struct listener *listener = listener_open(loop, "127.0.0.1", &port, on_client, &taken, &err);
    assert_non_null(listener);
    assert_false(listener_is_free("127.0.0.1", port, &err));
    assert_non_null(strstr(err.text, "127.0.0.1"));
    listener_close(&listener);
    end(&loop);
    err = (struct error)ERROR_INIT;
    assert_true(listener_is_free("127.0.0.1", port, &err));
}

static void test_what_is_no_address(void **state)
{
    struct loop *loop = loop_new();
    struct error err = ERROR_INIT;
    uint16_t port = 0;
    (void)state;
    assert_null(listener_open(loop, "mail.example", &port, on_client, NULL, &err));
    assert_non_null(strstr(err.text, "mail.example"));
    end(&loop);
}

/* Out of descriptors, a client is told so; later ones are served again. */
static void test_out_of_descriptors(void **state)
{
    struct loop *loop = loop_new();
    struct taken taken = {.count = 0};
    struct error err = ERROR_INIT;
    struct rlimit before;
    uint16_t port = 0;
    char text[64] = "";
    (void)state;
    struct listener *listener = listener_open(loop, "127.0.0.1", &port, on_client, &taken, &err);
    assert_non_null(listener);
    struct metric *refused = metric_by2(METRIC_CONNECTIONS_REFUSED, SPAN("t"), SPAN("descriptors"));
    listener_count_refused(listener, refused);
    turn(loop);
    int client = dial(AF_INET, port);
    assert_true(client >= 0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    int next = dup(0);
    (void)close(next);
    struct rlimit tight = {.rlim_cur = (rlim_t)next, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
    for (int i = 0; i < 5; i++)
        turn(loop);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(taken.count, 0);
    assert_true(recv(client, text, sizeof text - 1, MSG_DONTWAIT) > 0);
    assert_int_equal(strncmp(text, "421 4.3.2 ", 10), 0);
    assert_int_equal(metric_read(refused), 1);
    int another = dial(AF_INET, port);
    for (int i = 0; i < TURNS && taken.count == 0; i++)
        turn(loop);
    assert_int_equal(taken.count, 1);
    (void)close(client);
    (void)close(another);
    close_all(&taken);
    listener_close(&listener);
    end(&loop);
}

static void on_counted_client(void *arg, int fd)
{
    descriptors_take(DESCRIPTORS_CLIENT);
    on_client(arg, fd);
}

/* Clients get no more than their share: the rest is for what carries their mail. */
static void test_descriptors_are_kept(void **state)
{
    struct loop *loop = loop_new();
    struct taken taken = {.count = 0};
    struct error err = ERROR_INIT;
    struct rlimit before;
    uint16_t port = 0;
    int clients[128];
    size_t count = 0;
    char text[64] = "";
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct listener *listener =
        listener_open(loop, "127.0.0.1", &port, on_counted_client, &taken, &err);
    assert_non_null(listener);
    struct rlimit tight = {.rlim_cur = 120, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
    descriptors_measure();
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    for (bool busy = false; !busy; count++) {
        assert_true(count < ARRAY_LEN(clients));
        clients[count] = dial(AF_INET, port);
        assert_true(clients[count] >= 0);
        for (int i = 0; i < 5; i++)
            turn(loop);
        busy = recv(clients[count], text, sizeof text - 1, MSG_DONTWAIT) > 0;
    }
    assert_int_equal(strncmp(text, "421 4.3.2 ", 10), 0);
    assert_int_equal(taken.count, 79);
    while (count > 0)
        (void)close(clients[--count]);
    for (size_t i = 0; i < taken.count; i++)
        descriptors_give(DESCRIPTORS_CLIENT);
    close_all(&taken);
    listener_close(&listener);
    descriptors_measure();
    end(&loop);
}

/* Who was in the kernel's queue when listening ended is not cut off without a word. */
static void test_who_waits_at_the_end_is_taken(void **state)
{
    struct loop *loop = loop_new();
    struct taken taken = {.count = 0};
    struct error err = ERROR_INIT;
    uint16_t port = 0;
    (void)state;
    struct listener *listener = listener_open(loop, "127.0.0.1", &port, on_client, &taken, &err);
    assert_non_null(listener);
    int client = dial(AF_INET, port);
    assert_true(client >= 0);
    listener_close(&listener);
    assert_int_equal(taken.count, 1);
    (void)close(client);
    close_all(&taken);
    end(&loop);
}

int main(void)
{
    log_setup(open("/dev/null", O_WRONLY | O_CLOEXEC), LOG_ERROR, LOG_TEXT);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepts),
        cmocka_unit_test(test_accepts_ipv6),
        cmocka_unit_test(test_two_loops_share_a_port),
        cmocka_unit_test(test_an_address_in_use_is_seen),
        cmocka_unit_test(test_what_is_no_address),
        cmocka_unit_test(test_out_of_descriptors),
        cmocka_unit_test(test_descriptors_are_kept),
        cmocka_unit_test(test_who_waits_at_the_end_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
