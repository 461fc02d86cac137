/* SPDX-License-Identifier: Apache-2.0 */
/* The Extract rules: their keys, patterns and filters. */
#include "rulesets/compile/compile_rule.h"

static const struct enum_value kind_values[] = {
    {"SMTP Message", EXTRACT_SMTP_MESSAGE},
    {"Subject", EXTRACT_SUBJECT},
    {"Header", EXTRACT_HEADER},
    {"Headers", EXTRACT_HEADERS},
    {"Body", EXTRACT_BODY},
    {"Attachment", EXTRACT_ATTACHMENT},
    {"Filename", EXTRACT_FILENAME},
    {"Sender", EXTRACT_SENDER},
    {"Recipient", EXTRACT_RECIPIENT},
    {"Text", EXTRACT_TEXT},
    {"CSV", EXTRACT_LATER},
    {"Fixed Width", EXTRACT_LATER},
    {"JSON", EXTRACT_LATER},
    {"XML", EXTRACT_LATER},
    {"HTML", EXTRACT_LATER},
    {"ZIP", EXTRACT_LATER},
    {"Office", EXTRACT_LATER},
    {"PDF", EXTRACT_LATER},
    {NULL, 0},
};

struct extract_settings {
    int kind;
    struct pattern_source pattern;
    int64_t group;
    struct node patterns;
    struct pattern_source prerequisite;
};

struct row_settings {
    struct pattern_source pattern;
    int64_t group;
    struct span ruleset;
};

static const struct key row_key_list[] = {
    {.name = "pattern",
     .type = KEY_PATTERN,
     .offset = offsetof(struct row_settings, pattern),
     .required = true,
     .help = "Regular expression; each match is a piece."},
    {.name = "group",
     .type = KEY_INTEGER,
     .offset = offsetof(struct row_settings, group),
     .min = 0,
     .max = PATTERN_GROUPS_MAX - 1,
     .standard = "0",
     .help = "The group of the match that is the piece; 0 is all of it."},
    {.name = "ruleset",
     .type = KEY_STRING,
     .offset = offsetof(struct row_settings, ruleset),
     .standard = "\"\"",
     .help = "The ruleset that gets the piece; empty: the rules below."},
};

const struct key_table pattern_row_keys = {
    .name = "pattern", .keys = row_key_list, .count = ARRAY_LEN(row_key_list)};

static const struct key extract_key_list[] = {
    {.name = "extract",
     .type = KEY_ENUM,
     .offset = offsetof(struct extract_settings, kind),
     .required = true,
     .values = kind_values,
     .help = "What to take out of the piece above."},
    {.name = "pattern",
     .type = KEY_PATTERN,
     .offset = offsetof(struct extract_settings, pattern),
     .help = "Regular expression; each match is a piece. Without: the whole."},
    {.name = "group",
     .type = KEY_INTEGER,
     .offset = offsetof(struct extract_settings, group),
     .min = 0,
     .max = PATTERN_GROUPS_MAX - 1,
     .standard = "0",
     .help = "The group of the match that is the piece; 0 is all of it."},
    {.name = "patterns",
     .type = KEY_ARRAY,
     .offset = offsetof(struct extract_settings, patterns),
     .object = &pattern_row_keys,
     .help = "Several patterns, each perhaps with a ruleset of its own."},
    {.name = "prerequisite_match_pattern",
     .type = KEY_PATTERN,
     .offset = offsetof(struct extract_settings, prerequisite),
     .help = "The rule is skipped unless this is found in what it looks at."},
};

const struct key_table extract_keys = {
    .name = "extract", .keys = extract_key_list, .count = ARRAY_LEN(extract_key_list)};

struct own_settings {
    struct span header_name;
    int body_type;
    struct pattern_source filename, content_type;
    int64_t min_size, max_size;
    struct span codec;
};

static const struct key header_key_list[] = {
    {.name = "header_name",
     .type = KEY_STRING,
     .offset = offsetof(struct own_settings, header_name),
     .required = true,
     .help = "Name of the field; case does not matter."},
};

const struct key_table extract_header_keys = {
    .name = "extract Header", .keys = header_key_list, .count = ARRAY_LEN(header_key_list)};

static const struct enum_value body_values[] = {
    {"any", BODY_ANY}, {"plain", BODY_PLAIN}, {"html", BODY_HTML}, {NULL, 0}};

static const struct key body_key_list[] = {
    {.name = "body_type",
     .type = KEY_ENUM,
     .offset = offsetof(struct own_settings, body_type),
     .values = body_values,
     .standard = "any",
     .help = "Which text parts count."},
};

const struct key_table extract_body_keys = {
    .name = "extract Body", .keys = body_key_list, .count = ARRAY_LEN(body_key_list)};

static const struct key attachment_key_list[] = {
    {.name = "filename_pattern",
     .type = KEY_PATTERN,
     .offset = offsetof(struct own_settings, filename),
     .help = "Found in one spelling of the file name."},
    {.name = "content_type_pattern",
     .type = KEY_PATTERN,
     .offset = offsetof(struct own_settings, content_type),
     .help = "Found in the declared type, such as text/plain, in lower case."},
    {.name = "min_size",
     .type = KEY_INTEGER,
     .offset = offsetof(struct own_settings, min_size),
     .min = 0,
     .max = INT64_MAX,
     .standard = "0",
     .help = "Least size in decoded bytes."},
    {.name = "max_size",
     .type = KEY_INTEGER,
     .offset = offsetof(struct own_settings, max_size),
     .min = 0,
     .max = INT64_MAX,
     .standard = "0",
     .help = "Largest size in decoded bytes; 0 is no limit."},
};

const struct key_table extract_attachment_keys = {.name = "extract Attachment",
                                                  .keys = attachment_key_list,
                                                  .count = ARRAY_LEN(attachment_key_list)};

static const struct key text_key_list[] = {
    {.name = "codec",
     .type = KEY_STRING,
     .offset = offsetof(struct own_settings, codec),
     .standard = "\"auto\"",
     .help = "How the text is encoded: auto."},
};

const struct key_table extract_text_keys = {
    .name = "extract Text", .keys = text_key_list, .count = ARRAY_LEN(text_key_list)};

static const struct key_table *keys_of(enum extract_kind kind)
{
    switch (kind) {
    case EXTRACT_HEADER:
        return &extract_header_keys;
    case EXTRACT_BODY:
        return &extract_body_keys;
    case EXTRACT_ATTACHMENT:
        return &extract_attachment_keys;
    case EXTRACT_TEXT:
        return &extract_text_keys;
    default:
        return NULL;
    }
}

static bool check_group(struct reader *reader, const struct node *place, int64_t group,
                        const struct extract_pattern *row)
{
    size_t count = row->matcher.text ? pattern_group_count(row->matcher.text) : 0;
    if (count == 0 || (uint64_t)group < count)
        return true;
    return node_error(reader, place, "the pattern has no group %lld; its last one is %zu",
                      (long long)group, count - 1);
}

static bool read_row(struct compiler *compiler, const struct node *node,
                     struct extract_pattern *row)
{
    struct row_settings settings = {.ruleset = SPAN("")};
    struct reader *reader = compiler->reader;
    row->node = *node;
    row->ruleset_name = SPAN("");
    if (!node_read(reader, node, &pattern_row_keys, &settings, NULL))
        return false;
    row->group = (size_t)settings.group;
    row->ruleset_name = settings.ruleset;
    struct node place = node_get(reader, node, "group");
    return matcher_read(reader, &settings.pattern, &row->matcher) &&
           check_group(reader, node_is_present(&place) ? &place : node, settings.group, row);
}

static bool read_rows(struct compiler *compiler, const struct extract_settings *settings,
                      struct extract *extract)
{
    struct reader *reader = compiler->reader;
    if (settings->pattern.text.ptr)
        return node_error(reader, &settings->patterns,
                          "expected either \"pattern\" or \"patterns\"");
    size_t count = node_count(&settings->patterns);
    if (count == 0)
        return node_error(reader, &settings->patterns, "expected at least one pattern");
    extract->patterns = ARENA_ARRAY(reader->arena, count, struct extract_pattern);
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        struct node row = node_at(reader, &settings->patterns, i);
        good &= read_row(compiler, &row, &extract->patterns[extract->pattern_count]);
        extract->pattern_count += !node_is_disabled(&row);
    }
    if (extract->pattern_count == 0)
        good = node_error(reader, &settings->patterns,
                          "expected at least one pattern that is enabled, got none");
    return good;
}

static bool read_patterns(struct compiler *compiler, const struct node *node,
                          const struct extract_settings *settings, struct extract *extract)
{
    struct reader *reader = compiler->reader;
    struct node group = node_get(reader, node, "group");
    if (node_is_present(&settings->patterns) && node_is_present(&group))
        return node_error(reader, &group, "beside \"patterns\" each of them has its own \"group\"");
    if (node_is_present(&settings->patterns))
        return read_rows(compiler, settings, extract);
    if (!settings->pattern.text.ptr)
        return !node_is_present(&group) ||
               node_error(reader, &group, "a group needs a \"pattern\"");
    struct extract_pattern *row = ARENA_NEW(reader->arena, struct extract_pattern);
    extract->patterns = row;
    extract->pattern_count = 1;
    row->node = settings->pattern.node;
    row->ruleset_name = SPAN("");
    row->group = (size_t)settings->group;
    return matcher_read(reader, &settings->pattern, &row->matcher) &&
           check_group(reader, &group, settings->group, row);
}

static bool read_own(struct compiler *compiler, const struct node *node,
                     const struct own_settings *own, struct extract *extract)
{
    struct reader *reader = compiler->reader;
    struct node codec = node_get(reader, node, "codec");
    bool good = matcher_read(reader, &own->filename, &extract->filename);
    good &= matcher_read(reader, &own->content_type, &extract->content_type);
    extract->header_name = own->header_name;
    extract->body_type = (enum body_type)own->body_type;
    extract->min_size = (uint64_t)own->min_size;
    extract->max_size = (uint64_t)own->max_size;
    if (own->max_size > 0 && own->min_size > own->max_size)
        good = node_error(reader, node, "expected min_size to be at most max_size");
    if (extract->kind == EXTRACT_TEXT && node_is_present(&codec) && !same_word(own->codec, "auto"))
        good =
            node_error(reader, &codec, "expected \"auto\": other codecs are not in this version");
    return good;
}

/* The kind decides on the keys, so it is read first; a wrong one is complained about with them. */
static int kind_of(struct compiler *compiler, const struct node *node)
{
    struct node value = node_get(compiler->reader, node, "extract");
    struct span word;
    if (!node_string(&value, &word))
        return EXTRACT_SMTP_MESSAGE;
    for (size_t i = 0; kind_values[i].name; i++) {
        if (same_word(word, kind_values[i].name))
            return kind_values[i].value;
    }
    return EXTRACT_SMTP_MESSAGE;
}

bool compile_extract(struct compiler *compiler, const struct node *node, struct rule *rule)
{
    struct extract *extract = &rule->is.extract;
    struct extract_settings settings = {.kind = EXTRACT_SMTP_MESSAGE};
    struct own_settings own = {.header_name = SPAN(""), .codec = SPAN("")};
    extract->kind = (enum extract_kind)kind_of(compiler, node);
    if (extract->kind == EXTRACT_LATER) {
        struct node value = node_get(compiler->reader, node, "extract");
        struct span word = SPAN("");
        (void)node_string(&value, &word);
        rule->action = ACTION_LATER;
        return node_error(compiler->reader, &value, "extract \"%.*s\" is not in this version",
                          SPAN_ARG(word));
    }
    bool good =
        compile_read(compiler, node, rule, &extract_keys, &settings, keys_of(extract->kind), &own);
    good &= read_patterns(compiler, node, &settings, extract);
    good &= matcher_read(compiler->reader, &settings.prerequisite, &extract->prerequisite);
    return read_own(compiler, node, &own, extract) && good;
}
