/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one event says leaves in one write: small pieces on the wire cost every peer a delayed ACK
 * (40 ms a message). And what an idle client costs.
 */
#include "tests/support/rig.h"

#include "engine/base/log.h"
#include "tunnels/client/session_link.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define IDLE_MAX 4096u

struct two {
    struct rig rig;
    struct fake_peer *client, *mta;
};

static void say(struct two *two, struct fake_peer *peer, const char *text)
{
    fake_send_text(peer, text);
    fake_settle(two->rig.loop);
}

static void forget(struct two *two)
{
    fake_forget(two->client, fake_received(two->client).len);
    if (two->mta)
        fake_forget(two->mta, fake_received(two->mta).len);
}

/* Greeted on both sides. */
static int set_up_with(void **state, const char *offers)
{
    struct two *two = calloc(1, sizeof *two);
    struct rig_policy *policy = rig_policy_new();
    fake_serve("mta.example", 25, FAKE_ACCEPT);
    rig_init(&two->rig, policy);
    rig_policy_drop(&policy);
    two->client = rig_call(&two->rig, "192.0.2.7");
    say(two, two->client, "EHLO client.example\r\n");
    two->mta = fake_accept("mta.example", 25);
    say(two, two->mta, "220 mta\r\n");
    say(two, two->mta, offers);
    forget(two);
    *state = two;
    return 0;
}

static int set_up(void **state)
{
    return set_up_with(state, "250-mta\r\n250 PIPELINING\r\n");
}

static int set_up_chunking(void **state)
{
    return set_up_with(state, "250-mta\r\n250-CHUNKING\r\n250 PIPELINING\r\n");
}

static int tear_down(void **state)
{
    struct two *two = *state;
    const char *left = rig_fini(&two->rig);
    free(two);
    return left ? -1 : 0;
}

static void test_a_mail_takes_five_writes(void **state)
{
    struct two *two = *state;
    unsigned client = fake_writes(two->client);
    unsigned mta = fake_writes(two->mta);
    say(two, two->client,
        "MAIL FROM:<a@client.example>\r\nRCPT TO:<b@there.example>\r\nRCPT TO:<c@there.example>\r\n"
        "DATA\r\n");
    assert_int_equal(fake_writes(two->mta), mta + 1);
    say(two, two->mta, "250 2.1.0 a\r\n250 2.1.5 b\r\n250 2.1.5 c\r\n");
    assert_int_equal(fake_writes(two->client), client + 1); /* with 354 */
    say(two, two->client, "Subject: x\r\n\r\nhello\r\n.\r\n");
    assert_int_equal(fake_writes(two->mta), mta + 2);
    say(two, two->mta, "354 go\r\n");
    assert_int_equal(fake_writes(two->mta), mta + 3);
    say(two, two->mta, "250 2.0.0 ok\r\n");
    assert_int_equal(fake_writes(two->client), client + 2);
}

/* A round trip less on either side. */
static void test_a_mail_in_chunks_takes_four_writes(void **state)
{
    struct two *two = *state;
    unsigned client = fake_writes(two->client);
    unsigned mta = fake_writes(two->mta);
    say(two, two->client,
        "MAIL FROM:<a@client.example>\r\nRCPT TO:<b@there.example>\r\nBDAT 6\r\nX: y\r\n"
        "BDAT 9 LAST\r\n\r\nhello\r\n");
    assert_int_equal(fake_writes(two->mta), mta + 1);
    say(two, two->mta, "250 2.1.0 a\r\n250 2.1.5 b\r\n");
    assert_int_equal(fake_writes(two->client), client + 1); /* with that to the first chunk */
    assert_int_equal(fake_writes(two->mta), mta + 2);       /* BDAT and the message */
    say(two, two->mta, "250 2.0.0 ok\r\n");
    assert_int_equal(fake_writes(two->client), client + 2);
}

static void test_replies_of_a_batch_leave_in_one_write(void **state)
{
    struct two *two = *state;
    unsigned before = fake_writes(two->client);
    say(two, two->client, "NOOP\r\nNOOP\r\nVRFY x\r\nRSET\r\nNOOP\r\nQUIT\r\n");
    assert_int_equal(fake_writes(two->client), before + 1);
}

static void test_an_idle_session_is_small(void **state)
{
    (void)state;
    /* The connection below it has its own test; both together are to stay below 4 KB. */
    assert_true(sizeof(struct session) <= IDLE_MAX / 4);
}

int main(void)
{
    log_setup(open("/dev/null", O_WRONLY | O_CLOEXEC), LOG_ERROR, LOG_TEXT);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_mail_takes_five_writes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_mail_in_chunks_takes_four_writes, set_up_chunking,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_replies_of_a_batch_leave_in_one_write, set_up,
                                        tear_down),
        cmocka_unit_test(test_an_idle_session_is_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
