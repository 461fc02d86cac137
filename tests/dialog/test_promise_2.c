/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Promise 2 of the design: nothing lost, nothing claimed. Clients send mail after mail while the
 * upstream answers, refuses, breaks off, stalls and talks nonsense at every stage, by chance; what
 * a client was told is then held against what the upstream said. Promise 1 on the way: what the
 * upstream took is what the client sent, behind our field. In half of the runs a rule adds a
 * recipient, by the same next hop or by another: then each must have it.
 */
#include "tests/support/rig.h"

#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "engine/base/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MAILS 6u
#define UPSTREAMS_MAX 256u
#define SEEDS 500u

static uint64_t random_state;

static unsigned chance(unsigned of)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)((random_state >> 20) % of);
}

struct mail {
    struct buf text;   /* as the client means it */
    bool acknowledged; /* the client got 250 to the final dot */
    bool answered;     /* or anything */
    bool taken;        /* the upstream said 250 to it, for Bob */
    bool kept;         /* the same, for whom a rule adds */
};

struct client {
    struct fake_peer *peer;
    size_t mail;  /* under way */
    char owed[8]; /* replies that are to come: g e m r d t(ext) s(rset) q */
    size_t owed_count;
    bool good; /* no refusal in this transaction yet */
    bool gone;
};

struct mta {
    struct fake_peer *peer;
    bool in_text;
    struct buf text;
    bool gone;
    bool has_bob, has_copy; /* recipients of the envelope */
    bool out_of_step;       /* it said more than was asked: which reply is which nobody knows */
};

struct world {
    struct rig rig;
    struct mail mails[MAILS];
    struct client client;
    struct mta mtas[UPSTREAMS_MAX];
    size_t mta_count;
    unsigned trouble; /* one in so many answers */
    bool adds;        /* a rule adds a recipient */
};

/* One line off the front of what a peer got; false: none is complete. */
static bool take_line(struct fake_peer *peer, char line[1000])
{
    struct span received = fake_received(peer);
    size_t end = span_find(received, SPAN("\r\n"));
    if (end == SPAN_NONE)
        return false;
    (void)snprintf(line, 1000, "%.*s", (int)end, received.ptr);
    fake_forget(peer, end + 2);
    return true;
}

/* --- the client --- */

static void owe(struct client *client, const char *what)
{
    for (; *what; what++)
        client->owed[client->owed_count++] = *what;
}

static void say(struct client *client, const char *text)
{
    if (fake_is_closed(client->peer) || fake_is_shut(client->peer))
        client->gone = true;
    else
        fake_send_text(client->peer, text);
}

static void begin_mail(struct world *world)
{
    struct client *client = &world->client;
    client->good = true;
    if (client->mail == MAILS) {
        owe(client, "q");
        say(client, "QUIT\r\n");
        return;
    }
    owe(client, "mrd");
    say(client, "MAIL FROM:<ann@client.example>\r\nRCPT TO:<bob@there.example>\r\nDATA\r\n");
}

/* The text as it goes over the wire. */
static void send_text(struct client *client, const struct mail *mail)
{
    struct buf wire = BUF_INIT;
    struct span rest = buf_span(&mail->text);
    while (rest.len > 0) {
        size_t end = span_find(rest, SPAN("\r\n"));
        assert_true(end != SPAN_NONE);
        if (rest.ptr[0] == '.')
            buf_add_byte(&wire, '.');
        buf_add(&wire, span_sub(rest, 0, end + 2));
        rest = span_from(rest, end + 2);
    }
    buf_add_str(&wire, ".\r\n");
    fake_send(client->peer, buf_span(&wire));
    buf_fini(&wire);
}

static void on_final(struct world *world, unsigned class)
{
    struct client *client = &world->client;
    struct mail *mail = &world->mails[client->mail++];
    mail->answered = true;
    mail->acknowledged = class == 2;
    begin_mail(world);
}

static void on_data_reply(struct world *world, const char *line)
{
    struct client *client = &world->client;
    if (line[0] == '3') {
        owe(client, "t");
        send_text(client, &world->mails[client->mail]);
        return;
    }
    owe(client, "s");
    say(client, "RSET\r\n");
}

static void on_reply(struct world *world, const char *line)
{
    struct client *client = &world->client;
    if (client->owed_count == 0) {
        assert_int_equal(atoi(line), 421);
        return;
    }
    char what = client->owed[0];
    memmove(client->owed, client->owed + 1, --client->owed_count);
    if (atoi(line) == 421) {
        client->gone = true;
    } else if (what == 'g') {
        owe(client, "e");
        say(client, "EHLO client.example\r\n");
    } else if (what == 'e') {
        begin_mail(world);
    } else if (what == 'd') {
        on_data_reply(world, line);
    } else if (what == 't') {
        on_final(world, (unsigned)(line[0] - '0'));
    } else if (what == 's') {
        client->mail++;
        begin_mail(world);
    }
}

static bool client_turn(struct world *world)
{
    char line[1000];
    bool any = false;
    while (!world->client.gone && take_line(world->client.peer, line)) {
        any = true;
        if (line[3] != '-')
            on_reply(world, line);
    }
    return any;
}

/* --- the upstream --- */

static void mta_say(struct mta *mta, const char *text)
{
    if (!fake_is_closed(mta->peer) && !mta->gone)
        fake_send_text(mta->peer, text);
}

/* Something that is no clean answer to what was asked. */
static void make_trouble(struct mta *mta, bool at_data)
{
    static const char *const words[] = {"450 4.0.0 not now\r\n",
                                        "550 5.0.0 never\r\n",
                                        "421 4.3.2 closing\r\n",
                                        "354 go on\r\n",
                                        "nonsense\r\n",
                                        "250-half a reply\r\n",
                                        "250 2.0.0 one\r\n250 2.0.0 two\r\n"};
    unsigned kind = chance(ARRAY_LEN(words) + 3);
    /* Not what would be a right answer: 354 to DATA, a whole 250 when all of a text may have been
     * sent already. */
    if ((at_data && kind == 3) || (mta->in_text && kind == ARRAY_LEN(words) - 1))
        kind = 0;
    mta->out_of_step |= kind == ARRAY_LEN(words) - 1;
    if (kind < ARRAY_LEN(words)) {
        mta_say(mta, words[kind]);
    } else if (kind == ARRAY_LEN(words)) {
        fake_end(mta->peer);
        mta->gone = true;
    } else if (kind == ARRAY_LEN(words) + 1) {
        fake_break(mta->peer);
        mta->gone = true;
    } /* else: silence */
}

static struct mail *find_mail(struct world *world, struct span text)
{
    static const char our_field[] = "X-Culvert-Inspected: true\r\n";
    for (size_t i = 0; i < MAILS; i++) {
        struct span wanted = buf_span(&world->mails[i].text);
        if (span_starts(text, span_str(our_field)) &&
            span_equal(span_from(text, strlen(our_field)), wanted))
            return &world->mails[i];
    }
    fail_msg("the upstream got what nobody sent: %.*s", SPAN_ARG(text));
    return NULL;
}

static void take_mail(const struct mta *mta, struct mail *mail)
{
    mail->taken |= mta->has_bob;
    mail->kept |= mta->has_copy;
}

static void end_of_text(struct world *world, struct mta *mta)
{
    struct mail *mail = find_mail(world, buf_span(&mta->text));
    mta->in_text = false;
    mta->text.len = 0;
    if (chance(world->trouble) > 0) {
        take_mail(mta, mail);
        mta_say(mta, "250 2.0.0 taken\r\n");
        return;
    }
    /* A 250 among the trouble counts, too, when it is the first thing said. */
    unsigned kind = chance(4);
    if (kind == 0) {
        take_mail(mta, mail);
        mta_say(mta, "250 2.0.0 one\r\n250 2.0.0 two\r\n");
    } else if (kind == 1) {
        mta_say(mta, "250-half a reply\r\n");
        fake_end(mta->peer);
        mta->gone = true;
    } else if (kind == 2) {
        mta_say(mta, "450 4.0.0 not now\r\n");
    } else {
        fake_break(mta->peer);
        mta->gone = true;
    }
}

static void text_line(struct world *world, struct mta *mta, const char *line)
{
    if (strcmp(line, ".") == 0) {
        end_of_text(world, mta);
        return;
    }
    buf_add_str(&mta->text, line[0] == '.' ? line + 1 : line);
    buf_add_str(&mta->text, "\r\n");
    /* In mid-text, where nothing is asked. */
    if (chance(world->trouble * 20) == 0)
        make_trouble(mta, false);
}

/* `good`: it is answered by 250. */
static void note_recipient(struct mta *mta, const char *line, bool good)
{
    if (strncmp(line, "MAIL", 4) == 0 || strncmp(line, "RSET", 4) == 0)
        mta->has_bob = mta->has_copy = false;
    if (strncmp(line, "RCPT", 4) != 0 || (!good && !mta->out_of_step))
        return;
    mta->has_bob |= strstr(line, "<bob@") != NULL;
    mta->has_copy |= strstr(line, "<keep@") != NULL;
}

static void command_line(struct world *world, struct mta *mta, const char *line)
{
    bool trouble = chance(world->trouble) == 0;
    if (trouble)
        make_trouble(mta, strcmp(line, "DATA") == 0);
    note_recipient(mta, line, !trouble);
    if (trouble)
        return;
    if (strncmp(line, "EHLO", 4) == 0)
        mta_say(mta, chance(2) ? "250-mta\r\n250 PIPELINING\r\n" : "250 mta\r\n");
    else if (strcmp(line, "DATA") == 0) {
        mta->in_text = true;
        mta_say(mta, "354 go\r\n");
    } else {
        mta_say(mta, "250 2.0.0 ok\r\n");
    }
}

static bool mta_turn(struct world *world, struct mta *mta)
{
    char line[1000];
    if (mta->gone || !take_line(mta->peer, line))
        return false;
    if (mta->in_text)
        text_line(world, mta, line);
    else
        command_line(world, mta, line);
    return true;
}

static bool mtas_turn(struct world *world)
{
    bool any = false;
    struct fake_peer *peer;
    while ((peer = fake_accept("mta.example", 25)) != NULL ||
           (world->adds && (peer = fake_accept("archive.example", 25)) != NULL)) {
        assert_true(world->mta_count < UPSTREAMS_MAX);
        struct mta *mta = &world->mtas[world->mta_count++];
        *mta = (struct mta){.peer = peer};
        if (chance(world->trouble) == 0)
            make_trouble(mta, false);
        else
            mta_say(mta, "220 mta.example\r\n");
        any = true;
    }
    for (size_t i = 0; i < world->mta_count; i++) {
        while (mta_turn(world, &world->mtas[i]))
            any = true;
    }
    return any;
}

/* --- one run --- */

static void write_mail(struct mail *mail, size_t number, unsigned lines)
{
    buf_printf(&mail->text, "Subject: %zu\r\n\r\n", number);
    for (unsigned i = 0; i < lines; i++)
        buf_printf(&mail->text, "%sline %u of %zu\r\n", chance(5) == 0 ? "." : "", i, number);
}

static void add_recipient(struct world *world, struct rig_policy *policy, bool by_another)
{
    world->adds = true;
    fake_serve("archive.example", 25, FAKE_ACCEPT);
    if (by_another) {
        rig_no_routes(policy);
        rig_route(policy, "archive.example archive.example:25");
        rig_route(policy, "* mta.example:25");
    }
    assert_true(
        rig_rules(policy, "[{\"dispose\": \"deliver\", \"bcc\": \"keep@archive.example\"}]"));
}

static void run(struct world *world, uint64_t seed)
{
    static const enum fake_cut cuts[] = {FAKE_WHOLE, FAKE_BYTES, FAKE_RANDOM};
    struct rig_policy *policy = rig_policy_new();
    random_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    world->trouble = 3 + chance(30);
    for (size_t i = 0; i < MAILS; i++)
        write_mail(&world->mails[i], i, chance(10) == 0 ? 2000 : chance(20));
    fake_cut(cuts[chance(3)], seed);
    fake_serve("mta.example", 25, FAKE_ACCEPT);
    if (seed % 4 < 2)
        add_recipient(world, policy, seed % 4 == 1);
    rig_init(&world->rig, policy);
    rig_policy_drop(&policy);
    world->client = (struct client){.peer = rig_call(&world->rig, "192.0.2.7")};
    owe(&world->client, "g");
    for (unsigned quiet = 0; quiet < 10 && !world->client.gone;) {
        fake_settle(world->rig.loop);
        bool any = client_turn(world);
        any |= mtas_turn(world);
        quiet = any ? 0 : quiet + 1;
        if (!any)
            fake_advance(world->rig.loop, 20000); /* somebody is silent */
    }
}

static void check(struct world *world, uint64_t seed, unsigned *acknowledged)
{
    for (size_t i = 0; i < MAILS; i++) {
        const struct mail *mail = &world->mails[i];
        if (mail->acknowledged && !mail->taken)
            fail_msg("seed %u: mail %zu was acknowledged and the upstream has it not",
                     (unsigned)seed, i);
        if (world->adds && mail->acknowledged && !mail->kept)
            fail_msg("seed %u: mail %zu was acknowledged and there is no copy", (unsigned)seed, i);
        *acknowledged += mail->acknowledged;
    }
}

static void finish(struct world *world)
{
    const char *left = rig_fini(&world->rig);
    if (left)
        fail_msg("%s", left);
    assert_int_equal(rig_policies(), 0);
    for (size_t i = 0; i < MAILS; i++)
        buf_fini(&world->mails[i].text);
    for (size_t i = 0; i < world->mta_count; i++)
        buf_fini(&world->mtas[i].text);
}

static void test_promise_2_no_250_without_the_upstreams_250(void **state)
{
    (void)state;
    unsigned acknowledged = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct world *world = calloc(1, sizeof *world);
        assert_non_null(world);
        run(world, seed);
        check(world, seed, &acknowledged);
        finish(world);
        free(world);
    }
    /* The property would hold of an engine that delivers nothing, too. */
    assert_true(acknowledged > SEEDS);
}

int main(void)
{
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    log_setup(nowhere, LOG_DEBUG, LOG_TEXT);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_promise_2_no_250_without_the_upstreams_250),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
