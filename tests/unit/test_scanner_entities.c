/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every pattern of config/entities on texts made of its own samples, whole and damaged: the same
 * finds with the scanner and without.
 */
#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "tests/support/scanning.h"

#include <dirent.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct tally {
    size_t equal, not_held;
};

static void add_piece(struct buf *text, struct span piece)
{
    size_t cut = (size_t)rand() % (piece.len + 1);
    buf_add(text, piece);
    buf_add_str(text, rand() % 2 ? " " : "\r\n");
    buf_add(text, span_from(piece, utf8_floor(piece, cut)));
    buf_add(text, piece); /* one joined to the other */
    buf_add_str(text, rand() % 2 ? "\xc3\xa9\xc3\x9f" : "0");
}

/* All strings below, but not more than a text of some size. */
static void add_strings(struct buf *text, const json_t *json)
{
    const json_t *value;
    const char *key;
    size_t i;
    if (json_is_string(json) && text->len < 4000)
        add_piece(text, span_str(json_string_value(json)));
    json_array_foreach(json, i, value) add_strings(text, value);
    json_object_foreach((json_t *)(uintptr_t)json, key, value) add_strings(text, value);
}

static void check(const json_t *json, const char *name, struct span text, struct tally *tally)
{
    struct error err = ERROR_INIT;
    if (!json_is_string(json))
        return;
    struct pattern *pattern = pattern_new(span_str(json_string_value(json)), PATTERN_UTF8, &err);
    if (!pattern)
        fail_msg("%s: %s", name, err.text);
    enum scanning result = scanning_compare(pattern, text);
    if (result == SCANNING_DIFFERS)
        fail_msg("%s: %s on \"%.*s\"", name, json_string_value(json), SPAN_ARG(text));
    tally->equal += result == SCANNING_EQUAL;
    tally->not_held += result == SCANNING_NOT_HELD;
    pattern_free(&pattern);
}

static void check_file(const char *path, struct tally *tally)
{
    json_error_t problem;
    json_t *file = json_load_file(path, 0, &problem);
    const json_t *entity, *row;
    size_t i, j;
    if (!file)
        fail_msg("%s: %s", path, problem.text);
    json_array_foreach(json_object_get(file, "entities"), i, entity)
    {
        struct buf text = BUF_INIT;
        const char *name = json_string_value(json_object_get(entity, "name"));
        add_strings(&text, json_object_get(entity, "samples"));
        check(json_object_get(entity, "pattern"), name, buf_span(&text), tally);
        json_array_foreach(json_object_get(entity, "patterns"), j, row)
            check(json_is_string(row) ? row : json_object_get(row, "pattern"), name,
                  buf_span(&text), tally);
        buf_fini(&text);
    }
    json_decref(file);
}

static void entities_are_found_alike(void **state)
{
    static const char folder[] = TEST_ROOT "/../config/entities";
    struct tally tally = {0, 0};
    DIR *dir = opendir(folder);
    (void)state;
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        char path[1024];
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (strstr(entry->d_name, ".json"))
            check_file(path, &tally);
    }
    (void)closedir(dir);
    if (scanner_library())
        assert_true(tally.equal > 40 * tally.not_held && tally.equal > 500);
}

int main(void)
{
    pattern_library_init();
    const struct CMUnitTest tests[] = {cmocka_unit_test(entities_are_found_alike)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
