/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/client/session_link.h"

/*
 * session_text: a session between 354 and the final dot: where the bytes go, and how long they may
 * take, each piece and all together. The time holds for chunks, too (session_chunk.c).
 */

#define MS 1000u

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t left(uint64_t since_ms, uint64_t now_ms, unsigned seconds)
{
    uint64_t due_ms = since_ms + (uint64_t)seconds * MS;
    return due_ms > now_ms ? due_ms - now_ms : 0;
}

void session_over_time(struct session *session, const char *limit, const char *why)
{
    static const struct reply timed_out = REPLY(421, "4.4.2", "Timeout");
    counts_limit(session->counts, limit);
    session_goodbye(session, &timed_out, why);
}

/* Until what has come is too little for its time: each byte buys some, and the first
 * `idle_connection_timeout` is free, so that a short text is never late. */
static uint64_t left_by_rate(const struct session *session, uint64_t now_ms)
{
    const struct tunnel *tunnel = session->place->tunnel;
    if (tunnel->min_data_rate == 0)
        return UINT64_MAX;
    uint64_t bought_ms = session->text_bytes * MS / tunnel->min_data_rate;
    return left(session->text_ms + bought_ms, now_ms, tunnel->idle_timeout_s);
}

/* The text as a whole has its time, each piece of it has, and all that has come so far. Bytes that
 * come only move the end that is found here, so nobody starts a timer for them. */
void session_check_text(struct session *session)
{
    const struct tunnel *tunnel = session->place->tunnel;
    uint64_t now_ms = loop_now_ms(session->place->loop->loop);
    uint64_t whole = left(session->text_ms, now_ms, tunnel->message_timeout_s);
    uint64_t piece = left(session->progress_ms, now_ms, tunnel->idle_timeout_s);
    uint64_t rate = left_by_rate(session, now_ms);
    if (whole == 0)
        session_over_time(session, "message_timeout", "message timeout");
    else if (piece == 0)
        session_over_time(session, "idle_connection_timeout", "message timeout");
    else if (rate == 0)
        session_over_time(session, "min_data_rate", "the message comes too slowly");
    else
        timer_start(&session->timer, least(whole, least(piece, rate)));
}

void session_start_text_clock(struct session *session)
{
    session->text_ms = loop_now_ms(session->place->loop->loop);
    session->text_bytes = 0;
}

/* Where the socket reads the message to: into the spool, where nothing has to be mended. */
static char *reserve_text(void *user, size_t *room_out)
{
    struct session *session = user;
    char *place = transaction_reserve(session->transaction, room_out);
    if (place)
        return place;
    conn_read_into(session->conn, NULL);
    return loop_scratch(session->place->loop->loop, room_out);
}

void session_begin_text(struct session *session)
{
    session_start_text_clock(session);
    session->progress_ms = session->text_ms;
    session_enter(session, SESSION_TEXT);
    conn_read_into(session->conn, reserve_text);
    session_check_text(session);
}

size_t session_take_text(struct session *session, char *bytes, size_t len)
{
    size_t consumed = 0;
    session->progress_ms = loop_now_ms(session->place->loop->loop);
    session->text_bytes += len;
    if (transaction_take(session->transaction, bytes, len, &consumed) == PARSE_DONE) {
        conn_read_into(session->conn, NULL);
        timer_stop(&session->timer);
        session_enter(session, SESSION_PROCESSING);
        session->mails++;
        transaction_finish_reception(session->transaction);
    }
    return consumed;
}
