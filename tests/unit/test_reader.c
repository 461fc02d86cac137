/* SPDX-License-Identifier: Apache-2.0 */
/* What a reader sees of a text: the table of characters, the view, and edits through it. */
#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/codec_reader.h"
#include "engine/message/codecs/sight.h"
#include "tests/support/views_rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdlib.h>
#include <time.h>

#define NBSP "\xc2\xa0"
#define ZWSP "\xe2\x80\x8b"
#define ZWJ "\xe2\x80\x8d"
#define WIDE "\xe3\x80\x80"    /* U+3000 */
#define TAG "\xf3\xa0\x81\x81" /* U+E0041 */
#define HEART "\xe2\x9d\xa4"   /* U+2764, of the same first byte as ZWSP */
#define FAMILY "\xf0\x9f\x91\xa8" ZWJ "\xf0\x9f\x91\xa9"
#define SEEN_FAMILY "\xf0\x9f\x91\xa8\xf0\x9f\x91\xa9"

static void open_text_of(struct views_rig *rig, const char *header, struct span text)
{
    struct buf message = BUF_INIT;
    buf_add_str(&message, header);
    buf_add(&message, text);
    views_rig_open(rig, buf_span(&message));
    buf_fini(&message);
}

static const char plain[] = "Content-Type: text/plain; charset=utf-8\r\n"
                            "Content-Transfer-Encoding: 8bit\r\n\r\n";

static void a_character_is_seen_or_not(void **state)
{
    static const uint32_t blanks[] = {0xa0, 0x1680, 0x2000, 0x200a, 0x202f, 0x205f, 0x3000};
    static const uint32_t nothing[] = {0xad,    0x34f,   0x61c,   0x115f, 0x1160, 0x180b,
                                       0x180f,  0x200b,  0x200f,  0x202a, 0x202e, 0x2060,
                                       0x2064,  0x2066,  0x2069,  0xfe00, 0xfe0f, 0xfeff,
                                       0xe0000, 0xe007f, 0xe01ef, 0x80,   0x9f,   0xfffd};
    static const uint32_t seen[] = {0,      ' ',    '\t',   '~',    0x7f,   0xa1,   0xae,    0x300,
                                    0x167f, 0x1fff, 0x2010, 0x2028, 0x2070, 0x3001, 0x10ffff};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(blanks); i++)
        assert_int_equal(sight_of(blanks[i]), SIGHT_BLANK);
    for (size_t i = 0; i < ARRAY_LEN(nothing); i++)
        assert_int_equal(sight_of(nothing[i]), SIGHT_NOTHING);
    for (size_t i = 0; i < ARRAY_LEN(seen); i++)
        assert_int_equal(sight_of(seen[i]), SIGHT_ITSELF);
}

/* The short cut over first bytes must not pass over anything of the table. */
static void every_character_is_found_in_a_text(void **state)
{
    (void)state;
    for (uint32_t code = 1; code <= 0x10ffff; code++) {
        char text[16] = "ab" HEART;
        size_t len, at;
        enum sight sight;
        if (code >= 0xd800 && code <= 0xdfff)
            continue;
        len = 5 + utf8_encode(code, text + 5);
        text[len] = 'c';
        at = sight_next(span_of(text, len + 1), &len, &sight);
        assert_int_equal(sight, sight_of(code));
        assert_int_equal(at, sight == SIGHT_ITSELF ? utf8_encode(code, text + 8) + 6 : 5);
    }
}

static void plain_text_has_no_other_view(void **state)
{
    struct views_rig rig;
    (void)state;
    open_text_of(&rig, plain,
                 SPAN("Gr\xc3\xbc\xc3\x9f"
                      "e, " HEART " \xe6\xbc\xa2 123-45-6789\r\n"));
    assert_null(view_as_read(rig_text(&rig, 0)));
    assert_null(view_as_read(rig_text(&rig, 0)));
    assert_null(view_as_read(views_root(rig.views)));
    views_rig_close(&rig);
}

static void blanks_are_spaces_and_the_invisible_is_gone(void **state)
{
    struct views_rig rig;
    (void)state;
    open_text_of(&rig, plain,
                 SPAN(ZWSP "a" NBSP WIDE "b" ZWJ TAG "c " FAMILY "\r\n" HEART "\xef\xb8\x8f" NBSP));
    struct view *read = view_as_read(rig_text(&rig, 0));
    assert_non_null(read);
    assert_ptr_equal(read, view_as_read(rig_text(&rig, 0)));
    assert_null(view_as_read(read));
    assert_same_bytes(read->text, SPAN("a  bc " SEEN_FAMILY "\r\n" HEART " "));
    views_rig_close(&rig);
}

static void expect_edit(const char *header, const char *text, const char *needle, const char *with,
                        enum edit_kind kind, const char *expected)
{
    struct views_rig rig;
    struct error err = ERROR_INIT;
    struct buf wanted = BUF_INIT;
    open_text_of(&rig, header, span_str(text));
    struct view *read = view_as_read(rig_text(&rig, 0));
    assert_non_null(read);
    assert_int_equal(rig_edit(read, needle, with, kind), 1);
    struct span out = rig_output(&rig, &err);
    buf_add_str(&wanted, header);
    buf_add_str(&wanted, expected);
    assert_same_bytes(out, buf_span(&wanted));
    buf_fini(&wanted);
    views_rig_close(&rig);
}

static void an_edit_covers_the_invisible_inside(void **state)
{
    (void)state;
    expect_edit(plain, "x" ZWSP "12" ZWSP "3" NBSP "4" ZWJ " " FAMILY "\r\n", "123 4", "*****",
                EDIT_MASK, "x" ZWSP "*****" ZWJ " " FAMILY "\r\n");
    expect_edit(plain, "a" NBSP "12" NBSP "34" NBSP "b\r\n", "12 34", "*****", EDIT_MASK,
                "a" NBSP "*****" NBSP "b\r\n");
    expect_edit(plain, "1" TAG TAG TAG "2" WIDE "\r\n", "12", "[X]", EDIT_REDACT,
                "[X]" WIDE "\r\n");
    expect_edit(plain, ZWSP "12" ZWSP, "12", "", EDIT_REPLACE, ZWSP ZWSP);
}

static void a_mask_of_both_texts_is_one(void **state)
{
    struct views_rig rig;
    struct error err = ERROR_INIT;
    (void)state;
    open_text_of(&rig, plain, SPAN("1" NBSP "2345" ZWSP "6\r\n"));
    struct view *text = rig_text(&rig, 0);
    assert_int_equal(rig_edit(text, "2345", "***5", EDIT_MASK), 1);
    assert_int_equal(rig_edit(view_as_read(text), "1 23", "****", EDIT_MASK), 1);
    struct span leaving = view_text_leaving(view_as_read(text), 0, 4);
    assert_int_equal(span_find_byte(leaving, '1'), SPAN_NONE);
    assert_int_equal(span_find_byte(leaving, '3'), SPAN_NONE);
    struct span out = rig_output(&rig, &err);
    assert_same_bytes(span_from(out, sizeof plain - 1), SPAN("*****5" ZWSP "6\r\n"));
    views_rig_close(&rig);
}

/* --- a slow twin, and random texts --- */

static size_t random_below(size_t limit)
{
    return limit > 0 ? (size_t)rand() % limit : 0;
}

static struct span random_text(size_t most, struct arena *arena)
{
    static const char *const bits[] = {"1",  "2",  "ab", " ",  "\r\n", "\xc3\xa4", HEART,
                                       NBSP, NBSP, WIDE, ZWSP, ZWJ,    TAG,        FAMILY};
    struct buf out = BUF_INIT;
    size_t rare = random_below(3) == 0 ? 7 : ARRAY_LEN(bits);
    for (size_t count = random_below(most); count > 0; count--)
        buf_add_str(&out, bits[random_below(random_below(40) ? rare : ARRAY_LEN(bits))]);
    if (random_below(4) == 0) { /* more than a mark's worth of one thing */
        const char *bit = bits[random_below(ARRAY_LEN(bits))];
        for (size_t count = random_below(2000); count > 0; count--)
            buf_add_str(&out, bit);
        buf_add_str(&out, "12" ZWSP "3");
    }
    struct span copy = arena_copy(arena, buf_span(&out));
    buf_fini(&out);
    return copy;
}

/* For each byte of what is read, and its end: where the character stands below and where it
 * ends. */
struct twin {
    struct buf text;
    size_t *from, *end;
};

static void make_twin(struct twin *twin, struct span raw, struct arena *arena)
{
    twin->text = (struct buf)BUF_INIT;
    twin->from = arena_array(arena, raw.len + 1, sizeof *twin->from);
    twin->end = arena_array(arena, raw.len + 1, sizeof *twin->end);
    for (size_t at = 0; at < raw.len;) {
        uint32_t code;
        size_t len = utf8_decode(span_from(raw, at), &code);
        assert_true(len > 0);
        enum sight sight = sight_of(code);
        size_t shown = sight == SIGHT_NOTHING ? 0 : sight == SIGHT_BLANK ? 1 : len;
        for (size_t i = 0; i < shown; i++) {
            twin->from[twin->text.len] = at;
            twin->end[twin->text.len] = at + len;
            buf_add_byte(&twin->text, sight == SIGHT_BLANK ? ' ' : raw.ptr[at + i]);
        }
        at += len;
    }
}

/* Edits of whole characters that do not overlap; the same by hand in `expected`. */
static void edit_both(struct view *read, const struct twin *twin, struct buf *expected)
{
    static const char *const withs[] = {"", "*", "xyz", HEART};
    struct span raw = read->parent->text;
    size_t at = 0, done = 0;
    while (random_below(8) > 0 && at < read->text.len) {
        size_t from = utf8_floor(read->text, at + random_below(read->text.len - at));
        size_t to = utf8_floor(read->text, from + 1 + random_below(9));
        if (from < at || to <= from)
            break;
        uint64_t off, len;
        view_origin(read, from, to - from, &off, &len);
        assert_int_equal(off - (sizeof plain - 1), twin->from[from]);
        assert_int_equal(len, twin->end[to - 1] - twin->from[from]);
        uint64_t back, back_len;
        reader_range(read, twin->from[from], len, &back, &back_len);
        assert_int_equal(back, from);
        assert_int_equal(back_len, to - from);
        struct span with = span_str(withs[random_below(ARRAY_LEN(withs))]);
        struct edit edit = {from, to - from, with, EDIT_REPLACE, "random", 0};
        assert_true(view_edit(read, edit, NULL));
        buf_add(expected, span_sub(raw, done, twin->from[from] - done));
        buf_add(expected, with);
        done = twin->end[to - 1];
        at = to + 1;
    }
    buf_add(expected, span_from(raw, done));
}

static void one_round(void)
{
    struct views_rig rig;
    struct twin twin;
    struct buf expected = BUF_INIT;
    struct error err = ERROR_INIT;
    struct arena *arena = arena_new();
    open_text_of(&rig, plain, random_text(1500, arena));
    struct view *text = rig_text(&rig, 0), *read = view_as_read(text);
    make_twin(&twin, text->text, arena);
    if (!read) {
        assert_same_bytes(text->text, buf_span(&twin.text));
    } else {
        assert_same_bytes(read->text, buf_span(&twin.text));
        edit_both(read, &twin, &expected);
        assert_true(views_seal(rig.views, &err));
        assert_same_bytes(plain_splice(text, arena), buf_span(&expected));
    }
    buf_fini(&expected);
    buf_fini(&twin.text);
    views_rig_close(&rig);
    arena_free(&arena);
}

static void promise_1_edits_change_what_they_cover(void **state)
{
    (void)state;
    srand(20261122);
    for (size_t i = 0; i < 2000; i++)
        one_round();
}

static void octets_are_read_where_they_are_text(void **state)
{
    static const char header[] = "Content-Type: application/octet-stream\r\n\r\n";
    struct views_rig rig;
    (void)state;
    open_text_of(&rig, header, SPAN("1" ZWSP "2\r\n"));
    struct view *read = view_as_read(open_content(rig.views, &rig.map->parts[0]));
    assert_non_null(read);
    assert_true(read->is_bytes);
    assert_same_bytes(read->text, SPAN("12\r\n"));
    views_rig_close(&rig);
    open_text_of(&rig, header, SPAN("1" ZWSP "2\xff\r\n"));
    assert_null(view_as_read(open_content(rig.views, &rig.map->parts[0])));
    views_rig_close(&rig);
}

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A megabyte of nothing but invisible characters and digits, and many ways back. */
static void hostile_texts_cost_no_more_than_others(void **state)
{
    struct views_rig rig;
    struct buf text = BUF_INIT;
    (void)state;
    for (size_t i = 0; i < 250000; i++)
        buf_add_str(&text, "1" ZWSP);
    open_text_of(&rig, plain, buf_span(&text));
    double start = seconds();
    struct view *read = view_as_read(rig_text(&rig, 0));
    assert_non_null(read);
    assert_int_equal(read->text.len, 250000);
    for (size_t i = 0; i + 10 < 250000; i += 5) {
        uint64_t off, len;
        view_origin(read, i, 10, &off, &len);
        assert_int_equal(off, sizeof plain - 1 + 4 * i);
        assert_int_equal(len, 4 * 10 - 3);
    }
    assert_true(seconds() - start < 10);
    buf_fini(&text);
    views_rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_character_is_seen_or_not),
        cmocka_unit_test(every_character_is_found_in_a_text),
        cmocka_unit_test(plain_text_has_no_other_view),
        cmocka_unit_test(blanks_are_spaces_and_the_invisible_is_gone),
        cmocka_unit_test(an_edit_covers_the_invisible_inside),
        cmocka_unit_test(a_mask_of_both_texts_is_one),
        cmocka_unit_test(promise_1_edits_change_what_they_cover),
        cmocka_unit_test(octets_are_read_where_they_are_text),
        cmocka_unit_test(hostile_texts_cost_no_more_than_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
