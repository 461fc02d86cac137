/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fault_world.h"

#include "tests/support/rig_client_tls.h"
#include "tests/support/rig_upstream.h"
#include "tunnels/place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PATIENCE_MS 1000000u

const char *mta_stage_name(enum mta_stage stage)
{
    static const char *const names[] = {"connect", "banner", "EHLO", "STARTTLS", "handshake",
                                        "MAIL",    "RCPT 2", "DATA", "mid-text", "final",
                                        "RSET",    "QUIT",   "idle"};
    return names[stage];
}

const char *mta_fault_name(enum mta_fault fault)
{
    static const char *const names[] = {"4xx",     "5xx",     "421",   "close", "RST",
                                        "silence", "garbage", "flood", "slow",  "drip"};
    return names[fault];
}

static bool has_reply(void *arg)
{
    struct world *world = arg;
    struct span text = fake_received(world->client);
    for (size_t at; (at = span_find(text, SPAN("\r\n"))) != SPAN_NONE;
         text = span_from(text, at + 2)) {
        if (at == 3 || (at > 3 && text.ptr[3] == ' '))
            return true;
    }
    return fake_is_closed(world->client);
}

unsigned world_hear(struct world *world, struct sending *sending, char words[WORDS_MAX])
{
    uint64_t left = mta_sleep(&world->mta, PATIENCE_MS, has_reply, world);
    struct span text = fake_received(world->client);
    uint64_t took_ms = PATIENCE_MS - left;
    assert_true(left > 0);
    if (took_ms > sending->slowest_ms)
        sending->slowest_ms = took_ms;
    (void)snprintf(words, WORDS_MAX, "closed");
    if (text.len < 9)
        return 0;
    unsigned code = (unsigned)strtoul(text.ptr, NULL, 10);
    (void)snprintf(words, WORDS_MAX, "%.*s", code < 400 ? 3 : 9, text.ptr);
    while (text.ptr[3] == '-')
        text = span_from(text, span_find(text, SPAN("\r\n")) + 2);
    size_t end = (size_t)(text.ptr - fake_received(world->client).ptr);
    fake_forget(world->client, end + span_find(text, SPAN("\r\n")) + 2);
    return code;
}

static void note(struct sending *sending, const char *at, const char *words)
{
    size_t len = strlen(sending->said);
    (void)snprintf(sending->said + len, SAID_MAX - len, "%s%s%s%s", len ? ", " : "", at,
                   *at ? " " : "", words);
}

unsigned world_say(struct world *world, struct sending *sending, const char *at, const char *line)
{
    char words[WORDS_MAX];
    fake_send_text(world->client, line);
    unsigned code = world_hear(world, sending, words);
    if (code < 200 || code >= 400)
        note(sending, at, words);
    return code;
}

void world_text(struct buf *out, unsigned mail)
{
    buf_printf(out, "From: ann@client.example\r\nSubject: %u\r\n\r\n", mail);
    for (unsigned i = 0; i < 15; i++)
        buf_printf(out, "line %u of a short message\r\n", i);
    buf_add_str(out, "the last line\r\n.\r\n");
}

/* Whoever was refused for good is not tried again. */
static void say_text(struct world *world, struct sending *sending, unsigned mail, unsigned asked)
{
    struct buf text = BUF_INIT;
    char words[WORDS_MAX];
    world_text(&text, mail);
    fake_send(world->client, buf_span(&text));
    buf_fini(&text);
    unsigned class = world_hear(world, sending, words) / 100;
    note(sending, "", words);
    if (class == 2)
        sending->taken = asked;
    if (class == 2 || class == 5)
        sending->later &= ~asked;
}

static bool say_mail(struct world *world, struct sending *sending)
{
    unsigned code = world_say(world, sending, "MAIL", "MAIL FROM:<ann@client.example>\r\n");
    if (code / 100 == 5)
        sending->later = 0;
    return code == 250;
}

/* Whether the recipient was taken. */
static bool say_rcpt(struct world *world, struct sending *sending, unsigned rcpt)
{
    char line[64], at[16];
    (void)snprintf(line, sizeof line, "RCPT TO:<%u@there.example>\r\n", rcpt + 1);
    (void)snprintf(at, sizeof at, "RCPT %u", rcpt + 1);
    unsigned class = world_say(world, sending, at, line) / 100;
    if (class == 5)
        sending->later &= ~(1u << rcpt);
    return class == 2;
}

struct sending world_send(struct world *world, unsigned mail, unsigned to)
{
    struct sending sending = {.later = to};
    unsigned asked = 0;
    if (say_mail(world, &sending)) {
        for (unsigned i = 0; i < MTA_RCPTS; i++) {
            if (to >> i & 1 && say_rcpt(world, &sending, i))
                asked |= 1u << i;
        }
    }
    if (asked && world_say(world, &sending, "DATA", "DATA\r\n") == 354)
        say_text(world, &sending, mail, asked);
    else
        (void)world_say(world, &sending, "RSET", "RSET\r\n");
    return sending;
}

void world_call(struct world *world, const char *hello)
{
    struct sending none = {.said = ""};
    char words[WORDS_MAX];
    world->client = rig_call(&world->rig, "192.0.2.7");
    assert_int_equal(world_hear(world, &none, words), 220);
    assert_int_equal(world_say(world, &none, "", hello), 250);
}

static struct peer *the_peer(struct world *world)
{
    const struct route *route = &world->policy->service.routes[0];
    return pool_peer(world->rig.tunnels->pool, &route->hops[0], "192.0.2.7",
                     &world->policy->service.upstream, &world->policy->tunnel.conn);
}

const char *world_pool(struct world *world, unsigned dials_before)
{
    const struct peer *peer = the_peer(world);
    bool rests = peer_is_resting(peer);
    if (peer->users != peer->idle_count || peer->idle_count > 1)
        return "in disorder";
    if (peer->idle_count == 0)
        return rests ? "closed, rests" : "closed";
    if (fake_dials("mta.example", 25) == dials_before)
        return rests ? "kept, rests" : "kept";
    return rests ? "new, rests" : "new";
}

static void set(struct rig_policy *policy, const char *setting)
{
    struct span value = span_str(setting), name;
    assert_true(span_next(&value, ' ', &name));
    assert_true(rig_set(policy, name, value) || rig_set_upstream(policy, name, value) ||
                rig_set_client_tls(policy, name, value));
}

void world_begin(struct world *world, const char *offers, const char *setting)
{
    *world = (struct world){.policy = rig_policy_new()};
    if (setting)
        set(world->policy, setting);
    rig_init(&world->rig, world->policy);
    mta_init(&world->mta, world->rig.loop, "mta.example", offers);
}

void world_finish(struct world *world)
{
    rig_policy_drop(&world->policy);
    mta_fini(&world->mta);
    const char *left = rig_fini(&world->rig);
    if (left)
        fail_msg("%s", left);
    assert_int_equal(rig_policies(), 0);
}
