/* SPDX-License-Identifier: Apache-2.0 */
/* File names in all spellings (RFC 2231, RFC 2047 in quotes, raw 8-bit), read and written. */
#include "engine/base/buf.h"
#include "tests/support/views_rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <gmime/gmime.h>
#include <stdlib.h>

#define BIT(a) AMBIGUITY_BIT(AMBIGUITY_##a)

static void open_part(struct views_rig *rig, const char *fields)
{
    struct arena *arena = arena_new();
    const char *message = arena_printf(arena, "%s\n\nbody", fields);
    views_rig_open(rig, with_crlf(arena, message));
    arena_free(&arena);
}

static const struct {
    const char *fields;
    const char *names; /* with "|" between them */
    ambiguity_set ambiguities;
} spelled[] = {
    {"Subject: x", "", 0},
    {"Content-Disposition: attachment", "", 0},
    {"Content-Disposition: attachment; filename=a.txt", "a.txt", 0},
    {"Content-Disposition: attachment; filename=\"a \\\"b\\\".txt\"", "a \"b\".txt", 0},
    {"Content-Disposition: attachment;\n\tFILENAME=\"a.txt\"", "a.txt", 0},
    {"Content-Type: application/x; name=a.txt\nContent-Disposition: attachment; filename=a.txt",
     "a.txt|a.txt", 0},
    {"Content-Disposition: attachment; filename*=UTF-8''caf%C3%A9.txt", "caf\xc3\xa9.txt", 0},
    {"Content-Disposition: attachment; filename*=iso-8859-1'fr'caf%E9.txt", "caf\xc3\xa9.txt", 0},
    {"Content-Disposition: attachment; filename*0=one; filename*1=two", "onetwo", 0},
    {"Content-Disposition: attachment; filename*1=two; filename*0=one", "onetwo",
     BIT(BAD_PARAMETER)},
    {"Content-Disposition: attachment; filename*0*=UTF-8''caf%C3; filename*1*=%A9;"
     " filename*2=\"%20.txt\"",
     "caf\xc3\xa9%20.txt", 0},
    {"Content-Disposition: attachment; filename*10=k; filename*9=j; filename*0=a; filename*1=b;"
     " filename*2=c; filename*3=d; filename*4=e; filename*5=f; filename*6=g; filename*7=h;"
     " filename*8=i",
     "abcdefghijk", BIT(BAD_PARAMETER)},
    {"Content-Disposition: attachment; filename=\"=?utf-8?Q?caf=C3=A9.txt?=\"", "caf\xc3\xa9.txt",
     0},
    {"Content-Disposition: attachment; filename=\"caf\xc3\xa9.txt\"", "caf\xc3\xa9.txt", 0},
    {"Content-Disposition: attachment; filename=\"caf\xe9.txt\"", "caf\xc3\xa9.txt", 0},
    /* a plain spelling that stands in for one that it cannot hold */
    {"Content-Disposition: attachment; filename=\"cafe.txt\"; filename*=UTF-8''caf%C3%A9.txt",
     "cafe.txt|caf\xc3\xa9.txt", 0},
    {"Content-Disposition: attachment; filename=a.txt; filename*=UTF-8''b.exe", "a.txt|b.exe",
     BIT(DIFFERENT_NAMES)},
    {"Content-Disposition: attachment; filename=caf.txt; filename*=UTF-8''caf%C3%A9.exe",
     "caf.txt|caf\xc3\xa9.exe", BIT(DIFFERENT_NAMES)},
    {"Content-Type: application/x; name=b.txt\nContent-Disposition: attachment; filename=a.txt",
     "a.txt|b.txt", 0},
};

static void reads_all_spellings(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(spelled); i++) {
        struct views_rig rig;
        struct view *names[8], *again[8];
        struct buf joined = BUF_INIT;
        open_part(&rig, spelled[i].fields);
        const struct part *part = &rig.map->parts[0];
        size_t count = open_filenames(rig.views, part, names, 8);
        for (size_t k = 0; k < count; k++) {
            buf_add_str(&joined, k > 0 ? "|" : "");
            buf_add(&joined, names[k]->text);
        }
        if (!span_is(buf_span(&joined), spelled[i].names) ||
            rig.map->ambiguities != spelled[i].ambiguities)
            fail_msg("%s: \"%.*s\" %llx", spelled[i].fields, SPAN_ARG(buf_span(&joined)),
                     (unsigned long long)rig.map->ambiguities);
        assert_int_equal(open_filenames(rig.views, part, again, 8), count);
        for (size_t k = 0; k < count; k++)
            assert_ptr_equal(again[k], names[k]);
        assert_true(span_equal(part_filename(rig.views, part), count ? names[0]->text : SPAN("")));
        if (count > 1)
            assert_int_equal(open_filenames(rig.views, part, again, 1), 1);
        buf_fini(&joined);
        views_rig_close(&rig);
    }
}

static const struct {
    const char *fields;
    const char *needle, *with;
    const char *expected;
} edited[] = {
    {"Content-Disposition: attachment; filename=secret.txt; size=3", "secret", "plain",
     "Content-Disposition: attachment; filename=plain.txt; size=3"},
    {"Content-Disposition: attachment; filename=secret.txt", "secret", "a b",
     "Content-Disposition: attachment; filename=\"a b.txt\""},
    {"Content-Disposition: attachment; filename=\"secret.txt\"", "secret", "a\"\\",
     "Content-Disposition: attachment; filename=\"a\\\"\\\\.txt\""},
    {"Content-Disposition: attachment; filename=secret.txt", "secret", "caf\xc3\xa9",
     "Content-Disposition: attachment; filename*=UTF-8''caf%C3%A9.txt"},
    {"Content-Disposition: attachment; filename=\"secret e.txt\"; "
     "filename*=UTF-8''secret%20%C3%A9.txt",
     "secret", "caf\xc3\xa9",
     "Content-Disposition: attachment; filename=\"caf_ e.txt\";"
     "\n filename*=UTF-8''caf%C3%A9%20%C3%A9.txt"},
    {"Content-Disposition: attachment; filename*=iso-8859-1''secret%E9.txt; size=3", "secret", "x",
     "Content-Disposition: attachment; filename*=UTF-8''x%C3%A9.txt; size=3"},
    {"Content-Disposition: attachment; filename*1=ret.txt; size=3; filename*0=sec", "secret", "new",
     "Content-Disposition: attachment; filename*0=\"new.txt\"; size=3"},
    {"Content-Disposition: attachment;\n filename*0*=UTF-8''sec;\n filename*1*=ret%20.txt",
     "secret", "new", "Content-Disposition: attachment;\n filename*0*=UTF-8''new%20.txt"},
    {"Content-Disposition: attachment; filename=\"=?utf-8?Q?secret_=C3=A9.txt?=\"", "secret", "x",
     "Content-Disposition: attachment; filename=\"=?UTF-8?B?eCDDqS50eHQ=?=\""},
    {"Content-Disposition: attachment; filename=\"secret \xc3\xa9.txt\"", "secret", "\xe2\x82\xac",
     "Content-Disposition: attachment; filename=\"\xe2\x82\xac \xc3\xa9.txt\""},
    {"Content-Disposition: attachment; filename=secret.txt", "secret", "a\r\nX: y\r\n\r\nb",
     "Content-Disposition: attachment; filename=\"a  X: y    b.txt\""},
    {"Content-Disposition: attachment; filename=secret.txt", "secret.txt", "",
     "Content-Disposition: attachment; filename=\"\""},
};

static void writes_in_the_same_spelling(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(edited); i++) {
        struct views_rig rig;
        struct view *names[8];
        struct error err = ERROR_INIT;
        open_part(&rig, edited[i].fields);
        size_t count = open_filenames(rig.views, &rig.map->parts[0], names, 8);
        assert_true(count > 0);
        for (size_t k = 0; k < count; k++)
            assert_int_equal(rig_edit(names[k], edited[i].needle, edited[i].with, EDIT_REPLACE), 1);
        struct span out = rig_output(&rig, &err);
        if (!out.ptr)
            fail_msg("%s: %s", edited[i].fields, err.text);
        const char *expected = arena_printf(rig.arena, "%s\n\nbody", edited[i].expected);
        assert_same_bytes(out, with_crlf(rig.arena, expected));
        views_rig_close(&rig);
    }
}

/* The name as GMime reads it. */
static struct span read_by_gmime(struct span message, struct arena *arena)
{
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(message.ptr, message.len);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *parsed = g_mime_parser_construct_message(parser, NULL);
    assert_non_null(parsed);
    GMimeObject *part = g_mime_message_get_mime_part(parsed);
    const char *name = g_mime_part_get_filename(GMIME_PART(part));
    struct span copy = arena_copy(arena, span_str(name));
    g_object_unref(parsed);
    g_object_unref(parser);
    g_object_unref(stream);
    return copy;
}

static void random_names(void **state)
{
    (void)state;
    static const char *const styles[] = {
        "filename=\"secret x.txt\"",
        "filename=secret.txt",
        "filename*=utf-8''secret%20%C3%A9",
        "filename*0=\"secret a\"; filename*1=\"b.txt\"",
        "filename*0*=utf-8''secret%C3%A9; filename*1=\"b.txt\"",
    };
    static const char *const pieces[] = {
        "a", " ", "\xc3\xa9",        "\xe6\xbc\xa2",    "\"", "\\", ";", "%", "'", "*",
        "=", ".", "long long name ", "\xf0\x9f\x98\x80"};
    srand(2231);
    for (int round = 0; round < 3000; round++) {
        struct views_rig rig, again;
        struct view *names[8];
        struct error err = ERROR_INIT;
        struct buf with = BUF_INIT;
        for (int count = rand() % 30; count > 0; count--)
            buf_add_str(&with, pieces[(size_t)rand() % ARRAY_LEN(pieces)]);
        buf_add(&with, span_of("", 1));
        struct arena *arena = arena_new();
        open_part(&rig, arena_printf(arena,
                                     "Content-Type: image/png\nContent-Disposition: attachment; %s",
                                     styles[(size_t)rand() % ARRAY_LEN(styles)]));
        assert_int_equal(open_filenames(rig.views, &rig.map->parts[0], names, 8), 1);
        assert_int_equal(rig_edit(names[0], "secret", with.ptr, EDIT_REPLACE), 1);
        struct span wanted = plain_splice(names[0], arena);
        struct span out = rig_output(&rig, &err);
        if (!out.ptr)
            fail_msg("%s", err.text);
        views_rig_open(&again, out);
        assert_int_equal(again.map->ambiguities, 0);
        assert_int_equal(open_filenames(again.views, &again.map->parts[0], names, 8), 1);
        assert_same_bytes(names[0]->text, wanted);
        assert_same_bytes(read_by_gmime(out, arena), wanted);
        for (size_t at = 0, start = 0; at < out.len; at++) {
            if (at - start > 250)
                fail_msg("a long line: %.*s", SPAN_ARG(out));
            start = out.ptr[at] == '\n' ? at : start;
        }
        views_rig_close(&again);
        views_rig_close(&rig);
        arena_free(&arena);
        buf_fini(&with);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_spellings),
        cmocka_unit_test(writes_in_the_same_spelling),
        cmocka_unit_test(random_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
