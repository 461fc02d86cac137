/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy_header: the PROXY protocol, versions 1 and 2 (proxy-protocol.txt of HAProxy, 2020/03/05):
 * what a balancer says of a client in front of everything else. Strict, because who is believed
 * here decides who may come. No I/O, no memory of its own, any thread.
 */
#ifndef CULVERT_WIRE_PROXY_HEADER_H
#define CULVERT_WIRE_PROXY_HEADER_H

#include "engine/base/span.h"
#include "tunnels/wire/parse.h"

/* Of version 1 with its CRLF (section 2.1). */
#define PROXY_V1_MAX 107u
/* Of version 2, of which the length field allows 65,551: addresses and what balancers add (TLS, the
 * names of certificates, identifiers of clouds) take some hundred. */
#define PROXY_HEADER_MAX 4096u
/* Of what we write. */
#define PROXY_WRITE_MAX 52u

struct proxy_end {
    char address[52]; /* "192.0.2.1", "IPv6:2001:db8::1" */
    uint16_t port;
};

struct proxy_header {
    bool has_client; /* false: the connection speaks for itself (LOCAL, UNKNOWN, UNSPEC) */
    struct proxy_end client, server;
};

/*
 * `input` begins with the connection's first byte. PARSE_DONE: *len_out bytes are the header.
 * PARSE_MORE: at least *len_out bytes more belong to it; who reads no more than that never reads
 * what is behind it. PARSE_BAD: *reason_out says why.
 */
enum parse_result proxy_header_parse(struct span input, struct proxy_header *out, size_t *len_out,
                                     const char **reason_out);

/* Version 2 with both ends of one family, else LOCAL; returns the length. Addresses as in struct
 * proxy_end. */
size_t proxy_header_write(const struct proxy_header *header, char out[PROXY_WRITE_MAX]);

#endif
