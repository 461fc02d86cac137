/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line of those who wait for a connection to an upstream: never more of them than allowed, the
 * longest waiter first, whatever the loop; nobody is left behind. On one loop in order; on several
 * with threads, where ThreadSanitizer looks on, too.
 */
#include "tunnels/upstream/quota.h"

#include "engine/base/mem.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
/* after the headers that it needs */
#include <cmocka.h>

struct scene {
    struct quotas *quotas;
    struct quota *quota;
    struct loop *loop;
    struct quota_member one, two; /* of the same loop, as two sets of settings have */
    unsigned asked_one, asked_two;
    struct quota_wait waits[8];
    char order[16];
};

static struct scene scene;

static void give_up(struct quota_member *member)
{
    if (member == &scene.one)
        scene.asked_one++;
    else
        scene.asked_two++;
}

static void on_granted(struct quota_wait *wait)
{
    char name[2] = {(char)('a' + (wait - scene.waits)), '\0'};
    strcat(scene.order, name);
}

static int set_up(void **state)
{
    (void)state;
    scene = (struct scene){.quotas = quotas_new(), .loop = loop_new()};
    scene.quota = quota_get(scene.quotas, "mta.example", 25);
    quota_join(scene.quota, &scene.one, scene.loop, give_up);
    quota_join(scene.quota, &scene.two, scene.loop, give_up);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    quota_leave(&scene.one);
    quota_leave(&scene.two);
    quota_unref(&scene.quota);
    quotas_free(&scene.quotas);
    loop_stop(scene.loop);
    loop_run(scene.loop);
    loop_free(&scene.loop);
    return 0;
}

static bool take(struct quota_member *member, unsigned number, unsigned max, bool first)
{
    return quota_take(member, &scene.waits[number], max, first, on_granted);
}

static void turn(void)
{
    (void)uv_run(loop_native(scene.loop), UV_RUN_NOWAIT);
}

static void test_the_longest_waiter_first(void **state)
{
    (void)state;
    assert_true(take(&scene.one, 0, 2, false));
    assert_true(quota_has_room(&scene.two, 2));
    assert_true(take(&scene.two, 1, 2, false));
    assert_false(quota_has_room(&scene.two, 2));
    assert_false(take(&scene.one, 2, 2, false));
    assert_false(take(&scene.two, 3, 2, false));
    assert_false(take(&scene.one, 4, 2, false));
    assert_false(take(&scene.two, 5, 2, true)); /* the next address of one who had a place */
    quota_release(scene.quota, false);
    turn();
    assert_string_equal(scene.order, "f");
    quota_cancel(&scene.waits[3]); /* its client has left */
    quota_release(scene.quota, false);
    quota_release(scene.quota, false);
    turn();
    assert_string_equal(scene.order, "fce");
    quota_release(scene.quota, false);
    quota_release(scene.quota, false);
}

static void test_granted_and_gone(void **state)
{
    (void)state;
    assert_true(take(&scene.one, 0, 1, false));
    assert_false(take(&scene.one, 1, 1, false));
    assert_false(take(&scene.two, 2, 1, false));
    quota_release(scene.quota, false); /* b has it, and does not know yet */
    quota_cancel(&scene.waits[1]);
    turn();
    assert_string_equal(scene.order, "c");
    quota_release(scene.quota, false);
}

static void test_what_nobody_uses(void **state)
{
    struct quota_wait *next = NULL;
    (void)state;
    assert_true(take(&scene.one, 0, 2, false));
    assert_true(take(&scene.one, 1, 2, false));
    assert_int_equal(quota_offer(&scene.one, &next), QUOTA_KEEP);
    assert_false(quota_is_wanted(&scene.one));
    /* Somebody else waits: the idle one is asked for, once. */
    assert_false(take(&scene.two, 2, 2, false));
    turn();
    assert_int_equal(scene.asked_one, 1);
    assert_true(quota_is_wanted(&scene.one));
    quota_take_idle(&scene.one);
    quota_closing(scene.quota);
    assert_false(quota_is_wanted(&scene.one));
    /* He is served by that one: the other one may be kept, or passed to the next of its own. */
    assert_false(take(&scene.one, 3, 2, false));
    assert_int_equal(quota_offer(&scene.one, &next), QUOTA_PASS);
    assert_ptr_equal(next, &scene.waits[3]);
    assert_false(take(&scene.two, 4, 2, false));
    assert_int_equal(quota_offer(&scene.one, &next), QUOTA_CLOSE);
    quota_closing(scene.quota);
    assert_string_equal(scene.order, "");
    quota_release(scene.quota, true);
    quota_release(scene.quota, true);
    turn();
    assert_string_equal(scene.order, "ce");
    assert_int_equal(scene.asked_two, 0);
    quota_release(scene.quota, false);
    quota_release(scene.quota, false);
}

static void test_another_limit(void **state)
{
    (void)state;
    assert_true(take(&scene.one, 0, 1, false));
    assert_false(take(&scene.one, 1, 1, false));
    assert_true(take(&scene.two, 2, 2, false)); /* a newer policy allows more */
    quota_release(scene.quota, false);
    turn();
    assert_string_equal(scene.order, "");
    quota_release(scene.quota, false);
    turn();
    assert_string_equal(scene.order, "b");
    quota_release(scene.quota, false);
}

static void test_one_for_each_address(void **state)
{
    (void)state;
    struct quota *same = quota_get(scene.quotas, "mta.example", 25);
    struct quota *other = quota_get(scene.quotas, "mta.example", 26);
    assert_ptr_equal(same, scene.quota);
    assert_ptr_not_equal(other, scene.quota);
    quota_unref(&same);
    quota_unref(&other);
}

/* Several loops. */

enum { LOOPS = 4, CLIENTS = 8, MAILS = 400, MAX = 3 };

struct crowd {
    struct quotas *quotas;
    atomic_uint open; /* connections, as the upstream sees them */
    atomic_uint most;
    atomic_uint served, passed, left;
};

struct client {
    struct quota_wait wait;
    struct town *town;
    bool waiting;
};

/* One loop, with what a pool does. */
struct town {
    struct crowd *crowd;
    struct loop *loop;
    struct quota *quota;
    struct quota_member member;
    struct client clients[CLIENTS];
    unsigned connections, idle, mails;
    struct timer timer;
    uint64_t random;
    pthread_t thread;
};

static unsigned rnd(struct town *town, unsigned below)
{
    town->random = town->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (unsigned)(town->random >> 33) % below;
}

static void opened(struct town *town)
{
    unsigned open = atomic_fetch_add(&town->crowd->open, 1) + 1;
    unsigned most = atomic_load(&town->crowd->most);
    while (open > most && !atomic_compare_exchange_weak(&town->crowd->most, &most, open))
        continue;
}

static void close_one(struct town *town)
{
    quota_closing(town->quota);
    atomic_fetch_sub(&town->crowd->open, 1);
    quota_release(town->quota, true);
}

static void on_place(struct quota_wait *wait)
{
    struct client *client = CONTAINER_OF(wait, struct client, wait);
    client->waiting = false;
    opened(client->town);
    client->town->connections++;
}

static void on_wanted(struct quota_member *member)
{
    struct town *town = CONTAINER_OF(member, struct town, member);
    while (town->idle > 0 && quota_is_wanted(member)) {
        town->idle--;
        quota_take_idle(member);
        close_one(town);
    }
}

static void served(struct town *town)
{
    atomic_fetch_add(&town->crowd->served, 1);
    town->mails++;
}

/* A mail is through. */
static void finish_one(struct town *town)
{
    struct quota_wait *next = NULL;
    served(town);
    enum quota_offer offer = quota_offer(&town->member, &next);
    if (offer == QUOTA_PASS) {
        CONTAINER_OF(next, struct client, wait)->waiting = false;
        atomic_fetch_add(&town->crowd->passed, 1);
        return;
    }
    town->connections--;
    if (offer == QUOTA_KEEP)
        town->idle++;
    else
        close_one(town);
}

static void begin_one(struct town *town, struct client *client)
{
    if (town->idle > 0 && !quota_is_wanted(&town->member)) {
        town->idle--;
        quota_take_idle(&town->member);
        town->connections++;
    } else if (quota_take(&town->member, &client->wait, MAX, false, on_place)) {
        opened(town);
        town->connections++;
    } else {
        client->waiting = true;
    }
}

static bool is_busy(const struct town *town)
{
    bool busy = town->connections > 0;
    for (size_t i = 0; i < CLIENTS; i++)
        busy |= town->clients[i].waiting;
    return busy;
}

static void on_tick(void *arg)
{
    struct town *town = arg;
    for (unsigned i = rnd(town, 4); i > 0 && town->connections > 0; i--)
        finish_one(town);
    for (size_t i = 0; i < CLIENTS; i++) {
        struct client *client = &town->clients[i];
        if (client->waiting && rnd(town, 50) == 0) {
            quota_cancel(&client->wait);
            client->waiting = false;
            atomic_fetch_add(&town->crowd->left, 1);
        } else if (!client->waiting && town->mails < MAILS && rnd(town, 3) == 0) {
            begin_one(town, client);
        }
    }
    if (town->mails < MAILS || is_busy(town)) {
        timer_start(&town->timer, rnd(town, 2));
        return;
    }
    while (town->idle > 0) {
        town->idle--;
        quota_take_idle(&town->member);
        close_one(town);
    }
    loop_stop(town->loop);
}

static void *live(void *arg)
{
    struct town *town = arg;
    loop_run(town->loop);
    return NULL;
}

static void town_init(struct town *town, struct crowd *crowd, unsigned number)
{
    *town = (struct town){.crowd = crowd, .loop = loop_new(), .random = number + 1};
    town->quota = quota_get(crowd->quotas, "mta.example", 25);
    quota_join(town->quota, &town->member, town->loop, on_wanted);
    for (size_t i = 0; i < CLIENTS; i++)
        town->clients[i].town = town;
    timer_init(&town->timer, town->loop, on_tick, town);
    timer_start(&town->timer, 0);
}

static void town_fini(struct town *town)
{
    quota_leave(&town->member);
    quota_unref(&town->quota);
    loop_free(&town->loop);
}

/* Ends only when everybody was served: nobody may be forgotten in the line. */
static void test_several_loops(void **state)
{
    static struct town towns[LOOPS];
    struct crowd crowd = {.quotas = quotas_new()};
    (void)state;
    for (unsigned i = 0; i < LOOPS; i++)
        town_init(&towns[i], &crowd, i);
    for (unsigned i = 0; i < LOOPS; i++)
        assert_int_equal(pthread_create(&towns[i].thread, NULL, live, &towns[i]), 0);
    for (unsigned i = 0; i < LOOPS; i++)
        (void)pthread_join(towns[i].thread, NULL);
    for (unsigned i = 0; i < LOOPS; i++)
        town_fini(&towns[i]);
    quotas_free(&crowd.quotas);
    assert_int_equal(atomic_load(&crowd.open), 0);
    assert_true(atomic_load(&crowd.most) <= MAX);
    assert_int_equal(atomic_load(&crowd.most), MAX);
    assert_true(atomic_load(&crowd.served) >= LOOPS * MAILS);
    print_message("%u mails, %u passed on, %u left the line\n", atomic_load(&crowd.served),
                  atomic_load(&crowd.passed), atomic_load(&crowd.left));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_longest_waiter_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_granted_and_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_nobody_uses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_another_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_for_each_address, set_up, tear_down),
        cmocka_unit_test(test_several_loops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
