/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages for servers that take 7 bits: what a reader decodes of each part is the same before and
 * after, by our reading and by GMime's, and what need not change does not.
 */
#include "engine/message/downgrade.h"

#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/codec_transfer.h"
#include "engine/message/library.h"
#include "engine/message/render.h"
#include "tests/support/corpus_gmime.h"
#include "tests/support/views_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* after the headers that it needs */
#include <cmocka.h>
#include <gmime/gmime.h>

#define ROUNDS 1500

static struct span render_all(struct span original, const struct edits *edits, struct arena *arena)
{
    struct render render;
    struct span slice;
    size_t len = 0;
    render_init(&render, original, edits);
    char *out = arena_alloc(arena, (size_t)render_size(&render) + 1);
    while (render_next(&render, &slice, 1) == 1) {
        memcpy(out + len, slice.ptr, slice.len);
        len += slice.len;
    }
    return span_of(out, len);
}

/* --- our reading --- */

static struct span content_of(struct views *views, const struct part *part)
{
    const struct map *map = views_map(views);
    return view_open(views_root(views), (uint64_t)(part->body.ptr - map->bytes.ptr), part->body.len,
                     transfer_codec(part->encoding), part, NULL)
        ->text;
}

static void assert_parts_alike(struct span before, struct span after, struct arena *arena)
{
    struct map *maps[2] = {map_build(before, &map_limits_default, READING_STRICT, arena),
                           map_build(after, &map_limits_default, READING_STRICT, arena)};
    struct views *views[2] = {views_new(maps[0], &view_limits_default, arena),
                              views_new(maps[1], &view_limits_default, arena)};
    assert_int_equal(maps[0]->part_count, maps[1]->part_count);
    for (size_t i = 0; i < maps[0]->part_count; i++) {
        const struct part *old = &maps[0]->parts[i], *new = &maps[1]->parts[i];
        assert_int_equal(old->kind, new->kind);
        assert_true(span_equal(old->type.type, new->type.type));
        if (old->kind == PART_LEAF)
            assert_same_bytes(content_of(views[1], new), content_of(views[0], old));
        else
            assert_true(new->encoding != ENCODING_8BIT &&new->encoding != ENCODING_BINARY);
    }
}

/* --- GMime's reading --- */

static void add_content(GMimeObject *parent, GMimeObject *object, gpointer user)
{
    struct buf *out = user;
    (void)parent;
    if (!GMIME_IS_PART(object))
        return;
    GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(object));
    GMimeStream *stream = g_mime_stream_mem_new();
    if (content)
        g_mime_data_wrapper_write_to_stream(content, stream);
    GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
    buf_printf(out, "[%u]", bytes->len);
    buf_add(out, span_of((const char *)bytes->data, bytes->len));
    g_object_unref(stream);
}

static void read_by_gmime(struct span bytes, struct buf *out)
{
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes.ptr, bytes.len);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    g_object_unref(parser);
    g_object_unref(stream);
    assert_non_null(message);
    g_mime_message_foreach(message, add_content, out);
    g_object_unref(message);
}

static bool gmime_agrees(struct span bytes, struct arena *arena)
{
    struct error err = ERROR_INIT;
    return gmime_compare(map_build(bytes, &map_limits_default, READING_STRICT, arena), &err) ==
           READ_ALIKE;
}

static bool assert_gmime_alike(struct span before, struct span after, struct arena *arena)
{
    if (!gmime_agrees(before, arena) || !gmime_agrees(after, arena))
        return false;
    struct buf texts[2] = {BUF_INIT, BUF_INIT};
    read_by_gmime(before, &texts[0]);
    read_by_gmime(after, &texts[1]);
    assert_same_bytes(buf_span(&texts[1]), buf_span(&texts[0]));
    buf_fini(&texts[0]);
    buf_fini(&texts[1]);
    return true;
}

/* --- random mail --- */

static unsigned random_state = 11;

static unsigned below(unsigned limit)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 16) % limit;
}

static void add_body(struct buf *out, unsigned eighths)
{
    static const char *const words[] = {
        "\xc3\xbc\xc3\x9f", "x=y",          "a ", "\t",    "--",  "-", "=41",
        "\xff\xfe\x80",     "\xe4\xbd\xa0", ".",  "From ", "text"};
    unsigned lines = below(6);
    for (unsigned i = 0; i < lines; i++) {
        for (unsigned n = below(30); n > 0; n--) {
            const char *word = words[below(ARRAY_LEN(words))];
            if (span_is_ascii(span_str(word)) || below(8) < eighths)
                buf_add_str(out, word);
        }
        buf_add_str(out, "\r\n");
    }
}

static void add_part(struct buf *out, unsigned depth)
{
    static const char *const types[] = {"text/plain; charset=utf-8", "text/html", "text/plain",
                                        "application/octet-stream", "image/png"};
    static const char *const encodings[] = {"8bit", "8bit", "7bit", "8BIT (why)", NULL};
    const char *encoding = encodings[below(ARRAY_LEN(encodings))];
    unsigned kind = depth > 3 ? 0 : below(8);
    if (encoding)
        buf_printf(out, "Content-Transfer-Encoding: %s\r\n", encoding);
    if (kind > 5) {
        buf_printf(out, "Content-Type: multipart/mixed; boundary=b%u\r\n\r\n", depth);
        for (unsigned n = 1 + below(3); n > 0; n--) {
            buf_printf(out, "--b%u\r\n", depth);
            add_part(out, depth + 1);
            buf_add_str(out, "\r\n");
        }
        buf_printf(out, "--b%u--\r\n", depth);
    } else if (kind == 5) {
        buf_add_str(out,
                    "Content-Type: message/rfc822\r\n\r\nSubject: inner\r\nMIME-Version: 1.0\r\n");
        add_part(out, depth + 1);
    } else {
        buf_printf(out, "Content-Type: %s\r\n\r\n", types[below(ARRAY_LEN(types))]);
        add_body(out, below(9));
    }
}

static void test_random(void **state)
{
    (void)state;
    unsigned done = 0, compared = 0;
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct arena *arena = arena_new();
        struct buf mail = BUF_INIT;
        struct downgrade result;
        buf_add_str(&mail, "From: a@b.example\r\nMIME-Version: 1.0\r\n");
        add_part(&mail, 0);
        struct span before = buf_span(&mail);
        downgrade(before, NULL, NULL, arena, &result);
        assert_true((result.result == DOWNGRADE_NEEDLESS) == span_is_ascii(before));
        struct span after = render_all(result.bytes, result.edits, arena);
        if (result.result == DOWNGRADE_DONE) {
            assert_true(span_is_ascii(after));
            assert_parts_alike(before, after, arena);
            compared += assert_gmime_alike(before, after, arena);
            done++;
        } else {
            assert_true(span_equal(before, after));
        }
        buf_fini(&mail);
        arena_free(&arena);
    }
    print_message("  %u done, %u compared with GMime\n", done, compared);
    assert_true(done > ROUNDS / 3 && compared > ROUNDS / 4); /* else this test says little */
}

/* --- known mail --- */

static struct downgrade check(const char *text, const char *expected)
{
    struct arena *arena = arena_new();
    struct downgrade result;
    struct span before = with_crlf(arena, text);
    downgrade(before, NULL, NULL, arena, &result);
    struct span after = render_all(result.bytes, result.edits, arena);
    if (expected)
        assert_same_bytes(after, with_crlf(arena, expected));
    result.edits = NULL;
    result.bytes = SPAN("");
    arena_free(&arena);
    return result;
}

static void test_known(void **state)
{
    (void)state;
    assert_int_equal(check("Content-Transfer-Encoding: 8bit\n\ntext\n",
                           "Content-Transfer-Encoding: 8bit\n\ntext\n")
                         .result,
                     DOWNGRADE_NEEDLESS);
    assert_int_equal(check("Subject: x\n\n\xc3\xa4=\n",
                           "Subject: x\nMIME-Version: 1.0\n"
                           "Content-Transfer-Encoding: quoted-printable\n\n=C3=A4=3D\n")
                         .result,
                     DOWNGRADE_DONE);
    assert_int_equal(
        check("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n"
              "Content-Transfer-Encoding: 8bit\n\nhi\n--b\n\n\xc3\xa4\n--b\n"
              "Content-Type: image/x\nContent-Transfer-Encoding: 8bit\n\n\xff\xfe\xfd\n--b\n"
              "Content-Transfer-Encoding: 8bit\n\nplain\n--b\n"
              "Content-Transfer-Encoding: base64\n\nw6Q=\n--b--\n",
              "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n"
              "Content-Transfer-Encoding: 7bit\n\nhi\n--b\n"
              "Content-Transfer-Encoding: quoted-printable\n\n=C3=A4\n--b\n"
              "Content-Type: image/x\nContent-Transfer-Encoding: base64\n\n//79\n--b\n"
              "Content-Transfer-Encoding: 7bit\n\nplain\n--b\n"
              "Content-Transfer-Encoding: base64\n\nw6Q=\n--b--\n")
            .result,
        DOWNGRADE_DONE);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *mail;
        const char *reason;
    } cases[] = {
        {"Subject: \xc3\xa4\n\ntext\n", "a header has 8-bit text"},
        {"Content-Type: message/rfc822\n\nSubject: \xc3\xa4\n\nx\n", "a header has 8-bit text"},
        {"Content-Type: multipart/signed; boundary=b\n\n--b\n\n\xc3\xa4\n--b\n\ns\n--b--\n",
         "a signed or encrypted part has 8-bit text"},
        {"Content-Type: multipart/signed; boundary=b\n\n--b\n"
         "Content-Type: multipart/mixed; boundary=c\n\n--c\n\n\xc3\xa4\n--c--\n--b\n\ns\n--b--\n",
         "a signed or encrypted part has 8-bit text"},
        {"Content-Type: application/pkcs7-mime\nContent-Transfer-Encoding: 8bit\n\n\xff\n",
         "a signed or encrypted part has 8-bit text"},
        {"Content-Type: message/delivery-status\n\n\xc3\xa4: x\n",
         "a part of type message has 8-bit text"},
        {"Content-Transfer-Encoding: base64\n\nw6Q=\xc3\xa4\n",
         "an encoded part has 8-bit text all the same"},
        {"Content-Type: multipart/mixed; boundary=b\n\n\xc3\xa4\n--b\n\nx\n--b--\n",
         "there is 8-bit text outside of its parts"},
        {"Content-Transfer-Encoding: 8bit\nContent-Transfer-Encoding: 7bit\n\n\xc3\xa4\n",
         "it could be read in several ways"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct downgrade result = check(cases[i].mail, cases[i].mail);
        assert_int_equal(result.result, DOWNGRADE_REFUSED);
        assert_string_equal(result.reason, cases[i].reason);
        assert_int_equal(result.has_8bit_header, i < 2);
    }
}

/* The edits of rules are in it, and what they brought is encoded like the rest. */
static void test_behind_edits(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct span before = with_crlf(arena, "MIME-Version: 1.0\n\nsecret and more\n");
    struct edits edits;
    struct downgrade result;
    struct error err = ERROR_INIT;
    edits_init(&edits, arena);
    edits_add(&edits, (struct edit){.off = (uint64_t)span_find(before, SPAN("secret")),
                                    .len = 6,
                                    .with = SPAN("gehe\xc3\xafm"),
                                    .kind = EDIT_REPLACE,
                                    .rule = "test"});
    assert_true(edits_seal(&edits, before, &err));
    downgrade(before, &edits, NULL, arena, &result);
    assert_int_equal(result.result, DOWNGRADE_DONE);
    assert_same_bytes(render_all(result.bytes, result.edits, arena),
                      with_crlf(arena, "MIME-Version: 1.0\n"
                                       "Content-Transfer-Encoding: quoted-printable\n\n"
                                       "gehe=C3=AFm and more\n"));
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_behind_edits),
        cmocka_unit_test(test_random),
    };
    message_library_init();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed;
}
