/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/rig.h"

#include "engine/base/arena.h"
#include "engine/base/mem.h"
#include "tunnels/place.h"

#include <assert.h>
#include <stdlib.h>

#define WORKER_QUEUE 8u
/* Longer than any timeout of the engine's. */
#define LONG_MS (3600u * 1000u)

static unsigned alive;

static void policy_last(struct counted *counted)
{
    struct rig_policy *policy = CONTAINER_OF(counted, struct rig_policy, counted);
    alive--;
    arena_free(&policy->arena);
    free(policy);
}

unsigned rig_policies(void)
{
    return alive;
}

static void set_defaults(struct rig_policy *policy)
{
    policy->service.name = SPAN("test");
    policy->service.upstream = (struct upstream_settings){.helo_name = "gateway.example",
                                                          .connect_timeout_s = 30,
                                                          .reply_timeout_s = 60,
                                                          .data_timeout_s = 120,
                                                          .idle_timeout_s = 60,
                                                          .kept_connections = 4,
                                                          .wait_timeout_s = 30,
                                                          .retry_delay_s = 30};
    policy->service.inspection = (struct inspection){.on_uninspectable = TROUBLE_PASS,
                                                     .on_uncertain = TROUBLE_PASS,
                                                     .on_error = TROUBLE_TEMPFAIL,
                                                     .inspected_name = SPAN("X-Culvert-Inspected"),
                                                     .inspected_value = SPAN("true")};
    policy->tunnel = (struct tunnel){.name = SPAN("test"),
                                     .policy = &policy->counted,
                                     .address = "192.0.2.1",
                                     .port = 25,
                                     .server_name = "gateway.example",
                                     .service = &policy->service,
                                     .conn = {.read_max = 32768, .window_max = 262144},
                                     .spool = spool_limits_default,
                                     .idle_timeout_s = 30,
                                     .message_timeout_s = 300,
                                     .max_errors = 20,
                                     .max_message_size = 1000000,
                                     .max_recipients = 100,
                                     .max_connections = 100,
                                     .bare_newline = BARE_NEWLINE_REJECT};
}

struct rig_policy *rig_policy_new(void)
{
    struct rig_policy *policy = mem_alloc(sizeof *policy);
    counted_init(&policy->counted, policy_last);
    policy->arena = arena_new();
    alive++;
    set_defaults(policy);
    rig_route(policy, "* mta.example:25");
    return policy;
}

void rig_policy_drop(struct rig_policy **slot)
{
    struct rig_policy *policy = *slot;
    *slot = NULL;
    if (policy)
        counted_unref(&policy->counted);
}

void rig_no_routes(struct rig_policy *policy)
{
    policy->service.route_count = 0;
}

/* "10/mta.example:25" has a priority; without, the hops are tried in order. smtps: stands in front
 * of the host. */
static void parse_hop(struct rig_policy *policy, struct span text, size_t at, struct hop *out)
{
    uint64_t port = 25, priority = at;
    size_t slash = span_find_byte(text, '/');
    if (slash != SPAN_NONE && span_to_u64(span_sub(text, 0, slash), &priority))
        text = span_from(text, slash + 1);
    bool implicit = span_starts(text, SPAN("smtps:"));
    text = span_from(text, implicit ? strlen("smtps:") : 0);
    size_t colon = span_find_byte(text, ':');
    *out = (struct hop){.kind = HOP_SMTP,
                        .text = arena_str(policy->arena, text),
                        .port = 25,
                        .priority = (unsigned)priority};
    if (span_starts(text, SPAN("maildir:"))) {
        out->kind = HOP_MAILDIR;
        out->path = arena_str(policy->arena, span_from(text, strlen("maildir:")));
    } else if (span_starts(text, SPAN("reflect"))) {
        out->kind = HOP_REFLECT;
        if (colon != SPAN_NONE && span_to_u64(span_from(text, colon + 1), &port))
            out->port = (uint16_t)port;
    } else {
        bool good = colon != SPAN_NONE && span_to_u64(span_from(text, colon + 1), &port);
        assert(good && "host:port");
        (void)good;
        out->host = arena_str(policy->arena, span_sub(text, 0, colon));
        out->port = (uint16_t)port;
        out->implicit_tls = implicit;
    }
}

void rig_route(struct rig_policy *policy, const char *text)
{
    struct service *service = &policy->service;
    struct route *routes = ARENA_ARRAY(policy->arena, service->route_count + 1, struct route);
    for (size_t i = 0; i < service->route_count; i++)
        routes[i] = service->routes[i];
    struct route *route = &routes[service->route_count++];
    service->routes = routes;
    route->hops = ARENA_ARRAY(policy->arena, strlen(text), struct hop);
    struct span rest = span_trim(span_str(text));
    struct span word;
    bool first = true;
    while (span_next(&rest, ' ', &word)) {
        if (first)
            route->hostname = arena_copy(policy->arena, word);
        else
            parse_hop(policy, word, route->hop_count, &route->hops[route->hop_count]);
        route->hop_count += !first;
        first = false;
    }
}

static bool set_number(struct rig_policy *policy, struct span name, uint64_t number)
{
    struct tunnel *tunnel = &policy->tunnel;
    struct upstream_settings *upstream = &policy->service.upstream;
    const struct {
        const char *name;
        unsigned *at;
    } settings[] = {{"idle_timeout", &tunnel->idle_timeout_s},
                    {"message_timeout", &tunnel->message_timeout_s},
                    {"max_recipients", &tunnel->max_recipients},
                    {"max_received", &tunnel->max_received},
                    {"max_errors", &tunnel->max_errors},
                    {"min_data_rate", &tunnel->min_data_rate},
                    {"max_connections", &tunnel->max_connections},
                    {"max_connections_per_client", &tunnel->max_connections_per_client},
                    {"max_connection_rate", &tunnel->max_rates[RATE_CONNECTIONS]},
                    {"max_message_rate", &tunnel->max_rates[RATE_MESSAGES]},
                    {"max_recipient_rate", &tunnel->max_rates[RATE_RECIPIENTS]},
                    {"upstream.connect_timeout", &upstream->connect_timeout_s},
                    {"upstream.reply_timeout", &upstream->reply_timeout_s},
                    {"upstream.data_timeout", &upstream->data_timeout_s},
                    {"upstream.idle_timeout", &upstream->idle_timeout_s},
                    {"upstream.kept_connections", &upstream->kept_connections},
                    {"upstream.retry_delay", &upstream->retry_delay_s},
                    {"upstream.max_messages_per_connection", &upstream->connection_mails},
                    {"upstream.max_connections", &upstream->max_connections},
                    {"upstream.connection_wait_timeout", &upstream->wait_timeout_s}};
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        if (span_is(name, settings[i].name)) {
            *settings[i].at = (unsigned)number;
            return true;
        }
    }
    if (span_is(name, "max_message_size"))
        tunnel->max_message_size = number;
    else if (span_is(name, "upstream.chunking"))
        upstream->no_chunks = number == 0;
    else if (span_is(name, "upstream.downgrade_8bit"))
        upstream->no_downgrade = number == 0;
    else if (span_is(name, "spool.max_bytes"))
        tunnel->spool.max_bytes = number;
    else if (span_is(name, "spool.memory_bytes"))
        tunnel->spool.memory_bytes = number;
    else if (span_is(name, "spool.total_memory"))
        tunnel->spool.total_memory = number;
    else
        return false;
    return true;
}

static bool set_allowed(struct rig_policy *policy, struct span value)
{
    struct error err = ERROR_INIT;
    struct network *network = ARENA_NEW(policy->arena, struct network);
    policy->tunnel.allowed = network;
    policy->tunnel.allowed_count = 1;
    return network_parse(value, network, &err);
}

static bool set_loop_guard(struct rig_policy *policy, struct span value)
{
    struct loop_guard *guard = ARENA_NEW(policy->arena, struct loop_guard);
    *guard = (struct loop_guard){.key = SPAN("0123456789abcdef"),
                                 .node = SPAN("edge"),
                                 .service = policy->service.name,
                                 .max_hops = 10,
                                 .max_age_s = 3600,
                                 .on_return = span_is(value, "pass") ? LOOP_PASS : LOOP_INSPECT};
    policy->service.inspection.loop_guard = guard;
    return true;
}

bool rig_set(struct rig_policy *policy, struct span name, struct span value)
{
    uint64_t number;
    if (span_is(name, "allowed_clients"))
        return set_allowed(policy, value);
    if (span_is(name, "spool.directory")) {
        policy->tunnel.spool.directory = arena_str(policy->arena, value);
        return true;
    }
    if (span_is(name, "loop_guard"))
        return set_loop_guard(policy, value);
    if (span_is(name, "received_header")) {
        policy->tunnel.received_header = span_is(value, "on");
        return true;
    }
    if (span_is(name, "bare_newline")) {
        bool normalize = span_is(value, "normalize");
        policy->tunnel.bare_newline = normalize ? BARE_NEWLINE_NORMALIZE : BARE_NEWLINE_REJECT;
        return normalize || span_is(value, "reject");
    }
    if (span_is(name, "on_uncertain")) {
        policy->service.inspection.on_uncertain = TROUBLE_REJECT;
        return span_is(value, "reject");
    }
    return span_to_u64(value, &number) && set_number(policy, name, number);
}

void rig_init(struct rig *rig, struct rig_policy *policy)
{
    *rig = (struct rig){.loop = loop_new(),
                        .workers = workers_new(1, WORKER_QUEUE, 0),
                        .upstreams = upstream_shared_new()};
    rig->tunnels = tunnel_loop_new(rig->loop, rig->workers, 0, rig->upstreams);
    rig_inline_ms(rig, LONG_MS);
    rig->shared.census = census_new();
    rig->place = tunnel_loop_place(rig->tunnels, &policy->tunnel, &rig->shared);
}

void rig_inline_ms(struct rig *rig, unsigned ms)
{
    rig->tunnels->inline_ms = ms;
}

struct fake_peer *rig_call(struct rig *rig, const char *address)
{
    int fd = -1;
    struct fake_peer *peer = fake_call(rig->loop, address, 4711, &fd);
    tunnel_place_accept(rig->place, fd);
    return peer;
}

void rig_reload(struct rig *rig, struct rig_policy *policy)
{
    tunnel_place_replace(rig->place, &policy->tunnel, rig->shared.tickets);
}

static void on_drained(void *arg)
{
    struct rig *rig = arg;
    rig->drained = true;
}

void rig_drain(struct rig *rig)
{
    rig->place = NULL; /* the drain closes it */
    tunnel_loop_drain(rig->tunnels, on_drained, rig);
}

const char *rig_fini(struct rig *rig)
{
    fake_hold_workers(false);
    if (rig->place)
        rig_drain(rig);
    tunnel_loop_cut(rig->tunnels);
    fake_advance(rig->loop, LONG_MS);
    bool drained = rig->drained;
    size_t connections = census_connections(rig->shared.census);
    tunnel_loop_free(&rig->tunnels);
    census_unref(&rig->shared.census);
    upstream_shared_unref(&rig->upstreams);
    workers_free(&rig->workers);
    fake_advance(rig->loop, LONG_MS);
    unsigned open = fake_fini();
    loop_free(&rig->loop);
    if (!drained)
        return "the drain did not end";
    if (connections != 0)
        return "connections are still counted";
    return open != 0 ? "sockets were left open" : NULL;
}
