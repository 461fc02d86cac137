/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/client/login.h"
#include "tunnels/mail/transaction_link.h"

#include <assert.h>

/*
 * envelope: MAIL and RCPT of a transaction. Where one route alone can apply, be it by the host that
 * the client named in its TLS handshake, MAIL goes to the
 * upstream at once. Where the recipient's domain chooses, it is answered here and asked with the
 * first recipient; a recipient that needs another route than one already taken gets 452, so that
 * the client sends it in a transaction of its own (decision 0004).
 */

static const struct reply sender_ok = REPLY(250, "2.1.0", "Sender ok");
static const struct reply too_many = REPLY(452, "4.5.3", "Too many recipients");
static const struct reply other_route =
    REPLY(452, "4.5.3", "Send this recipient in a transaction of its own");
static const struct reply no_route = REPLY(550, "5.1.2", "No route for this recipient's domain");
static const struct reply no_mail = REPLY(503, "5.5.1", "The sender was refused");
static const struct reply no_mail_now = REPLY(451, "4.5.1", "The sender was refused for now");
static const struct reply need_rcpt = REPLY(503, "5.5.1", "RCPT first");
static const struct reply need_bdat = REPLY(503, "5.5.1", "BODY=BINARYMIME needs BDAT");
static const struct reply none_taken = REPLY(554, "5.5.1", "No valid recipients");

/* Refused recipients cost memory, too. */
#define ASKED_PER_TAKEN 4u

static void answer(struct transaction *transaction, struct reply_slot *slot,
                   const struct reply *reply)
{
    transaction->events->on_answer(transaction->user, slot, reply);
}

static void answer_rcpt(struct transaction *transaction, struct reply_slot *slot,
                        const struct reply *reply)
{
    metric_add(transaction->counts->recipients[reply_class(reply) % REPLY_CLASSES], 1);
    answer(transaction, slot, reply);
}

void transaction_drop_delivery(struct transaction *transaction)
{
    if (transaction->delivery && !transaction->delivery->ops->end(transaction->delivery))
        transaction->users++;
    transaction->delivery = NULL;
    transaction->route = NULL;
}

/* Another route's hop does not know the account. */
static struct login *login_for(const struct transaction *transaction, const struct route *route)
{
    bool serves = transaction->login && login_serves(transaction->login, route);
    return serves ? transaction->login : NULL;
}

struct delivery *transaction_new_delivery(struct transaction *transaction,
                                          const struct route *route)
{
    struct delivery_place place = {.loop = transaction->loop,
                                   .tunnel = transaction->tunnel,
                                   .route = route,
                                   .client_address = transaction->client_address,
                                   .client_helo = transaction->envelope.client_helo,
                                   .user = transaction->envelope.user,
                                   .server = transaction->server,
                                   .client_port = transaction->client_port,
                                   .client_extended = transaction->is_extended,
                                   .login = login_for(transaction, route),
                                   .arena = transaction->arena};
    bool is_maildir = route->hop_count > 0 && route->hops[0].kind == HOP_MAILDIR;
    struct delivery *delivery = is_maildir ? maildir_new(&place) : relay_new(&place);
    delivery->sender = transaction->envelope.sender;
    delivery->params = transaction->params;
    return delivery;
}

static void start_delivery(struct transaction *transaction, const struct route *route)
{
    struct delivery *delivery = transaction_new_delivery(transaction, route);
    delivery->events = &transaction_delivery_events;
    delivery->user = transaction;
    transaction->route = route;
    transaction->delivery = delivery;
    delivery->ops->mail(delivery);
}

/* Texts of the command live no longer than that. */
static struct mail_params keep_mail_params(struct transaction *transaction,
                                           const struct mail_params *params)
{
    struct mail_params kept = *params;
    kept.ret = arena_copy(transaction->arena, params->ret);
    kept.envid = arena_copy(transaction->arena, params->envid);
    kept.auth = arena_copy(transaction->arena, params->auth);
    return kept;
}

void transaction_mail(struct transaction *transaction, const struct address *sender,
                      const struct mail_params *params, struct reply_slot *slot)
{
    const struct service *service = transaction->tunnel->service;
    const struct route *route = transaction->client_route;
    if (!route && service->route_count == 1)
        route = &service->routes[0];
    transaction->params = keep_mail_params(transaction, params);
    transaction->envelope.sender = arena_copy(transaction->arena, sender->text);
    transaction->envelope.smtputf8 = params->smtputf8;
    transaction->envelope.body_8bit = params->body == MAIL_BODY_8BITMIME;
    transaction->envelope.body_binary = params->body == MAIL_BODY_BINARYMIME;
    if (route) {
        transaction->mail_slot = slot;
        start_delivery(transaction, route);
    } else {
        answer(transaction, slot, &sender_ok);
    }
}

bool transaction_is_smtputf8(const struct transaction *transaction)
{
    return transaction->params.smtputf8;
}

/* All that is asked and open gets the same answer. */
static void answer_open(struct transaction *transaction, const struct reply *reply)
{
    for (size_t i = 0; i < transaction->asked_count && transaction->open > 0; i++) {
        struct reply_slot *slot = transaction->asked[i].slot;
        if (!slot)
            continue;
        transaction->asked[i].slot = NULL;
        transaction->open--;
        answer_rcpt(transaction, slot, reply);
    }
}

/* What an upstream without enhanced codes grants gets the one of its command (RFC 3463 section
 * 3.2), as RFC 2034 has it in its example. Why it refuses something only it knows. */
static struct reply granted(const struct reply *reply, const char *enhanced)
{
    struct reply out = *reply;
    if (reply_is_positive(reply) && reply->enhanced.len == 0)
        out.enhanced = span_str(enhanced);
    return out;
}

static void on_mail(void *user, const struct reply *reply)
{
    struct transaction *transaction = user;
    bool good = reply_is_positive(reply);
    if (transaction->mail_slot) {
        struct reply_slot *slot = transaction->mail_slot;
        struct reply said = granted(reply, "2.1.0");
        transaction->mail_slot = NULL;
        answer(transaction, slot, &said);
        if (!good) {
            answer_open(transaction, reply_class(reply) == 4 ? &no_mail_now : &no_mail);
            transaction->events->on_refused(transaction->user);
        }
    } else if (!good) {
        /* The client was told that the sender is fine: what its upstream says, the recipients
         * that would have gone there hear. */
        transaction_drop_delivery(transaction);
        answer_open(transaction, reply);
    }
}

static void take(struct transaction *transaction, const struct asked *asked)
{
    struct envelope *envelope = &transaction->envelope;
    transaction->recipient_params =
        arena_grow(transaction->arena, transaction->recipient_params, envelope->recipient_count,
                   &transaction->recipient_params_cap, sizeof *transaction->recipient_params);
    transaction->recipient_params[envelope->recipient_count] = asked->params;
    envelope->recipients =
        arena_grow(transaction->arena, envelope->recipients, envelope->recipient_count,
                   &transaction->recipients_cap, sizeof *envelope->recipients);
    envelope->recipients[envelope->recipient_count++] = asked->address;
}

static void on_rcpt(void *user, size_t index, const struct reply *reply)
{
    struct transaction *transaction = user;
    assert(transaction->delivery_base + index < transaction->asked_count);
    struct asked *asked = &transaction->asked[transaction->delivery_base + index];
    struct reply_slot *slot = asked->slot;
    assert(slot && "a recipient is answered once");
    asked->slot = NULL;
    transaction->open--;
    if (reply_is_positive(reply))
        take(transaction, asked);
    struct reply said = granted(reply, "2.1.5");
    answer_rcpt(transaction, slot, &said);
}

/* Whether `route` can be that of this transaction. */
static bool can_go(struct transaction *transaction, const struct route *route)
{
    if (!transaction->delivery || transaction->route == route)
        return true;
    if (transaction->open > 0 || transaction->envelope.recipient_count > 0)
        return false;
    /* All that went there was refused: it binds nobody. */
    transaction_drop_delivery(transaction);
    return true;
}

static const struct reply *check_rcpt(struct transaction *transaction, const struct route *route)
{
    size_t max = transaction->tunnel->max_recipients;
    if (!route)
        return &no_route;
    if (max > 0 && (transaction->envelope.recipient_count + transaction->open >= max ||
                    transaction->asked_count / ASKED_PER_TAKEN >= max))
        return &too_many;
    return can_go(transaction, route) ? NULL : &other_route;
}

static void add_asked(struct transaction *transaction, struct span address,
                      const struct rcpt_params *params, struct reply_slot *slot)
{
    struct arena *arena = transaction->arena;
    transaction->asked =
        arena_grow(transaction->arena, transaction->asked, transaction->asked_count,
                   &transaction->asked_cap, sizeof *transaction->asked);
    transaction->asked[transaction->asked_count++] = (struct asked){
        .address = arena_copy(arena, address),
        .params = {arena_copy(arena, params->notify), arena_copy(arena, params->orcpt)},
        .slot = slot};
    transaction->open++;
}

void transaction_rcpt(struct transaction *transaction, const struct address *recipient,
                      const struct rcpt_params *params, struct reply_slot *slot)
{
    const struct route *route = transaction->client_route
                                    ? transaction->client_route
                                    : service_route(transaction->tunnel->service, recipient->text);
    const struct reply *refusal = check_rcpt(transaction, route);
    if (refusal == &too_many)
        counts_limit(transaction->counts, "max_recipients");
    if (refusal) {
        answer_rcpt(transaction, slot, refusal);
        return;
    }
    size_t at = transaction->asked_count;
    add_asked(transaction, recipient->text, params, slot);
    if (!transaction->delivery) {
        transaction->delivery_base = at;
        start_delivery(transaction, route);
    }
    /* Where MAIL was refused on the spot, so was this. */
    struct delivery *delivery = transaction->delivery;
    if (delivery)
        delivery->ops->rcpt(delivery, transaction->asked[at].address,
                            &transaction->asked[at].params);
}

static const struct reply *check_recipients(const struct transaction *transaction)
{
    assert(transaction->open == 0 && !transaction->mail_slot);
    if (transaction->asked_count == 0)
        return &need_rcpt;
    return transaction->envelope.recipient_count == 0 ? &none_taken : NULL;
}

static void begin_reception(struct transaction *transaction)
{
    transaction->began_ms = loop_now_ms(transaction->loop->loop);
    transaction_enter(transaction, TRANSACTION_RECEPTION);
}

const struct reply *transaction_data(struct transaction *transaction)
{
    const struct reply *refusal = check_recipients(transaction);
    if (!refusal && transaction->params.body == MAIL_BODY_BINARYMIME)
        refusal = &need_bdat; /* RFC 3030 section 3: CRLF "." CRLF may stand anywhere in it */
    if (refusal)
        return refusal;
    receiver_init(&transaction->receiver, transaction->tunnel);
    begin_reception(transaction);
    return NULL;
}

const struct reply *transaction_chunks(struct transaction *transaction)
{
    const struct reply *refusal = check_recipients(transaction);
    if (refusal)
        return refusal;
    receiver_init_chunks(&transaction->receiver, transaction->tunnel,
                         transaction->params.body == MAIL_BODY_BINARYMIME);
    begin_reception(transaction);
    return NULL;
}

static void on_final(void *user, const struct reply *reply)
{
    transaction_finish(user, reply, false);
}

static void on_idle(void *user)
{
    (void)transaction_let_go(user);
}

const struct delivery_events transaction_delivery_events = {
    .on_mail = on_mail, .on_rcpt = on_rcpt, .on_final = on_final, .on_idle = on_idle};
