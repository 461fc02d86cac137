/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/conditions/own_domains.h"

#include "rulesets/conditions/address_set.h"
#include "rulesets/conditions/listed.h"

struct own_domains {
    struct address_set *set;
};

/* What is no string and no object was complained about where the root was read. */
static bool take_strings(struct reader *reader, const struct node *node, struct string_list *out)
{
    bool good = true;
    size_t count = node_is_array(node) ? node_count(node) : 1;
    *out = (struct string_list){ARENA_ARRAY(reader->arena, count, struct span),
                                ARENA_ARRAY(reader->arena, count, struct node), 0};
    for (size_t i = 0; i < count; i++) {
        struct node item = node_is_array(node) ? node_at(reader, node, i) : *node;
        struct span text = {NULL, 0};
        if (!node_is_object(&item) && !node_string(&item, &text)) {
            good = false;
            continue;
        }
        out->items[out->count] = text.ptr ? arena_copy(reader->arena, text) : text;
        out->nodes[out->count++] = item;
    }
    return good;
}

bool own_domains_read(struct reader *reader, const struct node *root,
                      const struct own_domains **out)
{
    struct node node = node_get(reader, root, "own_domains");
    struct string_list strings;
    struct listed_items items = {0};
    *out = NULL;
    if (!node_is_present(&node))
        return true;
    struct own_domains *own = ARENA_NEW(reader->arena, struct own_domains);
    own->set = address_set_new(NULL, false, reader->arena);
    *out = own;
    bool good = take_strings(reader, &node, &strings);
    good &= listed_read(reader, &strings, &items);
    for (size_t i = 0; i < items.count; i++) {
        struct error err = ERROR_INIT;
        if (!address_set_add_domain(own->set, items.items[i].text, &err))
            good = listed_error(reader, &items.items[i], "%s", err.text);
    }
    return good;
}

bool own_domains_hold(const struct own_domains *own, const struct mail_address *address)
{
    return address_set_has(own->set, address);
}
