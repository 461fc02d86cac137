/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/condition.h"

#include "engine/base/network.h"
#include "rulesets/condition_link.h"

struct quantifier_settings {
    struct string_list any, all, any_not, none;
};

static const struct key quantifier_key_list[] = {
    {.name = "any",
     .type = KEY_STRINGS,
     .offset = offsetof(struct quantifier_settings, any),
     .help = "Holds when some address matches one of these."},
    {.name = "all",
     .type = KEY_STRINGS,
     .offset = offsetof(struct quantifier_settings, all),
     .help = "Holds when every address matches one of these."},
    {.name = "any_not",
     .type = KEY_STRINGS,
     .offset = offsetof(struct quantifier_settings, any_not),
     .help = "Holds when some address matches none of these."},
    {.name = "none",
     .type = KEY_STRINGS,
     .offset = offsetof(struct quantifier_settings, none),
     .help = "Holds when no address matches any of these."},
};

const struct key_table quantifier_keys = {
    .name = "addresses", .keys = quantifier_key_list, .count = ARRAY_LEN(quantifier_key_list)};

/* "client": its address, and what its certificate says. */
struct client_settings {
    struct quantifier_settings address;
    struct node subject, san;
};

static const struct key client_key_list[] = {
    {.name = "any",
     .type = KEY_STRINGS,
     .offset = offsetof(struct client_settings, address.any),
     .help = "Holds when its address matches one of these."},
    {.name = "all",
     .type = KEY_STRINGS,
     .offset = offsetof(struct client_settings, address.all),
     .help = "The same: a client has one address."},
    {.name = "any_not",
     .type = KEY_STRINGS,
     .offset = offsetof(struct client_settings, address.any_not),
     .help = "Holds when its address matches none of these."},
    {.name = "none",
     .type = KEY_STRINGS,
     .offset = offsetof(struct client_settings, address.none),
     .help = "The same."},
    {.name = "certificate_subject",
     .type = KEY_ANY,
     .offset = offsetof(struct client_settings, subject),
     .object = &quantifier_keys,
     .help = "Subject of its verified certificate, like \"C=DE, O=Corp, CN=mail.example\": "
             "wildcards, or {any, all, any_not, none}."},
    {.name = "certificate_san",
     .type = KEY_ANY,
     .offset = offsetof(struct client_settings, san),
     .object = &quantifier_keys,
     .help = "Alternative names of its verified certificate (host names, addresses, mail "
             "addresses, URIs), each by itself."},
};

const struct key_table client_keys = {
    .name = "client", .keys = client_key_list, .count = ARRAY_LEN(client_key_list)};

struct size_settings {
    int64_t min, max;
};

static const struct key size_key_list[] = {
    {.name = "min",
     .type = KEY_INTEGER,
     .offset = offsetof(struct size_settings, min),
     .min = 0,
     .max = INT64_MAX,
     .help = "Least size of the message in bytes."},
    {.name = "max",
     .type = KEY_INTEGER,
     .offset = offsetof(struct size_settings, max),
     .min = 0,
     .max = INT64_MAX,
     .help = "Largest size of the message in bytes."},
};

const struct key_table size_keys = {
    .name = "size", .keys = size_key_list, .count = ARRAY_LEN(size_key_list)};

struct condition_settings {
    struct node recipients, sender, client, user, size;
    struct string_list tag, constraint;
    bool tls;
};

#define CONDITION_KEYS                                                                             \
    {.name = "recipients",                                                                         \
     .type = KEY_ANY,                                                                              \
     .offset = offsetof(struct condition_settings, recipients),                                    \
     .object = &quantifier_keys,                                                                   \
     .help = "Envelope recipients: {any, all, any_not, none}, or a list as with any."},            \
        {.name = "sender",                                                                         \
         .type = KEY_ANY,                                                                          \
         .offset = offsetof(struct condition_settings, sender),                                    \
         .object = &quantifier_keys,                                                               \
         .help = "Envelope sender, empty for bounces."},                                           \
        {.name = "client",                                                                         \
         .type = KEY_ANY,                                                                          \
         .offset = offsetof(struct condition_settings, client),                                    \
         .object = &client_keys,                                                                   \
         .help = "Address of the client: networks (10.0.0.0/8) or wildcards; its certificate."},   \
        {.name = "user",                                                                           \
         .type = KEY_ANY,                                                                          \
         .offset = offsetof(struct condition_settings, user),                                      \
         .object = &quantifier_keys,                                                               \
         .help = "Who the client logged in as (AUTH), or set_user_identity says: wildcards."},     \
        {.name = "size",                                                                           \
         .type = KEY_OBJECT,                                                                       \
         .offset = offsetof(struct condition_settings, size),                                      \
         .object = &size_keys,                                                                     \
         .help = "Size of the message in bytes."},                                                 \
        {.name = "tls",                                                                            \
         .type = KEY_BOOL,                                                                         \
         .offset = offsetof(struct condition_settings, tls),                                       \
         .help = "Whether the message came in under TLS."},                                        \
    {                                                                                              \
        .name = "tag", .type = KEY_STRINGS, .offset = offsetof(struct condition_settings, tag),    \
        .help = "One of these tags was set by an earlier rule."                                    \
    }

static const struct key constraint_key_list[] = {CONDITION_KEYS};

static const struct key when_key_list[] = {
    CONDITION_KEYS,
    {.name = "constraint",
     .type = KEY_STRINGS,
     .offset = offsetof(struct condition_settings, constraint),
     .help = "Names of constraints, all of which must hold."},
};

const struct key_table constraint_keys = {
    .name = "constraint", .keys = constraint_key_list, .count = ARRAY_LEN(constraint_key_list)};
const struct key_table when_keys = {
    .name = "when", .keys = when_key_list, .count = ARRAY_LEN(when_key_list)};

static struct address_list take_list(const struct string_list *list)
{
    return (struct address_list){list->items, NULL, list->count};
}

/* Networks among the addresses of a client. */
static bool read_networks(struct reader *reader, const struct string_list *strings,
                          struct address_list *list)
{
    bool good = true;
    list->networks = ARENA_ARRAY(reader->arena, list->count, const struct network *);
    for (size_t i = 0; i < list->count; i++) {
        struct network *network = ARENA_NEW(reader->arena, struct network);
        struct error err = ERROR_INIT;
        if (network_parse(list->items[i], network, &err))
            list->networks[i] = network;
        else if (span_find_byte(list->items[i], '/') != SPAN_NONE)
            good = node_error(reader, &strings->nodes[i], "%s", err.text);
    }
    return good;
}

/* A string, or a list of strings, by itself: short for "any". */
static bool read_short(struct reader *reader, const struct node *node, struct string_list *out)
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
        else
            good = node_error(reader, &out->nodes[i],
                              "expected a string, a list of strings, or an object");
    }
    out->count = count;
    return good;
}

/* NULL: none of them is there. */
static const struct quantifiers *take_quantifiers(struct reader *reader,
                                                  const struct quantifier_settings *settings,
                                                  bool is_address, bool *good)
{
    struct quantifiers *quantifiers = ARENA_NEW(reader->arena, struct quantifiers);
    const struct string_list *lists[] = {&settings->any, &settings->all, &settings->any_not,
                                         &settings->none};
    struct address_list *outs[] = {&quantifiers->any, &quantifiers->all, &quantifiers->any_not,
                                   &quantifiers->none};
    bool some = false;
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        *outs[i] = take_list(lists[i]);
        some |= lists[i]->items != NULL;
        if (is_address)
            *good &= read_networks(reader, lists[i], outs[i]);
    }
    return some ? quantifiers : NULL;
}

static bool read_quantifiers(struct reader *reader, const struct node *node,
                             const struct quantifiers **out)
{
    if (!node_is_present(node))
        return true;
    struct quantifier_settings settings = {0};
    bool good = node_is_object(node) ? node_read(reader, node, &quantifier_keys, &settings, NULL)
                                     : read_short(reader, node, &settings.any);
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
                                     : read_short(reader, node, &settings.address.any);
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

static const struct condition *find_constraint(struct reader *reader, const struct node *place,
                                               const struct constraint_list *constraints,
                                               struct span name)
{
    bool disabled = false;
    for (size_t i = 0; i < constraints->count; i++) {
        if (span_equal(constraints->items[i].name, name))
            disabled = node_is_disabled(&constraints->items[i].node);
        if (span_equal(constraints->items[i].name, name) && !disabled)
            return constraints->items[i].condition;
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
    const struct condition **found =
        ARENA_ARRAY(reader->arena, names->count, const struct condition *);
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
                                        const struct constraint_list *constraints,
                                        struct common_keys *common)
{
    struct condition_settings settings = {0};
    struct condition *condition = ARENA_NEW(reader->arena, struct condition);
    bool good = node_read(reader, node, table, &settings, common);
    struct node tls = node_get(reader, node, "tls");
    condition->tls = node_is_present(&tls) ? settings.tls : -1;
    condition->tags = settings.tag;
    good &= read_quantifiers(reader, &settings.recipients, &condition->recipients);
    good &= read_quantifiers(reader, &settings.sender, &condition->sender);
    good &= read_client(reader, &settings.client, condition);
    good &= read_quantifiers(reader, &settings.user, &condition->user);
    good &= read_size(reader, &settings.size, condition);
    good &= read_constraints(reader, &settings.constraint, constraints, condition);
    return good ? condition : NULL;
}

const struct condition *condition_read(struct reader *reader, const struct node *node,
                                       const struct constraint_list *constraints)
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

bool constraints_read(struct reader *reader, const struct node *array, struct constraint_list *out)
{
    size_t count = node_count(array);
    static const struct constraint_list none = {0};
    *out = (struct constraint_list){ARENA_ARRAY(reader->arena, count, struct constraint), 0,
                                    ARENA_ARRAY(reader->arena, count + 1, const char *)};
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        struct common_keys common;
        struct constraint fresh = {.node = node_at(reader, array, i)};
        fresh.condition = read_condition(reader, &fresh.node, &constraint_keys, &none, &common);
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
