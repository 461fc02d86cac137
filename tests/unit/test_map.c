/* SPDX-License-Identifier: Apache-2.0 */
/* test_map: ordinary messages: the tree, the tiles, and no ambiguity where none is. */
#include "tests/support/corpus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SHIFTS 4100 /* more than a page: readers by blocks have gone wrong at the edges */

struct sample {
    const char *name;
    const char *bytes;
    const char *tree;
    const char *tiles;
};

static const struct sample ordinary[] = {
    {"nothing at all", "", "text/plain", ""},
    {"no body", "Subject: a\r\n\r\n", "text/plain", "FE"},
    {"header only, no empty line", "Subject: a\r\nTo: b@x.example\r\n", "text/plain", "FF"},
    {"no line end at all", "Subject: a", "text/plain", "F"},
    {"no header", "\r\nhello there\r\n", "text/plain", "ED"},
    {"plain", "Subject: a\r\n\r\nhello\r\n", "text/plain", "FED"},
    {"folded", "Subject: a\r\n b\r\n\tc\r\nTo: x@x.example\r\n\r\nhello\r\n", "text/plain", "FFED"},
    {"html", "Content-Type: text/html; charset=utf-8\r\n\r\n<p>\r\n", "text/html", "FED"},
    {"two parts",
     "Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\none\r\n--B\r\n"
     "Content-Type: text/html\r\n\r\ntwo\r\n--B--\r\n",
     "multipart/mixed(text/plain,text/html)", "FEBEDBFEDC"},
    {"prologue and blank epilogue",
     "Content-Type: multipart/mixed; boundary=\"B\"\r\n\r\nThis is MIME.\r\n--B\r\n\r\none\r\n"
     "--B--\r\n\r\n\r\n",
     "multipart/mixed(text/plain)", "FEPBEDCS"},
    {"blanks behind the boundary",
     "Content-Type: multipart/mixed; boundary=B\r\n\r\n--B  \t\r\n\r\none\r\n--B-- \r\n",
     "multipart/mixed(text/plain)", "FEBEDC"},
    {"close delimiter without line end",
     "Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\none\r\n--B--",
     "multipart/mixed(text/plain)", "FEBEDC"},
    {"empty parts",
     "Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\n--B\r\n\r\n\r\n--B--\r\n",
     "multipart/mixed(text/plain,text/plain)", "FEBEBEC"},
    {"nested",
     "Content-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\n"
     "Content-Type: multipart/alternative; boundary=inner\r\n\r\n--inner\r\n\r\na\r\n--inner\r\n"
     "Content-Type: text/html\r\n\r\nb\r\n--inner--\r\n\r\n--outer\r\n"
     "Content-Type: application/pdf\r\n\r\nc\r\n--outer--\r\n",
     "multipart/mixed(multipart/alternative(text/plain,text/html),application/pdf*)",
     "FEBFEBEDBFEDCBFEDC"},
    {"forwarded",
     "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n"
     "Subject: in\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\na\r\n--i--\r\n"
     "\r\n--o--\r\n",
     "multipart/mixed(message/rfc822(multipart/mixed(text/plain)))", "FEBFEFFEBEDCC"},
    {"forwarded as the whole body",
     "Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\ntext\r\n",
     "message/rfc822(text/plain)", "FEFED"},
    {"forwarded header only",
     "Content-Type: multipart/report; boundary=o\r\n\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n"
     "Subject: in\r\n\r\n--o--\r\n",
     "multipart/report(message/rfc822(text/plain))", "FEBFEFEC"},
    {"digest",
     "Content-Type: multipart/digest; boundary=d\r\n\r\n--d\r\n\r\nSubject: one\r\n\r\n1\r\n--d\r\n"
     "Content-Type: text/plain\r\n\r\n2\r\n--d--\r\n",
     "multipart/digest(message/rfc822(text/plain),text/plain)", "FEBEFEDBFEDC"},
    {"comments in the type",
     "Content-Type: multipart/mixed; (who cares) boundary=B (it is B)\r\n\r\n--B\r\n"
     "Content-Type: text/plain; charset=us-ascii (Plain text)\r\n\r\na\r\n--B--\r\n",
     "multipart/mixed(text/plain)", "FEBFEDC"},
    {"equals signs in an unquoted boundary",
     "Content-Type: multipart/mixed; boundary=----=_Part_1.2=3\r\n\r\n------=_Part_1.2=3\r\n\r\na"
     "\r\n------=_Part_1.2=3--\r\n",
     "multipart/mixed(text/plain)", "FEBEDC"},
    {"doubled fields that say the same",
     "MIME-Version: 1.0\r\nMIME-Version: 1.0\r\n"
     "Content-Type: text/html; charset=utf-8; charset=utf-8\r\n\r\na\r\n",
     "text/html", "FFFED"},
    {"trace fields come many times",
     "Received: a\r\nReceived: b\r\nDKIM-Signature: a\r\nDKIM-Signature: b\r\nKeywords: a\r\n"
     "Keywords: b\r\n\r\n",
     "text/plain", "FFFFFFE"},
    {"dashes that are no boundary",
     "Content-Type: multipart/mixed; boundary=B\r\n\r\n--\r\n--B\r\n\r\n-- \r\n--A\r\n --B? \r\n"
     "x --B\r\n-B\r\n---B\r\n--B--\r\n",
     "multipart/mixed(text/plain)", "FEPBEDC"},
    {"external body", "Content-Type: message/external-body; access-type=ftp\r\n\r\nA: b\r\n\r\n",
     "message/external-body*", "FED"},
    {"encodings",
     "Content-Type: text/plain\r\nContent-Transfer-Encoding:  BASE64 (as always)\r\n\r\nYQ==\r\n",
     "text/plain", "FFED"},
    {"names",
     "Content-Type: text/plain; name=\"a.txt\"\r\n"
     "Content-Disposition: attachment; filename=a.txt;\r\n\r\na\r\n",
     "text/plain*", "FFED"},
};

static void check_ordinary(const struct sample *sample)
{
    struct arena *arena = arena_new();
    struct error err = ERROR_INIT;
    struct map *map =
        map_build(span_str(sample->bytes), &map_limits_default, READING_STRICT, arena);
    print_message("  %s\n", sample->name);
    if (!map_tiles_are_whole(map, &err))
        fail_msg("%s", err.text);
    assert_string_equal(map_tree_text(map, arena), sample->tree);
    assert_string_equal(map_tiles_text(map, arena), sample->tiles);
    assert_string_equal(ambiguities_text(map->ambiguities, arena), "");
    assert_null(map->over_limit);
    arena_free(&arena);
}

static void alignment_changes_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ordinary); i++) {
        struct error err = ERROR_INIT;
        if (!map_survives_shifts(span_str(ordinary[i].bytes), 1, SHIFTS, &err))
            fail_msg("%s: %s", ordinary[i].name, err.text);
    }
}

static void ordinary_mail_is_certain(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ordinary); i++)
        check_ordinary(&ordinary[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_mail_is_certain),
        cmocka_unit_test(alignment_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
