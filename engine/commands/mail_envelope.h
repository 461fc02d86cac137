/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mail_envelope: the envelope of a message that came without one: the sender of its From field, the
 * recipients of its To fields. For files at the command line, not for live mail. Main thread.
 */
#ifndef CULVERT_COMMANDS_MAIL_ENVELOPE_H
#define CULVERT_COMMANDS_MAIL_ENVELOPE_H

#include "engine/base/arena.h"
#include "engine/message/message.h"

struct address_list {
    struct span *items; /* in the arena */
    size_t count, cap;
};

void address_list_add(struct address_list *list, struct span address, struct arena *arena);

/* Adds the addresses of the value of an address field (RFC 5322 section 3.4), without names,
 * comments and groups; nothing is decoded. */
void addresses_of(struct span value, struct arena *arena, struct address_list *out);

/* Fills in what was not given: `sender` ptr NULL, no recipients. */
void mail_envelope(struct span bytes, struct span sender, const struct address_list *recipients,
                   struct arena *arena, struct envelope *out);

#endif
