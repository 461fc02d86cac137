/* SPDX-License-Identifier: Apache-2.0 */
#include "config/policy/build.h"
#include "engine/message/tempfile.h"

/* "edge, dmz" */
static const char *listed(struct arena *arena, const struct span *labels, size_t count)
{
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < count; i++)
        buf_printf(&text, "%s%.*s", i > 0 ? ", " : "", SPAN_ARG(labels[i]));
    const char *list = arena_str(arena, buf_span(&text));
    buf_fini(&text);
    return list;
}

static bool labels_match(const struct build *build, const struct tunnel_settings *settings,
                         const char **why_out)
{
    const struct policy *policy = build->policy;
    const struct string_list *labels = &settings->labels;
    for (size_t i = 0; i < labels->count; i++) {
        for (size_t k = 0; k < policy->label_count; k++) {
            if (span_equal(labels->items[i], policy->labels[k])) {
                *why_out = arena_printf(policy->arena, "its label \"%.*s\" is one of this node's",
                                        SPAN_ARG(labels->items[i]));
                return true;
            }
        }
    }
    *why_out = "it has no labels and so loads on every node";
    if (labels->count == 0)
        return true;
    const char *own = listed(policy->arena, labels->items, labels->count);
    *why_out =
        policy->label_count == 0
            ? arena_printf(policy->arena, "this node has no labels; the tunnel has: %s", own)
            : arena_printf(policy->arena, "this node has other labels (%s) than the tunnel (%s)",
                           listed(policy->arena, policy->labels, policy->label_count), own);
    return false;
}

/* false: the tunnel does not load. *good becomes false where that is an error. */
static bool find_address(struct build *build, struct tunnel_settings *settings,
                         const char **why_out, bool *good)
{
    struct node node = node_get(&build->reader, &settings->node, "listening_interface");
    const char *why = NULL;
    struct span text;
    if (!node_string(&node, &text))
        return false; /* complained about */
    settings->tunnel.address =
        interface_address(&build->reader, &build->aliases, settings->listening_interface,
                          build->host, &build->names_left_ms, &why);
    if (settings->tunnel.address)
        return true;
    *why_out = why;
    if (!build->options->interfaces_optional)
        *good = node_error(&build->reader, &node, "%s", why);
    return false;
}

/* What a large message needs is not to be found missing when it comes. */
static bool check_spool(struct build *build, const struct tunnel_settings *settings)
{
    struct error err = ERROR_INIT;
    const char *configured = settings->tunnel.spool.directory;
    const struct node *given = &settings->spool_directory;
    if (build->options->interfaces_optional ||
        tempfile_directory_is_good(tempfile_directory(configured), &err))
        return true;
    if (node_is_present(given))
        return node_error(&build->reader, given,
                          "expected a folder where files can be made, got %s", err.text);
    return node_error(
        &build->reader, &settings->node,
        "expected spool_directory, $TMPDIR or /var/tmp to be a folder where files can "
        "be made, got %s",
        err.text);
}

/* Behind an error (a misspelt reference) it would say the same twice. */
static void warn_unused(struct build *build, const struct tunnel_settings *settings)
{
    if (build->reader.error_count == 0)
        node_warning(&build->reader, &settings->node,
                     "the tunnel \"%.*s\" does not load: no enabled service uses it",
                     SPAN_ARG(settings->tunnel.name));
}

static struct loading loading_of(struct build *build, struct tunnel_settings *settings, bool *good)
{
    struct loading loading = {.tunnel = &settings->tunnel};
    if (!settings->common.enabled) {
        loading.why = "\"enabled\" is false";
    } else if (labels_match(build, settings, &loading.why)) {
        loading.loads = settings->tunnel.service != NULL;
        if (loading.loads) {
            loading.loads = find_address(build, settings, &loading.why, good);
            *good &= !loading.loads || check_spool(build, settings);
        } else {
            loading.why = "no enabled service uses it";
            warn_unused(build, settings);
        }
    }
    return loading;
}

static bool is_any(const char *address)
{
    return strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0;
}

/* All addresses of a family include each of them: two of them cannot be bound, whatever the system
 * makes of it. Listeners of IPv6 take no IPv4. */
static bool overlap(const char *a, const char *b)
{
    bool same_family = (strchr(a, ':') != NULL) == (strchr(b, ':') != NULL);
    return strcmp(a, b) == 0 || (same_family && (is_any(a) || is_any(b)));
}

/* With SO_REUSEPORT the system would let both listen and deal out the connections. */
static bool check_same_place(struct build *build, const struct loading *loadings, size_t last)
{
    const struct tunnel *tunnel = loadings[last].tunnel;
    if (!loadings[last].loads || tunnel->port == 0)
        return true;
    for (size_t i = 0; i < last; i++) {
        const struct tunnel *other = loadings[i].tunnel;
        if (!loadings[i].loads || other->port != tunnel->port ||
            !overlap(other->address, tunnel->address))
            continue;
        struct node here = node_get(&build->reader, &build->tunnels[last].node, "port");
        struct node there = node_get(&build->reader, &build->tunnels[i].node, "port");
        return node_error(&build->reader, &here,
                          "the tunnel \"%.*s\" already listens on %s, port %u (%s)",
                          SPAN_ARG(other->name), other->address, (unsigned)tunnel->port,
                          node_place(&build->reader, &there));
    }
    return true;
}

/* The system would take it for a listener of another process. */
static bool check_admin_place(struct build *build, const struct loading *loadings)
{
    const struct admin_settings *admin = &build->policy->admin;
    struct node here = node_get(&build->reader, &build->top.admin, "port");
    for (size_t i = 0; admin->address && admin->port != 0 && i < build->tunnel_count; i++) {
        const struct tunnel *tunnel = loadings[i].tunnel;
        if (!loadings[i].loads || tunnel->port != admin->port ||
            !overlap(tunnel->address, admin->address))
            continue;
        struct node there = node_get(&build->reader, &build->tunnels[i].node, "port");
        return node_error(&build->reader, &here,
                          "the tunnel \"%.*s\" already listens on %s, port %u (%s)",
                          SPAN_ARG(tunnel->name), tunnel->address, (unsigned)tunnel->port,
                          node_place(&build->reader, &there));
    }
    return true;
}

bool build_loadings(struct build *build)
{
    bool good = true;
    struct loading *loadings =
        ARENA_ARRAY(build->policy->arena, build->tunnel_count, struct loading);
    for (size_t i = 0; i < build->tunnel_count; i++) {
        loadings[i] = loading_of(build, &build->tunnels[i], &good);
        good &= check_same_place(build, loadings, i);
    }
    good &= check_admin_place(build, loadings);
    build->policy->loadings = loadings;
    build->policy->loading_count = build->tunnel_count;
    return good;
}
