/* SPDX-License-Identifier: Apache-2.0 */
#include "config/policy/policy.h"

#include "config/policy/build.h"
#include "engine/base/mem.h"
#include "rulesets/compile.h"

#include <stdlib.h>

static void last(struct counted *counted)
{
    struct policy *policy = CONTAINER_OF(counted, struct policy, counted);
    if (policy->retire)
        policy->retire(policy, policy->retire_arg);
    else
        policy_free(policy);
}

void policy_ref(struct policy *policy)
{
    counted_ref(&policy->counted);
}

void policy_unref(struct policy **slot)
{
    struct policy *policy = *slot;
    *slot = NULL;
    if (policy)
        counted_unref(&policy->counted);
}

void policy_set_retire(struct policy *policy, void (*retire)(struct policy *policy, void *arg),
                       void *arg)
{
    policy->retire = retire;
    policy->retire_arg = arg;
}

void policy_free(struct policy *policy)
{
    arena_free(&policy->arena);
    free(policy);
}

const struct loading *policy_tunnel(const struct policy *policy, struct span name)
{
    for (size_t i = 0; i < policy->loading_count; i++) {
        if (span_equal(policy->loadings[i].tunnel->name, name))
            return &policy->loadings[i];
    }
    return NULL;
}

static bool read_tunnels(struct build *build)
{
    bool good = true;
    size_t count = node_count(&build->top.tunnels);
    build->tunnels = ARENA_ARRAY(build->policy->arena, count, struct tunnel_settings);
    build->tunnel_count = count;
    for (size_t i = 0; i < count; i++) {
        struct node item = node_at(&build->reader, &build->top.tunnels, i);
        good &= tunnel_settings_read(&build->reader, &item, &build->tunnels[i]);
    }
    return good;
}

static bool read_services(struct build *build)
{
    bool good = true;
    size_t count = node_count(&build->top.services);
    build->services = ARENA_ARRAY(build->policy->arena, count, struct service_settings);
    build->service_count = count;
    for (size_t i = 0; i < count; i++) {
        struct node item = node_at(&build->reader, &build->top.services, i);
        good &= service_settings_read(&build->reader, &item, &build->services[i]);
    }
    return good;
}

static bool compile_rulesets(struct build *build)
{
    struct policy *policy = build->policy;
    policy->rulesets = rulesets_compile(&build->reader, &build->root, policy->arena);
    if (!policy->rulesets)
        return false;
    while (rulesets_names(policy->rulesets)[policy->ruleset_count])
        policy->ruleset_count++;
    return true;
}

/* Goes on behind an error, so that one run shows them all. */
static bool make(struct build *build)
{
    bool good = build_top(build);
    good &= read_tunnels(build);
    good &= read_services(build);
    good &= compile_rulesets(build);
    good &= build_links(build);
    good &= build_loadings(build);
    return good;
}

static struct policy *policy_new(void)
{
    struct policy *policy = mem_alloc(sizeof *policy);
    policy->arena = arena_new();
    counted_init(&policy->counted, last);
    return policy;
}

/* `text` NULL: `name` is a file or a folder. */
static struct policy *load(const char *name, const struct span *text,
                           const struct policy_options *options, struct buf *complaints)
{
    static const struct policy_options none;
    struct build build = {.options = options ? options : &none, .policy = policy_new()};
    struct reader *reader = &build.reader;
    build.host = build.options->host ? build.options->host : &this_host;
    reader_init(reader, build.policy->arena);
    bool good = text ? reader_load_text(reader, name, *text, &build.root)
                     : reader_load(reader, name, &build.root);
    good = good && make(&build);
    reader_report(reader, complaints);
    /* A complaint without a failure, or the other way round, must not let a policy through. */
    good = good && reader->error_count == 0;
    reader_fini(reader);
    if (!good)
        policy_unref(&build.policy);
    return build.policy;
}

struct policy *policy_load(const char *path, const struct policy_options *options,
                           struct buf *complaints)
{
    return load(path, NULL, options, complaints);
}

struct policy *policy_load_text(const char *name, struct span text,
                                const struct policy_options *options, struct buf *complaints)
{
    return load(name, &text, options, complaints);
}
