/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/entity_keys.h"

static void free_pattern(void *arg)
{
    struct pattern *pattern = arg;
    pattern_free(&pattern);
}

static const struct pattern *compile(struct reader *reader, const struct node *place,
                                     struct span source)
{
    struct error err = ERROR_INIT;
    if (source.len == 0) {
        (void)node_error(reader, place,
                         "expected a pattern, got an empty one, which finds nothing");
        return NULL;
    }
    struct pattern *pattern = pattern_new(source, PATTERN_UTF8, &err);
    if (pattern)
        arena_defer(reader->arena, free_pattern, pattern);
    else
        (void)node_error(reader, place, "%s", err.text);
    return pattern;
}

/* Whole values. Compiled alone too, so that a complaint counts from where the text begins. */
static const struct pattern *compile_whole(struct reader *reader, const struct node *place,
                                           struct span source)
{
    if (!compile(reader, place, source))
        return NULL;
    const char *anchored = arena_printf(reader->arena, "\\A(?:%.*s)\\z", SPAN_ARG(source));
    return compile(reader, place, span_str(anchored));
}

static bool read_excludes(struct reader *reader, const struct string_list *list,
                          struct entity_row *row)
{
    row->excludes = ARENA_ARRAY(reader->arena, list->count, const struct pattern *);
    for (size_t i = 0; i < list->count; i++) {
        row->excludes[i] = compile_whole(reader, &list->nodes[i], list->items[i]);
        if (!row->excludes[i])
            return false;
        row->exclude_count++;
    }
    return true;
}

static bool read_validators(struct reader *reader, const struct string_list *list,
                            struct entity_row *row)
{
    bool good = true;
    row->validators = ARENA_ARRAY(reader->arena, list->count, const struct validator *);
    for (size_t i = 0; i < list->count; i++) {
        const struct validator *validator = validator_find(list->items[i]);
        if (validator) {
            row->validators[row->validator_count++] = validator;
            continue;
        }
        const char *near = suggest(list->items[i], validator_names());
        good = node_error(reader, &list->nodes[i], "there is no validator \"%.*s\"%s%s%s",
                          SPAN_ARG(list->items[i]), near ? "; did you mean \"" : "",
                          near ? near : "", near ? "\"?" : "");
    }
    return good;
}

static bool check_keywords(struct reader *reader, const struct string_list *list)
{
    bool good = true;
    for (size_t i = 0; i < list->count; i++) {
        if (span_trim(list->items[i]).len == 0)
            good = node_expected(reader, &list->nodes[i], "a word");
    }
    return good;
}

static bool read_row(struct reader *reader, const struct node *node,
                     const struct row_settings *settings, struct entity_row *row)
{
    bool good = true;
    struct node at = node_get(reader, node, "confidence");
    if (settings->confidence % 10 != 5)
        good = node_error(reader, &at, "expected 65 (low), 75 (medium) or 85 (high), got %d",
                          (int)settings->confidence);
    row->source = settings->pattern.text;
    row->group = (size_t)settings->group;
    row->boundary = (enum boundary)settings->boundary;
    row->confidence = (enum confidence)settings->confidence;
    row->keyword_required = settings->keyword_required;
    row->whole = settings->whole;
    row->near = (uint32_t)settings->near;
    row->keywords = settings->keywords;
    row->exclusion_keywords = settings->exclusion_keywords;
    row->pattern = compile(reader, &settings->pattern.node, settings->pattern.text);
    if (row->pattern && row->group >= pattern_group_count(row->pattern)) {
        at = node_get(reader, node, "group");
        good = node_error(reader, node_is_present(&at) ? &at : node, "the pattern has no group %zu",
                          row->group);
    }
    if (row->keyword_required && row->keywords.count == 0)
        good = node_error(reader, node, "a keyword is required, but there are no \"keywords\"");
    good &= read_validators(reader, &settings->validators, row);
    good &= read_excludes(reader, &settings->exclude, row);
    good &= check_keywords(reader, &settings->keywords);
    good &= check_keywords(reader, &settings->exclusion_keywords);
    return good && row->pattern;
}

static bool read_rows(struct reader *reader, const struct node *node,
                      const struct entity_settings *settings, struct entity *entity)
{
    size_t count = node_count(&settings->patterns);
    bool single = settings->row.pattern.text.ptr != NULL;
    if (single == (count > 0))
        return node_error(reader, node,
                          single ? "\"pattern\" and \"patterns\" exclude each other"
                                 : "needs a \"pattern\", or \"patterns\"");
    entity->row_count = single ? 1 : count;
    entity->rows = ARENA_ARRAY(reader->arena, entity->row_count, struct entity_row);
    if (single)
        return read_row(reader, node, &settings->row, &entity->rows[0]);
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        struct row_settings row = settings->row;
        struct node item = node_at(reader, &settings->patterns, i);
        good &= node_read(reader, &item, &entity_row_table, &row, NULL) &&
                read_row(reader, &item, &row, &entity->rows[i]);
    }
    return good;
}

static bool needs_name(struct reader *reader, const struct node *node, struct span name)
{
    return name.len > 0 || node_error(reader, node, "needs a \"name\"");
}

bool entity_read(struct reader *reader, const struct node *node, struct entities *entities)
{
    struct entity_settings settings = {.title = SPAN("")};
    struct common_keys common = {.name = SPAN("")};
    node_defaults(&entity_table, &settings);
    if (!node_read(reader, node, &entity_table, &settings, &common))
        return false;
    if (!common.enabled)
        return true;
    struct entity entity = {
        .name = arena_str(reader->arena, common.name),
        .title = settings.title,
        .source = settings.source,
        .region = SPAN(""),
        .category = settings.category,
        .node = *node,
        .samples = settings.samples,
    };
    bool good = needs_name(reader, node, common.name);
    good &= read_rows(reader, node, &settings, &entity);
    if (!good)
        return false;
    entities->items = arena_grow(reader->arena, entities->items, entities->count, &entities->cap,
                                 sizeof *entities->items);
    entities->items[entities->count++] = entity;
    return true;
}
