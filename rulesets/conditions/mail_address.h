/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mail_address: a mail address in the form in which conditions compare it. Points into what it was
 * made of or into an arena; any thread.
 */
#ifndef CULVERT_RULESETS_CONDITIONS_MAIL_ADDRESS_H
#define CULVERT_RULESETS_CONDITIONS_MAIL_ADDRESS_H

#include "engine/base/arena.h"

struct mail_address {
    struct span local;  /* without quotation marks */
    struct span domain; /* idna_fold(); "" where there is none */
    struct span text;   /* "local@domain" of these; "" for the null reverse-path */
    struct span folded; /* the same with the letters of the local part in lower case */
};

/* Of an envelope ("local@domain", RFC 5321 section 4.1.2; "": the null reverse-path). What stands
 * behind the last '@' is the domain. */
struct mail_address mail_address_of(struct span text, struct arena *arena);

/* Of parts; `local` has no quotation marks. */
struct mail_address mail_address_of_parts(struct span local, struct span domain,
                                          struct arena *arena);

/* The offset of the last '@', or SPAN_NONE. */
size_t mail_address_last_at(struct span text);

/* "a\"b" without quotation marks and backslashes, where it is a quoted string; else as it is. */
struct span mail_address_unquoted(struct span local, struct arena *arena);

/* ASCII letters in lower case; the text itself where it has no other ones. */
struct span mail_address_lower(struct span text, struct arena *arena);

#endif
