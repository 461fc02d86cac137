/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key tables drive the reading; schema and reference must say what they say.
 * CULVERT_WRITE=1 in the environment writes the schema anew instead of comparing it.
 */
#include "config/policy/tables.h"
#include "config/reader/values.h"
#include "engine/commands/ruleset_test.h"
#include "engine/pattern/pattern.h"
#include "rulesets/compile/compile.h"
#include "transforms/transform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#define SCHEMA TEST_ROOT "/../config/culvert.schema.json"
#define REFERENCE TEST_ROOT "/../config/README.md"

static struct arena *arena;

static struct span read_file(const char *path)
{
    struct buf bytes = BUF_INIT;
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s cannot be opened", path);
    for (int c; (c = fgetc(file)) != EOF;)
        buf_add_byte(&bytes, (char)c);
    (void)fclose(file);
    struct span copy = arena_copy(arena, buf_span(&bytes));
    buf_fini(&bytes);
    return copy;
}

static void write_file(const char *path, struct span text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text.ptr, 1, text.len, file), text.len);
    assert_int_equal(fclose(file), 0);
}

static void test_schema_is_current(void **state)
{
    (void)state;
    struct buf wanted = BUF_INIT;
    policy_schema(&wanted);
    if (getenv("CULVERT_WRITE"))
        write_file(SCHEMA, buf_span(&wanted));
    struct span got = read_file(SCHEMA);
    size_t at = 0;
    while (at < got.len && at < wanted.len && got.ptr[at] == wanted.ptr[at])
        at++;
    if (!span_equal(got, buf_span(&wanted)))
        fail_msg("config/culvert.schema.json differs from the tables at byte %zu; "
                 "CULVERT_WRITE=1 writes it anew",
                 at);
    buf_fini(&wanted);
}

/* "`30`", or words, or "required". */
static const char *default_cell(const struct key *key)
{
    if (!key->standard)
        return key->required ? "required" : "";
    if (key->standard[0] != '(')
        return arena_printf(arena, "`%s`", key->standard);
    struct span words = span_sub(span_str(key->standard), 1, strlen(key->standard) - 2);
    return arena_str(arena, words);
}

/* The text under every heading of the table's name. */
static struct span section(struct span reference, const char *name, size_t *from)
{
    struct span heading = span_str(arena_printf(arena, "\n### %s\n", name));
    size_t at = span_find(span_from(reference, *from), heading);
    if (at == SPAN_NONE)
        return span_of("", 0);
    *from += at + heading.len;
    struct span rest = span_from(reference, *from);
    return span_sub(rest, 0, span_find(rest, SPAN("\n##")));
}

static bool is_in_reference(struct span reference, const char *table, const char *row)
{
    size_t from = 0;
    for (;;) {
        struct span text = section(reference, table, &from);
        if (text.len == 0)
            return false;
        if (span_find(text, span_str(row)) != SPAN_NONE)
            return true;
    }
}

static size_t check_table(struct span reference, const struct key_table *table)
{
    size_t missing = 0;
    for (size_t i = 0; i < table->count; i++) {
        const struct key *key = &table->keys[i];
        if (!key->help || !key->help[0])
            fail_msg("%s of \"%s\" has no help", key->name, table->name);
        const char *row = arena_printf(arena, "| `%s` | %s | %s | %s |", key->name,
                                       value_expected(arena, key), default_cell(key), key->help);
        if (is_in_reference(reference, table->name, row))
            continue;
        print_error("under \"### %s\" config/README.md lacks:\n%s\n", table->name, row);
        missing++;
    }
    return missing;
}

/* What files of `culvert test` hold. */
static const struct key_table *const of_tests[] = {&test_file_keys, &test_case_keys,
                                                   &expectation_keys};

static void test_reference_is_complete(void **state)
{
    (void)state;
    struct span reference = read_file(REFERENCE);
    const struct key_table *const *tables = policy_tables(arena);
    size_t missing = 0;
    size_t count = 0;
    for (; tables[count]; count++)
        missing += check_table(reference, tables[count]);
    missing += check_table(reference, &common_key_table);
    for (size_t i = 0; i < ARRAY_LEN(of_tests); i++)
        missing += check_table(reference, of_tests[i]);
    assert_int_equal(missing, 0);
    assert_true(count > 30);
}

/* A row that no table has is a key that nobody reads. */
static void test_reference_has_no_more(void **state)
{
    (void)state;
    size_t rows = 0;
    size_t keys = common_key_table.count;
    const struct key_table *const *tables = policy_tables(arena);
    struct span reference = read_file(REFERENCE);
    for (struct span line; span_next(&reference, '\n', &line);)
        rows += span_starts(line, SPAN("| `"));
    for (size_t i = 0; tables[i]; i++)
        keys += tables[i]->count;
    for (size_t i = 0; i < ARRAY_LEN(of_tests); i++)
        keys += of_tests[i]->count;
    assert_int_equal(rows, keys);
}

static void assert_reached(const struct key_table *table)
{
    const struct key_table *const *tables = policy_tables(arena);
    for (size_t i = 0; tables[i]; i++) {
        if (tables[i] == table)
            return;
    }
    fail_msg("the table \"%s\" is not in the schema", table->name);
}

static void test_every_table_is_reached(void **state)
{
    (void)state;
    for (size_t i = 0; ruleset_key_tables[i]; i++)
        assert_reached(ruleset_key_tables[i]);
    for (size_t i = 0; transform_classes[i]; i++)
        assert_reached(transform_classes[i]->keys);
}

static void assert_default(const char *table, const struct key *key, const char *stated,
                           const char *used)
{
    bool same = true;
    stated += key->offset;
    used += key->offset;
    switch (key->type) {
    case KEY_BOOL:
        same = *(const bool *)(const void *)stated == *(const bool *)(const void *)used;
        break;
    case KEY_INTEGER:
        same = *(const int64_t *)(const void *)stated == *(const int64_t *)(const void *)used;
        break;
    case KEY_ENUM:
        same = *(const int *)(const void *)stated == *(const int *)(const void *)used;
        break;
    case KEY_STRING: {
        struct span a = *(const struct span *)(const void *)stated;
        struct span b = *(const struct span *)(const void *)used;
        if (a.len >= 2 && a.ptr[0] == '"')
            a = span_sub(a, 1, a.len - 2);
        same = span_equal(a, b);
        break;
    }
    default:
        break;
    }
    if (!same)
        fail_msg("%s: the default of \"%s\" is not the one that the table states", table,
                 key->name);
}

/* Transforms bring their defaults in a structure: it must agree with their tables. */
static void test_defaults_of_transforms(void **state)
{
    (void)state;
    for (size_t i = 0; transform_classes[i]; i++) {
        const struct transform_class *class = transform_classes[i];
        char *stated = arena_alloc(arena, class->settings_size);
        node_defaults(class->keys, stated);
        for (size_t k = 0; class->defaults && k < class->keys->count; k++) {
            if (class->keys->keys[k].standard)
                assert_default(class->name, &class->keys->keys[k], stated, class->defaults);
        }
    }
}

static int set_up(void **state)
{
    (void)state;
    pattern_library_init();
    arena = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schema_is_current),
        cmocka_unit_test(test_reference_is_complete),
        cmocka_unit_test(test_reference_has_no_more),
        cmocka_unit_test(test_every_table_is_reached),
        cmocka_unit_test(test_defaults_of_transforms),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
