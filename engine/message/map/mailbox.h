/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mailbox: "local@domain" of an envelope (RFC 5321 section 4.1.2, RFC 6531 section 3.3), as a
 * client sends it and as a rule writes it. Pure functions over the caller's bytes, any thread.
 */
#ifndef CULVERT_MESSAGE_MAP_MAILBOX_H
#define CULVERT_MESSAGE_MAP_MAILBOX_H

#include "engine/base/span.h"

#define MAILBOX_LOCAL_MAX 64u   /* RFC 5321 section 4.5.3.1.1 */
#define MAILBOX_DOMAIN_MAX 255u /* 4.5.3.1.2 */

struct mailbox {
    struct span text;
    struct span local;  /* as written, with quotes */
    struct span domain; /* as written */
    bool is_literal;    /* the domain is an address literal, brackets included */
};

/* The length of the mailbox, or domain, at the front of `s`, 0 where there is none. What is not
 * ASCII counts as a letter: whether it is UTF-8 is for the caller to know. */
size_t mailbox_scan(struct span s, struct mailbox *out);
size_t mailbox_scan_domain(struct span s);
bool mailbox_is_too_long(const struct mailbox *mailbox);

/* Whether all of `text` is one mailbox, without brackets; `utf8`: it may have other characters than
 * ASCII. */
bool mailbox_is_one(struct span text, bool utf8);

/* Orders addresses: 0 where both are the same mailbox. The domain compares whatever its case, the
 * local part as it is: what it means is the last server's affair (RFC 5321 section 2.4). */
int mailbox_compare(struct span a, struct span b);

#endif
