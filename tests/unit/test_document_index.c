/* SPDX-License-Identifier: Apache-2.0 */
/* The file of an index of documents: what is cut off, changed, foreign or of another key is not
 * opened, and whatever is opened can be asked anything. Bytes are in memory of just their size, so
 * that the sanitizer sees who reads beyond it. */
#include "rulesets/detection/documents/document_index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/base/attrs.h"
#include "engine/base/mem.h"
#include "engine/base/replace_file.h"
#include "rulesets/detection/documents/documents.h"
#include "rulesets/detection/documents/index_build.h"
#include "rulesets/detection/documents/index_format.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct index_key key;
static struct buf file; /* a good index */

static void ignore(struct span name, void *arg)
{
    (void)name;
    (void)arg;
}

static void add(struct index_build *build, const char *name, const char *text)
{
    (void)index_build_text(build, span_str(text));
    assert_true(index_build_document(build, span_str(name)));
}

/* Two documents that have something in common, and boilerplate. */
static int set_up(void **state)
{
    struct index_built built;
    struct error err = ERROR_INIT;
    (void)state;
    index_key_of(SPAN("a key of sixteen"), &key);
    struct index_build *build = index_build_new(&key);
    (void)index_build_text(build, SPAN("kind regards from all of us here at the harbour office"));
    index_build_exclude(build);
    add(build, "one.txt",
        "the gate code is changed on the first monday of a month, and never told by mail. "
        "kind regards from all of us here at the harbour office");
    add(build, "two.txt",
        "this year the gate code is changed on the first monday of a month, and on fridays too");
    assert_true(index_build_finish(build, ignore, NULL, &file, &built, &err));
    assert_true(built.excluded > 0);
    index_build_free(&build);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buf_fini(&file);
    return 0;
}

static const struct document_index *open_copy(const char *copy, size_t len, struct arena *arena,
                                              struct error *err)
{
    return document_index_of(span_of(copy, len), &key, arena, err);
}

/* Everything that can be asked. */
static void ask_all(const struct document_index *index, const struct index_parts *parts)
{
    uint64_t sum = 0;
    struct known_fingerprint known;
    for (uint32_t i = 0; i < document_index_count(index); i++) {
        struct span name = document_index_name(index, i);
        for (size_t n = 0; n < name.len; n++)
            sum += (unsigned char)name.ptr[n];
        sum += document_index_fingerprints(index, i);
    }
    for (uint32_t i = 0; i < document_index_entries(index); i++) {
        const struct index_line *line = &parts->lines[i / LINE_ENTRIES];
        if (i % LINE_ENTRIES >= line->count)
            continue;
        uint64_t value = index_value(line, i % LINE_ENTRIES);
        document_index_find(index, &(struct fingerprint){.value = value}, 1, &known);
        assert_int_equal(known.entry, i);
        assert_true(known.count <= INDEX_OWNERS_MOST);
        for (uint32_t n = 0; n < known.count; n++)
            assert_true(known.owners[n] < document_index_count(index));
        document_index_find(index, &(struct fingerprint){.value = value + 1}, 1, &known);
    }
    document_index_find(index, &(struct fingerprint){.value = 0}, 1, &known);
    document_index_find(index, &(struct fingerprint){.value = UINT64_MAX}, 1, &known);
    assert_true(sum > 0);
}

static void try_to_open(const char *copy, size_t len)
{
    struct arena *arena = arena_new();
    struct error err = ERROR_INIT;
    const struct document_index *index = open_copy(copy, len, arena, &err);
    assert_true((index == NULL) == error_is_set(&err));
    if (index) {
        struct index_head head;
        struct index_parts parts;
        memcpy(&head, copy, sizeof head);
        assert_int_equal(index_parts_of(&head, copy, &parts), len);
        ask_all(index, &parts);
    }
    arena_free(&arena);
}

static void expect_refused(const char *copy, size_t len, const char *why)
{
    struct arena *arena = arena_new();
    struct error err = ERROR_INIT;
    assert_null(open_copy(copy, len, arena, &err));
    if (!strstr(err.text, why))
        fail_msg("expected \"%s\", got \"%s\"", why, err.text);
    arena_free(&arena);
}

static void seal(char *copy, size_t len)
{
    unsigned char out[INDEX_KEY_SIZE];
    index_seal(&key, span_of(copy, len), out);
    memcpy(copy + offsetof(struct index_head, seal), out, sizeof out);
}

static void test_good(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct error err = ERROR_INIT;
    const struct document_index *index = open_copy(file.ptr, file.len, arena, &err);
    assert_string_equal(err.text, "");
    assert_int_equal(document_index_count(index), 2);
    assert_true(span_is(document_index_name(index, 0), "one.txt"));
    assert_true(span_is(document_index_name(index, 1), "two.txt"));
    try_to_open(file.ptr, file.len);
    arena_free(&arena);
}

static void test_every_truncation(void **state)
{
    (void)state;
    for (size_t len = 0; len < file.len; len++) {
        char *copy = malloc(len > 0 ? len : 1);
        assert_non_null(copy);
        memcpy(copy, file.ptr, len);
        expect_refused(copy, len, len < sizeof(struct index_head) ? "is no index" : "bytes, and");
        /* The same where it claims to be all. */
        if (len >= sizeof(struct index_head)) {
            uint64_t size = len;
            memcpy(copy + offsetof(struct index_head, size), &size, sizeof size);
            seal(copy, len);
            expect_refused(copy, len, "is damaged");
        }
        free(copy);
    }
}

static void test_longer(void **state)
{
    (void)state;
    char *copy = mem_alloc(file.len + 8);
    uint64_t size = file.len + 8;
    memcpy(copy, file.ptr, file.len);
    expect_refused(copy, file.len + 8, "bytes, and");
    memcpy(copy + offsetof(struct index_head, size), &size, sizeof size);
    seal(copy, file.len + 8);
    expect_refused(copy, file.len + 8, "its parts do not fit");
    free(copy);
}

static void test_every_byte(void **state)
{
    (void)state;
    static const unsigned char flips[] = {0x01, 0x80, 0xff};
    char *copy = mem_copy(file.ptr, file.len);
    for (size_t i = 0; i < file.len; i++) {
        for (size_t n = 0; n < ARRAY_LEN(flips); n++) {
            copy[i] = (char)(copy[i] ^ (char)flips[n]);
            expect_refused(copy, file.len, "");
            copy[i] = file.ptr[i];
        }
    }
    free(copy);
}

/* Numbers that somebody with the key could have written. */
static void test_every_number_sealed(void **state)
{
    (void)state;
    char *copy = malloc(file.len);
    assert_non_null(copy);
    memcpy(copy, file.ptr, file.len);
    for (size_t i = sizeof(((struct index_head *)0)->magic); i + 4 <= file.len; i++) {
        uint32_t was;
        memcpy(&was, file.ptr + i, sizeof was);
        const uint32_t others[] = {0,       1,          2,          was + 1,     was - 1,
                                   was * 2, 0x7fffffff, 0x80000000, 0x80000001U, UINT32_MAX};
        for (size_t n = 0; n < ARRAY_LEN(others); n++) {
            memcpy(copy + i, &others[n], sizeof others[n]);
            seal(copy, file.len);
            try_to_open(copy, file.len);
        }
        memcpy(copy + i, &was, sizeof was);
    }
    free(copy);
}

static void test_foreign(void **state)
{
    (void)state;
    struct index_head head;
    struct arena *arena = arena_new();
    struct error err = ERROR_INIT;
    struct index_key other;
    char *copy = mem_copy(file.ptr, file.len);
    memcpy(&head, copy, sizeof head);
    head.version = 1;
    memcpy(copy, &head, sizeof head);
    seal(copy, file.len);
    expect_refused(copy, file.len, "is an index of version 1 (20, 10), and this program reads 3");
    head.version = 3;
    head.order = 0x04030201;
    memcpy(copy, &head, sizeof head);
    expect_refused(copy, file.len, "another byte order");
    memcpy(copy, "CULVEXCT", 8);
    expect_refused(copy, file.len, "is no index of documents");
    index_key_of(SPAN("another key that fits"), &other);
    assert_null(document_index_of(buf_span(&file), &other, arena, &err));
    assert_string_equal(err.text, "was made with another key");
    arena_free(&arena);
    free(copy);
}

/* So many that some are not in the line where they belong: each is found, and nothing else is. */
static void test_lines_that_are_full(void **state)
{
    (void)state;
    struct index_build *build = index_build_new(&key);
    struct buf text = BUF_INIT, bytes = BUF_INIT;
    struct index_built built;
    struct error err = ERROR_INIT;
    struct arena *arena = arena_new();
    struct index_head head;
    struct index_parts parts;
    for (uint64_t i = 0, seed = 1; i < 20000; i++, seed = seed * 6364136223846793005U + 1)
        buf_add_byte(&text, (char)('a' + (seed >> 33) % 26));
    (void)index_build_text(build, buf_span(&text));
    assert_true(index_build_document(build, SPAN("letters")));
    assert_true(index_build_finish(build, ignore, NULL, &bytes, &built, &err));
    index_build_free(&build);
    memcpy(&head, bytes.ptr, sizeof head);
    assert_in_range(head.follow, 1, 9);
    assert_int_equal(index_parts_of(&head, bytes.ptr, &parts), bytes.len);
    const struct document_index *index = open_copy(bytes.ptr, bytes.len, arena, &err);
    assert_non_null(index);
    ask_all(index, &parts);
    for (uint64_t i = 0; i < 20000; i++) {
        struct known_fingerprint known;
        struct fingerprint other = {.value = (2 * i + 1) * UINT64_C(0x9e3779b97f4a7c15)};
        document_index_find(index, &other, 1, &known);
        assert_int_equal(known.entry, ENTRY_NONE);
    }
    arena_free(&arena);
    buf_fini(&text);
    buf_fini(&bytes);
}

/* A folder of the test's own. */
struct place {
    char folder[64];
    char index[96], key[96], config[96];
};

static void write_to(const char *path, struct span bytes, mode_t mode)
{
    struct error err = ERROR_INIT;
    struct replace_file out;
    assert_true(replace_file_open(&out, path, &err));
    assert_true(replace_file_add(&out, bytes, &err));
    assert_true(replace_file_commit(&out, &err));
    assert_int_equal(chmod(path, mode), 0);
}

static void place_open(struct place *place)
{
    (void)snprintf(place->folder, sizeof place->folder, "/tmp/test_document_index.XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    (void)snprintf(place->index, sizeof place->index, "%s/d.index", place->folder);
    (void)snprintf(place->key, sizeof place->key, "%s/key", place->folder);
    (void)snprintf(place->config, sizeof place->config, "%s/c.json", place->folder);
    write_to(place->index, buf_span(&file), 0644);
    write_to(place->key, SPAN("a key of sixteen\n"), 0600);
}

static void place_close(struct place *place)
{
    (void)unlink(place->index);
    (void)unlink(place->key);
    (void)unlink(place->config);
    assert_int_equal(rmdir(place->folder), 0); /* nothing else is left in it */
}

/* Who has the index open keeps it when another takes its place. */
static void test_replaced(void **state)
{
    (void)state;
    struct place place;
    struct arena *arena = arena_new();
    struct error err = ERROR_INIT;
    place_open(&place);
    const struct document_index *index = document_index_open(place.index, &key, arena, &err);
    assert_non_null(index);
    write_to(place.index, SPAN("something else"), 0644);
    struct index_parts parts;
    struct index_head head;
    memcpy(&head, file.ptr, sizeof head);
    (void)index_parts_of(&head, file.ptr, &parts);
    ask_all(index, &parts);
    assert_null(document_index_open(place.index, &key, arena, &err));
    assert_string_equal(err.text, "is no index of documents");
    err = (struct error)ERROR_INIT;
    assert_null(document_index_open(place.folder, &key, arena, &err));
    assert_true(error_is_set(&err));
    arena_free(&arena);
    place_close(&place);
}

/* The complaints that the configuration's "fingerprints" of one item leads to, without the file's
 * name; "" when it is good. */
static void expect_config(struct place *place, const char *keys, const char *wanted)
{
    struct arena *arena = arena_new();
    struct reader reader;
    struct node root, list;
    struct document_sets sets = {NULL, 0, 0};
    struct buf got = BUF_INIT;
    const char *json = arena_printf(arena, "{\"fingerprints\": [{%s}]}", keys);
    write_to(place->config, span_str(json), 0644);
    reader_init(&reader, arena);
    assert_true(reader_load(&reader, place->config, &root));
    list = node_get(&reader, &root, "fingerprints");
    bool good = document_sets_read(&reader, &list, &sets);
    assert_true(good == (*wanted == '\0'));
    reader_report(&reader, &got);
    buf_add_byte(&got, '\0');
    if (*wanted ? !strstr(got.ptr, wanted) : got.ptr[0] != '\0')
        fail_msg("expected \"%s\", got \"%s\"", wanted, got.ptr);
    if (good && sets.count > 0)
        assert_int_equal(document_set_count(&sets.items[0]), 2);
    buf_fini(&got);
    reader_fini(&reader);
    arena_free(&arena);
}

#define FILES "\"file\": \"d.index\", \"key_file\": \"key\""

static void test_configuration(void **state)
{
    (void)state;
    struct place place;
    place_open(&place);
    expect_config(&place, "\"name\": \"papers\", " FILES, "");
    expect_config(&place,
                  "\"name\": \"papers\", \"threshold\": 40, \"of\": \"Source\", "
                  "\"min_length\": 0, " FILES,
                  "");
    expect_config(&place, "\"enabled\": false, \"file\": \"x\", \"key_file\": \"y\"", "");
    expect_config(&place, FILES, "/fingerprints/0: needs a \"name\"");
    expect_config(&place, "\"name\": \"a\", \"key_file\": \"key\"", "\"file\"");
    expect_config(&place, "\"name\": \"a\", \"file\": \"d.index\"", "\"key_file\"");
    expect_config(&place, "\"name\": \"a\", \"threshold\": 0, " FILES, "1..100");
    expect_config(&place, "\"name\": \"a\", \"of\": \"mail\", " FILES, "mail");
    expect_config(&place, "\"name\": \"a\", \"minlength\": 1, " FILES, "did you mean");
    expect_config(&place, "\"name\": \"a\", \"file\": \"none\", \"key_file\": \"key\"",
                  "/none cannot be read: No such file");
    expect_config(&place, "\"name\": \"a\", \"file\": \"d.index\", \"key_file\": \"none\"",
                  "make one: (umask 077; head -c 32 /dev/urandom >");
    expect_config(&place, "\"name\": \"a\", \"file\": \"key\", \"key_file\": \"key\"",
                  "is no index of documents");
    expect_config(&place, "\"name\": \"a\", \"file\": \"d.index\", \"key_file\": \".\"",
                  "expected a file with a key");
    place_close(&place);
}

static void test_keys(void **state)
{
    (void)state;
    struct place place;
    place_open(&place);
    assert_int_equal(chmod(place.key, 0604), 0);
    expect_config(&place, "\"name\": \"a\", " FILES, "have access to it (mode 0604); chmod 600 it");
    write_to(place.key, SPAN("too short\n\n\n\n\n\n\n\n\n"), 0600);
    expect_config(&place, "\"name\": \"a\", " FILES, "expected a key of 16 to 4096 bytes");
    char *large = mem_alloc(4097);
    write_to(place.key, span_of(large, 4097), 0600);
    free(large);
    expect_config(&place, "\"name\": \"a\", " FILES, "expected a key of 16 to 4096 bytes");
    write_to(place.key, SPAN("a key of sixteen\r\n"), 0600);
    expect_config(&place, "\"name\": \"a\", " FILES, "");
    write_to(place.key, SPAN("another key of sixteen"), 0600);
    expect_config(&place, "\"name\": \"a\", " FILES, "d.index was made with another key");
    place_close(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_longer),
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_every_number_sealed),
        cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_lines_that_are_full),
        cmocka_unit_test(test_replaced),
        cmocka_unit_test(test_configuration),
        cmocka_unit_test(test_keys),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
