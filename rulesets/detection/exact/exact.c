/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/exact/exact.h"

#include "rulesets/detection/exact/exact_index.h"
#include "rulesets/detection/exact/exact_search.h"

struct settings {
    struct span file, key_file;
    struct string_list columns, required;
    int64_t match;
    struct node within;
};

#define KEY(n, t) .name = #n, .type = (t), .offset = offsetof(struct settings, n)
static const struct key keys[] = {
    {KEY(file, KEY_PATH), .required = true,
     .help = "The index, which \"culvert index exact\" made of a table."},
    {KEY(key_file, KEY_PATH), .required = true, .help = "The key that it was made with."},
    {KEY(columns, KEY_STRINGS), .standard = "(all)",
     .help = "Columns that count, by the names in the first line of the table."},
    {KEY(required, KEY_STRINGS), .standard = "(none)",
     .help = "Columns that must be among the ones that are found."},
    {KEY(match, KEY_INTEGER), .min = 1, .max = EXACT_COLUMNS_MAX, .standard = "2",
     .help = "How many columns of one row must be found together, at least."},
    {KEY(within, KEY_ANY), .standard = "300",
     .help = "In how many characters of text they must stand, 10000 at most, or \"line\": in one "
             "line."},
};
#undef KEY
const struct key_table exact_match_table = {
    .name = "exact match", .keys = keys, .count = ARRAY_LEN(keys)};

#define WITHIN_STANDARD 300u

static bool read_within(struct reader *reader, const struct node *within, uint32_t *out)
{
    struct span word;
    *out = WITHIN_STANDARD;
    if (!node_is_present(within))
        return true;
    if (node_string(within, &word) && span_is_nocase(word, "line")) {
        *out = 0;
        return true;
    }
    json_int_t number = json_is_integer(within->json) ? json_integer_value(within->json) : 0;
    if (number < 1 || number > EXACT_LINE)
        return node_expected(reader, within, "a number from 1 to 10000, or \"line\"");
    *out = (uint32_t)number;
    return true;
}

static void free_index(void *arg)
{
    struct exact_index *index = arg;
    exact_index_free(&index);
}

/* Indices that are open: several matches may be of one. */
struct opened {
    struct opened *next;
    const char *path, *key_path;
    const struct exact_index *index;
};
struct all_opened {
    struct opened *first;
};

static const char opened_once; /* its address is the key */

static struct all_opened *opened_of(struct reader *reader)
{
    return arena_once(reader->arena, &opened_once, sizeof(struct all_opened));
}

static const struct exact_index *known_index(struct reader *reader, const char *path,
                                             const char *key_path)
{
    for (struct opened *at = opened_of(reader)->first; at; at = at->next) {
        if (strcmp(at->path, path) == 0 && strcmp(at->key_path, key_path) == 0)
            return at->index;
    }
    return NULL;
}

static void know_index(struct reader *reader, const struct opened *index)
{
    struct all_opened *all = opened_of(reader);
    struct opened *opened = ARENA_NEW(reader->arena, struct opened);
    *opened = *index;
    opened->next = all->first;
    all->first = opened;
}

static bool open_index(struct reader *reader, const struct node *node,
                       const struct settings *settings, struct exact_match *match)
{
    struct error err = ERROR_INIT;
    struct index_key key;
    const char *path = arena_str(reader->arena, settings->file);
    const char *key_path = arena_str(reader->arena, settings->key_file);
    struct node at_key = node_get(reader, node, "key_file"),
                at_file = node_get(reader, node, "file");
    match->index = known_index(reader, path, key_path);
    if (match->index)
        return true;
    reader_note_file(reader, key_path);
    reader_note_file(reader, path);
    if (!index_key_read(key_path, reader->secrets_owner, &key, &err))
        return node_error(reader, &at_key, "%s", err.text);
    struct exact_index *index = exact_index_open(path, &key, &err);
    index_key_wipe(&key);
    if (!index)
        return node_error(reader, &at_file, "%s", err.text);
    arena_defer(reader->arena, free_index, index);
    know_index(reader, &(struct opened){NULL, path, key_path, index});
    match->index = index;
    return true;
}

static bool column_of(struct reader *reader, const struct exact_index *index, struct span name,
                      const struct node *node, uint64_t *columns)
{
    const char *names[EXACT_COLUMNS_MAX + 1] = {NULL};
    for (uint32_t i = 0; i < index->head.columns; i++) {
        if (span_equal_nocase(index->names[i], name)) {
            *columns |= UINT64_C(1) << i;
            return true;
        }
        names[i] = arena_str(reader->arena, index->names[i]);
    }
    const char *near = suggest(name, names);
    if (near)
        return node_error(reader, node, "no column \"%.*s\" in the table; did you mean \"%s\"",
                          SPAN_ARG(span_sub(name, 0, 80)), near);
    return node_error(reader, node, "no column \"%.*s\" in the table",
                      SPAN_ARG(span_sub(name, 0, 80)));
}

static bool read_columns(struct reader *reader, const struct exact_index *index,
                         const struct string_list *list, uint64_t *out)
{
    bool good = true;
    *out = 0;
    for (size_t i = 0; i < list->count; i++)
        good &= column_of(reader, index, list->items[i], &list->nodes[i], out);
    return good;
}

static bool check_columns(struct reader *reader, const struct node *node, struct exact_match *match,
                          const struct settings *settings)
{
    uint32_t all = match->index->head.columns;
    struct node at_match = node_get(reader, node, "match");
    if (!read_columns(reader, match->index, &settings->columns, &match->columns) ||
        !read_columns(reader, match->index, &settings->required, &match->required))
        return false;
    if (match->columns == 0)
        match->columns = UINT64_MAX >> (64 - all);
    struct node at_required = node_get(reader, node, "required");
    if (match->required & ~match->columns)
        return node_error(reader, &at_required, "expected columns that are among \"columns\"");
    unsigned count = (unsigned)__builtin_popcountll(match->columns);
    return match->match <= count ||
           node_error(reader, node_is_present(&at_match) ? &at_match : node,
                      "%u columns of a row cannot be found together: %u count", match->match,
                      count);
}

bool exact_match_read(struct reader *reader, const struct node *node, struct exact_matches *matches)
{
    struct settings settings = {.file = SPAN("")};
    struct common_keys common = {.name = SPAN("")};
    node_defaults(&exact_match_table, &settings);
    if (!node_read(reader, node, &exact_match_table, &settings, &common))
        return false;
    if (!common.enabled)
        return true;
    if (common.name.len == 0)
        return node_error(reader, node, "needs a \"name\"");
    struct exact_match match = {.name = arena_str(reader->arena, common.name),
                                .match = (unsigned)settings.match,
                                .node = *node};
    bool good = read_within(reader, &settings.within, &match.within);
    good &= open_index(reader, node, &settings, &match);
    if (!good || !check_columns(reader, node, &match, &settings))
        return false;
    matches->items = arena_grow(reader->arena, matches->items, matches->count, &matches->cap,
                                sizeof *matches->items);
    matches->items[matches->count++] = match;
    return true;
}

bool exact_matches_read(struct reader *reader, const struct node *list, struct exact_matches *out)
{
    bool good = true;
    for (size_t i = 0; i < node_count(list); i++) {
        struct node item = node_at(reader, list, i);
        good &= exact_match_read(reader, &item, out);
    }
    return good;
}

size_t exact_match_rows(const struct exact_match *match)
{
    return match->index->head.rows;
}

struct span exact_match_column(const struct exact_match *match, unsigned column)
{
    return column < match->index->head.columns ? match->index->names[column] : SPAN("");
}
