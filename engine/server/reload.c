/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reload: a new policy in the place of the one in force, or nothing at all (DESIGN promise 7), and
 * the end of policies that nobody uses any more.
 */
#include "engine/base/mem.h"
#include "engine/server/internal.h"

#include <stdlib.h>

struct retired {
    struct retired *next;
    struct server *server;
    struct policy *policy;
};

/* Any thread: the last user of a policy is gone. */
static void retire(struct policy *policy, void *arg)
{
    struct retired *retired = arg;
    struct server *server = retired->server;
    retired->policy = policy;
    (void)pthread_mutex_lock(&server->retired_lock);
    retired->next = server->retired;
    server->retired = retired;
    bool post = !server->retired_posted;
    server->retired_posted = true;
    (void)pthread_mutex_unlock(&server->retired_lock);
    if (post)
        loop_post(server->control, &server->retired_post);
}

void server_free_retired(struct server *server)
{
    (void)pthread_mutex_lock(&server->retired_lock);
    struct retired *first = server->retired;
    server->retired = NULL;
    server->retired_posted = false;
    (void)pthread_mutex_unlock(&server->retired_lock);
    while (first) {
        struct retired *next = first->next;
        policy_free(first->policy);
        free(first);
        first = next;
    }
}

struct policy *server_load_policy(struct server *server, struct buf *complaints)
{
    struct policy_options options = {.node_name = server->options.node_name,
                                     .labels = server->options.labels,
                                     .label_count = server->options.label_count};
    struct policy *policy = policy_load(server->options.config, &options, complaints);
    if (policy) {
        struct retired *retired = mem_alloc(sizeof *retired);
        retired->server = server;
        policy_set_retire(policy, retire, retired);
    }
    return policy;
}

static void log_complaints(enum log_level level, const struct buf *complaints)
{
    struct span rest = buf_span(complaints), line;
    while (span_next(&rest, '\n', &line)) {
        if (line.len > 0)
            log_event(level, "reload.complaint", LOG_WHOLE("text", line));
    }
}

void server_reload(struct server *server)
{
    struct buf complaints = BUF_INIT;
    struct error err = ERROR_INIT;
    struct policy *policy = server_load_policy(server, &complaints);
    log_complaints(policy ? LOG_WARNING : LOG_ERROR, &complaints);
    buf_fini(&complaints);
    if (!policy) {
        log_event(LOG_ERROR, "reload.refused", LOG_STR("kept", "the policy in force"));
        return;
    }
    if (!listenings_change(server, policy, &err)) {
        log_event(LOG_ERROR, "reload.refused", LOG_WHOLE("text", span_str(err.text)),
                  LOG_STR("kept", "the policy in force"));
        policy_unref(&policy);
        return;
    }
    struct policy *old = server->policy;
    server->policy = policy;
    policy_unref(&old);
    log_event(LOG_INFO, "reload.done", LOG_NUM("tunnels", server->listenings.count));
    listenings_print(server);
}
