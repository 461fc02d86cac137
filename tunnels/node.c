/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/node.h"

#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "tunnels/client/offer.h"
#include "tunnels/client/session.h"
#include "tunnels/client/session_link.h"
#include "tunnels/listener.h"
#include "tunnels/place.h"

#include <assert.h>
#include <stdlib.h>

/* In TALLY_MS: who only scans ports must not fill the log, and whose client has a reason of its own
 * wants to read it. */
#define TLS_FAILED_LINES 10u

struct tunnel_loop *tunnel_loop_new(struct loop *loop, struct workers *workers, unsigned number,
                                    struct upstream_shared *shared)
{
    struct tunnel_loop *tunnels = mem_alloc(sizeof *tunnels);
    tunnels->loop = loop;
    tunnels->workers = workers;
    tunnels->number = number;
    tunnels->inline_ms = INLINE_MS;
    reaper_init(&tunnels->reaper, loop);
    tunnels->pool = pool_new(loop, &tunnels->reaper, shared);
    list_init(&tunnels->places);
    return tunnels;
}

void tunnel_loop_free(struct tunnel_loop **slot)
{
    struct tunnel_loop *tunnels = *slot;
    if (!tunnels)
        return;
    *slot = NULL;
    tunnels->drained = NULL;
    reaper_fini(&tunnels->reaper);
    pool_free(&tunnels->pool);
    reaper_fini(&tunnels->reaper); /* the connections that were left */
    assert(list_is_empty(&tunnels->places) && tunnels->sessions == 0);
    assert(tunnels->transactions == 0);
    buf_fini(&tunnels->scratch);
    free(tunnels);
}

static void place_free(struct tunnel_place *place)
{
    struct tunnel_loop *tunnels = place->loop;
    list_remove(&place->link);
    tally_fini(&place->tls_failed); /* the last handshake may end after the place was closed */
    counted_unref(place->tunnel->policy);
    census_unref(&place->census);
    counts_unref(&place->counts);
    tls_context_unref(&place->tls);
    free(place);
    tunnel_loop_check(tunnels);
}

void place_release(struct tunnel_place *place)
{
    assert(place->holders > 0);
    if (--place->holders == 0 && place->closed)
        place_free(place);
    else
        tunnel_loop_check(place->loop);
}

static void on_pool_empty(void *arg)
{
    struct tunnel_loop *tunnels = arg;
    void (*drained)(void *arg) = tunnels->drained;
    tunnels->drained = NULL;
    if (drained)
        drained(tunnels->drained_arg);
}

void tunnel_loop_check(struct tunnel_loop *tunnels)
{
    if (tunnels->draining && list_is_empty(&tunnels->places) && tunnels->sessions == 0 &&
        tunnels->transactions == 0)
        pool_drain(tunnels->pool, on_pool_empty, tunnels);
}

bool tunnel_has_same_tls(const struct tunnel *a, const struct tunnel *b)
{
    if (!a->tls || !b->tls)
        return a->tls == b->tls;
    return memcmp(&a->tls->fingerprint, &b->tls->fingerprint, sizeof a->tls->fingerprint) == 0;
}

bool tunnel_tls_works(const struct tunnel *tunnel, struct error *err)
{
    if (!tunnel->tls)
        return true;
    struct tls_context *context = tls_context_server(tunnel->tls, NULL, err);
    bool works = context != NULL;
    tls_context_unref(&context);
    return works;
}

/* Sessions that have begun keep the context that they have. */
static void take_tls(struct tunnel_place *place, const struct tunnel *tunnel,
                     struct tls_tickets *tickets)
{
    struct error err = ERROR_INIT;
    tls_context_unref(&place->tls);
    if (!tunnel->tls)
        return;
    place->tls = tls_context_server(tunnel->tls, tickets, &err);
    if (!place->tls)
        log_event(LOG_ERROR, "tls.unusable", LOG_SPAN("tunnel", tunnel->name),
                  LOG_STR("reason", err.text));
}

static void init_tallies(struct tunnel_place *place)
{
    static const char *const whys[] = {"not allowed",
                                       "too many connections",
                                       "too many connections of one client",
                                       "too many connections of one client in a minute",
                                       "not one of proxy_protocol_clients",
                                       "no good PROXY header"};
    _Static_assert(ARRAY_LEN(whys) == REFUSED_COUNT, "each has its words");
    for (size_t i = 0; i < REFUSED_COUNT; i++) {
        tally_init(&place->refused[i], place->loop->loop, "session.refused");
        tally_name(&place->refused[i], &place->tunnel, whys[i]);
    }
    tally_init(&place->tls_failed, place->loop->loop, "tls.failed");
    tally_name(&place->tls_failed, &place->tunnel, NULL);
    tally_allow(&place->tls_failed, TLS_FAILED_LINES - 1);
}

struct tunnel_place *tunnel_loop_place(struct tunnel_loop *tunnels, const struct tunnel *tunnel,
                                       const struct tunnel_shared *shared)
{
    struct tunnel_place *place = mem_alloc(sizeof *place);
    place->loop = tunnels;
    place->tunnel = tunnel;
    place->port = tunnel->port;
    counted_ref(tunnel->policy);
    place->census = census_ref(shared->census);
    place->counts = counts_new(tunnel->name);
    take_tls(place, tunnel, shared->tickets);
    init_tallies(place);
    list_init(&place->sessions);
    list_init(&place->learners);
    list_init(&place->introductions);
    list_init(&place->link);
    list_append(&tunnels->places, &place->link);
    return place;
}

void tunnel_place_accept(struct tunnel_place *place, int fd)
{
    session_accept(place, fd);
}

static void on_client(void *arg, int fd)
{
    session_accept(arg, fd);
}

static void count_refused(struct tunnel_place *place)
{
    listener_count_refused(place->listener, metric_by2(METRIC_CONNECTIONS_REFUSED,
                                                       place->counts->tunnel, SPAN("descriptors")));
}

struct tunnel_place *tunnel_loop_open(struct tunnel_loop *tunnels, const struct tunnel *tunnel,
                                      const struct tunnel_shared *shared, uint16_t *port,
                                      struct error *err)
{
    struct tunnel_place *place = tunnel_loop_place(tunnels, tunnel, shared);
    uint16_t bound = *port ? *port : tunnel->port;
    place->listener = listener_open(tunnels->loop, tunnel->address, &bound, on_client, place, err);
    if (!place->listener) {
        place_free(place);
        return NULL;
    }
    count_refused(place);
    *port = bound;
    place->port = bound;
    return place;
}

struct tunnel_place *tunnel_loop_open_given(struct tunnel_loop *tunnels,
                                            const struct tunnel *tunnel,
                                            const struct tunnel_shared *shared, int fd,
                                            struct error *err)
{
    struct tunnel_place *place = tunnel_loop_place(tunnels, tunnel, shared);
    place->listener = listener_open_given(tunnels->loop, fd, on_client, place, err);
    if (!place->listener) {
        place_free(place);
        return NULL;
    }
    count_refused(place);
    return place;
}

void tunnel_place_replace(struct tunnel_place *place, const struct tunnel *tunnel,
                          struct tls_tickets *tickets)
{
    struct counted *old = place->tunnel->policy;
    if (!place->tls || !tunnel_has_same_tls(place->tunnel, tunnel))
        take_tls(place, tunnel, tickets);
    if (!span_equal(place->counts->tunnel, tunnel->name)) {
        counts_unref(&place->counts);
        place->counts = counts_new(tunnel->name);
        if (place->listener)
            count_refused(place);
    }
    counted_ref(tunnel->policy);
    place->tunnel = tunnel;
    counted_unref(old);
}

static void each_session(struct tunnel_place *place, void (*act)(struct session *session))
{
    list_for_each_safe (it, after, &place->sessions)
        act(CONTAINER_OF(it, struct session, link));
}

static void place_close(struct tunnel_place *place)
{
    if (place->closed)
        return;
    place->closed = true;
    listener_close(&place->listener);
    for (size_t i = 0; i < REFUSED_COUNT; i++)
        tally_fini(&place->refused[i]);
    session_drop_introductions(place);
    each_session(place, session_drain);
    if (place->holders == 0)
        place_free(place);
}

void tunnel_place_close(struct tunnel_place **slot)
{
    struct tunnel_place *place = *slot;
    *slot = NULL;
    if (place)
        place_close(place);
}

void tunnel_loop_drain(struct tunnel_loop *tunnels, void (*done)(void *arg), void *arg)
{
    tunnels->draining = true;
    tunnels->drained = done;
    tunnels->drained_arg = arg;
    list_for_each_safe (it, after, &tunnels->places)
        place_close(CONTAINER_OF(it, struct tunnel_place, link));
    tunnel_loop_check(tunnels);
}

void tunnel_loop_cut(struct tunnel_loop *tunnels)
{
    list_for_each_safe (it, after, &tunnels->places) {
        struct tunnel_place *place = CONTAINER_OF(it, struct tunnel_place, link);
        offer_stop(place);
        each_session(place, session_cut);
        place_close(place);
    }
}

void tunnel_loop_add_counts(const struct tunnel_loop *tunnels, struct outcome_counts *sum)
{
    sum->messages += tunnels->counts.messages;
    sum->uninspected += tunnels->counts.uninspected;
    sum->uncertain += tunnels->counts.uncertain;
    sum->errors += tunnels->counts.errors;
}

bool tunnel_address_is_free(const struct tunnel *tunnel, struct error *err)
{
    return tunnel->port == 0 || listener_is_free(tunnel->address, tunnel->port, err);
}
