/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify: what a service manager wants to be told (sd_notify(3)): ready, reloading, stopping, and
 * that the process is alive. The protocol is datagrams of "KEY=VALUE" lines to the socket that
 * $NOTIFY_SOCKET names; where there is none nothing is said. Main thread.
 */
#ifndef CULVERT_SERVER_NOTIFY_H
#define CULVERT_SERVER_NOTIFY_H

#include "engine/base/attrs.h"

#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct notify {
    int fd; /* -1: nobody wants to know */
    struct sockaddr_un address;
    socklen_t address_len;
    uint64_t watchdog_ms; /* "WATCHDOG=1" is awaited this often; 0: not at all */
};

/* Reads and removes the environment variables: children are not to speak for us. Before there are
 * threads. */
void notify_init(struct notify *notify);
void notify_fini(struct notify *notify);

void notify_ready(const struct notify *notify, const char *status);
/* To be followed by notify_ready(), whatever comes of it. */
void notify_reloading(const struct notify *notify);
void notify_stopping(const struct notify *notify);
void notify_alive(const struct notify *notify);

#endif
