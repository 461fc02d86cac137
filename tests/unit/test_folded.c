/* SPDX-License-Identifier: Apache-2.0 */
/* What is looked for in a text: look-alikes, full width, soft line ends, and masks through it. */
#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/codec_folded.h"
#include "engine/message/library.h"
#include "tests/support/views_rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdlib.h>

static const char plain[] = "Content-Type: text/plain; charset=utf-8\r\n"
                            "Content-Transfer-Encoding: 8bit\r\n\r\n";
static const char flowed[] = "Content-Type: text/plain; charset=utf-8; format=flowed\r\n"
                             "Content-Transfer-Encoding: 8bit\r\n\r\n";
static const char delsp[] = "Content-Type: text/plain; charset=utf-8; format=Flowed; delsp=yes\r\n"
                            "Content-Transfer-Encoding: 8bit\r\n\r\n";

static struct view *open_folded(struct views_rig *rig, const char *header, struct span text)
{
    struct buf message = BUF_INIT;
    buf_add_str(&message, header);
    buf_add(&message, text);
    views_rig_open(rig, buf_span(&message));
    buf_fini(&message);
    return view_as_folded(rig_text(rig, 0));
}

static void expect(const char *header, const char *text, const char *folded)
{
    struct views_rig rig;
    struct view *view = open_folded(&rig, header, span_str(text));
    assert_same_bytes(view->text, span_str(folded));
    assert_ptr_equal(view_as_folded(view), view);
    views_rig_close(&rig);
}

static void other_forms_are_ascii(void **state)
{
    (void)state;
    expect(plain, "４１１１　１１１１", "4111 1111");
    expect(plain, "４1１\u200b1\u00ad-２", "4111-2");
    expect(plain, "\U0001d7d2\U0001d7cf \U0001d400\u2460 \u0664\u0665", "41 A1 45");
    expect(plain, "078‑05–1120 “x” ’", "078-05-1120 \"x\" '");
    expect(plain, "\u212a\ufb01\u017f", "Kfis");
    expect(plain, "é ü ß 漢字 カナ 한글 ™ x²", "é ü ß 漢字 カナ 한글 ™ x²");
}

static void look_alikes_are_ascii_among_ascii(void **state)
{
    (void)state;
    expect(plain, "p\u0430ssw\u043erd", "password"); /* Cyrillic a, o */
    expect(plain, "\u0410KI\u0410", "AKIA");
    expect(plain, "12\u041e34\u0437\u041e5", "12034305");      /* O and Ze among digits */
    expect(plain, "\u0410\u041d123456", "\u0410\u041d123456"); /* a passport of Ukraine */
    expect(plain, "\u043f\u0430\u0440\u043e\u043b\u044c", "\u043f\u0430\u0440\u043e\u043b\u044c");
    expect(plain, "\u0441\u043e\u0430", "\u0441\u043e\u0430");
    expect(plain, "x\u0430\u043f", "x\u0430\u043f"); /* one that looks like none */
    expect(plain, "\uff21\u0430", "Aa");
}

static void what_is_not_seen_goes(void **state)
{
    (void)state;
    expect(plain,
           "41\x01\x7f"
           "11 \x1b"
           "1111\x08",
           "4111 1111");
    expect(plain,
           "4\u034f1\u20601\ufeff1\u061c \u2067"
           "1111\u2069",
           "4111 1111");
    expect(plain, "4\U000e00311\ufe0f1\u00ad1", "4111");
    expect(plain,
           "4\u0336"
           "1\u03361\u0336"
           "1\u0336 \u0301"
           "1\u0301",
           "4111 \u0301"
           "1");
    expect(plain,
           "4\ufe0f\u20e3"
           "1\ufe0f\u20e3",
           "41"); /* keycaps */
    expect(plain, "p\u0332a\u0332s\u0332s\u0332", "pass");
    expect(plain, "e\u0301 \u0915\u093f x\ty\r\n", "e\u0301 \u0915\u093f x\ty\r\n");
}

static void digits_of_other_kinds_are_digits(void **state)
{
    (void)state;
    expect(plain, "\u2463\u2460\u2776\u278a \u24f5\u24ff\U0001f10b", "4111 100");
    expect(plain, "\u2074\u00b9\u00b9\u00b9 \u2081\u2082", "4111 12");
    expect(plain,
           "4\u00b9\u2081"
           "1",
           "4111");
    expect(plain, "10\u00b2 m\u00b2 H\u2082O note\u00b9", "10\u00b2 m\u00b2 H\u2082O note\u00b9");
    expect(plain, "\U0001d7f0\U0001fbf1\u0967\u06f1", "4111");
    expect(plain,
           "4111\u00b7"
           "1111\u30fc"
           "1111\u25001111",
           "4111.1111-1111-1111");
    expect(plain,
           "41\u00b7\u200b"
           "11",
           "41.11");
    expect(plain, "col\u00b7legi \u2022 1 \u30e1\u30fc\u30eb",
           "col\u00b7legi \u2022 1 \u30e1\u30fc\u30eb");
    expect(plain, "\U0001f150\U0001f179\uff21", "AJA");
}

static void look_alikes_at_the_edge_of_a_group(void **state)
{
    (void)state;
    expect(plain,
           "\u0427"
           "111 111\u0406 \u041e000",
           "4111 1111 0000");
    expect(plain, "12\u0431", "12\u0431"); /* a house */
    expect(plain, "5, 12\u0431 7", "5, 12\u0431 7");
    expect(plain,
           "\u041e"
           "123\u0410\u0412",
           "\u041e"
           "123\u0410\u0412"); /* a plate */
}

static void letters_in_a_number_are_digits(void **state)
{
    (void)state;
    expect(plain, "4O53 0l24 3765-8I67 (1ol1)", "4053 0124 3765-8167 (1011)");
    expect(plain, "\uff14O\uff15l3", "40513");
    const char *others = "O12 12O 1O2x xl2l3 B1O2 l0l 4Ox5 2O";
    expect(plain, others, others);
    const char *far = "1ooooooooo1 1,O,1";
    expect(plain, far, far);
}

static void soft_line_ends_are_joined(void **state)
{
    (void)state;
    expect(flowed, "4111 1111 \r\n1111 1111\r\nx\r\n", "4111 1111 1111 1111\r\nx\r\n");
    expect(delsp, "4111 \r\n 1111\r\n", "41111111\r\n");
    expect(flowed, "> a \r\n> b\r\n", "> a b\r\n");
    expect(flowed, "> a \r\nb\r\n", "> a \r\nb\r\n");
    expect(flowed, "-- \r\nme\r\n", "-- \r\nme\r\n");
    expect(plain, "a \r\nb\r\n", "a \r\nb\r\n");
}

static void what_is_the_same_is_no_other_view(void **state)
{
    struct views_rig rig;
    (void)state;
    struct view *view = open_folded(&rig, plain, SPAN("plain \r\ntext"));
    assert_ptr_equal(view, rig_text(&rig, 0));
    views_rig_close(&rig);
}

static void masks_are_of_the_source(void **state)
{
    struct views_rig rig;
    struct error err = ERROR_INIT;
    (void)state;
    struct view *view = open_folded(&rig, plain, SPAN("a ４１\u200b1１-２ é"));
    assert_int_equal(rig_mask(view, "4111-2"), 1);
    struct span out = rig_output(&rig, &err);
    assert_non_null(out.ptr);
    assert_int_not_equal(span_find(out, SPAN("a **\u200b**-* é")), SPAN_NONE);
    views_rig_close(&rig);
}

static void random_text(struct buf *out)
{
    static const char *const letters[] = {"1",      "2",      "a",      " ",  "-",    "\r\n",
                                          " \r\n",  "４",     "\u200b", "é",  "ﬁ",    "\u0430",
                                          "\u043f", "\u2013", "\u00a0", "> ", "\x01", "\u00b2",
                                          "\u0336", "\u00b7", "\u2776"};
    for (size_t count = (size_t)rand() % 60; count > 0; count--)
        buf_add_str(out, letters[(size_t)rand() % ARRAY_LEN(letters)]);
}

/* Of what is masked in the folded text nothing is left, and all else is as it was. */
static void masking_hides_in_the_source(void **state)
{
    (void)state;
    for (int round = 0; round < 1500; round++) {
        struct views_rig rig;
        struct buf text = BUF_INIT, with = BUF_INIT;
        struct error err = ERROR_INIT;
        uint64_t from, len;
        random_text(&text);
        buf_add_byte(&text, '.');
        const char *header = round % 3 == 0 ? plain : round % 3 == 1 ? flowed : delsp;
        struct view *view = open_folded(&rig, header, buf_span(&text));
        size_t off = utf8_floor(view->text, (size_t)rand() % view->text.len);
        size_t end = off + 1 + (size_t)rand() % 9;
        end = end < view->text.len ? utf8_floor(view->text, end) : view->text.len;
        if (end > off) {
            for (size_t i = utf8_count(span_sub(view->text, off, end - off)); i > 0; i--)
                buf_add_byte(&with, '*');
            struct view *below = rig_text(&rig, 0);
            from = off;
            len = end - off;
            if (view != below)
                view->codec->origin(view, off, end - off, &from, &len);
            struct span before = below->text;
            assert_true(view_edit(view,
                                  (struct edit){.off = off,
                                                .len = end - off,
                                                .with = buf_span(&with),
                                                .kind = EDIT_MASK,
                                                .rule = "r"},
                                  &err));
            assert_non_null(rig_output(&rig, &err).ptr);
            struct span out = plain_splice(below, rig.arena);
            assert_same_bytes(span_sub(out, 0, from), span_sub(before, 0, from));
            struct span rest = span_from(before, from + len);
            assert_same_bytes(span_from(out, out.len - rest.len), rest);
            struct span inside = span_sub(out, from, out.len - rest.len - from);
            static const char *const shown[] = {"1", "2",      "a",      "４",     "é",
                                                "ﬁ", "\u0430", "\u043f", "\u00b2", "\u2776"};
            for (size_t i = 0; i < ARRAY_LEN(shown); i++)
                assert_int_equal(span_find(inside, span_str(shown[i])), SPAN_NONE);
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
        cmocka_unit_test(other_forms_are_ascii),
        cmocka_unit_test(look_alikes_are_ascii_among_ascii),
        cmocka_unit_test(what_is_not_seen_goes),
        cmocka_unit_test(digits_of_other_kinds_are_digits),
        cmocka_unit_test(look_alikes_at_the_edge_of_a_group),
        cmocka_unit_test(letters_in_a_number_are_digits),
        cmocka_unit_test(soft_line_ends_are_joined),
        cmocka_unit_test(what_is_the_same_is_no_other_view),
        cmocka_unit_test(masks_are_of_the_source),
        cmocka_unit_test(masking_hides_in_the_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
