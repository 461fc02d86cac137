/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server: the running engine: the policy in force, N event loops on threads of their own with a
 * listener for each tunnel, the workers, and a control loop on the main thread for signals, reload
 * and whatever has to be freed there. One per process; everything here is called on the main
 * thread.
 */
#ifndef CULVERT_SERVER_SERVER_H
#define CULVERT_SERVER_SERVER_H

#include "engine/base/buf.h"
#include "engine/base/error.h"

struct server;

struct server_options {
    const char *config;        /* file or folder */
    const char *node_name;     /* NULL: from the configuration */
    const char *const *labels; /* added to the node's */
    size_t label_count;
    bool managed;   /* by a service manager: its sockets are taken, it is told how things are */
    unsigned loops; /* 0: one for each processor we may use */
};

/* Loads, binds all sockets, starts the threads, prints the "culvert ready" lines on standard error.
 * NULL: `complaints` (or standard error, for sockets) says why and nothing runs. */
struct server *server_start(const struct server_options *options, struct buf *complaints) MUST_USE;

/* Until SIGTERM or SIGINT. SIGHUP reloads; so does a change of the files that the configuration
 * names (certificates, keys), with the configuration as it was read. Returns when everything is
 * drained and closed. */
void server_run(struct server *server);

/* Drains as SIGTERM does, without server_run(). Frees. */
void server_stop(struct server **server);

/* "127.0.0.1:2525", or NULL where no such tunnel listens. Valid until the next reload. */
const char *server_address(const struct server *server, const char *tunnel);

#endif
