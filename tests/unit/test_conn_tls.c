/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn over TLS on real sockets of the loopback device: two conns on one loop, or one conn and a
 * plain socket on which the test itself plays the TLS of the other side.
 */
#include "tests/support/certificates.h"
#include "tests/support/tls_end.h"
#include "tunnels/tls/suites.h"
#include "tunnels/wire/conn.h"

#include "engine/base/buf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <malloc.h>
#include <netinet/in.h>
#include <poll.h>
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

enum moment { NEVER, IN_SECURED, IN_DATA, IN_RESERVE, IN_DRAINED, IN_DONE };

struct side {
    struct loop *loop;
    struct conn *conn;
    struct buf got;
    uint64_t bytes; /* counted, and checked if `count_only`, in place of `got` */
    bool count_only;
    bool pause_always;     /* after each on_data */
    size_t take_multiples; /* consumes whole pieces of so many bytes only */
    bool start_at_line;    /* "STARTTLS" CRLF begins TLS with `stream` */
    struct tls_stream *stream;
    enum moment close_at;
    const char *owed; /* to be said when the peer has closed its side */
    char *place;
    size_t room;
    unsigned secured, ends, dones;
    enum conn_end how;
    char reason[160];
};

static char pattern(uint64_t at)
{
    return (char)(at * 31 + at / 4093);
}

static void moment(struct side *side, enum moment now)
{
    if (side->close_at == now)
        conn_close(&side->conn);
}

static void on_secured(void *user)
{
    struct side *side = user;
    side->secured++;
    moment(side, IN_SECURED);
}

static void keep(struct side *side, const char *bytes, size_t len)
{
    if (side->count_only) {
        for (size_t i = 0; i < len; i++)
            assert_int_equal(bytes[i], pattern(side->bytes + i));
    } else {
        buf_add(&side->got, span_of(bytes, len));
    }
    side->bytes += len;
}

static size_t on_data(void *user, char *bytes, size_t len)
{
    struct side *side = user;
    size_t used = len;
    if (side->take_multiples > 0)
        used -= used % side->take_multiples;
    if (side->start_at_line && side->stream) {
        size_t at = span_find(span_of(bytes, len), SPAN("\r\n"));
        if (at == SPAN_NONE)
            return 0;
        used = at + 2;
        conn_write(side->conn, SPAN("220 Go on\r\n"));
        conn_start_tls(side->conn, side->stream);
        side->stream = NULL;
    }
    keep(side, bytes, used); /* behind conn_start_tls(): the bytes must still be there */
    if (side->pause_always && side->conn)
        conn_pause(side->conn);
    moment(side, IN_DATA);
    return used;
}

static void on_drained(void *user)
{
    moment(user, IN_DRAINED);
}

static bool is_owed(void *user)
{
    return ((struct side *)user)->owed != NULL;
}

static void on_end(void *user, enum conn_end end, const char *reason)
{
    struct side *side = user;
    side->ends++;
    side->how = end;
    (void)snprintf(side->reason, sizeof side->reason, "%s", reason);
    conn_close(&side->conn);
}

static const struct conn_events events = {.on_data = on_data,
                                          .on_drained = on_drained,
                                          .on_end = on_end,
                                          .is_owed = is_owed,
                                          .on_secured = on_secured};

static char *reserve(void *user, size_t *room_out)
{
    struct side *side = user;
    moment(side, IN_RESERVE);
    *room_out = side->room;
    return side->place;
}

struct fixture {
    struct loop *loop;
    struct tls_tickets *tickets;
    struct tls_context *server, *client;
    struct side far;  /* the server */
    struct side near; /* the client */
    int fd;           /* the client's socket where the test is the client */
    struct tls_end end;
};

static struct tls_context *make_server(enum tls_client_certificates asks,
                                       enum tls_versions versions, struct tls_tickets *tickets)
{
    struct error err = ERROR_INIT;
    struct tls_identity identity = certificate_identity(certificate_ready(READY_SERVER_EC));
    struct tls_server_settings settings = {.identities = &identity,
                                           .identity_count = 1,
                                           .suites = tls_suites_default,
                                           .versions = versions,
                                           .client_certificates = asks,
                                           .authorities =
                                               certificate_pem(certificate_ready(READY_AUTHORITY))};
    struct tls_context *context = tls_context_server(&settings, tickets, &err);
    assert_non_null(context);
    return context;
}

static struct tls_context *make_client(enum tls_versions versions)
{
    struct error err = ERROR_INIT;
    struct tls_client_settings settings = {.mode = TLS_UPSTREAM_VERIFY,
                                           .suites = tls_suites_default,
                                           .versions = versions,
                                           .authorities =
                                               certificate_pem(certificate_ready(READY_AUTHORITY))};
    struct tls_context *context = tls_context_client(&settings, &err);
    assert_non_null(context);
    return context;
}

static int set_up(void **state)
{
    struct error err = ERROR_INIT;
    struct fixture *f = calloc(1, sizeof *f);
    f->loop = loop_new();
    assert_true(tls_library_init(&err));
    f->tickets = tls_tickets_new(&err);
    assert_non_null(f->tickets);
    f->server = make_server(TLS_CERT_NONE, TLS_ANY_VERSION, f->tickets);
    f->client = make_client(TLS_ANY_VERSION);
    f->far.loop = f->near.loop = f->loop;
    f->fd = -1;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    conn_close(&f->far.conn);
    conn_close(&f->near.conn);
    if (f->fd >= 0)
        (void)close(f->fd);
    loop_stop(f->loop);
    loop_run(f->loop);
    loop_free(&f->loop);
    tls_end_fini(&f->end);
    tls_stream_free(&f->far.stream);
    tls_context_unref(&f->server);
    tls_context_unref(&f->client);
    tls_tickets_unref(&f->tickets);
    buf_fini(&f->far.got);
    buf_fini(&f->near.got);
    free(f);
    return 0;
}

static void use_versions(struct fixture *f, enum tls_versions versions)
{
    tls_context_unref(&f->client);
    f->client = make_client(versions);
}

/* Two ends of a TCP connection; small: of a local one with hardly any room in the system (TCP would
 * wait for its timers then). */
static void join(int fds[2], bool small)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof in;
    int size = 4096;
    if (small) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        for (int i = 0; i < 2; i++)
            assert_int_equal(setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof size), 0);
        return;
    }
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&in, len), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&in, &len), 0);
    fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fds[0], (struct sockaddr *)&in, sizeof in), 0);
    fds[1] = accept(listener, NULL, NULL);
    assert_true(fds[1] >= 0);
    (void)close(listener);
}

static void turn(struct fixture *f)
{
    (void)uv_run(loop_native(f->loop), UV_RUN_ONCE);
    loop_end_event(f->loop);
}

#define RUN_UNTIL(f, condition)                                                                    \
    do {                                                                                           \
        loop_end_event((f)->loop);                                                                 \
        while (!(condition))                                                                       \
            turn(f);                                                                               \
    } while (0)

static void begin(struct fixture *f, int far_fd, int near_fd)
{
    f->far.conn = conn_accept(f->loop, far_fd, &limits, &events, &f->far);
    conn_start_tls(f->far.conn, tls_stream_server(f->server));
    f->near.conn = conn_accept(f->loop, near_fd, &limits, &events, &f->near);
    conn_start_tls(f->near.conn, tls_stream_client(f->client, "mail.example", NULL));
}

static void join_up_as(struct fixture *f, bool small)
{
    int fds[2];
    join(fds, small);
    begin(f, fds[1], fds[0]);
    RUN_UNTIL(f, (f->far.secured && f->near.secured) || f->far.ends || f->near.ends);
    assert_string_equal(f->far.reason, "");
    assert_string_equal(f->near.reason, "");
}

static void join_up(struct fixture *f)
{
    join_up_as(f, false);
}

/* The test is the client, on a socket that it reads and writes itself. */
static void plain_client(struct fixture *f, bool small)
{
    int fds[2];
    join(fds, small);
    f->fd = fds[0];
    f->end.stream = tls_stream_client(f->client, "mail.example", NULL);
    f->far.conn = conn_accept(f->loop, fds[1], &limits, &events, &f->far);
}

static void send_all(int fd, struct span bytes)
{
    assert_int_equal(send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL), (ssize_t)bytes.len);
}

/* Sends what the test's end has to say, takes what has come. */
static void pump(struct fixture *f)
{
    char room[16384];
    for (int i = 0; i < 8; i++)
        (void)uv_run(loop_native(f->loop), UV_RUN_NOWAIT);
    loop_end_event(f->loop);
    if (f->end.out.len > 0)
        send_all(f->fd, buf_span(&f->end.out));
    f->end.out.len = 0;
    ssize_t got = recv(f->fd, room, sizeof room, MSG_DONTWAIT);
    if (got > 0)
        tls_end_give(&f->end, span_of(room, (size_t)got), 0);
}

#define PUMP_UNTIL(f, condition)                                                                   \
    do {                                                                                           \
        while (!(condition))                                                                       \
            pump(f);                                                                               \
    } while (0)

static void shake_hands(struct fixture *f)
{
    conn_start_tls(f->far.conn, tls_stream_server(f->server));
    tls_end_begin(&f->end);
    PUMP_UNTIL(f, f->end.secured && f->far.secured);
}

static void test_both_ways(void **state)
{
    struct fixture *f = *state;
    join_up(f);
    assert_true(conn_is_secure(f->far.conn) && conn_is_secure(f->near.conn));
    conn_write(f->near.conn, SPAN("EHLO a\r\n"));
    conn_write(f->far.conn, SPAN("250 "));
    conn_write(f->far.conn, SPAN("b\r\n"));
    RUN_UNTIL(f, f->far.bytes == 8 && f->near.bytes == 7);
    assert_true(span_is(buf_span(&f->far.got), "EHLO a\r\n"));
    assert_true(span_is(buf_span(&f->near.got), "250 b\r\n"));
    struct tls_info info = conn_tls_info(f->far.conn);
    assert_string_equal(info.version, "TLSv1.3");
    assert_string_equal(info.server_name, "mail.example");
    assert_true(conn_tls_info(f->near.conn).verified);
    struct tls_session *session = conn_tls_session(f->near.conn);
    assert_non_null(session);
    tls_session_free(&session);
    conn_close(&f->near.conn);
    RUN_UNTIL(f, f->far.ends == 1);
    assert_int_equal(f->far.how, CONN_EOF);
}

struct stream {
    char *bytes;
    size_t total, at, slice;
    struct side *side;
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

static void source_done(void *arg)
{
    struct stream *s = arg;
    s->side->dones++;
    moment(s->side, IN_DONE);
}

static void stream_send(struct stream *s, struct side *side, size_t total, size_t slice)
{
    *s = (struct stream){.bytes = malloc(total), .total = total, .slice = slice, .side = side};
    for (size_t i = 0; i < total; i++)
        s->bytes[i] = pattern(i);
    struct conn_source source = {.next = next_slices, .done = source_done, .arg = s};
    conn_send(side->conn, &source);
}

static void transfer(struct fixture *f, size_t total, size_t slice)
{
    struct stream up, down;
    f->far.count_only = f->near.count_only = true;
    stream_send(&up, &f->near, total, slice);
    stream_send(&down, &f->far, total, slice);
    RUN_UNTIL(f, f->far.bytes >= total && f->near.bytes >= total);
    assert_int_equal(f->far.bytes, total);
    assert_int_equal(f->near.bytes, total);
    RUN_UNTIL(f, f->far.dones == 1 && f->near.dones == 1);
    free(up.bytes);
    free(down.bytes);
}

static void test_transfer_1_3(void **state)
{
    join_up(*state);
    transfer(*state, 8u << 20, 1u << 20);
}

static void test_transfer_1_2(void **state)
{
    use_versions(*state, TLS_1_2_ONLY);
    join_up(*state);
    transfer(*state, 8u << 20, 1u << 20);
}

static void test_transfer_of_small_slices(void **state)
{
    join_up(*state);
    transfer(*state, 1u << 20, 700);
}

static void test_transfer_over_a_slow_socket(void **state)
{
    join_up_as(*state, true);
    transfer(*state, 1u << 20, 30000);
}

static void test_reading_into_a_place(void **state)
{
    enum { TOTAL = 3 << 20 };
    struct fixture *f = *state;
    struct stream s;
    join_up(f);
    f->far.count_only = true;
    f->far.room = 9000; /* less than a record */
    f->far.place = malloc(f->far.room);
    conn_read_into(f->far.conn, reserve);
    stream_send(&s, &f->near, TOTAL, 1u << 20);
    RUN_UNTIL(f, f->far.bytes >= TOTAL);
    assert_int_equal(f->far.bytes, TOTAL);
    free(f->far.place);
    free(s.bytes);
}

/* No room pauses in the middle of a record; with room again it goes on where it was. */
static void test_no_room(void **state)
{
    struct fixture *f = *state;
    struct stream s;
    join_up(f);
    f->far.count_only = true;
    conn_read_into(f->far.conn, reserve);
    stream_send(&s, &f->near, 200000, 1u << 20);
    for (int i = 0; i < 20; i++)
        (void)uv_run(loop_native(f->loop), UV_RUN_NOWAIT);
    assert_int_equal(f->far.bytes, 0);
    f->far.room = 1000;
    f->far.place = malloc(f->far.room);
    conn_resume(f->far.conn);
    RUN_UNTIL(f, f->far.bytes >= 200000);
    free(f->far.place);
    free(s.bytes);
}

/* Whatever is left by a pause comes after it: the rest of a record, records that were read with it,
 * what the system has. */
static void test_pauses(void **state)
{
    enum { TOTAL = 2 << 20 };
    struct fixture *f = *state;
    struct stream s;
    join_up(f);
    f->far.count_only = true;
    f->far.pause_always = true;
    stream_send(&s, &f->near, TOTAL, 1u << 20);
    loop_end_event(f->loop);
    for (uint64_t before = 0; f->far.bytes < TOTAL;) {
        if (f->far.bytes == before) {
            turn(f);
            continue;
        }
        before = f->far.bytes;
        for (int i = 0; i < 3; i++)
            (void)uv_run(loop_native(f->loop), UV_RUN_NOWAIT);
        assert_int_equal(f->far.bytes, before); /* nothing comes while it is paused */
        conn_resume(f->far.conn);
        loop_end_event(f->loop);
    }
    assert_int_equal(f->far.bytes, TOTAL);
    free(s.bytes);
}

static void test_rest_is_kept(void **state)
{
    enum { PIECE = 7001, TOTAL = 300 * PIECE };
    struct fixture *f = *state;
    struct stream s;
    join_up(f);
    f->far.count_only = true;
    f->far.take_multiples = PIECE;
    stream_send(&s, &f->near, TOTAL, 5000);
    RUN_UNTIL(f, f->far.bytes == TOTAL);
    free(s.bytes);
}

static void test_window(void **state)
{
    enum { TOTAL = 16 << 20 };
    struct fixture *f = *state;
    char *block = malloc(TOTAL);
    for (size_t i = 0; i < TOTAL; i++)
        block[i] = pattern(i);
    join_up(f);
    f->near.count_only = true;
    conn_pause(f->near.conn);
    conn_write(f->far.conn, span_of(block, TOTAL));
    free(block);
    loop_end_event(f->loop);
    conn_write(f->near.conn, SPAN("NOOP\r\n"));
    for (int i = 0; i < 50; i++)
        (void)uv_run(loop_native(f->loop), UV_RUN_NOWAIT);
    assert_int_equal(f->far.bytes, 0); /* who reads no replies gets no more of them */
    conn_resume(f->near.conn);
    RUN_UNTIL(f, f->near.bytes == TOTAL && f->far.bytes == 6);
}

static void test_deadline_in_the_handshake(void **state)
{
    struct fixture *f = *state;
    plain_client(f, false);
    conn_start_tls(f->far.conn, tls_stream_server(f->server));
    conn_deadline(f->far.conn, 40);
    tls_end_begin(&f->end);
    for (size_t i = 0; i < 5; i++) { /* drip by drip does not help */
        send_all(f->fd, span_sub(buf_span(&f->end.out), i, 1));
        (void)uv_run(loop_native(f->loop), UV_RUN_NOWAIT);
    }
    unsigned turns = 0;
    for (loop_end_event(f->loop); f->far.ends == 0; turns++)
        turn(f);
    assert_int_equal(f->far.how, CONN_TIMEOUT);
    assert_int_equal(f->far.secured, 0);
    assert_true(turns < 20); /* and it does not spin */
}

static void test_closed_in_the_handshake(void **state)
{
    struct fixture *f = *state;
    plain_client(f, false);
    conn_start_tls(f->far.conn, tls_stream_server(f->server));
    tls_end_begin(&f->end);
    pump(f);
    (void)close(f->fd);
    f->fd = -1;
    RUN_UNTIL(f, f->far.ends == 1);
    assert_true(f->far.how == CONN_TLS || f->far.how == CONN_RESET);
    assert_int_equal(f->far.secured, 0);
}

static void test_no_tls_in_the_handshake(void **state)
{
    struct fixture *f = *state;
    plain_client(f, false);
    conn_start_tls(f->far.conn, tls_stream_server(f->server));
    send_all(f->fd, SPAN("EHLO a.example\r\n"));
    RUN_UNTIL(f, f->far.ends == 1);
    assert_int_equal(f->far.how, CONN_TLS);
    assert_string_equal(f->far.reason, "what came is not TLS");
}

/* Everything that was said before, then one end, whether TLS says goodbye or not. */
static void closed(struct fixture *f, bool notify, bool whole)
{
    plain_client(f, false);
    shake_hands(f);
    tls_end_say(&f->end, SPAN("QUIT\r\n"));
    if (notify)
        tls_stream_close_notify(f->end.stream, &f->end.out);
    send_all(f->fd, buf_span(&f->end.out));
    f->end.out.len = 0;
    if (whole) {
        (void)close(f->fd);
        f->fd = -1;
    } else {
        assert_int_equal(shutdown(f->fd, SHUT_WR), 0);
    }
    RUN_UNTIL(f, f->far.ends == 1);
    assert_int_equal(f->far.how, CONN_EOF);
    assert_true(span_is(buf_span(&f->far.got), "QUIT\r\n"));
}

static void test_close_notify(void **state)
{
    closed(*state, true, true);
}

static void test_closed_without_notify(void **state)
{
    closed(*state, false, true);
}

static void test_half_closed_without_notify(void **state)
{
    closed(*state, false, false);
}

static void test_half_close(void **state)
{
    struct fixture *f = *state;
    plain_client(f, false);
    shake_hands(f);
    f->far.owed = "221 Bye\r\n";
    tls_end_say(&f->end, SPAN("QUIT\r\n"));
    tls_stream_close_notify(f->end.stream, &f->end.out);
    send_all(f->fd, buf_span(&f->end.out));
    f->end.out.len = 0;
    assert_int_equal(shutdown(f->fd, SHUT_WR), 0);
    for (int i = 0; i < 5; i++)
        pump(f);
    assert_int_equal(f->far.ends, 0);
    conn_write(f->far.conn, span_str(f->far.owed));
    f->far.owed = NULL;
    PUMP_UNTIL(f, f->end.plain.len > 0 && f->far.ends == 1);
    assert_true(span_is(buf_span(&f->end.plain), "221 Bye\r\n"));
    PUMP_UNTIL(f, f->end.state == TLS_CLOSED); /* ours */
}

/* Reads in a thread of its own, slowly, to the end. */
struct slow_reader {
    int fd;
    struct tls_end *end;
    bool checked;
};

static void *read_slowly(void *arg)
{
    struct slow_reader *reader = arg;
    char block[3000];
    ssize_t got;
    while ((got = recv(reader->fd, block, sizeof block, 0)) > 0)
        tls_end_give(reader->end, span_of(block, (size_t)got), 0);
    return NULL;
}

/* What was written before conn_close() arrives, then close_notify, although the socket could not
 * take it at once. */
static void test_close_lets_the_rest_out(void **state)
{
    enum { TOTAL = 2 << 20 };
    struct fixture *f = *state;
    char *block = calloc(1, TOTAL);
    pthread_t thread;
    plain_client(f, true);
    shake_hands(f);
    struct slow_reader reader = {.fd = f->fd, .end = &f->end};
    conn_write(f->far.conn, span_of(block, TOTAL));
    loop_end_event(f->loop);
    assert_int_equal(pthread_create(&thread, NULL, read_slowly, &reader), 0);
    conn_close(&f->far.conn);
    loop_stop(f->loop);
    loop_run(f->loop); /* ends with the last open connection */
    (void)pthread_join(thread, NULL);
    assert_int_equal(f->end.plain.len, TOTAL);
    assert_int_equal(f->end.state, TLS_CLOSED);
    free(block);
}

static void test_words_before_tls(void **state)
{
    struct fixture *f = *state;
    char words[32] = "";
    plain_client(f, false);
    conn_write(f->far.conn, SPAN("220 Go on\r\n"));
    conn_start_tls(f->far.conn, tls_stream_server(f->server));
    RUN_UNTIL(f, recv(f->fd, words, sizeof words - 1, MSG_DONTWAIT) > 0);
    assert_string_equal(words, "220 Go on\r\n");
    tls_end_begin(&f->end);
    PUMP_UNTIL(f, f->end.secured && f->far.secured);
    conn_write(f->far.conn, SPAN("250 ok\r\n"));
    PUMP_UNTIL(f, f->end.plain.len > 0);
    assert_true(span_is(buf_span(&f->end.plain), "250 ok\r\n"));
}

/* RFC 3207 section 4.2: what came in clear behind STARTTLS is no part of the encrypted stream, in
 * one piece with it or with a beginning that was kept. */
static void inject(struct fixture *f, const char *first, const char *then)
{
    char words[32] = "";
    plain_client(f, false);
    f->far.start_at_line = true;
    f->far.stream = tls_stream_server(f->server);
    send_all(f->fd, span_str(first));
    for (int i = 0; i < 5; i++)
        (void)uv_run(loop_native(f->loop), UV_RUN_NOWAIT);
    if (then)
        send_all(f->fd, span_str(then));
    RUN_UNTIL(f, recv(f->fd, words, sizeof words - 1, MSG_DONTWAIT) > 0);
    assert_string_equal(words, "220 Go on\r\n");
    tls_end_begin(&f->end);
    PUMP_UNTIL(f, f->end.secured && f->far.secured);
    tls_end_say(&f->end, SPAN("EHLO a\r\n"));
    PUMP_UNTIL(f, f->far.got.len > 10);
    assert_true(span_is(buf_span(&f->far.got), "STARTTLS\r\nEHLO a\r\n"));
}

static void test_injection(void **state)
{
    inject(*state, "STARTTLS\r\nMAIL FROM:<a@b.example>\r\n", NULL);
}

static void test_injection_behind_kept_bytes(void **state)
{
    inject(*state, "STARTT", "LS\r\nMAIL FROM:<a@b.example>\r\n");
}

/* The alert that says why reaches a client that goes on sending meanwhile. */
static void test_alert_arrives(void **state)
{
    struct fixture *f = *state;
    char room[4096];
    tls_context_unref(&f->server);
    f->server = make_server(TLS_CERT_REQUIRED, TLS_ANY_VERSION, NULL);
    plain_client(f, false);
    conn_start_tls(f->far.conn, tls_stream_server(f->server));
    tls_end_begin(&f->end);
    PUMP_UNTIL(f, f->end.secured);
    tls_end_say(&f->end, SPAN("EHLO a\r\n"));
    for (int i = 0; i < 200; i++)
        tls_end_say(&f->end, SPAN("MAIL FROM:<a@b.example>\r\nRCPT TO:<a@b.example>\r\n"));
    pump(f);
    send_all(f->fd, SPAN("more that nobody reads"));
    RUN_UNTIL(f, f->far.ends == 1);
    assert_int_equal(f->far.how, CONN_TLS);
    assert_string_equal(f->far.reason, "the client showed no certificate");
    for (int i = 0; i < 5; i++)
        (void)uv_run(loop_native(f->loop), UV_RUN_NOWAIT);
    while (f->end.state == TLS_MORE) {
        ssize_t got = recv(f->fd, room, sizeof room, 0);
        assert_true(got > 0);
        tls_end_give(&f->end, span_of(room, (size_t)got), 0);
    }
    assert_string_equal(tls_stream_reason(f->end.stream),
                        "the peer sent alert certificate_required (116): it wants a client "
                        "certificate");
}

static void test_damaged_record(void **state)
{
    struct fixture *f = *state;
    plain_client(f, false);
    shake_hands(f);
    tls_end_say(&f->end, SPAN("QUIT\r\n"));
    f->end.out.ptr[f->end.out.len - 1] ^= 1;
    pump(f);
    RUN_UNTIL(f, f->far.ends == 1);
    assert_int_equal(f->far.how, CONN_TLS);
    assert_string_equal(f->far.reason, "what came was damaged on the way");
    assert_int_equal(f->far.bytes, 0);
}

/* A callback may close the conn at any time; nothing is called afterwards. */
static void test_close_inside(void **state)
{
    struct fixture *f = *state;
    for (enum moment when = IN_SECURED; when <= IN_DONE; when++) {
        int fds[2];
        struct stream s = {.bytes = NULL};
        char place[100];
        f->far = (struct side){.loop = f->loop, .close_at = when, .count_only = true};
        f->near = (struct side){.loop = f->loop, .count_only = true};
        f->far.place = place;
        f->far.room = sizeof place;
        join(fds, false);
        begin(f, fds[1], fds[0]);
        if (when == IN_RESERVE)
            conn_read_into(f->far.conn, reserve);
        if (when == IN_DONE)
            stream_send(&s, &f->far, 50000, 3000);
        RUN_UNTIL(f, f->near.secured || f->near.ends);
        if (f->near.conn && when != IN_DONE)
            conn_write(f->near.conn, SPAN("\0"));
        if (f->far.conn && when == IN_DRAINED)
            conn_write(f->far.conn, SPAN("\0"));
        RUN_UNTIL(f, f->near.ends == 1);
        assert_null(f->far.conn);
        assert_int_equal(f->far.ends, 0);
        if (when == IN_DONE)
            assert_int_equal(f->near.bytes, 50000);
        free(s.bytes);
    }
}

static void test_close_in_the_handshake(void **state)
{
    struct fixture *f = *state;
    for (int steps = 0; steps < 8; steps++) {
        int fds[2];
        f->near = (struct side){.loop = f->loop};
        f->far = (struct side){.loop = f->loop};
        join(fds, false);
        begin(f, fds[1], fds[0]);
        conn_write(f->far.conn, SPAN("220 mail.example\r\n"));
        for (int i = 0; i < steps; i++)
            (void)uv_run(loop_native(f->loop), UV_RUN_NOWAIT);
        conn_close(&f->far.conn);
        RUN_UNTIL(f, f->near.ends == 1);
        assert_int_equal(f->far.ends, 0);
        buf_fini(&f->near.got);
    }
}

/* Turns of the loop in which nothing happens until a deadline: it must sleep. */
static unsigned turns_to_deadline(struct fixture *f)
{
    unsigned turns = 0;
    conn_deadline(f->far.conn, 60);
    for (loop_end_event(f->loop); f->far.ends == 0; turns++)
        turn(f);
    assert_int_equal(f->far.how, CONN_TIMEOUT);
    return turns;
}

static void test_idle_does_not_spin(void **state)
{
    struct fixture *f = *state;
    join_up(f);
    assert_true(turns_to_deadline(f) < 12);
}

static void test_paused_does_not_spin(void **state)
{
    struct fixture *f = *state;
    struct stream s;
    join_up(f);
    f->far.pause_always = true;
    f->far.count_only = true;
    stream_send(&s, &f->near, 4u << 20, 1u << 20);
    for (int i = 0; i < 30; i++)
        (void)uv_run(loop_native(f->loop), UV_RUN_NOWAIT);
    assert_true(f->far.bytes > 0);
    assert_true(turns_to_deadline(f) < 12);
    free(s.bytes);
}

static void test_blocked_does_not_spin(void **state)
{
    struct fixture *f = *state;
    struct stream s;
    plain_client(f, true);
    shake_hands(f);
    stream_send(&s, &f->far, 4u << 20, 1u << 20);
    for (int i = 0; i < 30; i++)
        (void)uv_run(loop_native(f->loop), UV_RUN_NOWAIT);
    assert_true(turns_to_deadline(f) < 12);
    assert_true(s.at <= s.total);
    free(s.bytes);
}

/* Loops of one process share the settings and the tickets: a client comes back to any of them. */
struct worker {
    pthread_t thread;
    struct tls_tickets *tickets;
    struct tls_session *session; /* of another loop */
    unsigned resumed;
};

/* tcpi_bytes_received of linux/tcp.h, which cannot be had together with netinet/tcp.h. */
static uint64_t received(int fd)
{
    unsigned char info[256] = {0};
    socklen_t len = sizeof info;
    uint64_t bytes;
    assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &len), 0);
    assert_true(len >= 136);
    memcpy(&bytes, info + 128, sizeof bytes);
    return bytes;
}

static void *meet_many(void *arg)
{
    struct worker *worker = arg;
    struct fixture f = {.fd = -1};
    f.loop = loop_new();
    f.server = make_server(TLS_CERT_NONE, TLS_ANY_VERSION, worker->tickets);
    f.client = make_client(TLS_ANY_VERSION);
    for (int i = 0; i < 20; i++) {
        int fds[2];
        f.far = (struct side){.loop = f.loop};
        f.near = (struct side){.loop = f.loop};
        join(fds, false);
        f.far.conn = conn_accept(f.loop, fds[1], &limits, &events, &f.far);
        conn_start_tls(f.far.conn, tls_stream_server(f.server));
        f.near.conn = conn_accept(f.loop, fds[0], &limits, &events, &f.near);
        conn_start_tls(f.near.conn,
                       tls_stream_client(f.client, "mail.example", i % 2 ? worker->session : NULL));
        RUN_UNTIL(&f, (f.far.secured && f.near.secured) || f.near.ends || f.far.ends);
        if (f.near.secured && received(fds[0]) < 600)
            worker->resumed++; /* no certificate is shown then */
        conn_close(&f.near.conn);
        RUN_UNTIL(&f, f.far.ends == 1);
    }
    loop_stop(f.loop);
    loop_run(f.loop);
    loop_free(&f.loop);
    tls_context_unref(&f.server);
    tls_context_unref(&f.client);
    return NULL;
}

static void test_two_loops(void **state)
{
    struct fixture *f = *state;
    struct worker workers[2] = {{.tickets = f->tickets}, {.tickets = f->tickets}};
    join_up(f);
    conn_write(f->far.conn, SPAN("250 ok\r\n"));
    RUN_UNTIL(f, f->near.bytes > 0);
    for (size_t i = 0; i < ARRAY_LEN(workers); i++) {
        workers[i].session = conn_tls_session(f->near.conn);
        if (i == 0) { /* it is given out once: the second loop makes its own way */
            assert_non_null(workers[i].session);
        }
        assert_int_equal(pthread_create(&workers[i].thread, NULL, meet_many, &workers[i]), 0);
    }
    for (size_t i = 0; i < ARRAY_LEN(workers); i++) {
        (void)pthread_join(workers[i].thread, NULL);
        tls_session_free(&workers[i].session);
    }
    assert_int_equal(workers[0].resumed, 10);
}

/* Many connections, each used once: what they hold then, both ends together. */
static void test_idle_connections(void **state)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    (void)state;
    skip(); /* the allocator is another one */
#else
    enum { COUNT = 50 };
    struct fixture *f = *state;
    for (int round = 0; round < 2; round++) {
        struct side *sides = calloc(2 * COUNT, sizeof *sides);
        use_versions(f, round ? TLS_1_2_ONLY : TLS_1_3_ONLY);
        struct mallinfo2 before = mallinfo2();
        for (size_t i = 0; i < COUNT; i++) {
            struct side *far = &sides[2 * i], *near = &sides[2 * i + 1];
            int fds[2];
            join(fds, false);
            far->loop = near->loop = f->loop;
            far->count_only = near->count_only = true;
            far->conn = conn_accept(f->loop, fds[1], &limits, &events, far);
            conn_start_tls(far->conn, tls_stream_server(f->server));
            near->conn = conn_accept(f->loop, fds[0], &limits, &events, near);
            conn_start_tls(near->conn, tls_stream_client(f->client, "mail.example", NULL));
            RUN_UNTIL(f, far->secured && near->secured);
            conn_write(near->conn, SPAN("\0"));
            RUN_UNTIL(f, far->bytes == 1);
        }
        struct mallinfo2 after = mallinfo2();
        print_message("%s: %zu bytes of heap an idle connection\n", round ? "TLSv1.2" : "TLSv1.3",
                      (after.uordblks + after.hblkhd - before.uordblks - before.hblkhd) / COUNT /
                          2);
        for (size_t i = 0; i < 2 * COUNT; i++)
            conn_close(&sides[i].conn);
        for (int i = 0; i < 20; i++)
            (void)uv_run(loop_native(f->loop), UV_RUN_NOWAIT);
        free(sides);
    }
#endif
}

static int end_all(void **state)
{
    (void)state;
    certificates_fini();
    tls_library_fini();
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_both_ways),
        TEST(test_transfer_1_3),
        TEST(test_transfer_1_2),
        TEST(test_transfer_of_small_slices),
        TEST(test_transfer_over_a_slow_socket),
        TEST(test_reading_into_a_place),
        TEST(test_no_room),
        TEST(test_pauses),
        TEST(test_rest_is_kept),
        TEST(test_window),
        TEST(test_deadline_in_the_handshake),
        TEST(test_closed_in_the_handshake),
        TEST(test_no_tls_in_the_handshake),
        TEST(test_close_notify),
        TEST(test_closed_without_notify),
        TEST(test_half_closed_without_notify),
        TEST(test_half_close),
        TEST(test_close_lets_the_rest_out),
        TEST(test_words_before_tls),
        TEST(test_injection),
        TEST(test_injection_behind_kept_bytes),
        TEST(test_alert_arrives),
        TEST(test_damaged_record),
        TEST(test_close_inside),
        TEST(test_close_in_the_handshake),
        TEST(test_idle_does_not_spin),
        TEST(test_paused_does_not_spin),
        TEST(test_blocked_does_not_spin),
        TEST(test_two_loops),
        TEST(test_idle_connections),
    };
    return cmocka_run_group_tests_name("conn over TLS", tests, NULL, end_all);
}
