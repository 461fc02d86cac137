/* SPDX-License-Identifier: Apache-2.0 */
/* Right-to-left overrides: the text as it is seen, and masks through it. */
#include "engine/message/codecs/codec_turned.h"

#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/codec_folded.h"
#include "engine/message/library.h"
#include "tests/support/views_rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdlib.h>

#define RLO "\u202e"
#define PDF "\u202c"

static struct view *open_turned(struct views_rig *rig, struct span text)
{
    struct buf message = BUF_INIT;
    buf_add_str(&message, "Content-Type: text/plain; charset=utf-8\r\n"
                          "Content-Transfer-Encoding: 8bit\r\n\r\n");
    buf_add(&message, text);
    views_rig_open(rig, buf_span(&message));
    buf_fini(&message);
    return view_as_turned(rig_text(rig, 0));
}

/* What is seen of it, folded. */
static void expect(const char *text, const char *seen)
{
    struct views_rig rig;
    struct view *view = open_turned(&rig, span_str(text));
    assert_non_null(view);
    assert_null(view_as_turned(view));
    assert_same_bytes(view_as_folded(view)->text, span_str(seen));
    views_rig_close(&rig);
}

static void test_order(void **state)
{
    (void)state;
    expect("a " RLO "cb" PDF " d", "a bc d");
    expect("a " RLO "cb\r\nd " PDF "e", "a bc\r\nd e");
    expect(RLO "4321", "1234");
    expect(RLO "de" RLO "c" PDF "b" PDF "f", "bced"
                                             "f");
    expect(RLO PDF RLO, "");
    expect("x" RLO "e\u0301a" PDF, "xae\u0301");
    expect(RLO "\u0301\u0301" PDF "b", "\u0301\u0301"
                                       "b");
    expect(RLO "\u4e2d\uff12\uff11" PDF, "12\u4e2d");
}

static void test_others_are_not_turned(void **state)
{
    static const char *const texts[] = {"plain", "\u202b4321\u202c", "\u202d4321\u202c",
                                        "\u2067"
                                        "4321"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct views_rig rig;
        assert_null(open_turned(&rig, span_str(texts[i])));
        views_rig_close(&rig);
    }
}

static void test_masks(void **state)
{
    struct views_rig rig;
    struct error err = ERROR_INIT;
    (void)state;
    struct view *view = open_turned(&rig, SPAN("4" RLO "4321" PDF "5 " RLO "x"));
    assert_int_equal(rig_mask(view_as_folded(view), "41234"), 1);
    struct span out = rig_output(&rig, &err);
    assert_non_null(out.ptr);
    assert_int_not_equal(span_find(out, SPAN("\r\n\r\n*" RLO "****" PDF "5 " RLO "x")), SPAN_NONE);
    views_rig_close(&rig);
}

/* Nothing is lost or made by turning; what is masked above is masked below, no more and no less. */
static void test_random(void **state)
{
    static const char *const letters[] = {"1", "a",      " ",      "\r\n", RLO,
                                          PDF, "\u202a", "\u0301", "é",    "\uff14"};
    (void)state;
    for (int round = 0; round < 1500; round++) {
        struct views_rig rig;
        struct buf text = BUF_INIT, with = BUF_INIT;
        struct error err = ERROR_INIT;
        for (size_t count = (size_t)rand() % 40; count > 0; count--)
            buf_add_str(&text, letters[(size_t)rand() % ARRAY_LEN(letters)]);
        buf_add_str(&text, "." RLO);
        struct view *view = open_turned(&rig, buf_span(&text));
        struct view *below = rig_text(&rig, 0);
        assert_non_null(view);
        size_t off = utf8_floor(view->text, (size_t)rand() % view->text.len);
        size_t end = off + 1 + (size_t)rand() % 9;
        end = end < view->text.len ? utf8_floor(view->text, end) : view->text.len;
        size_t stars = 0, ones = 0;
        for (size_t i = off; i < end; i++) {
            bool begins = ((unsigned char)view->text.ptr[i] & 0xc0) != 0x80;
            stars += begins;
            ones += view->text.ptr[i] == '1';
            if (begins)
                buf_add_byte(&with, '*');
        }
        size_t before = 0, after = 0, got = 0;
        for (size_t i = 0; i < below->text.len; i++)
            before += below->text.ptr[i] == '1';
        if (end > off) {
            assert_true(view_edit(view,
                                  (struct edit){.off = off,
                                                .len = end - off,
                                                .with = buf_span(&with),
                                                .kind = EDIT_MASK,
                                                .rule = "r"},
                                  &err));
            assert_non_null(rig_output(&rig, &err).ptr);
            struct span out = plain_splice(below, rig.arena);
            for (size_t i = 0; i < out.len; i++) {
                after += out.ptr[i] == '1';
                got += out.ptr[i] == '*';
            }
            assert_int_equal(got, stars);
            assert_int_equal(after, before - ones);
        }
        views_rig_close(&rig);
        buf_fini(&text);
        buf_fini(&with);
    }
}

int main(void)
{
    message_library_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_others_are_not_turned),
        cmocka_unit_test(test_masks),
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
