/* SPDX-License-Identifier: Apache-2.0 */
/* script_client: the clients of a script where TLS comes into it. */
#include "engine/base/ascii.h"
#include "tests/support/rig_client_tls.h"
#include "tests/support/script_link.h"

#define GO_AHEAD "220 2.0.0 Ready to start TLS\r\n"
/* A record of type 21, TLS 1.0 to 1.2, two bytes (RFC 8446 section 6). */
#define ALERT_BYTES 7u

void script_reload_client(struct script *script, char how)
{
    if (!script->rig.place)
        return;
    struct rig_policy *policy = rig_policy_new();
    struct span mode = how == 'e' ? SPAN("starttls") : SPAN("required");
    if (!rig_set_client_tls(policy, SPAN("tls"), how == 'i' ? SPAN("implicit") : mode))
        script_die("no such setting");
    script->has_tls = true;
    script->only_tls = how != 'e' && (script->only_tls || script->clients == 0);
    script->never_clear = false; /* towards the upstream */
    rig_reload(&script->rig, policy);
    rig_policy_drop(&policy);
}

/* Lines of replies and nothing else, but for the alert of a handshake that failed. */
static void check_replies(const struct script *script, struct span received)
{
    struct span line;
    while (received.len > 0) {
        size_t end = span_find(received, SPAN("\r\n"));
        line = span_sub(received, 0, end);
        if (script->has_tls && received.len == ALERT_BYTES && received.ptr[0] == 21)
            return;
        if (end == SPAN_NONE || line.len < 4 || line.ptr[0] < '2' || line.ptr[0] > '5' ||
            !ascii_is_digit(line.ptr[1]) || !ascii_is_digit(line.ptr[2]) ||
            (line.ptr[3] != ' ' && line.ptr[3] != '-'))
            script_die("a client got what is no reply");
        received = span_from(received, end + 2);
    }
}

void script_check_clients(struct script *script)
{
    for (size_t i = 0; i < script->clients; i++) {
        struct tls_end *end = script->ends[i];
        /* A stream that was broken may stop anywhere. */
        if (!script->broken[i] && !end)
            check_replies(script, fake_received(script->all[i]));
        if (!script->broken[i] && end && end->secured)
            check_replies(script, buf_span(&end->plain));
        tls_far_free(&script->ends[i]);
    }
}

void script_secure_client(struct script *script)
{
    if (script->clients == 0 || script->client_ended || script->ends[script->clients - 1] ||
        fake_is_closed(script->client))
        return;
    /* A server that has begun already may have said an alert: that is for the stream. */
    struct span received = fake_received(script->client);
    size_t go = span_find(received, SPAN(GO_AHEAD));
    size_t said = go == SPAN_NONE ? 0 : go + strlen(GO_AHEAD);
    check_replies(script, span_sub(received, 0, said));
    fake_forget(script->client, said);
    script->ends[script->clients - 1] = tls_far_client("mail.example", READY_COUNT);
}

void script_say_client(struct script *script, struct span text, bool raw)
{
    struct tls_end *end = script->ends[script->clients - 1];
    struct buf bytes = BUF_INIT;
    script_unescape(text, &bytes);
    if (!raw && end && end->secured)
        tls_end_say(end, buf_span(&bytes));
    else if (!fake_is_closed(script->client))
        fake_send(script->client, buf_span(&bytes));
    buf_fini(&bytes);
}

bool script_carry_clients(struct script *script)
{
    bool moved = false;
    for (size_t i = 0; i < script->clients; i++) {
        struct tls_end *end = script->ends[i];
        bool gone = script->broken[i] || (script->client_ended && i + 1 == script->clients);
        if (end && end->state == TLS_MORE && !gone)
            moved |= tls_far_carry(end, script->all[i]);
    }
    return moved;
}

void script_check_mail(const struct script *script)
{
    bool some = false;
    for (size_t i = 0; i < script->clients; i++)
        some |= script->ends[i] && script->ends[i]->secured;
    if (script->only_tls && !some)
        script_die("mail was taken in clear where TLS is required");
}
