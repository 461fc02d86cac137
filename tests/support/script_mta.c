/* SPDX-License-Identifier: Apache-2.0 */
/* script_mta: the upstreams of a script: those that behave, and what others say. */
#include "engine/base/utf8.h"
#include "tests/support/script_link.h"

#include <stdio.h>
#include <stdlib.h>

static void put_mark(struct tape *tape, size_t commands)
{
    if (tape->mark_count == tape->mark_cap) {
        tape->mark_cap = tape->mark_cap * 2 + 16;
        tape->marks = realloc(tape->marks, tape->mark_cap * sizeof *tape->marks);
        if (!tape->marks)
            abort();
    }
    tape->marks[tape->mark_count++] = (struct walk_mark){tape->said.len, commands};
}

static void say(struct mta *mta, struct span bytes)
{
    put_mark(&mta->clear, fake_received(mta->peer).len);
    buf_add(&mta->clear.said, bytes);
    fake_send(mta->peer, bytes);
}

static void say_text(struct mta *mta, const char *text)
{
    say(mta, span_str(text));
}

struct mta *script_mta(struct script *script)
{
    return script->mta_count > 0 ? &script->mtas[script->mta_count - 1] : NULL;
}

/* Neither side has given it up. */
static bool is_open(const struct mta *mta)
{
    return !mta->ended && !fake_is_closed(mta->peer);
}

/* Of one limit that held from the start. */
static void check_connections(const struct script *script, size_t host)
{
    unsigned open = 0;
    if (script->reloaded || !script_mode_has(&script->mode, 'q'))
        return;
    for (size_t i = 0; i < script->mta_count; i++)
        open += script->mtas[i].host == host && is_open(&script->mtas[i]);
    if (open > 1)
        script_die("more connections to an upstream than it may have");
}

void script_meet_mtas(struct script *script)
{
    for (size_t host = 0; host < HOSTS; host++) {
        struct fake_peer *peer;
        while ((peer = fake_accept(script_host(host), 25)) != NULL) {
            if (script->mta_count == UPSTREAMS_MAX) {
                fake_break(peer);
                continue;
            }
            struct mta *mta = &script->mtas[script->mta_count++];
            *mta = (struct mta){.peer = peer, .host = host};
            check_connections(script, host);
            if (script->polite)
                say_text(mta, "220 mta\r\n");
        }
    }
}

static bool is_command(struct span line)
{
    static const struct span known[] = {
        SPAN_INIT("EHLO "), SPAN_INIT("MAIL FROM:<"), SPAN_INIT("RCPT TO:<"),
        SPAN_INIT("DATA"),  SPAN_INIT("RSET"),        SPAN_INIT("QUIT"),
        SPAN_INIT("BDAT "), SPAN_INIT("XFORWARD "),   SPAN_INIT("AUTH "),
        SPAN_INIT("HELP"),  SPAN_INIT("XCLIENT ")};
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (span_starts(line, known[i]))
            return true;
    }
    return false;
}

static void begin_chunk(struct mta *mta, struct span line)
{
    struct span size = span_from(line, strlen("BDAT "));
    if (!span_ends_nocase(size, SPAN(" LAST")))
        script_die("a chunk that is not the last was sent");
    if (!span_to_u64(span_sub(size, 0, size.len - strlen(" LAST")), &mta->chunk))
        script_die("BDAT has no size");
    if (!script_mode_has(&mta->mode, 'k'))
        script_die("BDAT was sent to an upstream without CHUNKING");
    mta->last = '\0';
}

static void answer_with(struct script *script, struct mta *mta, const char *text)
{
    unsigned code = script->next_code;
    char reply[32];
    script->next_code = 0;
    if (code == 0) {
        say_text(mta, text);
        return;
    }
    (void)snprintf(reply, sizeof reply, "%u as you wish\r\n", code);
    say_text(mta, reply);
}

/* Octets are not looked at as lines, but a reader further on may. */
static void take_chunk(struct script *script, struct mta *mta, struct span octets)
{
    for (size_t i = 0; i < octets.len; i++) {
        if (!mta->binary && (mta->last == '\r') != (octets.ptr[i] == '\n'))
            script_die("a CR or LF that stands alone was sent on in a chunk");
        mta->last = octets.ptr[i];
    }
    if (script_mode_has(&mta->mode, '8') && !span_is_ascii(octets))
        script_die("8-bit text was sent to an upstream without 8BITMIME");
    mta->chunk -= octets.len;
    if (mta->chunk > 0)
        return;
    if (!mta->binary && mta->last == '\r')
        script_die("a chunk ends in the middle of a line end");
    answer_with(script, mta, "250 2.0.0 ok\r\n");
}

static bool has_word(struct span line, const char *word)
{
    return span_find(line, span_str(word)) != SPAN_NONE;
}

/* Behind the address: quotes and such may hold anything. */
static struct span params_of(struct span line)
{
    size_t end = line.len;
    while (end > 0 && line.ptr[end - 1] != '>')
        end--;
    return span_from(line, end);
}

/* RFC 5321 section 4.1.1.11: no parameter of an extension that was not offered. */
static void check_params(const struct mta *mta, struct span line)
{
    static const struct {
        const char *word;
        char letter;
        bool lacks;
    } params[] = {
        {" BODY=8BITMIME", '8', true}, {" BODY=7BIT", '8', true}, {" BODY=BINARYMIME", 'k', false},
        {" SMTPUTF8", 'u', true},      {" RET=", 'd', false},     {" ENVID=", 'd', false},
        {" NOTIFY=", 'd', false},      {" ORCPT=", 'd', false},   {" SIZE=", 's', false},
        {" MT-PRIORITY=", 'm', false}, {" AUTH=", 'a', false}};
    struct span given = params_of(line);
    for (size_t i = 0; i < ARRAY_LEN(params); i++) {
        bool offered = script_mode_has(&mta->mode, params[i].letter) != params[i].lacks;
        if (!offered && has_word(given, params[i].word))
            script_die("a parameter was sent that is not offered");
    }
    if (!mta->utf8 && !span_is_ascii(line))
        script_die("an 8-bit address was sent without SMTPUTF8");
}

static void take_mail(const struct script *script, struct mta *mta, struct span line)
{
    script_check_mail(script);
    mta->binary = has_word(params_of(line), " BODY=BINARYMIME");
    mta->utf8 = has_word(params_of(line), " SMTPUTF8");
    mta->rcpts = 0;
    mta->mails++;
    if (script_mode_has(&mta->mode, 'i') && mta->mails > 2)
        script_die("more mails than MAILMAX");
    if (!script->reloaded && script_mode_has(&script->mode, 'o') && mta->mails > 2)
        script_die("more mails than max_messages_per_connection");
}

static void check_command(const struct script *script, struct mta *mta, struct span line)
{
    if (!is_command(line)) {
        (void)fprintf(stderr, "script: %.*s\n", SPAN_ARG(line));
        script_die("text was sent as a command");
    }
    if (span_starts(line, SPAN("MAIL FROM")))
        take_mail(script, mta, line);
    if (span_starts(line, SPAN("MAIL FROM")) || span_starts(line, SPAN("RCPT TO")))
        check_params(mta, line);
    if (span_starts(line, SPAN("RCPT TO")) && script_mode_has(&mta->mode, 'i') && ++mta->rcpts > 2)
        script_die("more recipients than RCPTMAX");
    if (span_is(line, "DATA") && mta->binary)
        script_die("BODY=BINARYMIME was sent by DATA");
    if (span_starts(line, SPAN("XFORWARD")) && !script_mode_has(&mta->mode, 'x'))
        script_die("XFORWARD was sent to an upstream that does not list it");
    if (span_starts(line, SPAN("XCLIENT")) && !script_mode_has(&mta->mode, 'X'))
        script_die("XCLIENT was sent to an upstream that does not offer it");
    if (span_starts(line, SPAN("AUTH")) && !script_mode_has(&mta->mode, 'a'))
        script_die("AUTH was sent to an upstream that does not offer it");
}

static void greet(const struct script *script, struct mta *mta)
{
    struct buf offer = BUF_INIT;
    mta->mode = script->mode;
    script_mode_offer(&mta->mode, &offer);
    say(mta, buf_span(&offer));
    buf_fini(&offer);
}

/* Challenges as LOGIN has them, where no response came with the command. */
static void answer_auth(struct script *script, struct mta *mta, struct span line)
{
    if (mta->challenges == 0)
        mta->challenges = span_find_byte(span_from(line, strlen("AUTH ")), ' ') != SPAN_NONE
                              ? 1
                              : (span_is(line, "AUTH LOGIN") ? 3 : 2);
    bool refused = script->next_code > 0 || span_is(line, "*");
    mta->challenges = refused ? 0 : mta->challenges - 1;
    if (span_is(line, "*") && script->next_code == 0)
        say_text(mta, "501 5.7.0 given up\r\n");
    else
        answer_with(script, mta, mta->challenges > 0 ? "334 Z28=\r\n" : "235 2.7.0 welcome\r\n");
}

static void answer(struct script *script, struct mta *mta, struct span line)
{
    if (mta->challenges > 0) {
        answer_auth(script, mta, line);
        return;
    }
    if (span_find_byte(line, '\r') != SPAN_NONE || span_find_byte(line, '\n') != SPAN_NONE)
        script_die("a CR or LF that stands alone was sent on");
    if (mta->in_text) {
        if (script_mode_has(&mta->mode, '8') && !span_is_ascii(line))
            script_die("8-bit text was sent to an upstream without 8BITMIME");
        mta->in_text = !span_is(line, ".");
        if (!mta->in_text)
            answer_with(script, mta, "250 2.0.0 ok\r\n");
        return;
    }
    check_command(script, mta, line);
    if (span_starts(line, SPAN("EHLO"))) {
        greet(script, mta);
    } else if (span_starts(line, SPAN("BDAT "))) {
        begin_chunk(mta, line);
    } else if (span_is(line, "DATA")) {
        mta->in_text = script->next_code == 0;
        answer_with(script, mta, "354 go\r\n");
    } else if (span_starts(line, SPAN("XCLIENT "))) {
        answer_with(script, mta, "220 mta\r\n");
    } else if (span_is(line, "QUIT")) {
        answer_with(script, mta, "221 2.0.0 bye\r\n");
        fake_end(mta->peer);
        mta->ended = true;
    } else if (span_is(line, "HELP")) {
        answer_with(script, mta, "214 2.0.0 no\r\n");
    } else if (span_starts(line, SPAN("AUTH "))) {
        answer_auth(script, mta, line);
    } else {
        answer_with(script, mta, "250 2.0.0 ok\r\n");
    }
}

size_t script_read_header(struct span bytes, char *client)
{
    static const struct span signature = SPAN_INIT("\r\n\r\n\0\r\nQUIT\n");
    const unsigned char *at = (const unsigned char *)bytes.ptr;
    client[0] = '\0';
    if (!span_starts(bytes, signature) || bytes.len < 16)
        return 0;
    size_t len = 16u + (size_t)at[14] * 256 + at[15];
    if (bytes.len < len)
        return 0;
    if (at[12] == 0x21 && at[13] == 0x11 && len >= 28)
        (void)snprintf(client, 32, "%u.%u.%u.%u", at[16], at[17], at[18], at[19]);
    else if (at[12] == 0x21)
        (void)snprintf(client, 32, "of another family");
    return len;
}

static bool serve(struct script *script, struct mta *mta)
{
    struct span received = span_from(fake_received(mta->peer), mta->read);
    if (mta->tls || !is_open(mta))
        return false;
    if (mta->read == 0 && received.len > 0 && received.ptr[0] == '\r') {
        mta->read = script_read_header(received, mta->client);
        return mta->read > 0;
    }
    if (mta->chunk > 0 && received.len > 0) {
        struct span octets = span_sub(received, 0, (size_t)mta->chunk);
        mta->read += octets.len;
        take_chunk(script, mta, octets);
        return true;
    }
    size_t end = span_find(received, SPAN("\r\n"));
    if (end == SPAN_NONE || mta->chunk > 0)
        return false;
    mta->read += end + 2;
    answer(script, mta, span_sub(received, 0, end));
    return true;
}

bool script_serve_mtas(struct script *script)
{
    bool served = false;
    for (size_t i = 0; script->polite && !script->mute && i < script->mta_count; i++)
        served |= serve(script, &script->mtas[i]);
    return served;
}

bool script_carry_mtas(struct script *script)
{
    bool moved = false;
    for (size_t i = 0; i < script->mta_count; i++) {
        struct mta *mta = &script->mtas[i];
        if (mta->tls && mta->tls->state == TLS_MORE)
            moved |= tls_far_carry(mta->tls, mta->peer);
    }
    return moved;
}

void script_say_mta(struct script *script, struct span text, bool raw)
{
    struct mta *mta = script_mta(script);
    struct buf bytes = BUF_INIT;
    if (!mta || !is_open(mta))
        return;
    script_unescape(text, &bytes);
    if (!raw && mta->tls && mta->tls->secured) {
        put_mark(&mta->secret, mta->tls->plain.len);
        buf_add(&mta->secret.said, buf_span(&bytes));
        tls_end_say(mta->tls, buf_span(&bytes));
    } else if (mta->tls) {
        mta->muddled = true;
        fake_send(mta->peer, buf_span(&bytes));
    } else {
        say(mta, buf_span(&bytes));
    }
    buf_fini(&bytes);
}

void script_check_clear(const struct script *script, const struct mta *mta)
{
    struct span received = fake_received(mta->peer);
    if (script->never_clear && span_find(received, SPAN("MAIL FROM")) != SPAN_NONE)
        script_die("mail was sent in clear");
}

void script_secure_mta(struct script *script)
{
    struct mta *mta = script_mta(script);
    if (script->polite || !mta || mta->ended || mta->tls)
        return;
    /* Only a client's first flight may follow. */
    struct span received = fake_received(mta->peer);
    size_t end = span_find(received, SPAN("STARTTLS\r\n"));
    if (end == SPAN_NONE)
        return;
    script_check_clear(script, mta);
    end += strlen("STARTTLS\r\n");
    buf_add(&mta->heard, span_sub(received, 0, end));
    fake_forget(mta->peer, end);
    mta->tls = tls_far_server(READY_SERVER_EC);
}
