/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/buf.h"
#include "tests/support/chat_link.h"
#include "tests/support/rig_client.h"
#include "tests/support/rig_client_tls.h"
#include "tests/support/rig_upstream.h"

#include <stdio.h>
#include <stdlib.h>

#define SECOND 1000u

static bool split_host(struct chat *chat, struct span text, char host[64], uint16_t *port)
{
    uint64_t number;
    size_t colon = span_find_byte(text, ':');
    if (colon == SPAN_NONE || colon > 63 || !span_to_u64(span_from(text, colon + 1), &number))
        return chat_fail(chat, "expected HOST:PORT");
    (void)snprintf(host, 64, "%.*s", (int)colon, text.ptr);
    *port = (uint16_t)number;
    return true;
}

static bool serve(struct chat *chat, struct span text, enum fake_answer answer)
{
    char host[64];
    uint16_t port = 0;
    if (!split_host(chat, text, host, &port))
        return false;
    chat_start(chat);
    fake_serve(host, port, answer);
    return true;
}

/* "name HOST ADDRESS...", "name HOST none", "name HOST silent" */
static bool name(struct chat *chat, struct span rest)
{
    char host[64], addresses[512];
    struct span word;
    if (!chat_word(&rest, &word))
        return chat_fail(chat, "expected HOST ADDRESS...");
    chat_start(chat);
    (void)snprintf(host, sizeof host, "%.*s", SPAN_ARG(word));
    (void)snprintf(addresses, sizeof addresses, "%.*s", SPAN_ARG(rest));
    bool none = span_is(rest, "none"), silent = span_is(rest, "silent");
    fake_name(host, silent ? NULL : none ? "" : addresses);
    return true;
}

static bool accept_upstream(struct chat *chat, struct span where)
{
    char host[64];
    uint16_t port = 0;
    if (!split_host(chat, where.len > 0 ? where : SPAN("mta.example:25"), host, &port) ||
        !chat_ensure_client(chat))
        return false;
    fake_settle(chat->rig.loop);
    struct fake_peer *peer = fake_accept(host, port);
    if (!peer)
        return chat_fail(chat, "no connection to %s:%u", host, port);
    return chat_add(chat, chat->upstreams, &chat->upstream_count, &chat->upstream, peer);
}

/* The upstream's greeting and its answer to EHLO with a comma-separated list. */
static bool greet(struct chat *chat, struct span offers)
{
    struct stream *stream = &chat->upstreams[chat->upstream];
    struct span offer;
    if (!chat_send_text(chat, stream, SPAN("220 mta.example ESMTP"), false, 1) ||
        !chat_expect(chat, stream, SPAN("EHLO gateway.example")))
        return false;
    struct buf reply = BUF_INIT;
    buf_add_str(&reply, offers.len > 0 ? "250-mta.example\r\n" : "250 mta.example\r\n");
    while (offers.len > 0 && span_next(&offers, ',', &offer)) {
        offer = span_trim(offer);
        buf_printf(&reply, "250%c%.*s\r\n", offers.len > 0 ? '-' : ' ', SPAN_ARG(offer));
    }
    bool good = chat_send(chat, stream, buf_span(&reply));
    buf_fini(&reply);
    fake_settle(chat->rig.loop);
    return good;
}

/* Greeting, EHLO on both sides: what nearly every dialogue begins with. */
static bool open_session(struct chat *chat, struct span offers)
{
    if (!chat_ensure_client(chat))
        return false;
    struct stream *client = &chat->clients[chat->client];
    if (!chat_expect(chat, client, SPAN("220 gateway.example ESMTP")) ||
        !chat_send_text(chat, client, SPAN("EHLO client.example"), false, 1))
        return false;
    bool none = span_is(offers, "known");
    if (!none && (!accept_upstream(chat, span_of("", 0)) || !greet(chat, offers)))
        return false;
    return chat_skip_reply(chat, client, SPAN("250"));
}

/* MAIL and RCPT, both taken by the upstream. */
static bool envelope(struct chat *chat, struct span rest)
{
    static const char *const commands[] = {"MAIL FROM:<ann@client.example>",
                                           "RCPT TO:<bob@there.example>"};
    (void)rest;
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        struct stream *client = &chat->clients[chat->client];
        struct stream *upstream = &chat->upstreams[chat->upstream];
        struct span command = span_str(commands[i]);
        if (!chat_send_text(chat, client, command, false, 1) ||
            !chat_expect(chat, upstream, command) ||
            !chat_send_text(chat, upstream, SPAN("250 2.1.0 Ok"), false, 1) ||
            !chat_expect(chat, client, SPAN("250 2.1.0 Ok")))
            return false;
    }
    return true;
}

/* DATA and a short text; the argument is its first line. */
static bool text(struct chat *chat, struct span rest)
{
    struct stream *client = &chat->clients[chat->client];
    return chat_send_text(chat, client, SPAN("DATA"), false, 1) &&
           chat_expect(chat, client, SPAN("354 End data with <CR><LF>.<CR><LF>")) &&
           chat_send_text(chat, client, rest.len > 0 ? rest : SPAN("Subject: hello"), false, 1) &&
           chat_send_text(chat, client, SPAN("\r\nhello\r\n.\r\n"), true, 1);
}

/* The upstream's side of DATA up to and with the final dot. */
static bool take_text(struct chat *chat, struct span rest)
{
    (void)rest;
    struct stream *upstream = &chat->upstreams[chat->upstream];
    if (!chat_expect(chat, upstream, SPAN("DATA")) ||
        !chat_send_text(chat, upstream, SPAN("354 go"), false, 1))
        return false;
    for (bool more = true; more;) {
        fake_settle(chat->rig.loop);
        struct span received = chat_received(upstream);
        more = !span_starts(received, SPAN(".\r\n"));
        if (!chat_expect(chat, upstream, SPAN("*")))
            return false;
    }
    return true;
}

/* All of it, with a good end; the client's text has been sent. */
static bool taken(struct chat *chat, struct span rest)
{
    return take_text(chat, rest) &&
           chat_send_text(chat, &chat->upstreams[chat->upstream], SPAN("250 2.0.0 Taken"), false,
                          1) &&
           chat_expect(chat, &chat->clients[chat->client], SPAN("250 2.0.0 Taken"));
}

static bool sleep_for(struct chat *chat, struct span text)
{
    uint64_t number;
    uint64_t unit = SECOND;
    if (span_ends_nocase(text, SPAN("ms")))
        unit = 1;
    text = span_sub(text, 0, text.len - (unit == 1 ? 2 : 1));
    if (!span_to_u64(text, &number))
        return chat_fail(chat, "expected a time like 31s or 500ms");
    chat_start(chat);
    fake_advance(chat->rig.loop, number * unit);
    return true;
}

static bool set(struct chat *chat, struct span rest)
{
    struct span name;
    if (!chat->policy)
        return chat_fail(chat, "settings come first, or between `policy` and `reload`");
    return chat_word(&rest, &name) &&
                   (rig_set_upstream(chat->policy, name, rest) ||
                    rig_set_client_tls(chat->policy, name, rest) ||
                    rig_set_client(chat->policy, name, rest) || rig_set(chat->policy, name, rest))
               ? true
               : chat_fail(chat, "no such setting or value");
}

static bool route(struct chat *chat, struct span rest)
{
    char text[512];
    if (!chat->policy)
        return chat_fail(chat, "routes come first, or between `policy` and `reload`");
    if (span_is(rest, "none")) {
        rig_no_routes(chat->policy);
        return true;
    }
    (void)snprintf(text, sizeof text, "%.*s", SPAN_ARG(rest));
    rig_route(chat->policy, text);
    return true;
}

static bool rules(struct chat *chat, struct span rest)
{
    if (!chat->policy)
        return chat_fail(chat, "rules come first, or between `policy` and `reload`");
    const char *text = arena_str(chat->policy->arena, rest);
    return rig_rules(chat->policy, text) || chat_fail(chat, "the rules are wrong");
}

static bool new_policy(struct chat *chat, struct span rest)
{
    (void)rest;
    chat_start(chat);
    chat->policy = rig_policy_new();
    return true;
}

static bool reload(struct chat *chat, struct span rest)
{
    (void)rest;
    if (!chat->policy || !chat->running)
        return chat_fail(chat, "`policy` comes first");
    rig_reload(&chat->rig, chat->policy);
    rig_policy_drop(&chat->policy);
    return true;
}

static bool count_policies(struct chat *chat, struct span rest)
{
    uint64_t number;
    fake_settle(chat->rig.loop);
    if (!span_to_u64(rest, &number) || number != rig_policies())
        return chat_fail(chat, "%u policies are held", rig_policies());
    return true;
}

static bool count_dials(struct chat *chat, struct span rest)
{
    struct span where;
    char host[64];
    uint16_t port = 0;
    uint64_t number;
    if (!chat_word(&rest, &where) || !split_host(chat, where, host, &port) ||
        !span_to_u64(rest, &number))
        return chat_fail(chat, "expected HOST:PORT NUMBER");
    fake_settle(chat->rig.loop);
    return fake_dials(host, port) == number ||
           chat_fail(chat, "%u connections were tried", fake_dials(host, port));
}

static bool workers(struct chat *chat, struct span rest)
{
    chat_start(chat);
    fake_hold_workers(span_is(rest, "hold"));
    return span_is(rest, "hold") || span_is(rest, "go") || chat_fail(chat, "expected hold or go");
}

static bool inline_ms(struct chat *chat, struct span rest)
{
    uint64_t number;
    chat_start(chat);
    if (!span_to_u64(rest, &number))
        return chat_fail(chat, "expected milliseconds");
    rig_inline_ms(&chat->rig, (unsigned)number);
    return true;
}

static bool drain(struct chat *chat, struct span rest)
{
    (void)rest;
    chat_start(chat);
    rig_drain(&chat->rig);
    fake_settle(chat->rig.loop);
    return true;
}

/* What the engine does when a drain takes too long. */
static bool cut(struct chat *chat, struct span rest)
{
    (void)rest;
    tunnel_loop_cut(chat->rig.tunnels);
    fake_settle(chat->rig.loop);
    return true;
}

static bool drained(struct chat *chat, struct span rest)
{
    fake_settle(chat->rig.loop);
    bool wanted = !span_is(rest, "not");
    return chat->rig.drained == wanted ||
           chat_fail(chat, "the engine is %sdrained", wanted ? "not " : "");
}

static bool serve_accept(struct chat *chat, struct span rest)
{
    return serve(chat, rest, FAKE_ACCEPT);
}

static bool serve_refuse(struct chat *chat, struct span rest)
{
    return serve(chat, rest, FAKE_REFUSE);
}

static bool serve_silent(struct chat *chat, struct span rest)
{
    return serve(chat, rest, FAKE_SILENT);
}

/* "new 2", "tmp 0": how many files the folder of a Maildir has. */
static bool count_files(struct chat *chat, struct span rest)
{
    char command[256];
    struct span folder;
    uint64_t number;
    if (!chat_word(&rest, &folder) || !span_to_u64(rest, &number))
        return chat_fail(chat, "expected FOLDER NUMBER");
    fake_settle(chat->rig.loop);
    (void)snprintf(command, sizeof command, "test $(ls '%s/mail/%.*s' | wc -l) -eq %u",
                   chat->folder, SPAN_ARG(folder), (unsigned)number);
    return system(command) == 0 || chat_fail(chat, "not so many files");
}

static const struct directive {
    const char *name;
    bool (*run)(struct chat *chat, struct span rest);
} directives[] = {
    {"set", set},
    {"route", route},
    {"rules", rules},
    {"policy", new_policy},
    {"reload", reload},
    {"policies", count_policies},
    {"dials", count_dials},
    {"workers", workers},
    {"drain", drain},
    {"drained", drained},
    {"cut", cut},
    {"serve", serve_accept},
    {"refuse", serve_refuse},
    {"name", name}, /* of a host */
    {"silent", serve_silent},
    {"accept", accept_upstream},
    {"greet", greet},
    {"open", open_session},
    {"sleep", sleep_for},
    {"client", chat_call},
    {"inline", inline_ms},
    {"files", count_files},
    {"counting", chat_counting},
    {"counted", chat_counted},
    {"envelope", envelope},
    {"text", text},
    {"take", take_text},
    {"taken", taken},
};

bool chat_step(struct chat *chat, struct span name, struct span rest)
{
    for (size_t i = 0; i < ARRAY_LEN(directives); i++) {
        if (span_is(name, directives[i].name))
            return directives[i].run(chat, rest);
    }
    return chat_fail(chat, "what is \"%.*s\"?", SPAN_ARG(name));
}
