/* SPDX-License-Identifier: Apache-2.0 */
/* upstream_link: the inside of an upstream, for upstream.c and the pool that lists it. */
#ifndef CULVERT_TUNNELS_UPSTREAM_LINK_H
#define CULVERT_TUNNELS_UPSTREAM_LINK_H

#include "tunnels/upstream.h"

struct upstream {
    struct mortal mortal;
    struct list of_peer; /* in peer->all */
    struct list link;    /* in peer->idle */
    struct peer *peer;
    struct conn *conn;
    enum upstream_state state;
    bool kept;         /* had a user before the present one */
    bool reset_wanted; /* RSET waits for the replies of a peer without PIPELINING */
    unsigned outstanding;
    struct capabilities capabilities;
    struct reply_reader reader;
    const struct upstream_events *events;
    void *user;
};

/* Closes all connections of a list, with QUIT where that can be said; without a word to anybody. */
void upstreams_retire_all(struct list *all);
void upstreams_close_all(struct list *all);

#endif
