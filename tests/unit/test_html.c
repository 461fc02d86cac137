/* SPDX-License-Identifier: Apache-2.0 */
/* HTML: what a reader sees, and edits that change the source but never its tags. */
#include "engine/base/buf.h"
#include "tests/support/views_rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdlib.h>

static void open_html(struct views_rig *rig, struct span html)
{
    struct buf message = BUF_INIT;
    buf_add_str(&message, "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n"
                          "Content-Transfer-Encoding: 8bit\r\n\r\n");
    buf_add(&message, html);
    views_rig_open(rig, buf_span(&message));
    buf_fini(&message);
}

static struct span body_of(const struct views_rig *rig, struct span message)
{
    return span_from(message, span_find(message, SPAN("\r\n\r\n")) + 4);
    (void)rig;
}

static const struct {
    const char *html;
    const char *text;
} seen[] = {
    {"plain", "plain"},
    {"<p>one<p>two", "one\ntwo"},
    {"<p>  a\r\n  b  </p>\r\n<p>c", "a b\nc"},
    {"<div><div><div>a</div></div></div><div>b</div>", "a\nb"},
    {"12<b>3-4</b>5<i></i>-6789", "123-45-6789"},
    {"a<br>b<BR/>c<hr>d", "a\nb\nc\nd"},
    {"<table><tr><td>1<td>2<tr><td>3</table>x", "1\t2\n3\nx"},
    {"<ul><li>a<li>b</ul>", "a\nb"},
    {"<pre>\r\n a\r\n  b</pre>", " a\n  b"},
    {"<textarea>\r\n a  b</textarea>", " a  b"},
    /* references */
    {"a &lt; b &gt; c &amp; d &quot;", "a < b > c & d \""},
    {"&#49;2&#x33;&#X34;&#53", "12345"},
    {"caf&eacute; &euro;5 &copy2003 &notit; &nosuch; &amp;amp; &;&", "caf\xc3\xa9 \xe2\x82\xac"
                                                                     "5 \xc2\xa9"
                                                                     "2003 \xc2\xac"
                                                                     "it; &nosuch; &amp; &;&"},
    {"&semi;x&amp&ltb", ";x&<b"},
    {"&#128; &#0; &#xd800; &#x110000;", "\xe2\x82\xac"},
    {"123-\xff"
     "45-&#x81;\xc2\x81"
     "67",
     "123-45-67"},
    {"4111&nbsp;1111", "4111 1111"},
    /* what nobody sees cannot hide anything */
    {"12&shy;3-&#x200b;45\xe2\x81\xa0-6789", "123-45-6789"},
    {"123<!-- x -->-45", "123-45\n x "},
    {"a < b and 1<2", "a < b and 1<2"},
    {"x</b>y</nosuch>z", "xyz"},
    /* everything that leaves is looked at */
    {"<title> T </title>b", "b\n T "},
    {"<a href=\"http://x/?a=1&amp;b=2\" title='q \"'>l</a>", "l\nhttp://x/?a=1&b=2\nq \""},
    {"<a href=x&amp;y&copy=1>l", "l\nx&y&copy=1"},
    {"<script>var s = '<b>1&amp;2';</script>t", "t\nvar s = '<b>1&amp;2';"},
    {"<style>p{c:d}</style>t", "t\np{c:d}"},
    {"<template>in</template>out", "in\nout"},
    {"<noscript>n</noscript>o", "no"},
    {"<b>1<p>2</b>3</p>4", "1\n23\n4"},
    {"<table>foster<tr><td>cell</table>", "foster\ncell"},
    {"<svg><text>1</text></svg>", "1"},
    {"<![CDATA[x]]>y", "y\n[CDATA[x]]"},
    {"<?php x ?>y", "y\n?php x ?"},
    {"<select><option>a<option>b</select>", "a\nb"},
    /* what the parser drops leaves nevertheless */
    {"<p x=1 X=123>a</p 456>", "a\n1\nX=123\np 456"},
    {"<select><i x=789>a</select>", "a\ni x=789"},
    {"<x123-45-6789>a", "a\nx123-45-6789"},
    {"<p d123-45-6789>a", "a\nd123-45-6789"},
    {"<frameset>lost 123</frameset>", "lost\n123"},
    {"<!DOCTYPE html><p>a", "a\n!DOCTYPE html"},
    {"", ""},
};

static void reads_what_a_reader_sees(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(seen); i++) {
        struct views_rig rig;
        open_html(&rig, span_str(seen[i].html));
        struct view *view = rig_text(&rig, 0);
        assert_string_equal(view->codec->name, "HTML");
        if (!span_is(view->text, seen[i].text))
            fail_msg("%s\n     got \"%.*s\"\nexpected \"%s\"", seen[i].html, SPAN_ARG(view->text),
                     seen[i].text);
        views_rig_close(&rig);
    }
}

static const struct {
    const char *html;
    const char *needle;
    const char *with; /* NULL: masks digits */
    const char *expected;
} edited[] = {
    {"<p>My SSN is 123</b>-45-<b>67</b>89</p>", "123-45-6789", NULL,
     "<p>My SSN is ***</b>-**-<b>**</b>**</p>"},
    {"<p>My SSN is 123</b>-45-<b>67</b>89</p>", "123-45-6789", "[X]",
     "<p>My SSN is [X]</b><b></b></p>"},
    {"x &#49;&#50;3 y", "123", NULL, "x *** y"},
    {"x 1<!-- c -->2 y", "12", NULL, "x *<!-- c -->* y"},
    {"a  \r\n 12", "a 1", "b", "b2"},
    {"<td>12</td><td>34</td>", "12", NULL, "<td>**</td><td>34</td>"},
    {"<p>12</p><p>34</p>", "12\n34", NULL, "<p>**</p><p>**</p>"},
    {"<p>12</p><p>34</p>", "12\n34", "[X]", "<p>[X]</p><p></p>"},
    {"x 123 y", "123", "<b>&\"", "x &#60;b&#62;&#38;\" y"},
    {"<a title=\"x 123\">", "123", "\"<'", "<a title=\"x &#34;&#60;&#39;\">"},
    {"<a title=x123>", "123", "a b", "<a title=xa&#32;b>"},
    {"<a href='?q=123&amp;x=1'>l</a>", "123&", "0", "<a href='?q=0x=1'>l</a>"},
    {"<script>x='123'</script>", "123", "</script>", "<script>x=' /script '</script>"},
    {"<!-- 123 -->", "123", "-->", "<!-- __  -->"},
    {"<title>123</title>", "123", "<", "<title>&#60;</title>"},
    {"caf&eacute; 123", "caf\xc3\xa9", "tea", "tea 123"},
    {"4111&nbsp;1111", "4111 1111", NULL, "****&nbsp;****"},
    {"12&shy;3-45", "123-45", NULL, "**&shy;*-**"},
    {"12&shy;3-45", "123-45", "[X]", "[X]&shy;"},
};

static void edits_leave_tags_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(edited); i++) {
        struct views_rig rig;
        struct error err = ERROR_INIT;
        open_html(&rig, span_str(edited[i].html));
        struct view *view = rig_text(&rig, 0);
        size_t hits = edited[i].with ? rig_edit(view, edited[i].needle, edited[i].with, EDIT_REDACT)
                                     : rig_mask(view, edited[i].needle);
        if (hits != 1)
            fail_msg("%s: \"%.*s\"", edited[i].html, SPAN_ARG(view->text));
        struct span out = rig_output(&rig, &err);
        if (!out.ptr)
            fail_msg("%s: %s", edited[i].html, err.text);
        assert_same_bytes(body_of(&rig, out), span_str(edited[i].expected));
        views_rig_close(&rig);
    }
}

/* A mask of fewer characters than its place has stands in the first run; what it empties says
 * nothing about a mask that begins there and was made in the text above. */
static void rest_of_a_mask_and_another(void **state)
{
    (void)state;
    struct views_rig rig;
    struct error err = ERROR_INIT;
    open_html(&rig, SPAN("<p>12<b></b>34<i>56 789</i></p>"));
    struct view *view = rig_text(&rig, 0);
    struct edit first = {0, 6, SPAN("*****"), EDIT_REDACT, "first", 5};
    assert_true(span_is(view->text, "123456 789"));
    assert_true(view_edit(view, first, &err));
    assert_int_equal(rig_edit(view->parent, "56 789", "######", EDIT_MASK), 1);
    assert_same_bytes(body_of(&rig, rig_output(&rig, &err)),
                      SPAN("<p>*****<b></b><i>######</i></p>"));
    views_rig_close(&rig);
}

static void insertions(void **state)
{
    (void)state;
    struct views_rig rig;
    struct error err = ERROR_INIT;
    open_html(&rig, SPAN("<p>a<b>b</b></p><p>c</p>"));
    struct view *view = rig_text(&rig, 0);
    assert_true(span_is(view->text, "ab\nc"));
    static const size_t places[] = {0, 1, 2, 4};
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        struct edit edit = {places[i], 0, SPAN("|"), EDIT_REPLACE, "r", 0};
        assert_true(view_edit(view, edit, &err));
    }
    assert_same_bytes(body_of(&rig, rig_output(&rig, &err)), SPAN("<p>|a<b>|b|</b></p><p>c|</p>"));
    views_rig_close(&rig);
}

static struct span repeat(struct buf *buf, const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_add_str(buf, text);
    return buf_span(buf);
}

/* Each of these keeps a parser without a budget busy for minutes, or eats all memory. */
static void promise_5_too_complex_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *first;
        size_t first_count;
        const char *second;
        size_t second_count;
    } bombs[] = {
        {"<div>", 400000, "</p>", 400000},     {"<b>", 200000, "<p>x", 200000},
        {"<table>", 200000, "x", 100000},      {"<a b c d e f><p>", 200000, "x", 1},
        {"<font color=1><p>", 100000, "x", 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(bombs); i++) {
        struct views_rig rig;
        struct buf html = BUF_INIT;
        (void)repeat(&html, bombs[i].first, bombs[i].first_count);
        open_html(&rig, repeat(&html, bombs[i].second, bombs[i].second_count));
        struct view *view = rig_text(&rig, 0);
        if (view->uninspected != UNINSPECTED_NONE) {
            assert_int_equal(view->uninspected, UNINSPECTED_HTML_TOO_COMPLEX);
            assert_non_null(view->read_only);
            assert_int_equal(view->text.len, html.len);
        }
        views_rig_close(&rig);
        buf_fini(&html);
    }
}

static enum uninspected verdict_of(struct span html)
{
    struct views_rig rig;
    open_html(&rig, html);
    enum uninspected verdict = rig_text(&rig, 0)->uninspected;
    views_rig_close(&rig);
    return verdict;
}

/* What costs the parser too much is told before it begins; the sloppy pages of mail are not. */
static void shape_is_looked_at_first(void **state)
{
    (void)state;
    static const struct {
        const char *before, *each;
        size_t count;
        const char *behind;
        bool is_too_complex;
    } shapes[] = {
        {"", "<table><tr><td>", 100, "x", false},
        {"", "<div>", 512, "x", false},
        {"", "<div>", 513, "x", true},
        {"", "<div></x>", 513, "x", true},
        {"", "<div><br/></div>", 5000, "x", false},
        {"<ul>", "<li>x", 5000, "</ul>", false},
        {"<table>", "<tr><td>x<p>y<br>", 3000, "</table>", false},
        {"", "<div><span>x</div>", 3000, "", false},
        {"<script>", "if (a<b", 3000, "</script>", false},
        {"<!--", "<div>", 3000, "-->", false},
        {"<div>", "<o:p/>", 3000, "</div>", false},
        {"<a ", "x ", 256, ">", false},
        {"<a ", "x ", 257, ">", true},
        {"<a ", "x='> ' ", 257, ">", true},
        {"<a ", "x = y\r\n", 256, ">", false},
        {"<a x='", "y ", 1000, "'>", false},
        {"</a ", "x/", 257, ">", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
        struct buf html = BUF_INIT;
        buf_add_str(&html, shapes[i].before);
        (void)repeat(&html, shapes[i].each, shapes[i].count);
        buf_add_str(&html, shapes[i].behind);
        enum uninspected expected =
            shapes[i].is_too_complex ? UNINSPECTED_HTML_TOO_COMPLEX : UNINSPECTED_NONE;
        if (verdict_of(buf_span(&html)) != expected)
            fail_msg("%zu: %s%s", i, shapes[i].before, shapes[i].each);
        buf_fini(&html);
    }
}

static void documents_share_their_time(void **state)
{
    (void)state;
    struct views_rig rig;
    open_html(&rig, SPAN("<p>0123456789"));
    uint64_t before = views_html_time(rig.views)->left_ns;
    assert_int_equal(rig_text(&rig, 0)->uninspected, UNINSPECTED_NONE);
    assert_true(views_html_time(rig.views)->left_ns < before);
    views_rig_close(&rig);
    open_html(&rig, SPAN("<p>0123456789"));
    views_html_time(rig.views)->left_ns = 0;
    assert_int_equal(rig_text(&rig, 0)->uninspected, UNINSPECTED_HTML_TOO_COMPLEX);
    views_rig_close(&rig);
    open_html(&rig, SPAN("<p>0123456789"));
    views_set_deadline(rig.views, 1);
    assert_int_equal(rig_text(&rig, 0)->uninspected, UNINSPECTED_HTML_TOO_COMPLEX);
    views_rig_close(&rig);
}

static void too_large_is_said(void **state)
{
    (void)state;
    struct views_rig rig;
    struct view_limits limits = view_limits_default;
    open_html(&rig, SPAN("<p>0123456789"));
    limits.html_bytes = 10;
    rig.views = views_new(rig.map, &limits, rig.arena);
    struct view *view = rig_text(&rig, 0);
    assert_int_equal(view->uninspected, UNINSPECTED_HTML_TOO_COMPLEX);
    assert_true(span_is(view->text, "<p>0123456789"));
    views_rig_close(&rig);
}

static void origins(void **state)
{
    (void)state;
    struct views_rig rig;
    uint64_t off, len;
    open_html(&rig, SPAN("<p>a&lt;<b>b</b>c</p>"));
    struct view *view = rig_text(&rig, 0);
    assert_true(span_is(view->text, "a<bc"));
    view_origin(view, 1, 2, &off, &len);
    assert_same_bytes(span_sub(rig.map->bytes, off, len), SPAN("&lt;<b>b"));
    view_origin(view, 3, 1, &off, &len);
    assert_same_bytes(span_sub(rig.map->bytes, off, len), SPAN("c"));
    views_rig_close(&rig);
}

/* Random tag soup: nothing crashes, and a mask of all digits leaves none of them in the source
 * but those of references and tags. */
static void promise_4_no_digit_survives(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "<b>",        "</b>",        "<p>",
        "</p>",       "<td>",        "<table>",
        "</table>",   "<!-- c -->",  "7",
        "7-7",        " ",           "\r\n",
        "&amp;",      "&nbsp;",      "&eacute;",
        "<br>",       "<i x=7>",     "</i>",
        "<select>",   "<tr>",        "</select>",
        "<",          ">",           "&",
        "<pre>",      "</pre>",      "<a b='7'>",
        "</a>",       "<title>7",    "</title>",
        "<svg>",      "</svg>",      "<script>7</script>",
        "<textarea>", "</textarea>", "\xc3\xa9",
        "<li>",       "<form>",      "</form>",
    };
    unsigned done = 0, refused = 0;
    srand(5);
    for (int round = 0; round < 6000; round++) {
        struct views_rig rig;
        struct buf html = BUF_INIT;
        struct error err = ERROR_INIT;
        for (int count = rand() % 25; count > 0; count--)
            buf_add_str(&html, pieces[(size_t)rand() % ARRAY_LEN(pieces)]);
        open_html(&rig, buf_span(&html));
        struct view *view = rig_text(&rig, 0);
        size_t hits = rig_mask(view, "7");
        struct span out = rig_output(&rig, &err);
        if (out.ptr && hits > 0) {
            done++;
            struct span body = body_of(&rig, out);
            if (span_find_byte(body, '7') != SPAN_NONE) {
                fail_msg("%.*s\nbecame %.*s", SPAN_ARG(buf_span(&html)), SPAN_ARG(body));
            }
        } else if (hits > 0) {
            refused++;
        }
        views_rig_close(&rig);
        buf_fini(&html);
    }
    print_message("%u masked, %u refused\n", done, refused);
    assert_true(done > 1000 && refused * 50 < done);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_a_reader_sees),
        cmocka_unit_test(edits_leave_tags_alone),
        cmocka_unit_test(rest_of_a_mask_and_another),
        cmocka_unit_test(insertions),
        cmocka_unit_test(promise_5_too_complex_is_said),
        cmocka_unit_test(shape_is_looked_at_first),
        cmocka_unit_test(documents_share_their_time),
        cmocka_unit_test(too_large_is_said),
        cmocka_unit_test(origins),
        cmocka_unit_test(promise_4_no_digit_survives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
