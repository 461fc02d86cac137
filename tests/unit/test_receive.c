/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/mail/receive.h"

#include "engine/base/buf.h"
#include "engine/base/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct tunnel make_tunnel(void)
{
    return (struct tunnel){.name = SPAN("t"),
                           .spool = spool_limits_default,
                           .conn = {.read_max = 4096},
                           .max_message_size = 1000};
}

/* Feeds `wire` in pieces, in place (as the socket does) or as copies; what was not consumed in
 * *rest_out. */
static enum parse_result feed(struct receiver *receiver, struct span wire, size_t piece,
                              bool in_place, struct span *rest_out)
{
    enum parse_result result = PARSE_MORE;
    while (wire.len > 0 && result == PARSE_MORE) {
        struct span part = span_sub(wire, 0, piece);
        size_t room = 0;
        size_t consumed = 0;
        char *place = in_place ? receiver_reserve(receiver, &room) : NULL;
        char *copy = NULL;
        if (!place)
            place = copy = malloc(part.len);
        else if (part.len > room)
            part.len = room;
        memcpy(place, part.ptr, part.len);
        result = receiver_take(receiver, place, part.len, &consumed);
        free(copy);
        if (result == PARSE_MORE)
            assert_int_equal(consumed, part.len);
        wire = span_from(wire, consumed);
    }
    *rest_out = wire;
    return result;
}

static void check(struct tunnel *tunnel, struct span wire, const char *text, unsigned code)
{
    for (size_t piece = 1; piece <= wire.len; piece++) {
        for (int in_place = 0; in_place < 2; in_place++) {
            struct receiver receiver;
            struct span rest;
            receiver_init(&receiver, tunnel);
            assert_int_equal(feed(&receiver, wire, piece, in_place, &rest), PARSE_DONE);
            assert_true(span_is(rest, "QUIT\r\n"));
            const struct reply *verdict = receiver_verdict(&receiver);
            assert_int_equal(verdict ? verdict->code : 0, code);
            if (!verdict)
                assert_true(span_is(receiver_bytes(&receiver), text));
            receiver_fini(&receiver);
        }
    }
}

static void test_text(void **state)
{
    struct tunnel tunnel = make_tunnel();
    (void)state;
    check(&tunnel, SPAN("a: b\r\n\r\n..c\r\nd\r\n.\r\nQUIT\r\n"), "a: b\r\n\r\n.c\r\nd\r\n", 0);
    check(&tunnel, SPAN(".\r\nQUIT\r\n"), "", 0);
}

static void test_known_dots(void **state)
{
    struct tunnel tunnel = make_tunnel();
    struct receiver receiver;
    struct span rest;
    (void)state;
    receiver_init(&receiver, &tunnel);
    assert_int_equal(feed(&receiver, SPAN("a\r\n.\r\n"), 100, true, &rest), PARSE_DONE);
    assert_int_equal(receiver_known(&receiver).dots.count, 0);
    receiver_fini(&receiver);
    receiver_init(&receiver, &tunnel);
    assert_int_equal(feed(&receiver, SPAN("..a\r\n.\r\n"), 100, true, &rest), PARSE_DONE);
    assert_int_equal(receiver_known(&receiver).dots.count, 1);
    receiver_fini(&receiver);
}

static void test_bare_newlines_are_refused_at_the_real_end(void **state)
{
    struct tunnel tunnel = make_tunnel();
    (void)state;
    check(&tunnel, SPAN("a\n.\nMAIL FROM:<x>\r\n.\r\nQUIT\r\n"), NULL, 550);
    check(&tunnel, SPAN("a\r\n.\rb\r\n.\r\nQUIT\r\n"), NULL, 550);
}

static void test_bare_newlines_are_mended(void **state)
{
    struct tunnel tunnel = make_tunnel();
    (void)state;
    tunnel.bare_newline = BARE_NEWLINE_NORMALIZE;
    check(&tunnel, SPAN("a\nb\r\r\n.\r\nQUIT\r\n"), "a\r\nb\r\n\r\n", 0);
}

static void test_too_large_is_refused_at_the_real_end(void **state)
{
    struct tunnel tunnel = make_tunnel();
    (void)state;
    tunnel.max_message_size = 10;
    check(&tunnel, SPAN("0123456\r\n0123456\r\n.\r\nQUIT\r\n"), NULL, 552);
    check(&tunnel, SPAN("01234567\r\n.\r\nQUIT\r\n"), "01234567\r\n", 0);
    tunnel.max_message_size = 0;
    tunnel.spool.max_bytes = 10;
    check(&tunnel, SPAN("0123456\r\n0123456\r\n.\r\nQUIT\r\n"), NULL, 552);
}

static void test_no_space_is_for_later(void **state)
{
    struct tunnel tunnel = make_tunnel();
    (void)state;
    tunnel.spool.memory_bytes = 1;
    tunnel.spool.directory = "/nowhere/at/all";
    check(&tunnel, SPAN("0123456\r\n.\r\nQUIT\r\n"), NULL, 452);
}

int main(void)
{
    log_setup(open("/dev/null", O_WRONLY | O_CLOEXEC), LOG_ERROR, LOG_TEXT);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_known_dots),
        cmocka_unit_test(test_bare_newlines_are_refused_at_the_real_end),
        cmocka_unit_test(test_bare_newlines_are_mended),
        cmocka_unit_test(test_too_large_is_refused_at_the_real_end),
        cmocka_unit_test(test_no_space_is_for_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
