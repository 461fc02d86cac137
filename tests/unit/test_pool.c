/* SPDX-License-Identifier: Apache-2.0 */
/* What makes a peer of the pool, and what it remembers of TLS. */
#include "tunnels/upstream/pool.h"

#include "tests/support/certificates.h"
#include "tests/support/fake/fake.h"
#include "tunnels/tls/suites.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct scene {
    struct loop *loop;
    struct reaper reaper;
    struct upstream_shared *shared;
    struct pool *pool;
};

static const struct conn_limits limits = {.read_max = 4096, .window_max = 65536};

static int set_up(void **state)
{
    static struct scene scene;
    scene.loop = loop_new();
    reaper_init(&scene.reaper, scene.loop);
    scene.shared = upstream_shared_new();
    scene.pool = pool_new(scene.loop, &scene.reaper, scene.shared);
    *state = &scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    pool_free(&scene->pool);
    upstream_shared_unref(&scene->shared);
    reaper_fini(&scene->reaper);
    (void)fake_fini();
    loop_free(&scene->loop);
    return 0;
}

static struct upstream_settings settings_of(enum tls_upstream_mode mode)
{
    (void)certificate_ready(READY_AUTHORITY); /* sets the library up */
    return (struct upstream_settings){.helo_name = "gateway.example",
                                      .retry_delay_s = 4,
                                      .tls = {.mode = mode, .suites = tls_suites_default}};
}

static struct hop hop_to(const char *host, bool implicit)
{
    return (struct hop){.kind = HOP_SMTP, .host = host, .port = 25, .implicit_tls = implicit};
}

static struct peer *ask(struct scene *scene, const struct hop *hop,
                        const struct upstream_settings *settings)
{
    return pool_peer(scene->pool, hop, "192.0.2.7", settings, &limits);
}

static void test_what_makes_a_peer(void **state)
{
    struct scene *scene = *state;
    struct hop hop = hop_to("mta.example", false);
    struct hop implicit = hop_to("mta.example", true);
    struct upstream_settings settings = settings_of(TLS_UPSTREAM_REQUIRE);
    struct peer *peer = ask(scene, &hop, &settings);
    assert_ptr_equal(ask(scene, &hop, &settings), peer);
    assert_ptr_not_equal(ask(scene, &implicit, &settings), peer);

    struct upstream_settings other = settings;
    other.tls.mode = TLS_UPSTREAM_VERIFY;
    assert_ptr_not_equal(ask(scene, &hop, &other), peer);
    other = settings;
    other.tls.fingerprint.bytes[31] = 1;
    assert_ptr_not_equal(ask(scene, &hop, &other), peer);
    other = settings;
    other.helo_name = "other.example";
    assert_ptr_not_equal(ask(scene, &hop, &other), peer);
    other = settings;
    other.username = "gateway";
    struct peer *without = ask(scene, &hop, &other);
    other.password = "one";
    struct peer *one = ask(scene, &hop, &other);
    other.password = "two";
    struct peer *two = ask(scene, &hop, &other);
    assert_ptr_not_equal(one, peer);
    assert_ptr_not_equal(one, two);
    assert_ptr_not_equal(without, one);
    other.password = NULL;
    assert_ptr_equal(ask(scene, &hop, &other), without);
    assert_ptr_equal(ask(scene, &hop, &settings), peer);
}

static void test_strings_are_the_peers_own(void **state)
{
    struct scene *scene = *state;
    char name[] = "gateway", password[] = "secret", helo[] = "gateway.example";
    struct hop hop = hop_to("mta.example", false);
    struct upstream_settings settings = settings_of(TLS_UPSTREAM_REQUIRE);
    settings.username = name;
    settings.password = password;
    settings.helo_name = helo;
    struct peer *peer = ask(scene, &hop, &settings);
    memset(name, 'x', strlen(name));
    memset(password, 'x', strlen(password));
    memset(helo, 'x', strlen(helo));
    assert_string_equal(peer->settings.username, "gateway");
    assert_string_equal(peer->settings.password, "secret");
    assert_string_equal(peer->settings.helo_name, "gateway.example");
    assert_null(peer->settings.tls.suites);
}

static void test_same_settings_share_what_is_parsed(void **state)
{
    struct scene *scene = *state;
    struct hop a = hop_to("a.example", false), b = hop_to("b.example", true);
    struct upstream_settings settings = settings_of(TLS_UPSTREAM_REQUIRE);
    struct upstream_settings none = settings_of(TLS_UPSTREAM_NONE);
    struct peer *first = ask(scene, &a, &settings);
    assert_non_null(first->tls.context);
    assert_ptr_equal(ask(scene, &b, &settings)->tls.context, first->tls.context);
    assert_null(ask(scene, &a, &none)->tls.context);
    assert_non_null(ask(scene, &b, &none)->tls.context); /* smtps:// */
    settings.tls.fingerprint.bytes[0] = 7;
    assert_ptr_not_equal(ask(scene, &a, &settings)->tls.context, first->tls.context);
}

static void test_what_was_replaced_does_not_stay(void **state)
{
    struct scene *scene = *state;
    struct hop hop = hop_to("mta.example", false), away = hop_to("away.example", false);
    struct upstream_settings settings = settings_of(TLS_UPSTREAM_REQUIRE);
    struct upstream_settings newer = settings, newest = settings;
    newer.tls.fingerprint.bytes[0] = 1;
    newest.tls.fingerprint.bytes[0] = 2;
    ask(scene, &hop, &settings)->is_known = true;
    ask(scene, &away, &settings)->is_known = true;
    (void)ask(scene, &hop, &newer);
    assert_true(ask(scene, &hop, &settings)->is_known);
    fake_advance(scene->loop, 61000);
    (void)ask(scene, &hop, &newest);
    assert_false(ask(scene, &hop, &settings)->is_known); /* made anew */
    assert_true(ask(scene, &away, &settings)->is_known);
}

static void test_settings_that_cannot_be_used(void **state)
{
    struct scene *scene = *state;
    struct hop hop = hop_to("mta.example", false);
    struct upstream_settings settings = settings_of(TLS_UPSTREAM_VERIFY);
    settings.tls.authorities = SPAN("no certificate at all");
    struct peer *peer = ask(scene, &hop, &settings);
    assert_null(peer->tls.context);
    assert_null(peer_tls_stream(peer));
    assert_true(peer_wants_tls(peer)); /* and so does not go in clear */
}

static void test_when_tls_is_tried(void **state)
{
    struct scene *scene = *state;
    struct hop hop = hop_to("mta.example", false), implicit = hop_to("mta.example", true);
    struct upstream_settings settings = settings_of(TLS_UPSTREAM_OPPORTUNISTIC);
    struct peer *may = ask(scene, &hop, &settings);
    assert_true(peer_wants_tls(may) && !peer_needs_tls(may));
    peer_goes_in_clear(may);
    assert_false(peer_wants_tls(may));
    fake_advance(scene->loop, PEER_IN_CLEAR_MS - 1);
    assert_false(peer_wants_tls(may));
    fake_advance(scene->loop, 1);
    assert_true(peer_wants_tls(may));

    assert_true(peer_needs_tls(ask(scene, &implicit, &settings)));
    settings.username = "gateway";
    assert_true(peer_needs_tls(ask(scene, &hop, &settings)));
    struct upstream_settings always = settings_of(TLS_UPSTREAM_REQUIRE);
    struct peer *must = ask(scene, &hop, &always);
    peer_goes_in_clear(must); /* nobody does that */
    assert_true(peer_wants_tls(must) && peer_needs_tls(must));
    struct upstream_settings never = settings_of(TLS_UPSTREAM_NONE);
    assert_false(peer_wants_tls(ask(scene, &hop, &never)));
}

static void fails(struct scene *scene, struct peer *peer, enum peer_fault fault, const char *reason)
{
    peer_failed(peer, fault, reason, loop_now_ms(scene->loop));
}

static void test_how_long_a_failed_peer_rests(void **state)
{
    static const unsigned rests_ms[] = {1000, 2000, 4000, 4000};
    struct scene *scene = *state;
    struct hop hop = hop_to("mta.example", false);
    struct upstream_settings settings = settings_of(TLS_UPSTREAM_REQUIRE);
    struct peer *peer = ask(scene, &hop, &settings);
    assert_false(peer_is_resting(peer));
    for (size_t i = 0; i < 4; i++) {
        fails(scene, peer, PEER_TLS_FAILED, "the certificate has expired");
        assert_true(peer_is_resting(peer));
        assert_string_equal(peer->reason, "the certificate has expired");
        fake_advance(scene->loop, rests_ms[i] - 1);
        assert_true(peer_is_resting(peer));
        fake_advance(scene->loop, 1);
        assert_false(peer_is_resting(peer));
    }
    peer_answered(peer, &(struct capabilities){0});
    fails(scene, peer, PEER_UNREACHABLE, "refused");
    fake_advance(scene->loop, 1000);
    assert_false(peer_is_resting(peer));
    fails(scene, peer, PEER_LOGIN_FAILED, "535");
    fake_advance(scene->loop, PEER_LOGIN_REST_MS - 1);
    assert_true(peer_is_resting(peer));
    fake_advance(scene->loop, 1);
    assert_false(peer_is_resting(peer));
}

/* All that were on their way when it went away are one failure. */
static void test_one_outage_is_one_failure(void **state)
{
    struct scene *scene = *state;
    struct hop hop = hop_to("mta.example", false);
    struct upstream_settings settings = settings_of(TLS_UPSTREAM_NONE);
    struct peer *peer = ask(scene, &hop, &settings);
    uint64_t began_ms = loop_now_ms(scene->loop);
    fake_advance(scene->loop, 10);
    for (int i = 0; i < 100; i++)
        peer_failed(peer, PEER_UNREACHABLE, "refused", began_ms);
    fake_advance(scene->loop, 1000);
    assert_false(peer_is_resting(peer));
}

static struct addresses found_of(const char *a, const char *b, const char *c)
{
    const char *texts[] = {a, b, c};
    struct addresses found = {0};
    for (size_t i = 0; i < 3 && texts[i]; i++)
        strcpy(found.text[found.count++], texts[i]);
    return found;
}

static void test_addresses_of_a_peer(void **state)
{
    (void)state;
    struct peer_addresses addresses = {0};
    struct addresses found = found_of("2001:db8::1", "192.0.2.1", "192.0.2.2"), out;
    peer_addresses_learn(&addresses, &found);
    peer_addresses_choose(&addresses, 1000, &out);
    assert_int_equal(out.count, 3);
    assert_string_equal(out.text[0], "2001:db8::1");
    peer_addresses_failed(&addresses, "2001:db8::1", 1000, 1001, 30000);
    peer_addresses_choose(&addresses, 1002, &out);
    assert_int_equal(out.count, 2);
    assert_string_equal(out.text[0], "192.0.2.1");
    /* Another order and another address: what was known stays known. */
    found = found_of("192.0.2.3", "2001:db8::1", "192.0.2.1");
    peer_addresses_learn(&addresses, &found);
    peer_addresses_choose(&addresses, 2000, &out);
    assert_int_equal(out.count, 2);
    assert_string_equal(out.text[0], "192.0.2.3");
    /* It has rested: one tries it, the next one does not. */
    peer_addresses_choose(&addresses, 2001, &out);
    assert_int_equal(out.count, 3);
    peer_addresses_choose(&addresses, 2002, &out);
    assert_int_equal(out.count, 2);
    peer_addresses_work(&addresses, "2001:db8::1");
    peer_addresses_choose(&addresses, 2003, &out);
    assert_int_equal(out.count, 3);
    /* Where all rest the one whose rest ends first is better than none. */
    peer_addresses_failed(&addresses, "192.0.2.1", 3000, 3000, 30000);
    peer_addresses_failed(&addresses, "2001:db8::1", 3000, 3001, 30000);
    peer_addresses_failed(&addresses, "192.0.2.3", 3000, 3002, 30000);
    peer_addresses_failed(&addresses, "gone", 3000, 3002, 30000);
    peer_addresses_choose(&addresses, 3003, &out);
    assert_int_equal(out.count, 1);
    assert_string_equal(out.text[0], "192.0.2.1");
    peer_addresses_fini(&addresses);
}

/* Each client that is reflected to is a peer: there may be any number of them. */
static void test_peers_are_bounded(void **state)
{
    struct scene *scene = *state;
    struct hop hop = {.kind = HOP_REFLECT, .port = 25, .text = "reflect"};
    struct hop mta = hop_to("mta.example", false);
    struct upstream_settings settings = settings_of(TLS_UPSTREAM_NONE);
    char client[32];
    ask(scene, &mta, &settings)->users = 1; /* in use */
    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(client, sizeof client, "IPv6:2001:db8::%x", i);
        struct peer *peer = pool_peer(scene->pool, &hop, client, &settings, &limits);
        assert_string_equal(peer->host, client + 5);
        peer->is_known = true;
    }
    assert_int_equal(ask(scene, &mta, &settings)->users, 1);
    assert_true(pool_peer(scene->pool, &hop, "2001:db8::3e7", &settings, &limits)->is_known);
    assert_false(pool_peer(scene->pool, &hop, "2001:db8::1", &settings, &limits)->is_known);
    ask(scene, &mta, &settings)->users = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_makes_a_peer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_strings_are_the_peers_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_same_settings_share_what_is_parsed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_was_replaced_does_not_stay, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_settings_that_cannot_be_used, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_when_tls_is_tried, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_how_long_a_failed_peer_rests, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_outage_is_one_failure, set_up, tear_down),
        cmocka_unit_test(test_addresses_of_a_peer),
        cmocka_unit_test_setup_teardown(test_peers_are_bounded, set_up, tear_down),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    certificates_fini();
    return failed;
}
