/* SPDX-License-Identifier: Apache-2.0 */
/* transaction_link: the inside of a transaction, for the files that it is made of. */
#ifndef CULVERT_TUNNELS_MAIL_TRANSACTION_LINK_H
#define CULVERT_TUNNELS_MAIL_TRANSACTION_LINK_H

#include "engine/message/message.h"
#include "rulesets/inspect.h"
#include "tunnels/counts.h"
#include "tunnels/delivery/delivery.h"
#include "tunnels/mail/receive.h"
#include "tunnels/mail/transaction.h"
#include "tunnels/wire/proxy_header.h"

#include <stdatomic.h>

struct asked {
    struct span address;
    struct rcpt_params params;
    struct reply_slot *slot; /* NULL: answered */
};

struct transaction {
    struct mortal mortal;
    struct arena *arena; /* this structure is in it, too */
    struct tunnel_loop *loop;
    const struct tunnel *tunnel;
    struct counts *counts;
    const struct transaction_events *events;
    void *user;
    enum transaction_state state;
    bool ended;
    unsigned users; /* jobs and deliveries that still use it */
    uint64_t session, number;
    const char *client_address;
    const char *tls_version, *tls_suite; /* "" in clear */
    bool is_extended;                    /* the client said EHLO */
    struct login *login;                 /* of the client, or NULL */
    uint16_t client_port;
    struct proxy_end server; /* that the client called */

    const struct route *client_route; /* NULL: the recipients choose */
    const struct route *route;        /* NULL: no recipient has chosen one yet */
    struct delivery *delivery;
    struct readdress *readdress; /* NULL: the recipients are the client's */
    struct mail_params params;
    struct reply_slot *mail_slot; /* NULL: answered */
    struct envelope envelope;     /* with the recipients that were taken */
    size_t recipients_cap;
    struct rcpt_params *recipient_params; /* of each of them */
    size_t recipient_params_cap;
    struct asked *asked;
    size_t asked_count, asked_cap;
    size_t delivery_base; /* the first of `asked` that was asked of this delivery */
    size_t open;          /* not answered */

    struct receiver receiver;
    struct message message;
    struct outcome outcome;
    bool narrows;                   /* an upstream may want 7-bit text: */
    const struct downgrade *narrow; /* NULL: not made */
    bool inspected;                 /* `outcome` is valid */
    struct job job;
    bool with_worker;     /* waits for one, or is at work there */
    atomic_bool given_up; /* for the worker: nobody waits for the outcome */

    uint64_t began_ms, received_ms, inspected_ms; /* ends of the stages */
    uint64_t inspection_us;
    uint64_t sent_bytes;
};

/* envelope.c */
void transaction_drop_delivery(struct transaction *transaction);
/* For that route; nothing is asked of it yet. */
struct delivery *transaction_new_delivery(struct transaction *transaction,
                                          const struct route *route);

/* readdress.c: delivers to whom the outcome says, then transaction_finish(). */
void transaction_readdress(struct transaction *transaction, const struct outgoing *outgoing);
void transaction_drop_readdress(struct transaction *transaction);
/* Who has the message, or was to get it last: for the log. */
const char *transaction_hop(const struct transaction *transaction);

/* narrow.c: whether the message may have to go in 7 bits; makes that, behind the rules. */
bool transaction_may_narrow(const struct transaction *transaction);
void transaction_narrow(struct transaction *transaction);

/* evaluate.c: runs the rules, here or on a worker, then transaction_evaluated(). */
void transaction_evaluate(struct transaction *transaction);
/* Nobody waits for the outcome any more. */
void transaction_give_up(struct transaction *transaction);

/* transaction.c */
void transaction_enter(struct transaction *transaction, enum transaction_state state);
void transaction_evaluated(struct transaction *transaction);
void transaction_finish(struct transaction *transaction, const struct reply *reply, bool close);
/* One that used it has done; true: the session is gone, nothing may be done any more. */
bool transaction_let_go(struct transaction *transaction);
extern const struct delivery_events transaction_delivery_events;

/* summary.c: what the log rules say, and the line about a message in the log. */
void transaction_log_rules(const struct transaction *transaction);
void transaction_log(const struct transaction *transaction, const struct reply *reply);

#endif
