/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/client/session.h"

#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "tunnels/client/session_link.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define MS 1000u
/* Commands that lead nowhere, between two messages. */
#define JUNK_MAX 100u
/* Answers that may be owed before further commands stay unread. */
#define PENDING_MAX 256u
/* Session numbers: the loop's in front, so that they are unique in the process. */
#define LOOP_SHIFT 40u

static const struct reply errors_limit = REPLY(421, "4.7.0", "Too many errors");
static const struct reply shutting_down = REPLY(421, "4.3.2", "Shutting down, try again later");
static const struct reply doubtful_end =
    REPLY(421, "4.7.0", "The text has a CR or NUL that stands alone, its end is doubtful");
static const struct reply not_smtp = REPLY(521, "5.5.2", "This is not SMTP");

static const char *state_name(enum session_state state)
{
    static const char *const names[] = {"securing", "greeted", "ready", "mail",       "text",
                                        "chunk",    "chunked", "auth",  "processing", "closed"};
    return names[state];
}

void session_enter(struct session *session, enum session_state state)
{
    log_event(LOG_DEBUG, "session.state", LOG_NUM("s", session->number),
              LOG_STR("from", state_name(session->state)), LOG_STR("to", state_name(state)));
    session->state = state;
}

static void session_free(struct mortal *mortal)
{
    struct session *session = CONTAINER_OF(mortal, struct session, mortal);
    struct tunnel_place *place = session->place;
    replies_fini(&session->replies);
    counts_unref(&session->counts);
    free(session->helo);
    free(session);
    place->loop->sessions--;
    place_release(place);
}

static void log_close(const struct session *session, const char *why)
{
    uint64_t now = loop_now_ms(session->place->loop->loop);
    struct tls_info tls = session_tls_info(session);
    log_event(LOG_INFO, "session.close", LOG_NUM("s", session->number),
              LOG_SPAN("tunnel", session->place->tunnel->name),
              LOG_STR("client", conn_peer_address(session->conn)),
              LOG_STR("helo", session->helo ? session->helo : ""), LOG_STR("tls", tls.version),
              LOG_STR("suite", tls.suite), LOG_STR("state", state_name(session->state)),
              LOG_STR("why", why), LOG_NUM("commands", session->commands),
              LOG_NUM("messages", session->mails), LOG_NUM("accepted", session->accepted),
              LOG_NUM("ms", now - session->opened_ms));
}

/* The first phase: nothing comes from the connection any more; what is written still leaves. */
void session_end(struct session *session, const char *why)
{
    if (session->state == SESSION_CLOSED)
        return;
    log_close(session, why);
    session_enter(session, SESSION_CLOSED);
    timer_stop(&session->timer);
    list_remove(&session->waiter.link);
    list_remove(&session->link);
    transaction_end(&session->transaction);
    session_end_identity(session);
    session_end_login(session);
    census_leave(session->place->census, conn_peer_address(session->conn), session->by_client);
    metric_sub(session->counts->open, 1);
    conn_close(&session->conn);
    reaper_take(&session->place->loop->reaper, &session->mortal, session_free);
}

static void write_out(void *user, struct span bytes)
{
    struct session *session = user;
    if (!session->conn)
        return;
    counts_reply(session->counts, bytes);
    conn_write(session->conn, bytes);
}

void session_goodbye(struct session *session, const struct reply *reply, const char *why)
{
    if (session->state == SESSION_CLOSED)
        return;
    /* Answers that are still owed will never be known. */
    replies_fini(&session->replies);
    if (reply)
        session_reply(session, NULL, reply);
    session_end(session, why);
}

/* The client has the word: it has this long for a whole command. */
static void await_command(struct session *session)
{
    timer_start(&session->timer, (uint64_t)session->place->tunnel->idle_timeout_s * MS);
}

void session_settle(struct session *session)
{
    if (!replies_are_empty(&session->replies))
        return;
    bool is_idle = session->state == SESSION_GREETED || session->state == SESSION_READY;
    if (session->draining && is_idle)
        session_goodbye(session, &shutting_down, "shutting down");
    else if (is_idle || session->state == SESSION_MAIL)
        await_command(session);
}

void session_go_on(struct session *session)
{
    if (session->state == SESSION_CLOSED)
        return;
    session_settle(session);
    if (session->state != SESSION_CLOSED)
        conn_resume(session->conn);
}

void session_reset(struct session *session)
{
    transaction_end(&session->transaction);
    session->chunk.failed = false;
    if (session->state == SESSION_MAIL || session->state == SESSION_CHUNKED)
        session_enter(session, SESSION_READY);
}

static bool is_in_message(const struct session *session)
{
    return session->state == SESSION_TEXT || session->state == SESSION_CHUNK ||
           session->state == SESSION_CHUNKED;
}

static void on_timer(void *arg)
{
    struct session *session = arg;
    if (session_end_hold(session))
        return;
    if (session->state == SESSION_SECURING)
        session_tls_expired(session);
    else if (is_in_message(session))
        session_check_text(session);
    else if (!replies_are_empty(&session->replies))
        await_command(session); /* we are the ones who keep it waiting */
    else
        session_over_time(session, "idle_connection_timeout", "command timeout");
}

static void on_fault(struct session *session, enum command_fault fault)
{
    static const struct answer too_long = {500, "5.5.2", "Line too long"};
    if (!command_fault_is_fatal(fault))
        session_refuse(session, &too_long);
    else
        session_goodbye(session, fault == COMMAND_TLS ? NULL : &not_smtp,
                        command_fault_text(fault));
}

/* A line was read. False: it has to come again. */
static bool take_line(struct session *session, enum parse_result result, enum command_fault fault,
                      const struct command *command, bool more_came)
{
    if (result == PARSE_BAD) {
        on_fault(session, fault);
        return true;
    }
    if (!session_run(session, command, more_came))
        return false;
    session->commands++;
    metric_add(session->counts->commands[command->verb], 1);
    bool refused = session->state != SESSION_TEXT && session->state != SESSION_CLOSED;
    if (command->verb == COMMAND_DATA && refused)
        session_refused_data(session, more_came);
    return true;
}

static size_t take_command(struct session *session, char *bytes, size_t len)
{
    if (session->replies.count >= PENDING_MAX)
        return 0;
    unsigned max_errors = session->place->tunnel->max_errors;
    bool errors = max_errors > 0 && session->errors >= max_errors;
    if ((errors || session->junk >= JUNK_MAX) && replies_are_empty(&session->replies)) {
        counts_limit(session->counts, errors ? "max_errors" : "idle_commands");
        session_goodbye(session, &errors_limit, "too many errors");
        return len;
    }
    if (session_lost_login(session))
        return len;
    if (!session_trusts(session, span_of(bytes, len)))
        return session->state == SESSION_CLOSED ? len : 0;
    struct command command = {.verb = COMMAND_UNKNOWN};
    enum command_fault fault = COMMAND_FINE;
    size_t consumed = 0;
    enum parse_result result =
        command_read(&session->reader, span_of(bytes, len), &command, &consumed, &fault);
    if (result == PARSE_MORE)
        return consumed;
    if (!take_line(session, result, fault, &command, consumed < len))
        return 0;
    if (command.verb == COMMAND_AUTH)
        explicit_bzero(bytes, consumed);
    if (session->state == SESSION_CLOSED)
        return len;
    session_settle(session);
    return consumed;
}

static size_t on_data(void *user, char *bytes, size_t len)
{
    struct session *session = user;
    switch (session->state) {
    case SESSION_TEXT:
        return session_take_text(session, bytes, len);
    case SESSION_CHUNK:
        return session_take_chunk(session, bytes, len);
    case SESSION_AUTH:
        return session_take_auth(session, bytes, len);
    case SESSION_SECURING:
    case SESSION_PROCESSING:
        return 0;
    case SESSION_CLOSED:
        return len;
    case SESSION_GREETED:
    case SESSION_READY:
    case SESSION_MAIL:
    case SESSION_CHUNKED:
        break;
    }
    return take_command(session, bytes, len);
}

/* A client that has closed its side still listens: it gets the answers to all that it sent. */
static bool is_owed(void *user)
{
    const struct session *session = user;
    return session->state == SESSION_PROCESSING || session_auth_is_owed(session) ||
           session->doubt == DOUBT_HOLDING || !replies_are_empty(&session->replies);
}

static void on_end(void *user, enum conn_end end, const char *reason)
{
    struct session *session = user;
    if (end == CONN_TLS || session->state == SESSION_SECURING)
        session_tls_ended(session, reason);
    else
        session_end(session, end == CONN_EOF ? "closed by the client" : reason);
}

static void on_answer(void *user, struct reply_slot *slot, const struct reply *reply)
{
    struct session *session = user;
    session_reply(session, slot, reply);
    session_go_on(session);
}

static void on_refused(void *user)
{
    struct session *session = user;
    session_reset(session);
    session_go_on(session);
}

/* What is behind the text may belong to it: it is not run, now or when it comes. */
static void end_in_doubt(struct session *session)
{
    counts_limit(session->counts, "doubtful_end");
    session_goodbye(session, &doubtful_end, "the end of the text is doubtful");
}

static void on_done(void *user, const struct reply *reply, bool close)
{
    struct session *session = user;
    bool doubtful = transaction_end_is_doubtful(session->transaction);
    if (reply_is_positive(reply)) {
        session->accepted++;
        session->errors = session->junk = 0;
    }
    session_reply(session, NULL, reply);
    transaction_end(&session->transaction);
    session_enter(session, SESSION_READY);
    if (close)
        session_end(session, "closed by a rule");
    else if (doubtful)
        end_in_doubt(session);
    else
        session_go_on(session);
}

const struct transaction_events session_transaction_events = {
    .on_answer = on_answer, .on_refused = on_refused, .on_done = on_done};

static void on_offer_known(struct offer_waiter *waiter)
{
    struct session *session = CONTAINER_OF(waiter, struct session, waiter);
    session_say_offer(session);
    session_go_on(session);
}

static const struct conn_events conn_events = {
    .on_data = on_data, .on_end = on_end, .is_owed = is_owed, .on_secured = session_secured};

struct session *session_new(struct tunnel_place *place, struct conn *conn)
{
    struct tunnel_loop *loop = place->loop;
    struct session *session = mem_alloc(sizeof *session);
    session->place = place;
    session->conn = conn;
    session->counts = counts_ref(place->counts);
    metric_add(session->counts->accepted, 1);
    metric_add(session->counts->open, 1);
    session->number = ((uint64_t)loop->number << LOOP_SHIFT) + ++loop->next_session;
    session->opened_ms = loop_now_ms(loop->loop);
    session->waiter.on_known = on_offer_known;
    list_init(&session->waiter.link);
    list_init(&session->link);
    list_append(&place->sessions, &session->link);
    place->holders++;
    loop->sessions++;
    replies_init(&session->replies, write_out, session);
    timer_init(&session->timer, loop->loop, on_timer, session);
    command_reader_init(&session->reader);
    conn_set_events(conn, &conn_events, session);
    log_event(LOG_DEBUG, "session.open", LOG_NUM("s", session->number),
              LOG_SPAN("tunnel", place->tunnel->name), LOG_STR("client", conn_peer_address(conn)),
              LOG_NUM("port", conn_peer_port(conn)));
    return session;
}

void session_greet(struct session *session)
{
    struct tunnel_place *place = session->place;
    struct buf *scratch = &place->loop->scratch;
    session->greeted = true;
    session_enter(session, SESSION_GREETED);
    scratch->len = 0;
    buf_printf(scratch, "220 %.400s ESMTP\r\n", place->tunnel->server_name);
    replies_say(&session->replies, buf_span(scratch));
    await_command(session);
}

void session_drain(struct session *session)
{
    session->draining = true;
    if (session->state == SESSION_SECURING)
        session_tls_hurry(session);
    else if (session->state != SESSION_CLOSED)
        session_settle(session);
}

void session_cut(struct session *session)
{
    /* In the middle of a handshake nothing can be said. */
    session_goodbye(session, session->state == SESSION_SECURING ? NULL : &shutting_down, "cut off");
}
