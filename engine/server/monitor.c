/* SPDX-License-Identifier: Apache-2.0 */
/* monitor: the admin listener, and what is counted of the policy in force. */
#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/metrics/metrics.h"
#include "engine/server/internal.h"

#include <stdlib.h>
#include <time.h>

#define SWEEP_MS 5000u

/* What a service manager handed down for it: by the name "admin", else by its address. */
static struct inherited_socket *find_given(struct inherited *inherited,
                                           const struct admin_settings *wanted)
{
    struct inherited_socket *found = NULL;
    for (size_t i = 0; i < inherited->count; i++) {
        struct inherited_socket *socket = &inherited->sockets[i];
        bool is_there =
            socket->port == wanted->port && strcmp(socket->address, wanted->address) == 0;
        if (strcmp(socket->name, "admin") == 0 || (is_there && !found))
            found = socket;
    }
    if (found)
        found->used = true;
    return found;
}

bool monitor_prepare(struct server *server, const struct policy *policy, struct admin **fresh_out,
                     struct error *err)
{
    const struct admin_settings *wanted = &policy->admin;
    *fresh_out = NULL;
    if (!wanted->address ||
        (server->admin && admin_serves(server->admin, wanted->address, wanted->port)))
        return true;
    struct inherited_socket *given = find_given(&server->inherited, wanted);
    if (given)
        *fresh_out =
            admin_open_given(given->fd, wanted->address, wanted->port, &server->status, err);
    else
        *fresh_out = admin_open(wanted->address, wanted->port, server->admin, &server->status, err);
    if (!*fresh_out)
        error_prefix(err, "admin");
    return *fresh_out != NULL;
}

static void sweep(void *arg)
{
    struct server *server = arg;
    if (server->admin)
        admin_sweep(server->admin);
    timer_start(&server->sweep, SWEEP_MS);
}

void monitor_init(struct server *server)
{
    timer_init(&server->sweep, server->control, sweep, server);
}

void monitor_stop(struct server *server)
{
    timer_stop(&server->sweep);
}

struct expiries {
    struct metric_value *values;
    size_t count, cap;
};

static void add_expiry(struct expiries *expiries, const char *owner, struct span name,
                       const struct tls_validity *validity)
{
    if (!validity->file)
        return;
    if (expiries->count == expiries->cap) {
        expiries->cap = expiries->cap * 2 + 8;
        expiries->values = mem_resize(expiries->values, expiries->cap * sizeof *expiries->values);
    }
    struct metric *metric =
        metric_by3(METRIC_CERTIFICATE_EXPIRY, span_str(owner), name, span_str(validity->file));
    expiries->values[expiries->count++] = (struct metric_value){metric, validity->until};
}

static void add_tunnel(struct expiries *expiries, const struct tunnel *tunnel)
{
    const struct tls_server_settings *tls = tunnel->tls;
    const struct service *service = tunnel->service;
    const struct tls_client_settings *upstream = &service->upstream.tls;
    for (size_t i = 0; tls && i < tls->identity_count; i++)
        add_expiry(expiries, "tunnel", tunnel->name, &tls->identities[i].validity);
    if (tls)
        add_expiry(expiries, "tunnel", tunnel->name, &tls->authorities_validity);
    if (upstream->identity)
        add_expiry(expiries, "service", service->name, &upstream->identity->validity);
    add_expiry(expiries, "service", service->name, &upstream->authorities_validity);
}

static void measure_policy(const struct policy *policy)
{
    struct expiries expiries = {NULL, 0, 0};
    for (size_t i = 0; i < policy->loading_count; i++) {
        if (policy->loadings[i].loads)
            add_tunnel(&expiries, policy->loadings[i].tunnel);
    }
    metrics_replace(METRIC_CERTIFICATE_EXPIRY, expiries.values, expiries.count);
    free(expiries.values);
    metric_set(metric_bare(METRIC_POLICY_SINCE), time(NULL));
    metric_set(metric_by(METRIC_BUILD, SPAN(CULVERT_VERSION)), 1);
}

void monitor_take(struct server *server, const struct policy *policy, struct admin *fresh)
{
    if (fresh || !policy->admin.address) {
        admin_close(&server->admin);
        server->admin = fresh;
    }
    if (server->admin)
        timer_start(&server->sweep, SWEEP_MS);
    measure_policy(policy);
}

void monitor_print(const struct server *server)
{
    if (server->admin) {
        const struct log_field address = LOG_STR("address", admin_address(server->admin));
        log_announce("culvert ready admin", &address, 1);
    }
}
