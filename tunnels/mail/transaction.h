/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transaction: one mail from MAIL to the answer to its final dot (RFC 5321 section 3.3): envelope,
 * reception, inspection, delivery. It holds the policy that it began under and one arena with all
 * that it makes. Its session feeds it and hears the answers; when the session goes first, what has
 * not been sent on dies with the transaction, once no worker touches it any more. One loop's
 * thread. The states are in README.md.
 */
#ifndef CULVERT_TUNNELS_MAIL_TRANSACTION_H
#define CULVERT_TUNNELS_MAIL_TRANSACTION_H

#include "tunnels/client/replies.h"
#include "tunnels/place.h"
#include "tunnels/wire/address.h"
#include "tunnels/wire/data.h"

struct transaction;
struct login;

enum transaction_state {
    TRANSACTION_ENVELOPE,   /* MAIL and RCPT */
    TRANSACTION_RECEPTION,  /* 354 was given */
    TRANSACTION_INSPECTION, /* on the loop, or with a worker */
    TRANSACTION_DELIVERY,   /* with the next hop */
    TRANSACTION_OVER        /* answered, or abandoned */
};

/* Replies are valid during the call only. */
struct transaction_events {
    void (*on_answer)(void *user, struct reply_slot *slot, const struct reply *reply);
    /* MAIL was refused and everything asked is answered: end the transaction. */
    void (*on_refused)(void *user);
    /* The answer to the message; `close`: and then close the connection. End the transaction. */
    void (*on_done)(void *user, const struct reply *reply, bool close);
};

struct transaction_client {
    uint64_t session; /* number, for the log */
    uint64_t number;  /* of this transaction in its session */
    const char *address;
    struct span helo;
    bool is_extended; /* EHLO, not HELO */
    bool is_secure;
    struct login *login; /* NULL: nobody is logged in */
    const char *user;    /* who, or "" */
    uint16_t port;
    const char *server_address; /* that it called */
    uint16_t server_port;
    struct tls_info tls; /* texts are empty where it is not */
};

struct transaction *transaction_new(struct tunnel_place *place,
                                    const struct transaction_client *client,
                                    const struct transaction_events *events, void *user);
/* Abandons what is not finished. The memory goes when nobody uses it any more. */
void transaction_end(struct transaction **transaction);

/* Answered through on_answer(), perhaps at once. */
void transaction_mail(struct transaction *transaction, const struct address *sender,
                      const struct mail_params *params, struct reply_slot *slot);
void transaction_rcpt(struct transaction *transaction, const struct address *recipient,
                      const struct rcpt_params *params, struct reply_slot *slot);
bool transaction_is_smtputf8(const struct transaction *transaction);

/* All recipients are answered: NULL when the text may come (354), else the refusal. */
const struct reply *transaction_data(struct transaction *transaction);
/* The same for a message that comes by BDAT, at its first chunk. */
const struct reply *transaction_chunks(struct transaction *transaction);
/* As receiver_expect(). */
void transaction_expect(struct transaction *transaction, uint64_t size);
/* What came up to now cannot be accepted: transaction_finish_reception() says why. */
bool transaction_is_spoilt(const struct transaction *transaction);
/* What comes behind the text may be a part of it. */
bool transaction_end_is_doubtful(const struct transaction *transaction);
/* As receiver_reserve() and receiver_take(); at the end the rest follows by itself and ends in
 * on_done(), perhaps at once. */
char *transaction_reserve(struct transaction *transaction, size_t *room_out);
enum parse_result transaction_take(struct transaction *transaction, char *bytes, size_t len,
                                   size_t *consumed_out);
void transaction_finish_reception(struct transaction *transaction);

#endif
