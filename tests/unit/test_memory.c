/* SPDX-License-Identifier: Apache-2.0 */
/* What reading a message costs in memory, for each of its bytes: the shapes that cost most. */
#include "engine/base/buf.h"
#include "engine/message/codecs/codec_reader.h"
#include "tests/support/views_rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define CARD "Content-Type: text/x-vcard\r\n\r\nBEGIN:VCARD\r\n"

static struct span repeated(struct buf *out, const char *header, const char *piece, size_t len)
{
    buf_add_str(out, header);
    while (out->len < len)
        buf_add_str(out, piece);
    return buf_span(out);
}

/* Bytes that the arena of a message takes, its own copy apart. */
static size_t arena_cost(const char *header, const char *piece, size_t len)
{
    struct views_rig rig;
    struct buf message = BUF_INIT;
    views_rig_open(&rig, repeated(&message, header, piece, len));
    struct view *subject = rig_field(&rig, "Content-Type");
    assert_non_null(subject);
    (void)rig_text(&rig, 0);
    size_t cost = arena_size(rig.arena) - message.len;
    buf_fini(&message);
    views_rig_close(&rig);
    return cost;
}

static void a_charset_is_opened_once(void **state)
{
    (void)state;
    size_t cost = arena_cost(CARD,
                             "N;ENCODING=QUOTED-PRINTABLE;CHARSET=windows-1250:=80\r\n"
                             "N;ENCODING=QUOTED-PRINTABLE;CHARSET=windows-1251:=80\r\n",
                             (size_t)1 << 20);
    assert_in_range(cost, 0, (size_t)1 << 20);
}

static void words_share_their_charsets(void **state)
{
    (void)state;
    struct views_rig rig;
    struct buf message = BUF_INIT;
    (void)repeated(&message,
                   "Subject:", "\r\n =?koi8-r?q?=C1?= =?windows-1251?q?=C1?=", (size_t)60 << 10);
    buf_add_str(&message, "\r\n\r\n");
    views_rig_open(&rig, buf_span(&message));
    (void)rig_field(&rig, "Subject");
    assert_in_range(arena_size(rig.arena), 0, message.len + ((size_t)1 << 20));
    buf_fini(&message);
    views_rig_close(&rig);
}

/* The shapes that make the largest tables, and what they cost for each byte of the message. */
static const struct {
    const char *name, *header, *piece;
    size_t most; /* bytes in the arena, in memory and in files for a byte */
} shapes[] = {
    {"escapes", CARD "NOTE:", "\\n", 14},
    {"escapes in text", CARD "NOTE:", "a\\n", 18},
    {"folds", CARD "NOTE:", "\r\n a", 12},
    {"quoted", CARD "NOTE;ENCODING=QUOTED-PRINTABLE:", "a=41", 14},
    {"pictures", CARD, "PHOTO;ENCODING=b:iVBORw0KGgoAAAANSUhEUgAA\r\n", 4},
    {"references", "Content-Type: text/xml\r\n\r\n<a>", "a&lt;", 14},
    {"tags", "Content-Type: image/svg+xml\r\n\r\n<svg>", "a<a>", 24},
    {"comments", "Content-Type: text/xml\r\n\r\n<a>", "a<!---->", 14},
    {"invisible",
     "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n",
     "a\xe2\x80\x8b", 3},
    {"quoted-printable", "Content-Transfer-Encoding: quoted-printable\r\n\r\n", "=41=\r\n", 6},
};

static void no_shape_costs_much(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct views_rig rig;
        struct buf message = BUF_INIT;
        views_rig_open(&rig, repeated(&message, shapes[i].header, shapes[i].piece, 1 << 20));
        (void)view_as_read(rig_text(&rig, 0));
        uint64_t cost = arena_size(rig.arena) - message.len + views_budget(rig.views)->made;
        if (cost > shapes[i].most * message.len)
            fail_msg("%s: %.1f bytes for one", shapes[i].name, (double)cost / (double)message.len);
        buf_fini(&message);
        views_rig_close(&rig);
    }
}

/* Beyond the limit, or without time, the source is the text and the outcome is named. */
static void is_given_up(const char *header, const char *piece, size_t len, bool late,
                        enum uninspected reason)
{
    struct views_rig rig;
    struct buf message = BUF_INIT;
    views_rig_open(&rig, repeated(&message, header, piece, len));
    if (late)
        views_set_deadline(rig.views, 1);
    struct view *text = rig_text(&rig, 0);
    if (text->uninspected != reason)
        fail_msg("%s: %d", piece, (int)text->uninspected);
    assert_non_null(text->read_only);
    assert_true(text->passes == late);
    assert_true(span_ends_nocase(text->text, span_str(piece)));
    uint64_t cost = arena_size(rig.arena) - message.len + views_budget(rig.views)->made;
    assert_in_range(cost, 0, ((size_t)80 << 20) + 2 * len);
    buf_fini(&message);
    views_rig_close(&rig);
}

static void too_much_is_named(void **state)
{
    (void)state;
    is_given_up(CARD "NOTE:", "a\\n", (size_t)8 << 20, false, UNINSPECTED_LIMIT);
    is_given_up("Content-Type: text/xml\r\n\r\n<a>", "a&lt;", (size_t)12 << 20, false,
                UNINSPECTED_LIMIT);
    is_given_up("Content-Type: text/xml\r\n\r\n<a>", "a<!---->", (size_t)10 << 20, false,
                UNINSPECTED_LIMIT);
}

static void the_time_is_looked_at(void **state)
{
    (void)state;
    is_given_up(CARD "NOTE:", "a\\n", 4096, true, UNINSPECTED_TIME_BUDGET);
    is_given_up("Content-Type: text/xml\r\n\r\n<a>", "a&lt;", 4096, true, UNINSPECTED_TIME_BUDGET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_shape_costs_much),        cmocka_unit_test(too_much_is_named),
        cmocka_unit_test(the_time_is_looked_at),      cmocka_unit_test(a_charset_is_opened_once),
        cmocka_unit_test(words_share_their_charsets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
