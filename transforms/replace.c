/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replace: another text for the piece, or pattern by pattern inside it. The patterns all look at
 * the piece as it came: none sees what another wrote; where two match the same place the first one
 * wins.
 */
#include "transforms/classes.h"
#include "transforms/finder.h"

#include <stdlib.h>

/* Replacements in one piece; more is a limit (DESIGN promise 5), not "no match". */
#define REPLACEMENTS_MAX 50000

struct replacement {
    struct matcher matcher;
    const struct template *text;
    const char *key; /* place of the text, for complaints */
};

struct replace {
    struct span with;
    struct node patterns;
    const struct template *text; /* NULL: by patterns */
    struct replacement *items;
    size_t count;
};

struct row {
    struct pattern_source pattern;
    struct span replacement;
};

static const struct key row_keys[] = {
    {.name = "pattern",
     .type = KEY_PATTERN,
     .offset = offsetof(struct row, pattern),
     .required = true,
     .help = "What to look for inside the piece."},
    {.name = "replacement",
     .type = KEY_STRING,
     .offset = offsetof(struct row, replacement),
     .required = true,
     .help = "What stands instead; \\1 and \\k<name> are groups of the pattern."},
};

static const struct key_table row_table = {
    .name = "replacement", .keys = row_keys, .count = ARRAY_LEN(row_keys)};

static const struct replace defaults = {.with = {NULL, 0}};

static const struct key keys[] = {
    {.name = "with",
     .type = KEY_STRING,
     .offset = offsetof(struct replace, with),
     .help = "What stands for the piece."},
    {.name = "patterns",
     .type = KEY_ARRAY,
     .offset = offsetof(struct replace, patterns),
     .object = &row_table,
     .help = "Replacements by pattern inside the piece."},
};

static const struct key_table table = {
    .name = "transform Replace", .keys = keys, .count = ARRAY_LEN(keys)};

static bool read_row(struct reader *reader, const struct node *node, struct replacement *out)
{
    struct row row = {0};
    struct error err = ERROR_INIT;
    if (!node_read(reader, node, &row_table, &row, NULL))
        return false;
    if (!matcher_read(reader, &row.pattern, &out->matcher))
        return false;
    out->text = template_new_replacement(row.replacement, out->matcher.text, reader->arena, &err);
    struct node place = node_get(reader, node, "replacement");
    return out->text || node_error(reader, &place, "%s", err.text);
}

static bool finish(void *settings, const struct node *node, struct reader *reader)
{
    struct replace *replace = settings;
    bool has_rows = node_is_present(&replace->patterns);
    if ((replace->with.ptr != NULL) == has_rows)
        return node_error(reader, node, "expected either \"with\" or \"patterns\"");
    if (!has_rows) {
        replace->text = transform_template(reader, node, "with", replace->with);
        return replace->text != NULL;
    }
    size_t count = node_count(&replace->patterns);
    if (count == 0)
        return node_error(reader, &replace->patterns, "expected at least one pattern");
    replace->items = ARENA_ARRAY(reader->arena, count, struct replacement);
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        struct node row = node_at(reader, &replace->patterns, i);
        struct replacement *item = &replace->items[replace->count];
        item->key = arena_printf(reader->arena, "patterns/%zu/replacement", i);
        good &= read_row(reader, &row, item);
        replace->count += !node_is_disabled(&row);
    }
    if (replace->count == 0)
        good = node_error(reader, &replace->patterns,
                          "expected at least one pattern that is enabled, got none");
    return good;
}

/* A place that is replaced, in the text as it is. */
struct range {
    uint64_t off, end;
};

/* The matches so far; those of earlier patterns in order of place, to keep clear of. */
struct taken {
    struct range *items;
    size_t count, cap;
    size_t sorted;
};

static bool is_taken(const struct taken *taken, struct range wanted)
{
    size_t low = 0, high = taken->sorted;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (taken->items[middle].off < wanted.end)
            low = middle + 1;
        else
            high = middle;
    }
    if (low > 0 && taken->items[low - 1].end > wanted.off)
        return true;
    /* Of the same pattern: one text's match may reach into the other's. */
    return taken->count > taken->sorted && taken->items[taken->count - 1].end > wanted.off;
}

static int by_place(const void *left, const void *right)
{
    const struct range *a = left, *b = right;
    return a->off < b->off ? -1 : a->off > b->off;
}

static void take(struct taken *taken, struct range range, struct arena *arena)
{
    taken->items = arena_grow(arena, taken->items, taken->count, &taken->cap, sizeof(struct range));
    taken->items[taken->count++] = range;
}

/* All matches of one pattern in the piece, one edit each. */
static enum transform_result replace_matches(const struct replacement *item,
                                             const struct sought *sought, struct taken *taken,
                                             struct transform_context *context, struct error *err)
{
    struct finder finder;
    struct find find;
    size_t before = taken->count;
    finder_init(&finder, sought, &item->matcher, 0, context->deadline_ns);
    for (;;) {
        enum pattern_result found = finder_next(&finder, &find);
        if (found == PATTERN_NOT_FOUND)
            break;
        if (found == PATTERN_OVER_LIMIT || taken->count >= REPLACEMENTS_MAX)
            return TRANSFORM_OVER_LIMIT;
        struct range range = {find.off, find.end};
        if (is_taken(taken, range))
            continue;
        const struct pattern *pattern = matcher_for(&item->matcher, find.piece->view);
        struct piece *hit =
            piece_of_match(find.piece, pattern, &find.match, 0, find.piece->rule, context->arena);
        if (!transform_write(context, hit, EDIT_REPLACE, item->text, err))
            return TRANSFORM_FAILED;
        take(taken, range, context->arena);
    }
    return taken->count > before ? TRANSFORM_DONE : TRANSFORM_NOTHING;
}

static enum transform_result apply(const void *settings, struct piece *piece,
                                   struct transform_context *context, struct error *err)
{
    const struct replace *replace = settings;
    (void)piece_view(piece);
    if (replace->text)
        return transform_write(context, piece, EDIT_REPLACE, replace->text, err) ? TRANSFORM_DONE
                                                                                 : TRANSFORM_FAILED;
    struct taken taken = {0};
    struct sought sought;
    sought_init(&sought, piece, context->arena);
    enum transform_result all = TRANSFORM_NOTHING;
    for (size_t i = 0; i < replace->count; i++) {
        enum transform_result one =
            replace_matches(&replace->items[i], &sought, &taken, context, err);
        if (one == TRANSFORM_FAILED || one == TRANSFORM_OVER_LIMIT)
            return one;
        if (one == TRANSFORM_DONE)
            all = one;
        if (taken.count > 0)
            qsort(taken.items, taken.count, sizeof(struct range), by_place);
        taken.sorted = taken.count;
    }
    return all;
}

static void each_template(const void *settings, template_visitor *visit, void *arg)
{
    const struct replace *replace = settings;
    if (replace->text)
        visit(replace->text, "with", arg);
    for (size_t i = 0; i < replace->count; i++)
        visit(replace->items[i].text, replace->items[i].key, arg);
}

const struct transform_class transform_replace = {
    .name = "Replace",
    .keys = &table,
    .settings_size = sizeof(struct replace),
    .defaults = &defaults,
    .edits_piece = true,
    .finish = finish,
    .apply = apply,
    .each_template = each_template,
};
