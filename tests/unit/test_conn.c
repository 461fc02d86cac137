/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn on real sockets of the loopback device, ports from the kernel: what only the system can
 * show. The logic of the stream is tested on the virtual network (tests/dialog/test_conn_fake.c).
 */
#include "tunnels/wire/conn.h"

#include "engine/base/buf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <malloc.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>
/* after the headers that it needs */
#include <cmocka.h>

static const struct conn_limits limits = {.read_max = 32768, .window_max = 262144};

struct side {
    struct loop *loop;
    struct conn *conn;
    struct buf got;
    uint64_t bytes; /* counted and checked in place of `got` */
    bool count_only;
    unsigned opens;
    unsigned ends;
    enum conn_end how;
    char reason[128];
    const char *echo_at_end;
};

/* The byte at an offset of every long stream here. */
static char pattern(uint64_t at)
{
    return (char)(at * 31 + at / 4093);
}

static void on_open(void *user)
{
    struct side *side = user;
    side->opens++;
}

static size_t on_data(void *user, char *bytes, size_t len)
{
    struct side *side = user;
    if (side->count_only) {
        for (size_t i = 0; i < len; i++)
            assert_int_equal(bytes[i], pattern(side->bytes + i));
    } else {
        buf_add(&side->got, span_of(bytes, len));
    }
    side->bytes += len;
    return len;
}

static void on_end(void *user, enum conn_end end, const char *reason)
{
    struct side *side = user;
    side->ends++;
    side->how = end;
    (void)snprintf(side->reason, sizeof side->reason, "%s", reason);
    if (side->echo_at_end)
        conn_write(side->conn, span_str(side->echo_at_end));
    conn_close(&side->conn);
}

static const struct conn_events events = {.on_open = on_open, .on_data = on_data, .on_end = on_end};

/* Two ends of one stream on one loop. */
struct fixture {
    struct loop *loop;
    int listener;
    uint16_t port;
    struct side near; /* connects */
    struct side far;  /* accepted */
};

static int listen_on(int family, uint16_t *port_out)
{
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } address = {0};
    socklen_t len = family == AF_INET ? sizeof address.in : sizeof address.in6;
    address.any.sa_family = (sa_family_t)family;
    if (family == AF_INET)
        address.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else
        address.in6.sin6_addr = in6addr_loopback;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, &address.any, len) != 0 || listen(fd, 128) != 0 ||
        getsockname(fd, &address.any, &len) != 0) {
        if (fd >= 0)
            (void)close(fd);
        return -1;
    }
    *port_out = ntohs(family == AF_INET ? address.in.sin_port : address.in6.sin6_port);
    return fd;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->loop = f->near.loop = f->far.loop = loop_new();
    f->listener = listen_on(AF_INET, &f->port);
    assert_true(f->listener >= 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    conn_close(&f->near.conn);
    conn_close(&f->far.conn);
    loop_stop(f->loop);
    loop_run(f->loop);
    loop_free(&f->loop);
    (void)close(f->listener);
    buf_fini(&f->near.got);
    buf_fini(&f->far.got);
    free(f);
    return 0;
}

static void dial(struct fixture *f, const char *host)
{
    f->near.conn = conn_connect(f->loop, host, f->port, 5000, &limits, &events, &f->near);
}

static int take_call(struct fixture *f)
{
    int fd = accept4(f->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

/* Turns the loop until the condition holds; a test that would wait for ever is ended by ctest. */
#define RUN_UNTIL(f, condition)                                                                    \
    do {                                                                                           \
        loop_end_event((f)->loop);                                                                 \
        while (!(condition)) {                                                                     \
            (void)uv_run(loop_native((f)->loop), UV_RUN_ONCE);                                     \
            loop_end_event((f)->loop);                                                             \
        }                                                                                          \
    } while (0)

static void join_up(struct fixture *f)
{
    dial(f, "127.0.0.1");
    RUN_UNTIL(f, f->near.opens + f->near.ends == 1);
    assert_int_equal(f->near.opens, 1);
    f->far.conn = conn_accept(f->loop, take_call(f), &limits, &events, &f->far);
}

static void test_both_ways(void **state)
{
    struct fixture *f = *state;
    join_up(f);
    assert_string_equal(conn_peer_address(f->near.conn), "127.0.0.1");
    assert_string_equal(conn_local_address(f->far.conn), "127.0.0.1");
    assert_int_equal(conn_peer_port(f->near.conn), f->port);
    conn_write(f->near.conn, SPAN("EHLO a\r\n"));
    conn_write(f->far.conn, SPAN("250 "));
    conn_write(f->far.conn, SPAN("b\r\n"));
    RUN_UNTIL(f, f->far.bytes == 8 && f->near.bytes == 7);
    assert_true(span_is(buf_span(&f->far.got), "EHLO a\r\n"));
    assert_true(span_is(buf_span(&f->near.got), "250 b\r\n"));
    conn_close(&f->near.conn);
    RUN_UNTIL(f, f->far.ends == 1);
    assert_int_equal(f->far.how, CONN_EOF);
}

static void test_ipv6(void **state)
{
    struct fixture *f = *state;
    int listener = listen_on(AF_INET6, &f->port);
    if (listener < 0)
        skip();
    (void)close(f->listener);
    f->listener = listener;
    dial(f, "::1");
    RUN_UNTIL(f, f->near.opens + f->near.ends == 1);
    assert_int_equal(f->near.opens, 1);
    assert_string_equal(conn_peer_address(f->near.conn), "IPv6:::1");
}

static void test_no_address(void **state)
{
    struct fixture *f = *state;
    dial(f, "localhost");
    assert_int_equal(f->near.ends, 0); /* never at once */
    RUN_UNTIL(f, f->near.ends == 1);
    assert_int_equal(f->near.how, CONN_REFUSED);
    assert_string_equal(f->near.reason, "not an address");
}

static void test_refused(void **state)
{
    struct fixture *f = *state;
    (void)close(f->listener);
    f->listener = -1;
    dial(f, "127.0.0.1");
    assert_int_equal(f->near.ends, 0);
    RUN_UNTIL(f, f->near.ends == 1);
    assert_int_equal(f->near.how, CONN_REFUSED);
    assert_string_equal(f->near.reason, "Connection refused");
    assert_int_equal(f->near.opens, 0);
}

static void test_close_while_connecting(void **state)
{
    struct fixture *f = *state;
    dial(f, "127.0.0.1");
    conn_close(&f->near.conn);
    dial(f, "::1");
    conn_close(&f->near.conn);
    for (int i = 0; i < 3; i++)
        (void)uv_run(loop_native(f->loop), UV_RUN_NOWAIT);
    assert_int_equal(f->near.opens + f->near.ends, 0);
}

static void test_deadline(void **state)
{
    struct fixture *f = *state;
    join_up(f);
    f->far.echo_at_end = "421 4.4.2 Timeout\r\n";
    conn_deadline(f->far.conn, 20);
    RUN_UNTIL(f, f->far.ends == 1);
    assert_int_equal(f->far.how, CONN_TIMEOUT);
    RUN_UNTIL(f, f->near.ends == 1);
    assert_true(span_is(buf_span(&f->near.got), "421 4.4.2 Timeout\r\n"));
    assert_int_equal(f->near.how, CONN_EOF);
}

/* A plain socket instead of `near`. */
static int plain_peer(struct fixture *f)
{
    struct sockaddr_in in = {.sin_family = AF_INET,
                             .sin_port = htons(f->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof in), 0);
    f->far.conn = conn_accept(f->loop, take_call(f), &limits, &events, &f->far);
    return fd;
}

static void reset_and_close(int fd)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger), 0);
    (void)close(fd);
}

static void test_reset(void **state)
{
    struct fixture *f = *state;
    int fd = plain_peer(f);
    assert_int_equal(send(fd, "MAIL", 4, 0), 4);
    RUN_UNTIL(f, f->far.bytes == 4);
    reset_and_close(fd);
    RUN_UNTIL(f, f->far.ends == 1);
    assert_int_equal(f->far.how, CONN_RESET);
    assert_string_equal(f->far.reason, "Connection reset by peer");
}

/* What the peer said before it went away is heard, although writing to it fails first. */
static void test_last_words_before_a_failing_write(void **state)
{
    struct fixture *f = *state;
    int fd = plain_peer(f);
    for (int i = 0; i < 3; i++)
        (void)uv_run(loop_native(f->loop), UV_RUN_NOWAIT);
    assert_int_equal(send(fd, "421 closing\r\n", 13, 0), 13);
    (void)close(fd);
    conn_write(f->far.conn, SPAN("MAIL FROM:<>\r\n"));
    loop_end_event(f->loop); /* this one makes the peer's side answer with a reset */
    conn_write(f->far.conn, SPAN("RCPT TO:<a@b>\r\n"));
    RUN_UNTIL(f, f->far.ends == 1);
    assert_true(span_is(buf_span(&f->far.got), "421 closing\r\n"));
    assert_int_equal(f->far.ends, 1);
}

static void test_half_close(void **state)
{
    struct fixture *f = *state;
    char reply[32] = "";
    int fd = plain_peer(f);
    f->far.echo_at_end = "221 Bye\r\n";
    assert_int_equal(send(fd, "QUIT\r\n", 6, 0), 6);
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    RUN_UNTIL(f, f->far.ends == 1);
    assert_int_equal(f->far.how, CONN_EOF);
    assert_int_equal(f->far.bytes, 6);
    assert_int_equal(recv(fd, reply, sizeof reply, MSG_WAITALL), 9);
    assert_string_equal(reply, "221 Bye\r\n");
    (void)close(fd);
}

struct stream {
    char *bytes;
    size_t total;
    size_t at;
    size_t slice;
    unsigned dones;
};

static size_t next_slices(void *arg, struct span *slices_out, size_t max)
{
    struct stream *s = arg;
    size_t count = 0;
    while (count < max && s->at < s->total) {
        size_t len = s->total - s->at < s->slice ? s->total - s->at : s->slice;
        slices_out[count++] = span_of(s->bytes + s->at, len);
        s->at += len;
    }
    return count;
}

static void stream_done(void *arg)
{
    ((struct stream *)arg)->dones++;
}

static void stream_init(struct stream *s, size_t total, size_t slice)
{
    *s = (struct stream){.bytes = malloc(total), .total = total, .slice = slice};
    assert_non_null(s->bytes);
    for (size_t i = 0; i < total; i++)
        s->bytes[i] = pattern(i);
}

static void pull_through(struct fixture *f, size_t total, size_t slice)
{
    struct stream s;
    join_up(f); /* before the filling, which takes longer than a connect may on a busy machine */
    stream_init(&s, total, slice);
    struct conn_source source = {.next = next_slices, .done = stream_done, .arg = &s};
    f->far.count_only = true;
    conn_send(f->near.conn, &source);
    RUN_UNTIL(f, f->far.bytes >= total);
    assert_int_equal(f->far.bytes, total);
    RUN_UNTIL(f, s.dones == 1);
    free(s.bytes);
}

static void test_huge_pull(void **state)
{
    pull_through(*state, 48u << 20, SIZE_MAX);
}

static void test_pull_of_small_slices(void **state)
{
    pull_through(*state, 1u << 20, 5);
}

static void test_peer_that_does_not_read(void **state)
{
    struct fixture *f = *state;
    struct stream s;
    stream_init(&s, 32u << 20, 65536);
    struct conn_source source = {.next = next_slices, .done = stream_done, .arg = &s};
    int fd = plain_peer(f);
    conn_send(f->far.conn, &source);
    conn_deadline(f->far.conn, 30);
    f->far.ends = 0;
    RUN_UNTIL(f, f->far.ends == 1);
    assert_int_equal(f->far.how, CONN_TIMEOUT);
    assert_int_equal(s.dones, 0);
    assert_true(s.at < s.total); /* not more was pulled than the socket took */
    (void)close(fd);
    free(s.bytes);
}

static void *read_slowly(void *arg)
{
    int fd = *(int *)arg;
    uint64_t *total = malloc(sizeof *total);
    char block[3000];
    ssize_t got;
    *total = 0;
    while ((got = recv(fd, block, sizeof block, 0)) > 0)
        *total += (uint64_t)got;
    return total;
}

/* What was written before conn_close() arrives, although the socket could not take it at once. */
static void test_close_lets_the_rest_out(void **state)
{
    enum { TOTAL = 8 << 20 };
    struct fixture *f = *state;
    char *block = calloc(1, TOTAL);
    int fd = plain_peer(f);
    pthread_t reader;
    void *total = NULL;
    conn_write(f->far.conn, span_of(block, TOTAL));
    loop_end_event(f->loop);
    assert_int_equal(pthread_create(&reader, NULL, read_slowly, &fd), 0);
    conn_close(&f->far.conn);
    loop_stop(f->loop);
    loop_run(f->loop); /* ends with the last open connection */
    (void)pthread_join(reader, &total);
    assert_int_equal(*(uint64_t *)total, TOTAL);
    free(total);
    free(block);
    (void)close(fd);
}

/* The reply to a client that goes on sending must not be overtaken by a reset. */
static void test_close_with_unread_input(void **state)
{
    struct fixture *f = *state;
    char reply[64] = "";
    char flood[20000] = "";
    int fd = plain_peer(f);
    conn_pause(f->far.conn);
    assert_int_equal(send(fd, flood, sizeof flood, 0), sizeof flood);
    conn_write(f->far.conn, SPAN("552 5.3.4 Too big\r\n"));
    conn_close(&f->far.conn);
    for (int i = 0; i < 3; i++)
        (void)uv_run(loop_native(f->loop), UV_RUN_NOWAIT);
    (void)send(fd, flood, sizeof flood, MSG_NOSIGNAL);
    assert_int_equal(recv(fd, reply, sizeof reply, MSG_WAITALL), 19);
    assert_string_equal(reply, "552 5.3.4 Too big\r\n");
    (void)close(fd);
}

static void test_window(void **state)
{
    struct fixture *f = *state;
    size_t size = 16u << 20;
    char *block = calloc(1, size);
    int fd = plain_peer(f);
    conn_write(f->far.conn, span_of(block, size));
    loop_end_event(f->loop);
    assert_int_equal(send(fd, "NOOP\r\n", 6, 0), 6);
    for (int i = 0; i < 20; i++)
        (void)uv_run(loop_native(f->loop), UV_RUN_NOWAIT);
    assert_int_equal(f->far.bytes, 0); /* it does not read replies, so it gets no more of them */
    pthread_t reader;
    assert_int_equal(pthread_create(&reader, NULL, read_slowly, &fd), 0);
    RUN_UNTIL(f, f->far.bytes == 6);
    conn_close(&f->far.conn);
    loop_stop(f->loop);
    loop_run(f->loop);
    void *total = NULL;
    (void)pthread_join(reader, &total);
    free(total);
    free(block);
    (void)close(fd);
}

/* Many connections, each used once: what they hold then. */
static void test_idle_connections_are_small(void **state)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    (void)state;
    skip(); /* the allocator is another one */
#else
    enum { COUNT = 200 };
    struct fixture *f = *state;
    struct side *sides = calloc(COUNT, sizeof *sides);
    int fds[COUNT];
    struct mallinfo2 before = mallinfo2();
    for (int i = 0; i < COUNT; i++) {
        fds[i] = plain_peer(f);
        sides[i].loop = f->loop;
        sides[i].count_only = true;
        conn_set_events(f->far.conn, &events, &sides[i]);
        sides[i].conn = f->far.conn;
        f->far.conn = NULL;
        char byte = pattern(0);
        assert_int_equal(send(fds[i], &byte, 1, 0), 1);
        conn_write(sides[i].conn, SPAN("220 ready\r\n"));
        conn_deadline(sides[i].conn, 60000);
        RUN_UNTIL(f, sides[i].bytes == 1);
    }
    struct mallinfo2 after = mallinfo2();
    size_t each = (after.uordblks - before.uordblks) / COUNT;
    print_message("%zu bytes of heap a connection\n", each);
    assert_true(each < 1024);
    for (int i = 0; i < COUNT; i++) {
        conn_close(&sides[i].conn);
        (void)close(fds[i]);
    }
    free(sides);
#endif
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_both_ways),
        TEST(test_ipv6),
        TEST(test_no_address),
        TEST(test_refused),
        TEST(test_close_while_connecting),
        TEST(test_deadline),
        TEST(test_reset),
        TEST(test_last_words_before_a_failing_write),
        TEST(test_half_close),
        TEST(test_huge_pull),
        TEST(test_pull_of_small_slices),
        TEST(test_peer_that_does_not_read),
        TEST(test_close_lets_the_rest_out),
        TEST(test_close_with_unread_input),
        TEST(test_window),
        TEST(test_idle_connections_are_small),
    };
    return cmocka_run_group_tests_name("conn", tests, NULL, NULL);
}
