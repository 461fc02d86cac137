/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stream logic of conn on the virtual network: everything that real sockets do only now and
 * then (partial writes, splits at every byte, the end behind unread bytes, deadlines) happens here
 * always and in a known order.
 */
#include "tests/support/fake/fake.h"

#include "engine/base/buf.h"
#include "engine/loop/workers.h"
#include "tunnels/wire/conn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* after the four headers that it needs */
#include <cmocka.h>

/* One side under test and what happened to it. */
struct side {
    struct loop *loop;
    struct conn *conn;
    struct buf got;
    unsigned calls; /* of on_data */
    unsigned opens;
    unsigned drains;
    unsigned ends;
    enum conn_end how;
    char reason[128];
    size_t take_at_most; /* in one call of on_data */
    bool line_wise;      /* takes whole lines only */
    bool pause_after_line;
    bool close_in_data;
    bool close_in_done;
    const char *farewell; /* written in on_end */
    char *place;          /* for reading into */
    size_t room;
    size_t placed;
    unsigned dones;
};

static const struct conn_limits limits = {.read_max = 32768, .window_max = 4096};

static void on_open(void *user)
{
    struct side *side = user;
    side->opens++;
}

static size_t on_data(void *user, char *bytes, size_t len)
{
    struct side *side = user;
    size_t used = len;
    side->calls++;
    if (side->line_wise) {
        size_t lf = span_find_byte(span_of(bytes, len), '\n');
        used = lf == SPAN_NONE ? 0 : lf + 1;
    }
    if (side->take_at_most > 0 && used > side->take_at_most)
        used = side->take_at_most;
    if (side->place && bytes == side->place + side->placed)
        side->placed += used;
    buf_add(&side->got, span_of(bytes, used));
    if (side->pause_after_line && used > 0)
        conn_pause(side->conn);
    if (side->close_in_data)
        conn_close(&side->conn);
    return used;
}

static void on_drained(void *user)
{
    struct side *side = user;
    side->drains++;
}

static void on_end(void *user, enum conn_end end, const char *reason)
{
    struct side *side = user;
    side->ends++;
    side->how = end;
    (void)snprintf(side->reason, sizeof side->reason, "%s", reason);
    if (side->farewell)
        conn_write(side->conn, span_str(side->farewell));
    conn_close(&side->conn);
}

static const struct conn_events events = {
    .on_open = on_open, .on_data = on_data, .on_drained = on_drained, .on_end = on_end};

struct fixture {
    struct side side;
    struct fake_peer *peer;
};

static struct fixture *begin(void **state)
{
    struct fixture *f = *state;
    int fd;
    f->peer = fake_call(f->side.loop, "192.0.2.7", 4711, &fd);
    f->side.conn = conn_accept(f->side.loop, fd, &limits, &events, &f->side);
    return f;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->side.loop = loop_new();
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    conn_close(&f->side.conn);
    fake_advance(f->side.loop, 10000);
    unsigned open = fake_fini();
    loop_free(&f->side.loop);
    buf_fini(&f->side.got);
    free(f);
    return open == 0 ? 0 : -1;
}

#define assert_span(span, text) assert_true(span_is((span), (text)))

static void test_names(void **state)
{
    struct fixture *f = begin(state);
    assert_string_equal(conn_peer_address(f->side.conn), "192.0.2.7");
    assert_int_equal(conn_peer_port(f->side.conn), 4711);
}

static void test_data_and_leftover(void **state)
{
    struct fixture *f = begin(state);
    f->side.line_wise = true;
    fake_send_text(f->peer, "one\ntwo\nthr");
    fake_settle(f->side.loop);
    assert_span(buf_span(&f->side.got), "one\ntwo\n");
    assert_int_equal(f->side.calls, 3);
    fake_send_text(f->peer, "ee\n");
    fake_settle(f->side.loop);
    assert_span(buf_span(&f->side.got), "one\ntwo\nthree\n");
}

static void test_byte_by_byte(void **state)
{
    struct fixture *f = begin(state);
    fake_cut(FAKE_BYTES, 0);
    f->side.line_wise = true;
    fake_send_text(f->peer, "EHLO a\r\nMAIL FROM:<>\r\nrest");
    fake_settle(f->side.loop);
    assert_span(buf_span(&f->side.got), "EHLO a\r\nMAIL FROM:<>\r\n");
}

static void test_pause_and_resume(void **state)
{
    struct fixture *f = begin(state);
    f->side.line_wise = true;
    f->side.pause_after_line = true;
    fake_send_text(f->peer, "one\ntwo\n");
    fake_settle(f->side.loop);
    assert_span(buf_span(&f->side.got), "one\n");
    fake_send_text(f->peer, "three\n");
    fake_settle(f->side.loop);
    assert_span(buf_span(&f->side.got), "one\n");
    assert_int_equal(fake_unread(f->peer), 6);
    conn_resume(f->side.conn);
    assert_span(buf_span(&f->side.got), "one\n"); /* not from inside */
    fake_settle(f->side.loop);
    assert_span(buf_span(&f->side.got), "one\ntwo\n");
    f->side.pause_after_line = false;
    conn_resume(f->side.conn);
    fake_settle(f->side.loop);
    assert_span(buf_span(&f->side.got), "one\ntwo\nthree\n");
}

static void test_end_waits_behind_paused_input(void **state)
{
    struct fixture *f = begin(state);
    f->side.line_wise = true;
    f->side.pause_after_line = true;
    fake_send_text(f->peer, "one\ntwo\n");
    fake_end(f->peer);
    fake_settle(f->side.loop);
    assert_int_equal(f->side.ends, 0);
    conn_resume(f->side.conn);
    fake_settle(f->side.loop);
    assert_int_equal(f->side.ends, 0);
    assert_span(buf_span(&f->side.got), "one\ntwo\n");
    f->side.farewell = "221 bye\r\n";
    conn_resume(f->side.conn);
    fake_settle(f->side.loop);
    assert_int_equal(f->side.ends, 1);
    assert_int_equal(f->side.how, CONN_EOF);
    assert_span(fake_received(f->peer), "221 bye\r\n");
    assert_true(fake_is_closed(f->peer));
}

static void test_one_write_an_event(void **state)
{
    struct fixture *f = begin(state);
    conn_write(f->side.conn, SPAN("250-a\r\n"));
    conn_write(f->side.conn, SPAN("250 b\r\n"));
    assert_int_equal(fake_writes(f->peer), 0);
    fake_settle(f->side.loop);
    assert_int_equal(fake_writes(f->peer), 1);
    assert_span(fake_received(f->peer), "250-a\r\n250 b\r\n");
    assert_int_equal(f->side.drains, 1);
}

static void test_partial_writes(void **state)
{
    struct fixture *f = begin(state);
    fake_take_only(f->peer, 3);
    conn_write(f->side.conn, SPAN("abcdef"));
    fake_settle(f->side.loop);
    assert_span(fake_received(f->peer), "abc");
    assert_int_equal(f->side.drains, 0);
    conn_write(f->side.conn, SPAN("ghi"));
    fake_settle(f->side.loop);
    fake_take_only(f->peer, SIZE_MAX);
    fake_settle(f->side.loop);
    assert_span(fake_received(f->peer), "abcdefghi");
    assert_int_equal(f->side.drains, 1);
}

static void test_window_stops_reading(void **state)
{
    struct fixture *f = begin(state);
    char block[5000];
    memset(block, 'x', sizeof block);
    fake_take_only(f->peer, 0);
    conn_write(f->side.conn, span_of(block, sizeof block));
    fake_settle(f->side.loop);
    fake_send_text(f->peer, "more");
    fake_settle(f->side.loop);
    assert_int_equal(f->side.got.len, 0);
    fake_take_only(f->peer, 2000); /* still above half of the window */
    fake_settle(f->side.loop);
    assert_int_equal(f->side.got.len, 0);
    fake_take_only(f->peer, 2000);
    fake_settle(f->side.loop);
    assert_span(buf_span(&f->side.got), "more");
}

/* A source of `total` bytes in slices of `slice`. */
struct numbers {
    struct side *side;
    char *bytes;
    size_t total;
    size_t slice;
    size_t at;
};

static size_t next_numbers(void *arg, struct span *slices_out, size_t max)
{
    struct numbers *n = arg;
    size_t count = 0;
    while (count < max && n->at < n->total) {
        size_t len = n->total - n->at < n->slice ? n->total - n->at : n->slice;
        slices_out[count++] = span_of(n->bytes + n->at, len);
        n->at += len;
    }
    return count;
}

static void numbers_done(void *arg)
{
    struct numbers *n = arg;
    n->side->dones++;
    if (n->side->close_in_done)
        conn_close(&n->side->conn);
}

static void fill(struct numbers *n, struct side *side, size_t total, size_t slice)
{
    *n = (struct numbers){.side = side, .total = total, .slice = slice};
    n->bytes = malloc(total);
    for (size_t i = 0; i < total; i++)
        n->bytes[i] = (char)(i * 7 + i / 251);
}

static void check_source(struct fixture *f, size_t total, size_t slice)
{
    struct numbers n;
    fill(&n, &f->side, total, slice);
    struct conn_source source = {.next = next_numbers, .done = numbers_done, .arg = &n};
    conn_write(f->side.conn, SPAN("before"));
    conn_send(f->side.conn, &source);
    conn_write(f->side.conn, SPAN("behind"));
    fake_settle(f->side.loop);
    struct span got = fake_received(f->peer);
    assert_int_equal(got.len, 12 + total);
    assert_true(span_starts(got, SPAN("before")));
    assert_true(span_equal(span_sub(got, 6, total), span_of(n.bytes, total)));
    assert_span(span_from(got, 6 + total), "behind");
    assert_int_equal(f->side.dones, 1);
    free(n.bytes);
}

static void test_source_large_slices(void **state)
{
    struct fixture *f = begin(state);
    check_source(f, 3u << 20, 100000);
    /* no write is larger than read_max, none is wasted */
    assert_true(fake_writes(f->peer) >= 96 && fake_writes(f->peer) <= 99);
}

static void test_source_small_slices(void **state)
{
    struct fixture *f = begin(state);
    check_source(f, 200000, 3);
    assert_true(fake_writes(f->peer) < 12);
}

static void test_source_random_writes(void **state)
{
    struct fixture *f = begin(state);
    fake_cut(FAKE_RANDOM, 7);
    check_source(f, 400000, 1111);
}

static void test_source_slow_reader(void **state)
{
    struct fixture *f = begin(state);
    struct numbers n;
    fill(&n, &f->side, 10000, 700);
    struct conn_source source = {.next = next_numbers, .done = numbers_done, .arg = &n};
    fake_take_only(f->peer, 0);
    conn_send(f->side.conn, &source);
    for (int i = 0; i < 100; i++) {
        fake_settle(f->side.loop);
        assert_int_equal(f->side.dones, 0);
        assert_int_equal(fake_received(f->peer).len, 100 * i);
        fake_take_only(f->peer, 100);
    }
    fake_settle(f->side.loop);
    assert_int_equal(f->side.dones, 1);
    free(n.bytes);
}

static void test_empty_source(void **state)
{
    struct fixture *f = begin(state);
    struct numbers n = {.side = &f->side, .slice = 1};
    struct conn_source source = {.next = next_numbers, .done = numbers_done, .arg = &n};
    conn_send(f->side.conn, &source);
    fake_settle(f->side.loop);
    assert_int_equal(f->side.dones, 1);
    assert_int_equal(f->side.drains, 1);
}

static void test_close_in_done(void **state)
{
    struct fixture *f = begin(state);
    struct numbers n;
    fill(&n, &f->side, 10000, 700);
    struct conn_source source = {.next = next_numbers, .done = numbers_done, .arg = &n};
    f->side.close_in_done = true;
    conn_send(f->side.conn, &source);
    conn_write(f->side.conn, SPAN("QUIT\r\n"));
    fake_settle(f->side.loop);
    assert_int_equal(fake_received(f->peer).len, 10006);
    assert_true(fake_is_closed(f->peer));
    free(n.bytes);
}

static void test_close_drops_unfinished_source(void **state)
{
    struct fixture *f = begin(state);
    struct numbers n;
    fill(&n, &f->side, 10000, 700);
    struct conn_source source = {.next = next_numbers, .done = numbers_done, .arg = &n};
    fake_take_only(f->peer, 900);
    conn_write(f->side.conn, SPAN("DATA\r\n"));
    conn_send(f->side.conn, &source);
    conn_write(f->side.conn, SPAN("QUIT\r\n"));
    fake_settle(f->side.loop);
    conn_close(&f->side.conn);
    fake_take_only(f->peer, SIZE_MAX);
    fake_settle(f->side.loop);
    assert_int_equal(fake_received(f->peer).len, 900);
    assert_int_equal(f->side.dones, 0);
    assert_true(fake_is_closed(f->peer));
    free(n.bytes);
}

static void test_deadline(void **state)
{
    struct fixture *f = begin(state);
    f->side.farewell = "421 4.4.2 timeout\r\n";
    conn_deadline(f->side.conn, 1000);
    fake_advance(f->side.loop, 900);
    conn_deadline(f->side.conn, 1000);
    fake_advance(f->side.loop, 900);
    assert_int_equal(f->side.ends, 0);
    fake_advance(f->side.loop, 100);
    assert_int_equal(f->side.ends, 1);
    assert_int_equal(f->side.how, CONN_TIMEOUT);
    assert_span(fake_received(f->peer), "421 4.4.2 timeout\r\n");
    assert_true(fake_is_closed(f->peer));
}

static void test_deadline_off(void **state)
{
    struct fixture *f = begin(state);
    conn_deadline(f->side.conn, 1000);
    conn_deadline(f->side.conn, 0);
    fake_advance(f->side.loop, 5000);
    assert_int_equal(f->side.ends, 0);
}

static void test_reset(void **state)
{
    struct fixture *f = begin(state);
    fake_settle(f->side.loop);
    fake_break(f->peer);
    fake_settle(f->side.loop);
    assert_int_equal(f->side.ends, 1);
    assert_int_equal(f->side.how, CONN_RESET);
    assert_string_equal(f->side.reason, "Connection reset by peer");
}

static void test_last_words_before_reset(void **state)
{
    struct fixture *f = begin(state);
    f->side.line_wise = true;
    f->side.pause_after_line = true;
    fake_settle(f->side.loop);
    fake_send_text(f->peer, "421 one\n421 two\n");
    fake_break_behind(f->peer);
    fake_settle(f->side.loop);
    assert_span(buf_span(&f->side.got), "421 one\n");
    f->side.pause_after_line = false;
    conn_resume(f->side.conn);
    fake_settle(f->side.loop);
    assert_span(buf_span(&f->side.got), "421 one\n421 two\n");
    assert_int_equal(f->side.ends, 1);
    assert_int_equal(f->side.how, CONN_RESET);
}

static void test_reset_in_many_reads(void **state)
{
    struct fixture *f = begin(state);
    fake_cut(FAKE_BYTES, 0);
    fake_send_text(f->peer, "421 the reset is behind this\r\n");
    fake_break_behind(f->peer);
    fake_settle(f->side.loop);
    assert_span(buf_span(&f->side.got), "421 the reset is behind this\r\n");
    assert_int_equal(f->side.ends, 1);
}

static void test_reset_found_by_writing_while_paused(void **state)
{
    struct fixture *f = begin(state);
    conn_pause(f->side.conn);
    fake_settle(f->side.loop);
    fake_break(f->peer);
    fake_settle(f->side.loop);
    assert_int_equal(f->side.ends, 0);
    conn_write(f->side.conn, SPAN("x"));
    fake_settle(f->side.loop);
    assert_int_equal(f->side.ends, 1);
    assert_int_equal(f->side.how, CONN_RESET);
}

static void test_close_in_data(void **state)
{
    struct fixture *f = begin(state);
    f->side.close_in_data = true;
    f->side.take_at_most = 1;
    fake_send_text(f->peer, "abc");
    fake_settle(f->side.loop);
    assert_int_equal(f->side.calls, 1);
    assert_int_equal(f->side.ends, 0);
    assert_true(fake_is_shut(f->peer)); /* what came behind would reset the stream */
    assert_false(fake_is_closed(f->peer));
    fake_send_text(f->peer, "still sending");
    fake_settle(f->side.loop);
    assert_int_equal(fake_unread(f->peer), 0);
    fake_end(f->peer);
    fake_settle(f->side.loop);
    assert_true(fake_is_closed(f->peer));
}

static void test_close_has_limited_patience(void **state)
{
    struct fixture *f = begin(state);
    fake_take_only(f->peer, 0);
    conn_write(f->side.conn, SPAN("never taken"));
    fake_settle(f->side.loop);
    conn_close(&f->side.conn);
    fake_advance(f->side.loop, 2000);
    assert_false(fake_is_closed(f->peer));
    fake_advance(f->side.loop, 2000);
    assert_true(fake_is_closed(f->peer));
}

static void test_broken_from_the_start(void **state)
{
    struct fixture *f = *state;
    f->side.conn = conn_accept(f->side.loop, -1, &limits, &events, &f->side);
    assert_int_equal(f->side.ends, 0);
    fake_settle(f->side.loop);
    assert_int_equal(f->side.ends, 1);
    assert_int_equal(f->side.how, CONN_RESET);
    f->peer = NULL;
}

static char *reserve(void *user, size_t *room_out)
{
    struct side *side = user;
    *room_out = side->room - side->placed;
    return *room_out > 0 ? side->place + side->placed : NULL;
}

static void test_read_into(void **state)
{
    struct fixture *f = begin(state);
    char place[8];
    f->side.line_wise = true;
    fake_send_text(f->peer, "DATA\nabc");
    fake_settle(f->side.loop);
    f->side.line_wise = false;
    f->side.place = place;
    f->side.room = sizeof place;
    conn_read_into(f->side.conn, reserve);
    conn_resume(f->side.conn); /* what was kept comes first, from where it is kept */
    fake_settle(f->side.loop);
    assert_int_equal(f->side.placed, 0);
    fake_send_text(f->peer, "0123456789");
    fake_settle(f->side.loop);
    assert_int_equal(f->side.placed, 8);
    assert_memory_equal(place, "01234567", 8);
    assert_int_equal(fake_unread(f->peer), 2); /* no room: paused */
    conn_read_into(f->side.conn, NULL);
    f->side.place = NULL;
    conn_resume(f->side.conn);
    fake_settle(f->side.loop);
    assert_span(buf_span(&f->side.got), "DATA\nabc0123456789");
}

static void test_connect(void **state)
{
    struct fixture *f = *state;
    fake_serve("mta.example", 25, FAKE_ACCEPT);
    f->side.conn = conn_connect(f->side.loop, "mta.example", 25, 1000, &limits, &events, &f->side);
    conn_write(f->side.conn, SPAN("early"));
    assert_int_equal(f->side.opens, 0);
    fake_settle(f->side.loop);
    assert_int_equal(f->side.opens, 1);
    f->peer = fake_accept("mta.example", 25);
    assert_non_null(f->peer);
    assert_span(fake_received(f->peer), "early");
    assert_string_equal(conn_peer_address(f->side.conn), "mta.example");
}

static void test_connect_refused(void **state)
{
    struct fixture *f = *state;
    f->side.conn = conn_connect(f->side.loop, "gone", 25, 1000, &limits, &events, &f->side);
    assert_int_equal(f->side.ends, 0);
    fake_settle(f->side.loop);
    assert_int_equal(f->side.how, CONN_REFUSED);
    assert_int_equal(f->side.ends, 1);
    assert_int_equal(fake_dials("gone", 25), 1);
}

static void test_connect_timeout(void **state)
{
    struct fixture *f = *state;
    fake_serve("slow", 25, FAKE_SILENT);
    f->side.conn = conn_connect(f->side.loop, "slow", 25, 1000, &limits, &events, &f->side);
    fake_advance(f->side.loop, 999);
    assert_int_equal(f->side.ends, 0);
    fake_advance(f->side.loop, 1);
    assert_int_equal(f->side.how, CONN_REFUSED);
    assert_string_equal(f->side.reason, "connecting timed out");
}

static void test_close_while_connecting(void **state)
{
    struct fixture *f = *state;
    fake_serve("slow", 25, FAKE_SILENT);
    f->side.conn = conn_connect(f->side.loop, "slow", 25, 1000, &limits, &events, &f->side);
    fake_settle(f->side.loop);
    conn_close(&f->side.conn);
    fake_advance(f->side.loop, 2000);
    assert_int_equal(f->side.ends, 0);
    f->peer = NULL;
}

struct counted_job {
    struct job job;
    int ran;
    int done;
};

static void run_job(struct job *job)
{
    CONTAINER_OF(job, struct counted_job, job)->ran++;
}

static void job_done(struct job *job)
{
    CONTAINER_OF(job, struct counted_job, job)->done++;
}

static void test_workers(void **state)
{
    struct fixture *f = *state;
    struct workers *workers = workers_new(2, 1, 0);
    struct counted_job one = {.job = {.run = run_job, .done = job_done}};
    struct counted_job two = one;
    fake_hold_workers(true);
    assert_true(workers_submit(workers, f->side.loop, &one.job));
    assert_false(workers_submit(workers, f->side.loop, &two.job));
    fake_settle(f->side.loop);
    assert_int_equal(one.ran, 0);
    fake_hold_workers(false);
    fake_settle(f->side.loop);
    assert_int_equal(one.ran, 1);
    assert_int_equal(one.done, 1);
    assert_int_equal(two.ran, 0);
    workers_free(&workers);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_names),
        TEST(test_data_and_leftover),
        TEST(test_byte_by_byte),
        TEST(test_pause_and_resume),
        TEST(test_end_waits_behind_paused_input),
        TEST(test_one_write_an_event),
        TEST(test_partial_writes),
        TEST(test_window_stops_reading),
        TEST(test_source_large_slices),
        TEST(test_source_small_slices),
        TEST(test_source_random_writes),
        TEST(test_source_slow_reader),
        TEST(test_empty_source),
        TEST(test_close_in_done),
        TEST(test_close_drops_unfinished_source),
        TEST(test_deadline),
        TEST(test_deadline_off),
        TEST(test_reset),
        TEST(test_last_words_before_reset),
        TEST(test_reset_in_many_reads),
        TEST(test_reset_found_by_writing_while_paused),
        TEST(test_close_in_data),
        TEST(test_close_has_limited_patience),
        TEST(test_broken_from_the_start),
        TEST(test_read_into),
        TEST(test_connect),
        TEST(test_connect_refused),
        TEST(test_connect_timeout),
        TEST(test_close_while_connecting),
        TEST(test_workers),
    };
    return cmocka_run_group_tests_name("conn_fake", tests, NULL, NULL);
}
