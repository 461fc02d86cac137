/* SPDX-License-Identifier: Apache-2.0 */
/* test_map_ambiguity: each way to make two readers disagree is found and named, with its part. */
#include "tests/support/corpus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SHIFTS 4100 /* more than a page: readers by blocks have gone wrong at the edges */

struct sample {
    const char *name;
    const char *bytes;
    const char *found; /* all of the message */
    const char *tree;
    const char *tiles;
};

#define MULTIPART "Content-Type: multipart/mixed; boundary=B\r\n\r\n"

static const struct sample header[] = {
    {"two subjects", "Subject: a\r\nSubject: b\r\n\r\n", "duplicate_field", "text/plain", "FFE"},
    {"two subjects in another case", "Subject: a\r\nSUBJECT: b\r\n\r\n", "duplicate_field",
     "text/plain", "FFE"},
    {"one subject twice", "Subject: a\r\nSUBJECT:  a \r\n\r\n", "", "text/plain", "FFE"},
    {"one subject twice, folded", "Subject: a b\r\nSubject: a\r\n b\r\n\r\n", "", "text/plain",
     "FFE"},
    {"one that goes on", "Subject: a\r\nSubject: a b\r\n\r\n", "duplicate_field", "text/plain",
     "FFE"},
    {"a third subject", "Subject: a\r\nSubject: a\r\nSubject: b\r\n\r\n", "duplicate_field",
     "text/plain", "FFFE"},
    {"two senders", "From: a@a.example\r\nFrom: b@a.example\r\n\r\n", "duplicate_field",
     "text/plain", "FFE"},
    {"two dates", "Date: 1\r\nDate: 2\r\n\r\n", "duplicate_field", "text/plain", "FFE"},
    {"lists of recipients", "To: a\r\nTo: b\r\nCc: c\r\nCc: d\r\n\r\n", "", "text/plain", "FFFFE"},
    {"two references", "References: <a>\r\nReferences: <b>\r\n\r\n", "", "text/plain", "FFE"},
    {"two types", "Content-Type: text/html\r\nContent-type: text/plain\r\n\r\na",
     "duplicate_mime_field", "text/html", "FFED"},
    {"two encodings",
     "Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\na",
     "duplicate_mime_field", "text/plain", "FFED"},
    {"blank before the colon", "Subject : a\r\n\r\n", "blank_before_colon", "text/plain", "FE"},
    {"no colon", "Subject: a\r\nhello\r\n\r\nb", "not_a_field", "text/plain", "FJED"},
    {"only text", "hello\r\nyou\r\n", "not_a_field missing_header_end", "text/plain", "JJ"},
    {"blank in the name", "Sub ject: a\r\n\r\n", "not_a_field", "text/plain", "JE"},
    {"8-bit in the name", "Subj\xc3\xa4kt: a\r\n\r\n", "not_a_field", "text/plain", "JE"},
    {"continuation of nothing", " a: b\r\nTo: c\r\n\r\n", "not_a_field", "text/plain", "JFE"},
    {"line of blanks", "To: a\r\n \t\r\nb: c\r\n\r\nd", "blank_header_line", "text/plain", "FFED"},
    {"line of blanks first", " \r\nTo: c\r\n\r\n", "blank_header_line", "text/plain", "JFE"},
    {"empty line first", "\r\nTo: c\r\n\r\n", "blank_header_line", "text/plain", "ED"},
    {"mbox line", "From a@x.example Mon\r\nTo: c\r\n\r\n", "from_line", "text/plain", "JFE"},
    {"NUL", "Subject: a\0b\r\n\r\n", "control_character", "text/plain", "FE"},
    {"escape", "Subject: a\x1b[2Jb\r\n\r\n", "control_character", "text/plain", "FE"},
    {"bare LF", "Subject: a\nTo: b\r\n\r\n", "bare_line_end", "text/plain", "FFE"},
    {"bare LF at the end of the header", "Subject: a\r\n\nb", "bare_line_end", "text/plain", "FED"},
    {"bare CR", "Subject: a\rBcc: b\r\n\r\n", "bare_line_end", "text/plain", "FE"},
    {"CR CR LF", "Subject: a\r\r\n\r\n", "bare_line_end", "text/plain", "FE"},
};

static const struct sample mime[] = {
    {"no type", "Content-Type: \r\n\r\na", "bad_content_type", "text/plain", "FED"},
    {"half a type", "Content-Type: html\r\n\r\na", "bad_content_type", "text/plain", "FED"},
    {"no subtype", "Content-Type: text/; charset=utf-8\r\n\r\na", "bad_content_type", "text/plain",
     "FED"},
    {"blank in the type", "Content-Type: text / html\r\n\r\na", "bad_content_type", "text/html",
     "FED"},
    {"comment before the type", "Content-Type: (a) text/html\r\n\r\na", "bad_content_type",
     "text/html", "FED"},
    {"quoted type", "Content-Type: \"text/html\"\r\n\r\na", "bad_content_type bad_parameter",
     "text/plain", "FED"},
    {"two boundaries",
     "Content-Type: multipart/mixed; boundary=B; boundary=C\r\n\r\n--B\r\n\r\na\r\n--B--\r\n",
     "duplicate_parameter", "multipart/mixed(text/plain)", "FEBEDC"},
    {"two charsets", "Content-Type: text/plain; charset=utf-8; charset=utf-7\r\n\r\na",
     "duplicate_parameter", "text/plain", "FED"},
    {"boundary by RFC 2231",
     "Content-Type: multipart/mixed; boundary*=us-ascii''B\r\n\r\n--B\r\n\r\na\r\n--B--\r\n",
     "encoded_boundary", "multipart/mixed(text/plain)", "FEBEDC"},
    {"boundary in sections",
     "Content-Type: multipart/mixed; boundary*0=A; boundary*1=B\r\n\r\n--AB\r\n\r\na\r\n--AB--\r\n",
     "encoded_boundary", "multipart/mixed(text/plain)", "FEBEDC"},
    {"boundary by RFC 2231 beside a plain one",
     "Content-Type: multipart/mixed; boundary=B; boundary*0=C\r\n\r\n--B\r\n\r\na\r\n--B--\r\n",
     "encoded_boundary", "multipart/mixed(text/plain)", "FEBEDC"},
    {"boundary in an encoded word",
     "Content-Type: multipart/mixed; boundary=\"a=?us-ascii?Q?b?=\"\r\n\r\n--a=?us-ascii?Q?b?=\r\n"
     "\r\na\r\n--a=?us-ascii?Q?b?=--\r\n",
     "encoded_boundary", "multipart/mixed(text/plain)", "FEBEDC"},
    {"boundary with escapes",
     "Content-Type: multipart/mixed; boundary=\"a\\b\"\r\n\r\n--ab\r\n\r\na\r\n--ab--\r\n",
     "encoded_boundary", "multipart/mixed(text/plain)", "FEBEDC"},
    {"no boundary", "Content-Type: multipart/mixed\r\n\r\n--B\r\n\r\na\r\n--B--\r\n",
     "missing_boundary", "text/plain", "FED"},
    {"empty boundary",
     "Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n\r\na\r\n----\r\n",
     "missing_boundary", "text/plain", "FED"},
    {"boundary with a blank at its end",
     "Content-Type: multipart/mixed; boundary=\"B \"\r\n\r\n--B \r\n\r\na\r\n--B --\r\n",
     "bad_boundary", "multipart/mixed(text/plain)", "FEBEDC"},
    {"boundary of 71 characters",
     "Content-Type: multipart/mixed; "
     "boundary=12345678901234567890123456789012345678901234567890123456789012345678901\r\n\r\n"
     "--12345678901234567890123456789012345678901234567890123456789012345678901--\r\n",
     "bad_boundary no_parts", "multipart/mixed", "FEC"},
    {"boundary with 8-bit",
     "Content-Type: multipart/mixed; boundary=\"\xc3\xa4\"\r\n\r\n--\xc3\xa4\r\n\r\na\r\n"
     "--\xc3\xa4--\r\n",
     "bad_boundary", "multipart/mixed(text/plain)", "FEBEDC"},
    {"boundary in brackets",
     "Content-Type: multipart/mixed; boundary=\"<B>\"\r\n\r\n--<B>\r\n\r\na\r\n--<B>--\r\n",
     "bad_boundary", "multipart/mixed(text/plain)", "FEBEDC"},
    {"folded boundary",
     "Content-Type: multipart/mixed; boundary=\"a\r\n b\"\r\n\r\n--a b\r\n\r\na\r\n--a b--\r\n",
     "bad_boundary", "multipart/mixed(text/plain)", "FEBEDC"},
    {"parameter without value", "Content-Type: text/plain; charset\r\n\r\na", "bad_parameter",
     "text/plain", "FED"},
    {"bad parameter before the boundary",
     "Content-Type: multipart/mixed; x:y=1; boundary=B\r\n\r\n--B\r\n\r\na\r\n--B--\r\n",
     "bad_parameter", "multipart/mixed(text/plain)", "FEBEDC"},
    {"comment in the boundary's name",
     "Content-Type: multipart/mixed; boundary((c))=B\r\n\r\n--B\r\n\r\na\r\n--B--\r\n",
     "bad_parameter", "multipart/mixed(text/plain)", "FEBEDC"},
    {"text behind a quoted boundary",
     "Content-Type: multipart/mixed; boundary=\"B\"C\r\n\r\n--B\r\n\r\na\r\n--B--\r\n",
     "bad_parameter", "multipart/mixed(text/plain)", "FEBEDC"},
    {"unclosed quote",
     "Content-Type: multipart/mixed; boundary=\"B\r\n\r\n--B\r\n\r\na\r\n--B--\r\n",
     "bad_parameter", "multipart/mixed(text/plain)", "FEBEDC"},
    {"no semicolon", "Content-Type: text/plain charset=utf-8\r\n\r\na", "bad_parameter",
     "text/plain", "FED"},
    {"file name with blanks and no quotes",
     "Content-Disposition: attachment; filename=a b.exe\r\n\r\na", "bad_parameter", "text/plain*",
     "FED"},
    {"different names",
     "Content-Type: text/plain; name=a.txt\r\n"
     "Content-Disposition: attachment; filename=a.exe\r\n\r\na",
     "different_names", "text/plain*", "FFED"},
    {"different names by RFC 2231",
     "Content-Disposition: attachment; filename=a.txt; filename*=utf-8''%C3%A4.exe\r\n\r\na",
     "different_names", "text/plain*", "FED"},
    {"different names without an extension",
     "Content-Type: text/plain; name=a\r\n"
     "Content-Disposition: attachment; filename=a.exe\r\n\r\na",
     "different_names", "text/plain*", "FFED"},
    {"different names of one kind of file",
     "Content-Type: text/plain; name=\"a b.txt\"\r\n"
     "Content-Disposition: attachment; filename=a.b.TXT\r\n\r\na",
     "", "text/plain*", "FFED"},
    {"different names of one kind of file by RFC 2231",
     "Content-Disposition: attachment; filename=a.txt; filename*=utf-8''b.txt\r\n\r\na", "",
     "text/plain*", "FED"},
    {"a fallback name is no difference",
     "Content-Disposition: attachment; filename=a.txt; filename*=utf-8''%C3%A4.txt\r\n\r\na", "",
     "text/plain*", "FED"},
    {"a piece of a message", "Content-Type: message/partial; id=a; number=1\r\n\r\na", "fragment",
     "message/partial*", "FED"},
    {"unknown encoding", "Content-Transfer-Encoding: x-magic\r\n\r\na", "unknown_encoding",
     "text/plain", "FED"},
    {"empty encoding", "Content-Transfer-Encoding: \r\n\r\na = b, it says", "", "text/plain",
     "FED"},
    {"7-bit encoding", "Content-Transfer-Encoding: 7-bit\r\n\r\na = b, it says", "", "text/plain",
     "FED"},
    {"8-bit encoding", "Content-Transfer-Encoding: 8-BIT\r\n\r\na = b, it says", "", "text/plain",
     "FED"},
    {"quoted 7bit encoding", "Content-Transfer-Encoding: \"7bit\"\r\n\r\na = b, it says", "",
     "text/plain", "FED"},
    {"7bit and semicolon encoding", "Content-Transfer-Encoding: 7bit;\r\n\r\na = b, it says", "",
     "text/plain", "FED"},
    {"none encoding", "Content-Transfer-Encoding: none\r\n\r\na = b, it says", "", "text/plain",
     "FED"},
    {"a charset for an encoding", "Content-Transfer-Encoding: utf-8\r\n\r\na = b, it says", "",
     "text/plain", "FED"},
    {"no encoding over base64",
     "Content-Transfer-Encoding: none\r\n\r\nbXkgbnVtYmVyIGlz\r\nIDA3OA==\r\n", "unknown_encoding",
     "text/plain", "FED"},
    {"no encoding over escapes", "Content-Transfer-Encoding: 7-bit\r\n\r\nmy =30=37=38\r\n",
     "unknown_encoding", "text/plain", "FED"},
    {"base64 and semicolon", "Content-Transfer-Encoding: base64;\r\n\r\nYQ==", "unknown_encoding",
     "text/plain", "FED"},
    {"encoding with more behind", "Content-Transfer-Encoding: base64, 7bit\r\n\r\na",
     "unknown_encoding", "text/plain", "FED"},
    {"quoted encoding", "Content-Transfer-Encoding: \"base64\"\r\n\r\na", "unknown_encoding",
     "text/plain", "FED"},
    {"comment before the encoding", "Content-Transfer-Encoding: (a)base64\r\n\r\na",
     "unknown_encoding", "text/plain", "FED"},
    {"encoded multipart that is none",
     "Content-Transfer-Encoding: base64\r\n" MULTIPART "--B\r\n\r\na\r\n--B--\r\n", "",
     "multipart/mixed(text/plain)", "FFEBEDC"},
    {"quoted multipart that is none",
     "Content-Transfer-Encoding: quoted-printable\r\n" MULTIPART "--B\r\n\r\na = b\r\n--B--\r\n",
     "", "multipart/mixed(text/plain)", "FFEBEDC"},
    {"encoded multipart with text in front",
     "Content-Transfer-Encoding: base64\r\n" MULTIPART "YWJj\r\n--B\r\n\r\na\r\n--B--\r\n",
     "encoded_composite", "multipart/mixed(text/plain)", "FFEPBEDC"},
    {"encoded multipart, not closed",
     "Content-Transfer-Encoding: base64\r\n" MULTIPART "--B\r\n\r\na\r\n",
     "unclosed encoded_composite", "multipart/mixed(text/plain)", "FFEBED"},
    {"encoded multipart without boundary lines",
     "Content-Transfer-Encoding: base64\r\n" MULTIPART "LS1CDQoNCmENCi0tQi0t\r\n",
     "no_parts encoded_composite", "text/plain", "FFED"},
    {"quoted multipart with escapes",
     "Content-Transfer-Encoding: quoted-printable\r\n" MULTIPART "--B\r\n\r\n=2D-B\r\n--B--\r\n",
     "encoded_composite", "multipart/mixed(text/plain)", "FFEBEDC"},
    {"quoted multipart with a soft line break",
     "Content-Transfer-Encoding: quoted-printable\r\n" MULTIPART "--B\r\n\r\na= \r\nb\r\n--B--\r\n",
     "encoded_composite", "multipart/mixed(text/plain)", "FFEBEDC"},
    {"uuencoded multipart",
     "Content-Transfer-Encoding: x-uuencode\r\n" MULTIPART "--B\r\n\r\na\r\n--B--\r\n",
     "encoded_composite", "multipart/mixed(text/plain)", "FFEBEDC"},
    {"encoded message",
     "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nYQ==\r\n",
     "encoded_composite", "message/rfc822*", "FFED"},
};

#define REPORT "Content-Type: multipart/report; boundary=B\r\n\r\n--B\r\n"
#define RETURNED                                                                                   \
    "Content-Type: message/rfc822\r\n\r\nContent-Type: multipart/mixed; boundary=C\r\n\r\n"

static const struct sample reports[] = {
    {"cut off in a part", REPORT RETURNED "--C\r\n\r\na\r\n--B--\r\n", "",
     "multipart/report(message/rfc822(multipart/mixed(text/plain)))", "FEBFEFEBEDC"},
    {"cut off in the prologue", REPORT RETURNED "a\r\n--B--\r\n", "",
     "multipart/report(message/rfc822(text/plain))", "FEBFEFEDC"},
    {"header only", REPORT RETURNED "--B--\r\n", "", "multipart/report(message/rfc822(text/plain))",
     "FEBFEFEC"},
    {"more parts behind", REPORT RETURNED "--C\r\n\r\na\r\n--B\r\n\r\nb\r\n--B--\r\n", "unclosed",
     "multipart/report(message/rfc822(multipart/mixed(text/plain)),text/plain)", "FEBFEFEBEDBEDC"},
    {"report not closed", REPORT RETURNED "--C\r\n\r\na\r\n", "unclosed",
     "multipart/report(message/rfc822(multipart/mixed(text/plain)))", "FEBFEFEBED"},
    {"no message around it",
     REPORT "Content-Type: multipart/mixed; boundary=C\r\n\r\n--C\r\n\r\na\r\n--B--\r\n",
     "unclosed", "multipart/report(multipart/mixed(text/plain))", "FEBFEBEDC"},
    {"no report", MULTIPART "--B\r\n" RETURNED "--C\r\n\r\na\r\n--B--\r\n", "unclosed",
     "multipart/mixed(message/rfc822(multipart/mixed(text/plain)))", "FEBFEFEBEDC"},
};

static const struct sample multipart[] = {
    {"header runs into a boundary",
     MULTIPART "--B\r\nContent-Type: text/html\r\n--B\r\n\r\na\r\n--B--\r\n", "missing_header_end",
     "multipart/mixed(text/html,text/plain)", "FEBFBEDC"},
    {"part without empty line", MULTIPART "--B\r\nhello you\r\n--B--\r\n",
     "not_a_field missing_header_end", "multipart/mixed(text/plain)", "FEBJC"},
    {"inner boundary begins with the outer",
     MULTIPART "--B\r\nContent-Type: multipart/mixed; boundary=BB\r\n\r\n--BB\r\n\r\na\r\n"
               "--BB--\r\n--B--\r\n",
     "boundary_prefix", "multipart/mixed(multipart/mixed(text/plain))", "FEBFEBEDCC"},
    {"inner boundary is the beginning of the outer",
     "Content-Type: multipart/mixed; boundary=BC\r\n\r\n--BC\r\n"
     "Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\na\r\n--B--\r\n--BC--\r\n",
     "boundary_prefix", "multipart/mixed(multipart/mixed(text/plain))", "FEBFEBEDCC"},
    {"the same boundary inside", MULTIPART "--B\r\n" MULTIPART "--B\r\n\r\na\r\n--B--\r\n--B--\r\n",
     "boundary_prefix", "multipart/mixed(multipart/mixed(text/plain))", "FEBFEBEDCC"},
    {"text behind the boundary", MULTIPART "--B\r\n\r\na\r\n--B x\r\n\r\nb\r\n--B--\r\n",
     "boundary_line", "multipart/mixed(text/plain)", "FEBEDC"},
    {"text behind the close delimiter's line",
     MULTIPART "--B\r\n\r\na\r\n--B--x\r\n\r\nb\r\n--B--\r\n", "boundary_line",
     "multipart/mixed(text/plain)", "FEBEDC"},
    {"boundary behind a blank", MULTIPART "--B\r\n\r\na\r\n --B\r\n\r\nb\r\n--B--\r\n",
     "boundary_line", "multipart/mixed(text/plain)", "FEBEDC"},
    {"boundary behind a bare LF", MULTIPART "--B\r\n\r\na\n--B\r\n\r\nb\r\n--B--\r\n",
     "bare_line_end", "multipart/mixed(text/plain,text/plain)", "FEBEDBEDC"},
    {"bare LF behind a boundary", MULTIPART "--B\n\r\na\r\n--B--\r\n", "bare_line_end",
     "multipart/mixed(text/plain)", "FEBEDC"},
    {"boundary behind a bare CR", MULTIPART "--B\r\n\r\na\r--B\r\n\r\nb\r\n--B--\r\n",
     "bare_line_end", "multipart/mixed(text/plain)", "FEBEDC"},
    {"unclosed", MULTIPART "--B\r\n\r\na\r\n", "unclosed", "multipart/mixed(text/plain)", "FEBED"},
    {"unclosed inside",
     MULTIPART "--B\r\nContent-Type: multipart/mixed; boundary=I\r\n\r\n--I\r\n\r\na\r\n--B--\r\n",
     "unclosed", "multipart/mixed(multipart/mixed(text/plain))", "FEBFEBEDC"},
    {"text behind the close",
     MULTIPART "--B\r\n\r\na\r\n--B--\r\nb\r\n-- \r\n------\r\nCall: +49\r\n", "",
     "multipart/mixed(text/plain)", "FEBEDCS"},
    {"another boundary behind the close", MULTIPART "--B\r\n\r\na\r\n--B--\r\n--C\r\nb\r\n",
     "text_after_close", "multipart/mixed(text/plain)", "FEBEDCS"},
    {"a field behind the close",
     MULTIPART "--B\r\n\r\na\r\n--B--\r\nb\r\n content-type : text/html\r\n", "text_after_close",
     "multipart/mixed(text/plain)", "FEBEDCS"},
    {"8-bit behind the close", MULTIPART "--B\r\n\r\na\r\n--B--\r\nb \xff\r\n", "text_after_close",
     "multipart/mixed(text/plain)", "FEBEDCS"},
    {"a control character behind the close", MULTIPART "--B\r\n\r\na\r\n--B--\r\nb \x1b$B\r\n",
     "text_after_close", "multipart/mixed(text/plain)", "FEBEDCS"},
    {"uuencode behind the close", MULTIPART "--B\r\n\r\na\r\n--B--\r\nbegin 644 a\r\n",
     "text_after_close", "multipart/mixed(text/plain)", "FEBEDCS"},
    {"armour behind the close",
     MULTIPART "--B\r\n\r\na\r\n--B--\r\n-----BEGIN PGP MESSAGE-----\r\n", "text_after_close",
     "multipart/mixed(text/plain)", "FEBEDCS"},
    {"base64 behind the close",
     MULTIPART "--B\r\n\r\na\r\n--B--\r\nMTIzLTQ1LTY3ODkgTVRJekxUUTFMVFkzT0Rr=MTIz\r\n",
     "text_after_close", "multipart/mixed(text/plain)", "FEBEDCS"},
    {"parts behind the close", MULTIPART "--B\r\n\r\na\r\n--B--\r\n--B\r\n\r\nb\r\n--B--\r\n",
     "text_after_close", "multipart/mixed(text/plain)", "FEBEDCS"},
    {"no boundary line", MULTIPART "hello\r\n", "no_parts", "text/plain", "FED"},
    {"no boundary line inside",
     MULTIPART "--B\r\nContent-Type: multipart/mixed; boundary=I\r\n\r\nhello\r\n--B--\r\n",
     "no_parts", "multipart/mixed(text/plain)", "FEBFEDC"},
    {"closed at once", MULTIPART "hello\r\n--B--\r\n", "no_parts", "multipart/mixed", "FEPC"},
    {"multipart without body", MULTIPART, "no_parts", "text/plain", "FE"},
};

static void check_sample(const struct sample *sample)
{
    /* "NUL" is the one that a C string cannot hold. */
    size_t len = strcmp(sample->name, "NUL") == 0 ? 16 : strlen(sample->bytes);
    struct arena *arena = arena_new();
    struct error err = ERROR_INIT;
    struct map *map =
        map_build(span_of(sample->bytes, len), &map_limits_default, READING_STRICT, arena);
    print_message("  %s\n", sample->name);
    assert_string_equal(ambiguities_text(map->ambiguities, arena), sample->found);
    assert_string_equal(map_tree_text(map, arena), sample->tree);
    assert_string_equal(map_tiles_text(map, arena), sample->tiles);
    if (!map_tiles_are_whole(map, &err))
        fail_msg("%s", err.text);
    arena_free(&arena);
}

static void those_of_the_header_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(header); i++)
        check_sample(&header[i]);
}

static void those_of_mime_fields_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(mime); i++)
        check_sample(&mime[i]);
}

static void returned_messages_may_be_cut_off(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(reports); i++)
        check_sample(&reports[i]);
}

static void those_of_multiparts_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(multipart); i++)
        check_sample(&multipart[i]);
}

static void alignment_changes_nothing(void **state)
{
    (void)state;
    struct {
        const struct sample *samples;
        size_t count;
    } tables[] = {
        {header, ARRAY_LEN(header)}, {mime, ARRAY_LEN(mime)}, {multipart, ARRAY_LEN(multipart)}};
    for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
        for (size_t i = 0; i < tables[t].count; i++) {
            struct error err = ERROR_INIT;
            struct span bytes = span_str(tables[t].samples[i].bytes);
            if (!map_survives_shifts(bytes, 1, SHIFTS, &err))
                fail_msg("%s: %s", tables[t].samples[i].name, err.text);
        }
    }
}

static void a_note_has_part_and_place(void **state)
{
    (void)state;
    static const char bytes[] =
        MULTIPART "--B\r\n\r\na\r\n--B\r\nSubject : b\r\n\r\nc\r\n--B--\r\n";
    struct arena *arena = arena_new();
    struct map *map = map_build(span_str(bytes), &map_limits_default, READING_STRICT, arena);
    assert_int_equal(map->note_count, 1);
    assert_int_equal(map->notes[0].what, AMBIGUITY_BLANK_BEFORE_COLON);
    assert_int_equal(map->notes[0].part, 2);
    assert_int_equal(map->notes[0].off, strstr(bytes, " : b") - bytes);
    assert_int_equal(map->parts[2].ambiguities, AMBIGUITY_BIT(AMBIGUITY_BLANK_BEFORE_COLON));
    assert_int_equal(map->parts[0].ambiguities | map->parts[1].ambiguities, 0);
    arena_free(&arena);
}

/* A thousand of one kind must not push the others out of the notes. */
static void a_flood_of_one_kind_hides_no_other(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    char bytes[4096] = "";
    for (int i = 0; i < 300; i++)
        strcat(bytes, "A : b\r\n");
    strcat(bytes, "Subject: a\r\nSubject: b\r\n\r\n");
    struct map *map = map_build(span_str(bytes), &map_limits_default, READING_STRICT, arena);
    assert_int_equal(map->note_count, 2);
    map_note(map, AMBIGUITY_BASE64_JUNK, 0, 5);
    map_note(map, AMBIGUITY_BASE64_JUNK, 0, 6);
    assert_int_equal(map->note_count, 3);
    assert_int_equal(map->notes[2].off, 5);
    arena_free(&arena);
}

static void every_name_is_a_word(void **state)
{
    (void)state;
    for (unsigned a = 0; a < AMBIGUITY_COUNT; a++) {
        const char *name = ambiguity_name((enum ambiguity)a);
        assert_true(strlen(name) > 3);
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz_0123456789"), strlen(name));
        for (unsigned b = 0; b < a; b++)
            assert_string_not_equal(name, ambiguity_name((enum ambiguity)b));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_of_the_header_are_found),
        cmocka_unit_test(those_of_mime_fields_are_found),
        cmocka_unit_test(returned_messages_may_be_cut_off),
        cmocka_unit_test(those_of_multiparts_are_found),
        cmocka_unit_test(alignment_changes_nothing),
        cmocka_unit_test(a_note_has_part_and_place),
        cmocka_unit_test(a_flood_of_one_kind_hides_no_other),
        cmocka_unit_test(every_name_is_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
