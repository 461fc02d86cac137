/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/server/server.h"

#include "engine/base/mem.h"
#include "engine/server/internal.h"
#include "tunnels/descriptors.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

/* Evaluations that wait for a worker; more is answered with 451. */
#define WORKER_QUEUE_MAX 1024u
/* HTML and patterns may go deep; the default of some systems is small. */
#define WORKER_STACK_BYTES ((size_t)4 << 20)

static const int signal_numbers[] = {SIGTERM, SIGINT, SIGHUP};

static unsigned usable_processors(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0 || CPU_COUNT(&set) < 1)
        return 1;
    return (unsigned)CPU_COUNT(&set);
}

/* Every connection is a descriptor: take all that we may have. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    descriptors_measure();
}

/* An administrator who allows more clients than there can be should know before they come. */
void server_check_descriptors(const struct server *server)
{
    size_t allowed = descriptors_for_clients();
    size_t wanted = 0;
    for (size_t i = 0; i < server->policy->loading_count; i++) {
        if (server->policy->loadings[i].loads)
            wanted += server->policy->loadings[i].tunnel->max_connections;
    }
    if (wanted > allowed)
        log_event(LOG_WARNING, "descriptors.few", LOG_NUM("max_connections", wanted),
                  LOG_NUM("possible", allowed),
                  LOG_NUM("needed_descriptors", descriptors_needed(wanted)),
                  LOG_STR("hint", "raise the limit of open files, or lower max_connections"));
}

/* Who asks again, however often, must neither kill what is about to end well nor keep it busy:
 * closing a handle gives the signal its default action back, so the main thread takes none
 * meanwhile; the others never do (signals.h). */
static void ignore_signals(struct server *server)
{
    sigset_t own;
    (void)sigemptyset(&own);
    for (size_t i = 0; i < ARRAY_LEN(signal_numbers); i++)
        (void)sigaddset(&own, signal_numbers[i]);
    (void)pthread_sigmask(SIG_BLOCK, &own, NULL);
    for (size_t i = 0; i < ARRAY_LEN(signal_numbers); i++) {
        uv_close((uv_handle_t *)&server->signals[i], NULL);
        (void)signal(signal_numbers[i], SIG_IGN);
    }
}

static void drain(struct server *server)
{
    if (server->draining)
        return;
    ignore_signals(server);
    lanes_drain(server);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct server *server = handle->data;
    log_event(LOG_INFO, "signal", LOG_STR("name", number == SIGHUP ? "SIGHUP" : "stop"));
    if (number == SIGHUP)
        server_reload(server);
    else
        drain(server);
}

static void watch_signals(struct server *server)
{
    for (size_t i = 0; i < ARRAY_LEN(signal_numbers); i++) {
        (void)uv_signal_init(loop_native(server->control), &server->signals[i]);
        server->signals[i].data = server;
        (void)uv_signal_start(&server->signals[i], on_signal, signal_numbers[i]);
    }
}

void server_end_control(struct server *server)
{
    watchdog_stop(server);
    monitor_stop(server);
    watch_stop(&server->watch);
    expiry_stop(&server->expiry);
    server->ended = true;
    loop_stop(server->control);
}

static void on_retired(struct post *post)
{
    server_free_retired(CONTAINER_OF(post, struct server, retired_post));
}

static int64_t wall_clock(void)
{
    return time(NULL);
}

static struct server *server_new(const struct server_options *options)
{
    struct server *server = mem_alloc(sizeof *server);
    server->options = *options;
    server->lane_count = options->loops ? options->loops : usable_processors();
    server->control = loop_new();
    server->upstreams = upstream_shared_new();
    (void)pthread_mutex_init(&server->retired_lock, NULL);
    loop_post_init(&server->retired_post, on_retired);
    watch_init(&server->watch, server->control, server_reload_files, server);
    expiry_init(&server->expiry, server->control, wall_clock);
    watchdog_init(server);
    monitor_init(server);
    server->notify.fd = -1;
    return server;
}

/* Nothing but the main thread runs any more. */
static void server_free(struct server *server)
{
    watch_fini(&server->watch);
    admin_close(&server->admin);
    confine_fini(server);
    inherited_fini(&server->inherited);
    notify_fini(&server->notify);
    policy_unref(&server->policy);
    server_free_retired(server);
    loop_free(&server->control);
    upstream_shared_unref(&server->upstreams);
    (void)pthread_mutex_destroy(&server->retired_lock);
    free(server);
}

void server_tell_ready(const struct server *server)
{
    char status[80];
    (void)snprintf(status, sizeof status, "Taking mail on %zu tunnel%s", server->listenings.count,
                   server->listenings.count == 1 ? "" : "s");
    notify_ready(&server->notify, status);
}

/* What a service manager handed down. */
static bool take_environment(struct server *server, struct buf *complaints)
{
    struct error err = ERROR_INIT;
    if (!server->options.managed)
        return true;
    notify_init(&server->notify);
    if (inherited_init(&server->inherited, &err))
        return true;
    buf_printf(complaints, "%s\n", err.text);
    return false;
}

struct server *server_start(const struct server_options *options, struct buf *complaints)
{
    struct server *server = server_new(options);
    struct error err = ERROR_INIT;
    if (!take_environment(server, complaints) ||
        !(server->policy = server_load_policy(server, complaints))) {
        server_free(server);
        return NULL;
    }
    mem_keep_freed();
    log_setup(STDERR_FILENO, server->policy->log_level, server->policy->log_format);
    (void)signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    if (!confine(server, &err)) {
        buf_printf(complaints, "%s\n", err.text);
        server_free(server);
        return NULL;
    }
    server->workers = workers_new(server->lane_count, WORKER_QUEUE_MAX, WORKER_STACK_BYTES);
    watch_signals(server);
    struct admin *admin = NULL;
    bool started = lanes_start(server, &err) &&
                   monitor_prepare(server, server->policy, &admin, &err) &&
                   listenings_change(server, server->policy, &err) &&
                   inherited_all_used(&server->inherited, &err);
    if (!started) {
        admin_close(&admin);
        buf_printf(complaints, "%s\n", err.text);
        server_stop(&server);
        return NULL;
    }
    log_event(LOG_INFO, "start", LOG_STR("version", CULVERT_VERSION),
              LOG_NUM("loops", server->lane_count), LOG_NUM("tunnels", server->listenings.count));
    server_check_descriptors(server);
    watch_files(&server->watch, server->policy->files, server->policy->file_count);
    expiry_watch(&server->expiry, server->policy);
    monitor_take(server, server->policy, admin);
    atomic_store(&server->status.readiness, READINESS_READY);
    listenings_print(server);
    monitor_print(server);
    watchdog_start(server);
    server_tell_ready(server);
    return server;
}

void server_run(struct server *server)
{
    loop_run(server->control);
}

void server_stop(struct server **slot)
{
    struct server *server = *slot;
    *slot = NULL;
    drain(server);
    if (!server->ended)
        loop_run(server->control);
    lanes_join(server);
    listenings_forget(server);
    workers_free(&server->workers);
    log_event(LOG_INFO, "stop", LOG_STR("version", CULVERT_VERSION),
              LOG_NUM("messages", server->counts.messages),
              LOG_NUM("uninspected", server->counts.uninspected),
              LOG_NUM("uncertain", server->counts.uncertain),
              LOG_NUM("errors", server->counts.errors));
    server_free(server);
}
