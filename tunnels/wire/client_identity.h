/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_identity: who a client is, in the words in which an upstream is told (send_proxy), and the
 * XCLIENT command that tells it (Postfix, XCLIENT_README). No I/O; a value whose texts are
 * borrowed, but for a copy; any thread.
 */
#ifndef CULVERT_WIRE_CLIENT_IDENTITY_H
#define CULVERT_WIRE_CLIENT_IDENTITY_H

#include "engine/base/buf.h"
#include "tunnels/wire/proxy_header.h"

struct client_identity {
    struct proxy_end client, server; /* port 0: not known */
    struct span helo;                /* the name that it gave, or "" */
    struct span user;                /* who is logged in, or "" */
    bool is_extended;                /* it said EHLO */
};

/* One block of memory, to be freed. */
struct client_identity *client_identity_copy(const struct client_identity *identity);

/* The same connection of the same client, so far as addresses and ports say. */
bool client_identity_same_ends(const struct client_identity *a, const struct client_identity *b);
bool client_identity_equals(const struct client_identity *a, const struct client_identity *b);

/* xtext of RFC 3461 section 4. */
void xtext_add(struct buf *out, struct span text);

/* Attributes, in the order in which they are sent. */
enum xclient {
    XCLIENT_NAME,
    XCLIENT_REVERSE_NAME,
    XCLIENT_ADDR,
    XCLIENT_PORT,
    XCLIENT_PROTO,
    XCLIENT_HELO,
    XCLIENT_DESTADDR,
    XCLIENT_DESTPORT,
    XCLIENT_LOGIN,
    XCLIENT_COUNT
};
extern const char *const xclient_names[XCLIENT_COUNT];

/*
 * Writes one command with CRLF: of `attributes` (a set of 1 << enum xclient) those from *next on,
 * as many as a line of 512 bytes holds (RFC 5321 section 4.5.3.1.4); *next goes on. False: none is
 * left. What is not known, or too long, is [UNAVAILABLE]; LOGIN is left out where nobody is logged
 * in.
 */
bool xclient_write(const struct client_identity *identity, unsigned attributes, unsigned *next,
                   struct buf *line);

#endif
