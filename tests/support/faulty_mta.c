/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/faulty_mta_link.h"

#include "tests/support/tls_far.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONG_TICK_MS 1000u /* where nobody is slow */
#define TAKEN_BEFORE 300u  /* bytes of a text in front of a fault in the middle of it */

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

void mta_strike(struct mta *mta)
{
    struct mta_talk *last = &mta->talks[mta->talk_count - 1];
    mta_strike_at(mta, last, "250 2.0.0 you did not ask\r\n");
}

static bool strikes_at(const struct mta *mta, enum mta_stage stage)
{
    return mta->armed && mta->stage == stage;
}

static void answer(struct mta *mta, struct mta_talk *talk, enum mta_stage stage, const char *right)
{
    if (strikes_at(mta, stage))
        mta_strike_at(mta, talk, right);
    else
        mta_say(talk, right);
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
    struct span have = mta_received(talk);
    if (strikes_at(mta, MTA_TEXT)) {
        if (have.len < TAKEN_BEFORE / 2)
            return false;
        mta_strike_at(mta, talk, "");
        talk->dead = true;
        return true;
    }
    if (talk->chunk > 0) {
        size_t take = have.len < talk->chunk ? have.len : talk->chunk;
        buf_add(&talk->text, span_sub(have, 0, take));
        mta_forget(talk, take);
        talk->chunk -= take;
        if (talk->chunk == 0)
            end_of_text(mta, talk);
        return take > 0;
    }
    if (!mta_take_line(talk, line))
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
        mta_strike_at(mta, talk, "250 2.1.5 Ok\r\n");
    else
        mta_say(talk, "250 2.1.5 Ok\r\n");
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
        mta_say(talk, "503 5.5.1 what?\r\n");
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
        mta_strike_at(mta, talk, "");
        talk->dead = true;
        return true;
    }
    if (!mta_take_line(talk, line))
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
            mta_strike_at(mta, talk, "");
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

uint64_t mta_sleep(struct mta *mta, uint64_t ms, bool (*until)(void *arg), void *arg)
{
    mta_settle(mta);
    while (ms > 0 && !(until && until(arg))) {
        uint64_t step = mta_is_anybody_slow(mta) ? TICK_MS : LONG_TICK_MS;
        if (step > ms)
            step = ms;
        fake_advance(mta->loop, step);
        ms -= step;
        mta->now_ms += step;
        for (unsigned i = 0; i < mta->talk_count; i++)
            mta_tick(mta, &mta->talks[i]);
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
