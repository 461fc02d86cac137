/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wildcard: "*@corp.example" against an address ('*' any run, '?' one byte, ASCII case ignored),
 * and networks ("10.0.0.0/8", "2001:db8::/32") against a client's address.
 */
#ifndef CULVERT_RULESETS_WILDCARD_H
#define CULVERT_RULESETS_WILDCARD_H

#include "engine/base/span.h"

bool wildcard_matches(struct span pattern, struct span text);

struct network {
    int family; /* AF_INET or AF_INET6; 0: not a network */
    unsigned char bytes[16];
    unsigned bits;
};

/* An address alone is a network of one. false: the text is neither. */
bool network_read(struct span text, struct network *out);
/* `address` is textual, with or without the "IPv6:" of RFC 5321 section 4.1.3. */
bool network_holds(const struct network *network, struct span address);

#endif
