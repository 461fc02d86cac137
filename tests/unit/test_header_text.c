/* SPDX-License-Identifier: Apache-2.0 */
/* Header values: decoding, and what edits make of them (RFC 2047, RFC 5322 section 2.2.3). */
#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/words.h"
#include "engine/message/map/header_text.h"
#include "tests/support/views_rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <gmime/gmime.h>
#include <stdlib.h>

#define BAD_WORD AMBIGUITY_BIT(AMBIGUITY_BAD_ENCODED_WORD)

static const struct {
    const char *raw;
    const char *text;
    ambiguity_set ambiguities;
} decoded[] = {
    {" plain", "plain", 0},
    {"no blank", "no blank", 0},
    {" folded\r\n at a blank", "folded at a blank", 0},
    {"\r\n\tbehind the colon", "behind the colon", 0},
    {" =?utf-8?Q?caf=C3=A9?=", "caf\xc3\xa9", 0},
    {" =?UTF-8?b?Y2Fmw6k=?=", "caf\xc3\xa9", 0},
    {" =?utf-8*fr?q?caf=c3=a9?= au lait", "caf\xc3\xa9 au lait", 0},
    {" a =?utf-8?Q?b_c?= d", "a b c d", 0},
    {" =?utf-8?Q?a?= =?utf-8?Q?b?=", "ab", 0},
    {" =?utf-8?Q?a?=\r\n =?utf-8?Q?_b?=", "a b", 0},
    /* a character split over two words, as many senders do */
    {" =?utf-8?Q?caf=C3?= =?utf-8?Q?=A9!?=", "caf\xc3\xa9!", 0},
    {" =?utf-8?B?w6k=?= =?utf-8?Q?=C3=A9?=", "\xc3\xa9\xc3\xa9", 0},
    {" =?iso-8859-1?Q?=E9?= =?koi8-r?B?8NLJ18XU?=",
     "\xc3\xa9\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82", 0},
    {" =?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "\xe6\x97\xa5\xe6\x9c\xac", 0},
    /* where readers are lenient, so are we */
    {" x=?utf-8?Q?a?=y", "xay", 0},
    {" =?utf-8?B?YQ?=", "a", 0},
    /* raw 8-bit */
    {" caf\xc3\xa9", "caf\xc3\xa9", 0},
    {" caf\xe9 \xff", "caf\xc3\xa9 \xc3\xbf", 0},
    {" caf\xc3\xa9 \xc3\xa9t\xe9", "caf\xc3\xa9 \xc3\xa9t" UTF8_REPLACEMENT, 0},
    /* no words */
    {" =?utf-8?X?a?=", "=?utf-8?X?a?=", 0},
    {" =?", "=?", 0},
    {" =??Q?a?=", "=??Q?a?=", 0},
    /* what cannot be decoded is said */
    {" =?nonsense?Q?a=FC?=", "=?nonsense?Q?a=FC?=", BAD_WORD},
    {" =?nonsense?B?fns=?=", "=?nonsense?B?fns=?=", BAD_WORD},
    {" =?utf-8?Q?=ZZ?=", "=ZZ", BAD_WORD},
    /* nor agreed upon: a fold in a word, or nothing that ends it */
    {" =?utf-8?B?MTIzLTQ1\r\n LTY3ODk=?=", "123-45-6789", BAD_WORD},
    {" =?utf-8?B?MTIzLTQ1LTY3ODk=\r\n ?=", "123-45-6789", BAD_WORD},
    {" =?utf-8\r\n ?B?MTIzLTQ1LTY3ODk=?=", "123-45-6789", BAD_WORD},
    {" =?utf-8? B\t?MTIzLTQ1LTY3ODk=?=", "123-45-6789", BAD_WORD},
    {" =?utf 8?B?MTIz LTQ1LTY3ODk=?=", "123-45-6789", BAD_WORD},
    {" =?utf-8?Q?123=2D45\r\n -6789?= x", "123-45-6789 x", BAD_WORD},
    {" \"=?utf-8?Q?a b?=\" <a@b>", "\"a b\" <a@b>", 0},
    {" =?utf-8?Q?a?b?= c", "a?b c", 0},
    {" =?utf-8?Q?a\xc3\xa9?=", "a\xc3\xa9", BAD_WORD},
    {" =?utf-8?B?MTIz", "123", BAD_WORD},
    {" =?utf-8?Q?=31=32 x", "12 x", BAD_WORD},
    {" =?utf-8?Q?Bob<bob@example.com>", "Bob<bob@example.com>", BAD_WORD},
    {" =?utf-8?Q?a =?utf-8?Q?b?=", "ab", BAD_WORD},
    {" =?nonsense?Q?a b?=", "a b", 0},
    /* base64 cut anywhere is read as a whole, but only where it is one */
    {" =?utf-8?B?MTIzL?= =?utf-8?B?TQ1LTY3ODk=?=", "123-45-6789", BAD_WORD},
    {" =?utf-8?B?MT?= =?utf-8?B?I?=\r\n =?utf-8?B?z?= =?utf-8?Q?4?=", "1234", BAD_WORD},
    {" =?utf-8?B?YQ?= =?utf-8?B?YmM?=", "abc", 0},
    {" =?utf-8?B?YQ?= =?us-ascii?B?Yg?=", "ab", 0},
    {" =?utf-8?B?YQ?= =?utf-8?Q?b?=", "ab", 0},
    {" =?utf-8?B?!!?=", "", BAD_WORD},
    {" =?utf-8?Q?=FF?=", UTF8_REPLACEMENT, 0},
    {" =?utf-8?Q?=C0=B1?=", UTF8_REPLACEMENT UTF8_REPLACEMENT, BAD_WORD},
    {" =?us-ascii?Q?caf=C3=A9?=", "caf\xc3\xa9", 0},
    {" =?windows-1252?Q?=81?=", UTF8_REPLACEMENT, 0},
};

/* Values that some readers show as they stand. */
static const struct {
    const char *raw;
    bool shown;
} shown_raw[] = {
    {" =?utf-8?Q?a_b?=", false},
    {" =?utf-8?Q?a b?=", true},
    {" =?utf-8?Q?a?b?=", true},
    {" =?utf-8?B?MTIz LTQ1?=", true},
    {" =?nonsense?Q?a?=", true},
    {" =?utf-8?Q?a b?= \xe9", false}, /* uncertain instead */
    {" =?utf-8?B?MTIzL\r\n TQ1?=", false},
};

static void open_subject(struct views_rig *rig, const char *raw)
{
    struct buf message = BUF_INIT;
    buf_add_str(&message, "X-Before: 1\r\nSubject:");
    buf_add_str(&message, raw);
    buf_add_str(&message, "\r\nX-After: 1\r\n\r\nbody\r\n");
    views_rig_open(rig, buf_span(&message));
    buf_fini(&message);
}

static void shows_raw(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(shown_raw); i++) {
        struct views_rig rig;
        open_subject(&rig, shown_raw[i].raw);
        const struct field *field = map_field(rig.map, &rig.map->parts[0], "Subject", 0);
        struct view *view = open_field_raw(rig.views, field);
        if ((view != NULL) != shown_raw[i].shown)
            fail_msg("%s", shown_raw[i].raw);
        if (view)
            assert_true(span_is(view->text, shown_raw[i].raw + 1));
        views_rig_close(&rig);
    }
}

static void decodes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(decoded); i++) {
        struct views_rig rig;
        open_subject(&rig, decoded[i].raw);
        struct view *view = rig_field(&rig, "Subject");
        if (!span_is(view->text, decoded[i].text) || rig.map->ambiguities != decoded[i].ambiguities)
            fail_msg("%s: \"%.*s\" %llx", decoded[i].raw, SPAN_ARG(view->text),
                     (unsigned long long)rig.map->ambiguities);
        assert_true(
            span_is(decode_field_value(span_str(decoded[i].raw), rig.arena), decoded[i].text));
        assert_ptr_equal(rig_field(&rig, "Subject"), view);
        views_rig_close(&rig);
    }
}

static const struct {
    const char *raw;
    const char *needle;
    const char *with; /* NULL: masks digits */
    const char *expected;
} edited[] = {
    {" SSN 123-45-6789 here", "123-45-6789", NULL, " SSN ***-**-**** here"},
    {" 123-45-6789", "123-45-6789", "", ""},
    {"\r\n 123-45-6789", "123-45-6789", "", ""},
    {" a\r\n 123\r\n b", "123", "", " a \r\n b"},
    {" a\r\n 123", "123", "", " a "},
    /* the fold within what was found goes, all others stay */
    {" one\r\n two 123-\r\n 45\r\n three", "123- 45", "X", " one\r\n two X\r\n three"},
    /* only the touched group of words is written again */
    {" =?utf-8?Q?caf=C3=A9?= au 123 =?utf-8?Q?=C3=A9t=C3=A9?=", "123", NULL,
     " =?utf-8?Q?caf=C3=A9?= au *** =?utf-8?Q?=C3=A9t=C3=A9?="},
    {" a =?utf-8?Q?caf=C3=A9_123?= b", "123", NULL, " a =?UTF-8?B?Y2Fmw6kgKioq?= b"},
    {" a =?utf-8?Q?caf=C3=A9?=\r\n =?utf-8?Q?_123?= b", "123", NULL,
     " a =?UTF-8?B?Y2Fmw6kgKioq?= b"},
    /* raw stays raw */
    {" caf\xc3\xa9 123", "123", "\xc3\xbc", " caf\xc3\xa9 \xc3\xbc"},
    {" caf\xe9 123", "123", NULL, " caf\xe9 ***"},
    {" caf\xc3\xa9 \xc3\xa9 12\xff"
     "3 x",
     "12" UTF8_REPLACEMENT "3", "gone", " caf\xc3\xa9 \xc3\xa9 gone x"},
    {" caf\xe9 123 x", "123", "\xe2\x82\xac", " caf\xe9 =?UTF-8?B?4oKs?= x"},
    /* a foreign character needs an encoded word; the blank before it stays one */
    {" pay 123 now", "123", "\xe2\x82\xac", " pay =?UTF-8?B?4oKs?= now"},
    {" pay 123. now", "123", "\xe2\x82\xac", " pay =?UTF-8?B?4oKsLg==?= now"},
    /* a blank between two words would vanish */
    {" =?utf-8?Q?=C3=A9?= 123", "123", "\xc3\xa9", " =?UTF-8?B?w6kgw6k=?="},
    {" =?utf-8?Q?=C3=A9?= 123 =?utf-8?Q?=C3=A8?=", "123", "", " =?UTF-8?B?w6kgIMOo?="},
    /* what would become a word, or be none for some readers */
    {" x 123 y", "123", "=?utf-8?Q?a?=", " x =?UTF-8?B?PT91dGYtOD9RP2E/PQ==?= y"},
    {" =?utf-8?Q?=C3=A9?= 1", " 1", "1", " =?UTF-8?B?w6kx?="},
    /* a broken word that is touched is written whole */
    {" a =?utf-8?B?MTIzLTQ1\r\n LTY3ODk=?= b", "123-45-6789", NULL, " a =?UTF-8?Q?***-**-****?= b"},
    {" =?utf-8?B?MTIzL?= =?utf-8?B?TQ1LTY3ODk=?=", "123-45-6789", NULL, " =?UTF-8?Q?***-**-****?="},
    {" =?utf 8?B?MTIz", "123", NULL, " =?UTF-8?Q?***?="},
    {" 123 =?utf-8?Q?a b?=", "123", NULL, " *** =?utf-8?Q?a b?="},
    /* no line can be injected */
    {" x 123 y", "123", "a\r\nBcc: evil@example.com\r\n\r\nbody",
     " x a  Bcc: evil@example.com    body y"},
    {" x 123 y", "123", "a\nb\rc\td", " x a b c d y"},
};

static void edits_touch_little(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(edited); i++) {
        struct views_rig rig;
        struct error err = ERROR_INIT;
        open_subject(&rig, edited[i].raw);
        struct view *view = rig_field(&rig, "Subject");
        size_t hits = edited[i].with
                          ? rig_edit(view, edited[i].needle, edited[i].with, EDIT_REPLACE)
                          : rig_mask(view, edited[i].needle);
        assert_int_equal(hits, 1);
        struct span out = rig_output(&rig, &err);
        if (!out.ptr)
            fail_msg("%s: %s", edited[i].raw, err.text);
        const char *expected =
            arena_printf(rig.arena, "X-Before: 1\r\nSubject:%s\r\nX-After: 1\r\n\r\nbody\r\n",
                         edited[i].expected);
        assert_same_bytes(out, span_str(expected));
        views_rig_close(&rig);
    }
}

static void addresses_keep_their_shape(void **state)
{
    (void)state;
    struct views_rig rig;
    struct error err = ERROR_INIT;
    views_rig_open(&rig, SPAN("To: Bob 123 <bob@example.com>, =?utf-8?Q?J=C3=B6rg_123?="
                              " <joerg@example.com>\r\n\r\n"));
    assert_int_equal(rig_edit(rig_field(&rig, "To"), "123", "\xc3\xa9", EDIT_REPLACE), 2);
    assert_same_bytes(rig_output(&rig, &err),
                      SPAN("To: Bob =?UTF-8?B?w6k=?= <bob@example.com>,"
                           " =?UTF-8?B?SsO2cmcgw6k=?=\r\n <joerg@example.com>\r\n\r\n"));
    views_rig_close(&rig);
}

static const struct {
    const char *field;
    const char *with;
    const char *expected;
} addresses[] = {
    {"To: \"Smith, 123\" <b@y>", "\xc3\xa9", "To: =?UTF-8?B?U21pdGgsIMOp?= <b@y>"},
    {"To: \"a \\\"123\" <b@y>", "\xc3\xa9", "To: =?UTF-8?B?YSAiw6k=?= <b@y>"},
    {"To: \"Smith, 123\" <b@y>", "a\"b", "To: \"Smith, a\\\"b\" <b@y>"},
    {"Cc: A <123@y.example>, b", "x\xc3\xa9\xe2\x82\xac", "Cc: A <x??@y.example>, b"},
    /* a quote that is open, or in an encoded word, does not swallow the address */
    {"To: \"Bob 123 <b@y>", "\xc3\xa9", "To: \"Bob ? <b@y>"},
    {"To: =?utf-8?Q?=22x?= 123 <b@y>", "\xc3\xa9", "To: =?UTF-8?B?Inggw6k=?= <b@y>"},
    {"To: \"=?utf-8?Q?=C3=A9_123?=\" <b@y>", "*", "To: =?UTF-8?Q?=C3=A9_*?= <b@y>"},
    {"To: (x Bob 123@y, ((a)", "\xc3\xa9", "To: (x Bob ?@y, ((a)"},
    {"From: 123@y.example", "\xc3\xa9", "From: ?@y.example"},
    {"From: \"a 123\"@y.example", "\xc3\xa9", "From: \"a ?\"@y.example"},
    {"From: 123@y.example", "", "From: @y.example"},
    {"Sender: a@b (tel 123)", "\xc3\xa9", "Sender: a@b (tel =?UTF-8?B?w6k=?=)"},
    {"Resent-To: Bob 123 <b@y>", "\xc3\xa9", "Resent-To: Bob =?UTF-8?B?w6k=?= <b@y>"},
    {"Message-ID: <a123@y>", "\xc3\xa9", "Message-ID: <a?@y>"},
    {"Message-ID: <a123@y>", "=?", "Message-ID: <a??@y>"},
    {"List-Unsubscribe: <mailto:123@y>", "\xc3\xa9", "List-Unsubscribe: <mailto:?@y>"},
    {"To: \"\xc3\xa4 123\" <123@y>", "\xc3\xa9", "To: \"\xc3\xa4 \xc3\xa9\" <\xc3\xa9@y>"},
};

/* RFC 2047 section 5: encoded words in phrases and comments only. */
static void encoded_words_stand_where_they_may(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
        struct views_rig rig;
        struct error err = ERROR_INIT;
        struct span field = span_str(addresses[i].field);
        struct arena *arena = arena_new();
        views_rig_open(&rig, span_str(arena_printf(arena, "%s\r\n\r\n", addresses[i].field)));
        const char *name =
            arena_printf(arena, "%.*s", (int)span_find_byte(field, ':'), addresses[i].field);
        assert_true(rig_edit(rig_field(&rig, name), "123", addresses[i].with, EDIT_REPLACE) > 0);
        assert_same_bytes(rig_output(&rig, &err),
                          span_str(arena_printf(arena, "%s\r\n\r\n", addresses[i].expected)));
        views_rig_close(&rig);
        arena_free(&arena);
    }
}

static void mime_fields_are_read_only(void **state)
{
    (void)state;
    struct views_rig rig;
    struct error err = ERROR_INIT;
    views_rig_open(&rig, SPAN("Content-Type: text/plain; charset=utf-8\r\n\r\nx"));
    struct view *view = rig_field(&rig, "Content-Type");
    assert_true(span_is(view->text, "text/plain; charset=utf-8"));
    assert_false(view_edit(view, (struct edit){.len = 4, .rule = "r"}, &err));
    assert_non_null(strstr(err.text, "structure"));
    views_rig_close(&rig);
}

static size_t longest_line(struct span s)
{
    size_t longest = 0, len = 0;
    for (size_t i = 0; i < s.len; i++) {
        len = s.ptr[i] == '\n' ? 0 : len + 1;
        longest = len > longest ? len : longest;
    }
    return longest;
}

static void long_replacements_are_folded(void **state)
{
    (void)state;
    struct views_rig rig;
    struct error err = ERROR_INIT;
    struct buf with = BUF_INIT;
    for (int i = 0; i < 60; i++)
        buf_printf(&with, "word%d ", i);
    buf_add_str(&with, "end");
    buf_add_byte(&with, '\0');
    open_subject(&rig, " before 123 after");
    assert_int_equal(rig_edit(rig_field(&rig, "Subject"), "123", with.ptr, EDIT_REPLACE), 1);
    struct span out = rig_output(&rig, &err);
    assert_true(out.ptr && longest_line(out) <= 79);
    views_rig_close(&rig);

    /* no blank to fold at: encoded words */
    with.len = 0;
    for (int i = 0; i < 500; i++)
        buf_add_str(&with, "longer");
    buf_add_byte(&with, '\0');
    open_subject(&rig, " before 123 after");
    assert_int_equal(rig_edit(rig_field(&rig, "Subject"), "123", with.ptr, EDIT_REPLACE), 1);
    out = rig_output(&rig, &err);
    assert_true(out.ptr && longest_line(out) <= 79);
    views_rig_close(&rig);
    buf_fini(&with);
}

/* What was long before is not folded: only the mask differs. */
static void long_lines_stay(void **state)
{
    (void)state;
    struct views_rig rig;
    struct error err = ERROR_INIT;
    const char *raw = " a rather long subject that goes on and on behind column seventy-eight, "
                      "with 123-45-6789 in it";
    open_subject(&rig, raw);
    struct span in = arena_copy(rig.arena, rig.map->bytes);
    assert_int_equal(rig_mask(rig_field(&rig, "Subject"), "123-45-6789"), 1);
    struct span out = rig_output(&rig, &err);
    assert_int_equal(out.len, in.len);
    size_t at = span_find(in, SPAN("123-45"));
    assert_true(span_equal(span_sub(out, 0, at), span_sub(in, 0, at)));
    assert_true(span_equal(span_from(out, at + 11), span_from(in, at + 11)));
    views_rig_close(&rig);
}

static void origins(void **state)
{
    (void)state;
    struct views_rig rig;
    uint64_t off, len;
    open_subject(&rig, " ab\r\n cd =?utf-8?Q?caf=C3=A9?= x");
    struct view *view = rig_field(&rig, "Subject");
    struct span message = rig.map->bytes;
    view_origin(view, 1, 3, &off, &len);
    assert_same_bytes(span_sub(message, off, len), SPAN("b\r\n c"));
    view_origin(view, 7, 1, &off, &len);
    assert_same_bytes(span_sub(message, off, len), SPAN("=?utf-8?Q?caf=C3=A9?="));
    view_origin(view, 12, 1, &off, &len);
    assert_same_bytes(span_sub(message, off, len), SPAN("x"));
    views_rig_close(&rig);
}

/* Random values and edits: decoded again they are the plain splice, for GMime too. */

/* Whole groups of three octets: GMime joins base64 of neighbours and stops at padding. */
static void random_words(struct buf *raw)
{
    static const char *const texts[] = {"caf\xc3\xa9!", "\xe6\xbc\xa2\xe5\xad\x97", "plain!",
                                        " \xf0\x9f\x98\x80 xyz", "\xc3\xbc."};
    for (int count = 1 + rand() % 2; count > 0; count--) {
        words_encode(span_str(texts[(size_t)rand() % ARRAY_LEN(texts)]), 75, raw);
        if (count > 1)
            buf_add_str(raw, rand() % 2 ? " " : "\r\n ");
    }
}

static struct span random_value(struct arena *arena)
{
    static const char *const pieces[] = {
        "123-45-6789", "a",   "Re:",   "x=y",
        "?",           "(c)", "\"q\"", "long-token-without-any-blank-in-it"};
    struct buf raw = BUF_INIT;
    bool utf8 = rand() % 4 == 0;
    for (int count = 1 + rand() % 8; count > 0; count--) {
        int dice = rand() % 10;
        if (dice < 4)
            random_words(&raw);
        else if (dice == 4 && utf8)
            buf_add_str(&raw, "\xc3\xa4\xc3\xb6");
        else
            buf_add_str(&raw, pieces[(size_t)rand() % ARRAY_LEN(pieces)]);
        if (count > 1)
            buf_add_str(&raw, rand() % 4 ? " " : rand() % 3 ? "\r\n " : "\r\n\t  ");
    }
    struct span copy = arena_copy(arena, buf_span(&raw));
    buf_fini(&raw);
    return copy;
}

static void random_edits(struct view *view)
{
    static const char *const withs[] = {"", "*", "***", "x y", "\xe2\x82\xac", "=?", " ", "end"};
    size_t at = 0;
    while (rand() % 4 && at <= view->text.len) {
        size_t from = utf8_floor(view->text, at + (size_t)rand() % (view->text.len - at + 1));
        size_t to = utf8_floor(view->text, from + (size_t)rand() % 9);
        if (from < at || to < from)
            break;
        struct edit edit = {
            from,         to - from, span_str(withs[(size_t)rand() % ARRAY_LEN(withs)]),
            EDIT_REPLACE, "random",  0};
        assert_true(view_edit(view, edit, NULL));
        at = to + 1;
    }
}

static struct span read_by_gmime(struct span value, struct arena *arena)
{
    char *raw = arena_alloc(arena, value.len + 1);
    memcpy(raw, value.ptr, value.len);
    char *unfolded = g_mime_utils_header_unfold(raw);
    char *text = g_mime_utils_header_decode_text(NULL, unfolded);
    struct span copy = arena_copy(arena, span_trim(span_str(text)));
    g_free(text);
    g_free(unfolded);
    return copy;
}

/* GMime makes one blank of a fold and those around it. */
static struct span one_blank(struct span text, struct arena *arena)
{
    char *copy = arena_alloc(arena, text.len + 1);
    size_t len = 0;
    text = span_trim(text);
    for (size_t i = 0; i < text.len; i++) {
        bool blank = text.ptr[i] == ' ' || text.ptr[i] == '\t';
        if (!blank || len == 0 || copy[len - 1] != ' ')
            copy[len++] = blank ? ' ' : text.ptr[i];
    }
    return span_of(copy, len);
}

static void random_values(void **state)
{
    (void)state;
    srand(2047);
    for (int round = 0; round < 6000; round++) {
        struct arena *arena = arena_new();
        struct views_rig rig, again;
        struct error err = ERROR_INIT;
        struct span raw = random_value(arena);
        open_subject(&rig, arena_printf(arena, " %.*s", SPAN_ARG(raw)));
        struct view *view = rig_field(&rig, "Subject");
        bool was_ascii = span_is_ascii(rig.map->bytes);
        random_edits(view);
        struct span wanted = plain_splice(view, arena);
        struct span out = rig_output(&rig, &err);
        if (!out.ptr)
            fail_msg("\"%.*s\": %s", SPAN_ARG(raw), err.text);
        views_rig_open(&again, out);
        assert_int_equal(again.map->ambiguities, 0);
        assert_int_equal(again.map->field_count, 3);
        assert_same_bytes(span_trim(rig_field(&again, "Subject")->text), span_trim(wanted));
        assert_true(longest_line(out) <= 999);
        assert_true(span_starts(out, SPAN("X-Before: 1\r\nSubject:")));
        if (was_ascii) {
            assert_true(span_is_ascii(out));
            const struct field *field = map_field(again.map, again.map->parts, "Subject", 0);
            struct span second = read_by_gmime(field->value, arena);
            assert_same_bytes(one_blank(second, arena), one_blank(wanted, arena));
        }
        views_rig_close(&again);
        views_rig_close(&rig);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes),
        cmocka_unit_test(shows_raw),
        cmocka_unit_test(edits_touch_little),
        cmocka_unit_test(addresses_keep_their_shape),
        cmocka_unit_test(encoded_words_stand_where_they_may),
        cmocka_unit_test(mime_fields_are_read_only),
        cmocka_unit_test(long_replacements_are_folded),
        cmocka_unit_test(long_lines_stay),
        cmocka_unit_test(origins),
        cmocka_unit_test(random_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
