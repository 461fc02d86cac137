/* SPDX-License-Identifier: Apache-2.0 */
/* script_client: the clients of a script. */
#include "engine/base/ascii.h"
#include "tests/support/rig_client_tls.h"
#include "tests/support/script_link.h"
#include "tunnels/place.h"

#include <stdio.h>

#define GO_AHEAD "220 2.0.0 Ready to start TLS\r\n"
/* A record of type 21, TLS 1.0 to 1.2, two bytes (RFC 8446 section 6). */
#define ALERT_BYTES 7u

struct caller *script_client(struct script *script)
{
    return script->clients > 0 ? &script->callers[script->clients - 1] : NULL;
}

void script_call(struct script *script, unsigned number)
{
    char address[32];
    if (script->clients == CLIENTS_MAX || !script->rig.place)
        return;
    (void)snprintf(address, sizeof address, "192.0.2.%u", 7 + number % 4);
    struct caller *caller = &script->callers[script->clients++];
    *caller = (struct caller){.proxied = script->rig.place->tunnel->balancer_count > 0};
    memcpy(caller->address, address, sizeof caller->address);
    caller->peer = rig_call(&script->rig, address);
}

void script_reload_client(struct script *script, char how)
{
    if (!script->rig.place)
        return;
    struct rig_policy *policy = script_mode_policy(&script->mode);
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
        struct caller *caller = &script->callers[i];
        /* A stream that was broken may stop anywhere. */
        if (!caller->broken && !caller->tls)
            check_replies(script, fake_received(caller->peer));
        if (!caller->broken && caller->tls && caller->tls->secured)
            check_replies(script, buf_span(&caller->tls->plain));
    }
}

void script_secure_client(struct script *script)
{
    struct caller *caller = script_client(script);
    if (!caller || caller->ended || caller->tls || fake_is_closed(caller->peer))
        return;
    /* A server that has begun already may have said an alert: that is for the stream. */
    struct span received = fake_received(caller->peer);
    size_t go = span_find(received, SPAN(GO_AHEAD));
    size_t said = go == SPAN_NONE ? 0 : go + strlen(GO_AHEAD);
    check_replies(script, span_sub(received, 0, said));
    caller->clear_bytes = fake_sent(caller->peer).len;
    caller->greeted_in_tls = go == SPAN_NONE;
    caller->muddled |= caller->greeted_in_tls && (caller->clear_bytes > 0 || received.len > 0);
    buf_add(&caller->heard, span_sub(received, 0, said));
    fake_forget(caller->peer, said);
    caller->tls = tls_far_client("mail.example", READY_COUNT);
}

void script_say_client(struct script *script, struct span text, bool raw)
{
    struct caller *caller = script_client(script);
    struct buf bytes = BUF_INIT;
    script_unescape(text, &bytes);
    if (!raw && caller->tls && caller->tls->secured) {
        buf_add(&caller->said, buf_span(&bytes));
        tls_end_say(caller->tls, buf_span(&bytes));
    } else if (!fake_is_closed(caller->peer)) {
        caller->muddled |= caller->tls != NULL;
        fake_send(caller->peer, buf_span(&bytes));
    }
    buf_fini(&bytes);
}

bool script_carry_clients(struct script *script)
{
    bool moved = false;
    for (size_t i = 0; i < script->clients; i++) {
        struct caller *caller = &script->callers[i];
        if (caller->tls && caller->tls->state == TLS_MORE && !caller->broken && !caller->ended)
            moved |= tls_far_carry(caller->tls, caller->peer);
    }
    return moved;
}

void script_check_mail(const struct script *script)
{
    bool some = false;
    for (size_t i = 0; i < script->clients; i++)
        some |= script->callers[i].tls && script->callers[i].tls->secured;
    if (script->only_tls && !some)
        script_die("mail was taken in clear where TLS is required");
}
