/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/session_link.h"

/*
 * session_doubt: what follows a refused DATA. A client that does not listen sends its text, and a
 * line of that text may read like a command: "MAIL FROM:<...>" would then send mail that somebody
 * else wrote. Such a client does not wait for answers, one that listens has to: DATA ends a group
 * of pipelined commands (RFC 2920 section 3.1). So the line behind a refused DATA is run only if it
 * is a command and nothing follows it for a while. How the bytes were cut on their way does not
 * matter then.
 */

/* Longer than a lost segment takes to come again; who listens pays it once for a refused DATA. */
#define HOLD_MS 300u

static const struct reply not_waited =
    REPLY(421, "4.7.0", "DATA was refused and its text came nevertheless");

static void end(struct session *session)
{
    session_goodbye(session, &not_waited, "text without 354");
}

void session_refused_data(struct session *session, bool more_came)
{
    session->doubt = DOUBT_TEXT;
    if (more_came)
        end(session);
}

bool session_trusts(struct session *session, const struct command *command, bool more_came)
{
    if (session->doubt == DOUBT_NONE || command->verb == COMMAND_QUIT)
        return true;
    if (command->verb == COMMAND_UNKNOWN || more_came) {
        end(session);
        return false;
    }
    if (session->doubt == DOUBT_OVER) {
        session->doubt = DOUBT_NONE;
        return true;
    }
    session->doubt = DOUBT_HOLDING;
    timer_start(&session->timer, HOLD_MS);
    return false;
}

bool session_end_hold(struct session *session)
{
    if (session->doubt != DOUBT_HOLDING)
        return false;
    session->doubt = DOUBT_OVER;
    conn_resume(session->conn);
    return true;
}
