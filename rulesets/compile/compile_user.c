/* SPDX-License-Identifier: Apache-2.0 */
/* Set User Identity. */
#include "rulesets/compile/compile_rule.h"

struct user_settings {
    struct span user;
};

static const struct key user_key_list[] = {
    {.name = "set_user_identity",
     .type = KEY_STRING,
     .offset = offsetof(struct user_settings, user),
     .required = true,
     .help = "Who sends the message, for the rules behind this one, the log and XCLIENT; may hold "
             "%(input)s and the like."},
};

const struct key_table user_keys = {
    .name = "set_user_identity", .keys = user_key_list, .count = ARRAY_LEN(user_key_list)};

bool compile_user(struct compiler *compiler, const struct node *node, struct rule *rule)
{
    struct user_settings settings = {.user = SPAN("")};
    struct reader *reader = compiler->reader;
    struct node place = node_get(reader, node, "set_user_identity");
    bool good = compile_read(compiler, node, rule, &user_keys, &settings, NULL, NULL);
    rule->is.user = transform_template(reader, node, "set_user_identity", settings.user);
    if (!rule->is.user)
        return false;
    /* Tags are known when all rules have run. */
    if (template_uses_tag(rule->is.user))
        good = node_error(reader, &place, "%%(tag)s cannot be part of who the user is");
    struct span text;
    if (node_string(&place, &text) && span_trim(text).len == 0)
        good = node_expected(reader, &place, "the name of a user");
    return good;
}
