/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/script_link.h"

#include "engine/base/ascii.h"
#include "engine/base/log.h"
#include "tests/support/rig_upstream.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#define STEPS_MAX 400u
#define SECONDS_MAX 1000u

void script_die(const char *why)
{
    (void)fprintf(stderr, "script: %s\n", why);
    abort();
}

void script_unescape(struct span text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '\\' && i + 1 < text.len) {
            c = text.ptr[++i];
            if (c == 'r')
                c = '\r';
            else if (c == 'n')
                c = '\n';
            else if (c == '0')
                c = '\0';
            else if (c == 'x' && i + 2 < text.len && ascii_hex(text.ptr[i + 1]) >= 0 &&
                     ascii_hex(text.ptr[i + 2]) >= 0) {
                c = (char)(ascii_hex(text.ptr[i + 1]) * 16 + ascii_hex(text.ptr[i + 2]));
                i += 2;
            }
        }
        buf_add_byte(out, c);
    }
}

static void send_text(struct fake_peer *peer, struct span text)
{
    struct buf bytes = BUF_INIT;
    script_unescape(text, &bytes);
    if (peer && !fake_is_closed(peer))
        fake_send(peer, buf_span(&bytes));
    buf_fini(&bytes);
}

static void call(struct script *script)
{
    if (script->clients == CLIENTS_MAX || !script->rig.place)
        return;
    script->client = rig_call(&script->rig, "192.0.2.7");
    script->all[script->clients++] = script->client;
    script->client_ended = false;
}

static void meet_upstreams(struct script *script)
{
    struct fake_peer *peer;
    while ((peer = fake_accept("mta.example", 25)) != NULL) {
        if (script->mta_count == UPSTREAMS_MAX) {
            fake_break(peer);
            continue;
        }
        script->mtas[script->mta_count++] = (struct mta){.peer = peer};
        if (script->polite)
            fake_send_text(peer, "220 mta\r\n");
    }
}

static bool is_command(struct span line)
{
    static const struct span known[] = {
        SPAN_INIT("EHLO "), SPAN_INIT("MAIL FROM:<"), SPAN_INIT("RCPT TO:<"), SPAN_INIT("DATA"),
        SPAN_INIT("RSET"),  SPAN_INIT("QUIT"),        SPAN_INIT("BDAT ")};
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
    mta->last = '\0';
}

/* Octets are not looked at as lines, but a reader further on may. */
static void take_chunk(struct mta *mta, struct span octets)
{
    for (size_t i = 0; i < octets.len; i++) {
        if (!mta->binary && (mta->last == '\r') != (octets.ptr[i] == '\n'))
            script_die("a CR or LF that stands alone was sent on in a chunk");
        mta->last = octets.ptr[i];
    }
    mta->chunk -= octets.len;
    if (mta->chunk > 0)
        return;
    if (!mta->binary && mta->last == '\r')
        script_die("a chunk ends in the middle of a line end");
    fake_send_text(mta->peer, "250 2.0.0 ok\r\n");
}

static void answer(const struct script *script, struct mta *mta, struct span line)
{
    if (span_find_byte(line, '\r') != SPAN_NONE || span_find_byte(line, '\n') != SPAN_NONE)
        script_die("a CR or LF that stands alone was sent on");
    if (!mta->in_text && !is_command(line))
        script_die("text was sent as a command");
    if (span_starts(line, SPAN("MAIL FROM")) && !mta->in_text) {
        script_check_mail(script);
        mta->binary = span_find(line, SPAN("BODY=BINARYMIME")) != SPAN_NONE;
    }
    if (span_is(line, "DATA") && !mta->in_text && mta->binary)
        script_die("BODY=BINARYMIME was sent by DATA");
    if (mta->in_text) {
        if (!span_is(line, "."))
            return;
        mta->in_text = false;
        fake_send_text(mta->peer, "250 2.0.0 ok\r\n");
    } else if (span_starts(line, SPAN("EHLO"))) {
        fake_send_text(mta->peer, "250-mta\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n");
        fake_send_text(mta->peer, script->has_chunks
                                      ? "250-CHUNKING\r\n250-BINARYMIME\r\n250 PIPELINING\r\n"
                                      : "250 PIPELINING\r\n");
    } else if (span_starts(line, SPAN("BDAT "))) {
        begin_chunk(mta, line);
    } else if (span_is(line, "DATA")) {
        mta->in_text = true;
        fake_send_text(mta->peer, "354 go\r\n");
    } else {
        fake_send_text(mta->peer, "250 2.0.0 ok\r\n");
    }
}

static bool serve(const struct script *script, struct mta *mta)
{
    struct span received = fake_received(mta->peer);
    bool can_talk = !mta->ended && !fake_is_closed(mta->peer);
    if (mta->chunk > 0 && received.len > 0 && can_talk) {
        struct span octets = span_sub(received, 0, (size_t)mta->chunk);
        size_t len = octets.len;
        take_chunk(mta, octets);
        fake_forget(mta->peer, len);
        return true;
    }
    size_t end = span_find(received, SPAN("\r\n"));
    if (end == SPAN_NONE || !can_talk || mta->chunk > 0)
        return false;
    answer(script, mta, span_sub(received, 0, end));
    fake_forget(mta->peer, end + 2);
    return true;
}

static struct mta *newest(struct script *script)
{
    return script->mta_count > 0 ? &script->mtas[script->mta_count - 1] : NULL;
}

static void say_as_upstream(struct script *script, struct span text, bool raw)
{
    struct mta *mta = newest(script);
    struct buf bytes = BUF_INIT;
    if (!mta || mta->ended)
        return;
    if (raw || !mta->tls || !mta->tls->secured) {
        send_text(mta->peer, text);
        return;
    }
    script_unescape(text, &bytes);
    tls_end_say(mta->tls, buf_span(&bytes));
    buf_fini(&bytes);
}

/* What the engine said before TLS, or without. */
static void check_clear(const struct script *script, const struct mta *mta)
{
    struct span received = fake_received(mta->peer);
    if (span_find(received, SPAN("AUTH ")) != SPAN_NONE)
        script_die("a login was sent in clear");
    if (script->never_clear && span_find(received, SPAN("MAIL FROM")) != SPAN_NONE)
        script_die("mail was sent in clear");
}

static void secure_upstream(struct script *script)
{
    struct mta *mta = newest(script);
    if (script->polite || !mta || mta->ended || mta->tls)
        return;
    /* Only a client's first flight may follow. */
    struct span received = fake_received(mta->peer);
    size_t end = span_find(received, SPAN("STARTTLS\r\n"));
    if (end == SPAN_NONE)
        return;
    check_clear(script, mta);
    fake_forget(mta->peer, end + strlen("STARTTLS\r\n"));
    mta->tls = tls_far_server(READY_SERVER_EC);
}

static bool carry(const struct mta *mta)
{
    return mta->tls && mta->tls->state == TLS_MORE && tls_far_carry(mta->tls, mta->peer);
}

static void settle(struct script *script)
{
    for (bool more = true; more;) {
        fake_settle(script->rig.loop);
        meet_upstreams(script);
        more = false;
        for (size_t i = 0; script->polite && i < script->mta_count; i++)
            more |= serve(script, &script->mtas[i]);
        for (size_t i = 0; i < script->mta_count; i++)
            more |= carry(&script->mtas[i]);
        more |= script_carry_clients(script);
    }
}

static void say_as_client(struct script *script, struct span text, bool raw)
{
    if (!script->client || script->client_ended)
        call(script);
    if (script->client && !script->client_ended)
        script_say_client(script, text, raw);
}

static void leave(struct script *script, char how)
{
    struct mta *mta = newest(script);
    bool is_client = how == 'c' || how == 'r';
    if (is_client ? !script->client || script->client_ended : !mta || mta->ended)
        return;
    struct fake_peer *peer = is_client ? script->client : mta->peer;
    if (how == 'c' || how == 'u')
        fake_end(peer);
    else
        fake_break(peer);
    if (how == 'r')
        script->broken[script->clients - 1] = true;
    if (is_client)
        script->client_ended = true;
    else
        mta->ended = true;
}

static void reload(struct script *script)
{
    if (!script->rig.place)
        return;
    struct rig_policy *policy = rig_policy_new();
    policy->tunnel.max_message_size = 500;
    policy->tunnel.bare_newline = BARE_NEWLINE_NORMALIZE;
    script->never_clear = false;
    script->only_tls = false;
    rig_reload(&script->rig, policy);
    rig_policy_drop(&policy);
}

static void reload_tls(struct script *script, char how)
{
    if (!script->rig.place)
        return;
    struct rig_policy *policy = rig_policy_new();
    bool good = rig_set_upstream(policy, SPAN("upstream.tls"),
                                 how == 'o' ? SPAN("opportunistic") : SPAN("require"));
    if (how == 'a')
        good = good && rig_set_upstream(policy, SPAN("upstream.username"), SPAN("gateway")) &&
               rig_set_upstream(policy, SPAN("upstream.password"), SPAN("secret"));
    if (!good)
        script_die("no such setting");
    script->only_tls = false;
    script->never_clear = how != 'o' && (script->never_clear || script->clients == 0);
    rig_reload(&script->rig, policy);
    rig_policy_drop(&policy);
}

static uint64_t number_of(struct span text, uint64_t most)
{
    uint64_t number;
    if (!span_to_u64(span_trim(text), &number))
        return most;
    return number < most ? number : most;
}

static void step(struct script *script, struct span line)
{
    struct span rest = span_from(line, 1);
    if (rest.len > 0 && rest.ptr[0] == ' ')
        rest = span_from(rest, 1);
    switch (line.len > 0 ? line.ptr[0] : '\0') {
    case 'C':
    case 'y':
        say_as_client(script, rest, line.ptr[0] == 'y');
        break;
    case 'h':
        script_secure_client(script);
        break;
    case 'e':
    case 'f':
    case 'i':
        script_reload_client(script, line.ptr[0]);
        break;
    case 'U':
    case 'x':
        say_as_upstream(script, rest, line.ptr[0] == 'x');
        break;
    case 's':
        secure_upstream(script);
        break;
    case 'o':
    case 'q':
    case 'a':
        reload_tls(script, line.ptr[0]);
        break;
    case 'c':
    case 'u':
    case 'r':
    case 'R':
        leave(script, line.ptr[0]);
        break;
    case 'n':
        call(script);
        break;
    case 't':
        fake_advance(script->rig.loop, number_of(rest, SECONDS_MAX) * 1000);
        break;
    case 'w':
    case 'W':
        fake_hold_workers(line.ptr[0] == 'w');
        break;
    case 'l':
        reload(script);
        break;
    case 'k':
        if (newest(script))
            fake_take_only(newest(script)->peer, number_of(rest, SIZE_MAX));
        break;
    case 'b':
        script->has_chunks = true;
        break;
    case 'd':
        if (script->rig.place)
            rig_drain(&script->rig);
        break;
    default:
        break;
    }
    settle(script);
}

static void begin(struct script *script, enum fake_cut cut, uint64_t seed)
{
    struct rig_policy *policy = rig_policy_new();
    policy->tunnel.max_recipients = 5;
    fake_cut(cut, seed);
    fake_serve("mta.example", 25, FAKE_ACCEPT);
    rig_init(&script->rig, policy);
    rig_policy_drop(&policy);
}

static void end(struct script *script)
{
    settle(script);
    script_check_clients(script);
    for (size_t i = 0; i < script->mta_count; i++) {
        if (!script->mtas[i].tls)
            check_clear(script, &script->mtas[i]);
        tls_far_free(&script->mtas[i].tls);
    }
    const char *left = rig_fini(&script->rig);
    if (left)
        script_die(left);
    if (rig_policies() != 0)
        script_die("a policy is still held");
}

void script_play(const uint8_t *data, size_t size, bool polite)
{
    static bool quiet;
    struct script *script = calloc(1, sizeof *script);
    struct span rest = span_of((const char *)data, size);
    struct span line;
    if (!script)
        abort();
    if (!quiet) {
        quiet = true;
        log_setup(open("/dev/null", O_WRONLY | O_CLOEXEC), LOG_DEBUG, LOG_TEXT);
    }
    /* The first byte says how the bytes are cut: the dialogue must not depend on it. */
    unsigned first = size > 0 ? data[0] : 0;
    begin(script, (enum fake_cut)(first % 3), first + 1);
    script->polite = polite;
    for (unsigned steps = 0; steps < STEPS_MAX && span_next(&rest, '\n', &line); steps++)
        step(script, line);
    end(script);
    free(script);
}
