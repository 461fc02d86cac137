/* SPDX-License-Identifier: Apache-2.0 */
#include "config/policy/policy.h"

#include "config/policy/build.h"
#include "engine/base/mem.h"
#include "rulesets/compile/compile.h"

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
    good &= build_circles(build);
    good &= build_files(build);
    return good;
}

static struct policy *policy_new(void)
{
    struct policy *policy = mem_alloc(sizeof *policy);
    policy->arena = arena_new();
    counted_init(&policy->counted, last);
    return policy;
}

/* What a policy is made of. */
struct input {
    const char *name;                /* of a file or a folder, or of `text` */
    const struct span *text;         /* or NULL */
    const struct remembered *source; /* instead of both, or NULL */
};

static bool read_input(struct reader *reader, const struct input *input, struct node *root_out)
{
    if (input->source)
        return reader_load_remembered(reader, input->source, root_out);
    return input->text ? reader_load_text(reader, input->name, *input->text, root_out)
                       : reader_load(reader, input->name, root_out);
}

static struct policy *load(const struct input *input, const struct policy_options *options,
                           struct buf *complaints)
{
    static const struct policy_options none;
    struct build build = {.options = options ? options : &none, .policy = policy_new()};
    struct reader *reader = &build.reader;
    build.names_left_ms = INTERFACE_NAMES_MS;
    build.host = build.options->host ? build.options->host : &this_host;
    reader_init(reader, build.policy->arena);
    reader->forgives_dates = build.options->dates_forgiven;
    bool good = read_input(reader, input, &build.root) && make(&build);
    reader_report(reader, complaints);
    /* A complaint without a failure, or the other way round, must not let a policy through. */
    good = good && reader->error_count == 0;
    if (good)
        build.policy->source = remembered_of(reader);
    reader_fini(reader);
    if (!good)
        policy_unref(&build.policy);
    return build.policy;
}

struct policy *policy_load(const char *path, const struct policy_options *options,
                           struct buf *complaints)
{
    return load(&(struct input){.name = path}, options, complaints);
}

struct policy *policy_load_text(const char *name, struct span text,
                                const struct policy_options *options, struct buf *complaints)
{
    return load(&(struct input){.name = name, .text = &text}, options, complaints);
}

struct policy *policy_load_again(const struct policy *old, const struct policy_options *options,
                                 struct buf *complaints)
{
    return load(&(struct input){.source = &old->source}, options, complaints);
}
