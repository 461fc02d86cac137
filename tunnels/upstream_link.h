/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream_link: the inside of an upstream, for upstream.c (life and lease), upstream_greet.c (from
 * connect to EHLO, with TLS), upstream_auth.c (the login) and the pool that lists it.
 */
#ifndef CULVERT_TUNNELS_UPSTREAM_LINK_H
#define CULVERT_TUNNELS_UPSTREAM_LINK_H

#include "tunnels/upstream.h"

/* What is sent next in a login (upstream_auth.c). */
enum auth_step { AUTH_OVER, AUTH_SEND_PLAIN, AUTH_SEND_NAME, AUTH_SEND_PASSWORD, AUTH_AWAIT };

struct upstream {
    struct mortal mortal;
    struct list of_peer; /* in peer->all */
    struct list link;    /* in peer->idle */
    struct peer *peer;
    struct conn *conn;
    enum upstream_state state;
    bool kept;         /* had a user before the present one */
    bool reset_wanted; /* RSET waits for the replies of a peer without PIPELINING */
    bool in_clear;     /* TLS was tried and failed: this connection goes without */
    enum auth_step auth_step;
    unsigned outstanding;
    unsigned mails;    /* MAIL commands on this connection */
    unsigned messages; /* that the peer took on it */
    struct capabilities capabilities;
    struct reply_reader reader;
    const struct upstream_events *events;
    void *user;
};

void upstream_enter(struct upstream *upstream, enum upstream_state state);
/* Sends a line for which a reply is owed. */
void upstream_send_line(struct upstream *upstream, struct span line);
/* It is gone or unusable: shuts it and tells the user, if there is one. */
void upstream_lose(struct upstream *upstream, enum peer_fault fault, const char *reason);
/* Connects, or connects anew: what the connection before knew is forgotten. */
void upstream_dial(struct upstream *upstream);
/* Greeted, secured, logged in. */
void upstream_become_ready(struct upstream *upstream);

/* upstream_greet.c, in the states before UPSTREAM_AUTH: */
void upstream_opened(struct upstream *upstream);
void upstream_secured(struct upstream *upstream);
/* `more`: bytes have come behind the reply. */
void upstream_greeting_reply(struct upstream *upstream, const struct reply *reply, bool more);
/* The stream ended before LEASED. */
void upstream_greeting_end(struct upstream *upstream, enum conn_end end, const char *reason);
/* Loses it: "`what` answered with 454 not now". */
void upstream_refused(struct upstream *upstream, enum peer_fault fault, const char *what,
                      const struct reply *reply);

/* upstream_auth.c: logs in where the settings say so, then becomes ready. */
void upstream_log_in(struct upstream *upstream);
void upstream_auth_reply(struct upstream *upstream, const struct reply *reply);

/* Closes all connections of a list, with QUIT where that can be said; without a word to anybody. */
void upstreams_retire_all(struct list *all);
void upstreams_close_all(struct list *all);

#endif
