/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An upstream that says what nobody asked for: one reply too many, at each point of a session, in
 * front of the right one, behind it, or so that all its replies are one late from then on. Such an
 * upstream never answers a text here, so every 250 that a client hears to one would be a lie; over
 * DATA and BDAT, in clear and under TLS, on fresh connections and kept ones.
 */
#include "tests/support/certificates.h"
#include "tests/support/rig.h"
#include "tests/support/rig_upstream.h"
#include "tests/support/tls_far.h"

#include "engine/base/buf.h"
#include "engine/base/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define FARS_MAX 16u
#define QUIET_MS 20000u
#define TURNS 12u     /* of QUIET_MS: longer than any deadline */
#define TEXT_TAKEN 8u /* bytes of what follows the envelope, before something is said in it */

enum point { NOWHERE, BANNER, EHLO, IDLE, MAIL, FIRST_RCPT, LAST_RCPT, DATA, IN_TEXT, POINTS };
static const char *const point_names[POINTS] = {"nowhere", "banner", "EHLO", "idle",   "MAIL",
                                                "RCPT 1",  "RCPT 2", "DATA", "in text"};
enum place { IN_FRONT, BEHIND, LATER, LAGGING, PLACES };
static const char *const place_names[PLACES] = {"in front", "behind", "later", "lagging"};

static const char *const extras[] = {"250 2.0.0 Nobody asked\r\n",
                                     "250 OK\r\n",
                                     "250 2.1.5 Ok\r\n",
                                     "354 go\r\n",
                                     "250-half\r\n",
                                     "2",
                                     "250 OK\r\n250 OK\r\n"};

/* What an upstream says to MAIL, RCPT and a text. */
struct style {
    const char *offers;
    const char *mail, *rcpt, *taken;
};
static const struct style styles[] = {
    {"250-CHUNKING\r\n", "250 2.1.0 Ok\r\n", "250 2.1.5 Ok\r\n", "250 2.0.0 Taken\r\n"},
    {"250-CHUNKING\r\n", "250 OK\r\n", "250 OK\r\n", "250 OK\r\n"},
    {"", "250 2.1.0 Ok\r\n", "250 2.1.5 Ok\r\n", "250 2.0.0 Taken\r\n"},
};

struct far {
    struct fake_peer *peer;
    struct tls_end *tls;
    struct buf text;
    const char *owed; /* while lagging: the reply to the command before */
    char ehlo[200];   /* may be owed */
    bool is_faulty, is_lagging, in_text;
    size_t chunk;
    unsigned rcpts;
};

struct world {
    struct rig rig;
    struct fake_peer *client;
    struct far fars[FARS_MAX];
    size_t far_count;
    const struct style *style;
    enum point point;
    enum place place;
    const char *extra;
    bool is_secure, is_armed;
    unsigned taken; /* texts that were answered as taken */
};

static void say(struct far *far, const char *text)
{
    if (fake_is_closed(far->peer))
        return;
    if (!far->tls) {
        fake_send_text(far->peer, text);
        return;
    }
    tls_end_say(far->tls, span_str(text));
    (void)tls_far_carry(far->tls, far->peer);
}

static void say_both(struct far *far, const char *first, const char *second)
{
    char both[400];
    (void)snprintf(both, sizeof both, "%s%s", first, second);
    say(far, both);
}

static void strike(struct world *world, struct far *far, const char *right)
{
    world->is_armed = false;
    far->is_faulty = true;
    switch (world->place) {
    case IN_FRONT:
        say_both(far, world->extra, right);
        break;
    case BEHIND:
        say_both(far, right, world->extra);
        break;
    case LATER: /* what is sent on the right one is on its way still: behind it nobody can tell */
        fake_acknowledge(far->peer, false);
        say(far, right);
        fake_settle(world->rig.loop);
        say(far, world->extra);
        fake_settle(world->rig.loop);
        fake_acknowledge(far->peer, true);
        break;
    case LAGGING:
    case PLACES:
        say(far, world->extra);
        far->is_lagging = true;
        far->owed = right;
        break;
    }
}

static void answer(struct world *world, struct far *far, enum point point, const char *right)
{
    if (far->is_lagging) {
        say(far, far->owed);
        far->owed = right;
    } else if (world->is_armed && world->point == point) {
        strike(world, far, right);
    } else {
        say(far, right);
    }
}

static bool is_struck_in_text(const struct world *world)
{
    return world->is_armed && world->point == IN_TEXT;
}

/* So that the text is still on its way when something is said in it. */
static void prepare_text(const struct world *world, struct far *far)
{
    if (is_struck_in_text(world))
        fake_take_only(far->peer, TEXT_TAKEN);
}

static void on_command(struct world *world, struct far *far, const char *line)
{
    bool chunks = world->style->offers[0] != '\0';
    if (strncmp(line, "EHLO", 4) == 0) {
        (void)snprintf(far->ehlo, sizeof far->ehlo, "250-mta\r\n%s250 PIPELINING\r\n",
                       world->style->offers);
        answer(world, far, EHLO, far->ehlo);
    } else if (strncmp(line, "MAIL", 4) == 0) {
        far->rcpts = 0;
        answer(world, far, MAIL, world->style->mail);
    } else if (strncmp(line, "RCPT", 4) == 0) {
        if (++far->rcpts == 2 && chunks)
            prepare_text(world, far);
        answer(world, far, far->rcpts == 2 ? LAST_RCPT : FIRST_RCPT, world->style->rcpt);
    } else if (strcmp(line, "DATA") == 0) {
        prepare_text(world, far);
        far->in_text = true;
        answer(world, far, DATA, "354 go\r\n");
    } else if (strncmp(line, "BDAT", 4) == 0) {
        far->in_text = true;
        far->chunk = (size_t)strtoul(line + 5, NULL, 10);
    } else if (strcmp(line, "RSET") == 0) {
        answer(world, far, NOWHERE, "250 2.0.0 Ok\r\n");
    }
}

static void end_of_text(struct world *world, struct far *far)
{
    far->in_text = false;
    far->chunk = 0;
    if (far->is_lagging)
        say(far, far->owed);
    if (far->is_faulty)
        return;
    world->taken++;
    say(far, world->style->taken);
}

/* Everything but a text goes by lines. */
static bool work_on(struct world *world, struct far *far)
{
    struct span have = buf_span(&far->text);
    size_t end = span_find(have, SPAN("\r\n"));
    char line[1000];
    if (far->chunk > 0 && have.len >= far->chunk) {
        buf_consume(&far->text, far->chunk);
        end_of_text(world, far);
        return true;
    }
    if (far->chunk > 0 || end == SPAN_NONE)
        return false;
    (void)snprintf(line, sizeof line, "%.*s", (int)end, have.ptr);
    buf_consume(&far->text, end + 2);
    if (!far->in_text)
        on_command(world, far, line);
    else if (strcmp(line, ".") == 0)
        end_of_text(world, far);
    return true;
}

static bool far_turn(struct world *world, struct far *far)
{
    bool moved;
    if (far->tls) {
        moved = tls_far_carry(far->tls, far->peer);
        buf_add(&far->text, buf_span(&far->tls->plain));
        buf_fini(&far->tls->plain);
    } else {
        struct span got = fake_received(far->peer);
        moved = got.len > 0;
        buf_add(&far->text, got);
        fake_forget(far->peer, got.len);
    }
    /* All that is taken is here; the rest waits in the engine. */
    if (moved && far->rcpts == 2 && is_struck_in_text(world)) {
        bool by_data = world->style->offers[0] == '\0';
        if (!by_data || far->in_text) {
            fake_settle(world->rig.loop);
            strike(world, far, "");
            fake_settle(world->rig.loop);
            fake_take_only(far->peer, SIZE_MAX);
        }
    }
    while (work_on(world, far))
        moved = true;
    return moved;
}

static bool accept_all(struct world *world)
{
    struct fake_peer *peer;
    bool any = false;
    while ((peer = fake_accept("mta.example", 25)) != NULL) {
        assert_true(world->far_count < FARS_MAX);
        struct far *far = &world->fars[world->far_count++];
        *far = (struct far){.peer = peer, .text = BUF_INIT};
        if (world->is_secure) {
            far->tls = tls_far_server(READY_SERVER_EC);
            for (unsigned i = 0; i < 10 && !far->tls->secured; i++) {
                fake_settle(world->rig.loop);
                (void)tls_far_carry(far->tls, peer);
            }
        }
        answer(world, far, BANNER, "220 mta.example\r\n");
        any = true;
    }
    return any;
}

static void settle(struct world *world)
{
    for (bool more = true; more;) {
        fake_settle(world->rig.loop);
        more = accept_all(world);
        for (size_t i = 0; i < world->far_count; i++)
            more |= far_turn(world, &world->fars[i]);
    }
}

/* The length of the next line; of a reply of several lines, of all. 0: it is not there. */
static size_t next_reply(struct span got)
{
    size_t len = 0;
    for (size_t end; (end = span_find(span_from(got, len), SPAN("\r\n"))) != SPAN_NONE;) {
        bool is_last = end < 4 || got.ptr[len + 3] != '-';
        len += end + 2;
        if (is_last)
            return len;
    }
    return 0;
}

/* The class of the next reply. */
static char hear(struct world *world)
{
    settle(world);
    for (unsigned i = 0; i < TURNS && next_reply(fake_received(world->client)) == 0; i++) {
        fake_advance(world->rig.loop, QUIET_MS);
        settle(world);
    }
    size_t len = next_reply(fake_received(world->client));
    assert_true(len > 0);
    char class = fake_received(world->client).ptr[0];
    fake_forget(world->client, len);
    return class;
}

static char ask(struct world *world, const char *line)
{
    fake_send_text(world->client, line);
    return hear(world);
}

static const char envelope[] = "MAIL FROM:<ann@client.example>\r\nRCPT TO:<bob@there.example>\r\n"
                               "RCPT TO:<eve@there.example>\r\nDATA\r\n";
static const char text[] = "Subject: hello\r\n\r\nhello\r\n.\r\n";

/* What is said to the text, or to what came before it. */
static char send_mail(struct world *world, bool pipelines)
{
    char line[100], last = '2';
    struct span rest = span_str(envelope), word;
    if (pipelines)
        fake_send_text(world->client, envelope);
    while (span_next(&rest, '\n', &word) && word.len > 0 && last == '2') {
        (void)snprintf(line, sizeof line, "%.*s\n", SPAN_ARG(word));
        last = pipelines ? hear(world) : ask(world, line);
    }
    return last == '3' ? ask(world, text) : last;
}

static void begin(struct world *world, enum fake_cut cut)
{
    struct rig_policy *policy = rig_policy_new();
    fake_cut(cut, 7);
    fake_serve("mta.example", 25, FAKE_ACCEPT);
    if (world->is_secure) {
        policy->service.routes[0].hops[0].implicit_tls = true; /* smtps:// */
        assert_true(rig_set_upstream(policy, SPAN("upstream.tls"), SPAN("require")));
    }
    rig_init(&world->rig, policy);
    rig_policy_drop(&policy);
    world->client = rig_call(&world->rig, "192.0.2.7");
    assert_int_equal(hear(world), '2');
    assert_int_equal(ask(world, "HELO client.example\r\n"), '2');
}

static void finish(struct world *world)
{
    const char *left = rig_fini(&world->rig);
    if (left)
        fail_msg("%s", left);
    assert_int_equal(rig_policies(), 0);
    for (size_t i = 0; i < world->far_count; i++) {
        tls_far_free(&world->fars[i].tls);
        buf_fini(&world->fars[i].text);
    }
}

/* Something was said to an idle connection; the loop has seen it, or has it before it. */
static void strike_idle(struct world *world)
{
    if (!world->is_armed || world->point != IDLE)
        return;
    strike(world, &world->fars[0], "");
    if (world->place == BEHIND)
        settle(world);
}

struct way {
    bool is_kept, pipelines, is_secure;
    enum fake_cut cut;
};

/* Whether the client was told what is not so. */
static bool lies(struct world *world, const struct way *way)
{
    begin(world, way->cut);
    if (way->is_kept)
        assert_int_equal(send_mail(world, way->pipelines), '2');
    unsigned before = world->taken;
    world->is_armed = world->point != NOWHERE;
    strike_idle(world);
    char last = send_mail(world, way->pipelines);
    bool lied = last == '2' && world->taken == before;
    /* That it is silent on purpose must not be why all is well. */
    if (world->point == NOWHERE)
        assert_int_equal(last, '2');
    finish(world);
    return lied;
}

static bool is_a_case(const struct style *style, enum point point, const struct way *way)
{
    bool chunks = style->offers[0] != '\0';
    if (way->is_kept)
        return point != BANNER && point != EHLO && !(chunks && point == DATA);
    return point != IDLE && !(chunks && point == DATA);
}

static unsigned played;

static unsigned play_ways(const struct style *style, enum point point, enum place place,
                          const char *extra)
{
    unsigned bad = 0;
    for (unsigned i = 0; i < 16; i++) {
        struct way way = {.is_kept = i & 1,
                          .pipelines = i & 2,
                          .is_secure = i & 4,
                          .cut = i & 8 ? FAKE_BYTES : FAKE_WHOLE};
        if (!is_a_case(style, point, &way))
            continue;
        struct world *world = calloc(1, sizeof *world);
        assert_non_null(world);
        world->style = style;
        world->point = point;
        world->place = place;
        world->extra = extra;
        world->is_secure = way.is_secure;
        played++;
        if (lies(world, &way)) {
            bad++;
            print_error("250 for nothing: style %u, %s, %s, \"%.12s\", way %u\n",
                        (unsigned)(style - styles), point_names[point], place_names[place], extra,
                        i);
        }
        free(world);
    }
    return bad;
}

static void test_nothing_unasked_becomes_a_250(void **state)
{
    (void)state;
    unsigned bad = 0;
    for (size_t s = 0; s < ARRAY_LEN(styles); s++) {
        bad += play_ways(&styles[s], NOWHERE, IN_FRONT, "");
        for (unsigned point = BANNER; point < POINTS; point++) {
            for (unsigned place = 0; place < PLACES; place++) {
                for (size_t e = 0; e < ARRAY_LEN(extras); e++)
                    bad += play_ways(&styles[s], point, place, extras[e]);
            }
        }
    }
    print_message("%u cases\n", played);
    assert_int_equal(bad, 0);
}

int main(void)
{
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    log_setup(nowhere, LOG_DEBUG, LOG_TEXT);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_unasked_becomes_a_250),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
