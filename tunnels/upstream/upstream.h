/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream: one SMTP connection to a peer, from connect to close (RFC 5321 section 3.1). It speaks
 * the greeting and EHLO (HELO where EHLO is not known), STARTTLS or TLS from the first byte, and
 * AUTH as the settings say; then it belongs to one user at a time, who sends commands and gets the
 * replies in order; released, it resets itself and waits in the pool.
 * The states are in README.md. One loop's thread; closing is two-phase.
 */
#ifndef CULVERT_TUNNELS_UPSTREAM_UPSTREAM_H
#define CULVERT_TUNNELS_UPSTREAM_UPSTREAM_H

#include "tunnels/upstream/pool.h"
#include "tunnels/wire/reply.h"

enum upstream_state {
    UPSTREAM_RESOLVING, /* its host's name is being looked up */
    UPSTREAM_WAITING,   /* for one of the connections that its peer may have */
    UPSTREAM_CONNECTING,
    UPSTREAM_HANDSHAKE, /* TLS: behind STARTTLS, or from the first byte */
    UPSTREAM_GREETING,  /* connected; 220 is to come */
    UPSTREAM_EHLO,      /* EHLO sent */
    UPSTREAM_HELO,      /* EHLO was refused, HELO sent */
    UPSTREAM_STARTTLS,  /* STARTTLS sent */
    UPSTREAM_XCLIENT,   /* telling it who the client is */
    UPSTREAM_AUTH,      /* logging in */
    UPSTREAM_LEASED,    /* its user's */
    UPSTREAM_RESETTING, /* given back with commands under way; RSET ends them */
    UPSTREAM_IDLE,      /* in the pool */
    UPSTREAM_CLOSED     /* waits to be freed */
};

struct upstream_events {
    /* Greeted: commands may be sent. Not for one that was taken from the pool: it is ready. */
    void (*on_ready)(void *user);
    void (*on_reply)(void *user, const struct reply *reply);
    /* The connection is gone, with all replies still owed. The upstream is not the user's any
     * more; `was_ready`: it failed behind on_ready. */
    void (*on_lost)(void *user, const char *reason, bool was_ready);
};

/* An idle connection where there is one and `kept` allows it, else a new one that connects.
 * `client`: whose mail goes over it, for peers that are told; NULL: nobody's. */
struct upstream *upstream_take(struct peer *peer, bool kept, const struct client_identity *client,
                               const struct upstream_events *events, void *user);

/* Lost because max_connections were in use all the time. */
bool upstream_waited_in_vain(const struct upstream *upstream);
/* Lost because the peer, told who the client is, does not want that one. */
bool upstream_refused_client(const struct upstream *upstream);
bool upstream_is_ready(const struct upstream *upstream);
/* It had a user before: the peer may have closed it meanwhile. */
bool upstream_was_kept(const struct upstream *upstream);
/* The peer took a message on this connection; whether it has. */
void upstream_count_message(struct upstream *upstream);
bool upstream_has_delivered(const struct upstream *upstream);
const struct capabilities *upstream_capabilities(const struct upstream *upstream);
/* Replies still owed. */
unsigned upstream_outstanding(const struct upstream *upstream);

/* MAIL is sent next: one more of those that the peer takes on one connection. */
void upstream_count_mail(struct upstream *upstream);
/* Sends one command line (with CRLF); one reply is owed for it. More than one at a time only where
 * the peer offers PIPELINING. */
void upstream_command(struct upstream *upstream, struct span line);
/* Sends a message behind a 354, or behind `line` (BDAT) in the same write; one reply is owed.
 * source->done comes when all is handed over. */
void upstream_message(struct upstream *upstream, struct span line,
                      const struct conn_source *source);
/* The message may go by BDAT (RFC 3030). */
bool upstream_takes_chunks(const struct upstream *upstream);
/* It offered CHUNKING and answered `reply` to BDAT: it is not sent any more for a while. */
void upstream_denied_chunks(struct upstream *upstream, const struct reply *reply);

/* On one that is ready: nothing has come unasked, not even what the loop has not told of yet. */
bool upstream_is_quiet(const struct upstream *upstream);
/* The last reply can be the answer to all that was sent: the peer has it, and said no more. */
bool upstream_is_in_step(const struct upstream *upstream);

/* `reply` to a text that went by BDAT is that of another command: DATA for a while. */
void upstream_out_of_step(struct upstream *upstream, const struct reply *reply);

/* The peer has taken some of the message; its deadline begins anew with each block. */
void upstream_has_taken(struct upstream *upstream, size_t bytes);
/* It begins anew now. */
void upstream_extend(struct upstream *upstream);

enum upstream_release {
    RELEASE_KEEP,  /* nothing is owed, no transaction is open */
    RELEASE_RESET, /* a transaction is open or replies are owed */
    RELEASE_CLOSE  /* nothing good can come of it */
};
/* Ends the use; no event comes any more. */
void upstream_release(struct upstream **upstream, enum upstream_release how);

/* upstream_personal.c: a connection on which somebody has logged in. It never comes into the pool:
 * released it is its keeper's again, who hears on_ready() then, and on_lost() when it is gone,
 * whoever uses it. NULL: no more. */
void upstream_keep_for(struct upstream *upstream, const struct upstream_events *events, void *user);
/* The keeper gives it to a delivery; on_ready() comes where it is not ready yet. */
void upstream_lend(struct upstream *upstream, const struct upstream_events *events, void *user);
/* The keeper's end of it, with QUIT where that can be said. */
void upstream_dismiss(struct upstream **upstream);

/* The pool's: closes an idle one with QUIT. */
void upstream_retire(struct upstream *upstream);

#endif
