/* SPDX-License-Identifier: Apache-2.0 */
/*
 * own_domains: "own_domains" of a configuration, the accepted domains of the organisation:
 * "corp.example" is this domain alone, "*.corp.example" are all domains below it. An address in one
 * of them is *internal*, any other is *external*; the null reverse-path is neither. Owned by the
 * policy's arena, immutable, any thread.
 */
#ifndef CULVERT_RULESETS_CONDITIONS_OWN_DOMAINS_H
#define CULVERT_RULESETS_CONDITIONS_OWN_DOMAINS_H

#include "config/reader/node.h"
#include "rulesets/conditions/mail_address.h"

struct own_domains;

/* Reads the key of the root. `*out` is NULL where it is not there. */
bool own_domains_read(struct reader *reader, const struct node *root,
                      const struct own_domains **out) MUST_USE;

bool own_domains_hold(const struct own_domains *own, const struct mail_address *address);

#endif
