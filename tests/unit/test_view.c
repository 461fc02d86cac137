/* SPDX-License-Identifier: Apache-2.0 */
/* Views: opened once, sealed children first, and what leaves of a text. */
#include "engine/base/buf.h"
#include "tests/support/views_rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdlib.h>
#include <time.h>

static const char message[] = "Subject: s 123\r\n"
                              "Content-Type: multipart/mixed; boundary=B\r\n"
                              "\r\n"
                              "--B\r\n"
                              "Content-Type: text/html\r\n"
                              "Content-Transfer-Encoding: base64\r\n"
                              "\r\n"
                              "PHA+YSAxMjMtNDU8L3A+IDxiPng8L2I+\r\n" /* <p>a 123-45</p> <b>x</b> */
                              "--B\r\n"
                              "Content-Type: message/rfc822\r\n"
                              "\r\n"
                              "Subject: inner 123\r\n"
                              "\r\n"
                              "nested 123\r\n"
                              "--B\r\n"
                              "Content-Type: image/png\r\n"
                              "Content-Transfer-Encoding: base64\r\n"
                              "\r\n"
                              "iVBORw0KGgoAAAANSUhEUg==\r\n"
                              "--B--\r\n";

static void opening_twice_is_one_view(void **state)
{
    (void)state;
    struct views_rig rig;
    views_rig_open(&rig, span_str(message));
    assert_int_equal(rig.map->part_count, 5);
    for (size_t i = 1; i < 4; i++) {
        assert_ptr_equal(rig_text(&rig, i), rig_text(&rig, i));
        assert_ptr_equal(open_content(rig.views, &rig.map->parts[i]),
                         open_content(rig.views, &rig.map->parts[i]));
    }
    assert_ptr_not_equal(rig_text(&rig, 1), open_content(rig.views, &rig.map->parts[1]));
    assert_ptr_equal(rig_field(&rig, "Subject"), rig_field(&rig, "Subject"));
    assert_null(open_text(rig.views, &rig.map->parts[0]));
    assert_null(open_text(rig.views, &rig.map->parts[4]));
    assert_false(views_are_dirty(rig.views));
    views_rig_close(&rig);
}

static void promise_1_untouched_is_identical(void **state)
{
    (void)state;
    struct views_rig rig;
    struct error err = ERROR_INIT;
    views_rig_open(&rig, span_str(message));
    for (size_t i = 1; i < 4; i++)
        (void)rig_text(&rig, i);
    assert_same_bytes(rig_output(&rig, &err), span_str(message));
    assert_int_equal(views_edits(rig.views)->count, 0);
    views_rig_close(&rig);
}

static void changes_meet_over_levels(void **state)
{
    (void)state;
    struct views_rig rig, again;
    struct error err = ERROR_INIT;
    views_rig_open(&rig, span_str(message));
    assert_true(span_is(rig_text(&rig, 1)->text, "a 123-45\nx"));
    assert_int_equal(rig_mask(rig_text(&rig, 1), "123-45"), 1);
    assert_int_equal(rig_mask(open_content(rig.views, &rig.map->parts[1]), "123"), 1);
    assert_int_equal(rig_mask(rig_text(&rig, 3), "123"), 1);
    assert_true(views_are_dirty(rig.views));
    struct span out = rig_output(&rig, &err);
    if (!out.ptr)
        fail_msg("%s", err.text);
    views_rig_open(&again, out);
    assert_true(
        span_is(open_content(again.views, &again.map->parts[1])->text, "<p>a ***-**</p> <b>x</b>"));
    assert_true(span_is(rig_text(&again, 3)->text, "nested ***"));
    views_rig_close(&again);
    views_rig_close(&rig);
}

/* The same nested text, by its own part and by the attachment that it is in. */
static void nested_messages_meet(void **state)
{
    (void)state;
    struct views_rig rig;
    struct error err = ERROR_INIT;
    views_rig_open(&rig, span_str(message));
    assert_int_equal(rig_mask(rig_text(&rig, 3), "123"), 1);
    assert_int_equal(rig_mask(open_content(rig.views, &rig.map->parts[2]), "123"), 2);
    struct span out = rig_output(&rig, &err);
    if (!out.ptr)
        fail_msg("%s", err.text);
    assert_int_not_equal(span_find(out, SPAN("Subject: inner ***\r\n\r\nnested ***\r\n--B")),
                         SPAN_NONE);
    views_rig_close(&rig);
}

static void conflicts_name_both(void **state)
{
    (void)state;
    struct views_rig rig;
    struct error err = ERROR_INIT;
    views_rig_open(&rig, span_str(message));
    struct view *view = rig_text(&rig, 3);
    assert_true(view_edit(view, (struct edit){0, 4, SPAN("a"), EDIT_REPLACE, "one", 0}, &err));
    assert_true(view_edit(view, (struct edit){2, 4, SPAN("b"), EDIT_REPLACE, "two", 0}, &err));
    assert_false(views_seal(rig.views, &err));
    assert_string_equal(err.text,
                        "rules \"one\" and \"two\" want different changes of the same place");
    views_rig_close(&rig);
}

static void outside_is_refused(void **state)
{
    (void)state;
    struct views_rig rig;
    struct error err = ERROR_INIT;
    views_rig_open(&rig, span_str(message));
    struct view *view = rig_text(&rig, 3);
    size_t len = view->text.len;
    assert_false(view_edit(view, (struct edit){len, 1, SPAN("a"), EDIT_REPLACE, "far", 0}, &err));
    assert_false(
        view_edit(view, (struct edit){UINT64_MAX, 2, SPAN("a"), EDIT_REPLACE, "far", 0}, &err));
    assert_non_null(strstr(err.text, "far"));
    view = view_of_text(rig.views, SPAN("a@b"), "the envelope is fixed");
    assert_false(view_edit(view, (struct edit){0, 1, SPAN("a"), EDIT_REPLACE, "r", 0}, &err));
    assert_string_equal(err.text, "rule \"r\": the envelope is fixed");
    views_rig_close(&rig);
}

static void decode_as_it_is(struct view *view, struct span raw, const void *detail)
{
    (void)detail;
    view->text = raw;
}

static bool encode_into_parent(struct view *view, struct error *err)
{
    (void)err;
    struct edit edit = view->edits.items[0];
    edit.off += view->off;
    edits_add(&view->parent->edits, edit);
    return true;
}

/* What a codec below writes into a text that nobody can write: nothing leaves, nothing crashes. */
static void a_read_only_parent_cannot_be_edited(void **state)
{
    static const struct codec reader = {"picture", decode_as_it_is, NULL, NULL};
    static const struct codec writer = {"caption", decode_as_it_is, encode_into_parent, NULL};
    (void)state;
    for (int late = 0; late < 2; late++) {
        struct views_rig rig;
        struct error err = ERROR_INIT;
        views_rig_open(&rig, span_str(message));
        struct view *above =
            view_open(views_root(rig.views), 9, 5, late ? &writer : &reader, NULL, NULL);
        struct view *below = view_open(above, 2, 3, &writer, NULL, NULL);
        struct edit edit = {0, 3, SPAN("***"), EDIT_MASK, "caption rule", 0};
        if (late) {
            assert_true(view_edit(below, edit, &err));
            above->read_only = "it turned out so";
        } else {
            assert_false(view_edit(below, edit, &err));
            edits_add(&below->edits, edit);
            below->read_only = NULL;
        }
        err = (struct error)ERROR_INIT;
        assert_null(rig_output(&rig, &err).ptr);
        assert_non_null(strstr(err.text, "\"caption rule\""));
        assert_non_null(strstr(err.text, late ? "caption text cannot be edited"
                                              : "picture text cannot be edited"));
        views_rig_close(&rig);
    }
}

/* A template that quotes a text must not quote what another rule hides. */
static void promise_4_what_leaves_is_hidden_here_too(void **state)
{
    (void)state;
    struct views_rig rig;
    views_rig_open(&rig, span_str(message));
    struct view *html = rig_text(&rig, 1), *content = html->parent->parent;
    struct view *subject = rig_field(&rig, "Subject");
    assert_true(span_is(view_text_leaving(subject, 0, 5), "s 123"));
    assert_int_equal(rig_mask(subject, "123"), 1);
    assert_true(span_is(view_text_leaving(subject, 0, 5), "s ***"));
    assert_true(span_is(view_text_leaving(subject, 3, 1), "*"));
    /* hidden below: the octets of the part show it hidden */
    assert_int_equal(rig_mask(html, "123-45"), 1);
    struct span octets = view_text_leaving(content, 0, content->text.len);
    assert_int_equal(span_find(octets, SPAN("123")), SPAN_NONE);
    assert_int_equal(span_find(octets, SPAN("45")), SPAN_NONE);
    assert_int_not_equal(span_find(octets, SPAN("<p>a ")), SPAN_NONE);
    views_rig_close(&rig);

    /* hidden above: the text of it as well */
    views_rig_open(&rig, span_str(message));
    html = rig_text(&rig, 1);
    content = html->parent->parent;
    assert_int_equal(rig_mask(content, "123"), 1);
    struct span text = view_text_leaving(html, 0, 8);
    assert_int_equal(span_find(text, SPAN("123")), SPAN_NONE);
    assert_true(span_is(view_text_leaving(html, 9, 1), "x"));
    views_rig_close(&rig);
}

static void origins_go_through_all_levels(void **state)
{
    (void)state;
    struct views_rig rig;
    uint64_t off, len;
    views_rig_open(&rig, span_str(message));
    view_origin(rig_text(&rig, 1), 2, 6, &off, &len);
    assert_same_bytes(span_sub(rig.map->bytes, off, len), SPAN("YSAxMjMtNDU8")); /* a 123-45< */
    view_origin(rig_text(&rig, 3), 7, 3, &off, &len);
    assert_same_bytes(span_sub(rig.map->bytes, off, len), SPAN("123"));
    view_origin(views_root(rig.views), 3, 5, &off, &len);
    assert_int_equal(off, 3);
    assert_int_equal(len, 5);
    views_rig_close(&rig);
}

/* 2,000 fields, opened many times over, must not be quadratic. */
static void many_views_are_cheap(void **state)
{
    (void)state;
    struct views_rig rig;
    struct buf text = BUF_INIT;
    for (int i = 0; i < 1900; i++)
        buf_printf(&text, "X-%d: 123\r\n", i);
    buf_add_str(&text, "\r\n");
    views_rig_open(&rig, buf_span(&text));
    clock_t start = clock();
    for (int round = 0; round < 100; round++) {
        for (size_t i = 0; i < rig.map->field_count; i++)
            (void)open_field(rig.views, &rig.map->fields[i]);
    }
    assert_true((clock() - start) / CLOCKS_PER_SEC < 20);
    size_t count = 0;
    for (struct view *view = views_newest(rig.views); view; view = view->previous)
        count++;
    assert_int_equal(count, 1901);
    views_rig_close(&rig);
    buf_fini(&text);
}

/* Decoded text above the limit is in a file, and is decoded and written alike. */
static void large_text_lives_in_a_file(void **state)
{
    (void)state;
    struct views_rig rig;
    struct error err = ERROR_INIT;
    struct buf text = BUF_INIT;
    buf_add_str(&text, "Content-Transfer-Encoding: base64\r\n\r\n");
    for (int i = 0; i < 40000; i++) /* "line 123-45-6789 of a long text\r\n" and so on: 57 octets */
        buf_add_str(&text, "bGluZSAxMjMtNDUtNjc4OSBvZiBhIGxvbmcgdGV4dCB0aGF0IGdvZXMgb24gYW5kIG9u"
                           "IC4uLg0K\r\n");
    views_rig_open(&rig, buf_span(&text));
    struct view_limits limits = view_limits_default;
    limits.memory_bytes = 100000;
    rig.views = views_new(rig.map, &limits, rig.arena);
    struct view *view = rig_text(&rig, 0);
    assert_true(view->text.len > 2000000);
    assert_int_equal(rig_mask(view, "123-45-6789"), 40000);
    struct span out = rig_output(&rig, &err);
    if (!out.ptr)
        fail_msg("%s", err.text);
    assert_int_equal(out.len, text.len);
    struct views_rig again;
    views_rig_open(&again, out);
    assert_int_equal(span_find(rig_text(&again, 0)->text, SPAN("123")), SPAN_NONE);
    views_rig_close(&again);
    views_rig_close(&rig);
    buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opening_twice_is_one_view),
        cmocka_unit_test(promise_1_untouched_is_identical),
        cmocka_unit_test(changes_meet_over_levels),
        cmocka_unit_test(nested_messages_meet),
        cmocka_unit_test(conflicts_name_both),
        cmocka_unit_test(outside_is_refused),
        cmocka_unit_test(a_read_only_parent_cannot_be_edited),
        cmocka_unit_test(promise_4_what_leaves_is_hidden_here_too),
        cmocka_unit_test(origins_go_through_all_levels),
        cmocka_unit_test(many_views_are_cheap),
        cmocka_unit_test(large_text_lives_in_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
