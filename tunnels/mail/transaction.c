/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/mail/transaction.h"

#include "engine/base/log.h"
#include "engine/message/render.h"
#include "tunnels/descriptors.h"
#include "tunnels/mail/received.h"
#include "tunnels/mail/transaction_link.h"

#include <assert.h>
#include <stdio.h>

static const struct reply discarded = REPLY(250, "2.0.0", "Ok");
static const struct reply no_hold =
    REPLY(451, "4.7.1", "The message is to be held, which is not possible here");

static const char *state_name(enum transaction_state state)
{
    static const char *const names[] = {"envelope", "reception", "inspection", "delivery", "over"};
    return names[state];
}

void transaction_enter(struct transaction *transaction, enum transaction_state state)
{
    log_event(LOG_DEBUG, "transaction.state", LOG_NUM("s", transaction->session),
              LOG_NUM("t", transaction->number), LOG_STR("from", state_name(transaction->state)),
              LOG_STR("to", state_name(state)));
    transaction->state = state;
}

static const char *copy(struct transaction *transaction, const char *text)
{
    return arena_str(transaction->arena, span_str(text));
}

/* What is known of who sends it: texts of the connection live no longer than that. */
static void take_client(struct transaction *transaction, const struct transaction_client *client)
{
    struct envelope *envelope = &transaction->envelope;
    transaction->session = client->session;
    transaction->number = client->number;
    transaction->client_address = copy(transaction, client->address);
    transaction->is_extended = client->is_extended;
    transaction->tls_version = copy(transaction, client->tls.version);
    transaction->tls_suite = copy(transaction, client->tls.suite);
    envelope->client_address = span_str(transaction->client_address);
    envelope->client_helo = arena_copy(transaction->arena, client->helo);
    envelope->tls = client->is_secure;
    envelope->user = span_str(copy(transaction, client->user));
    transaction->login = client->login;
    transaction->client_port = client->port;
    (void)snprintf(transaction->server.address, sizeof transaction->server.address, "%s",
                   client->server_address);
    transaction->server.port = client->server_port;
    if (client->tls.verified) {
        envelope->certificate_subject =
            span_str(copy(transaction, client->tls.certificate_subject));
        envelope->certificate_san = span_str(copy(transaction, client->tls.certificate_san));
    }
}

struct transaction *transaction_new(struct tunnel_place *place,
                                    const struct transaction_client *client,
                                    const struct transaction_events *events, void *user)
{
    struct arena *arena = arena_new();
    struct transaction *transaction = ARENA_NEW(arena, struct transaction);
    transaction->arena = arena;
    transaction->loop = place->loop;
    transaction->tunnel = place->tunnel;
    transaction->counts = counts_ref(place->counts);
    transaction->events = events;
    transaction->user = user;
    take_client(transaction, client);
    transaction->client_route =
        service_route_of_client(transaction->tunnel->service, span_str(client->tls.server_name));
    counted_ref(transaction->tunnel->policy);
    transaction->loop->transactions++;
    descriptors_take(DESCRIPTORS_MAIL);
    return transaction;
}

static void transaction_free(struct mortal *mortal)
{
    struct transaction *transaction = CONTAINER_OF(mortal, struct transaction, mortal);
    struct tunnel_loop *loop = transaction->loop;
    struct counted *policy = transaction->tunnel->policy;
    struct arena *arena = transaction->arena;
    receiver_fini(&transaction->receiver);
    counts_unref(&transaction->counts);
    arena_free(&arena);
    counted_unref(policy);
    loop->transactions--;
    descriptors_give(DESCRIPTORS_MAIL);
    tunnel_loop_check(loop);
}

static void bury(struct transaction *transaction)
{
    if (transaction->ended && transaction->users == 0)
        reaper_take(&transaction->loop->reaper, &transaction->mortal, transaction_free);
}

bool transaction_let_go(struct transaction *transaction)
{
    assert(transaction->users > 0);
    transaction->users--;
    bury(transaction);
    return transaction->ended;
}

static void transaction_abandoned(const struct transaction *transaction)
{
    log_event(LOG_INFO, "message.abandoned", LOG_NUM("s", transaction->session),
              LOG_NUM("t", transaction->number), LOG_SPAN("tunnel", transaction->tunnel->name),
              LOG_STR("state", state_name(transaction->state)));
    metric_add(metric_by3(METRIC_MESSAGES, transaction->counts->tunnel, SPAN("abandoned"),
                          counts_class(0)),
               1);
}

void transaction_end(struct transaction **slot)
{
    struct transaction *transaction = *slot;
    if (!transaction)
        return;
    *slot = NULL;
    assert(!transaction->ended);
    if (transaction->state > TRANSACTION_ENVELOPE && transaction->state < TRANSACTION_OVER)
        transaction_abandoned(transaction);
    transaction_enter(transaction, TRANSACTION_OVER);
    transaction->ended = true;
    transaction->events = NULL;
    transaction_give_up(transaction);
    transaction_drop_delivery(transaction);
    transaction_drop_readdress(transaction);
    bury(transaction);
}

char *transaction_reserve(struct transaction *transaction, size_t *room_out)
{
    return receiver_reserve(&transaction->receiver, room_out);
}

enum parse_result transaction_take(struct transaction *transaction, char *bytes, size_t len,
                                   size_t *consumed_out)
{
    assert(transaction->state == TRANSACTION_RECEPTION);
    return receiver_take(&transaction->receiver, bytes, len, consumed_out);
}

void transaction_expect(struct transaction *transaction, uint64_t size)
{
    receiver_expect(&transaction->receiver, size);
}

bool transaction_is_spoilt(const struct transaction *transaction)
{
    return receiver_verdict(&transaction->receiver) != NULL;
}

bool transaction_end_is_doubtful(const struct transaction *transaction)
{
    return receiver_end_is_doubtful(&transaction->receiver);
}

void transaction_finish_reception(struct transaction *transaction)
{
    if (transaction->receiver.decoder.chunks)
        receiver_end_chunks(&transaction->receiver);
    const struct reply *trouble = receiver_verdict(&transaction->receiver);
    if (!trouble)
        trouble = receiver_hidden_end(&transaction->receiver);
    const char *limit = receiver_limit(&transaction->receiver);
    if (!trouble) {
        trouble = received_refusal(transaction->tunnel, receiver_bytes(&transaction->receiver));
        limit = trouble ? "max_received" : limit;
    }
    if (limit)
        counts_limit(transaction->counts, limit);
    transaction->received_ms = loop_now_ms(transaction->loop->loop);
    transaction_enter(transaction, TRANSACTION_INSPECTION);
    if (trouble)
        transaction_finish(transaction, trouble, false);
    else
        transaction_evaluate(transaction);
}

static void deliver(struct transaction *transaction)
{
    const struct outcome *outcome = &transaction->outcome;
    struct outgoing outgoing = {.original = transaction->message.bytes,
                                .edits = outcome->edits,
                                .known = receiver_known(&transaction->receiver),
                                .narrow = transaction->narrow,
                                .user = outcome->user};
    transaction->sent_bytes = outgoing.edits
                                  ? edits_output_size(outgoing.edits, outgoing.original.len)
                                  : outgoing.original.len;
    transaction_enter(transaction, TRANSACTION_DELIVERY);
    if (outcome->readdressed)
        transaction_readdress(transaction, &outgoing);
    else
        transaction->delivery->ops->message(transaction->delivery, &outgoing);
}

/* What the rules answer. A code that would promise delivery cannot come from there. */
static void refuse(struct transaction *transaction, unsigned code, const char *enhanced)
{
    const struct outcome *outcome = &transaction->outcome;
    unsigned given = outcome->code > 0 ? (unsigned)outcome->code : code;
    bool fits = given >= 400 && given <= 599;
    struct reply reply = {.code = fits ? given : code,
                          .enhanced =
                              span_str(outcome->enhanced && fits ? outcome->enhanced : enhanced),
                          .text = outcome->text.len > 0 ? outcome->text : SPAN("Refused"),
                          .lines = 1};
    transaction_finish(transaction, &reply, outcome->close);
}

void transaction_evaluated(struct transaction *transaction)
{
    transaction->inspected_ms = loop_now_ms(transaction->loop->loop);
    transaction->inspected = true;
    transaction_log_rules(transaction);
    switch (transaction->outcome.verdict) {
    case VERDICT_DELIVER:
        deliver(transaction);
        break;
    case VERDICT_REJECT:
        refuse(transaction, 550, "5.7.1");
        break;
    case VERDICT_TEMPFAIL:
        refuse(transaction, 451, "4.7.1");
        break;
    case VERDICT_DISCARD:
        transaction_finish(transaction, &discarded, transaction->outcome.close);
        break;
    case VERDICT_HOLD:
        transaction_finish(transaction, &no_hold, false);
        break;
    }
}

void transaction_finish(struct transaction *transaction, const struct reply *reply, bool close)
{
    transaction_log(transaction, reply);
    transaction_enter(transaction, TRANSACTION_OVER);
    transaction->events->on_done(transaction->user, reply, close);
}
