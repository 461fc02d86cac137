/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/mem.h"
#include "tunnels/client/session_link.h"

#include <stdlib.h>

/*
 * verbs: one table of what a client may say and when, and for each verb a check (is it well formed,
 * may it be?) and a proceeding. A check that fails has set the refusal.
 */

enum verb_result {
    VERB_DONE,  /* answered */
    VERB_LATER, /* has a slot; the answer comes */
    VERB_FAILED /* refused; the refusal is set */
};

enum verb_flag {
    VERB_EAGER = 1, /* may be taken up before the replies to earlier commands are known */
    VERB_JUNK = 2,  /* leads nowhere: only so many of them between two messages */
    VERB_PLAIN = 4  /* may come in clear where TLS is required (RFC 3207 section 4) */
};

struct verb_call {
    struct span argument;
    bool more_came; /* something is behind the command already */
    struct address address;
    struct mail_params params;
    struct rcpt_params rcpt_params;
    struct answer refusal;
};

struct verb {
    enum command_verb verb;
    unsigned states; /* IN(state) | ... */
    unsigned flags;
    bool (*check)(struct session *session, struct verb_call *call); /* NULL: any argument goes */
    enum verb_result (*proceed)(struct session *session, struct verb_call *call);
};

#define ANYWHERE (IN(SESSION_GREETED) | IN(SESSION_READY) | IN(SESSION_MAIL) | IN(SESSION_CHUNKED))

static bool refuse(struct verb_call *call, unsigned code, const char *enhanced, const char *text)
{
    call->refusal = (struct answer){code, enhanced, text};
    return false;
}

static enum verb_result say(struct session *session, const struct reply *reply)
{
    session_reply(session, NULL, reply);
    return VERB_DONE;
}

static bool check_no_argument(struct session *session, struct verb_call *call)
{
    (void)session;
    return call->argument.len == 0 || refuse(call, 501, "5.5.4", "No argument is allowed");
}

static bool check_name(struct session *session, struct verb_call *call)
{
    (void)session;
    return address_is_helo_name(call->argument) ||
           refuse(call, 501, "5.5.4", "A domain name or address literal is needed");
}

/* RFC 5321 section 4.1.4: EHLO and HELO reset like RSET. */
static void introduce(struct session *session, struct span name, bool is_extended)
{
    session_reset(session);
    free(session->helo);
    session->helo = mem_copy(name.ptr, name.len);
    session->is_extended = is_extended;
    session_enter(session, SESSION_READY);
}

static enum verb_result helo(struct session *session, struct verb_call *call)
{
    introduce(session, call->argument, false);
    session->offered = (struct capabilities){0};
    struct reply reply = {.code = 250, .text = span_str(session->place->tunnel->server_name)};
    struct buf *scratch = &session->place->loop->scratch;
    scratch->len = 0;
    reply_write(scratch, reply.code, span_of("", 0), reply.text);
    session_reply_bytes(session, NULL, buf_span(scratch));
    return VERB_DONE;
}

void session_say_offer(struct session *session)
{
    struct tunnel_place *place = session->place;
    struct buf *scratch = &place->loop->scratch;
    struct reply_slot *slot = session->ehlo_slot;
    session->ehlo_slot = NULL;
    offer_get(place, conn_peer_address(session->conn), &session->offered);
    session->offered.starttls = session_may_start_tls(session);
    session_offer_auth(session, &session->offered.auth);
    session->offered.requiretls &= conn_is_secure(session->conn); /* RFC 8689 section 4.2.1 */
    scratch->len = 0;
    capabilities_write(scratch, span_str(place->tunnel->server_name), &session->offered);
    session_reply_bytes(session, slot, buf_span(scratch));
}

static enum verb_result ehlo(struct session *session, struct verb_call *call)
{
    introduce(session, call->argument, true);
    if (!offer_wait(session->place, conn_peer_address(session->conn), &session->waiter)) {
        session_say_offer(session);
        return VERB_DONE;
    }
    session->ehlo_slot = replies_open(&session->replies);
    return VERB_LATER;
}

/* RFC 1870 section 6.1: what cannot be taken is said before the text has to come. The limit that
 * EHLO named is the least of ours and those of the upstreams. */
static bool check_size(struct session *session, struct verb_call *call)
{
    const struct tunnel *tunnel = session->place->tunnel;
    uint64_t ours = tunnel->max_message_size, offered = session->offered.size_limit;
    uint64_t size = call->params.size;
    if (!call->params.has_size)
        return true;
    if (ours > 0 && size > ours) {
        counts_limit(session->counts, "max_message_size");
        return refuse(call, 552, "5.3.4", "The message is larger than the limit");
    }
    if (offered > 0 && size > offered)
        return refuse(call, 552, "5.3.4", "The message is larger than the next mail server takes");
    return spool_has_room(&tunnel->spool, size) ||
           refuse(call, 452, "4.3.1", "Insufficient system storage");
}

static bool check_mail(struct session *session, struct verb_call *call)
{
    struct span params;
    if (session->is_visitor)
        return refuse(call, 554, "5.7.1", "You may not send mail");
    if (!address_parse_from(call->argument, session->offered.smtputf8, &call->address, &params,
                            &call->refusal) ||
        !mail_params_parse(params, &session->offered, &call->params, &call->refusal))
        return false;
    if (call->address.is_8bit && !call->params.smtputf8)
        return refuse(call, 553, "5.6.7", "The address needs SMTPUTF8");
    return check_size(session, call);
}

static enum verb_result mail(struct session *session, struct verb_call *call)
{
    struct transaction_client client = {.session = session->number,
                                        .number = session->mails + 1,
                                        .address = conn_peer_address(session->conn),
                                        .helo = span_str(session->helo),
                                        .is_extended = session->is_extended,
                                        .is_secure = conn_is_secure(session->conn),
                                        .login =
                                            session_is_logged_in(session) ? session->login : NULL,
                                        .user = session_user(session),
                                        .port = conn_peer_port(session->conn),
                                        .server_address = conn_local_address(session->conn),
                                        .server_port = conn_local_port(session->conn),
                                        .tls = session_tls_info(session)};
    const struct reply *refusal = session_over_rate(session, RATE_MESSAGES);
    if (refusal) {
        session->errors++;
        return say(session, refusal);
    }
    if ((refusal = session_over_descriptors(session)))
        return say(session, refusal);
    session->transaction =
        transaction_new(session->place, &client, &session_transaction_events, session);
    session_enter(session, SESSION_MAIL);
    transaction_mail(session->transaction, &call->address, &call->params,
                     replies_open(&session->replies));
    return VERB_LATER;
}

static bool check_rcpt(struct session *session, struct verb_call *call)
{
    struct span params;
    bool utf8 = transaction_is_smtputf8(session->transaction);
    return address_parse_to(call->argument, utf8, &call->address, &params, &call->refusal) &&
           rcpt_params_parse(params, &session->offered, utf8, &call->rcpt_params, &call->refusal);
}

/* What is refused is no error: it ends no session in the middle of its mail. */
static enum verb_result rcpt(struct session *session, struct verb_call *call)
{
    const struct reply *refusal = session_over_rate(session, RATE_RECIPIENTS);
    if (refusal)
        return say(session, refusal);
    transaction_rcpt(session->transaction, &call->address, &call->rcpt_params,
                     replies_open(&session->replies));
    return VERB_LATER;
}

static enum verb_result data(struct session *session, struct verb_call *call)
{
    static const struct reply go_ahead = {.code = 354,
                                          .text = SPAN_INIT("End data with <CR><LF>.<CR><LF>")};
    (void)call;
    const struct reply *refusal = transaction_data(session->transaction);
    if (refusal) {
        session->errors++;
        return say(session, refusal);
    }
    session_begin_text(session);
    return say(session, &go_ahead);
}

static enum verb_result rset(struct session *session, struct verb_call *call)
{
    static const struct reply ok = REPLY(250, "2.0.0", "Ok");
    (void)call;
    session_reset(session);
    return say(session, &ok);
}

static enum verb_result noop(struct session *session, struct verb_call *call)
{
    static const struct reply ok = REPLY(250, "2.0.0", "Ok");
    (void)call;
    return say(session, &ok);
}

static bool check_something(struct session *session, struct verb_call *call)
{
    (void)session;
    return call->argument.len > 0 || refuse(call, 501, "5.5.4", "An argument is needed");
}

static enum verb_result vrfy(struct session *session, struct verb_call *call)
{
    static const struct reply cannot = REPLY(252, "2.5.0", "Send mail to find out");
    (void)call;
    return say(session, &cannot);
}

static enum verb_result help(struct session *session, struct verb_call *call)
{
    static const struct reply text =
        REPLY(214, "2.0.0", "HELO EHLO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT");
    static const struct reply text_with_tls =
        REPLY(214, "2.0.0", "HELO EHLO STARTTLS MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT");
    (void)call;
    return say(session, session_may_start_tls(session) ? &text_with_tls : &text);
}

static enum verb_result quit(struct session *session, struct verb_call *call)
{
    static const struct reply bye = REPLY(221, "2.0.0", "Bye");
    (void)call;
    session_goodbye(session, &bye, "quit");
    return VERB_DONE;
}

static bool check_starttls(struct session *session, struct verb_call *call)
{
    if (!session->place->tunnel->tls)
        return refuse(call, 502, "5.5.1", "Command not implemented");
    if (conn_is_secure(session->conn))
        return refuse(call, 503, "5.5.1", "TLS is on already");
    if (call->argument.len > 0)
        return refuse(call, 501, "5.5.4", "No argument is allowed");
    if (session->state == SESSION_MAIL || session->state == SESSION_CHUNKED)
        return refuse(call, 503, "5.5.1", "Not within a mail");
    return session->place->tls ||
           refuse(call, 454, "4.7.0", "TLS is not available, try again later");
}

/* What is behind the command came in clear, perhaps from somebody else, and is meant to be taken
 * for what the client says under TLS (CVE-2011-0411). A client that listens waits for the 220. */
static enum verb_result starttls(struct session *session, struct verb_call *call)
{
    static const struct reply go_ahead = REPLY(220, "2.0.0", "Ready to start TLS");
    static const struct reply injected =
        REPLY(554, "5.5.1", "Nothing may follow STARTTLS before its answer");
    if (call->more_came) {
        session_tls_refused(session, "more came behind STARTTLS before it was answered");
        session_goodbye(session, &injected, "STARTTLS with more behind it");
        return VERB_DONE;
    }
    session_reply(session, NULL, &go_ahead);
    session_start_tls(session);
    return VERB_DONE;
}

/* What is wrong is said behind the chunk: its octets are nobody's commands. */
static enum verb_result bdat(struct session *session, struct verb_call *call)
{
    session_bdat(session, call->argument);
    return VERB_DONE;
}

/* A browser that was made to send mail commands in a form gets no word. */
static enum verb_result http(struct session *session, struct verb_call *call)
{
    (void)call;
    session_goodbye(session, NULL, "HTTP");
    return VERB_DONE;
}

static bool check_auth(struct session *session, struct verb_call *call)
{
    if (session->is_visitor)
        return refuse(call, 554, "5.7.1", "You may not send mail");
    return session_check_auth(session, call->argument, &call->refusal);
}

static enum verb_result auth(struct session *session, struct verb_call *call)
{
    session_begin_auth(session, call->argument);
    return VERB_DONE;
}

static bool check_not_offered(struct session *session, struct verb_call *call)
{
    (void)session;
    return refuse(call, 502, "5.5.1", "Command not implemented");
}

static const struct verb verbs[] = {
    {COMMAND_HELO, ANYWHERE, VERB_JUNK, check_name, helo},
    {COMMAND_EHLO, ANYWHERE, VERB_JUNK | VERB_PLAIN, check_name, ehlo},
    {COMMAND_MAIL, IN(SESSION_READY), 0, check_mail, mail},
    {COMMAND_RCPT, IN(SESSION_MAIL), VERB_EAGER, check_rcpt, rcpt},
    {COMMAND_DATA, IN(SESSION_MAIL), 0, check_no_argument, data},
    {COMMAND_RSET, ANYWHERE, VERB_JUNK, check_no_argument, rset},
    {COMMAND_NOOP, ANYWHERE, VERB_JUNK | VERB_PLAIN, NULL, noop},
    {COMMAND_VRFY, ANYWHERE, VERB_JUNK, check_something, vrfy},
    {COMMAND_HELP, ANYWHERE, VERB_JUNK, NULL, help},
    {COMMAND_STARTTLS, ANYWHERE, VERB_PLAIN, check_starttls, starttls},
    {COMMAND_QUIT, ANYWHERE, VERB_PLAIN, check_no_argument, quit},
    {COMMAND_BDAT, ANYWHERE, VERB_PLAIN, NULL, bdat},
    {COMMAND_HTTP, ANYWHERE, VERB_PLAIN, NULL, http},
    {COMMAND_EXPN, ANYWHERE, 0, check_not_offered, NULL},
    {COMMAND_AUTH, ANYWHERE, 0, check_auth, auth},
    {COMMAND_ETRN, ANYWHERE, 0, check_not_offered, NULL},
    {COMMAND_XCLIENT, ANYWHERE, 0, check_not_offered, NULL},
    {COMMAND_XFORWARD, ANYWHERE, 0, check_not_offered, NULL},
};

static bool check_unknown(struct session *session, struct verb_call *call)
{
    (void)session;
    return refuse(call, 500, "5.5.2", "Command not recognized");
}

static const struct verb unknown = {COMMAND_UNKNOWN, ANYWHERE, 0, check_unknown, NULL};

static const struct verb *find(enum command_verb verb)
{
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        if (verbs[i].verb == verb)
            return &verbs[i];
    }
    return &unknown;
}

/* Out of order (RFC 5321 section 4.1.4). */
static bool is_in_order(const struct session *session, const struct verb *verb,
                        struct verb_call *call)
{
    if (verb->states & IN(session->state))
        return true;
    if (session->state == SESSION_GREETED)
        return refuse(call, 503, "5.5.1", "EHLO or HELO first");
    if (session->state == SESSION_MAIL)
        return refuse(call, 503, "5.5.1", "There was a MAIL already");
    if (session->state == SESSION_CHUNKED)
        return refuse(call, 503, "5.5.1", "Only BDAT may follow BDAT");
    return refuse(call, 503, "5.5.1", "MAIL first");
}

static enum verb_result run(struct session *session, const struct verb *verb,
                            struct verb_call *call)
{
    if (!(verb->flags & VERB_PLAIN) && session_needs_tls(session)) {
        (void)refuse(call, 530, "5.7.0", "Must issue a STARTTLS command first");
        return VERB_FAILED;
    }
    if (!is_in_order(session, verb, call) || (verb->check && !verb->check(session, call)))
        return VERB_FAILED;
    return verb->proceed(session, call);
}

bool session_run(struct session *session, const struct command *command, bool more_came)
{
    const struct verb *verb = find(command->verb);
    if (!(verb->flags & VERB_EAGER) && !replies_are_empty(&session->replies))
        return false;
    if (verb->flags & VERB_JUNK)
        session->junk++;
    struct verb_call call = {.argument = command->argument, .more_came = more_came};
    if (run(session, verb, &call) == VERB_FAILED)
        session_refuse(session, &call.refusal);
    return true;
}
