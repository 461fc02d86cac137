/* SPDX-License-Identifier: Apache-2.0 */
/* relay_link: the inside of a relay, for relay.c (envelope, hops), relay_limits.c and
 * relay_message.c (the text). */
#ifndef CULVERT_TUNNELS_DELIVERY_RELAY_LINK_H
#define CULVERT_TUNNELS_DELIVERY_RELAY_LINK_H

#include "engine/base/arena.h"
#include "engine/message/render.h"
#include "tunnels/client/login.h"
#include "tunnels/delivery/delivery.h"
#include "tunnels/delivery/hops.h"
#include "tunnels/place.h"
#include "tunnels/upstream/upstream.h"
#include "tunnels/wire/client_identity.h"

enum relay_phase {
    RELAY_ENVELOPE,
    RELAY_DATA,  /* DATA sent, 354 to come */
    RELAY_BODY,  /* the message is on its way out, behind DATA or BDAT */
    RELAY_FINAL, /* all sent, the upstream's word to come */
    RELAY_OVER
};

enum request_state { REQUEST_OPEN, REQUEST_TAKEN, REQUEST_REFUSED };

struct request {
    struct span recipient; /* of requests behind the first, which is MAIL */
    struct rcpt_params params;
    enum request_state state;
    bool unasked; /* it was over a limit of the upstream's, and never sent */
};

struct relay {
    struct delivery delivery;
    struct delivery_place place;
    struct pool *pool;
    size_t hop;     /* the one in use or being tried */
    uint64_t tried; /* hops_next() */
    struct upstream *upstream;
    enum relay_phase phase;
    bool replayed;
    bool broken; /* what a client was told does not hold any more */
    bool ended;
    bool message_waits;
    bool undemanding;          /* no hop can do all that was promised: one that can do less goes */
    bool passed_over;          /* there is such a hop */
    const struct reply *unfit; /* why a hop cannot take the mail at all; NULL: there was none */
    unsigned forwarded, forward_owed; /* lines of XFORWARD, and replies to them */
    bool reset_owed;                  /* RSET was sent in front of another envelope */
    bool by_chunk;                    /* BDAT was sent, not DATA */
    const struct reply *denied;       /* to BDAT: DATA will show whether the message was meant */
    bool confusable; /* a recipient's answer on this connection could be one to a text, too */
    bool step_owed;  /* HELP was sent, to see whether the next answer is its own */
    struct request *requests;
    size_t count, cap;
    size_t sent, heard; /* on this connection */
    unsigned rcpts;     /* RCPT commands on it, taken or refused */
    unsigned domains;   /* in them */
    struct outgoing outgoing;
    struct outgoing text; /* what of it goes over this connection */
    struct render render;
    struct data_encoder encoder;
};

/* relay_hop.c: the next connection, or on_mail() says that there is none. */
void relay_take(struct relay *relay);
/* The envelope once more, on a connection that nobody used before. */
void relay_replay(struct relay *relay);
/* relay.c: sends what may be sent now; what is heard. */
void relay_push(struct relay *relay);
void relay_on_reply(void *user, const struct reply *reply);
/* The first request from `at` on that was not refused: others are not asked again. */
size_t relay_next_live(const struct relay *relay, size_t at);
bool relay_is_asking(const struct relay *relay);

/* relay.c: answers all that is open. The owner may end the delivery in any of these calls. */
void relay_fail(struct relay *relay, const struct reply *reply);

/* relay_request.c: how well the connection carries what the client asked for with MAIL. */
enum relay_fit {
    FIT_WELL,
    FIT_POORLY, /* not all of it, but the mail may go: where no other hop does better */
    FIT_NOT     /* relay_hindrance() says why */
};
enum relay_fit relay_fit(const struct relay *relay);
/* Why the mail cannot go over the connection, or NULL. */
const struct reply *relay_hindrance(const struct relay *relay);
void relay_write_mail(const struct relay *relay, struct buf *line);
void relay_write_rcpt(const struct relay *relay, size_t at, struct buf *line);
/* Why RCPT number `at` cannot be asked on this connection as the client meant it, or NULL. */
const struct reply *relay_refused_rcpt(const struct relay *relay, size_t at);

/* relay_text.c: sets relay->text, as it is or in 7 bits; or says why it cannot go over the
 * connection. The reply is in the arena or a constant. */
const struct reply *relay_choose_text(struct relay *relay);

/* relay_forward.c: sends the next line of XFORWARD in front of MAIL, if there is one. */
#define XFORWARD_LINES 2u
bool relay_forward(struct relay *relay);
void relay_forward_reply(struct relay *relay, const struct reply *reply);

/* relay_word.c: what the client is told where the upstream says `reply`; the log, where that is
 * something else. */
const struct reply *relay_word(const struct relay *relay, const struct reply *reply);
/* 500 to 504, and no word about the mail in it. */
bool relay_is_about_protocol(const struct reply *reply);

/* relay_client.c: who the client is, for an upstream that is told. */
struct client_identity relay_client(const struct relay *relay);
/* The rules say that somebody else sends the message, and the upstream is to know: the envelope has
 * to be asked over another connection. */
bool relay_change_user(struct relay *relay);
/* That it did not want this client, who is to hear that where no other hop is left. */
void relay_note_refusal(struct relay *relay);

/* relay_unreached.c: no hop is left. */
void relay_fail_unreached(struct relay *relay);

/* relay_limits.c: RCPT number `at` is next: counts it, or says why the upstream would not take it
 * in this mail (RFC 9422). */
const struct reply *relay_count_rcpt(struct relay *relay, size_t at);

/* relay_hop.c: the envelope and the message once more, where that was not done yet: the upstream
 * has refused the message for what it is not. */
void relay_begin_anew(struct relay *relay);

/* relay_step.c: which answer belongs to which command, before and behind a chunk. */
void relay_note_rcpt(struct relay *relay, const struct reply *reply);
/* The text may follow BDAT; else DATA, whose 354 is like no other answer. */
bool relay_may_chunk(const struct relay *relay);
/* A mail that goes by BDAT alone: true, the answer to HELP is waited for in front of it. */
bool relay_find_step(struct relay *relay);
void relay_step_reply(struct relay *relay, const struct reply *reply);
/* Whether `reply` is the answer to the text, all of which was sent. */
enum relay_step {
    STEP_RIGHT,
    STEP_EARLY, /* it came before the end of the text, or is one of several */
    STEP_WRONG  /* it is of another command; the peer is sent DATA for a while */
};
enum relay_step relay_final_step(const struct relay *relay, const struct reply *reply);

/* relay_message.c: sends DATA or BDAT, and all that follows. */
void relay_start_message(struct relay *relay);
/* A reply in one of the phases behind RELAY_ENVELOPE. */
void relay_message_reply(struct relay *relay, const struct reply *reply);

extern const struct reply relay_lost, relay_unsure, relay_unexpected, relay_closing;

#endif
