/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_map_reading: what each reading makes of a message that can be read in several ways. The
 * lenient one has to find what the strict one hides, and the other way round.
 */
#include "tests/support/corpus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct sample {
    const char *name;
    const char *bytes;
    const char *trees[READING_COUNT];
};

#define MULTIPART "Content-Type: multipart/mixed; boundary=B\r\n\r\n"
#define HTML "Content-Type: text/html\r\n\r\n"

static const struct sample samples[] = {
    {"ordinary mail reads the same",
     MULTIPART "prologue\r\n--B\r\n\r\na\r\n--B\r\n" HTML "b\r\n--B--\r\n",
     {"multipart/mixed(text/plain,text/html)", "multipart/mixed(text/plain,text/html)",
      "multipart/mixed(text/plain,text/html)"}},
    {"two types",
     "Content-Type: text/plain\r\n" MULTIPART "--B\r\n" HTML "a\r\n--B--\r\n",
     {"text/plain", "multipart/mixed(text/html)", "text/plain"}},
    {"two boundaries",
     "Content-Type: multipart/mixed; boundary=B; boundary=C\r\n\r\n--B\r\n\r\na\r\n--B--\r\n--C\r\n"
     "\r\n--C\r\n\r\nb\r\n--C--\r\n",
     {"multipart/mixed(text/plain)", "multipart/mixed(text/plain,text/plain)",
      "multipart/mixed(text/plain)"}},
    {"boundary by RFC 2231 beside a plain one",
     "Content-Type: multipart/mixed; boundary=B; boundary*=us-ascii''%43\r\n\r\n--B\r\n\r\na\r\n"
     "--B--\r\n--C\r\n" HTML "--C--\r\n",
     {"multipart/mixed(text/plain)", "multipart/mixed(text/plain)", "multipart/mixed(text/html)"}},
    {"boundary in an encoded word",
     "Content-Type: multipart/mixed; boundary=\"=?us-ascii?B?Qg==?=\"\r\n\r\n--B\r\n" HTML
     "a\r\n--B--\r\n",
     {"text/plain", "text/plain", "multipart/mixed(text/html)"}},
    {"boundary partly in an encoded word",
     "Content-Type: multipart/mixed; boundary=\"a=?us-ascii?Q?=42_?=c\"\r\n\r\n--aB c\r\n" HTML
     "a\r\n--aB c--\r\n",
     {"text/plain", "text/plain", "multipart/mixed(text/html)"}},
    {"boundary with escapes",
     "Content-Type: multipart/mixed; boundary=\"a\\b\"\r\n\r\n--a\\b\r\n" HTML "a\r\n--a\\b--\r\n",
     {"text/plain", "text/plain", "multipart/mixed(text/html)"}},
    {"no boundary",
     "Content-Type: multipart/mixed\r\n\r\n--B\r\n" HTML "a\r\n--B--\r\n",
     {"text/plain", "text/plain", "multipart/mixed(text/html)"}},
    {"type without subtype",
     "Content-Type: multipart; boundary=B\r\n\r\n--B\r\n" HTML "a\r\n--B--\r\n",
     {"text/plain", "text/plain", "multipart/mixed(text/html)"}},
    {"text behind the boundary",
     MULTIPART "--B\r\n\r\na\r\n--B x\r\n" HTML "b\r\n--B--\r\n",
     {"multipart/mixed(text/plain)", "multipart/mixed(text/plain)",
      "multipart/mixed(text/plain,text/html)"}},
    {"boundary behind blanks",
     MULTIPART "--B\r\n\r\na\r\n\t --B\r\n" HTML "b\r\n--B--\r\n",
     {"multipart/mixed(text/plain)", "multipart/mixed(text/plain)",
      "multipart/mixed(text/plain,text/html)"}},
    {"boundary behind a bare CR",
     MULTIPART "--B\r\n\r\na\r--B\r\n" HTML "b\r\n--B--\r\n",
     {"multipart/mixed(text/plain)", "multipart/mixed(text/plain)",
      "multipart/mixed(text/plain,text/html)"}},
    {"parts behind the close",
     MULTIPART "--B\r\n\r\na\r\n--B--\r\n--B\r\n" HTML "b\r\n--B--\r\n",
     {"multipart/mixed(text/plain)", "multipart/mixed(text/plain)",
      "multipart/mixed(text/plain,text/html)"}},
    {"a line of blanks ends the header",
     "Subject: a\r\n \r\n" MULTIPART "--B\r\n" HTML "b\r\n--B--\r\n",
     {"multipart/mixed(text/html)", "multipart/mixed(text/html)", "text/plain"}},
    {"a line that is no field ends the header",
     "Subject: a\r\nhello\r\n" HTML,
     {"text/html", "text/html", "text/plain"}},
    {"an empty line in front of the header",
     "\r\nSubject: a\r\n" HTML,
     {"text/plain", "text/plain", "text/html"}},
    {"encoded message",
     "Content-Transfer-Encoding: base64\r\nContent-Type: message/rfc822\r\n\r\n" HTML "a\r\n",
     {"message/rfc822*", "message/rfc822*", "message/rfc822(text/html)"}},
};

static void check_reading(const struct sample *sample, enum reading reading)
{
    struct arena *arena = arena_new();
    struct error err = ERROR_INIT;
    struct map *map = map_build(span_str(sample->bytes), &map_limits_default, reading, arena);
    if (!map_tiles_are_whole(map, &err))
        fail_msg("%s", err.text);
    assert_string_equal(map_tree_text(map, arena), sample->trees[reading]);
    arena_free(&arena);
}

static void each_reading_has_its_tree(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        print_message("  %s\n", samples[i].name);
        for (unsigned reading = 0; reading < READING_COUNT; reading++)
            check_reading(&samples[i], (enum reading)reading);
    }
}

/* The other readings are asked for uncertain messages alone, so where they differ the strict one
 * has to say so. */
static void a_difference_is_an_ambiguity(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        const struct sample *sample = &samples[i];
        bool differs = strcmp(sample->trees[READING_STRICT], sample->trees[READING_LAST]) != 0 ||
                       strcmp(sample->trees[READING_STRICT], sample->trees[READING_LENIENT]) != 0;
        struct arena *arena = arena_new();
        struct map *map =
            map_build(span_str(sample->bytes), &map_limits_default, READING_STRICT, arena);
        assert_int_equal(map->ambiguities != 0, differs);
        arena_free(&arena);
    }
}

static void the_last_of_duplicates_counts(void **state)
{
    (void)state;
    static const char bytes[] =
        "Content-Type: text/plain; charset=utf-8; charset=utf-7\r\n"
        "Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n"
        "Content-Disposition: inline\r\nContent-Disposition: attachment\r\n\r\na";
    struct arena *arena = arena_new();
    const struct map *first =
        map_build(span_str(bytes), &map_limits_default, READING_STRICT, arena);
    const struct map *last = map_build(span_str(bytes), &map_limits_default, READING_LAST, arena);
    assert_int_equal(first->parts[0].encoding, ENCODING_7BIT);
    assert_int_equal(last->parts[0].encoding, ENCODING_BASE64);
    assert_true(span_is(params_find(&first->parts[0].type, "charset")->value, "utf-8"));
    assert_true(span_is(params_find(&last->parts[0].type, "charset")->value, "utf-7"));
    assert_false(part_is_attachment(&first->parts[0]));
    assert_true(part_is_attachment(&last->parts[0]));
    assert_ptr_equal(first->parts[0].encoding_field, &first->fields[1]);
    assert_ptr_equal(last->parts[0].encoding_field, &last->fields[2]);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_reading_has_its_tree),
        cmocka_unit_test(a_difference_is_an_ambiguity),
        cmocka_unit_test(the_last_of_duplicates_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
