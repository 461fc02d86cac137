/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/client/offer.h"

#include "engine/base/mem.h"
#include "tunnels/delivery/reflect.h"
#include "tunnels/upstream/upstream.h"

#include <stdlib.h>

/* EHLO is answered after this with what is known by then. Longer than the 6 s for which Postfix's
 * postscreen holds back its greeting. */
#define WAIT_MS 8000u

/* One route of which nothing is known yet. */
struct lesson {
    struct learner *learner;
    const struct route *route;
    size_t hop;
    struct upstream *upstream; /* NULL: done */
};

/* One asking around, for all who wait meanwhile. */
struct learner {
    struct mortal mortal;
    struct list link; /* in place->learners */
    struct tunnel_place *place;
    const struct tunnel *tunnel; /* a reference on its policy is held: routes are part of it */
    char *client_address;        /* routes may reflect */
    struct list waiters;
    struct timer timer;
    size_t running;
    size_t count;
    struct lesson lessons[];
};

static struct peer *peer_of(struct tunnel_place *place, const struct tunnel *tunnel,
                            const struct hop *hop, const char *client_address)
{
    return pool_peer(place->loop->pool, hop, client_address, &tunnel->service->upstream,
                     &tunnel->conn);
}

/* What a client can do without is offered where all next hops that are known have it. */
static void narrow(struct capabilities *offer, const struct peer *of)
{
    const struct capabilities *peer = &of->capabilities;
    offer->binarymime &=
        peer->binarymime && peer->eightbitmime && peer->chunking && peer_takes_chunks(of);
    offer->eightbitmime &= peer->eightbitmime;
    offer->dsn &= peer->dsn;
    offer->mt_priority &= peer->mt_priority;
    unsigned rcpt_max = peer->limits.rcpt_max;
    if (rcpt_max > 0 && (offer->limits.rcpt_max == 0 || rcpt_max < offer->limits.rcpt_max))
        offer->limits.rcpt_max = rcpt_max;
}

/* What a client would have to bounce mail for is offered where any next hop has it, or where that
 * is not known: which of them gets a mail is decided with the recipient, and told there. */
struct widest {
    bool smtputf8, requiretls;
    bool has_size;
    uint64_t size; /* 0: no limit */
};

static void widen(struct widest *widest, bool smtputf8, bool requiretls, uint64_t size)
{
    widest->smtputf8 |= smtputf8;
    widest->requiretls |= requiretls;
    if (!widest->has_size || size == 0 || (widest->size > 0 && size > widest->size))
        widest->size = size;
    widest->has_size = true;
}

static void widen_by_peer(struct widest *widest, const struct capabilities *peer)
{
    widen(widest, peer->smtputf8, peer->requiretls, peer->size ? peer->size_limit : 0);
}

/* Returns whether anything is known of the route. */
static bool add_route(struct tunnel_place *place, const struct route *route,
                      const char *client_address, struct capabilities *offer, struct widest *widest)
{
    bool any = false;
    for (size_t h = 0; h < route->hop_count; h++) {
        const struct hop *hop = &route->hops[h];
        if (hop->kind == HOP_MAILDIR) {
            any = true;
            offer->binarymime = false; /* its readers want lines */
            offer->dsn = offer->mt_priority = false;
            widen(widest, true, false, 0);
            continue;
        }
        const struct peer *peer = peer_of(place, place->tunnel, hop, client_address);
        if (!peer->is_known)
            continue;
        any = true;
        narrow(offer, peer);
        widen_by_peer(widest, &peer->capabilities);
    }
    if (!any)
        widen(widest, true, true, 0);
    return any;
}

void offer_get(struct tunnel_place *place, const char *client_address, struct capabilities *out)
{
    const struct tunnel *tunnel = place->tunnel;
    const struct service *service = tunnel->service;
    struct widest widest = {0};
    bool any = false;
    *out = (struct capabilities){.pipelining = true,
                                 .chunking = true,
                                 .binarymime = true,
                                 .enhancedstatuscodes = true,
                                 .eightbitmime = true,
                                 .dsn = true,
                                 .mt_priority = true,
                                 .size = true,
                                 .size_limit = tunnel->max_message_size};
    for (size_t r = 0; r < service->route_count; r++)
        any |= add_route(place, &service->routes[r], client_address, out, &widest);
    out->eightbitmime &= any;
    out->eightbitmime |= !service->upstream.no_downgrade; /* what has to be encoded will be */
    out->smtputf8 = widest.smtputf8;
    out->requiretls = widest.requiretls;
    out->dsn &= any;
    out->mt_priority &= any;
    out->binarymime &= any && out->eightbitmime; /* whose parameter BODY is */
    /* Where no next hop names a limit, 452 at our own is enough (RFC 9422 section 4.2). */
    if (out->limits.rcpt_max > tunnel->max_recipients)
        out->limits.rcpt_max = tunnel->max_recipients;
    if (widest.size > 0 && (out->size_limit == 0 || widest.size < out->size_limit))
        out->size_limit = widest.size;
}

/* Nothing is known of the route, and somebody may be there to ask. */
static bool is_worth_asking(struct tunnel_place *place, const struct route *route,
                            const char *client_address)
{
    bool worth = false;
    for (size_t h = 0; h < route->hop_count; h++) {
        if (route->hops[h].kind == HOP_MAILDIR)
            return false;
        if (hop_is_ourselves(place->loop, place->tunnel, &route->hops[h], client_address))
            continue;
        const struct peer *peer = peer_of(place, place->tunnel, &route->hops[h], client_address);
        if (peer->is_known)
            return false;
        worth |= !peer_is_resting(peer);
    }
    return worth;
}

static void learner_free(struct mortal *mortal)
{
    struct learner *learner = CONTAINER_OF(mortal, struct learner, mortal);
    struct tunnel_place *place = learner->place;
    counted_unref(learner->tunnel->policy);
    free(learner->client_address);
    free(learner);
    place_release(place);
}

static void finish(struct learner *learner)
{
    timer_stop(&learner->timer);
    list_remove(&learner->link);
    for (size_t i = 0; i < learner->count; i++)
        upstream_release(&learner->lessons[i].upstream, RELEASE_KEEP);
    while (!list_is_empty(&learner->waiters)) {
        struct offer_waiter *first = LIST_FIRST(&learner->waiters, struct offer_waiter, link);
        list_remove(&first->link);
        first->on_known(first);
    }
    reaper_take(&learner->place->loop->reaper, &learner->mortal, learner_free);
}

static void on_timer(void *arg)
{
    finish(arg);
}

static void lesson_done(struct lesson *lesson)
{
    if (--lesson->learner->running == 0)
        finish(lesson->learner);
}

static void ask_next(struct lesson *lesson);

static void on_ready(void *user)
{
    struct lesson *lesson = user;
    upstream_release(&lesson->upstream, RELEASE_KEEP);
    lesson_done(lesson);
}

static void on_reply(void *user, const struct reply *reply)
{
    (void)user;
    (void)reply; /* nothing was asked */
}

static void on_lost(void *user, const char *reason, bool was_ready)
{
    struct lesson *lesson = user;
    (void)reason;
    (void)was_ready;
    lesson->upstream = NULL;
    lesson->hop++;
    ask_next(lesson);
}

static const struct upstream_events upstream_events = {
    .on_ready = on_ready, .on_reply = on_reply, .on_lost = on_lost};

static void ask_next(struct lesson *lesson)
{
    struct learner *learner = lesson->learner;
    for (; lesson->hop < lesson->route->hop_count; lesson->hop++) {
        const struct hop *hop = &lesson->route->hops[lesson->hop];
        if (hop_is_ourselves(learner->place->loop, learner->tunnel, hop, learner->client_address))
            continue;
        struct peer *peer = peer_of(learner->place, learner->tunnel, hop, learner->client_address);
        if (peer_is_resting(peer))
            continue;
        lesson->upstream = upstream_take(peer, false, NULL, &upstream_events, lesson);
        return;
    }
    lesson_done(lesson);
}

static struct learner *learner_new(struct tunnel_place *place, const char *client_address)
{
    const struct service *service = place->tunnel->service;
    struct learner *learner =
        mem_alloc(sizeof *learner + service->route_count * sizeof learner->lessons[0]);
    learner->place = place;
    place->holders++;
    learner->tunnel = place->tunnel;
    counted_ref(learner->tunnel->policy);
    learner->client_address = mem_copy(client_address, strlen(client_address));
    list_init(&learner->waiters);
    list_init(&learner->link);
    list_append(&place->learners, &learner->link);
    timer_init(&learner->timer, place->loop->loop, on_timer, learner);
    timer_start(&learner->timer, WAIT_MS);
    for (size_t r = 0; r < service->route_count; r++) {
        if (is_worth_asking(place, &service->routes[r], client_address))
            learner->lessons[learner->count++] =
                (struct lesson){.learner = learner, .route = &service->routes[r]};
    }
    learner->running = learner->count;
    for (size_t i = 0; i < learner->count; i++)
        ask_next(&learner->lessons[i]);
    return learner;
}

static bool service_reflects(const struct service *service)
{
    for (size_t r = 0; r < service->route_count; r++) {
        for (size_t h = 0; h < service->routes[r].hop_count; h++) {
            if (service->routes[r].hops[h].kind == HOP_REFLECT)
                return true;
        }
    }
    return false;
}

/* One that is asking already, for the same client where that matters. */
static struct learner *find(struct tunnel_place *place, const char *client_address)
{
    bool reflects = service_reflects(place->tunnel->service);
    list_for_each_safe (it, after, &place->learners) {
        struct learner *learner = CONTAINER_OF(it, struct learner, link);
        if (!reflects || strcmp(learner->client_address, client_address) == 0)
            return learner;
    }
    return NULL;
}

static bool knows_enough(struct tunnel_place *place, const char *client_address)
{
    const struct service *service = place->tunnel->service;
    for (size_t r = 0; r < service->route_count; r++) {
        if (is_worth_asking(place, &service->routes[r], client_address))
            return false;
    }
    return true;
}

bool offer_wait(struct tunnel_place *place, const char *client_address, struct offer_waiter *waiter)
{
    if (knows_enough(place, client_address))
        return false;
    struct learner *learner = find(place, client_address);
    if (!learner)
        learner = learner_new(place, client_address);
    list_init(&waiter->link);
    list_append(&learner->waiters, &waiter->link);
    return true;
}

void offer_stop(struct tunnel_place *place)
{
    while (!list_is_empty(&place->learners))
        finish(LIST_FIRST(&place->learners, struct learner, link));
}
