/* SPDX-License-Identifier: Apache-2.0 */
/* Typed reading of JSON: what arrives in the structure, and the exact words of every complaint. */
#include "config/reader/node.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum mode { MODE_NONE, MODE_STARTTLS, MODE_IMPLICIT };

static const struct enum_value modes[] = {
    {"none", MODE_NONE}, {"starttls required", MODE_STARTTLS}, {"implicit", MODE_IMPLICIT}, {0}};

struct inner {
    int64_t depth;
};

static const struct key inner_keys[] = {
    {.name = "depth",
     .type = KEY_INTEGER,
     .offset = offsetof(struct inner, depth),
     .min = 0,
     .max = 9},
};

static const struct key_table inner_table = {"inner", inner_keys, ARRAY_LEN(inner_keys), NULL};

struct thing {
    int64_t port;
    int64_t any;
    double ratio;
    int mode;
    bool flag;
    struct span title;
    struct span file;
    struct string_list labels;
    struct pattern_source pattern;
    struct node inner;
    struct node items;
    struct node anything;
};

#define KEY(n, t, ...)                                                                             \
    {                                                                                              \
        .name = #n, .type = (t), .offset = offsetof(struct thing, n), __VA_ARGS__                  \
    }

static const struct key thing_keys[] = {
    KEY(port, KEY_INTEGER, .required = true, .min = 1, .max = 65535),
    KEY(any, KEY_INTEGER, .standard = NULL),
    KEY(ratio, KEY_NUMBER, .min = 0, .max = 1),
    KEY(mode, KEY_ENUM, .values = modes),
    KEY(flag, KEY_BOOL, .standard = "false"),
    KEY(title, KEY_STRING, .standard = NULL),
    KEY(file, KEY_PATH, .standard = NULL),
    KEY(labels, KEY_STRINGS, .standard = NULL),
    KEY(pattern, KEY_PATTERN, .standard = NULL),
    KEY(inner, KEY_OBJECT, .object = &inner_table, .as_text = true),
    KEY(items, KEY_ARRAY, .object = &inner_table),
    KEY(anything, KEY_ANY, .standard = NULL),
};

static const struct key_table thing_table = {"thing", thing_keys, ARRAY_LEN(thing_keys), NULL};

struct fixture {
    struct arena *arena;
    struct reader reader;
    struct node root;
    struct thing thing;
    struct common_keys common;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){.arena = arena_new()};
    reader_init(&fixture.reader, fixture.arena);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    reader_fini(&fixture->reader);
    arena_free(&fixture->arena);
    return 0;
}

static bool read_thing(struct fixture *fixture, const char *text)
{
    bool good = reader_load_text(&fixture->reader, "conf/t.json", span_str(text), &fixture->root) &&
                node_read(&fixture->reader, &fixture->root, &thing_table, &fixture->thing,
                          &fixture->common);
    assert_int_equal(good, fixture->reader.error_count == 0);
    return good;
}

static void assert_complaints(struct fixture *fixture, const char *wanted)
{
    struct buf out = BUF_INIT;
    reader_report(&fixture->reader, &out);
    buf_add_byte(&out, '\0');
    assert_string_equal(out.ptr, wanted);
    buf_fini(&out);
}

static void expect(void **state, const char *text, const char *wanted)
{
    struct fixture *fixture = *state;
    (void)read_thing(fixture, text);
    assert_complaints(fixture, wanted);
    assert_int_equal(tear_down(state), 0);
    assert_int_equal(set_up(state), 0);
}

static void test_every_type(void **state)
{
    struct fixture *f = *state;
    f->thing.any = 7;
    assert_true(read_thing(
        f,
        "{\"name\": \"n\", \"enabled\": false, \"comment\": [\"a\", \"b\"], \"port\": 25,\n"
        " \"ratio\": 0.5, \"mode\": \"STARTTLS-Required\", \"flag\": true, \"title\": \"\\u00e9\","
        " \"file\": \"a/b\", \"labels\": [\"x\", \"y\"], \"pattern\": \"\\\\d\","
        " \"inner\": {\"depth\": 3}, \"items\": [{}, {}], \"anything\": null}"));
    assert_int_equal(f->thing.port, 25);
    assert_int_equal(f->thing.any, 7);
    assert_true(f->thing.ratio > 0.49 && f->thing.ratio < 0.51);
    assert_int_equal(f->thing.mode, MODE_STARTTLS);
    assert_true(f->thing.flag);
    assert_true(span_is(f->thing.title, "\xc3\xa9"));
    assert_true(span_is(f->thing.file, "conf/a/b"));
    assert_int_equal(f->thing.labels.count, 2);
    assert_true(span_is(f->thing.labels.items[1], "y"));
    assert_true(span_is(f->thing.pattern.text, "\\d"));
    assert_int_equal(node_count(&f->thing.items), 2);
    assert_true(node_is_present(&f->thing.anything));
    assert_true(span_is(f->common.name, "n"));
    assert_false(f->common.enabled);
    struct inner inner = {0};
    assert_true(node_read(&f->reader, &f->thing.inner, &inner_table, &inner, NULL));
    assert_int_equal(inner.depth, 3);
    assert_string_equal(node_place(&f->reader, &f->thing.inner), "conf/t.json:2:142");
}

static void test_absent_object(void **state)
{
    struct fixture *f = *state;
    struct inner inner = {.depth = 4};
    assert_true(read_thing(f, "{\"port\": 1}"));
    assert_true(f->common.enabled);
    assert_false(node_is_present(&f->thing.inner));
    assert_true(node_read(&f->reader, &f->thing.inner, &inner_table, &inner, NULL));
    assert_int_equal(inner.depth, 4);
}

static void test_paths(void **state)
{
    struct fixture *f = *state;
    assert_true(read_thing(f, "{\"port\": 1, \"file\": \"/etc/x\"}"));
    assert_true(span_is(f->thing.file, "/etc/x"));
    assert_true(read_thing(f, "{\"port\": 1, \"file\": \"\"}"));
    assert_true(span_is(f->thing.file, ""));
}

static void test_wrong_types(void **state)
{
    expect(state, "{\"port\": \"25x\"}",
           "conf/t.json:1:10: /port: expected integer 1..65535, got \"25x\"\n");
    expect(state, "{\"port\": 70000}",
           "conf/t.json:1:10: /port: expected integer 1..65535, got 70000\n");
    expect(state, "{\"port\": 2.5}",
           "conf/t.json:1:10: /port: expected integer 1..65535, got 2.5\n");
    expect(state, "{\"port\": 1, \"any\": null}",
           "conf/t.json:1:20: /any: expected integer, got null\n");
    expect(state, "{\"port\": 1, \"ratio\": 1.5}",
           "conf/t.json:1:22: /ratio: expected number 0..1, got 1.5\n");
    expect(state, "{\"port\": 1, \"flag\": \"yes\"}",
           "conf/t.json:1:21: /flag: expected true or false, got \"yes\"\n");
    expect(state, "{\"port\": 1, \"title\": []}",
           "conf/t.json:1:22: /title: expected string, got a list\n");
    expect(state, "{\"port\": 1, \"labels\": {}}",
           "conf/t.json:1:23: /labels: expected string or list of strings, got an object\n");
    expect(state, "{\"port\": 1, \"labels\": [\"a\", 2]}",
           "conf/t.json:1:29: /labels/1: expected string, got 2\n");
    expect(state, "{\"port\": 1, \"inner\": 1, \"items\": {}}",
           "conf/t.json:1:22: /inner: expected object, got 1\n"
           "conf/t.json:1:34: /items: expected list, got an object\n");
    expect(state, "[]", "conf/t.json:1:1: /: expected object, got a list\n");
    expect(state, "17", "conf/t.json:1:1: /: expected object, got 17\n");
}

static void test_enum(void **state)
{
    expect(state, "{\"port\": 1, \"mode\": \"start_tls required\"}",
           "conf/t.json:1:21: /mode: expected one of none, starttls required or implicit, got "
           "\"start_tls required\"; did you mean \"starttls required\"?\n");
    expect(state, "{\"port\": 1, \"mode\": \"quux\"}",
           "conf/t.json:1:21: /mode: expected one of none, starttls required or implicit, got "
           "\"quux\"\n");
    expect(state, "{\"port\": 1, \"mode\": 3}",
           "conf/t.json:1:21: /mode: expected one of none, starttls required or implicit, got 3\n");
}

static void test_unknown_and_missing(void **state)
{
    expect(state, "{\n  \"prot\": 25\n}",
           "conf/t.json:2:3: /prot: unknown key; did you mean \"port\"?\n"
           "conf/t.json:1:1: /: expected key \"port\" (integer 1..65535), got none\n");
    expect(state, "{\"port\": 1, \"enabeld\": true}",
           "conf/t.json:1:13: /enabeld: unknown key; did you mean \"enabled\"?\n");
    expect(state, "{\"port\": 1, \"a/~b\": true}",
           "conf/t.json:1:13: /a~1~0b: unknown key; expected one of port, any, ratio, mode, flag, "
           "title, file, labels, pattern, inner, items, anything, name, description, enabled, "
           "comment\n");
}

/* A string that holds an object: what is wrong in it is shown where it is written. */
static void test_object_as_text(void **state)
{
    struct fixture *f = *state;
    struct inner inner = {0};
    assert_true(read_thing(f, "{\"port\": 1, \"inner\": \"{\\\"depth\\\": 4}\"}"));
    assert_true(node_read(&f->reader, &f->thing.inner, &inner_table, &inner, NULL));
    assert_int_equal(inner.depth, 4);
    assert_true(read_thing(f, "{\"port\": 1, \"inner\": \"{\\n \\\"depth\\\": 40}\"}"));
    assert_false(node_read(&f->reader, &f->thing.inner, &inner_table, &inner, NULL));
    assert_complaints(f, "conf/t.json:1:38: /inner/depth: expected integer 0..9, got 40\n");
}

static void test_object_as_text_broken(void **state)
{
    expect(state, "{\"port\": 1, \"inner\": \"{\\\"depth\\\" 4}\"}",
           "conf/t.json:1:34: /inner/depth: expected ':' behind the key, got 4\n");
    expect(state, "{\"port\": 1, \"inner\": \"[]\"}",
           "conf/t.json:1:23: /inner: expected object, got a list\n");
    expect(state, "{\"port\": 1, \"inner\": \" \"}", "");
}

static void test_syntax(void **state)
{
    expect(state, "", "conf/t.json:1:1: /: expected '{', got an empty text\n");
    expect(state, "{\"a\": 1,}",
           "conf/t.json:1:9: /a: expected a key in double quotes behind the ','; the last entry "
           "has no ',' behind it\n");
    expect(state, "{\"a\": [1, 2,\n]}",
           "conf/t.json:2:1: /a/2: expected a value behind the ','; the last entry has no ',' "
           "behind it\n");
    expect(state, "{\"a\": 1\n \"b\": 2}", "conf/t.json:2:2: /a: expected ',' or '}', got \"b\"\n");
    expect(state, "{\n\"a\": [1, {\"b\": 2}",
           "conf/t.json:2:18: /a/1: expected ',' or ']', got the end of the text; the '[' of 2:6 "
           "is still open\n");
    expect(state, "{'a': 1}",
           "conf/t.json:1:2: /: expected a key in double quotes or '}': a text stands in double "
           "quotes, not single ones\n");
    expect(state, "{\"a\": tru}",
           "conf/t.json:1:7: /a: expected a value: a text stands in double quotes; only true, "
           "false and null do not\n");
    expect(state, "{\"a\": \"\\d\"}",
           "conf/t.json:1:8: /a: expected a value: JSON has no such escape; a backslash is written "
           "twice, as in \"\\\\d\"\n");
    expect(state, "{\"a\": 1} x",
           "conf/t.json:1:10: /: expected nothing behind the last '}': a text stands in double "
           "quotes; only true, false and null do not\n");
    expect(state, "{\"a\": 1 // one\n}",
           "conf/t.json:1:9: /a: expected ',' or '}': JSON has no comments; use a \"comment\" "
           "key\n");
    expect(state, "{\"\xc3\xa9\": \"\xff\"}",
           "conf/t.json:1:8: /: expected UTF-8, got the byte 0xff\n");
}

/* Jansson 2.14 overlooks a NUL behind a number. */
static void test_nul_byte(void **state)
{
    struct fixture *f = *state;
    assert_false(reader_load_text(&f->reader, "n.json", SPAN("{\"a\": 1\0}"), &f->root));
    assert_complaints(f, "n.json:1:8: /a: expected ',' or '}': this character means nothing in "
                         "JSON outside of a text\n");
}

static void test_duplicate_keys(void **state)
{
    expect(state, "{\"a\": 1,\n \"b\": {\"c\": 1, \"c\": 2},\n \"\\u0061\": 3}",
           "conf/t.json:2:16: /b/c: the key stands twice in this object; first at 2:8\n"
           "conf/t.json:3:2: /a: the key stands twice in this object; first at 1:2\n");
}

static void test_depth(void **state)
{
    struct fixture *f = *state;
    char deep[500];
    memset(deep, '[', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    assert_false(read_thing(f, deep));
    assert_non_null(memmem(f->reader.complaints.ptr, f->reader.complaints.len,
                           ": nested deeper than 200 levels\n", 32));
}

static void test_many_complaints(void **state)
{
    struct fixture *f = *state;
    struct buf text = BUF_INIT;
    struct buf out = BUF_INIT;
    buf_add_str(&text, "{\"port\": 1, \"labels\": [1");
    for (int i = 1; i < 150; i++)
        buf_add_str(&text, ", 1");
    buf_add_str(&text, "]}");
    buf_add_byte(&text, '\0');
    assert_false(read_thing(f, text.ptr));
    reader_report(&f->reader, &out);
    size_t lines = 0;
    for (size_t i = 0; i < out.len; i++)
        lines += out.ptr[i] == '\n';
    assert_int_equal(lines, COMPLAINTS_MAX + 1);
    assert_memory_equal(out.ptr + out.len - 12, "and 50 more\n", 12);
    buf_fini(&text);
    buf_fini(&out);
}

/* Nothing of the file can steer a terminal or flood it. */
static void test_foreign_text(void **state)
{
    struct fixture *f = *state;
    expect(state, "{\"port\": \"\\u001b[31m\"}",
           "conf/t.json:1:10: /port: expected integer 1..65535, got \"\\u001B[31m\"\n");
    expect(state, "{\"port\": 1, \"mode\": \"\\u0007\"}",
           "conf/t.json:1:21: /mode: expected one of none, starttls required or implicit, got "
           "\"\\u0007\"\n");
    expect(state,
           "{\"port\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}",
           "conf/t.json:1:10: /port: expected integer 1..65535, got "
           "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\n");
    (void)f;
}

static void test_unique_names(void **state)
{
    struct fixture *f = *state;
    assert_true(reader_load_text(&f->reader, "u.json",
                                 SPAN("{\"a\": [{\"name\": \"x\"}, {\"name\": \"y\"},\n"
                                      "{\"name\": \"x\"}, {}, {\"name\": 3}]}"),
                                 &f->root));
    struct node list = node_get(&f->reader, &f->root, "a");
    assert_false(node_unique_names(&f->reader, &list));
    assert_complaints(f, "u.json:2:10: /a/2/name: duplicate name \"x\"; first at u.json:1:17\n");
}

static void test_warning(void **state)
{
    struct fixture *f = *state;
    assert_true(read_thing(f, "{\"port\": 1}"));
    node_warning(&f->reader, &f->root, "odd %d", 1);
    assert_complaints(f, "conf/t.json:1:1: /: warning: odd 1\n");
    assert_int_equal(f->reader.warning_count, 1);
}

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[300];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
}

static void remove_files(const char *folder)
{
    static const char *const names[] = {"a.json", "b.json", ".c.json", "d.txt"};
    char path[300];
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(folder);
}

static void expand(const char *wanted, const char *folder, struct buf *out)
{
    for (; *wanted; wanted++) {
        if (*wanted == '@')
            buf_add_str(out, folder);
        else
            buf_add_byte(out, *wanted);
    }
    buf_add_byte(out, '\0');
}

/* '@' in `wanted` is the folder. */
static void expect_folder(void **state, const char *a, const char *b, const char *wanted)
{
    struct fixture *f = *state;
    char folder[] = "/tmp/culvert-test-XXXXXX";
    struct buf text = BUF_INIT;
    assert_non_null(mkdtemp(folder));
    write_file(folder, "a.json", a);
    write_file(folder, "b.json", b);
    write_file(folder, ".c.json", "{");
    write_file(folder, "d.txt", "{");
    bool good = reader_load(&f->reader, folder, &f->root);
    assert_int_equal(good, f->reader.error_count == 0);
    good = good && node_read(&f->reader, &f->root, &thing_table, &f->thing, &f->common);
    assert_int_equal(good, wanted[0] == '\0');
    expand(wanted, folder, &text);
    assert_complaints(f, text.ptr);
    buf_fini(&text);
    remove_files(folder);
}

static void test_folder_merges(void **state)
{
    struct fixture *f = *state;
    expect_folder(state, "{\"comment\": \"a\", \"port\": 1, \"items\": [{\"depth\": 1}]}",
                  "{\"comment\": \"b\", \"file\": \"x\", \"items\": [{\"depth\": 2}],"
                  " \"inner\": {\"depth\": 3}}",
                  "");
    assert_int_equal(f->thing.port, 1);
    assert_int_equal(node_count(&f->thing.items), 2);
    struct inner inner = {0};
    struct node second = node_at(&f->reader, &f->thing.items, 1);
    assert_true(node_read(&f->reader, &second, &inner_table, &inner, NULL));
    assert_int_equal(inner.depth, 2);
    assert_true(span_ends_nocase(f->thing.file, SPAN("/x")));
}

static void test_folder_says_where(void **state)
{
    expect_folder(state, "{\"port\": 1, \"labels\": [\"x\"]}",
                  "{\n\"labels\": [\"y\", 3], \"prot\": 1}",
                  "@/b.json:2:17: /labels/1: expected string, got 3\n"
                  "@/b.json:2:21: /prot: unknown key; did you mean \"port\"?\n");
}

static void test_folder_conflicts(void **state)
{
    expect_folder(state, "{\"port\": 1, \"inner\": {\"depth\": 1}, \"items\": []}",
                  "{\"port\": 1, \"inner\": {\"depth\": 2}, \"items\": {}}",
                  "@/b.json:1:2: /port: already set at @/a.json:1:10\n"
                  "@/b.json:1:23: /inner/depth: already set at @/a.json:1:32\n"
                  "@/b.json:1:45: /items: expected list, as it is at @/a.json:1:45\n");
}

static void test_folder_broken(void **state)
{
    expect_folder(state, "{", "{\"port\" 1}",
                  "@/a.json:1:2: /: expected a key in double quotes or '}', got the end of the "
                  "text; the '{' of 1:1 is still open\n"
                  "@/b.json:1:9: /port: expected ':' behind the key, got 1\n");
}

static void test_missing_file(void **state)
{
    struct fixture *f = *state;
    assert_false(reader_load(&f->reader, "/nonexistent/x.json", &f->root));
    assert_complaints(f, "/nonexistent/x.json: cannot be read: No such file or directory\n");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_every_type),
        CASE(test_absent_object),
        CASE(test_paths),
        CASE(test_wrong_types),
        CASE(test_enum),
        CASE(test_unknown_and_missing),
        CASE(test_object_as_text),
        CASE(test_object_as_text_broken),
        CASE(test_syntax),
        CASE(test_nul_byte),
        CASE(test_duplicate_keys),
        CASE(test_depth),
        CASE(test_many_complaints),
        CASE(test_foreign_text),
        CASE(test_unique_names),
        CASE(test_warning),
        CASE(test_folder_merges),
        CASE(test_folder_says_where),
        CASE(test_folder_conflicts),
        CASE(test_folder_broken),
        CASE(test_missing_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
