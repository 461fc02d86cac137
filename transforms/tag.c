/* SPDX-License-Identifier: Apache-2.0 */
/* Tag: marks the message, for `when`, the log and the X-Culvert-Tags field; may prefix the subject.
 */
#include "engine/base/ascii.h"
#include "transforms/classes.h"

struct tag_settings {
    struct span tag;
    struct span subject_prefix;
    bool header;
    const struct template *text;
    const struct template *prefix; /* NULL: none */
};

static const struct tag_settings defaults = {
    .tag = SPAN_INIT(""), .subject_prefix = SPAN_INIT(""), .header = true};

static const struct key keys[] = {
    {.name = "tag",
     .type = KEY_STRING,
     .offset = offsetof(struct tag_settings, tag),
     .required = true,
     .help = "The tag: printable ASCII without comma; may hold %(input)s and the like."},
    {.name = "subject_prefix",
     .type = KEY_STRING,
     .offset = offsetof(struct tag_settings, subject_prefix),
     .help = "Text in front of the subject, once."},
    {.name = "header",
     .type = KEY_BOOL,
     .offset = offsetof(struct tag_settings, header),
     .standard = "true",
     .help = "Whether the field X-Culvert-Tags lists it."},
};

static const struct key_table table = {
    .name = "transform Tag", .keys = keys, .count = ARRAY_LEN(keys)};

static bool is_tag(struct span tag)
{
    for (size_t i = 0; i < tag.len; i++) {
        if (ascii_is_control(tag.ptr[i]) || ascii_is_8bit(tag.ptr[i]) || tag.ptr[i] == ',')
            return false;
    }
    return tag.len > 0 && tag.len <= 64 && span_trim(tag).len == tag.len;
}

static bool finish(void *settings, const struct node *node, struct reader *reader)
{
    struct tag_settings *tag = settings;
    struct node place = node_get(reader, node, "tag");
    if (!node_is_present(&place))
        return true; /* was complained about */
    if (!is_tag(tag->tag))
        return node_error(reader, &place,
                          "expected 1 to 64 printable ASCII characters without comma");
    tag->text = transform_template(reader, node, "tag", tag->tag);
    if (tag->text && template_uses_tag(tag->text))
        return node_error(reader, &place, "a tag cannot hold %%(tag)s");
    if (tag->subject_prefix.len == 0)
        return tag->text != NULL;
    tag->prefix = transform_template(reader, node, "subject_prefix", tag->subject_prefix);
    return tag->text && tag->prefix;
}

static enum transform_result apply(const void *settings, struct piece *piece,
                                   struct transform_context *context, struct error *err)
{
    const struct tag_settings *tag = settings;
    struct template_values values = {
        .piece = piece, .rule = context->rule, .user = changes_user(context->changes)};
    (void)err;
    values.tag = changes_tag(context->changes, tag->text, &values, tag->header);
    if (tag->prefix)
        changes_subject_prefix(context->changes, tag->prefix, &values);
    return TRANSFORM_DONE;
}

static void each_template(const void *settings, template_visitor *visit, void *arg)
{
    const struct tag_settings *tag = settings;
    visit(tag->text, "tag", arg);
    if (tag->prefix)
        visit(tag->prefix, "subject_prefix", arg);
}

const struct transform_class transform_tag = {
    .name = "Tag",
    .keys = &table,
    .settings_size = sizeof(struct tag_settings),
    .defaults = &defaults,
    .finish = finish,
    .apply = apply,
    .each_template = each_template,
};
