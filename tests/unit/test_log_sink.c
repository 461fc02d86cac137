/* SPDX-License-Identifier: Apache-2.0 */
/* Who reads the log may stop: nothing waits for it, and what is lost is told. */
#include "engine/base/log_sink.h"

#include "engine/base/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static char text[1 << 20];

static void write_lines(size_t count)
{
    for (size_t i = 0; i < count; i++)
        log_event(LOG_INFO, "event", LOG_NUM("number", i));
}

static void drain(int fd)
{
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    size_t len = 0;
    for (ssize_t got; (got = read(fd, text + len, sizeof text - 1 - len)) > 0;)
        len += (size_t)got;
    text[len] = '\0';
}

static size_t count_lines(const char *word)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
        count++;
    return count;
}

/* The lines that went out are whole and the first ones; the next that does tells of the others. */
static void check_stalled(int writer, int reader)
{
    char told[64];
    uint64_t before = log_sink_lost();
    (void)alarm(20); /* a write that waits would wait for good */
    log_setup(writer, LOG_INFO, LOG_TEXT);
    write_lines(20000);
    uint64_t lost = log_sink_lost() - before;
    assert_in_range(lost, 1, 19999);
    drain(reader);
    assert_int_equal(count_lines("event number="), 20000 - lost);
    assert_int_equal(count_lines("\n"), 20000 - lost);
    write_lines(1);
    drain(reader);
    (void)snprintf(told, sizeof told, " warning log.lost lines=%llu\n", (unsigned long long)lost);
    assert_non_null(strstr(text, told));
    assert_int_equal(count_lines("\n"), 2);
    write_lines(1);
    drain(reader);
    assert_int_equal(count_lines("\n"), 1);
    log_setup(STDERR_FILENO, LOG_INFO, LOG_TEXT);
    (void)alarm(0);
}

static void test_a_pipe(void **state)
{
    int ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    check_stalled(ends[1], ends[0]);
    /* The descriptor that others use, too, is as it was. */
    assert_int_equal(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void test_a_socket(void **state)
{
    int ends[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    check_stalled(ends[1], ends[0]);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* A reader that is gone is no end of the process either. */
static void test_nobody_there(void **state)
{
    int ends[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    (void)close(ends[0]);
    log_setup(ends[1], LOG_INFO, LOG_TEXT);
    uint64_t before = log_sink_lost();
    write_lines(3);
    assert_int_equal(log_sink_lost() - before, 3);
    log_setup(STDERR_FILENO, LOG_INFO, LOG_TEXT);
    (void)close(ends[1]);
}

static void test_announcements(void **state)
{
    int ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    log_setup(ends[1], LOG_INFO, LOG_JSON);
    const struct log_field fields[] = {LOG_WHOLE("tunnel", SPAN("to \"them\"")),
                                       LOG_STR("address", "127.0.0.1:25")};
    log_announce("culvert ready", fields, ARRAY_LEN(fields));
    drain(ends[0]);
    assert_string_equal(text, "culvert ready tunnel=\"to \\\"them\\\"\" address=127.0.0.1:25\n");
    log_setup(STDERR_FILENO, LOG_INFO, LOG_TEXT);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_pipe), cmocka_unit_test(test_a_socket),
        cmocka_unit_test(test_nobody_there), cmocka_unit_test(test_announcements)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
