/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random edits of random texts in every charset and transfer encoding: what a reader decodes from
 * the rendered message is the plain splice of the decoded text, also for GMime; what stands before
 * the first and behind the last touched line is as it was.
 */
#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/base64.h"
#include "engine/message/codecs/charset.h"
#include "engine/message/codecs/quoted.h"
#include "tests/support/views_rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <gmime/gmime.h>
#include <stdlib.h>

#define ROUNDS 400

/* Characters that the charset has, besides ASCII. */
static const struct repertoire {
    const char *charset;
    const char *characters;
} repertoires[] = {
    {"us-ascii", ""},
    {"utf-8", "\xc3\xa4\xe2\x82\xac\xe6\xbc\xa2\xf0\x9f\x98\x80"},
    {"iso-8859-1", "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f"},
    {"windows-1252", "\xc3\xa4\xe2\x82\xac\xe2\x80\x9e"},
    {"koi8-r", "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82"},
    {"windows-1251", "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82"},
    {"gb18030", "\xe4\xbd\xa0\xe5\xa5\xbd\xf0\x9f\x98\x80\xc3\xbf"},
    {"gb2312", "\xe4\xbd\xa0\xe5\xa5\xbd"},
    {"big5", "\xe4\xb8\xad\xe6\x96\x87"},
    {"euc-kr", "\xed\x95\x9c\xea\xb5\xad\xec\x96\xb4"},
    {"euc-jp", "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"shift_jis", "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xef\xbd\xb1"},
    {"iso-2022-jp", "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"iso-2022-kr", "\xed\x95\x9c\xea\xb5\xad\xec\x96\xb4"},
    {"utf-7", "\xc3\xa4\xe2\x82\xac\xe6\xbc\xa2"},
    {"utf-16le", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
    {"utf-16be", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
    {"utf-32le", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
    {"iso-8859-8", "\xd7\xa9\xd7\x9c"},
    {"tis-620", "\xe0\xb8\x81\xe0\xb8\x82"},
};

/* Characters that hardly any of them has. */
static const char foreign[] = "\xc3\xa4\xe2\x82\xac\xe6\xbc\xa2\xf0\x9f\x98\x80";

static size_t random_below(size_t limit)
{
    return limit > 0 ? (size_t)rand() % limit : 0;
}

static struct span random_character(struct span characters)
{
    size_t at = random_below(characters.len);
    at = utf8_floor(characters, at);
    return span_sub(characters, at, utf8_decode(span_from(characters, at), NULL));
}

static struct span random_text(struct span characters, size_t most, struct arena *arena)
{
    static const char ascii[] = "abc 123-45-6789 =_?.,;:-+~\t<&>\\\"' xyz";
    struct buf out = BUF_INIT;
    for (size_t count = random_below(most); count > 0; count--) {
        size_t dice = random_below(20);
        if (dice == 0)
            buf_add_str(&out, "\r\n");
        else if (dice < 7 && characters.len > 0)
            buf_add(&out, random_character(characters));
        else
            buf_add_byte(&out, ascii[random_below(sizeof ascii - 1)]);
    }
    struct span copy = arena_copy(arena, buf_span(&out));
    buf_fini(&out);
    return copy;
}

static struct span in_charset(const char *charset, struct span text, struct arena *arena)
{
    const struct charset *found = charset_find(span_str(charset));
    assert_non_null(found);
    struct converter *converter = converter_new(found, found->big, arena);
    assert_non_null(converter);
    struct bulk_budget budget = {.arena = arena, .memory_left = UINT64_C(1) << 30};
    struct bulk out;
    struct span octets;
    bulk_init(&out, &budget, text.len);
    assert_true(converter_encode(converter, text, true, &out));
    assert_true(bulk_finish(&out, &octets, NULL));
    return octets;
}

static struct span in_encoding(const char *encoding, struct span octets, struct arena *arena)
{
    struct bulk_budget budget = {.arena = arena, .memory_left = UINT64_C(1) << 30};
    struct bulk out;
    struct span body;
    bulk_init(&out, &budget, octets.len * 2);
    if (strcmp(encoding, "base64") == 0) {
        struct base64_encoder encoder = {.out = &out, .line = 4 * (1 + random_below(19))};
        base64_encode(&encoder, octets);
        base64_encode_end(&encoder);
    } else if (strcmp(encoding, "quoted-printable") == 0) {
        struct quoted_encoder encoder = {.out = &out};
        quoted_encode(&encoder, octets);
        quoted_encode_end(&encoder, false);
    } else {
        bulk_add(&out, octets);
    }
    assert_true(bulk_finish(&out, &body, NULL));
    return body;
}

static bool is_wide(const char *charset)
{
    return strncmp(charset, "utf-16", 6) == 0 || strncmp(charset, "utf-32", 6) == 0;
}

/* It has no UTF-7, and a yen sign for the backslash in Shift_JIS. */
static bool gmime_reads(const char *charset)
{
    return !is_wide(charset) && strcmp(charset, "utf-7") != 0 && strcmp(charset, "shift_jis") != 0;
}

/* Edits that do not overlap and do not part a CR from its LF. */
static void random_edits(struct view *view, struct span characters, struct arena *arena)
{
    size_t at = 0;
    while (random_below(6) > 0 && at <= view->text.len) {
        size_t from = at + random_below(view->text.len - at + 1);
        size_t to = from + random_below(12);
        from = utf8_floor(view->text, from);
        to = utf8_floor(view->text, to > view->text.len ? view->text.len : to);
        if (from > 0 && from < view->text.len && view->text.ptr[from] == '\n')
            from--;
        if (to < view->text.len && to > 0 && view->text.ptr[to] == '\n')
            to--;
        if (to < from || from < at)
            break;
        struct span with = random_text(random_below(3) ? SPAN("") : characters, 12, arena);
        struct edit edit = {from, to - from, with, EDIT_REPLACE, "random", 0};
        struct error err = ERROR_INIT;
        if (!view_edit(view, edit, &err))
            fail_msg("%s", err.text);
        at = to + 1;
    }
}

/* GMime as the second reader of what we wrote. */
static struct span read_by_gmime(struct span message, struct arena *arena)
{
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(message.ptr, message.len);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *parsed = g_mime_parser_construct_message(parser, NULL);
    assert_non_null(parsed);
    GMimeObject *part = g_mime_message_get_mime_part(parsed);
    assert_true(GMIME_IS_TEXT_PART(part));
    char *text = g_mime_text_part_get_text(GMIME_TEXT_PART(part));
    struct span copy = text ? arena_copy(arena, span_str(text)) : span_of(NULL, 0);
    g_free(text);
    g_object_unref(parsed);
    g_object_unref(parser);
    g_object_unref(stream);
    return copy;
}

/* Without CR and trailing blanks: GMime keeps blanks at line ends of quoted-printable. */
static struct span normal(struct span text, struct arena *arena)
{
    char *copy = arena_alloc(arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '\r')
            copy[len++] = text.ptr[i];
    }
    while (len > 0 && copy[len - 1] == '\n')
        len--;
    return span_of(copy, len);
}

/* What is before the first touched line, and behind the last one. */
static void check_surroundings(const struct views_rig *rig, const struct view *view,
                               struct span out, bool tail)
{
    struct span in = rig->map->bytes;
    uint64_t first = in.len, last = 0;
    for (size_t i = 0; i < view->edits.count; i++) {
        uint64_t off, len;
        view_origin(view, view->edits.items[i].off, view->edits.items[i].len, &off, &len);
        first = off < first ? off : first;
        last = off + len > last ? off + len : last;
    }
    while (first > 0 && in.ptr[first - 1] != '\n')
        first--;
    while (last < in.len && in.ptr[last] != '\n')
        last++;
    assert_true(span_equal(span_sub(out, 0, first), span_sub(in, 0, first)));
    size_t rest = in.len - last;
    if (tail) {
        assert_true(rest <= out.len);
        assert_true(span_equal(span_from(out, out.len - rest), span_from(in, last)));
    }
}

static void one_round(const struct repertoire *repertoire, const char *encoding)
{
    struct arena *arena = arena_new();
    struct views_rig rig;
    bool exact = strcmp(encoding, "7bit") != 0 && strcmp(encoding, "8bit") != 0;
    struct span characters = span_str(repertoire->characters);
    struct span text = random_text(characters, 600, arena);
    struct span octets = in_charset(repertoire->charset, text, arena);
    struct span body = in_encoding(encoding, octets, arena);
    struct span message = span_str(
        arena_printf(arena,
                     "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=%s\r\n"
                     "Content-Transfer-Encoding: %s\r\n\r\n",
                     repertoire->charset, encoding));
    struct buf whole = BUF_INIT;
    buf_add(&whole, message);
    buf_add(&whole, body);
    views_rig_open(&rig, buf_span(&whole));
    buf_fini(&whole);
    struct view *view = rig_text(&rig, 0);
    assert_same_bytes(view->text, text);
    assert_int_equal(rig.map->ambiguities, 0);
    random_edits(view, random_below(4) ? characters : span_str(foreign), arena);
    struct span wanted = plain_splice(view, arena);
    struct error err = ERROR_INIT;
    struct span out = rig_output(&rig, &err);
    if (!out.ptr)
        fail_msg("%s in %s: %s", repertoire->charset, encoding, err.text);

    struct views_rig again;
    views_rig_open(&again, out);
    assert_same_bytes(rig_text(&again, 0)->text, wanted);
    bool switched = !span_equal(again.map->parts[0].header, rig.map->parts[0].header);
    if (view->edits.count > 0 && !switched)
        check_surroundings(&rig, view, out, strcmp(encoding, "base64") != 0);
    if (strcmp(encoding, "7bit") == 0 && span_is_ascii(rig.map->bytes))
        assert_true(span_is_ascii(out));
    if (random_below(4) == 0 && exact && gmime_reads(repertoire->charset)) {
        struct span second = read_by_gmime(out, arena);
        assert_same_bytes(normal(second, arena), normal(wanted, arena));
    }
    views_rig_close(&again);
    views_rig_close(&rig);
    arena_free(&arena);
}

static void rounds_in(const char *encoding)
{
    bool seven = strcmp(encoding, "7bit") == 0;
    for (int round = 0; round < ROUNDS; round++) {
        const struct repertoire *repertoire = &repertoires[random_below(ARRAY_LEN(repertoires))];
        bool ascii_only = strcmp(repertoire->charset, "us-ascii") == 0 ||
                          strncmp(repertoire->charset, "iso-2022", 8) == 0 ||
                          strcmp(repertoire->charset, "utf-7") == 0;
        bool lines = seven || strcmp(encoding, "8bit") == 0;
        if ((seven && !ascii_only) || (lines && is_wide(repertoire->charset)))
            continue;
        one_round(repertoire, encoding);
    }
}

static void seven_bit(void **state)
{
    (void)state;
    srand(7);
    rounds_in("7bit");
    rounds_in("7bit");
}

static void eight_bit(void **state)
{
    (void)state;
    srand(8);
    rounds_in("8bit");
}

static void quoted_printable(void **state)
{
    (void)state;
    srand(9);
    rounds_in("quoted-printable");
}

static void base64(void **state)
{
    (void)state;
    srand(64);
    rounds_in("base64");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seven_bit),
        cmocka_unit_test(eight_bit),
        cmocka_unit_test(quoted_printable),
        cmocka_unit_test(base64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
