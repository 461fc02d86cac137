/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/client/replies.h"

#include "engine/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct buf out;

static void write_out(void *user, struct span bytes)
{
    (void)user;
    buf_add(&out, bytes);
}

static int set_up(void **state)
{
    (void)state;
    buf_fini(&out);
    return 0;
}

#define assert_out(text)                                                                           \
    do {                                                                                           \
        buf_add_byte(&out, '\0');                                                                  \
        out.len--;                                                                                 \
        assert_string_equal(out.ptr, (text));                                                      \
    } while (0)

static void test_said_leaves_at_once(void **state)
{
    struct replies replies;
    (void)state;
    replies_init(&replies, write_out, NULL);
    replies_say(&replies, SPAN("a"));
    assert_out("a");
    assert_true(replies_are_empty(&replies));
    replies_fini(&replies);
}

static void test_order_is_that_of_opening(void **state)
{
    struct replies replies;
    (void)state;
    replies_init(&replies, write_out, NULL);
    struct reply_slot *one = replies_open(&replies);
    struct reply_slot *two = replies_open(&replies);
    replies_say(&replies, SPAN("3"));
    struct reply_slot *four = replies_open(&replies);
    replies_settle(&replies, two, SPAN("2"));
    assert_out("");
    assert_int_equal(replies.count, 4);
    replies_settle(&replies, one, SPAN("1"));
    assert_out("123");
    assert_int_equal(replies.count, 1);
    replies_settle(&replies, four, SPAN("4"));
    assert_out("1234");
    assert_true(replies_are_empty(&replies));
    replies_fini(&replies);
}

/* What waits is a copy: the bytes of the caller may go. */
static void test_waiting_text_is_a_copy(void **state)
{
    struct replies replies;
    char text[] = "later";
    (void)state;
    replies_init(&replies, write_out, NULL);
    struct reply_slot *one = replies_open(&replies);
    replies_say(&replies, span_str(text));
    memset(text, 'x', sizeof text - 1);
    replies_settle(&replies, one, SPAN("now "));
    assert_out("now later");
    replies_fini(&replies);
}

static void test_fini_forgets_all(void **state)
{
    struct replies replies;
    (void)state;
    replies_init(&replies, write_out, NULL);
    (void)replies_open(&replies);
    replies_say(&replies, SPAN("never"));
    replies_fini(&replies);
    assert_true(replies_are_empty(&replies));
    replies_say(&replies, SPAN("again"));
    assert_out("again");
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_said_leaves_at_once, set_up),
        cmocka_unit_test_setup(test_order_is_that_of_opening, set_up),
        cmocka_unit_test_setup(test_waiting_text_is_a_copy, set_up),
        cmocka_unit_test_setup(test_fini_forgets_all, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
