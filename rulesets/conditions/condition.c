/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/conditions/condition.h"

#include "rulesets/conditions/condition_link.h"

/* Networks among the addresses of a client. */
static bool read_network(struct reader *reader, const struct listed *item,
                         const struct network **out)
{
    struct network *network = ARENA_NEW(reader->arena, struct network);
    struct error err = ERROR_INIT;
    if (network_parse(item->text, network, &err))
        *out = network;
    else if (span_find_byte(item->text, '/') != SPAN_NONE)
        return listed_error(reader, item, "%s", err.text);
    return true;
}

static bool take_names(struct reader *reader, const struct string_list *strings, bool is_client,
                       struct name_list *out)
{
    struct listed_items listed = {0};
    bool good = listed_read(reader, strings, &listed);
    out->asked = strings->items != NULL;
    out->count = listed.count;
    out->items = ARENA_ARRAY(reader->arena, listed.count, struct span);
    out->networks = ARENA_ARRAY(reader->arena, listed.count, const struct network *);
    for (size_t i = 0; i < listed.count; i++) {
        out->items[i] = listed.items[i].text;
        if (is_client)
            good &= read_network(reader, &listed.items[i], &out->networks[i]);
    }
    return good;
}

bool condition_read_short(struct reader *reader, const struct node *node, struct string_list *out)
{
    bool single = !node_is_array(node);
    size_t count = single ? 1 : node_count(node);
    out->items = ARENA_ARRAY(reader->arena, count, struct span);
    out->nodes = ARENA_ARRAY(reader->arena, count, struct node);
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        struct span text;
        out->nodes[i] = single ? *node : node_at(reader, node, i);
        if (node_string(&out->nodes[i], &text))
            out->items[i] = arena_copy(reader->arena, text);
        else if (!node_is_object(&out->nodes[i]))
            good = node_error(reader, &out->nodes[i],
                              "expected a string, a list of strings, or an object");
    }
    out->count = good ? count : 0;
    return good;
}

/* NULL: none of them is there. */
static const struct quantifiers *take_quantifiers(struct reader *reader,
                                                  const struct quantifier_settings *settings,
                                                  bool is_client, bool *good)
{
    struct quantifiers *q = ARENA_NEW(reader->arena, struct quantifiers);
    *good &= take_names(reader, &settings->any, is_client, &q->any);
    *good &= take_names(reader, &settings->all, is_client, &q->all);
    *good &= take_names(reader, &settings->any_not, is_client, &q->any_not);
    *good &= take_names(reader, &settings->none, is_client, &q->none);
    return q->any.asked || q->all.asked || q->any_not.asked || q->none.asked ? q : NULL;
}

static bool read_quantifiers(struct reader *reader, const struct node *node,
                             const struct quantifiers **out)
{
    if (!node_is_present(node))
        return true;
    struct quantifier_settings settings = {0};
    bool good = node_is_object(node) ? node_read(reader, node, &quantifier_keys, &settings, NULL)
                                     : condition_read_short(reader, node, &settings.any);
    *out = take_quantifiers(reader, &settings, false, &good);
    if (good && !*out)
        good = node_error(reader, node, "expected one of any, all, any_not, none");
    return good;
}

static bool read_client(struct reader *reader, const struct node *node, struct condition *condition)
{
    if (!node_is_present(node))
        return true;
    struct client_settings settings = {0};
    bool good = node_is_object(node) ? node_read(reader, node, &client_keys, &settings, NULL)
                                     : condition_read_short(reader, node, &settings.address.any);
    condition->client = take_quantifiers(reader, &settings.address, true, &good);
    good &= read_quantifiers(reader, &settings.subject, &condition->subject);
    good &= read_quantifiers(reader, &settings.san, &condition->san);
    if (good && !condition->client && !condition->subject && !condition->san)
        good = node_error(reader, node,
                          "expected one of any, all, any_not, none, "
                          "certificate_subject, certificate_san");
    return good;
}

static bool read_size(struct reader *reader, const struct node *node, struct condition *condition)
{
    struct size_settings size = {0, 0};
    if (!node_is_present(node))
        return true;
    if (!node_read(reader, node, &size_keys, &size, NULL))
        return false;
    if (node_is_disabled(node))
        return true;
    condition->min_size = size.min;
    condition->max_size = size.max;
    return (size.max == 0 || size.min <= size.max) ||
           node_error(reader, node, "expected min to be at most max");
}

static const struct constraint *find_constraint(struct reader *reader, const struct node *place,
                                                const struct constraint_list *constraints,
                                                struct span name)
{
    bool disabled = false;
    for (size_t i = 0; i < constraints->count; i++) {
        if (span_equal(constraints->items[i].name, name))
            disabled = node_is_disabled(&constraints->items[i].node);
        if (span_equal(constraints->items[i].name, name) && !disabled)
            return &constraints->items[i];
    }
    const char *near = disabled ? NULL : suggest(name, constraints->names);
    (void)node_error(reader, place, "there is no constraint \"%.*s\"%s%s%s%s", SPAN_ARG(name),
                     disabled ? " that is enabled" : "", near ? "; did you mean \"" : "",
                     near ? near : "", near ? "\"?" : "");
    return NULL;
}

static bool read_constraints(struct reader *reader, const struct string_list *names,
                             const struct constraint_list *constraints, struct condition *condition)
{
    const struct constraint **found =
        ARENA_ARRAY(reader->arena, names->count, const struct constraint *);
    bool good = true;
    for (size_t i = 0; i < names->count; i++) {
        found[i] = find_constraint(reader, &names->nodes[i], constraints, names->items[i]);
        good &= found[i] != NULL;
    }
    condition->constraints = found;
    condition->constraint_count = good ? names->count : 0;
    return good;
}

static struct condition *read_condition(struct reader *reader, const struct node *node,
                                        const struct key_table *table,
                                        struct constraint_list *constraints,
                                        struct common_keys *common)
{
    struct condition_settings settings = {0};
    struct condition *condition = ARENA_NEW(reader->arena, struct condition);
    bool good = node_read(reader, node, table, &settings, common);
    struct node tls = node_get(reader, node, "tls");
    condition->tls = node_is_present(&tls) ? settings.tls : -1;
    condition->tags = settings.tag;
    good &= condition_read_addresses(reader, &settings.recipients, false, constraints,
                                     &condition->recipients);
    good &=
        condition_read_addresses(reader, &settings.sender, true, constraints, &condition->sender);
    good &= read_client(reader, &settings.client, condition);
    good &= read_quantifiers(reader, &settings.user, &condition->user);
    good &= read_size(reader, &settings.size, condition);
    good &= read_constraints(reader, &settings.constraint, constraints, condition);
    return good ? condition : NULL;
}

const struct condition *condition_read(struct reader *reader, const struct node *node,
                                       struct constraint_list *constraints)
{
    return read_condition(reader, node, &when_keys, constraints, NULL);
}

static bool is_duplicate(struct reader *reader, const struct constraint_list *list,
                         const struct constraint *fresh)
{
    for (size_t i = 0; i < list->count; i++) {
        if (span_equal(list->items[i].name, fresh->name))
            return !node_error(reader, &fresh->node, "the name \"%.*s\" is taken, at %s",
                               SPAN_ARG(fresh->name), node_place(reader, &list->items[i].node));
    }
    return false;
}

bool constraints_read(struct reader *reader, const struct node *root, struct constraint_list *out)
{
    struct node array = node_get(reader, root, "constraints");
    size_t count = node_count(&array);
    *out = (struct constraint_list){.items = ARENA_ARRAY(reader->arena, count, struct constraint),
                                    .names = ARENA_ARRAY(reader->arena, count + 1, const char *)};
    bool good = own_domains_read(reader, root, &out->own);
    for (size_t i = 0; i < count; i++) {
        struct common_keys common;
        struct constraint fresh = {.node = node_at(reader, &array, i)};
        fresh.condition = read_condition(reader, &fresh.node, &constraint_keys, out, &common);
        good &= fresh.condition != NULL;
        fresh.name = common.name;
        if (node_is_object(&fresh.node) && common.name.len == 0)
            good = node_error(reader, &fresh.node, "expected key \"name\" (string), got none");
        if (common.name.len == 0 || is_duplicate(reader, out, &fresh)) {
            good = false;
            continue;
        }
        out->names[out->count] = common.name.ptr;
        out->items[out->count++] = fresh;
    }
    return good;
}
