/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message: one received mail, immutable: its bytes as they came (CRLF line ends, dots unstuffed)
 * and its envelope (RFC 5321 section 2.3.1). Plain data; the transaction (or `culvert apply`) owns
 * what it points to. Touched by one thread at a time.
 */
#ifndef CULVERT_MESSAGE_MESSAGE_H
#define CULVERT_MESSAGE_MESSAGE_H

#include "engine/base/span.h"

struct spool_limits;

struct envelope {
    struct span sender; /* reverse-path without the brackets; empty for the null path */
    struct span *recipients;
    size_t recipient_count;
    struct span client_address; /* textual IP address, "" where there is none */
    struct span client_helo;
    struct span user; /* who is logged in, as far as it is known; may be NULL for none */
    /* Of the client's certificate where it showed a good one: "C=DE, CN=mail.example", and its
     * names as "mail.example, 192.0.2.1". Else empty. */
    struct span certificate_subject;
    struct span certificate_san;
    bool tls;         /* came in under TLS */
    bool smtputf8;    /* MAIL had SMTPUTF8 (RFC 6531) */
    bool body_8bit;   /* MAIL had BODY=8BITMIME (RFC 6152) */
    bool body_binary; /* ... or BODY=BINARYMIME (RFC 3030): not all of it need be lines */
};

struct message {
    struct span bytes;
    struct envelope envelope;
    int64_t time_s;                   /* when it came in, seconds since 1970 */
    struct span received;             /* of a Received field to be added, folded; empty: none */
    bool known_without_nul;           /* who received it has looked; false: not known */
    const struct spool_limits *spool; /* for what is decoded of it; NULL: spool_limits_default */
};

#endif
