/* SPDX-License-Identifier: Apache-2.0 */
/* What makes a peer of the pool, and what it remembers of TLS. */
#include "tunnels/pool.h"

#include "tests/support/certificates.h"
#include "tests/support/fake/fake.h"
#include "tunnels/tls/suites.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct scene {
    struct loop *loop;
    struct reaper reaper;
    struct pool *pool;
};

static const struct conn_limits limits = {.read_max = 4096, .window_max = 65536};

static int set_up(void **state)
{
    static struct scene scene;
    scene.loop = loop_new();
    reaper_init(&scene.reaper, scene.loop);
    scene.pool = pool_new(scene.loop, &scene.reaper);
    *state = &scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    pool_free(&scene->pool);
    reaper_fini(&scene->reaper);
    (void)fake_fini();
    loop_free(&scene->loop);
    return 0;
}

static struct upstream_settings settings_of(enum tls_upstream_mode mode)
{
    (void)certificate_ready(READY_AUTHORITY); /* sets the library up */
    return (struct upstream_settings){.helo_name = "gateway.example",
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

static void test_how_long_a_failed_peer_rests(void **state)
{
    struct scene *scene = *state;
    struct hop hop = hop_to("mta.example", false);
    struct upstream_settings settings = settings_of(TLS_UPSTREAM_REQUIRE);
    struct peer *peer = ask(scene, &hop, &settings);
    assert_false(peer_is_resting(peer));
    peer_failed(peer, PEER_TLS_FAILED, "the certificate has expired");
    assert_true(peer_is_resting(peer));
    assert_string_equal(peer->reason, "the certificate has expired");
    fake_advance(scene->loop, PEER_REST_MS);
    assert_false(peer_is_resting(peer));
    peer_failed(peer, PEER_LOGIN_FAILED, "535");
    fake_advance(scene->loop, PEER_LOGIN_REST_MS - 1);
    assert_true(peer_is_resting(peer));
    fake_advance(scene->loop, 1);
    assert_false(peer_is_resting(peer));
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
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    certificates_fini();
    return failed;
}
