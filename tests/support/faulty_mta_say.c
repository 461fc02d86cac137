/* SPDX-License-Identifier: Apache-2.0 */
/* faulty_mta_say: what a faulty MTA hears and says, as it should or as its fault wants it, and
 * when. */
#include "tests/support/faulty_mta_link.h"

#include "tests/support/tls_far.h"

#include <stdlib.h>
#include <string.h>

#define FLOOD_LINES 100000u /* far over every limit of a reply */
#define SLOW_HANDSHAKE 16u  /* bytes at once: a byte each would take longer than any deadline */

static void transmit(struct mta_talk *talk, struct span bytes)
{
    if (fake_is_closed(talk->peer) || talk->ended)
        return;
    if (talk->tls && talk->tls->secured) {
        tls_end_say(talk->tls, bytes);
        (void)tls_far_carry(talk->tls, talk->peer);
    } else {
        fake_send(talk->peer, bytes);
    }
}

void mta_say(struct mta_talk *talk, const char *text)
{
    if (talk->dead)
        return;
    if (talk->say.len > 0)
        buf_add_str(&talk->say, text);
    else
        transmit(talk, span_str(text));
}

static void mta_say_slowly(struct mta *mta, struct mta_talk *talk, const char *text,
                           uint64_t pace_ms)
{
    buf_add_str(&talk->say, text);
    talk->pace_ms = pace_ms;
    talk->next_ms = mta->now_ms + pace_ms;
}

static void flood(struct mta_talk *talk)
{
    struct buf lines = BUF_INIT;
    for (unsigned i = 0; i < FLOOD_LINES; i++)
        buf_add_str(&lines, "250-and another line of the same reply\r\n");
    transmit(talk, buf_span(&lines));
    buf_fini(&lines);
}

static void hang_up(struct mta_talk *talk)
{
    if (!fake_is_closed(talk->peer))
        fake_end(talk->peer);
    talk->ended = true;
}

void mta_strike_at(struct mta *mta, struct mta_talk *talk, const char *right)
{
    mta->armed = false;
    switch (mta->fault) {
    case MTA_4XX:
        mta_say(talk, "450 4.2.0 Not now\r\n");
        return;
    case MTA_5XX:
        mta_say(talk, "550 5.2.0 Never\r\n");
        return;
    case MTA_421:
        mta_say(talk, "421 4.3.2 Going down\r\n");
        hang_up(talk);
        break;
    case MTA_CLOSE:
        hang_up(talk);
        break;
    case MTA_RESET:
        if (!fake_is_closed(talk->peer))
            fake_break(talk->peer);
        break;
    case MTA_SILENCE:
        break;
    case MTA_GARBAGE:
        mta_say(talk, "\x01\xff this is no reply\r\n");
        break;
    case MTA_FLOOD:
        flood(talk);
        break;
    case MTA_SLOW:
        mta_say_slowly(mta, talk, right, TICK_MS);
        return;
    case MTA_DRIP:
        mta_say_slowly(mta, talk, right, DRIP_MS);
        return;
    case MTA_FAULTS:
        abort();
    }
    talk->dead = true;
}

struct span mta_received(struct mta_talk *talk)
{
    if (!talk->tls)
        return fake_received(talk->peer);
    (void)tls_far_carry(talk->tls, talk->peer);
    return buf_span(&talk->tls->plain);
}

void mta_forget(struct mta_talk *talk, size_t bytes)
{
    if (talk->tls)
        buf_consume(&talk->tls->plain, bytes);
    else
        fake_forget(talk->peer, bytes);
}

bool mta_take_line(struct mta_talk *talk, char line[1000])
{
    struct span have = mta_received(talk);
    size_t end = span_find(have, SPAN("\r\n"));
    if (end == SPAN_NONE || end >= 1000)
        return false;
    memcpy(line, have.ptr, end);
    line[end] = '\0';
    mta_forget(talk, end + 2);
    return true;
}

void mta_tick(struct mta *mta, struct mta_talk *talk)
{
    if (talk->dead || mta->now_ms < talk->next_ms)
        return;
    talk->next_ms = mta->now_ms + talk->pace_ms;
    if (talk->takes_by_byte)
        fake_take_only(talk->peer, 1);
    if (talk->say.len == 0)
        return;
    bool in_handshake = talk->tls && !talk->tls->secured;
    size_t piece = in_handshake && talk->pace_ms == TICK_MS ? SLOW_HANDSHAKE : 1;
    if (piece > talk->say.len)
        piece = talk->say.len;
    if (in_handshake && !fake_is_closed(talk->peer))
        fake_send(talk->peer, span_sub(buf_span(&talk->say), 0, piece));
    else
        transmit(talk, span_sub(buf_span(&talk->say), 0, piece));
    buf_consume(&talk->say, piece);
}

bool mta_is_anybody_slow(const struct mta *mta)
{
    for (unsigned i = 0; i < mta->talk_count; i++) {
        const struct mta_talk *talk = &mta->talks[i];
        if (talk->pace_ms == TICK_MS && !fake_is_closed(talk->peer) &&
            (talk->say.len > 0 || talk->takes_by_byte))
            return true;
    }
    return false;
}
