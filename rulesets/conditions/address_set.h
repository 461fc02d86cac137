/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address_set: what a condition compares addresses with. An item is an address, a domain, either
 * with wildcards ('*' any characters, '?' one), "internal" or "external" (see own_domains.h), or
 * "<>", the null reverse-path. How many addresses and domains without wildcards there are hardly
 * matters. Owned by the policy's arena, immutable once made, any thread.
 */
#ifndef CULVERT_RULESETS_CONDITIONS_ADDRESS_SET_H
#define CULVERT_RULESETS_CONDITIONS_ADDRESS_SET_H

#include "engine/base/error.h"
#include "rulesets/conditions/own_domains.h"

struct address_set;

/* `own` may be NULL. `case_sensitive`: the local part has to be written alike. */
struct address_set *address_set_new(const struct own_domains *own, bool case_sensitive,
                                    struct arena *arena);

/* false: it is no item, see `err`. `item` must last as long as the arena. */
bool address_set_add(struct address_set *set, struct span item, struct error *err) MUST_USE;

bool address_set_has(const struct address_set *set, const struct mail_address *address);

/* For own_domains: a domain, perhaps with wildcards. */
bool address_set_add_domain(struct address_set *set, struct span domain,
                            struct error *err) MUST_USE;

#endif
