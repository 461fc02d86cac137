/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is pipelined behind STARTTLS (CVE-2011-0411), wherever it is cut: either the engine sees it
 * with the command and refuses, or it comes later and is no handshake. In no case does it run, in
 * the clear or under TLS.
 */
#include "tests/support/rig_client_tls.h"
#include "tests/support/tls_far.h"

#include "engine/base/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define GREETING "220 gateway.example ESMTP\r\n"
#define GO_AHEAD "220 2.0.0 Ready to start TLS\r\n"
#define REFUSED "554 5.5.1 Nothing may follow STARTTLS before its answer\r\n"

struct scene {
    struct rig rig;
    struct fake_peer *client;
    char log_path[40];
};

static void set_up(struct scene *scene, const char *mode, enum fake_cut cut, uint64_t seed)
{
    struct rig_policy *policy = rig_policy_new();
    (void)strcpy(scene->log_path, "/tmp/culvert-starttls-XXXXXX");
    int log = mkstemp(scene->log_path);
    assert_true(log >= 0);
    log_setup(log, LOG_INFO, LOG_TEXT);
    assert_true(rig_set_client_tls(policy, SPAN("tls"), span_str(mode)));
    fake_cut(cut, seed);
    fake_serve("mta.example", 25, FAKE_ACCEPT);
    rig_init(&scene->rig, policy);
    rig_policy_drop(&policy);
    scene->client = rig_call(&scene->rig, "192.0.2.7");
    fake_settle(scene->rig.loop);
}

/* How often the log has the text. */
static unsigned logged(const struct scene *scene, const char *text)
{
    char line[4096];
    unsigned count = 0;
    FILE *file = fopen(scene->log_path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        count += strstr(line, text) != NULL;
    (void)fclose(file);
    return count;
}

static void tear_down(struct scene *scene)
{
    log_setup(open("/dev/null", O_WRONLY | O_CLOEXEC), LOG_DEBUG, LOG_TEXT);
    assert_int_equal(unlink(scene->log_path), 0);
    assert_null(rig_fini(&scene->rig));
    assert_int_equal(rig_policies(), 0);
}

static bool received(const struct scene *scene, const char *text)
{
    return span_is(fake_received(scene->client), text);
}

static const char *const injected[] = {
    "STARTTLS\r\nNOOP\r\n",
    "STARTTLS\r\n\r\n",
    "STARTTLS\r\nx",
    "EHLO a\r\nSTARTTLS\r\nMAIL FROM:<eve@evil.example>\r\nRCPT TO:<bob@there.example>\r\nDATA\r\n",
    "starttls\r\nRSET\r\nMAIL FROM:<eve@evil.example>\r\n",
};

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(injected); i++) {
        struct scene scene = {0};
        set_up(&scene, "required", FAKE_WHOLE, 0);
        fake_forget(scene.client, strlen(GREETING));
        fake_send_text(scene.client, injected[i]);
        fake_settle(scene.rig.loop);
        fake_advance(scene.rig.loop, 10000);
        struct span answers = fake_received(scene.client);
        assert_true(span_ends_nocase(answers, SPAN(REFUSED)));
        assert_int_equal(span_find(answers, SPAN("220")), SPAN_NONE);
        assert_true(fake_is_shut(scene.client) || fake_is_closed(scene.client));
        assert_int_equal(logged(&scene, "tls.failed"), 1);
        assert_int_equal(logged(&scene, "more came behind STARTTLS"), 1);
        tear_down(&scene);
    }
}

/* A cut right behind the command hides what follows: then it meets the handshake and is no TLS. */
static void test_never_runs(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(injected); i++) {
        for (uint64_t seed = 0; seed < 40; seed++) {
            struct scene scene = {0};
            set_up(&scene, "starttls", seed == 0 ? FAKE_BYTES : FAKE_RANDOM, seed);
            fake_send_text(scene.client, injected[i]);
            fake_settle(scene.rig.loop);
            fake_advance(scene.rig.loop, 60000);
            struct span answers = fake_received(scene.client);
            size_t go = span_find(answers, SPAN(GO_AHEAD));
            if (go != SPAN_NONE) {
                /* An alert, if anything: nothing that is an answer. */
                struct span rest = span_from(answers, go + strlen(GO_AHEAD));
                assert_true(rest.len == 0 || rest.ptr[0] == 21);
            } else {
                assert_true(span_ends_nocase(answers, SPAN(REFUSED)));
            }
            assert_true(fake_is_shut(scene.client) || fake_is_closed(scene.client));
            assert_int_equal(logged(&scene, "tls.failed"), 1);
            tear_down(&scene);
        }
    }
}

/* The attack as it was: the man in the middle puts a command between STARTTLS and the client's
 * handshake. The handshake must not come to be with it. */
static void test_in_front_of_the_handshake(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct scene scene = {0};
        set_up(&scene, "starttls", seed == 0 ? FAKE_WHOLE : FAKE_RANDOM, seed);
        fake_forget(scene.client, strlen(GREETING));
        struct tls_end *end = tls_far_client("mail.example", READY_COUNT);
        fake_send_text(scene.client, "STARTTLS\r\nRSET\r\n");
        fake_send(scene.client, buf_span(&end->out));
        end->out.len = 0;
        fake_settle(scene.rig.loop);
        assert_false(end->secured);
        struct span answers = fake_received(scene.client);
        assert_true(span_starts(answers, SPAN(REFUSED)) || span_starts(answers, SPAN(GO_AHEAD)));
        fake_advance(scene.rig.loop, 60000);
        assert_int_equal(logged(&scene, "tls.failed"), 1);
        assert_int_equal(logged(&scene, "why=quit"), 0);
        tls_far_free(&end);
        tear_down(&scene);
    }
}

/* A client that does not wait for 220 but sends its handshake alone is refused, too: nobody can say
 * where these bytes come from. */
static void test_hello_without_waiting(void **state)
{
    (void)state;
    struct scene scene = {0};
    set_up(&scene, "starttls", FAKE_WHOLE, 0);
    fake_forget(scene.client, strlen(GREETING));
    struct tls_end *end = tls_far_client(NULL, READY_COUNT);
    struct buf both = BUF_INIT;
    buf_add_str(&both, "STARTTLS\r\n");
    buf_add(&both, buf_span(&end->out));
    fake_send(scene.client, buf_span(&both));
    fake_settle(scene.rig.loop);
    assert_true(received(&scene, REFUSED));
    buf_fini(&both);
    tls_far_free(&end);
    tear_down(&scene);
}

static void carry(struct scene *scene, struct tls_end *end)
{
    for (bool more = true; more;) {
        fake_settle(scene->rig.loop);
        more = tls_far_carry(end, scene->client);
    }
}

/* The lines of the log, with the words that an administrator looks for. */
static void test_log(void **state)
{
    (void)state;
    struct scene scene = {0};
    set_up(&scene, "implicit", FAKE_WHOLE, 0);
    struct tls_end *end = tls_far_client("mail.example", READY_COUNT);
    carry(&scene, end);
    assert_true(end->secured);
    assert_true(span_is(buf_span(&end->plain), GREETING));
    tls_end_say(end, SPAN("QUIT\r\n"));
    carry(&scene, end);
    assert_int_equal(logged(&scene, "session.close"), 1);
    assert_int_equal(logged(&scene, " tls=TLSv1.3 suite=TLS_AES_"), 1);
    assert_int_equal(logged(&scene, "tls.failed"), 0);
    tls_far_free(&end);
    /* In clear on a port of implicit TLS. */
    struct fake_peer *plain = rig_call(&scene.rig, "192.0.2.8");
    fake_send_text(plain, "EHLO client.example\r\n");
    fake_settle(scene.rig.loop);
    assert_true(fake_is_shut(plain) || fake_is_closed(plain));
    assert_int_equal(logged(&scene, "tls.failed"), 1);
    assert_int_equal(logged(&scene, "client=192.0.2.8 reason=\"what came is not TLS\""), 1);
    /* One that says nothing. */
    (void)rig_call(&scene.rig, "192.0.2.9");
    fake_advance(scene.rig.loop, 31000);
    assert_int_equal(logged(&scene, "reason=\"the handshake was not over after 30 s\""), 1);
    /* One that goes. */
    struct fake_peer *short_of = rig_call(&scene.rig, "192.0.2.10");
    fake_send(short_of, SPAN("\x16\x03\x01"));
    fake_end(short_of);
    fake_settle(scene.rig.loop);
    assert_int_equal(logged(&scene, "client=192.0.2.10 reason="), 1);
    tear_down(&scene);
}

/* The end of a session under TLS says so: without close_notify the client could not tell a cut. */
static void test_close_notify(void **state)
{
    (void)state;
    struct scene scene = {0};
    set_up(&scene, "implicit", FAKE_WHOLE, 0);
    struct tls_end *end = tls_far_client(NULL, READY_COUNT);
    carry(&scene, end);
    fake_advance(scene.rig.loop, 31000);
    carry(&scene, end);
    assert_true(span_is(buf_span(&end->plain), GREETING "421 4.4.2 Timeout\r\n"));
    assert_int_equal(end->state, TLS_CLOSED);
    tls_far_free(&end);
    tear_down(&scene);
}

/* A port scanner does not fill the log; the next one with a reason is read again. */
static void test_scanner(void **state)
{
    struct scene scene;
    (void)state;
    set_up(&scene, "implicit", FAKE_WHOLE, 0);
    for (int i = 0; i < 50; i++) {
        struct fake_peer *client = rig_call(&scene.rig, "192.0.2.8");
        fake_send_text(client, "GET / HTTP/1.0\r\n\r\n");
        fake_settle(scene.rig.loop);
    }
    assert_int_equal(logged(&scene, "tls.failed"), 10);
    fake_advance(scene.rig.loop, 10000);
    assert_int_equal(logged(&scene, "tls.failed tunnel=test more=40 seconds=10"), 1);
    struct fake_peer *client = rig_call(&scene.rig, "192.0.2.9");
    fake_send_text(client, "GET / HTTP/1.0\r\n\r\n");
    fake_settle(scene.rig.loop);
    assert_int_equal(logged(&scene, "client=192.0.2.9 reason="), 1);
    tear_down(&scene);
}

/* Handshakes are work, and many may begin at once: whoever has something else to say does not wait
 * for all of them. */
static void test_handshakes_take_turns(void **state)
{
    struct scene scene;
    struct fake_peer *peers[20];
    unsigned answered = 0;
    (void)state;
    set_up(&scene, "starttls", FAKE_WHOLE, 0);
    for (size_t i = 0; i < ARRAY_LEN(peers); i++) {
        peers[i] = rig_call(&scene.rig, "192.0.2.8");
        fake_send_text(peers[i], "STARTTLS\r\n");
        fake_settle(scene.rig.loop);
        assert_true(span_is(fake_received(peers[i]), GREETING GO_AHEAD));
        fake_forget(peers[i], strlen(GREETING GO_AHEAD));
    }
    for (size_t i = 0; i < ARRAY_LEN(peers); i++) {
        struct tls_end *end = tls_far_client(NULL, READY_COUNT);
        fake_send(peers[i], buf_span(&end->out));
        tls_far_free(&end);
    }
    fake_send_text(scene.client, "NOOP\r\n");
    while (!received(&scene, GREETING "250 2.0.0 Ok\r\n"))
        assert_true(fake_turn(scene.rig.loop));
    for (size_t i = 0; i < ARRAY_LEN(peers); i++)
        answered += fake_received(peers[i]).len > 0;
    assert_in_range(answered, 0, 1);
    /* Who goes before its turn is out of the line. */
    fake_break(peers[7]);
    fake_settle(scene.rig.loop);
    for (size_t i = 0; i < ARRAY_LEN(peers); i++)
        assert_true(i == 7 || fake_received(peers[i]).len > 0);
    tear_down(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_never_runs),
        cmocka_unit_test(test_in_front_of_the_handshake),
        cmocka_unit_test(test_hello_without_waiting),
        cmocka_unit_test(test_log),
        cmocka_unit_test(test_close_notify),
        cmocka_unit_test(test_scanner),
        cmocka_unit_test(test_handshakes_take_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
