/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capabilities: the service extensions of one side, as its EHLO reply lists them (RFC 5321 section
 * 4.1.1.1: greeting on the first line, then one keyword with parameters a line). A value; any
 * thread.
 */
#ifndef CULVERT_WIRE_CAPABILITIES_H
#define CULVERT_WIRE_CAPABILITIES_H

#include "tunnels/wire/auth.h"
#include "tunnels/wire/limits.h"
#include "tunnels/wire/reply.h"

enum xforward {
    XFORWARD_NAME,
    XFORWARD_ADDR,
    XFORWARD_PORT,
    XFORWARD_PROTO,
    XFORWARD_HELO,
    XFORWARD_SOURCE,
    XFORWARD_COUNT
};

struct capabilities {
    bool pipelining;          /* RFC 2920 */
    bool eightbitmime;        /* RFC 6152 */
    bool smtputf8;            /* RFC 6531 */
    bool enhancedstatuscodes; /* RFC 2034 */
    bool chunking;            /* RFC 3030 */
    bool binarymime;          /* RFC 3030 */
    bool dsn;                 /* RFC 3461 */
    bool mt_priority;         /* RFC 6710 */
    bool requiretls;          /* RFC 8689 */
    bool starttls;            /* RFC 3207 */
    bool size;                /* RFC 1870 */
    bool auth_plain;          /* RFC 4954, 4616 */
    bool auth_login;
    struct auth_list auth; /* that a client of ours may be offered */
    bool is_private;       /* said under TLS or on this host; not by capabilities_parse() */
    bool xclient;          /* Postfix */
    bool xforward;
    unsigned xforward_attributes; /* set of 1 << enum xforward */
    unsigned xclient_attributes;  /* set of 1 << enum xclient */
    uint64_t size_limit;          /* with `size`; 0: none named */
    struct smtp_limits limits;
};

/* From the reply to EHLO; unknown keywords are passed over. Works on any reply: then nothing is
 * offered. */
void capabilities_parse(const struct reply *reply, struct capabilities *out);

/* What both can do, without LIMITS. The size limit is the smaller one that is named. */
struct capabilities capabilities_both(const struct capabilities *a, const struct capabilities *b);

/* Writes the whole reply to EHLO, `name` on its first line; of LIMITS what one mail may have.
 * XCLIENT and XFORWARD are not
 * offered by this function: they take parameters of their own. */
void capabilities_write(struct buf *out, struct span name, const struct capabilities *offer);

#endif
