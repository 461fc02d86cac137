/* SPDX-License-Identifier: Apache-2.0 */
/*
 * internal: the inside of server.h, for the files of this folder. What the loops' threads touch is
 * said where it stands; everything else belongs to the main thread.
 */
#ifndef CULVERT_SERVER_INTERNAL_H
#define CULVERT_SERVER_INTERNAL_H

#include "config/policy/policy.h"
#include "engine/admin/admin.h"
#include "engine/server/expiry.h"
#include "engine/server/inherited.h"
#include "engine/server/notify.h"
#include "engine/server/server.h"
#include "engine/server/watch.h"
#include "tunnels/node.h"

#include <pthread.h>
#include <uv.h>

/* A drain takes at most this long; what is not finished then stays with its sender. */
#define DRAIN_DEADLINE_MS 30000u

/* One event loop, its thread and its share of every tunnel. */
struct lane {
    struct server *server;
    unsigned number;
    struct loop *loop;
    pthread_t thread;
    struct tunnel_loop *tunnels; /* its own thread's, once that runs */
    struct timer cut_timer;      /* the same */
    struct post drain_post;
    struct post drained_post; /* to the control loop */
    bool ended;               /* nothing is left of its tunnels */
    struct post beat_post;    /* of the watchdog, to the lane */
    atomic_bool beaten;       /* by any thread: it has run */
};

/* A tunnel that is being listened for, on all lanes. */
struct listening {
    const struct tunnel *tunnel; /* of the policy in force */
    struct tunnel_shared shared;
    struct tunnel_place **places; /* one a lane */
    uint16_t port;                /* bound */
    char address[80];             /* "127.0.0.1:2525", for people */
};

struct listenings {
    struct listening *items;
    size_t count;
};

struct server {
    struct server_options options;
    struct policy *policy;
    struct loop *control;
    struct workers *workers;
    struct upstream_shared *upstreams;
    struct lane *lanes;
    unsigned lane_count;
    unsigned lanes_running;
    struct listenings listenings;
    struct outcome_counts counts; /* once the lanes are joined */
    uv_signal_t signals[3];
    struct watch watch;    /* the files that the policy names */
    struct expiry expiry;  /* of its certificates */
    struct paths *allowed; /* in the sandbox; NULL: there is none */
    bool files_are_confined;
    struct notify notify;
    struct timer watchdog;
    struct inherited inherited;
    struct admin_status status;
    struct admin *admin; /* NULL: none is configured */
    struct timer sweep;  /* of its requests */
    bool draining;
    bool ended; /* the last lane is drained, the control loop is stopping */

    /* Policies whose last user is gone, from any thread; freed on the main thread, where patterns
     * are compiled too. */
    pthread_mutex_t retired_lock;
    struct retired *retired;
    struct post retired_post;
    bool retired_posted;
};

/* lane.c */
bool lanes_start(struct server *server, struct error *err) MUST_USE;
/* Runs `run(lane, arg)` on the lane's thread and waits for it. */
void lane_call(struct lane *lane, void (*run)(struct lane *lane, void *arg), void *arg);
void lanes_drain(struct server *server);
void lanes_join(struct server *server);

/* listen.c */
/* Puts the tunnels of `policy` in the place of those that are listened for: new sockets are opened
 * first; when one cannot be, everything stays as it was. */
bool listenings_change(struct server *server, const struct policy *policy,
                       struct error *err) MUST_USE;
void listenings_forget(struct server *server);
void listenings_print(const struct server *server);

/* monitor.c: the admin listener that `policy` wants, where it is another than the present one. What
 * is in *fresh_out goes to monitor_take(), or admin_close() where the policy comes to nothing. */
bool monitor_prepare(struct server *server, const struct policy *policy, struct admin **fresh_out,
                     struct error *err) MUST_USE;
/* The policy is in force. */
void monitor_take(struct server *server, const struct policy *policy, struct admin *fresh);
void monitor_print(const struct server *server);
void monitor_init(struct server *server);
void monitor_stop(struct server *server);

/* confine.c: gives up what is not needed, for the policy that the server starts with. Before there
 * are threads. False: the process must end. */
bool confine(struct server *server, struct error *err) MUST_USE;
void confine_fini(struct server *server);
/* What to say beside complaints of a reload that the sandbox may be the reason of, or NULL. */
const char *confine_hint(const struct server *server, const struct buf *complaints);
/* Whether a new policy can do with what is left. */
bool confine_suits(const struct server *server, const struct policy *policy,
                   struct error *err) MUST_USE;

/* watchdog.c */
void watchdog_init(struct server *server);
void watchdog_start(struct server *server); /* the lanes run */
void watchdog_stop(struct server *server);

/* server.c: what a service manager is told once a policy is in force. */
void server_tell_ready(const struct server *server);

/* server.c: warns of policies that allow more clients than there can be. */
void server_check_descriptors(const struct server *server);

/* server.c: the lanes are drained, nothing keeps the control loop any more. */
void server_end_control(struct server *server);

/* reload.c */
struct policy *server_load_policy(struct server *server, struct buf *complaints);
void server_reload(struct server *server);
bool server_reload_files(void *server, bool last); /* watch_changed */
void server_free_retired(struct server *server);

#endif
