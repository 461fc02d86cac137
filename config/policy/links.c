/* SPDX-License-Identifier: Apache-2.0 */
#include "config/policy/build.h"
#include "rulesets/compile/compile.h"

static bool unknown(struct build *build, const struct node *node, const char *what,
                    struct span name, const char *const *names)
{
    const char *near = suggest(name, names);
    if (near)
        return node_error(&build->reader, node, "unknown %s \"%.*s\"; did you mean \"%s\"?", what,
                          SPAN_ARG(name), near);
    return node_error(&build->reader, node, "unknown %s \"%.*s\"", what, SPAN_ARG(name));
}

static bool unknown_tunnel(struct build *build, const struct node *node, struct span name)
{
    const char **names = ARENA_ARRAY(build->policy->arena, build->tunnel_count + 1, const char *);
    for (size_t i = 0; i < build->tunnel_count; i++)
        names[i] = arena_str(build->policy->arena, build->tunnels[i].tunnel.name);
    return unknown(build, node, "tunnel", name, names);
}

/* A tunnel feeds one service: where a message goes must not depend on an order. */
static bool link_tunnel(struct build *build, const struct service_settings *service,
                        const struct node *node, struct span name)
{
    for (size_t i = 0; i < build->tunnel_count; i++) {
        if (!span_equal(build->tunnels[i].tunnel.name, name))
            continue;
        const struct service_settings *other = build->users[i];
        if (other)
            return node_error(&build->reader, node,
                              "the tunnel \"%.*s\" already feeds the service \"%.*s\" (%s)",
                              SPAN_ARG(name), SPAN_ARG(other->service.name),
                              node_place(&build->reader, &other->node));
        build->users[i] = service;
        return true;
    }
    return unknown_tunnel(build, node, name);
}

static bool link_tunnels(struct build *build, const struct service_settings *service)
{
    bool good = true;
    struct node list = node_get(&build->reader, &service->node, "tunnels");
    if (service->tunnels.count == 0 && node_is_array(&list))
        return node_error(&build->reader, &list, "expected at least one tunnel, got none");
    for (size_t i = 0; i < service->tunnels.count; i++)
        good &= link_tunnel(build, service, &service->tunnels.nodes[i], service->tunnels.items[i]);
    return good;
}

struct routing {
    struct build *build;
    const struct service_settings *service;
};

/* Mail to somebody without a route would be put off for ever. */
static bool has_route(struct span address, const struct node *rule, const char *key, void *arg)
{
    const struct routing *routing = arg;
    struct reader *reader = &routing->build->reader;
    const struct service *service = &routing->service->service;
    struct node place = node_get(reader, rule, key);
    if (service_route(service, address))
        return true;
    return node_error(reader, &place,
                      "the service \"%.*s\" uses this rule, and none of its hostnames is for "
                      "\"%.*s\"",
                      SPAN_ARG(service->name), SPAN_ARG(address));
}

static bool link_ruleset(struct build *build, struct service_settings *service)
{
    const struct rulesets *rulesets = build->policy->rulesets;
    struct inspection *inspection = &service->service.inspection;
    struct node node = node_get(&build->reader, &service->node, "ruleset");
    if (service->ruleset.len == 0 || !rulesets)
        return true;
    inspection->ruleset = rulesets_find(rulesets, service->ruleset);
    if (!inspection->ruleset && rulesets_has_disabled(rulesets, service->ruleset))
        return node_error(&build->reader, &node, "there is no ruleset \"%.*s\" that is enabled",
                          SPAN_ARG(service->ruleset));
    if (!inspection->ruleset)
        return unknown(build, &node, "ruleset", service->ruleset, rulesets_names(rulesets));
    if (!ruleset_check_top(inspection->ruleset, &build->reader, &node))
        return false;
    if (ruleset_sets_header(inspection->ruleset, inspection->inspected_name))
        return node_error(&build->reader, &node,
                          "the ruleset \"%.*s\" sets the header field \"%.*s\", which is the "
                          "inspected header of this service",
                          SPAN_ARG(service->ruleset), SPAN_ARG(inspection->inspected_name));
    struct routing routing = {build, service};
    return ruleset_each_address(inspection->ruleset, has_route, &routing);
}

bool build_links(struct build *build)
{
    bool good = true;
    struct arena *arena = build->policy->arena;
    build->users = ARENA_ARRAY(arena, build->tunnel_count, const struct service_settings *);
    for (size_t i = 0; i < build->service_count; i++) {
        struct service_settings *service = &build->services[i];
        if (!service->common.enabled)
            continue;
        build->policy->service_count++;
        good &= link_tunnels(build, service);
        good &= link_ruleset(build, service);
        if (service->loop.guard)
            service->loop.guard->node = build->policy->node_name;
        if (service->service.upstream.helo_name[0] == '\0')
            service->service.upstream.helo_name = build->host->name(arena);
    }
    for (size_t i = 0; i < build->tunnel_count; i++) {
        struct tunnel *tunnel = &build->tunnels[i].tunnel;
        tunnel->policy = &build->policy->counted;
        tunnel->service = build->users[i] ? &build->users[i]->service : NULL;
        good &= build_login(build, &build->tunnels[i], build->users[i]);
        if (tunnel->server_name[0] == '\0')
            tunnel->server_name = build->host->name(arena);
    }
    return good;
}
