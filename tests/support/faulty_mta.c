/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/faulty_mta.h"

#include "tests/support/tls_far.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICK_MS 100u        /* between two bytes of who is slow */
#define DRIP_MS 10000u      /* the same of who never gets there */
#define LONG_TICK_MS 1000u  /* where nobody is slow */
#define TAKEN_BEFORE 300u   /* bytes of a text in front of a fault in the middle of it */
#define FLOOD_LINES 100000u /* far over every limit of a reply */
#define SLOW_HANDSHAKE 16u  /* bytes at once: a byte each would take longer than any deadline */

void mta_init(struct mta *mta, struct loop *loop, const char *host, const char *offers)
{
    *mta = (struct mta){.host = host, .loop = loop, .offers = offers};
    fake_serve(host, 25, FAKE_ACCEPT);
}

void mta_arm(struct mta *mta, enum mta_stage stage, enum mta_fault fault)
{
    mta->stage = stage;
    mta->fault = fault;
    mta->armed = true;
    if (stage == MTA_CONNECT && fault == MTA_RESET)
        fake_serve(mta->host, 25, FAKE_REFUSE);
    else if (stage == MTA_CONNECT && fault == MTA_SILENCE)
        fake_serve(mta->host, 25, FAKE_SILENT);
    else
        return;
    mta->armed = false;
}

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

/* Behind what is still being said, if there is such. */
static void say(struct mta_talk *talk, const char *text)
{
    if (talk->dead)
        return;
    if (talk->say.len > 0)
        buf_add_str(&talk->say, text);
    else
        transmit(talk, span_str(text));
}

static void say_slowly(struct mta *mta, struct mta_talk *talk, const char *text, uint64_t pace_ms)
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

/* Instead of `right`. */
static void strike(struct mta *mta, struct mta_talk *talk, const char *right)
{
    mta->armed = false;
    switch (mta->fault) {
    case MTA_4XX:
        say(talk, "450 4.2.0 Not now\r\n");
        return;
    case MTA_5XX:
        say(talk, "550 5.2.0 Never\r\n");
        return;
    case MTA_421:
        say(talk, "421 4.3.2 Going down\r\n");
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
        say(talk, "\x01\xff this is no reply\r\n");
        break;
    case MTA_FLOOD:
        flood(talk);
        break;
    case MTA_SLOW:
        say_slowly(mta, talk, right, TICK_MS);
        return;
    case MTA_DRIP:
        say_slowly(mta, talk, right, DRIP_MS);
        return;
    case MTA_FAULTS:
        abort();
    }
    talk->dead = true;
}

void mta_strike(struct mta *mta)
{
    struct mta_talk *last = &mta->talks[mta->talk_count - 1];
    strike(mta, last, "250 2.0.0 you did not ask\r\n");
}

static bool strikes_at(const struct mta *mta, enum mta_stage stage)
{
    return mta->armed && mta->stage == stage;
}

static void answer(struct mta *mta, struct mta_talk *talk, enum mta_stage stage, const char *right)
{
    if (strikes_at(mta, stage))
        strike(mta, talk, right);
    else
        say(talk, right);
}

static struct span received(struct mta_talk *talk)
{
    if (!talk->tls)
        return fake_received(talk->peer);
    (void)tls_far_carry(talk->tls, talk->peer);
    return buf_span(&talk->tls->plain);
}

static void forget(struct mta_talk *talk, size_t bytes)
{
    if (talk->tls)
        buf_consume(&talk->tls->plain, bytes);
    else
        fake_forget(talk->peer, bytes);
}

static bool take_line(struct mta_talk *talk, char line[1000])
{
    struct span have = received(talk);
    size_t end = span_find(have, SPAN("\r\n"));
    if (end == SPAN_NONE || end >= 1000)
        return false;
    memcpy(line, have.ptr, end);
    line[end] = '\0';
    forget(talk, end + 2);
    return true;
}

/* --- the text --- */

static void take_mail(struct mta *mta, const struct mta_talk *talk)
{
    struct span text = buf_span(&talk->text);
    size_t at = span_find(text, SPAN("Subject: "));
    unsigned mail = at == SPAN_NONE ? MTA_MAILS : (unsigned)(text.ptr[at + 9] - '0');
    if (mail >= MTA_MAILS || span_find(text, SPAN("the last line\r\n")) == SPAN_NONE)
        abort(); /* what nobody sent, or half of it */
    for (unsigned i = 0; i < MTA_RCPTS; i++)
        mta->took[mail][i] += talk->taken >> i & 1;
}

/* With these faults it has the message, and cannot say so. */
static bool is_lost_reply(enum mta_fault fault)
{
    return fault >= MTA_CLOSE;
}

static void end_of_text(struct mta *mta, struct mta_talk *talk)
{
    if (!strikes_at(mta, MTA_FINAL) || is_lost_reply(mta->fault))
        take_mail(mta, talk);
    talk->in_text = false;
    talk->has_mail = false;
    talk->text.len = 0;
    answer(mta, talk, MTA_FINAL, "250 2.0.0 Taken\r\n");
}

/* Fewer bytes are taken than the text has, so that it is still on its way when the fault comes. */
static void prepare_text(struct mta *mta, struct mta_talk *talk)
{
    if (!strikes_at(mta, MTA_TEXT))
        return;
    if (mta->fault == MTA_SLOW || mta->fault == MTA_DRIP) {
        mta->armed = false;
        talk->takes_by_byte = true;
        talk->pace_ms = mta->fault == MTA_SLOW ? TICK_MS : DRIP_MS;
        fake_take_only(talk->peer, 1);
    } else {
        fake_take_only(talk->peer, TAKEN_BEFORE);
    }
}

static bool text_turn(struct mta *mta, struct mta_talk *talk)
{
    char line[1000];
    struct span have = received(talk);
    if (strikes_at(mta, MTA_TEXT)) {
        if (have.len < TAKEN_BEFORE / 2)
            return false;
        strike(mta, talk, "");
        talk->dead = true;
        return true;
    }
    if (talk->chunk > 0) {
        size_t take = have.len < talk->chunk ? have.len : talk->chunk;
        buf_add(&talk->text, span_sub(have, 0, take));
        forget(talk, take);
        talk->chunk -= take;
        if (talk->chunk == 0)
            end_of_text(mta, talk);
        return take > 0;
    }
    if (!take_line(talk, line))
        return false;
    if (strcmp(line, ".") == 0) {
        end_of_text(mta, talk);
        return true;
    }
    buf_add_str(&talk->text, line[0] == '.' ? line + 1 : line);
    buf_add_str(&talk->text, "\r\n");
    return true;
}

/* --- the commands --- */

static void on_ehlo(struct mta *mta, struct mta_talk *talk)
{
    char reply[1000];
    size_t len = (size_t)snprintf(reply, sizeof reply, "250-%s\r\n", mta->host);
    struct span rest = span_str(mta->offers), word;
    while (span_next(&rest, ',', &word)) {
        word = span_trim(word);
        if (!talk->tls || !span_is(word, "STARTTLS"))
            len +=
                (size_t)snprintf(reply + len, sizeof reply - len, "250-%.*s\r\n", SPAN_ARG(word));
    }
    (void)snprintf(reply + len, sizeof reply - len, "250 SIZE 1000000\r\n");
    answer(mta, talk, MTA_EHLO, reply);
}

static void on_starttls(struct mta *mta, struct mta_talk *talk)
{
    bool fails = strikes_at(mta, MTA_STARTTLS) && mta->fault != MTA_SLOW;
    answer(mta, talk, MTA_STARTTLS, "220 2.0.0 Go\r\n");
    if (fails)
        return;
    bool is_slow = mta->fault == MTA_SLOW || mta->fault == MTA_DRIP;
    if (strikes_at(mta, MTA_HANDSHAKE) && !is_slow)
        return;
    talk->tls = tls_far_server(READY_SERVER_EC);
    if (strikes_at(mta, MTA_HANDSHAKE)) {
        mta->armed = false;
        talk->slow_handshake = true;
        talk->pace_ms = mta->fault == MTA_SLOW ? TICK_MS : DRIP_MS;
    }
}

static void on_rcpt(struct mta *mta, struct mta_talk *talk, const char *line)
{
    const char *digit = strchr(line, '<') + 1;
    bool refuses = talk->rcpts++ == 1 && strikes_at(mta, MTA_RCPT);
    if (!refuses || mta->fault == MTA_SLOW)
        talk->taken |= 1u << (unsigned)(*digit - '1');
    if (talk->rcpts == MTA_RCPTS && strstr(mta->offers, "CHUNKING"))
        prepare_text(mta, talk);
    if (refuses)
        strike(mta, talk, "250 2.1.5 Ok\r\n");
    else
        say(talk, "250 2.1.5 Ok\r\n");
}

static void on_mail(struct mta *mta, struct mta_talk *talk)
{
    talk->has_mail = !strikes_at(mta, MTA_MAIL) || mta->fault >= MTA_SLOW;
    talk->rcpts = talk->taken = 0;
    answer(mta, talk, MTA_MAIL, "250 2.1.0 Ok\r\n");
}

static void on_data(struct mta *mta, struct mta_talk *talk)
{
    bool goes_on = !strikes_at(mta, MTA_DATA) || mta->fault == MTA_SLOW;
    talk->in_text = goes_on;
    if (goes_on)
        prepare_text(mta, talk);
    answer(mta, talk, MTA_DATA, "354 Go\r\n");
}

static void on_command(struct mta *mta, struct mta_talk *talk, const char *line)
{
    if (strncmp(line, "EHLO", 4) == 0) {
        on_ehlo(mta, talk);
    } else if (strcmp(line, "STARTTLS") == 0) {
        on_starttls(mta, talk);
    } else if (strncmp(line, "MAIL", 4) == 0) {
        on_mail(mta, talk);
    } else if (strncmp(line, "RCPT", 4) == 0 && talk->has_mail) {
        on_rcpt(mta, talk, line);
    } else if (strcmp(line, "DATA") == 0 && talk->taken) {
        on_data(mta, talk);
    } else if (strncmp(line, "BDAT", 4) == 0 && talk->taken) {
        talk->chunk = (size_t)strtoul(line + 5, NULL, 10);
        talk->in_text = true;
    } else if (strcmp(line, "RSET") == 0) {
        talk->has_mail = false;
        answer(mta, talk, MTA_RSET, "250 2.0.0 Ok\r\n");
    } else if (strcmp(line, "QUIT") == 0) {
        mta->quits++;
        answer(mta, talk, MTA_QUIT, "221 2.0.0 Bye\r\n");
    } else {
        say(talk, "503 5.5.1 what?\r\n");
    }
}

/* Where its handshake is to be a slow one the flights wait to be said. */
static bool handshake_turn(const struct mta *mta, struct mta_talk *talk)
{
    struct span have = fake_received(talk->peer);
    if (!talk->slow_handshake)
        return tls_far_carry(talk->tls, talk->peer);
    tls_end_give(talk->tls, have, 0);
    fake_forget(talk->peer, have.len);
    if (talk->tls->out.len > 0) {
        buf_add(&talk->say, buf_span(&talk->tls->out));
        buf_fini(&talk->tls->out);
        talk->next_ms = mta->now_ms + talk->pace_ms;
    }
    return have.len > 0;
}

static bool talk_turn(struct mta *mta, struct mta_talk *talk)
{
    char line[1000];
    if (talk->dead)
        return false;
    if (talk->tls && !talk->tls->secured)
        return handshake_turn(mta, talk);
    if (talk->in_text)
        return text_turn(mta, talk);
    /* Behind 220 to STARTTLS, where no handshake is to be had: what comes is no command. */
    if (strikes_at(mta, MTA_HANDSHAKE) && !talk->tls && fake_received(talk->peer).len > 0 &&
        fake_received(talk->peer).ptr[0] == '\x16') {
        strike(mta, talk, "");
        talk->dead = true;
        return true;
    }
    if (!take_line(talk, line))
        return false;
    on_command(mta, talk, line);
    return true;
}

static bool accept_all(struct mta *mta)
{
    struct fake_peer *peer;
    bool any = false;
    while ((peer = fake_accept(mta->host, 25)) != NULL) {
        if (mta->talk_count == MTA_CONNECTIONS)
            abort();
        struct mta_talk *talk = &mta->talks[mta->talk_count++];
        *talk = (struct mta_talk){.peer = peer};
        if (strikes_at(mta, MTA_CONNECT))
            strike(mta, talk, "");
        else
            answer(mta, talk, MTA_BANNER, "220 mta.example ESMTP\r\n");
        any = true;
    }
    return any;
}

void mta_settle(struct mta *mta)
{
    for (bool more = true; more;) {
        fake_settle(mta->loop);
        more = accept_all(mta);
        for (unsigned i = 0; i < mta->talk_count; i++) {
            while (talk_turn(mta, &mta->talks[i]))
                more = true;
        }
    }
}

/* The next byte of who is slow, in either direction. */
static void tick(struct mta *mta, struct mta_talk *talk)
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

static bool is_anybody_slow(const struct mta *mta)
{
    for (unsigned i = 0; i < mta->talk_count; i++) {
        const struct mta_talk *talk = &mta->talks[i];
        if (talk->pace_ms == TICK_MS && !fake_is_closed(talk->peer) &&
            (talk->say.len > 0 || talk->takes_by_byte))
            return true;
    }
    return false;
}

uint64_t mta_sleep(struct mta *mta, uint64_t ms, bool (*until)(void *arg), void *arg)
{
    mta_settle(mta);
    while (ms > 0 && !(until && until(arg))) {
        uint64_t step = is_anybody_slow(mta) ? TICK_MS : LONG_TICK_MS;
        if (step > ms)
            step = ms;
        fake_advance(mta->loop, step);
        ms -= step;
        mta->now_ms += step;
        for (unsigned i = 0; i < mta->talk_count; i++)
            tick(mta, &mta->talks[i]);
        mta_settle(mta);
    }
    return ms;
}

void mta_fini(struct mta *mta)
{
    for (unsigned i = 0; i < mta->talk_count; i++) {
        tls_far_free(&mta->talks[i].tls);
        buf_fini(&mta->talks[i].say);
        buf_fini(&mta->talks[i].text);
    }
}
