/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/client/session_link.h"
#include "tunnels/wire/bdat.h"

#include <stdio.h>

/*
 * session_chunk: BDAT (RFC 3030). The octets behind it are counted, whatever becomes of them: a
 * chunk that is refused is read to its end and dropped, then comes the answer, so that chunks that
 * were sent without waiting (section 4.2) are never run as commands. Where the count cannot be
 * known the session ends.
 */

/* Of a chunk that cannot be accepted so much is read, times the largest message; beyond, the client
 * had better be told at once. */
#define DROPPED_MAX 4u

static const struct reply bad_size = REPLY(501, "5.5.4", "BDAT needs a size in octets, and LAST");
static const struct reply absurd_size = REPLY(552, "5.3.4", "The chunk is larger than any limit");
static const struct reply need_tls = REPLY(530, "5.7.0", "Must issue a STARTTLS command first");
static const struct reply need_ehlo = REPLY(503, "5.5.1", "EHLO first");
static const struct reply need_mail = REPLY(503, "5.5.1", "MAIL first");
static const struct reply not_offered = REPLY(503, "5.5.1", "CHUNKING was not offered to you");
static const struct reply refused_before =
    REPLY(503, "5.5.1", "An earlier chunk of the message was refused");

/* Why the chunk is to be dropped, or NULL. Begins the message with its first. */
static const struct reply *refusal_of(struct session *session)
{
    if (session_needs_tls(session))
        return &need_tls;
    if (session->state == SESSION_GREETED)
        return &need_ehlo;
    if (session->state == SESSION_READY)
        return session->chunk.failed ? &refused_before : &need_mail;
    if (session->state == SESSION_CHUNKED)
        return NULL;
    return session->offered.chunking ? transaction_chunks(session->transaction) : &not_offered;
}

static bool is_absurd(const struct session *session, uint64_t size)
{
    uint64_t max = session->place->tunnel->max_message_size;
    return max > 0 && size / DROPPED_MAX > max;
}

/* Into the spool, and no byte further than the chunk goes: what is behind it is a command. */
static char *reserve_chunk(void *user, size_t *room_out)
{
    struct session *session = user;
    char *place = transaction_reserve(session->transaction, room_out);
    if (!place) {
        conn_read_into(session->conn, NULL);
        return loop_scratch(session->place->loop->loop, room_out);
    }
    if (*room_out > session->chunk.left)
        *room_out = (size_t)session->chunk.left;
    return place;
}

/* A client that has sent many chunks without waiting is not one that makes many errors. */
static void end_refused(struct session *session)
{
    struct session_chunk *chunk = &session->chunk;
    if (chunk->refusal == &refused_before)
        session->junk++;
    else
        session->errors++;
    if (chunk->last)
        chunk->failed = false;
    session_enter(session, chunk->back);
    session_reply(session, NULL, chunk->refusal);
    session_settle(session);
}

static void end_taken(struct session *session)
{
    char words[64];
    (void)snprintf(words, sizeof words, "%llu octets received",
                   (unsigned long long)session->chunk.size);
    struct reply taken = {
        .code = 250, .enhanced = SPAN("2.0.0"), .text = span_str(words), .lines = 1};
    session_enter(session, SESSION_CHUNKED);
    session_reply(session, NULL, &taken);
    session_check_text(session);
}

static void end_chunk(struct session *session)
{
    struct session_chunk *chunk = &session->chunk;
    conn_read_into(session->conn, NULL);
    timer_stop(&session->timer);
    if (chunk->refusal) {
        end_refused(session);
        return;
    }
    if (!chunk->last && !transaction_is_spoilt(session->transaction)) {
        end_taken(session);
        return;
    }
    chunk->failed = !chunk->last;
    session_enter(session, SESSION_PROCESSING);
    session->mails++;
    transaction_finish_reception(session->transaction);
}

static void begin_chunk(struct session *session, const struct bdat *bdat)
{
    struct session_chunk *chunk = &session->chunk;
    uint64_t now_ms = loop_now_ms(session->place->loop->loop);
    chunk->back = session->state;
    chunk->refusal = refusal_of(session);
    chunk->size = chunk->left = bdat->size;
    chunk->last = bdat->last;
    if (chunk->back != SESSION_CHUNKED)
        session_start_text_clock(session);
    session->progress_ms = now_ms;
    session_enter(session, SESSION_CHUNK);
    if (!chunk->refusal)
        transaction_expect(session->transaction, bdat->size);
}

void session_bdat(struct session *session, struct span argument)
{
    struct bdat bdat;
    enum parse_result result = bdat_parse(argument, &bdat);
    if (result == PARSE_BAD) {
        session_goodbye(session, &bad_size, "BDAT without a size");
        return;
    }
    if (result == PARSE_MORE || is_absurd(session, bdat.size)) {
        session_goodbye(session, &absurd_size, "BDAT with an absurd size");
        return;
    }
    begin_chunk(session, &bdat);
    if (bdat.size == 0) {
        session->junk += !bdat.last;
        end_chunk(session);
        return;
    }
    if (!session->chunk.refusal)
        conn_read_into(session->conn, reserve_chunk);
    session_check_text(session);
}

size_t session_take_chunk(struct session *session, char *bytes, size_t len)
{
    struct session_chunk *chunk = &session->chunk;
    size_t consumed = 0;
    session->progress_ms = loop_now_ms(session->place->loop->loop);
    if (len > chunk->left)
        len = (size_t)chunk->left;
    session->text_bytes += len;
    if (!chunk->refusal)
        (void)transaction_take(session->transaction, bytes, len, &consumed);
    chunk->left -= len;
    if (chunk->left == 0)
        end_chunk(session);
    return len;
}
