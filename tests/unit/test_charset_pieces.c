/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Long texts are decoded in pieces of 64 KB: whatever stands where two of them meet, nothing of the
 * text may be lost, and what is good is read as it is in a short text.
 */
#include "engine/base/buf.h"
#include "tests/support/views_rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define BORDER ((size_t)64 << 10)
#define AROUND 12u
#define TAIL "123-45-6789"

/* What stands around the border, and what it says. NULL: the bytes are bad, and any sign may stand
 * for them. */
struct sample {
    const char *charset;
    const char *octets, *text;
};

static const struct sample samples[] = {
    {"iso-2022-jp", "a\x1b$B$\"$$\x1b(Bb",
     "a\xe3\x81\x82\xe3\x81\x84"
     "b"},
    {"iso-2022-jp", "\x1b$B$\"$$\x1b(J~\x1b(I12\x1b(B",
     "\xe3\x81\x82\xe3\x81\x84\xe2\x80\xbe\xef\xbd\xb1\xef\xbd\xb2"},
    {"iso-2022-jp", "\x1b$(D\x30\x21\x1b(B", "\xe4\xb8\x82"},
    {"iso-2022-jp", "a\r\n\x1b\nb", NULL},
    {"iso-2022-jp", "a\r\n\x1b$\nb", NULL},
    {"iso-2022-jp", "a\r\n\x1b$(\nb", NULL},
    {"iso-2022-jp", "a\r\n\x1b$B$\n\x1b(B", NULL},
    {"iso-2022-jp-2", "a\x1b$B$\"$$\x1b(Bb",
     "a\xe3\x81\x82\xe3\x81\x84"
     "b"},
    {"iso-2022-jp-2", "a\r\n\x1b\nb", NULL},
    {"iso-2022-jp-2", "a\r\n\x1b$(\nb", NULL},
    {"utf-7", "a+MEIwRA-b",
     "a\xe3\x81\x82\xe3\x81\x84"
     "b"},
    {"utf-7", "a\r\n+\nb", NULL},
    {"gb18030", "a\xc4\xe3\x81\x30\x81\x30z", "a\xe4\xbd\xa0\xc2\x80z"},
    {"gb18030", "a\x81\n\x81\x30\n", NULL},
    {"big5", "a\xa7\x41\xa6\x6ez", "a\xe4\xbd\xa0\xe5\xa5\xbdz"},
    {"big5", "a\xa7\nz", NULL},
    {"shift_jis", "a\x82\xa0\x82\xa2z", "a\xe3\x81\x82\xe3\x81\x84z"},
    {"euc-jp", "a\xa4\xa2\x8f\xb0\xa1z", "a\xe3\x81\x82\xe4\xb8\x82z"},
    {"euc-jp", "a\x8f\nz", NULL},
    {"euc-kr", "a\xc7\xd1\xb1\xdbz", "a\xed\x95\x9c\xea\xb8\x80z"},
    {"euc-tw", "a\xa7\xe4\x8e\xa2\xa1\xa1z", NULL},
    {"johab", "a\xd0\x65z", "a\xed\x95\x9cz"},
    {"utf-8", "a\xff\xe2\x82\xac\xf0\x9f\x98\x80z", "a\xef\xbf\xbd\xe2\x82\xac\xf0\x9f\x98\x80z"},
    {"windows-1252", "a\x80z", "a\xe2\x82\xacz"},
    {"windows-1258", "a\xe2\xf2z", NULL},
};

/* `len` octets of ASCII, in lines or in one. */
static void add_ascii(struct buf *out, size_t len, bool lines)
{
    for (size_t i = 0; i < len; i++)
        buf_add_byte(out, lines && i % 70 == 69 ? '\n' : 'x');
}

static void check(const struct sample *sample, const char *before, size_t at, bool lines)
{
    struct views_rig rig;
    struct buf message = BUF_INIT, wanted = BUF_INIT;
    buf_printf(&message,
               "Content-Type: text/plain; charset=%s\r\nContent-Transfer-Encoding: 8bit\r\n\r\n",
               sample->charset);
    buf_add_str(&message, before);
    add_ascii(&message, at - strlen(before), lines);
    buf_add_str(&message, sample->octets);
    add_ascii(&message, 200, lines);
    buf_add_str(&message, TAIL "\n");
    views_rig_open(&rig, buf_span(&message));
    struct view *view = rig_text(&rig, 0);
    if (!span_ends_nocase(view->text, SPAN(TAIL "\n")))
        fail_msg("%s: the end is lost, cut at %zu", sample->charset, at);
    assert_int_equal(view->uninspected, UNINSPECTED_NONE);
    if (sample->text) {
        add_ascii(&wanted, at - strlen(before), lines);
        buf_add_str(&wanted, sample->text);
        add_ascii(&wanted, 200, lines);
        buf_add_str(&wanted, TAIL "\n");
        assert_same_bytes(view->text, buf_span(&wanted));
    }
    buf_fini(&wanted);
    buf_fini(&message);
    views_rig_close(&rig);
}

static void nothing_is_lost_between_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        for (size_t at = BORDER - AROUND; at <= BORDER + 2; at++) {
            check(&samples[i], "", at, false);
            check(&samples[i], "", at, true);
        }
    }
}

/* ISO-2022-KR says at the start what SO means. */
static void korean_with_shifts(void **state)
{
    (void)state;
    static const struct sample korean = {"iso-2022-kr",
                                         "a\x0eGQ1[\x0f"
                                         "b",
                                         "a\xed\x95\x9c\xea\xb8\x80"
                                         "b"};
    static const struct sample broken = {"iso-2022-kr", "a\r\n\x1b\nb\x0eG\n\x0f", NULL};
    for (size_t at = BORDER - AROUND; at <= BORDER + 2; at++) {
        check(&korean, "\x1b$)C", at, false);
        check(&korean, "\x1b$)C", at, true);
        check(&broken, "\x1b$)C", at, true);
    }
}

/* A piece ends behind the last line end before the border, however short that leaves it. */
static void a_piece_of_few_bytes_is_no_end(void **state)
{
    (void)state;
    static const struct sample shorts[] = {{"iso-2022-jp", "a\r\n\x1b\n", NULL},
                                           {"iso-2022-jp", "\x1b\n", NULL},
                                           {"iso-2022-jp", "\x1b$B$\n", NULL},
                                           {"iso-2022-jp-2", "a\r\n\x1b\n", NULL},
                                           {"iso-2022-jp-2", "\x1b$\n", NULL},
                                           {"iso-2022-kr", "\x1b\n", NULL},
                                           {"utf-7", "+\n", NULL}};
    for (size_t i = 0; i < ARRAY_LEN(shorts); i++) {
        struct views_rig rig;
        struct buf message = BUF_INIT;
        buf_printf(&message, "Content-Type: text/plain; charset=%s\r\n\r\n%s", shorts[i].charset,
                   shorts[i].octets);
        add_ascii(&message, BORDER + 100, false);
        buf_add_str(&message, TAIL);
        views_rig_open(&rig, buf_span(&message));
        struct view *view = rig_text(&rig, 0);
        bool whole = span_ends_nocase(view->text, SPAN(TAIL));
        /* In a set of two bytes the digits are read as something else. */
        if (!whole && view->text.len < BORDER)
            fail_msg("%s: the end is lost (%zu)", shorts[i].charset, i);
        buf_fini(&message);
        views_rig_close(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_between_pieces),
        cmocka_unit_test(korean_with_shifts),
        cmocka_unit_test(a_piece_of_few_bytes_is_no_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
