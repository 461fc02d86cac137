/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/client/session_link.h"

/*
 * session_doubt: what follows a refused DATA. A client that does not listen sends its text, and a
 * line of that text may read like a command: "MAIL FROM:<...>" would then send mail that somebody
 * else wrote. Such a client does not wait for answers, one that listens has to: DATA ends a group
 * of pipelined commands (RFC 2920 section 3.1). So what was there before DATA was refused is text.
 * What comes later is looked at as a whole: a group of commands, with DATA at its end if at all,
 * that nothing follows for a while, is what a client says that has heard the answer; anything else
 * is text, and none of it is run. How the bytes were cut on their way does not matter then.
 *
 * RSET, NOOP and QUIT harm nobody, whoever wrote them, and are what honest clients say most often:
 * they need not wait. What follows them at once is doubted as before, what follows later is not.
 */

/* Longer than a lost segment takes to come again; who listens pays it once for a refused DATA. */
#define HOLD_MS 300u
/* Of commands that were sent together; the lines of a text come without an end. */
#define GROUP_MAX 32768u
#define HARMLESS_MAX 64u
#define MS 1000u

static const struct reply not_waited =
    REPLY(421, "4.7.0", "DATA was refused and its text came nevertheless");

static void end(struct session *session)
{
    session_goodbye(session, &not_waited, "text without 354");
}

static void begin(struct session_group *group)
{
    group->seen = 0;
    group->ended = false;
    group->harmless = true;
    command_reader_init(&group->reader);
}

void session_refused_data(struct session *session, bool more_came)
{
    uint64_t now = loop_now_ms(session->place->loop->loop);
    session->doubt = DOUBT_TEXT;
    session->group.until_ms = now + (uint64_t)session->place->tunnel->idle_timeout_s * MS;
    begin(&session->group);
    if (more_came)
        end(session);
}

/* RFC 2920 section 3.1: the client cannot know what to say next. */
static bool ends_group(enum command_verb verb)
{
    return verb == COMMAND_DATA || verb == COMMAND_BDAT || verb == COMMAND_QUIT ||
           verb == COMMAND_STARTTLS || verb == COMMAND_EHLO || verb == COMMAND_HELO;
}

static bool is_harmless(enum command_verb verb)
{
    return verb == COMMAND_RSET || verb == COMMAND_NOOP || verb == COMMAND_QUIT;
}

enum group_kind { GROUP_TEXT, GROUP_UNFINISHED, GROUP_WHOLE };

/* Goes on where it was when less of `input` had come. */
static enum group_kind look_at(struct session_group *group, struct span input)
{
    while (group->seen < input.len && !group->ended && input.len <= GROUP_MAX) {
        struct command command;
        enum command_fault fault;
        size_t consumed = 0;
        enum parse_result result = command_read(&group->reader, span_from(input, group->seen),
                                                &command, &consumed, &fault);
        if (result == PARSE_MORE && consumed == 0)
            return GROUP_UNFINISHED;
        if (result != PARSE_DONE || command.verb == COMMAND_UNKNOWN || command.verb == COMMAND_HTTP)
            return GROUP_TEXT;
        group->seen += consumed;
        group->ended = ends_group(command.verb);
        group->harmless &= is_harmless(command.verb);
    }
    return group->seen == input.len ? GROUP_WHOLE : GROUP_TEXT;
}

/* Time for the rest of a line: as much as for any command, however often some of it comes. */
static void await_rest(struct session *session)
{
    uint64_t now = loop_now_ms(session->place->loop->loop);
    uint64_t until = session->group.until_ms;
    session->doubt = DOUBT_TEXT;
    timer_start(&session->timer, until > now ? until - now : 1);
}

static bool judge(struct session *session, struct span input)
{
    enum group_kind kind = look_at(&session->group, input);
    if (kind == GROUP_TEXT) {
        end(session);
        return false;
    }
    if (kind == GROUP_UNFINISHED) {
        await_rest(session);
        return false;
    }
    if (session->group.harmless && input.len <= HARMLESS_MAX) {
        session->doubt = DOUBT_WAITING;
        session->group.answered_ms = loop_now_ms(session->place->loop->loop);
        begin(&session->group);
        return true;
    }
    if (session->doubt == DOUBT_OVER) {
        session->doubt = DOUBT_NONE;
        return true;
    }
    session->doubt = DOUBT_HOLDING;
    timer_start(&session->timer, HOLD_MS);
    return false;
}

/* It said something harmless and was silent since. */
static bool has_waited(const struct session *session)
{
    return session->doubt == DOUBT_WAITING &&
           loop_now_ms(session->place->loop->loop) >= session->group.answered_ms + HOLD_MS;
}

bool session_trusts(struct session *session, struct span input)
{
    if (has_waited(session))
        session->doubt = DOUBT_NONE;
    return session->doubt == DOUBT_NONE || judge(session, input);
}

bool session_end_hold(struct session *session)
{
    if (session->doubt != DOUBT_HOLDING)
        return false;
    session->doubt = DOUBT_OVER;
    conn_resume(session->conn);
    return true;
}
