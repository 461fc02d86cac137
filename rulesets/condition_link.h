/* SPDX-License-Identifier: Apache-2.0 */
/* condition_link: the inside of a condition, for condition.c, which reads it, and
 * condition_holds.c.
 */
#ifndef CULVERT_RULESETS_CONDITION_LINK_H
#define CULVERT_RULESETS_CONDITION_LINK_H

#include "engine/base/network.h"
#include "rulesets/condition.h"

/* Addresses that a quantifier is about. ptr NULL of `items`: the quantifier is not there. */
struct address_list {
    struct span *items;
    const struct network **networks; /* of a client: NULL where the item is a wildcard */
    size_t count;
};

struct quantifiers {
    struct address_list any, all, any_not, none;
};

struct condition {
    const struct quantifiers *recipients, *sender, *client; /* NULL: not asked */
    const struct quantifiers *subject, *san;                /* of the client's certificate */
    const struct quantifiers *user;                         /* who is logged in */
    struct string_list tags;
    int64_t min_size, max_size; /* 0: not asked */
    int tls;                    /* -1: not asked */
    const struct condition *const *constraints;
    size_t constraint_count;
};

#endif
