/* SPDX-License-Identifier: Apache-2.0 */
/*
 * received: the trace field of RFC 5321 section 4.4, counted and written. Pure functions, any
 * thread.
 */
#ifndef CULVERT_TUNNELS_MAIL_RECEIVED_H
#define CULVERT_TUNNELS_MAIL_RECEIVED_H

#include "engine/base/arena.h"
#include "tunnels/tunnel.h"
#include "tunnels/wire/reply.h"

/* The reply to a message that has been in more places than the tunnel allows, or NULL. */
const struct reply *received_refusal(const struct tunnel *tunnel, struct span message);

struct received {
    struct span helo, address; /* of the client; may be empty */
    struct span server_name;
    struct span recipient; /* of a message for one alone; else empty */
    const char *id;        /* letters, digits and '-' */
    int64_t time_s;        /* since 1970 */
    bool is_extended;      /* EHLO */
    bool is_secure;
    bool is_authenticated;
    bool is_utf8; /* SMTPUTF8 (RFC 6531) */
};

/* The value, folded, in the arena. Nothing of what others say can end the field or a part of it. */
struct span received_value(const struct received *received, struct arena *arena);

#endif
