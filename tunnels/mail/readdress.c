/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/log.h"
#include "engine/base/utf8.h"
#include "tunnels/mail/transaction_link.h"

#include <assert.h>

/*
 * readdress: the delivery of a message whose recipients a rule changed. They are sorted by route
 * into consignments, one envelope each; the one that the client's envelope was asked of begins
 * anew on its connection (RSET). All envelopes are taken before the first text goes out, then the
 * texts go one after the other, the client's own recipients last: what fails early has reached
 * nobody, and what fails late is sent again to those whom rules added, not to the client's
 * (decision 0022). One reply is for all: the first that is not 2xx.
 */

static const struct reply refused_added =
    REPLY(451, "4.3.5", "A recipient that the policy adds is refused, try again later");
static const struct reply refused_taken =
    REPLY(451, "4.3.0", "A recipient that was taken is refused now, try again later");
static const struct reply refused_sender =
    REPLY(451, "4.3.0", "The sender is refused for the recipients of the policy, try again later");

struct consignment {
    struct readdress *readdress;
    const struct route *route;
    const struct recipient **members;
    size_t count, cap;
    bool has_clients; /* recipients of the client */
    bool needs_utf8;
    struct delivery *delivery; /* NULL: not begun */
    size_t open;               /* recipients that are not answered */
};

struct readdress {
    struct transaction *transaction;
    struct outgoing outgoing;
    struct consignment *items; /* in the order of sending */
    size_t count;
    size_t at; /* the one at work */
    size_t sent;
    bool over;
};

/* Behind it `readdress` is not used any more. */
static void finish(struct readdress *readdress, const struct reply *reply)
{
    struct transaction *transaction = readdress->transaction;
    readdress->over = true;
    if (readdress->sent > 0 && !reply_is_positive(reply))
        log_event(LOG_WARNING, "message.partly_sent", LOG_NUM("s", transaction->session),
                  LOG_NUM("t", transaction->number), LOG_SPAN("tunnel", transaction->tunnel->name),
                  LOG_NUM("consignments", readdress->count), LOG_NUM("sent", readdress->sent));
    transaction_finish(transaction, reply, false);
}

static bool has_client_recipients(const struct readdress *readdress)
{
    bool any = false;
    for (size_t i = 0; i < readdress->count; i++)
        any |= readdress->items[i].has_clients;
    return any;
}

static void log_refusal(const struct transaction *transaction, struct span address,
                        const struct reply *reply)
{
    log_event(LOG_ERROR, "recipient.refused", LOG_NUM("s", transaction->session),
              LOG_NUM("t", transaction->number), LOG_SPAN("tunnel", transaction->tunnel->name),
              LOG_SPAN("recipient", address), LOG_NUM("code", reply->code),
              LOG_SPAN("enhanced", reply->enhanced), LOG_SPAN("text", reply->text));
}

/* --- envelopes --- */

static void open_envelope(struct consignment *consignment);
static void send_text(struct readdress *readdress);

static void on_mail(void *user, const struct reply *reply)
{
    struct consignment *consignment = user;
    if (!reply_is_positive(reply))
        finish(consignment->readdress, reply_class(reply) == 4 ? reply : &refused_sender);
}

/* That somebody is refused for good is no answer for the client, who named others: it would be told
 * that its own recipients are wrong. */
static void on_refused(struct consignment *consignment, const struct recipient *recipient,
                       const struct reply *reply)
{
    bool is_clients = recipient->origin == RECIPIENT_KEPT;
    if (!is_clients)
        log_refusal(consignment->readdress->transaction, recipient->address, reply);
    if (reply_class(reply) == 4)
        finish(consignment->readdress, reply);
    else
        finish(consignment->readdress, is_clients ? &refused_taken : &refused_added);
}

static void on_rcpt(void *user, size_t index, const struct reply *reply)
{
    struct consignment *consignment = user;
    struct readdress *readdress = consignment->readdress;
    if (readdress->over)
        return;
    if (!reply_is_positive(reply)) {
        on_refused(consignment, consignment->members[index], reply);
        return;
    }
    if (--consignment->open > 0)
        return;
    if (++readdress->at < readdress->count) {
        open_envelope(&readdress->items[readdress->at]);
    } else {
        readdress->at = 0;
        send_text(readdress);
    }
}

/* What is said of a text for good is said of the message where all of it goes to others; of a copy
 * it is no answer for the client, as in on_refused(). */
static void on_text_refused(struct consignment *consignment, const struct reply *reply)
{
    struct readdress *readdress = consignment->readdress;
    bool is_copy = !consignment->has_clients && has_client_recipients(readdress);
    for (size_t i = 0; is_copy && i < consignment->count; i++)
        log_refusal(readdress->transaction, consignment->members[i]->address, reply);
    finish(readdress, is_copy && reply_class(reply) == 5 ? &refused_added : reply);
}

static void on_final(void *user, const struct reply *reply)
{
    struct consignment *consignment = user;
    struct readdress *readdress = consignment->readdress;
    if (!reply_is_positive(reply)) {
        on_text_refused(consignment, reply);
        return;
    }
    readdress->sent++;
    if (readdress->sent == readdress->count) {
        finish(readdress, reply);
    } else {
        readdress->at++;
        send_text(readdress);
    }
}

static void on_idle(void *user)
{
    struct consignment *consignment = user;
    (void)transaction_let_go(consignment->readdress->transaction);
}

static const struct delivery_events consignment_events = {
    .on_mail = on_mail, .on_rcpt = on_rcpt, .on_final = on_final, .on_idle = on_idle};

static const char *where(const struct hop *hop)
{
    return hop->kind == HOP_MAILDIR ? hop->path : hop->text;
}

/* Routes of several domains to the same next hops are one way: a message must not wait for a second
 * connection to where it holds one. */
static bool is_same_way(const struct route *a, const struct route *b)
{
    bool same = a->hop_count == b->hop_count;
    for (size_t i = 0; same && a != b && i < a->hop_count; i++)
        same = strcmp(where(&a->hops[i]), where(&b->hops[i])) == 0;
    return same;
}

/* The delivery that has the client's envelope begins anew; for another route there is a new one. */
static void begin_delivery(struct consignment *consignment)
{
    struct transaction *transaction = consignment->readdress->transaction;
    bool is_there = transaction->delivery && is_same_way(transaction->route, consignment->route);
    struct delivery *delivery = is_there
                                    ? transaction->delivery
                                    : transaction_new_delivery(transaction, consignment->route);
    if (is_there)
        transaction->delivery = NULL;
    consignment->delivery = delivery;
    delivery->events = &consignment_events;
    delivery->user = consignment;
    delivery->params.smtputf8 |= consignment->needs_utf8;
    delivery->needs_utf8 = consignment->needs_utf8;
    if (is_there)
        delivery->ops->again(delivery);
}

/* Whether the client wants to hear of none of its recipients. */
static bool wants_no_reports(const struct transaction *transaction)
{
    bool none = true;
    for (size_t i = 0; i < transaction->envelope.recipient_count; i++)
        none &= span_is_nocase(transaction->recipient_params[i].notify, "NEVER");
    return none;
}

/* What the client asked for its recipients holds for them. Who gets a copy must not be told to the
 * sender by a report (RFC 3461 section 4.1); where the mail was redirected, that it came to nothing
 * must be, unless the client wants no report of anybody. */
static const struct rcpt_params *params_of(const struct transaction *transaction,
                                           const struct recipient *recipient)
{
    static const struct rcpt_params none = {SPAN_INIT(""), SPAN_INIT("")},
                                    never = {SPAN_INIT("NEVER"), SPAN_INIT("")};
    if (recipient->origin == RECIPIENT_KEPT)
        return &transaction->recipient_params[recipient->asked];
    return recipient->origin == RECIPIENT_BCC || wants_no_reports(transaction) ? &never : &none;
}

static void open_envelope(struct consignment *consignment)
{
    const struct readdress *readdress = consignment->readdress;
    begin_delivery(consignment);
    consignment->open = consignment->count;
    consignment->delivery->ops->mail(consignment->delivery);
    for (size_t i = 0; i < consignment->count && !readdress->over; i++)
        consignment->delivery->ops->rcpt(
            consignment->delivery, consignment->members[i]->address,
            params_of(readdress->transaction, consignment->members[i]));
}

static void send_text(struct readdress *readdress)
{
    struct delivery *delivery = readdress->items[readdress->at].delivery;
    delivery->ops->message(delivery, &readdress->outgoing);
}

/* --- sorting --- */

/* Whom the client names goes where the client's mail goes, be it by the host of its TLS handshake;
 * whom a rule names goes by his domain. */
static const struct route *route_for(const struct transaction *transaction,
                                     const struct recipient *recipient)
{
    return recipient->origin == RECIPIENT_KEPT
               ? transaction->route
               : service_route(transaction->tunnel->service, recipient->address);
}

static struct consignment *consignment_for(struct readdress *readdress, const struct route *route)
{
    for (size_t i = 0; i < readdress->count; i++) {
        if (is_same_way(readdress->items[i].route, route))
            return &readdress->items[i];
    }
    struct consignment *fresh = &readdress->items[readdress->count++];
    *fresh = (struct consignment){.readdress = readdress, .route = route};
    return fresh;
}

static void add_member(struct consignment *consignment, const struct recipient *recipient,
                       struct arena *arena)
{
    consignment->members = arena_grow(arena, consignment->members, consignment->count,
                                      &consignment->cap, sizeof(const struct recipient *));
    consignment->members[consignment->count++] = recipient;
    consignment->has_clients |= recipient->origin == RECIPIENT_KEPT;
    consignment->needs_utf8 |= !span_is_ascii(recipient->address);
}

/* False: somebody has no route. */
static bool sort(struct readdress *readdress)
{
    struct transaction *transaction = readdress->transaction;
    const struct outcome *outcome = &transaction->outcome;
    for (size_t i = 0; i < outcome->recipient_count; i++) {
        const struct recipient *recipient = &outcome->recipients[i];
        const struct route *route = route_for(transaction, recipient);
        if (!route) {
            static const struct reply no_route = REPLY(550, "5.1.2", "No route");
            log_refusal(transaction, recipient->address, &no_route);
            return false;
        }
        add_member(consignment_for(readdress, route), recipient, transaction->arena);
    }
    return true;
}

/* All recipients of the client are of one route, the transaction's. */
static void put_clients_last(struct readdress *readdress)
{
    for (size_t i = 0; i + 1 < readdress->count; i++) {
        if (!readdress->items[i].has_clients)
            continue;
        struct consignment own = readdress->items[i];
        readdress->items[i] = readdress->items[i + 1];
        readdress->items[i + 1] = own;
    }
}

static bool uses_route(const struct readdress *readdress, const struct route *route)
{
    for (size_t i = 0; i < readdress->count; i++) {
        if (is_same_way(readdress->items[i].route, route))
            return true;
    }
    return false;
}

void transaction_readdress(struct transaction *transaction, const struct outgoing *outgoing)
{
    struct readdress *readdress = ARENA_NEW(transaction->arena, struct readdress);
    readdress->transaction = transaction;
    readdress->outgoing = *outgoing;
    readdress->items = ARENA_ARRAY(transaction->arena, transaction->tunnel->service->route_count,
                                   struct consignment);
    transaction->readdress = readdress;
    if (!sort(readdress)) {
        finish(readdress, &refused_added);
        return;
    }
    assert(readdress->count > 0 && "a message for nobody is discarded");
    put_clients_last(readdress);
    if (!uses_route(readdress, transaction->route))
        transaction_drop_delivery(transaction);
    open_envelope(&readdress->items[0]);
}

void transaction_drop_readdress(struct transaction *transaction)
{
    struct readdress *readdress = transaction->readdress;
    for (size_t i = 0; readdress && i < readdress->count; i++) {
        struct delivery *delivery = readdress->items[i].delivery;
        readdress->over = true;
        readdress->items[i].delivery = NULL;
        if (delivery && !delivery->ops->end(delivery))
            transaction->users++;
    }
}

const char *transaction_hop(const struct transaction *transaction)
{
    const struct readdress *readdress = transaction->readdress;
    struct delivery *delivery = transaction->delivery;
    if (readdress && readdress->at < readdress->count)
        delivery = readdress->items[readdress->at].delivery;
    return delivery ? delivery->ops->hop(delivery) : "";
}
