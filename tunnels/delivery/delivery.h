/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delivery: one message on its way to the next hop, whatever that is: an SMTP server (relay.c) or a
 * Maildir (maildir.c). Made by a transaction, in its arena, on its loop; it borrows the envelope
 * and the bytes of the transaction until it has ended and is not busy.
 *
 *     mail, rcpt..., (again, mail, rcpt...) message -> on_final        or, at any point, end
 *
 * Events may come from inside a request. A 2xx to on_final means that the next hop has the message
 * (an upstream's 250, or fsync): the only thing that lets a client be told 250 (DESIGN promise 2).
 */
#ifndef CULVERT_TUNNELS_DELIVERY_DELIVERY_H
#define CULVERT_TUNNELS_DELIVERY_DELIVERY_H

#include "engine/message/downgrade.h"
#include "tunnels/tunnel.h"
#include "tunnels/wire/address.h"
#include "tunnels/wire/data.h"
#include "tunnels/wire/proxy_header.h"

struct delivery;
struct login;
struct tunnel_loop;

/* A reply that we give ourselves, as a value. The strings must be constants. */
#define REPLY(number, status, words)                                                               \
    ((struct reply){(number), SPAN_INIT(status), SPAN_INIT(words), 1})

static inline unsigned reply_class(const struct reply *reply)
{
    return reply->code / 100;
}

/* Replies are valid during the call only. */
struct delivery_events {
    /* Not 2xx: there is no transaction; nothing else comes, the owner ends the delivery. */
    void (*on_mail)(void *user, const struct reply *reply);
    /* Recipient number `index`, in the order of asking. */
    void (*on_rcpt)(void *user, size_t index, const struct reply *reply);
    void (*on_final)(void *user, const struct reply *reply);
    /* It had ended while busy and now lets go of what it borrowed. */
    void (*on_idle)(void *user);
};

/* The message as it is to leave. */
struct outgoing {
    struct span original;
    const struct edits *edits;      /* sealed, or NULL */
    struct data_known known;        /* of `original`, for the encoder */
    const struct downgrade *narrow; /* the same for who takes 7 bits only; NULL: not made */
    struct span user; /* whom rules take for the sender; ptr NULL: no other than the client */
};

struct delivery_ops {
    void (*mail)(struct delivery *delivery);
    void (*rcpt)(struct delivery *delivery, struct span recipient,
                 const struct rcpt_params *params);
    /* Forgets the envelope, all of which is answered: another follows. Before message(). */
    void (*again)(struct delivery *delivery);
    /* Once all recipients are answered and at least one was taken. */
    void (*message)(struct delivery *delivery, const struct outgoing *outgoing);
    /* No event comes after it but on_idle, and that only where it returns false: something still
     * uses what it borrowed. */
    bool (*end)(struct delivery *delivery);
    const char *(*hop)(struct delivery *delivery); /* who took it, for the log */
};

struct delivery {
    const struct delivery_ops *ops;
    const struct delivery_events *events;
    void *user;
    /* What was asked for with MAIL; the transaction's. */
    struct span sender;
    struct mail_params params;
    bool needs_utf8; /* for a recipient of a rule */
};

struct delivery_place {
    struct tunnel_loop *loop;
    const struct tunnel *tunnel;
    const struct route *route;
    const char *client_address; /* numeric, for hops that reflect */
    struct span client_helo;
    struct span user;        /* who is logged in, or "" */
    struct proxy_end server; /* that the client called */
    uint16_t client_port;    /* 0: not known */
    bool client_extended;    /* it said EHLO */
    struct login *login;     /* of the client, whose connection is to be used; or NULL */
    struct arena *arena;
};

struct delivery *relay_new(const struct delivery_place *place);
struct delivery *maildir_new(const struct delivery_place *place);

#endif
