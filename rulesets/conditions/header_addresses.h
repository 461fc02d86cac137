/* SPDX-License-Identifier: Apache-2.0 */
/*
 * header_addresses: the addresses of a header field such as From or To (RFC 5322 section 3.4) with
 * its obsolete forms: groups, comments, routes, quoted local parts, blanks around dots; names in
 * encoded words (RFC 2047) are names, whatever they hold. What is none of the grammar is read
 * generously, as mail programs do: an address too many is better than one too few. In an arena; any
 * thread.
 */
#ifndef CULVERT_RULESETS_CONDITIONS_HEADER_ADDRESSES_H
#define CULVERT_RULESETS_CONDITIONS_HEADER_ADDRESSES_H

#include "rulesets/conditions/mail_address.h"

/* Of one field. More are not looked at, and the list says so. */
#define HEADER_ADDRESSES_MAX 10000u

struct header_addresses {
    struct mail_address *items;
    size_t count, cap;
    bool incomplete;
};

/* `value`: what stands behind the colon, as it came. Linear. */
void header_addresses_read(struct span value, struct arena *arena, struct header_addresses *out);

#endif
