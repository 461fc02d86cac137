/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth: what of an AUTH exchange (RFC 4954) one in the middle understands: lists of mechanisms as
 * EHLO has them, lines, and whose login it is. No I/O, any thread. What holds a secret is the
 * caller's to wipe.
 */
#ifndef CULVERT_WIRE_AUTH_H
#define CULVERT_WIRE_AUTH_H

#include "engine/base/span.h"

#define AUTH_LINE_MAX 12288u   /* bytes of a line with its CRLF (RFC 4954 section 4) */
#define AUTH_MECHANISM_MAX 20u /* RFC 4422 section 3.1 */
#define AUTH_NAME_MAX 255u

/* "PLAIN LOGIN", as the server wrote them; "": none. */
struct auth_list {
    char text[160];
};

/* Left out: what is no mechanism's name, EXTERNAL and those with channel binding (-PLUS), which
 * speak of the connection that they come over and cannot be passed on, and what there is no room
 * for. */
void auth_list_add(struct auth_list *list, struct span mechanism);
bool auth_list_has(const struct auth_list *list, struct span mechanism);
/* Drops what is not in the other one, too. */
void auth_list_keep(struct auth_list *list, const struct auth_list *other);

/* "MECHANISM [initial-response]"; false: not so. No initial response: NULL. */
bool auth_parse(struct span argument, struct span *mechanism_out, struct span *response_out);
/* Printable ASCII: one line for every reader. */
bool auth_is_line(struct span line);

/*
 * Who logs in, as far as the client's response number `step` (0 is the first) says so: the
 * authentication identity of PLAIN (RFC 4616), LOGIN, XOAUTH2 and OAUTHBEARER (RFC 7628). True:
 * `out` has the name.
 */
bool auth_read_name(struct span mechanism, unsigned step, struct span response,
                    char out[AUTH_NAME_MAX + 1]);

#endif
