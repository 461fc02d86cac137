/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reload: a new policy in the place of the one in force, or nothing at all (DESIGN promise 7), and
 * the end of policies that nobody uses any more.
 */
#include "engine/base/mem.h"
#include "engine/metrics/metrics.h"
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

static struct policy_options policy_options(const struct server *server)
{
    return (struct policy_options){.node_name = server->options.node_name,
                                   .labels = server->options.labels,
                                   .label_count = server->options.label_count,
                                   .dates_forgiven = true};
}

/* The server's own from now on; NULL stays NULL. */
static struct policy *adopt(struct server *server, struct policy *policy)
{
    if (policy) {
        struct retired *retired = mem_alloc(sizeof *retired);
        retired->server = server;
        policy_set_retire(policy, retire, retired);
    }
    return policy;
}

struct policy *server_load_policy(struct server *server, struct buf *complaints)
{
    struct policy_options options = policy_options(server);
    return adopt(server, policy_load(server->options.config, &options, complaints));
}

/* What the configuration in force says, with the certificates and keys as they are now. */
static struct policy *load_again(struct server *server, struct buf *complaints)
{
    struct policy_options options = policy_options(server);
    return adopt(server, policy_load_again(server->policy, &options, complaints));
}

static void log_complaints(enum log_level level, const struct buf *complaints)
{
    struct span rest = buf_span(complaints), line;
    while (span_next(&rest, '\n', &line)) {
        if (line.len > 0)
            log_event(level, "reload.complaint", LOG_WHOLE("text", line));
    }
}

/* Takes the policy, NULL for one that was not good, into force or gives it back. */
static bool take(struct server *server, struct policy *policy, struct error *err)
{
    if (!policy)
        return error_set(err, "the configuration has errors");
    struct admin *admin;
    if (!confine_suits(server, policy, err)) {
        policy_unref(&policy);
        return false;
    }
    if (!monitor_prepare(server, policy, &admin, err) || !listenings_change(server, policy, err)) {
        admin_close(&admin);
        policy_unref(&policy);
        return false;
    }
    struct policy *old = server->policy;
    server->policy = policy;
    watch_files(&server->watch, policy->files, policy->file_count);
    expiry_watch(&server->expiry, policy);
    monitor_take(server, policy, admin);
    policy_unref(&old);
    return true;
}

/* What is watched are the files of the policy in force: what only a new one names is not. `next`:
 * what it takes after a refusal. */
static void log_reload(struct server *server, bool taken, const char *cause, const char *next,
                       const struct buf *complaints, const struct error *err)
{
    const char *hint = confine_hint(server, complaints);
    metric_add(metric_by(METRIC_RELOADS, taken ? SPAN("taken") : SPAN("refused")), 1);
    log_complaints(taken ? LOG_WARNING : LOG_ERROR, complaints);
    if (taken) {
        server_check_descriptors(server);
        log_event(LOG_INFO, "reload.done", LOG_STR("cause", cause),
                  LOG_NUM("tunnels", server->listenings.count));
        listenings_print(server);
        monitor_print(server);
    } else {
        log_event(LOG_ERROR, "reload.refused", LOG_STR("cause", cause),
                  LOG_WHOLE("text", span_str(err->text)), LOG_STR("kept", "the policy in force"),
                  LOG_STR("next", hint ? hint : next));
    }
}

void server_reload(struct server *server)
{
    struct buf complaints = BUF_INIT;
    struct error err = ERROR_INIT;
    notify_reloading(&server->notify);
    struct policy *policy = server_load_policy(server, &complaints);
    bool taken = take(server, policy, &err);
    log_reload(server, taken, "SIGHUP", "mend it and send SIGHUP again", &complaints, &err);
    if (taken)
        server_tell_ready(server);
    else
        notify_ready(&server->notify, "The last reload was refused; mail is taken as before");
    buf_fini(&complaints);
}

/* Files that belong together change one after the other: only the last failure is news. */
bool server_reload_files(void *arg, bool last)
{
    struct server *server = arg;
    struct buf complaints = BUF_INIT;
    struct error err = ERROR_INIT;
    bool taken = take(server, load_again(server, &complaints), &err);
    if (taken || last)
        log_reload(server, taken, "files", "tried again when a file changes", &complaints, &err);
    buf_fini(&complaints);
    return taken;
}
