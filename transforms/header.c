/* SPDX-License-Identifier: Apache-2.0 */
/* Header: sets, appends or removes a header field of the message; names compare whatever the case.
 */
#include "engine/base/ascii.h"
#include "transforms/classes.h"

struct header_settings {
    struct span name;
    struct span value;
    int if_exists;
    int operation;
    const struct template *text; /* NULL: HEADER_REMOVE */
};

static const struct header_settings defaults = {.name = SPAN_INIT(""),
                                                .value = SPAN_INIT(""),
                                                .if_exists = IF_EXISTS_REPLACE,
                                                .operation = HEADER_SET};

static const struct enum_value if_exists_values[] = {
    {"replace", IF_EXISTS_REPLACE},
    {"append", IF_EXISTS_APPEND},
    {"keep", IF_EXISTS_KEEP},
    {NULL, 0},
};

static const struct enum_value operation_values[] = {
    {"set", HEADER_SET},
    {"remove", HEADER_REMOVE},
    {NULL, 0},
};

static const struct key keys[] = {
    {.name = "header_name",
     .type = KEY_STRING,
     .offset = offsetof(struct header_settings, name),
     .required = true,
     .help = "Name of the field (RFC 5322)."},
    {.name = "header_value",
     .type = KEY_STRING,
     .offset = offsetof(struct header_settings, value),
     .help = "Its value; may hold %(input)s and the like."},
    {.name = "if_exists",
     .type = KEY_ENUM,
     .offset = offsetof(struct header_settings, if_exists),
     .values = if_exists_values,
     .standard = "replace",
     .help = "What to do when the message has a field of that name."},
    {.name = "operation",
     .type = KEY_ENUM,
     .offset = offsetof(struct header_settings, operation),
     .values = operation_values,
     .standard = "set",
     .help = "Whether to set the field or to remove it."},
};

static const struct key_table table = {
    .name = "transform Header", .keys = keys, .count = ARRAY_LEN(keys)};

/* RFC 5322 section 2.2: printable ASCII without colon. */
static bool is_field_name(struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        if (c < 33 || c > 126 || c == ':')
            return false;
    }
    return name.len > 0 && name.len <= 76;
}

/* These say how to read the body, or are written by Culvert itself. */
static bool is_reserved(struct span name)
{
    static const char *const names[] = {
        "MIME-Version",        "Content-Type",     "Content-Transfer-Encoding",
        "Content-Disposition", CHANGES_TAGS_FIELD, "X-Culvert-Uninspected",
        "X-Culvert-Loop",
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (span_is_nocase(name, names[i]))
            return true;
    }
    return false;
}

static bool check_name(const struct header_settings *header, const struct node *node,
                       struct reader *reader)
{
    struct node place = node_get(reader, node, "header_name");
    if (!node_is_present(&place))
        return true; /* already complained about */
    if (!is_field_name(header->name))
        return node_error(reader, &place,
                          "expected a header field name (RFC 5322 2.2: printable ASCII without "
                          "blank and colon)");
    if (is_reserved(header->name))
        return node_error(reader, &place, "the field \"%.*s\" cannot be set by a rule",
                          SPAN_ARG(header->name));
    return true;
}

static bool finish(void *settings, const struct node *node, struct reader *reader)
{
    struct header_settings *header = settings;
    struct node value = node_get(reader, node, "header_value");
    bool good = check_name(header, node, reader);
    if (header->operation == HEADER_REMOVE) {
        if (node_is_present(&value))
            good = node_error(reader, &value, "a field that is removed has no value");
        return good;
    }
    if (!node_is_present(&value))
        return node_error(reader, node, "expected key \"header_value\" (string), got none");
    header->text = transform_template(reader, node, "header_value", header->value);
    return good && header->text;
}

static enum transform_result apply(const void *settings, struct piece *piece,
                                   struct transform_context *context, struct error *err)
{
    const struct header_settings *header = settings;
    struct template_values values = {
        .piece = piece, .rule = context->rule, .user = changes_user(context->changes)};
    (void)err;
    changes_header(context->changes, (enum header_operation)header->operation, header->name,
                   header->text, &values, (enum if_exists)header->if_exists);
    return TRANSFORM_DONE;
}

static void each_template(const void *settings, template_visitor *visit, void *arg)
{
    const struct header_settings *header = settings;
    if (header->text)
        visit(header->text, "header_value", arg);
}

static bool sets_header(const void *settings, struct span name)
{
    const struct header_settings *header = settings;
    return span_equal_nocase(header->name, name);
}

const struct transform_class transform_header = {
    .name = "Header",
    .keys = &table,
    .settings_size = sizeof(struct header_settings),
    .defaults = &defaults,
    .finish = finish,
    .apply = apply,
    .each_template = each_template,
    .sets_header = sets_header,
};
