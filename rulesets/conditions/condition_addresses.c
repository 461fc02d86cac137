/* SPDX-License-Identifier: Apache-2.0 */
/* condition_addresses: "sender" and "recipients" of a condition, read. */
#include "engine/message/map/header_address.h"
#include "rulesets/conditions/condition_link.h"

/* What is wrong with it names its place: the list, or the line of the file. */
static const struct address_set *take_set(struct reader *reader, const struct string_list *strings,
                                          const struct address_settings *settings,
                                          const struct constraint_list *constraints, bool *good)
{
    struct listed_items listed = {0};
    if (!strings->items)
        return NULL;
    struct address_set *set =
        address_set_new(constraints->own, settings->case_sensitive, reader->arena);
    *good &= listed_read(reader, strings, &listed);
    for (size_t i = 0; i < listed.count; i++) {
        struct error err = ERROR_INIT;
        if (!address_set_add(set, listed.items[i].text, &err))
            *good = listed_error(reader, &listed.items[i], "%s", err.text);
    }
    return set;
}

static bool read_fields(struct reader *reader, const struct address_settings *settings,
                        bool is_sender, struct address_quantifiers *q)
{
    static const struct span senders[] = {SPAN_INIT("From"), SPAN_INIT("Sender")};
    static const struct span recipients[] = {SPAN_INIT("To"), SPAN_INIT("Cc"), SPAN_INIT("Bcc")};
    const struct string_list *fields = &settings->fields;
    bool good = true;
    q->fields = is_sender ? senders : recipients;
    q->field_count = is_sender ? ARRAY_LEN(senders) : ARRAY_LEN(recipients);
    if (!fields->items)
        return true;
    q->fields = fields->items;
    q->field_count = fields->count;
    for (size_t i = 0; i < fields->count; i++) {
        if (header_shape(fields->items[i]) != SHAPE_ADDRESSES)
            good = node_error(reader, &fields->nodes[i],
                              "expected a header field that holds addresses, such as From, Sender, "
                              "Reply-To, To or Cc, got \"%.*s\"",
                              SPAN_ARG(fields->items[i]));
    }
    return good;
}

bool condition_read_addresses(struct reader *reader, const struct node *node, bool is_sender,
                              struct constraint_list *constraints,
                              const struct address_quantifiers **out)
{
    if (!node_is_present(node))
        return true;
    struct address_settings settings = {.where = WHERE_ENVELOPE};
    struct address_quantifiers *q = ARENA_NEW(reader->arena, struct address_quantifiers);
    bool good = node_is_object(node) ? node_read(reader, node, &address_keys, &settings, NULL)
                                     : condition_read_short(reader, node, &settings.lists.any);
    q->any = take_set(reader, &settings.lists.any, &settings, constraints, &good);
    q->all = take_set(reader, &settings.lists.all, &settings, constraints, &good);
    q->any_not = take_set(reader, &settings.lists.any_not, &settings, constraints, &good);
    q->none = take_set(reader, &settings.lists.none, &settings, constraints, &good);
    q->where = (enum where)settings.where;
    q->index = constraints->question_count++;
    good &= read_fields(reader, &settings, is_sender, q);
    if (good && !q->any && !q->all && !q->any_not && !q->none)
        good = node_error(reader, node, "expected one of any, all, any_not, none");
    if (good && settings.fields.items && q->where == WHERE_ENVELOPE)
        good = node_error(reader, node,
                          "\"fields\" is about the header: expected \"where\" to be header, both "
                          "or either");
    *out = q;
    return good;
}
