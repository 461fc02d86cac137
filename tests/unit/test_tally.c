/* SPDX-License-Identifier: Apache-2.0 */
/* What happens to many clients at a time leaves two lines in the log, not thousands. */
#include "tunnels/tally.h"

#include "engine/base/log.h"
#include "tunnels/tunnel.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

/* A reload puts another tunnel in the place of the first. */
static void test_the_line_says_what_it_is_about(void **state)
{
    int ends[2];
    char text[512];
    struct loop *loop = loop_new();
    struct tally tally;
    const struct tunnel first = {.name = SPAN_INIT("first")},
                        second = {.name = SPAN_INIT("second")};
    const struct tunnel *tunnel = &first;
    (void)state;
    assert_int_equal(pipe(ends), 0);
    log_setup(ends[1], LOG_INFO, LOG_TEXT);
    tally_init(&tally, loop, "too.many");
    tally_name(&tally, &tunnel, "not allowed");
    assert_true(tally_is_first(&tally));
    assert_false(tally_is_first(&tally));
    tunnel = &second;
    tally_fini(&tally);
    (void)close(ends[1]);
    log_setup(STDERR_FILENO, LOG_INFO, LOG_TEXT);
    ssize_t len = read(ends[0], text, sizeof text - 1);
    assert_true(len > 0);
    text[len] = '\0';
    const char *line = strstr(text, "too.many");
    assert_non_null(line);
    assert_string_equal(line, "too.many tunnel=second why=\"not allowed\" more=1 seconds=10\n");
    (void)close(ends[0]);
    loop_free(&loop);
}

static void test_the_first_is_logged_and_the_rest_counted(void **state)
{
    int ends[2];
    char text[512];
    struct loop *loop = loop_new();
    struct tally tally;
    (void)state;
    assert_int_equal(pipe(ends), 0);
    log_setup(ends[1], LOG_INFO, LOG_TEXT);
    tally_init(&tally, loop, "too.many");
    assert_true(tally_is_first(&tally));
    for (int i = 0; i < 1000; i++)
        assert_false(tally_is_first(&tally));
    tally_fini(&tally);
    tally_fini(&tally);
    (void)close(ends[1]);
    log_setup(STDERR_FILENO, LOG_INFO, LOG_TEXT);
    ssize_t len = read(ends[0], text, sizeof text - 1);
    assert_true(len > 0);
    text[len] = '\0';
    const char *line = strstr(text, "too.many");
    assert_non_null(line);
    assert_string_equal(line, "too.many more=1000 seconds=10\n");
    assert_true(tally_is_first(&tally));
    tally_fini(&tally);
    (void)close(ends[0]);
    loop_free(&loop);
}

/* Of what differs each time some more lines are wanted, again and again. */
static void test_some_more_are_allowed(void **state)
{
    struct loop *loop = loop_new();
    struct tally tally;
    (void)state;
    tally_init(&tally, loop, "too.many");
    tally_allow(&tally, 2);
    for (int i = 0; i < 3; i++)
        assert_true(tally_is_first(&tally));
    for (int i = 0; i < 10; i++)
        assert_false(tally_is_first(&tally));
    tally.timer.on_expiry(tally.timer.arg); /* the time is over: 10 more are reported */
    assert_int_equal(tally.more, 0);
    assert_true(tally_is_first(&tally));
    assert_true(tally_is_first(&tally));
    assert_false(tally_is_first(&tally));
    tally_fini(&tally);
    loop_free(&loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_line_says_what_it_is_about),
        cmocka_unit_test(test_the_first_is_logged_and_the_rest_counted),
        cmocka_unit_test(test_some_more_are_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
