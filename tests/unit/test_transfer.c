/* SPDX-License-Identifier: Apache-2.0 */
/* Transfer encodings and charsets: decoding, ambiguities, and how little an edit touches. */
#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/base64.h"
#include "engine/message/codecs/charset.h"
#include "engine/message/codecs/quoted.h"
#include "tests/support/views_rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdlib.h>

#define BIT(a) AMBIGUITY_BIT(AMBIGUITY_##a)

/* A message of one part; "\n" in both stands for CRLF. */
static void open_part(struct views_rig *rig, const char *header, const char *body)
{
    struct arena *arena = arena_new();
    const char *message = arena_printf(arena, "MIME-Version: 1.0\n%s\n\n%s", header, body);
    views_rig_open(rig, with_crlf(arena, message));
    arena_free(&arena);
}

static const struct {
    const char *header;
    const char *body;
    const char *text;
    ambiguity_set ambiguities;
} decoded[] = {
    {"Content-Transfer-Encoding: base64", "aGVsbG8=\n", "hello", 0},
    {"Content-Transfer-Encoding: base64", "aGVs\nbG8=", "hello", 0},
    {"Content-Transfer-Encoding: base64", "aGV sbG 8=  \n\n", "hello", 0},
    {"Content-Transfer-Encoding: base64", "", "", 0},
    {"Content-Transfer-Encoding: base64", "aGV*sbG8=", "hello", BIT(BASE64_JUNK)},
    {"Content-Transfer-Encoding: base64", "aGVsbG8=aGk=", "hellohi", BIT(BASE64_JUNK)},
    {"Content-Transfer-Encoding: base64", "aGVsbG8", "hello", 0},
    {"Content-Transfer-Encoding: base64", "aGVsbA\n", "hell", 0},
    {"Content-Transfer-Encoding: base64", "aGVsb", "hel", BIT(BASE64_JUNK)},
    {"Content-Transfer-Encoding: base64", "aGVsb=", "hel", BIT(BASE64_JUNK)},
    {"Content-Transfer-Encoding: base64", "=aGVs", "hel", BIT(BASE64_JUNK)},
    {"Content-Transfer-Encoding: base64", "aGVs\n-- \nlist footer", NULL, BIT(BASE64_JUNK)},
    {"Content-Transfer-Encoding: quoted-printable", "a=3Db =\nc\nd  \n", "a=b c\r\nd\r\n", 0},
    {"Content-Transfer-Encoding: quoted-printable", "a= \t\nb=", "ab", 0},
    {"Content-Transfer-Encoding: quoted-printable", "a=c3=A9", "a\xc3\xa9", 0},
    {"Content-Transfer-Encoding: quoted-printable", "a=ZZ =4 x", "a=ZZ =4 x",
     BIT(BAD_QUOTED_PRINTABLE)},
    {"Content-Transfer-Encoding: x-uuencode", "text\nbegin 644 a.txt\n%:&5L;&\\\n`\nend\n", "hello",
     0},
    {"Content-Transfer-Encoding: 7bit", "a=3D\n", "a=3D\r\n", 0},
    {"X: y", "caf\xc3\xa9", "caf\xc3\xa9", 0},
    {"X: y", "caf\xe9", "caf\xc3\xa9", 0},
    {"Content-Type: text/plain; charset=utf-8",
     "\xef\xbb\xbf"
     "a",
     "a", 0},
    {"Content-Type: text/plain; charset=utf-8",
     "a\xff"
     "b\xc3",
     "a" UTF8_REPLACEMENT "b" UTF8_REPLACEMENT, 0},
    {"Content-Type: text/plain; charset=utf-8", "\xc0\xb1\xed\xa0\x80", NULL,
     BIT(BAD_CHARSET_BYTES)},
    {"Content-Type: text/plain; charset=utf-8", "\xe0\x80\xb1", NULL, BIT(BAD_CHARSET_BYTES)},
    {"Content-Type: text/plain; charset=utf-8", "\xf0\x80\x80\xb1", NULL, BIT(BAD_CHARSET_BYTES)},
    {"Content-Type: text/plain; charset=utf-8", "\xf8\x80\x80\x80\xb1", NULL,
     BIT(BAD_CHARSET_BYTES)},
    {"Content-Type: text/plain; charset=utf-8", "\xc0 \xf5 \xe0", NULL, 0},
    {"Content-Type: text/plain; charset=us-ascii", "caf\xc3\xa9", "caf\xc3\xa9", 0},
    {"Content-Type: text/plain; charset=us-ascii", "caf\xe9", "caf\xc3\xa9", 0},
    {"Content-Type: text/plain; charset=us-ascii", "\xc0\xb1", NULL, BIT(BAD_CHARSET_BYTES)},
    {"Content-Type: text/plain; charset=windows-1252", "a\x81", "a" UTF8_REPLACEMENT, 0},
    {"Content-Type: text/plain; charset=shift_jis", "\x82 1", NULL, BIT(BAD_CHARSET_BYTES)},
    {"Content-Type: text/plain; charset=gbk",
     "1\xff"
     "2",
     NULL, BIT(BAD_CHARSET_BYTES)},
    {"Content-Type: text/plain; charset=nonsense", "+49 30 & +4930123456", NULL, 0},
    {"Content-Type: text/plain; charset=nonsense", "a~{b", NULL, BIT(UNKNOWN_CHARSET)},
    {"Content-Type: text/plain; charset=nonsense", "a\x1b$B", NULL, BIT(UNKNOWN_CHARSET)},
    {"Content-Type: text/plain; charset=nonsense", "+ADEAMg-", NULL, BIT(UNKNOWN_CHARSET)},

    {"Content-Type: text/plain; charset=nonsense", "&ADEAMg-", NULL, BIT(UNKNOWN_CHARSET)},
    {"Content-Type: text/plain; charset=nonsense", "&AElig;", NULL, 0},
    {"Content-Type: text/plain; charset=iso-2022-jp", "\x1b$B-!y!\x1b(I1\x1b(J\\\x1b(B x",
     "\xe2\x91\xa0\xe7\xba\x8a\xef\xbd\xb1\xc2\xa5 x", 0},
    {"Content-Type: text/plain; charset=iso-2022-jp", "\x1b$(D0!\x1b(B \x1b$BA\n1", NULL,
     BIT(BAD_CHARSET_BYTES)},
    {"Content-Type: text/plain; charset=iso-2022-jp", "\x1b(Zx", UTF8_REPLACEMENT "(Zx",
     BIT(BAD_CHARSET_BYTES)},
    {"Content-Type: text/plain; charset=iso-2022-jp", "\xb1", NULL, BIT(BAD_CHARSET_BYTES)},
    {"Content-Type: text/plain; charset=nonsense", "caf\xe9", "caf\xc3\xa9", BIT(UNKNOWN_CHARSET)},
    {"Content-Type: text/plain; charset=\"KOI8-R\"", "\xf0\xd2\xc9", "\xd0\x9f\xd1\x80\xd0\xb8", 0},
    {"Content-Type: text/plain; charset*=''windows-1252", "\x80", "\xe2\x82\xac", 0},
    {"Content-Type: text/plain; charset=cp65001", "caf\xc3\xa9", "caf\xc3\xa9", 0},
    {"Content-Type: text/plain; charset=utf8mb4", "caf\xc3\xa9", "caf\xc3\xa9", 0},
    {"Content-Type: text/plain; charset=unknown-8bit", "caf\xe9", "caf\xc3\xa9", 0},
    {"Content-Type: text/plain; charset=iso-8859-6-i", "\xc7", "\xd8\xa7", 0},
    {"Content-Type: text/plain; charset=x-mac-cyrillic", "\x80", "\xd0\x90", 0},
    {"Content-Type: text/plain; charset=dos-866", "\x80", "\xd0\x90", 0},
    {"Content-Type: text/plain; charset=ms932", "\x82\xa0", "\xe3\x81\x82", 0},
    {"Content-Type: text/plain; charset=eucJP-ms", "\xad\xa1", "\xe2\x91\xa0", 0},
    {"Content-Type: text/plain; charset=gb2312", "\xc4\xe3\xba\xc3", "\xe4\xbd\xa0\xe5\xa5\xbd", 0},
    {"Content-Type: text/plain; charset=iso-2022-jp", "\x1b$B$3$s\x1b(B x",
     "\xe3\x81\x93\xe3\x82\x93 x", 0},
    {"Content-Type: text/plain; charset=utf-7", "a+AOk-b",
     "a\xc3\xa9"
     "b",
     0},
    {"Content-Type: text/plain; charset=utf-16\nContent-Transfer-Encoding: base64",
     "//5hAOkArCA=", "a\xc3\xa9\xe2\x82\xac", 0},
    {"Content-Type: text/plain; charset=utf-16\nContent-Transfer-Encoding: base64",
     "/v8AYQDpIKw=", "a\xc3\xa9\xe2\x82\xac", 0},
    {"Content-Type: text/plain; charset=utf-16\nContent-Transfer-Encoding: base64", "YQBiAGMA",
     "abc", BIT(BAD_CHARSET_BYTES)},
    {"Content-Type: text/plain; charset=utf-16be\nContent-Transfer-Encoding: base64", "AGHYPd4A",
     "a\xf0\x9f\x98\x80", 0},
    {"Content-Type: text/plain; charset=utf-16be\nContent-Transfer-Encoding: base64", "AGHYPQBi",
     "a" UTF8_REPLACEMENT "b", BIT(BAD_CHARSET_BYTES)},
};

static void decodes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(decoded); i++) {
        struct views_rig rig;
        open_part(&rig, decoded[i].header, decoded[i].body);
        struct view *view = rig_text(&rig, 0);
        bool same = !decoded[i].text || span_is(view->text, decoded[i].text);
        if (!same || rig.map->ambiguities != decoded[i].ambiguities)
            fail_msg("%s: %s: \"%.*s\" %llx", decoded[i].header, decoded[i].body,
                     SPAN_ARG(view->text), (unsigned long long)rig.map->ambiguities);
        assert_true(utf8_is_valid(view->text));
        views_rig_close(&rig);
    }
}

static const struct {
    const char *name;
    const char *header, *body;
    const char *needle, *with; /* with NULL: masks digits */
    const char *new_header, *new_body;
} edited[] = {
    {"base64 without padding", "Content-Transfer-Encoding: base64", "cGF5IDEyMyBub3c\n", "123",
     NULL, NULL, "cGF5ICoqKiBub3c=\n"},
    {"in place", "Content-Type: text/plain", "a 123\nb\n", "123", NULL, NULL, "a ***\nb\n"},
    {"raw UTF-8 in place",
     "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit", "\xc3\xa9 123\n",
     "\xc3\xa9", "\xe2\x82\xac", NULL, "\xe2\x82\xac 123\n"},
    {"line ends", "Content-Type: text/plain", "a 123 b\n", "123", "1\n2\r3", NULL, "a 1\n2\n3 b\n"},
    {"Latin-1 in place",
     "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit",
     "caf\xe9 123 \xe9\n", "123", "\xc3\xbc", NULL, "caf\xe9 \xfc \xe9\n"},
    {"a character that Latin-1 lacks",
     "Content-Type: text/plain; charset=\"iso-8859-1\"; format=flowed\nContent-Transfer-Encoding: "
     "8bit",
     "caf\xe9 123\n", "123", "\xe2\x82\xac",
     "Content-Type: text/plain; charset=utf-8; format=flowed\nContent-Transfer-Encoding: 8bit",
     "caf\xc3\xa9 \xe2\x82\xac\n"},
    {"nothing declared", "X: y", "pay 123 now\n", "123", "\xe2\x82\xac",
     "X: y\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable",
     "pay =E2=82=AC now\n"},
    {"no charset declared", "Content-Type: text/plain", "pay 123 now\n", "123", "\xe2\x82\xac",
     "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable",
     "pay =E2=82=AC now\n"},
    {"7bit declared", "Content-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: 7bit",
     "pay 123 now\n", "123", "\xe2\x82\xac",
     "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable",
     "pay =E2=82=AC now\n"},
    {"mostly foreign", "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 7bit",
     "123\n", "123", "\xe6\xbc\xa2\xe5\xad\x97",
     "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64", "5ryi5a2XDQo="},
    {"quoted-printable: the touched line",
     "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable",
     "=41 a\nb =\n12=\n3 c=3d\n=41 z\n", "123", NULL, NULL, "=41 a\nb =\n*** c=3D\n=41 z\n"},
    {"quoted-printable: blanks at the end",
     "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable",
     "a 123\nb\n", "123", "", NULL, "a=20\nb\n"},
    {"quoted-printable: a soft line end stays",
     "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable",
     "a 123=\nb=3d\n", "123", "x", NULL, "a x=\nb=3d\n"},
    {"quoted-printable: line ends",
     "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable",
     "a 123\nb\n", "123", "1\r\n2\n3", NULL, "a 1\n2=0A3\nb\n"},
    {"base64: the same length", "Content-Transfer-Encoding: base64", "aGVsbG8gMTIz\nIHdvcmxkISEh\n",
     "123", NULL, NULL, "aGVsbG8gKioq\nIHdvcmxkISEh\n"},
    {"base64: over a line end", "Content-Transfer-Encoding: base64",
     "aGVsbG8gaGVsbG8xMj\nNoZWxsbyB3b3JsZA==\n", "123", NULL, NULL,
     "aGVsbG8gaGVsbG8qKi\npoZWxsbyB3b3JsZA==\n"},
    {"base64: a quantum more", "Content-Transfer-Encoding: base64",
     "aGVsbG8gMTIz\nIHdvcmxkISEh\nLi4uLi4u\n", "123", "123456", NULL,
     "aGVsbG8gMTIz\nNDU2\nIHdvcmxkISEh\nLi4uLi4u\n"},
    {"base64: shifted to the end", "Content-Transfer-Encoding: base64",
     "aGVsbG8gMTIz\nIHdvcmxkISEh\n", "123", "12", NULL, "aGVsbG8gMTIg\nd29ybGQhISE=\n"},
    {"base64: all gone", "Content-Transfer-Encoding: base64", "MTIz\n", "123", "", NULL, "\n"},
    {"base64: empty lines at the end", "Content-Transfer-Encoding: base64",
     "aGVsbG8gMTIz\nIHdvcmxkISEh\n\n\n", "123", "1", NULL, "aGVsbG8gMSB3\nb3JsZCEhIQ==\n\n\n"},
    {"base64: empty lines within", "Content-Transfer-Encoding: base64",
     "aGVsbG8gMTIz\n\nIHdvcmxkISEh\n", "123", NULL, NULL, "aGVsbG8gKioqIHdvcmxkISEh\n"},
    {"base64 with junk", "Content-Transfer-Encoding: base64", "MT*Iz\n", "123", "x", NULL,
     "eA==\n"},
    {"uuencode", "Content-Transfer-Encoding: x-uue", "begin 644 a\n%:&5L;&\\\n#,3(S\n`\nend\n",
     "123", NULL, NULL, "begin 644 a\n%:&5L;&\\\n#*BHJ\n`\nend\n"},
    {"ISO-2022-JP returns to ASCII",
     "Content-Type: text/plain; charset=iso-2022-jp\nContent-Transfer-Encoding: 7bit",
     "a\n\x1b$B$3\x1b(B 123\nb\n", "123", "\xe3\x82\x93", NULL,
     "a\n\x1b$B$3\x1b(B \x1b$B$s\x1b(B\nb\n"},
    {"ISO-2022-JP lacks it",
     "Content-Type: text/plain; charset=iso-2022-jp\nContent-Transfer-Encoding: 7bit",
     "\x1b$B$3\x1b(B 123\n", "123", "\xc3\xa9",
     "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64", "44GTIMOpDQo="},
    {"EUC-KR in place", "Content-Type: text/plain; charset=euc-kr\nContent-Transfer-Encoding: 8bit",
     "\xc7\xd1 123 \xb1\xb9\n", "123", "\xec\x96\xb4", NULL, "\xc7\xd1 \xbe\xee \xb1\xb9\n"},
};

static void edits_touch_little(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(edited); i++) {
        struct views_rig rig;
        struct error err = ERROR_INIT;
        open_part(&rig, edited[i].header, edited[i].body);
        struct view *view = rig_text(&rig, 0);
        size_t hits = edited[i].with
                          ? rig_edit(view, edited[i].needle, edited[i].with, EDIT_REPLACE)
                          : rig_mask(view, edited[i].needle);
        if (hits != 1)
            fail_msg("%s: \"%.*s\"", edited[i].name, SPAN_ARG(view->text));
        struct span out = rig_output(&rig, &err);
        if (!out.ptr)
            fail_msg("%s: %s", edited[i].name, err.text);
        const char *header = edited[i].new_header ? edited[i].new_header : edited[i].header;
        const char *expected =
            arena_printf(rig.arena, "MIME-Version: 1.0\n%s\n\n%s", header, edited[i].new_body);
        assert_same_bytes(out, with_crlf(rig.arena, expected));
        views_rig_close(&rig);
    }
}

static void mime_version_is_added_once(void **state)
{
    (void)state;
    struct views_rig rig;
    struct error err = ERROR_INIT;
    views_rig_open(&rig, SPAN("Subject: s\r\n\r\n123"));
    assert_int_equal(rig_edit(rig_text(&rig, 0), "123", "\xc3\xa9 and much more text", EDIT_REDACT),
                     1);
    assert_same_bytes(
        rig_output(&rig, &err),
        SPAN("Subject: s\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
             "Content-Transfer-Encoding: quoted-printable\r\n\r\n=C3=A9 and much more text"));
    views_rig_close(&rig);
}

static const char multipart[] = "Content-Type: multipart/mixed; boundary=B\r\n\r\n"
                                "--B\r\n\r\nx--B\r\n--B\r\nContent-Transfer-Encoding: "
                                "quoted-printable\r\n\r\nx--B\r\n--B--\r\n";

/* Promise 6: a change must not make a line that the next reader takes for a boundary. */
static void promise_6_no_boundary_is_made(void **state)
{
    (void)state;
    struct views_rig rig, again;
    struct error err = ERROR_INIT;
    views_rig_open(&rig, span_str(multipart));
    assert_int_equal(rig.map->part_count, 3);
    assert_int_equal(rig_edit(rig_text(&rig, 1), "x", "", EDIT_REPLACE), 1);
    assert_int_equal(rig_edit(rig_text(&rig, 2), "x", "", EDIT_REPLACE), 1);
    struct span out = rig_output(&rig, &err);
    assert_non_null(out.ptr);
    views_rig_open(&again, out);
    assert_int_equal(again.map->part_count, 3);
    assert_true(span_is(rig_text(&again, 1)->text, "--B"));
    assert_true(span_is(rig_text(&again, 2)->text, "--B"));
    views_rig_close(&again);
    views_rig_close(&rig);
}

/* A line end must not be parted either: a bare CR or LF is read in two ways. */
static void promise_6_no_bare_line_end_is_made(void **state)
{
    (void)state;
    static const char *const needles[] = {"\n", "\r"};
    for (size_t i = 0; i < 2; i++) {
        struct views_rig rig, again;
        struct error err = ERROR_INIT;
        views_rig_open(&rig, SPAN("A: b\r\n\r\none\r\ntwo\r\n"));
        assert_int_equal(rig_edit(rig_text(&rig, 0), needles[i], "", EDIT_REPLACE), 2);
        struct span out = rig_output(&rig, &err);
        assert_non_null(out.ptr);
        for (size_t at = 0; at < out.len; at++) {
            if (out.ptr[at] == '\n')
                assert_true(at > 0 && out.ptr[at - 1] == '\r');
            if (out.ptr[at] == '\r')
                assert_true(at + 1 < out.len && out.ptr[at + 1] == '\n');
        }
        views_rig_open(&again, out);
        assert_true(span_is(rig_text(&again, 0)->text, i == 0 ? "one\rtwo\r" : "one\ntwo\n"));
        views_rig_close(&again);
        views_rig_close(&rig);
    }
}

static void lines_stay_short(void **state)
{
    (void)state;
    struct views_rig rig, again;
    struct error err = ERROR_INIT;
    struct buf with = BUF_INIT;
    for (int i = 0; i < 400; i++)
        buf_add_str(&with, "long ");
    buf_add_byte(&with, '\0');
    views_rig_open(&rig, SPAN("A: b\r\n\r\na 123 b\r\n"));
    assert_int_equal(rig_edit(rig_text(&rig, 0), "123", with.ptr, EDIT_REPLACE), 1);
    struct span wanted = plain_splice(rig_text(&rig, 0), rig.arena);
    struct span out = rig_output(&rig, &err);
    assert_non_null(out.ptr);
    views_rig_open(&again, out);
    assert_same_bytes(rig_text(&again, 0)->text, wanted);
    for (size_t at = 0, start = 0; at < out.len; at++) {
        if (out.ptr[at] == '\n') {
            assert_true(at - start <= 78);
            start = at + 1;
        }
    }
    views_rig_close(&again);
    views_rig_close(&rig);
    buf_fini(&with);
}

static void unknown_is_read_only_and_said(void **state)
{
    (void)state;
    struct views_rig rig;
    struct error err = ERROR_INIT;
    open_part(&rig, "Content-Type: text/plain; charset=x-nobody", "\xe4 123");
    struct view *view = rig_text(&rig, 0);
    assert_int_equal(view->uninspected, UNINSPECTED_CHARSET);
    assert_false(view_edit(view, (struct edit){.len = 1, .rule = "r"}, &err));
    views_rig_close(&rig);
    open_part(&rig, "Content-Transfer-Encoding: x-nobody", "a 123");
    view = open_content(rig.views, &rig.map->parts[0]);
    assert_int_equal(view->uninspected, UNINSPECTED_ENCODING);
    assert_non_null(view->read_only);
    assert_true(rig.map->ambiguities & BIT(UNKNOWN_ENCODING));
    views_rig_close(&rig);
    open_part(&rig, "Content-Transfer-Encoding: x-uuencode", "begin 644 a\n#,3(S\n");
    view = open_content(rig.views, &rig.map->parts[0]);
    assert_int_equal(view->uninspected, UNINSPECTED_ENCODING);
    assert_true(span_is(view->text, "123"));
    views_rig_close(&rig);
}

static void charset_names(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    static const char *const known[] = {
        "utf-8",
        "UTF8",
        "us-ascii",
        "iso-8859-1",
        "ISO_8859-15",
        "latin1",
        "windows-1252",
        "cp1252",
        "koi8-r",
        "KOI8-U",
        "gb2312",
        "GBK",
        "gb18030",
        "big5",
        "Big5-HKSCS",
        "euc-jp",
        "shift_jis",
        "iso-2022-jp",
        "euc-kr",
        "ks_c_5601-1987",
        "iso-2022-kr",
        "utf-7",
        "unicode-1-1-utf-7",
        "utf-16",
        "UTF-16LE",
        "utf-32",
        "tis-620",
        "windows-874",
        "macintosh",
        "viscii",
        "ibm850",
    };
    static const char *const unknown[] = {"",
                                          "x",
                                          "utf-8//TRANSLIT//x",
                                          "../../etc/passwd",
                                          "utf-9",
                                          "ISO-2022-CN-EXT",
                                          "iso-8859-12",
                                          "utf-8-utf-8-utf-8-utf-8-utf-8-utf-8-utf-8-utf-8-utf-8"};
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        const struct charset *charset = charset_find(span_str(known[i]));
        if (!charset || !converter_new(charset, charset->big, arena))
            fail_msg("%s", known[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(unknown); i++) {
        if (charset_find(span_str(unknown[i])))
            fail_msg("%s", unknown[i]);
    }
    arena_free(&arena);
}

/* The table is searched by halves. */
static void each_charset_is_found_by_its_key(void **state)
{
    (void)state;
    size_t count;
    const struct charset *list = charset_list(&count);
    for (size_t i = 0; i < count; i++) {
        if (charset_find(span_str(list[i].key)) != &list[i])
            fail_msg("%s", list[i].key);
        assert_true(i == 0 || strcmp(list[i - 1].key, list[i].key) < 0);
    }
}

/* Stepping and decoding at once must agree on any bytes: the way back rests on it. */
static void steps_and_chunks_agree(void **state)
{
    (void)state;
    static const char *const names[] = {"utf-8",        "gb18030",  "big5",       "big5-hkscs",
                                        "euc-kr",       "euc-jp",   "shift_jis",  "koi8-r",
                                        "windows-1258", "utf-16le", "utf-32be",   "euc-tw",
                                        "johab",        "gbk",      "iso-8859-8", "tis-620"};
    srand(3);
    for (int round = 0; round < 3000; round++) {
        struct arena *arena = arena_new();
        const struct charset *charset =
            charset_find(span_str(names[(size_t)rand() % ARRAY_LEN(names)]));
        struct converter *converter = converter_new(charset, charset->big, arena);
        struct bulk_budget budget = {.arena = arena, .memory_left = 1 << 20};
        struct bulk whole;
        struct span text;
        char raw[60];
        size_t len = (size_t)rand() % sizeof raw, bad;
        for (size_t i = 0; i < len; i++)
            raw[i] = (char)(rand() % 3 ? 0x80 + rand() % 128 : rand() % 128);
        bulk_init(&whole, &budget, 16);
        for (size_t at = 0; at < len;) {
            size_t piece = 1 + (size_t)rand() % (len - at);
            bool more = at + piece < len;
            size_t used = converter_decode(converter, span_of(raw + at, piece), more, &whole, &bad);
            at += used;
        }
        assert_true(bulk_finish(&whole, &text, NULL));
        assert_true(utf8_is_valid(text));
        converter_reset(converter);
        struct buf steps = BUF_INIT;
        for (size_t at = 0; at < len;) {
            char character[CONVERTER_STEP];
            size_t length;
            size_t used =
                converter_step(converter, span_of(raw + at, len - at), character, &length);
            assert_true(used > 0);
            buf_add(&steps, span_of(character, length));
            at += used;
        }
        if (!span_equal(text, buf_span(&steps)))
            fail_msg("%s", charset->key);
        buf_fini(&steps);
        arena_free(&arena);
    }
}

static void looks(void **state)
{
    (void)state;
    static const struct {
        struct span content;
        enum content_look look;
    } cases[] = {
        {SPAN_INIT(""), LOOK_TEXT},
        {SPAN_INIT("plain text\r\n"), LOOK_TEXT},
        {SPAN_INIT("caf\xc3\xa9"), LOOK_TEXT},
        {SPAN_INIT("caf\xe9 in Latin-1, a longer line of text so that it shows"), LOOK_TEXT},
        {SPAN_INIT("\xff\xfe"
                   "a\0b\0"),
         LOOK_TEXT},
        {SPAN_INIT("a\0b\0c\0d\0"), LOOK_TEXT},
        {SPAN_INIT("\x1b$B$3$s\x1b(B"), LOOK_TEXT},
        {SPAN_INIT("  <!-- c --> <HTML><p>"), LOOK_HTML},
        {SPAN_INIT("<!doctype html>"), LOOK_HTML},
        {SPAN_INIT("<xml/>"), LOOK_TEXT},
        {SPAN_INIT("%PDF-1.4"), LOOK_DOCUMENT},
        {SPAN_INIT("\r\n %PDF-1.4"), LOOK_DOCUMENT},
        {SPAN_INIT("junk\0\1\2 %PDF-1.4"), LOOK_DOCUMENT},
        {SPAN_INIT("I write about %PDF-1.4"), LOOK_TEXT},
        {SPAN_INIT(" \n{\\rt1 x}"), LOOK_DOCUMENT},
        {SPAN_INIT("a line in front\r\nPK\x03\x04 xPK\x05\x06\0\0"), LOOK_CONTAINER},
        {SPAN_INIT("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), LOOK_DOCUMENT},
        {SPAN_INIT("PK\x03\x04"), LOOK_CONTAINER},
        {SPAN_INIT("\x1f\x8b\x08"), LOOK_CONTAINER},
        {SPAN_INIT("7z\xbc\xaf\x27\x1c"), LOOK_CONTAINER},
        {SPAN_INIT("\x89PNG\r\n\x1a\n\0\0"), LOOK_MEDIA},
        {SPAN_INIT("\xff\xd8\xff\xe0\0\x10JFIF\0\x01"), LOOK_MEDIA},
        {SPAN_INIT("GIF89a\x01\0\x01\0"), LOOK_MEDIA},
        /* a text that only begins like a picture is read */
        {SPAN_INIT("GIF89a is what I say, 123-45-6789"), LOOK_TEXT},
        {SPAN_INIT("RIFF raff"), LOOK_TEXT},
        {SPAN_INIT("BMW-H\xe4ndler 123-45-6789"), LOOK_TEXT},
        {SPAN_INIT("ID3 f\xfcr 123-45-6789"), LOOK_TEXT},
        {SPAN_INIT("\xff\xfb 123-45-6789"), LOOK_TEXT},
        {SPAN_INIT("abcdftyp f\xfcr 123-45-6789"), LOOK_TEXT},
        {SPAN_INIT(
             "\x89PNG\r\n\x1a\n a line of text that is longer than the signature of a picture"),
         LOOK_TEXT},
        /* too short or with sizes that make no sense: no media */
        {SPAN_INIT("BM \0\0\1ssn 123-45-6789"), LOOK_BINARY},
        {SPAN_INIT("ID3\0 ssn 123-45-6789"), LOOK_BINARY},
        {SPAN_INIT("RIFF\0\0\0\0ssn 123-45-6789"), LOOK_BINARY},
        {SPAN_INIT("\0\0\0 ftypmp42ssn 123-45-6789"), LOOK_BINARY},
        {SPAN_INIT("BM\x1e\0\0\0\0\0\0\0\x1a\0\0\0\x0c\0\0\0\1\0\1\0\1\0\x18\0abcd"), LOOK_MEDIA},
        {SPAN_INIT("ID3\4\0\0\0\0\x1fvTSSE"), LOOK_MEDIA},
        {SPAN_INIT("RIFF\4\0\0\0WEBPVP8 "), LOOK_MEDIA},
        {SPAN_INIT("\0\0\0\x18"
                   "ftypmp42\0\0\0\0mp42isom\0\0"),
         LOOK_MEDIA},
        {SPAN_INIT("\x7f"
                   "ELF\x02\x01\x01"),
         LOOK_BINARY},
        {SPAN_INIT("\x01\x02\x03\x04\x05\x06"), LOOK_BINARY},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (looks_like(cases[i].content) != cases[i].look)
            fail_msg("%zu: %d", i, (int)looks_like(cases[i].content));
    }
}

/* `magic`, then bytes as a packer leaves them, then `text` again and again. */
static struct span behind(struct span magic, size_t packed, struct span text, size_t text_len,
                          struct arena *arena)
{
    char *out = arena_alloc(arena, magic.len + packed + text_len);
    size_t len = magic.len;
    uint32_t random = 1;
    memcpy(out, magic.ptr, magic.len);
    for (size_t i = 0; i < packed; i++) {
        random = random * 1103515245u + 12345u;
        out[len++] = (char)(random >> 16);
    }
    for (size_t i = 0; i < text_len; i++)
        out[len++] = text.ptr[i % text.len];
    return span_of(out, len);
}

/* What begins like a picture is skipped only where it goes on and ends like one. */
static void looks_behind_the_signature(void **state)
{
    (void)state;
    static const struct {
        struct span magic;
        size_t packed;
        struct span text;
        size_t text_len;
        bool media;
    } cases[] = {
        {SPAN_INIT("GIF89a\1\0\1\0\x80\0\0"), 30, SPAN_INIT(" "), 0, true},
        {SPAN_INIT("GIF89a"), 9000, SPAN_INIT(" "), 0, true},
        {SPAN_INIT("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"), 9000, SPAN_INIT("\0\0\0\0IEND"), 8, true},
        {SPAN_INIT("\xff\xd8\xff\xe1"), 9000, SPAN_INIT(" "), 0, true},
        {SPAN_INIT("RIFF\0\0\0\0WEBPVP8 "), 9000, SPAN_INIT("<x:xmpmeta> "), 4000, true},
        {SPAN_INIT("OggS"), 0, SPAN_INIT("123-45-6789 \1"), 9000, false},
        {SPAN_INIT("GIF89a"), 0, SPAN_INIT("123-45-6789 is it\1"), 500, false},
        {SPAN_INIT("GIF89a"), 9000, SPAN_INIT("123-45-6789 is it\1"), 2000, false},
        {SPAN_INIT("GIF89a"), 0,
         SPAN_INIT("1\0"
                   "2\0"
                   "3\0\n\0"),
         500, false},
        {SPAN_INIT("GIF89a"), 0,
         SPAN_INIT("1\0"
                   "2\0"
                   "3\0\n\0"),
         5000, false},
        {SPAN_INIT("\xff\xd8\xff"), 9000,
         SPAN_INIT("\0"
                   "1\0"
                   "2\0"
                   "3\0\n"),
         5000, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena *arena = arena_new();
        struct span content =
            behind(cases[i].magic, cases[i].packed, cases[i].text, cases[i].text_len, arena);
        if ((looks_like(content) == LOOK_MEDIA) != cases[i].media)
            fail_msg("%zu: %d", i, (int)looks_like(content));
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes),
        cmocka_unit_test(edits_touch_little),
        cmocka_unit_test(mime_version_is_added_once),
        cmocka_unit_test(promise_6_no_boundary_is_made),
        cmocka_unit_test(promise_6_no_bare_line_end_is_made),
        cmocka_unit_test(lines_stay_short),
        cmocka_unit_test(unknown_is_read_only_and_said),
        cmocka_unit_test(charset_names),
        cmocka_unit_test(each_charset_is_found_by_its_key),
        cmocka_unit_test(steps_and_chunks_agree),
        cmocka_unit_test(looks),
        cmocka_unit_test(looks_behind_the_signature),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
