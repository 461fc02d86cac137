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

/* Drops those whose exchange does not say who it is (see below). */
void auth_list_keep_named(struct auth_list *list);

/* "MECHANISM [initial-response]"; false: not so. No initial response: NULL. */
bool auth_parse(struct span argument, struct span *mechanism_out, struct span *response_out);
/* Printable ASCII: one line for every reader. */
bool auth_is_line(struct span line);

/*
 * Who logs in, as far as the lines of the exchange say so: the authentication identity of PLAIN
 * (RFC 4616), LOGIN, CRAM-MD5 (RFC 2195), DIGEST-MD5 (RFC 2831), SCRAM (RFC 5802), XOAUTH2 and
 * OAUTHBEARER (RFC 7628). What cannot be read in one way alone is no name: the server could read
 * another one.
 */
struct auth_identity {
    bool asks_name;               /* LOGIN: the next response is one */
    char name[AUTH_NAME_MAX + 1]; /* one line for logs and header fields; "": not known */
};

/* Whether the responses of that mechanism say who it is. */
bool auth_has_name(struct span mechanism);
/* Behind "AUTH mechanism", where `response` has ptr NULL, or "AUTH mechanism response". */
void auth_identity_begin(struct auth_identity *identity, struct span mechanism,
                         struct span response);
/* The text of a 334; what the client says to it. */
void auth_identity_challenge(struct auth_identity *identity, struct span mechanism,
                             struct span challenge);
void auth_identity_response(struct auth_identity *identity, struct span mechanism,
                            struct span response);

#endif
