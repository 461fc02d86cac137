/* SPDX-License-Identifier: Apache-2.0 */
/* test_map_parts: what a map says about its parts and fields, and where they are. */
#include "tests/support/corpus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char message[] = "Received: one\r\n"
                              "Subject: a\r\n folded \r\n"
                              "RECEIVED:two\r\n"
                              "Content-Type: multipart/mixed; boundary=\"B\"\r\n"
                              "\r\n"
                              "prologue\r\n"
                              "--B\r\n"
                              "Content-Disposition: attachment; filename=x.txt\r\n"
                              "Content-Transfer-Encoding: Quoted-Printable\r\n"
                              "\r\n"
                              "one\r\n"
                              "\r\n"
                              "--B\r\n"
                              "Content-Type: message/rfc822\r\n"
                              "\r\n"
                              "Subject: inner\r\n"
                              "\r\n"
                              "two\r\n"
                              "--B--\r\n"
                              "\r\n";

static struct map *build(const char *bytes, struct arena *arena)
{
    return map_build(span_str(bytes), &map_limits_default, READING_STRICT, arena);
}

static void check_span(struct span span, const char *expected)
{
    assert_int_equal(span.len, strlen(expected));
    assert_memory_equal(span.ptr, expected, span.len);
}

static void fields_are_found_by_name(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct map *map = build(message, arena);
    const struct part *top = &map->parts[0];
    check_span(map_field(map, top, "received", 0)->value, " one");
    check_span(map_field(map, top, "Received", 1)->value, "two");
    assert_null(map_field(map, top, "Received", 2));
    const struct field *subject = map_field(map, top, "subject", 0);
    check_span(subject->name, "Subject");
    check_span(subject->value, " a\r\n folded ");
    check_span(subject->raw, "Subject: a\r\n folded \r\n");
    check_span(map_field(map, &map->parts[3], "subject", 0)->value, " inner");
    assert_null(map_field(map, &map->parts[2], "subject", 0));
    assert_ptr_equal(top->type_field, map_field(map, top, "content-type", 0));
    assert_null(top->encoding_field);
    arena_free(&arena);
}

static void parts_know_their_place(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct map *map = build(message, arena);
    assert_int_equal(map->part_count, 4);
    const struct part *parts = map->parts;
    assert_int_equal(parts[0].parent, MAP_NONE);
    assert_int_equal(parts[0].first_child, 1);
    assert_int_equal(parts[1].next_sibling, 2);
    assert_int_equal(parts[2].next_sibling, MAP_NONE);
    assert_int_equal(parts[2].first_child, 3);
    assert_int_equal(parts[3].depth, 2);
    assert_int_equal(parts[0].kind, PART_MULTIPART);
    assert_int_equal(parts[2].kind, PART_MESSAGE);
    assert_true(parts[0].is_message && !parts[1].is_message && !parts[2].is_message);
    assert_true(parts[3].is_message);
    assert_true(parts[0].closed);
    assert_int_equal(parts[1].encoding, ENCODING_QUOTED_PRINTABLE);
    assert_int_equal(parts[2].encoding, ENCODING_7BIT);
    check_span(parts[0].boundary, "B");
    check_span(parts[1].body, "one\r\n");
    check_span(parts[3].header, "Subject: inner\r\n");
    check_span(parts[3].body, "two");
    check_span(parts[2].body, "Subject: inner\r\n\r\ntwo");
    assert_ptr_equal(span_end(parts[0].body), span_end(map->bytes));
    arena_free(&arena);
}

struct attachment_sample {
    const char *header;
    bool is_attachment;
};

static const struct attachment_sample attachments[] = {
    {"\r\n", false},
    {"Content-Type: text/html\r\n\r\n", false},
    {"Content-Type: text/html\r\nContent-Disposition: inline\r\n\r\n", false},
    {"Content-Type: text/html\r\nContent-Disposition: Attachment\r\n\r\n", true},
    {"Content-Type: text/plain; name=a\r\n\r\n", true},
    {"Content-Type: text/plain; name*0*=a\r\n\r\n", true},
    {"Content-Disposition: inline; filename*=utf-8''a\r\n\r\n", true},
    {"Content-Type: image/png\r\nContent-Disposition: inline\r\n\r\n", true},
    {"Content-Type: message/rfc822\r\n\r\n", true},
    {"Content-Type: message/delivery-status\r\n\r\n", true},
    {"Content-Type: multipart/mixed; boundary=B\r\nContent-Disposition: attachment\r\n\r\n--B\r\n",
     false},
};

static void attachments_are_told_from_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(attachments); i++) {
        struct arena *arena = arena_new();
        struct map *map = build(attachments[i].header, arena);
        print_message("  %.60s\n", attachments[i].header);
        assert_int_equal(part_is_attachment(&map->parts[0]), attachments[i].is_attachment);
        arena_free(&arena);
    }
}

static void types_compare_without_case(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct map *map = build("Content-Type: TEXT/Html\r\n\r\n", arena);
    assert_true(part_is_type(&map->parts[0], "text", NULL));
    assert_true(part_is_type(&map->parts[0], "text", "html"));
    assert_false(part_is_type(&map->parts[0], "text", "plain"));
    assert_false(part_is_type(&map->parts[0], "html", NULL));
    arena_free(&arena);
}

static void raw_8bit_in_a_header_shows(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    assert_false(build("Subject: a\r\n\r\n\xc3\xa4", arena)->has_8bit_header);
    assert_true(build("Subject: \xc3\xa4\r\n\r\n", arena)->has_8bit_header);
    assert_int_equal(build("Subject: \xc3\xa4\r\n\r\n", arena)->ambiguities, 0);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_found_by_name),
        cmocka_unit_test(parts_know_their_place),
        cmocka_unit_test(attachments_are_told_from_text),
        cmocka_unit_test(types_compare_without_case),
        cmocka_unit_test(raw_8bit_in_a_header_shows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
