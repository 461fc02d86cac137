/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_map_corpus: every message of tests/corpus is mapped as tests/corpus/expected.txt says; what
 * is ordinary is certain, and GMime reads it as we do.
 *
 *     test_map_corpus --print > tests/corpus/expected.txt      after looking at each change
 */
#include "engine/base/buf.h"
#include "engine/message/library.h"
#include "tests/support/corpus.h"
#include "tests/support/corpus_gmime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const char folder[] = TEST_ROOT "/corpus";

#define LONGEST_TREE 12 /* parts; above it the number of parts stands for the tree */
#define EDGE 4096u      /* where readers by blocks have gone wrong */

static struct map *build(struct span bytes, struct arena *arena)
{
    return map_build(bytes, &map_limits_default, READING_STRICT, arena);
}

/* name | tree | ambiguities | limit */
static const char *line_of(const char *name, const struct map *map, struct arena *arena)
{
    const char *tree = map->part_count > LONGEST_TREE
                           ? arena_printf(arena, "%zu parts", map->part_count)
                           : map_tree_text(map, arena);
    return arena_printf(arena, "%s | %s | %s | %s\n", name, tree,
                        ambiguities_text(map->ambiguities, arena),
                        map->over_limit ? map->over_limit : "");
}

static struct span all_lines(void)
{
    static struct buf lines = BUF_INIT;
    struct arena *names_arena = arena_new();
    size_t count;
    const char **names = corpus_names(folder, names_arena, &count);
    for (size_t i = 0; i < count; i++) {
        struct arena *arena = arena_new();
        struct map *map = build(corpus_read(folder, names[i], arena), arena);
        buf_add_str(&lines, line_of(names[i], map, arena));
        arena_free(&arena);
    }
    arena_free(&names_arena);
    return buf_span(&lines);
}

static void every_message_is_mapped_as_expected(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct span expected = corpus_read(folder, "expected.txt", arena);
    struct span found = all_lines();
    struct span want;
    struct span got;
    while (span_next(&found, '\n', &got)) {
        if (!span_next(&expected, '\n', &want))
            want = SPAN("");
        assert_string_equal(arena_str(arena, got), arena_str(arena, want));
    }
    assert_null(expected.ptr);
    arena_free(&arena);
}

/* Calls `check` for each message; `ordinary` says of which kind it is. */
static void for_each(void (*check)(const char *name, struct span bytes, bool ordinary))
{
    struct arena *names_arena = arena_new();
    size_t count;
    const char **names = corpus_names(folder, names_arena, &count);
    assert_true(count >= 150);
    for (size_t i = 0; i < count; i++) {
        struct arena *arena = arena_new();
        bool ordinary = strncmp(names[i], "o-", 2) == 0 || strncmp(names[i], "honest-", 7) == 0;
        assert_true(ordinary || strncmp(names[i], "h-", 2) == 0);
        check(names[i], corpus_read(folder, names[i], arena), ordinary);
        arena_free(&arena);
    }
    arena_free(&names_arena);
}

static void check_tiles(const char *name, struct span bytes, bool ordinary)
{
    (void)ordinary;
    for (unsigned reading = 0; reading < READING_COUNT; reading++) {
        struct arena *arena = arena_new();
        struct error err = ERROR_INIT;
        struct map *map = map_build(bytes, &map_limits_default, (enum reading)reading, arena);
        if (!map_tiles_are_whole(map, &err))
            fail_msg("%s: %s", name, err.text);
        arena_free(&arena);
    }
}

static void tiles_are_whole_in_every_reading(void **state)
{
    (void)state;
    for_each(check_tiles);
}

static void check_certain(const char *name, struct span bytes, bool ordinary)
{
    if (!ordinary)
        return;
    struct arena *arena = arena_new();
    struct map *map = build(bytes, arena);
    if (map->ambiguities || map->over_limit)
        fail_msg("%s: %s %s", name, ambiguities_text(map->ambiguities, arena),
                 map->over_limit ? map->over_limit : "");
    arena_free(&arena);
}

static void ordinary_mail_is_certain(void **state)
{
    (void)state;
    for_each(check_certain);
}

/* Those that GMime warns about: it asks for an empty line behind the header and for a close
 * delimiter in what a report returns, and takes a fallback file name or a second field for a
 * conflict. */
static const char *const gmime_doubts[] = {
    "o-header-only.eml",    "o-header-only-one-line.eml",     "o-filename-fallback.eml",
    "o-large-base64.eml", /* kept away: lines across the edges of blocks */
    "o-long-lines.eml",     "o-subject-twice-the-same.eml",   "o-two-cc.eml",
    "o-bounce-cut-off.eml", "o-bounce-header-as-message.eml",
};

static bool is_doubted(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(gmime_doubts); i++) {
        if (strcmp(name, gmime_doubts[i]) == 0)
            return true;
    }
    return false;
}

static void check_gmime(const char *name, struct span bytes, bool ordinary)
{
    struct arena *arena = arena_new();
    struct error err = ERROR_INIT;
    enum second_reading result = gmime_compare(build(bytes, arena), &err);
    if (result == READ_DIFFERENTLY)
        fail_msg("%s: %s", name, err.text);
    if (ordinary && result == NOT_COMPARED && !is_doubted(name))
        fail_msg("%s: was not compared", name);
    arena_free(&arena);
}

static void gmime_reads_it_as_we_do(void **state)
{
    (void)state;
    for_each(check_gmime);
}

static const char secret[] = "078-05-1120";

static bool shows_secret(const struct map *map)
{
    for (size_t i = 0; i < map->part_count; i++) {
        const struct part *part = &map->parts[i];
        if (part->kind == PART_LEAF && span_find(part->body, span_str(secret)) != SPAN_NONE)
            return true;
    }
    for (size_t i = 0; i < map->field_count; i++) {
        if (span_find(map->fields[i].value, span_str(secret)) != SPAN_NONE)
            return true;
    }
    return false;
}

/* The text around parts is in no part; rules that want it look at the tiles. */
static bool is_around_parts(const char *name)
{
    return strcmp(name, "h-preamble-holds-text.eml") == 0 ||
           strcmp(name, "h-text-after-close.eml") == 0;
}

/* What the strict reading does not show in a part or field, another one shows, and the message is
 * uncertain: that is what makes hiding useless. */
static void check_hidden(const char *name, struct span bytes, bool ordinary)
{
    (void)ordinary;
    if (span_find(bytes, span_str(secret)) == SPAN_NONE || is_around_parts(name))
        return;
    struct arena *arena = arena_new();
    struct map *strict = build(bytes, arena);
    if (!shows_secret(strict) && !strict->over_limit) {
        assert_int_not_equal(strict->ambiguities, 0);
        if (!shows_secret(map_build(bytes, &map_limits_default, READING_LAST, arena)) &&
            !shows_secret(map_build(bytes, &map_limits_default, READING_LENIENT, arena)))
            fail_msg("%s: hides it in every reading", name);
    }
    arena_free(&arena);
}

static void what_is_hidden_shows_in_some_reading(void **state)
{
    (void)state;
    for_each(check_hidden);
}

static void check_shifts(const char *name, struct span bytes, bool ordinary)
{
    struct error err = ERROR_INIT;
    if (bytes.len > 8192)
        return;
    (void)ordinary;
    if (!map_survives_shifts(bytes, 1, 70, &err) ||
        !map_survives_shifts(bytes, EDGE - bytes.len % EDGE, EDGE - bytes.len % EDGE + 40, &err))
        fail_msg("%s: %s", name, err.text);
}

static void alignment_changes_nothing(void **state)
{
    (void)state;
    for_each(check_shifts);
}

int main(int argc, char **argv)
{
    message_library_init();
    if (argc > 1 && strcmp(argv[1], "--print") == 0) {
        struct span lines = all_lines();
        return fwrite(lines.ptr, 1, lines.len, stdout) == lines.len ? 0 : 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_is_mapped_as_expected),
        cmocka_unit_test(tiles_are_whole_in_every_reading),
        cmocka_unit_test(ordinary_mail_is_certain),
        cmocka_unit_test(gmime_reads_it_as_we_do),
        cmocka_unit_test(what_is_hidden_shows_in_some_reading),
        cmocka_unit_test(alignment_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
