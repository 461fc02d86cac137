/* SPDX-License-Identifier: Apache-2.0 */
/* Content lines of calendars and address cards: folds, escapes, quoted-printable, and back. */
#include "engine/base/buf.h"
#include "tests/support/views_rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdlib.h>

#define CALENDAR                                                                                   \
    "Content-Type: text/calendar; charset=utf-8\r\n"                                               \
    "Content-Transfer-Encoding: 8bit\r\n\r\n"
#define CARD "Content-Type: text/x-vcard\r\n\r\n"

static void read_as(const char *header, const char *lines, const char *text)
{
    struct views_rig rig;
    struct buf message = BUF_INIT;
    buf_add_str(&message, header);
    buf_add_str(&message, lines);
    views_rig_open(&rig, buf_span(&message));
    assert_same_bytes(rig_text(&rig, 0)->text, span_str(text));
    assert_int_equal(rig.map->ambiguities, 0);
    buf_fini(&message);
    views_rig_close(&rig);
}

static void folds_and_escapes_are_resolved(void **state)
{
    (void)state;
    read_as(CALENDAR, "SUMMARY:a 123-\r\n 45-6789\r\nX:y\r\n", "SUMMARY:a 123-45-6789\r\nX:y\r\n");
    read_as(CALENDAR, "SUMMARY:a\r\n\t b\n c\r\n", "SUMMARY:a bc\r\n");
    read_as(CALENDAR, "SUMMARY:1\r\n \r\n \r\n 2\r\n", "SUMMARY:12\r\n");
    read_as(CALENDAR, "SUM\r\n MARY:\r\n x", "SUMMARY:x");
    read_as(CALENDAR, "S:\xc3\r\n \xa9\r\n", "S:\xc3\xa9\r\n"); /* within a character */
    read_as(CALENDAR, "S:a\\nb\\Nc\\,d\\;e\\\\f\r\n", "S:a\nb\nc,d;e\\f\r\n");
    read_as(CALENDAR, "S:a\\\r\n nb\r\n", "S:a\nb\r\n"); /* an escape that is folded */
    read_as(CALENDAR, "S:1\\-2 C:\\temp \\", "S:1-2 C:\\temp \\");
    read_as(CALENDAR, "A;CN=\"a:b\\,\":v\\,w\r\n", "A;CN=\"a:b\\,\":v,w\r\n");
    read_as(CALENDAR, "BEGIN:VEVENT\r\n\r\n", "BEGIN:VEVENT\r\n\r\n");
    read_as(CALENDAR, "", "");
}

static void values_in_quoted_printable(void **state)
{
    (void)state;
    read_as(CARD, "BEGIN:VCARD\r\nNOTE;ENCODING=QUOTED-PRINTABLE:12=33-45=\r\n-6789=\r\n x\r\n",
            "BEGIN:VCARD\r\nNOTE;ENCODING=QUOTED-PRINTABLE:123-45-6789 x\r\n");
    read_as(CARD, "N;QUOTED-PRINTABLE;CHARSET=UTF-8:=C3=A9=0D=0A=zz=4", /* what is broken stays */
            "N;QUOTED-PRINTABLE;CHARSET=UTF-8:\xc3\xa9\r\n=zz=4");
    read_as(CARD, "N;ENCODING=QUOTED-\r\n PRINTABLE:=31=\r\n=32\r\n",
            "N;ENCODING=QUOTED-PRINTABLE:12\r\n");
    read_as(CARD, "N;X=\"a:b\";ENCODING=QUOTED-PRINTABLE:=31=\r\n2\r\n",
            "N;X=\"a:b\";ENCODING=QUOTED-PRINTABLE:12\r\n");
    read_as(CARD, "N;X=\";ENCODING=QUOTED-PRINTABLE:=31=\r\n2\r\n",
            "N;X=\";ENCODING=QUOTED-PRINTABLE:12\r\n");
    read_as(CARD, "N;ENCODING=QUOTED-PRINTABLE;CHARSET=Shift_JIS:=83=41\r\n",
            "N;ENCODING=QUOTED-PRINTABLE;CHARSET=Shift_JIS:\xe3\x82\xa2\r\n");
    read_as(CARD, "N;ENCODING=QUOTED-PRINTABLE;CHARSET=windows-1252:=80\r\n",
            "N;ENCODING=QUOTED-PRINTABLE;CHARSET=windows-1252:\xe2\x82\xac\r\n");
    read_as(CARD, "N;ENCODING=QUOTED-PRINTABLE:=E9t=E9\r\n", /* nobody says in what */
            "N;ENCODING=QUOTED-PRINTABLE:\xc3\xa9t\xc3\xa9\r\n");
}

/* Only cards up to 3.0 and calendars of 1.0 have it. */
static void calendars_have_no_quoted_printable(void **state)
{
    (void)state;
    read_as(CALENDAR, "BEGIN:VCALENDAR\r\nX;Y=QUOTED-PRINTABLE:=31=\r\nZ:2\r\n",
            "BEGIN:VCALENDAR\r\nX;Y=QUOTED-PRINTABLE:=31=\r\nZ:2\r\n");
    read_as(CALENDAR, "BEGIN:VCALENDAR\r\nVERSION:1.0\r\nX;QUOTED-PRINTABLE:=31=\r\n2\r\n",
            "BEGIN:VCALENDAR\r\nVERSION:1.0\r\nX;QUOTED-PRINTABLE:12\r\n");
    read_as(CARD, "BEGIN:VCARD\r\nVERSION:4.0\r\nX;Y=QUOTED-PRINTABLE:=31=\r\n2\r\n",
            "BEGIN:VCARD\r\nVERSION:4.0\r\nX;Y=QUOTED-PRINTABLE:=31=\r\n2\r\n");
    read_as(CARD, "BEGIN:VCARD\r\nVERSION:3.0\r\nX;ENCODING=QUOTED-PRINTABLE:=31=\r\n2\r\n",
            "BEGIN:VCARD\r\nVERSION:3.0\r\nX;ENCODING=QUOTED-PRINTABLE:12\r\n");
}

static enum uninspected reason_of(const char *lines)
{
    struct views_rig rig;
    struct buf message = BUF_INIT;
    buf_add_str(&message, CARD);
    buf_add_str(&message, lines);
    views_rig_open(&rig, buf_span(&message));
    enum uninspected reason = rig_text(&rig, 0)->uninspected;
    buf_fini(&message);
    views_rig_close(&rig);
    return reason;
}

static void what_is_in_base64_is_named_but_for_pictures(void **state)
{
    (void)state;
    assert_int_equal(reason_of("NOTE:x\r\n"), UNINSPECTED_NONE);
    assert_int_equal(reason_of("PHOTO;ENCODING=b:iVBORw0KGgoAAAANSU\r\n hEUgAA\r\n"),
                     UNINSPECTED_NONE);
    assert_int_equal(reason_of("NOTE;ENCODING=BASE64:MTIzLTQ1LTY3ODk=\r\n"), UNINSPECTED_CONTAINER);
    assert_int_equal(reason_of("NOTE;BASE64:MTIzLTQ1LTY3ODk=\r\n"), UNINSPECTED_CONTAINER);
    assert_int_equal(reason_of("ATTACH:data:text/plain;base64,MTIzLTQ1\r\n"),
                     UNINSPECTED_CONTAINER);
    assert_int_equal(reason_of("PHOTO:data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA\r\n"),
                     UNINSPECTED_NONE);
    assert_int_equal(reason_of("N;ENCODING=QUOTED-PRINTABLE;CHARSET=x-y:=83\r\n"),
                     UNINSPECTED_CHARSET);
}

static void written(const char *header, const char *lines, const char *needle, const char *with,
                    enum edit_kind kind, const char *expected)
{
    struct views_rig rig;
    struct error err = ERROR_INIT;
    struct buf message = BUF_INIT, wanted = BUF_INIT;
    buf_add_str(&message, header);
    buf_add_str(&message, lines);
    buf_add_str(&wanted, header);
    buf_add_str(&wanted, expected);
    views_rig_open(&rig, buf_span(&message));
    assert_true(rig_edit(rig_text(&rig, 0), needle, with, kind) > 0);
    struct span out = rig_output(&rig, &err);
    if (!out.ptr)
        fail_msg("%s", err.text);
    assert_same_bytes(out, buf_span(&wanted));
    buf_fini(&message);
    buf_fini(&wanted);
    views_rig_close(&rig);
}

static void only_touched_lines_are_written(void **state)
{
    (void)state;
    written(CALENDAR, "A:1\r\n 2\r\nB:x 12\r\n 3\\,4\r\nC:5\r\n 6\r\n", "123,4", "****4",
            EDIT_REPLACE, "A:1\r\n 2\r\nB:x ****4\r\nC:5\r\n 6\r\n");
    written(CALENDAR, "B:x\r\n 12\r\n", "12", "a,b;c\\d\r\ne", EDIT_REPLACE,
            "B:xa\\,b\\;c\\\\d\\ne\r\n");
    written(CALENDAR, "A:12\r\nB:3\\,4\r\n", "12\r\nB:3,4", "**\r\nB:***", EDIT_MASK,
            "A:**\r\nB:***\r\n");
    written(CALENDAR, "A:12\r\nB:3\r\n", "12\r\nB:3", "[gone]", EDIT_REDACT, "A:[gone]\r\n\r\n");
    written(CALENDAR, "A;CN=\"12\":x\r\n", "12", "a\":;b", EDIT_REPLACE, "A;CN=\"a   b\":x\r\n");
    written(CARD, "N;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:a=31=\r\n2\r\n", "12", "=\xc3\xa9",
            EDIT_REPLACE, "N;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:a=3D=C3=A9\r\n");
}

static void lines_have_75_octets_at_most(void **state)
{
    (void)state;
    written(CALENDAR, "D:1\r\n", "1",
            "0123456789012345678901234567890123456789012345678901234567890123456789\xc3\xa9\xc3\xa9"
            "\xc3\xa9 end",
            EDIT_REPLACE,
            "D:0123456789012345678901234567890123456789012345678901234567890123456789\xc3\xa9\r\n"
            " \xc3\xa9\xc3\xa9 end\r\n");
    written(CARD, "N;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:1\r\n", "1",
            "01234567890123456789012345678\xc3\xa9\xc3\xa9", EDIT_REPLACE,
            "N;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:01234567890123456789012345678=C3=\r\n"
            "=A9=C3=A9\r\n");
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Values of random pieces; any edit within values comes out as the plain splice, and reading it
 * again and masking nothing leaves it as it is. */
static void random_values_come_back(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "a",      "12", "\\n",      "\\,",           "\\\\", "\r\n ",
        "\r\n\t", " ",  "\xc3\xa9", "\xc3\r\n \xa9", "=",    "long text of a value"};
    static const char *const withs[] = {"", "*", "x,y;", "\n", "\\", "\xe2\x82\xac"};
    uint32_t seed = 7;
    for (size_t round = 0; round < 3000; round++) {
        struct buf message = BUF_INIT;
        struct views_rig rig, again;
        struct error err = ERROR_INIT;
        buf_add_str(&message, CALENDAR);
        for (size_t line = next_random(&seed) % 4 + 1; line > 0; line--) {
            buf_add_str(&message, "NAME:v");
            for (size_t k = next_random(&seed) % 20; k > 0; k--)
                buf_add_str(&message, pieces[next_random(&seed) % 12]);
            buf_add_str(&message, "\\;e\r\n");
        }
        views_rig_open(&rig, buf_span(&message));
        struct view *view = rig_text(&rig, 0);
        (void)rig_edit(view, next_random(&seed) % 2 ? "12" : ",", withs[next_random(&seed) % 6],
                       EDIT_REPLACE);
        struct span wanted = plain_splice(view, rig.arena);
        struct span out = rig_output(&rig, &err);
        if (!out.ptr)
            fail_msg("%s", err.text);
        if (view->edits.count == 0)
            assert_same_bytes(out, buf_span(&message));
        views_rig_open(&again, out);
        assert_same_bytes(rig_text(&again, 0)->text, wanted);
        views_rig_close(&again);
        views_rig_close(&rig);
        buf_fini(&message);
    }
}

static void origins_are_as_small_as_can_be(void **state)
{
    (void)state;
    struct views_rig rig;
    uint64_t off, len;
    views_rig_open(&rig, SPAN(CALENDAR "A:x12\r\n 3\\,45\r\nB:y"));
    struct view *view = rig_text(&rig, 0);
    uint64_t base = sizeof CALENDAR - 1;
    assert_same_bytes(view->text, SPAN("A:x123,45\r\nB:y"));
    view_origin(view, 3, 3, &off, &len); /* 123 */
    assert_int_equal(off, base + 3);
    assert_int_equal(len, 6);
    view_origin(view, 6, 1, &off, &len); /* the comma */
    assert_int_equal(off, base + 9);
    assert_int_equal(len, 2);
    view_origin(view, view->text.len, 0, &off, &len);
    assert_int_equal(off + len, rig.map->bytes.len);
    views_rig_close(&rig);
}

static bool is_read_by_lines(const char *header)
{
    struct views_rig rig;
    struct buf message = BUF_INIT;
    buf_add_str(&message, header);
    buf_add_str(&message, "\r\n\r\nBEGIN:VCARD\r\nN:a\r\n b\r\n");
    views_rig_open(&rig, buf_span(&message));
    bool found = span_find(rig_text(&rig, 0)->text, SPAN("N:ab")) != SPAN_NONE;
    buf_fini(&message);
    views_rig_close(&rig);
    return found;
}

static void types_names_and_looks_tell(void **state)
{
    (void)state;
    assert_true(is_read_by_lines("Content-Type: text/vcard"));
    assert_true(is_read_by_lines("Content-Type: TEXT/Directory; profile=vcard"));
    assert_true(is_read_by_lines("Content-Type: application/octet-stream"));
    assert_true(is_read_by_lines("Content-Type: text/plain; name=\"a.VCF\""));
    assert_false(is_read_by_lines("Content-Type: text/plain"));
}

/* UTF-16 has no line ends that octets show. */
static void utf_16_is_read(void **state)
{
    (void)state;
    struct views_rig rig;
    views_rig_open(&rig, SPAN("Content-Type: text/vcard\r\n\r\n"
                              "\xff\xfe"
                              "B\0E\0G\0I\0N\0:\0V\0C\0A\0R\0D\0\r\0\n\0N\0:\0a\0\r\0\n\0 \0b\0"));
    assert_same_bytes(rig_text(&rig, 0)->text, SPAN("BEGIN:VCARD\r\nN:ab"));
    views_rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folds_and_escapes_are_resolved),
        cmocka_unit_test(values_in_quoted_printable),
        cmocka_unit_test(calendars_have_no_quoted_printable),
        cmocka_unit_test(what_is_in_base64_is_named_but_for_pictures),
        cmocka_unit_test(only_touched_lines_are_written),
        cmocka_unit_test(lines_have_75_octets_at_most),
        cmocka_unit_test(random_values_come_back),
        cmocka_unit_test(origins_are_as_small_as_can_be),
        cmocka_unit_test(types_names_and_looks_tell),
        cmocka_unit_test(utf_16_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
