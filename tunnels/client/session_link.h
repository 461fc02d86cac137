/* SPDX-License-Identifier: Apache-2.0 */
/* session_link: the inside of a session, for session.c and the verbs. */
#ifndef CULVERT_TUNNELS_CLIENT_SESSION_LINK_H
#define CULVERT_TUNNELS_CLIENT_SESSION_LINK_H

#include "tunnels/client/offer.h"
#include "tunnels/client/session.h"
#include "tunnels/delivery/delivery.h"
#include "tunnels/mail/transaction.h"
#include "tunnels/wire/client_identity.h"
#include "tunnels/wire/command.h"

/* In README.md with all their transitions. */
enum session_state {
    SESSION_SECURING,   /* the TLS handshake; no command is read */
    SESSION_GREETED,    /* 220 was said; the client has not introduced itself */
    SESSION_READY,      /* it has; no mail is under way */
    SESSION_MAIL,       /* between MAIL and DATA */
    SESSION_TEXT,       /* 354 was said; what comes is the message */
    SESSION_CHUNK,      /* behind BDAT: what comes is octets of a chunk */
    SESSION_CHUNKED,    /* a chunk was taken, the last is to come */
    SESSION_AUTH,       /* an exchange of AUTH: what comes is its lines */
    SESSION_PROCESSING, /* the final dot was seen; the answer is to come, no command is read */
    SESSION_CLOSED
};
#define IN(state) (1u << (state))

/* After a refused DATA: what comes may be the text of a client that did not listen. */
enum session_doubt {
    DOUBT_NONE,
    DOUBT_TEXT,    /* what comes next tells */
    DOUBT_HOLDING, /* commands; whether the client waits for their answers is to be seen */
    DOUBT_WAITING, /* the same, behind something harmless that was run */
    DOUBT_OVER     /* it does */
};

/* What has come of it. */
struct session_group {
    struct command_reader reader;
    size_t seen;          /* bytes that were looked at */
    bool ended;           /* by a command that is the last of its group */
    bool harmless;        /* whoever wrote it */
    uint64_t until_ms;    /* the rest of a line must have come */
    uint64_t answered_ms; /* something harmless */
};

/* The octets behind a BDAT (RFC 3030). */
struct session_chunk {
    uint64_t size, left;
    bool last;
    bool failed;                 /* of this message one was refused, and what follows is */
    const struct reply *refusal; /* NULL: they are kept */
    enum session_state back;     /* where the session was before */
};

struct session {
    struct mortal mortal;
    struct list link; /* in place->sessions */
    struct tunnel_place *place;
    struct counts *counts;
    struct conn *conn; /* NULL: closed */
    enum session_state state;
    enum session_doubt doubt;
    struct session_group group;
    struct session_chunk chunk;
    bool greeted; /* 220 was said; after STARTTLS it is not said again */
    bool draining;
    bool by_client;  /* for census_leave() */
    bool is_visitor; /* a balancer that looks whether we are alive, and may not send mail */
    struct replies replies;
    struct timer timer;
    struct command_reader reader;
    char *helo;                  /* the name that the client gave, or NULL */
    bool is_extended;            /* it gave it with EHLO */
    struct capabilities offered; /* nothing after HELO */
    struct offer_waiter waiter;  /* EHLO waits for what the upstreams can do */
    struct reply_slot *ehlo_slot;
    struct login *login; /* NULL: no AUTH was tried */
    struct transaction *transaction;
    uint64_t number;
    uint64_t opened_ms;
    uint64_t text_ms, progress_ms; /* 354 or BDAT; last byte of the message */
    uint64_t text_bytes;           /* since text_ms */
    uint32_t errors, junk;         /* since the last message */
    uint32_t commands, mails, accepted;
};

/* verbs.c: runs one command; false: it has to wait until all replies before it are known.
 * `more_came`: something is behind it already. */
bool session_run(struct session *session, const struct command *command, bool more_came);

/* verbs.c: the reply to EHLO that waited for the upstreams. */
void session_say_offer(struct session *session);

void session_enter(struct session *session, enum session_state state);
/* Answers a command; `slot` NULL: one that has no slot yet. */
void session_reply(struct session *session, struct reply_slot *slot, const struct reply *reply);
void session_reply_bytes(struct session *session, struct reply_slot *slot, struct span bytes);
/* A command that was wrong: answers and counts it. */
void session_refuse(struct session *session, const struct answer *answer);
/* Says the reply (NULL: nothing) and closes. `why` is for the log. */
void session_goodbye(struct session *session, const struct reply *reply, const char *why);
void session_reset(struct session *session);
/* 220, and the client has the word. */
void session_greet(struct session *session);
/* All that was asked is answered: the client has the word, unless we are to stop. */
void session_settle(struct session *session);
void session_end(struct session *session, const char *why);

/* Its events are the session's from now on. */
struct session *session_new(struct tunnel_place *place, struct conn *conn);

/* session_accept.c: a connection whose client is known: a session, unless a limit is against it. A
 * balancer that comes for itself need not be in allowed_clients to be greeted. */
void session_admit(struct tunnel_place *place, struct conn *conn, bool is_balancer);
/* Says the greeting, where the client can read it, and closes; counted and logged. `detail`: more
 * for the log, or "". */
void session_turn_away(struct tunnel_place *place, struct conn **conn, enum refused reason,
                       const char *detail, struct span greeting);
/* session_proxy.c: the same once the PROXY header has come, if it may. */
void session_await_proxy(struct tunnel_place *place, struct conn *conn);

/* An answer has left: what was left unread may go on. */
void session_go_on(struct session *session);

/* session_identity.c: who the client is, for upstreams that are told. */
struct client_identity session_identity(const struct session *session);
/* It is gone: so are the connections that were made for it. */
void session_end_identity(struct session *session);

/* session_auth_offer.c: the mechanisms that may be offered now. */
void session_offer_auth(const struct session *session, struct auth_list *out);
/* Where the client's mail goes, whoever gets it: nobody else knows its account. NULL: that depends
 * on the recipients. `is_any_out`: all routes have the same hops. */
const struct route *session_login_route(const struct session *session, bool *is_any_out);
/* The client's connection may carry a password; so may one of an upstream with these: TLS, this
 * host, or it was allowed. */
bool session_may_log_in(const struct session *session);
bool login_may_go(const struct tunnel *tunnel, const struct capabilities *peer);
/* Rules ask who it is: who cannot be known does not get in. */
bool login_needs_name(const struct tunnel *tunnel);

/* session_auth.c: false: `answer` says why not. */
bool session_check_auth(const struct session *session, struct span argument, struct answer *answer);
void session_begin_auth(struct session *session, struct span argument);
/* Lines of the exchange. */
size_t session_take_auth(struct session *session, char *bytes, size_t len);
bool session_auth_is_owed(const struct session *session);
/* Who is logged in, "" where that is not known; whether somebody is. */
const char *session_user(const struct session *session);
bool session_is_logged_in(const struct session *session);
/* The login's connection is lost and with it the login: the session is over. */
bool session_lost_login(struct session *session);
void session_end_login(struct session *session);

/* session_tls.c: TLS may begin here; nothing but what leads to TLS is taken before. */
bool session_may_start_tls(const struct session *session);
bool session_needs_tls(const struct session *session);
/* Begins the handshake; forgets all that the client said before. */
void session_start_tls(struct session *session);
/* What conn says: it is over, it failed. The reason of a failure goes to the log; closes. */
void session_secured(void *user);
void session_tls_failed(struct session *session, const char *reason);
/* The connection ended in the handshake; no failure where it had not begun. */
void session_tls_ended(struct session *session, const char *reason);
/* One line about TLS that did not come to be. */
void session_tls_refused(const struct session *session, const char *reason);
/* The time for the handshake is over. */
void session_tls_expired(struct session *session);
/* The tunnel is being closed in the middle of a handshake. */
void session_tls_hurry(struct session *session);
/* Empty texts without TLS. */
struct tls_info session_tls_info(const struct session *session);

/* session_doubt.c: DATA was refused; `more_came`: something is behind it already. */
void session_refused_data(struct session *session, bool more_came);
/* `input` is all that has come and was not run; true: its first line may run. False: the session is
 * closed, or all has to come again with what follows, or when session_end_hold() has been called.
 */
bool session_trusts(struct session *session, struct span input);
/* The time of commands that were held is over. False: none were. */
bool session_end_hold(struct session *session);

/* session_text.c: from 354 on. */
void session_begin_text(struct session *session);
size_t session_take_text(struct session *session, char *bytes, size_t len);
/* Says 421 4.4.2 and closes: the time is over that the setting `limit` gives. */
void session_over_time(struct session *session, const char *limit, const char *why);
/* A text begins, by DATA or its first chunk. */
void session_start_text_clock(struct session *session);
/* Starts the timer again, or ends the session: its time is over. */
void session_check_text(struct session *session);

/* session_rates.c: counts a message or recipient of the client; the refusal where it had too many
 * in the last minute, or NULL. */
const struct reply *session_over_rate(const struct session *session, enum rate what);
/* The refusal where one more mail might find no descriptor for its next hop, or NULL. */
const struct reply *session_over_descriptors(const struct session *session);

/* session_chunk.c: from BDAT on. */
void session_bdat(struct session *session, struct span argument);
size_t session_take_chunk(struct session *session, char *bytes, size_t len);

extern const struct transaction_events session_transaction_events;

#endif
