/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream_link: the inside of an upstream, for upstream.c (life and lease), upstream_dial.c (up to
 * the connection), upstream_greet.c (from there to EHLO, with TLS), upstream_client.c (for whom it
 * is), upstream_auth.c (the login), upstream_message.c (the text) and the pool that lists it.
 */
#ifndef CULVERT_TUNNELS_UPSTREAM_UPSTREAM_LINK_H
#define CULVERT_TUNNELS_UPSTREAM_UPSTREAM_LINK_H

#include "tunnels/upstream/upstream.h"

/* What is sent next in a login (upstream_auth.c). */
enum auth_step { AUTH_OVER, AUTH_SEND_PLAIN, AUTH_SEND_NAME, AUTH_SEND_PASSWORD, AUTH_AWAIT };

struct upstream {
    struct mortal mortal;
    struct list of_peer; /* in peer->all */
    struct list link;    /* in peer->idle, or in its line */
    struct peer *peer;
    struct conn *conn;
    enum upstream_state state;
    struct name_query query;
    struct quota_wait wait;
    uint64_t line_until_ms;    /* it has been in the peer's line; 0: never */
    bool in_line;              /* by `link` */
    struct quota *place;       /* the connection is counted there; NULL: not counted */
    struct timer timer;        /* while RESOLVING or WAITING */
    struct addresses *targets; /* before LEASED: the addresses that are tried */
    size_t target;             /* the one in work */
    uint64_t first_ms;         /* when the first attempt began */
    uint64_t began_ms;         /* the same of the one in work */
    uint64_t until_ms;         /* that all have for connecting */
    bool kept;                 /* had a user before the present one */
    bool reset_wanted;         /* RSET waits for the replies of a peer without PIPELINING */
    bool in_vain;              /* WAITING took too long */
    bool in_clear;             /* TLS was tried and failed: this connection goes without */
    bool more;                 /* bytes came in one read with the last reply, behind it */
    bool began_early;          /* the reply that is being read began before the peer had all */
    enum auth_step auth_step;
    struct client_identity *client; /* upstream_client.c; NULL: nobody's */
    unsigned attribute;             /* of XCLIENT: the next one to be sent */
    bool introduced;                /* all of them are */
    bool refused;                   /* the client is not wanted */
    bool client_left;
    unsigned outstanding;
    unsigned mails;    /* MAIL commands on this connection */
    unsigned messages; /* that the peer took on it */
    size_t taken;      /* bytes of a message since its deadline began */
    unsigned refusals; /* replies of 4xx and 5xx since the last of them */
    struct capabilities capabilities;
    struct reply_reader reader;
    const struct upstream_events *events;
    void *user;
    const struct upstream_events *keeper_events; /* upstream_personal.c */
    void *keeper;                                /* NULL: the pool */
};

void upstream_enter(struct upstream *upstream, enum upstream_state state);
/* Sends a line for which a reply is owed. */
void upstream_send_line(struct upstream *upstream, struct span line);
/* It is gone or unusable: shuts it and tells the user, if there is one. */
void upstream_lose(struct upstream *upstream, enum peer_fault fault, const char *reason);
/* Greeted, secured, logged in. */
void upstream_become_ready(struct upstream *upstream);

/* Closes the connection, if there is one, and forgets what was known of it. */
void upstream_forget(struct upstream *upstream);
/* The first phase of closing: no event comes, the pool does not know it any more. */
void upstream_shut(struct upstream *upstream);

/* upstream_release.c: nothing is owed and nobody uses it: into the pool. */
void upstream_become_idle(struct upstream *upstream);
/* A reply in UPSTREAM_RESETTING. */
void upstream_resetting_reply(struct upstream *upstream, const struct reply *reply);

/* upstream_dial.c: looks the host up and connects. */
void upstream_begin(struct upstream *upstream);
/* Connects to the same address anew: what the connection before knew is forgotten. */
void upstream_dial(struct upstream *upstream);
/* The attempt failed; true: another address is being tried. */
bool upstream_try_next(struct upstream *upstream, enum peer_fault fault);
/* The address that is being tried, "" for none; whether another one is left. */
const char *upstream_target(const struct upstream *upstream);
bool upstream_has_more_targets(const struct upstream *upstream);
/* `from`, which nobody uses any more, hands its connection to one that waits. */
void upstream_hand_over(struct upstream *from, struct upstream *to);
/* Closes the connection; its place becomes free when the peer has closed it, too. */
void upstream_close_conn(struct upstream *upstream);
void upstream_stop_dialing(struct upstream *upstream);
extern const struct conn_events upstream_conn_events; /* upstream.c */

/* upstream_line.c: it was turned away with 421; true: it waits for its turn. */
bool upstream_wait_in_line(struct upstream *upstream);
/* Harmless where it is in none. */
void upstream_leave_line(struct upstream *upstream);
void peer_line_init(struct peer *peer);
/* The first in line, or NULL: a connection without a user is for it. */
struct upstream *peer_line_first(struct peer *peer);
/* The peer may take another connection: one was closed, or the first in line was taken. */
void peer_line_moves(struct peer *peer, bool was_closed);

/* upstream_greet.c, in the states before UPSTREAM_AUTH: */
void upstream_opened(struct upstream *upstream);
void upstream_secured(struct upstream *upstream);
/* The session begins anew, behind XCLIENT. */
void upstream_greet_again(struct upstream *upstream);
/* `more`: bytes have come behind the reply. */
void upstream_greeting_reply(struct upstream *upstream, const struct reply *reply, bool more);
/* The stream ended before LEASED. */
void upstream_greeting_end(struct upstream *upstream, enum conn_end end, const char *reason);
/* Loses it: "`what` answered with 454 not now". */
void upstream_refused(struct upstream *upstream, enum peer_fault fault, const char *what,
                      const struct reply *reply);

/* upstream_client.c: the PROXY header, in front of all else. */
void upstream_send_proxy(struct upstream *upstream);
/* XCLIENT where the settings say so, then the login. */
void upstream_introduce(struct upstream *upstream);
void upstream_xclient_reply(struct upstream *upstream, const struct reply *reply);
/* The name for EHLO or HELO: behind XCLIENT the client's, as if it spoke. */
struct span upstream_helo_name(const struct upstream *upstream, bool extended);
/* Whether a reply to the greeting or EHLO is one to the client. */
bool upstream_speaks_for_client(const struct upstream *upstream);
bool upstream_is_for(const struct upstream *upstream, const struct client_identity *client);
/* It may serve another mail, as far as clients go. */
bool upstream_is_of_use(const struct upstream *upstream);
void upstreams_client_left(struct list *all, const struct proxy_end *client);

/* upstream_auth.c: logs in where the settings say so, then becomes ready. */
void upstream_log_in(struct upstream *upstream);
void upstream_auth_reply(struct upstream *upstream, const struct reply *reply);

/* upstream_personal.c: back from a delivery to its keeper; RSET is answered; it is gone. */
void upstream_hand_back(struct upstream *upstream);
void upstream_return(struct upstream *upstream);
void upstream_tell_keeper(const struct upstream *upstream, const char *reason);

/* Closes all connections of a list, with QUIT where that can be said; without a word to anybody. */
void upstreams_retire_all(struct list *all);
void upstreams_close_all(struct list *all);

#endif
