/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/buf.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "tunnels/client/login.h"
#include "tunnels/client/session_link.h"
#include "tunnels/delivery/hops.h"
#include "tunnels/descriptors.h"

#include <stdlib.h>

/*
 * session_auth: AUTH (RFC 4954), passed on to the next hop line by line: it knows the accounts, we
 * do not. Names and passwords go into no log but the name of who is in; what held them is wiped.
 */

#define MS 1000u

static const struct reply failed =
    REPLY(454, "4.7.0", "The mail server that knows the accounts cannot be asked, try again later");
static const struct reply unnamed =
    REPLY(535, "5.7.8", "The name of the login cannot be read, log in another way");
static const struct reply lost = REPLY(421, "4.4.2", "The mail server you logged in at is gone");
static const struct reply too_long =
    REPLY(500, "5.5.6", "Authentication exchange line is too long");
static const struct reply not_smtp = REPLY(521, "5.5.2", "This is not SMTP");

struct login {
    struct session *session;
    const struct tunnel *tunnel; /* a reference on its policy is held: the route is part of it */
    const struct route *route;   /* that is asked */
    bool is_any;                 /* all routes have the same hops */
    uint64_t tried;
    size_t hop;
    struct upstream *upstream; /* NULL: none yet, or it is lost */
    bool lent;                 /* a delivery uses it */
    bool asking;               /* AUTH was sent */
    bool awaits_client;
    bool done;
    char mechanism[AUTH_MECHANISM_MAX + 1];
    struct auth_identity identity; /* who wants to log in */
    struct buf command;            /* that waits for the connection: never moved, wiped when sent */
};

static void wipe(struct buf *buf)
{
    if (buf->ptr)
        explicit_bzero(buf->ptr, buf->cap);
    buf_fini(buf);
}

static bool refuse(struct answer *answer, unsigned code, const char *enhanced, const char *text)
{
    *answer = (struct answer){code, enhanced, text};
    return false;
}

bool session_check_auth(const struct session *session, struct span argument, struct answer *answer)
{
    struct span mechanism, response;
    if (!session->place->tunnel->auth_pass)
        return refuse(answer, 502, "5.5.1", "Command not implemented");
    if (session->state == SESSION_GREETED || !session->is_extended)
        return refuse(answer, 503, "5.5.1", "EHLO first");
    if (session->state != SESSION_READY)
        return refuse(answer, 503, "5.5.1", "Not within a mail");
    if (session->login && session->login->done)
        return refuse(answer, 503, "5.5.1", "You are logged in already");
    if (!session_may_log_in(session))
        return refuse(answer, 538, "5.7.11", "Passwords are taken under TLS only");
    if (!auth_parse(argument, &mechanism, &response))
        return refuse(answer, 501, "5.5.4", "AUTH needs a mechanism, and one response at most");
    if (!auth_list_has(&session->offered.auth, mechanism))
        return refuse(answer, 504, "5.5.4", "The mechanism is not offered");
    /* It needs a connection of its own. */
    return (session->login && session->login->upstream) || descriptors_admit_mail() ||
           refuse(answer, 454, "4.7.0", "Too much is going on for a login, try again later");
}

static void count(const struct session *session, const char *result)
{
    metric_add(metric_by2(METRIC_AUTHENTICATIONS, session->counts->tunnel, span_str(result)), 1);
}

/* The exchange is over; the client has the word. */
static void answer_client(struct login *login, const struct reply *reply)
{
    struct session *session = login->session;
    login->asking = login->awaits_client = false;
    explicit_bzero(&login->identity, login->done ? 0 : sizeof login->identity);
    wipe(&login->command);
    session_enter(session, SESSION_READY);
    session_reply(session, NULL, reply);
    session_go_on(session);
}

static void log_failure(struct login *login, const char *why)
{
    log_event(LOG_WARNING, "login.failed", LOG_NUM("s", login->session->number),
              LOG_SPAN("tunnel", login->tunnel->name),
              LOG_STR("client", conn_peer_address(login->session->conn)),
              LOG_STR("mechanism", login->mechanism), LOG_STR("reason", why));
    login->session->errors++;
}

static void fail(struct login *login, const char *why)
{
    log_failure(login, why);
    count(login->session, "error");
    answer_client(login, &failed);
}

static void send_line(struct login *login, struct span line)
{
    /* Reading the name is not worth a secret in memory: it is done where the line lies. */
    upstream_command(login->upstream, line);
}

static void ask(struct login *login)
{
    const struct capabilities *can = upstream_capabilities(login->upstream);
    if (!login_may_go(login->tunnel, can) ||
        !auth_list_has(&can->auth, span_str(login->mechanism))) {
        upstream_release(&login->upstream, RELEASE_CLOSE);
        fail(login, "the next hop does not offer it now");
        return;
    }
    login->asking = true;
    send_line(login, buf_span(&login->command));
    wipe(&login->command);
}

static void on_ready(void *user)
{
    struct login *login = user;
    login->lent = false;
    if (!login->done && !login->asking && login->command.len > 0)
        ask(login);
}

static void connect_next(struct login *login);

static void on_lost(void *user, const char *reason, bool was_ready)
{
    struct login *login = user;
    login->upstream = NULL;
    login->lent = false;
    if (login->done || login->session->state != SESSION_AUTH)
        return; /* the next command hears it */
    if (login->awaits_client)
        return; /* its response does: what came before would be an answer to nothing */
    if (!was_ready)
        connect_next(login);
    else
        fail(login, reason);
}

/* A challenge goes on as it is, however long the line. */
static void pass_challenge(struct login *login, const struct reply *reply)
{
    struct session *session = login->session;
    struct buf *scratch = &session->place->loop->scratch;
    auth_identity_challenge(&login->identity, span_str(login->mechanism), reply->text);
    scratch->len = 0;
    buf_printf(scratch, "334 %.*s\r\n", SPAN_ARG(reply->text));
    login->awaits_client = true;
    session_reply_bytes(session, NULL, buf_span(scratch));
    scratch->len = 0;
    timer_start(&session->timer, (uint64_t)session->place->tunnel->idle_timeout_s * MS);
    conn_resume(session->conn);
}

/* The next hop took it, and nobody can tell the rules who it was. */
static void refuse_unnamed(struct login *login)
{
    upstream_keep_for(login->upstream, NULL, NULL);
    upstream_dismiss(&login->upstream);
    log_failure(login, "the rules ask for the user, and the exchange does not say who it is");
    count(login->session, "refused");
    answer_client(login, &unnamed);
}

static void succeed(struct login *login, const struct reply *reply)
{
    struct session *session = login->session;
    if (login->identity.name[0] == '\0' && login_needs_name(login->tunnel)) {
        refuse_unnamed(login);
        return;
    }
    login->done = true;
    session->errors = 0;
    count(session, "ok");
    log_event(LOG_INFO, "login.done", LOG_NUM("s", session->number),
              LOG_SPAN("tunnel", login->tunnel->name),
              LOG_STR("client", conn_peer_address(session->conn)),
              LOG_STR("mechanism", login->mechanism), LOG_STR("user", login->identity.name));
    answer_client(login, reply);
}

/* What the next hop says may repeat what it was told: it goes to the client, not into the log. */
static void pass_refusal(struct login *login, const struct reply *reply)
{
    struct session *session = login->session;
    log_event(LOG_INFO, "login.refused", LOG_NUM("s", session->number),
              LOG_SPAN("tunnel", login->tunnel->name),
              LOG_STR("client", conn_peer_address(session->conn)),
              LOG_STR("mechanism", login->mechanism), LOG_NUM("code", reply->code),
              LOG_SPAN("enhanced", reply->enhanced));
    count(session, "refused");
    session->errors++;
    answer_client(login, reply);
}

static void on_reply(void *user, const struct reply *reply)
{
    struct login *login = user;
    unsigned class = reply_class(reply);
    if (reply->code == 334 && reply->lines == 1 && login->asking) {
        pass_challenge(login, reply);
    } else if (reply->code == 235 && login->asking) {
        succeed(login, reply);
    } else if ((class == 4 || class == 5) && reply->code != 421) {
        pass_refusal(login, reply);
    } else {
        upstream_release(&login->upstream, RELEASE_CLOSE);
        if (login->session->state == SESSION_AUTH)
            fail(login, "the next hop gave an unexpected answer");
    }
}

static const struct upstream_events upstream_events = {
    .on_ready = on_ready, .on_reply = on_reply, .on_lost = on_lost};

/* A fresh one: nobody has used it before, and nobody will after. */
static void connect_next(struct login *login)
{
    struct session *session = login->session;
    struct hops_place place = {.pool = session->place->loop->pool,
                               .tunnels = session->place->loop,
                               .tunnel = login->tunnel,
                               .client_address = conn_peer_address(session->conn)};
    login->hop = hops_next(&place, login->route, &login->tried);
    if (login->hop == login->route->hop_count) {
        fail(login, "no next hop can be reached");
        return;
    }
    struct peer *peer = hops_peer(&place, &login->route->hops[login->hop]);
    struct client_identity client = session_identity(session);
    login->upstream = upstream_take(peer, false, &client, &upstream_events, login);
    upstream_keep_for(login->upstream, &upstream_events, login);
}

static struct login *login_new(struct session *session)
{
    struct login *login = mem_alloc(sizeof *login);
    login->session = session;
    login->tunnel = session->place->tunnel;
    counted_ref(login->tunnel->policy);
    login->route = session_login_route(session, &login->is_any);
    return login;
}

/* The whole line, in memory that is never moved. */
static void put_command(struct login *login, struct span mechanism, struct span response)
{
    struct buf *command = &login->command;
    if (!buf_try_reserve(command, mechanism.len + response.len + 16))
        abort();
    buf_add_str(command, "AUTH ");
    buf_add(command, mechanism);
    if (response.len > 0)
        buf_add_byte(command, ' ');
    buf_add(command, response);
    buf_add_str(command, "\r\n");
}

void session_begin_auth(struct session *session, struct span argument)
{
    struct span mechanism, response;
    bool good = auth_parse(argument, &mechanism, &response);
    (void)good; /* session_check_auth() has looked */
    if (!session->login)
        session->login = login_new(session);
    struct login *login = session->login;
    login->tried = 0;
    memcpy(login->mechanism, mechanism.ptr, mechanism.len);
    login->mechanism[mechanism.len] = '\0';
    auth_identity_begin(&login->identity, mechanism, response);
    put_command(login, mechanism, response);
    session_enter(session, SESSION_AUTH);
    timer_stop(&session->timer);
    if (login->upstream)
        ask(login);
    else
        connect_next(login);
}

static void take_response(struct login *login, struct span line)
{
    struct session *session = login->session;
    struct span response = span_sub(line, 0, line.len - 2);
    login->awaits_client = false;
    timer_stop(&session->timer);
    auth_identity_response(&login->identity, span_str(login->mechanism), response);
    if (login->upstream)
        send_line(login, line);
    else
        fail(login, "the connection to the next hop was lost");
}

size_t session_take_auth(struct session *session, char *bytes, size_t len)
{
    struct login *login = session->login;
    struct span input = span_of(bytes, len);
    if (!login->awaits_client)
        return 0;
    size_t end = span_find_byte(input, '\n');
    if (end == SPAN_NONE && len < AUTH_LINE_MAX)
        return 0;
    if (end == SPAN_NONE || end + 1 > AUTH_LINE_MAX) {
        session_goodbye(session, &too_long, "a line of AUTH that is too long");
        return len;
    }
    if (end == 0 || bytes[end - 1] != '\r' || !auth_is_line(span_sub(input, 0, end - 1))) {
        session_goodbye(session, &not_smtp, "a line of AUTH with bytes that may not be there");
        return len;
    }
    take_response(login, span_sub(input, 0, end + 1));
    explicit_bzero(bytes, end + 1);
    return end + 1;
}

bool session_auth_is_owed(const struct session *session)
{
    return session->state == SESSION_AUTH && !session->login->awaits_client;
}

bool session_lost_login(struct session *session)
{
    struct login *login = session->login;
    if (!login || !login->done || login->upstream || !replies_are_empty(&session->replies))
        return false;
    session_goodbye(session, &lost, "the connection of the login was lost");
    return true;
}

const char *session_user(const struct session *session)
{
    return session->login && session->login->done ? session->login->identity.name : "";
}

bool session_is_logged_in(const struct session *session)
{
    return session->login && session->login->done;
}

void session_end_login(struct session *session)
{
    struct login *login = session->login;
    session->login = NULL;
    if (!login)
        return;
    if (login->upstream) {
        upstream_keep_for(login->upstream, NULL, NULL);
        /* In mid-exchange QUIT would be a response. */
        if (login->asking)
            upstream_release(&login->upstream, RELEASE_CLOSE);
        else
            upstream_dismiss(&login->upstream);
    }
    wipe(&login->command);
    counted_unref(login->tunnel->policy);
    explicit_bzero(login, sizeof *login);
    free(login);
}

struct upstream *login_lend(struct login *login, const struct upstream_events *events, void *user)
{
    if (!login->upstream || login->lent || !upstream_is_quiet(login->upstream))
        return NULL;
    login->lent = true;
    upstream_lend(login->upstream, events, user);
    return login->upstream;
}

bool login_serves(const struct login *login, const struct route *route)
{
    return login->is_any || login->route == route;
}

size_t login_hop(const struct login *login)
{
    return login->hop;
}
