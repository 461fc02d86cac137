/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inherited: listening sockets that a service manager opened and handed down (sd_listen_fds(3)): a
 * port below 1024 without a privilege, and clients that wait instead of being refused while the
 * process starts anew. Main thread; kept to the end, so that a reload can take one again.
 */
#ifndef CULVERT_SERVER_INHERITED_H
#define CULVERT_SERVER_INHERITED_H

#include "config/policy/policy.h"
#include "engine/base/error.h"
#include "tunnels/tunnel.h"

#define INHERITED_MAX 64u

struct inherited_socket {
    int fd;
    char *name;       /* "" without one */
    char address[64]; /* numeric */
    uint16_t port;
    bool claimed; /* the tunnel of its name is there, and nobody else's it is */
    bool used;    /* a tunnel has taken it */
};

struct inherited {
    struct inherited_socket sockets[INHERITED_MAX];
    size_t count;
};

/* Reads and removes the environment variables. Before there are threads. False: what is there is no
 * listening TCP socket. */
bool inherited_init(struct inherited *inherited, struct error *err) MUST_USE;
void inherited_fini(struct inherited *inherited);

/* Which of them are for tunnels that this policy loads, by their names. Before inherited_for(). */
void inherited_claim(struct inherited *inherited, const struct policy *policy);

/* The socket of that name, else one of that address and port that no other tunnel's name is on;
 * NULL: the tunnel opens one itself. False: it would have to be the socket of another tunnel. */
bool inherited_for(struct inherited *inherited, const struct tunnel *tunnel,
                   struct inherited_socket **out, struct error *err) MUST_USE;

/* False, with its name and address: there is one that no tunnel has taken. */
bool inherited_all_used(const struct inherited *inherited, struct error *err) MUST_USE;

#endif
