/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls/hello: what a ClientHello says (RFC 8446 section 4.1.2, the same in TLS 1.2) of which the
 * library tells too late, or not at all. Spans into the message; any thread.
 */
#ifndef CULVERT_TUNNELS_TLS_HELLO_H
#define CULVERT_TUNNELS_TLS_HELLO_H

#include "engine/base/attrs.h"
#include "engine/base/span.h"

#include <stdint.h>

struct tls_hello {
    struct span suites;     /* numbers of two bytes, as those of the next two */
    struct span groups;     /* supported_groups; empty: not sent */
    struct span signatures; /* signature_algorithms */
    struct span name;       /* the host of server_name as it was sent; empty: none */
};

/* `message`: the handshake message with its header of four bytes. False: it is no ClientHello. */
bool tls_hello_read(struct span message, struct tls_hello *out) MUST_USE;

/* Whether `list` of numbers of two bytes has it. */
bool tls_hello_has(struct span list, uint16_t number);

#endif
