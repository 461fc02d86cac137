/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/dictionary.h"

#include "engine/base/mem.h"
#include "rulesets/detection/dictionary_keys.h"

#include <stdlib.h>

static const struct enum_value kinds[] = {
    {"keyword", TERM_KEYWORD}, {"regex", TERM_REGEX}, {NULL, 0}};

static const struct key dictionary_key_list[] = {
    {.name = "file",
     .type = KEY_PATH,
     .offset = offsetof(struct dictionary_settings, file),
     .help =
         "CSV: a term, its weight and flags (keyword, regex, case, nocase, whole, part) a row."},
    {.name = "terms",
     .type = KEY_STRINGS,
     .offset = offsetof(struct dictionary_settings, terms),
     .help = "Terms of weight 1, beside or instead of a file."},
    {.name = "type",
     .type = KEY_ENUM,
     .offset = offsetof(struct dictionary_settings, type),
     .values = kinds,
     .standard = "keyword",
     .help = "What the terms are, unless their flags say otherwise."},
    {.name = "case_sensitive",
     .type = KEY_BOOL,
     .offset = offsetof(struct dictionary_settings, case_sensitive),
     .standard = "false",
     .help = "Whether upper and lower case differ."},
    {.name = "whole_words",
     .type = KEY_BOOL,
     .offset = offsetof(struct dictionary_settings, whole_words),
     .standard = "true",
     .help = "Whether keywords are not looked for inside longer words."},
};
const struct key_table dictionary_table = {
    .name = "dictionary", .keys = dictionary_key_list, .count = ARRAY_LEN(dictionary_key_list)};

void dictionary_add(struct dictionary_terms *terms, const struct dictionary_term *term)
{
    if (terms->count == terms->cap) {
        terms->cap = terms->cap > 0 ? terms->cap * 2 : 16;
        terms->items = mem_resize(terms->items, terms->cap * sizeof *terms->items);
    }
    terms->items[terms->count++] = *term;
}

static void free_pattern(void *arg)
{
    struct pattern *pattern = arg;
    pattern_free(&pattern);
}

bool dictionary_compile(struct reader *reader, struct dictionary_term *term, struct error *err)
{
    if (!term->is_pattern)
        return true;
    struct span source = term->text;
    if (!term->case_sensitive)
        source = span_str(arena_printf(reader->arena, "(?i:%.*s)", SPAN_ARG(source)));
    struct pattern *alone = pattern_new(term->text, PATTERN_UTF8, err);
    if (!alone)
        return false;
    pattern_free(&alone);
    struct pattern *pattern = pattern_new(source, PATTERN_UTF8, err);
    if (pattern)
        arena_defer(reader->arena, free_pattern, pattern);
    term->pattern = pattern;
    return pattern != NULL;
}

static bool add_listed(struct reader *reader, const struct dictionary_settings *settings,
                       struct dictionary_terms *terms)
{
    bool good = true;
    for (size_t i = 0; i < settings->terms.count; i++) {
        struct dictionary_term term = {.text = span_trim(settings->terms.items[i]),
                                       .weight = 1,
                                       .case_sensitive = settings->case_sensitive,
                                       .whole = settings->whole_words,
                                       .is_pattern = settings->type == TERM_REGEX};
        struct error err = ERROR_INIT;
        if (term.text.len == 0)
            good = node_expected(reader, &settings->terms.nodes[i], "a term");
        else if (!dictionary_compile(reader, &term, &err))
            good = node_error(reader, &settings->terms.nodes[i], "%s", err.text);
        else
            dictionary_add(terms, &term);
    }
    return good;
}

size_t dictionary_entries(const struct dictionary *dictionary)
{
    return dictionary->count - dictionary->repeated;
}

/* All terms of the configuration and of the file, in the arena. */
static bool read_terms(struct reader *reader, const struct node *node,
                       const struct dictionary_settings *settings, struct dictionary *dictionary)
{
    struct dictionary_terms terms = {NULL, 0, 0};
    bool good = add_listed(reader, settings, &terms);
    if (settings->file.len > 0)
        good &= dictionary_read_file(reader, node, settings, &terms);
    if (good && terms.count == 0)
        good = node_error(reader, node, "needs a \"file\", or \"terms\", with at least one term");
    if (good) {
        dictionary->terms = ARENA_ARRAY(reader->arena, terms.count, struct dictionary_term);
        memcpy(dictionary->terms, terms.items, terms.count * sizeof *terms.items);
        dictionary->count = terms.count;
    }
    free(terms.items);
    return good;
}

bool dictionary_read(struct reader *reader, const struct node *node,
                     struct dictionaries *dictionaries)
{
    struct dictionary_settings settings = {.file = SPAN("")};
    struct common_keys common = {.name = SPAN("")};
    node_defaults(&dictionary_table, &settings);
    if (!node_read(reader, node, &dictionary_table, &settings, &common))
        return false;
    if (!common.enabled)
        return true;
    if (common.name.len == 0)
        return node_error(reader, node, "needs a \"name\"");
    struct dictionary dictionary = {.name = arena_str(reader->arena, common.name), .node = *node};
    if (!read_terms(reader, node, &settings, &dictionary))
        return false;
    const struct dictionary_term *lost = dictionary_mark_repeated(&dictionary);
    if (lost)
        return node_error(reader, node, "the term \"%.*s\" is too long, or cannot be seen",
                          SPAN_ARG(span_sub(lost->text, 0, 60)));
    dictionaries->items = arena_grow(reader->arena, dictionaries->items, dictionaries->count,
                                     &dictionaries->cap, sizeof *dictionaries->items);
    dictionaries->items[dictionaries->count++] = dictionary;
    return true;
}

bool dictionaries_read(struct reader *reader, const struct node *list,
                       struct dictionaries *dictionaries)
{
    bool good = true;
    for (size_t i = 0; i < node_count(list); i++) {
        struct node item = node_at(reader, list, i);
        good &= dictionary_read(reader, &item, dictionaries);
    }
    return good;
}
