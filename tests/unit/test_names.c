/* SPDX-License-Identifier: Apache-2.0 */
/* Looking up names: one look-up for all who ask, none that holds up others, what is remembered. */
#include "tunnels/wire/names.h"

#include <netdb.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
/* after the headers that it needs */
#include <cmocka.h>

/* A resolver in the test's hands: names that begin with "slow" hang until they are let go. */
struct resolver {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool let_go;
    unsigned lookups;
    int error;
    const char *address;
    atomic_uint_fast64_t now_ms;
};

static int lookup(const char *host, struct addresses *out, void *arg)
{
    struct resolver *resolver = arg;
    (void)pthread_mutex_lock(&resolver->lock);
    resolver->lookups++;
    (void)pthread_cond_broadcast(&resolver->changed);
    while (strncmp(host, "slow", 4) == 0 && !resolver->let_go)
        (void)pthread_cond_wait(&resolver->changed, &resolver->lock);
    int error = resolver->error;
    if (error == 0) {
        out->count = 1;
        (void)snprintf(out->text[0], ADDRESS_TEXT, "%s", resolver->address);
    }
    (void)pthread_mutex_unlock(&resolver->lock);
    return error;
}

static uint64_t now_ms(void *arg)
{
    return atomic_load(&((struct resolver *)arg)->now_ms);
}

static void let_go(struct resolver *resolver)
{
    (void)pthread_mutex_lock(&resolver->lock);
    resolver->let_go = true;
    (void)pthread_cond_broadcast(&resolver->changed);
    (void)pthread_mutex_unlock(&resolver->lock);
}

static void set(struct resolver *resolver, int error, const char *address)
{
    (void)pthread_mutex_lock(&resolver->lock);
    resolver->error = error;
    resolver->address = address;
    (void)pthread_mutex_unlock(&resolver->lock);
}

static unsigned lookups(struct resolver *resolver)
{
    (void)pthread_mutex_lock(&resolver->lock);
    unsigned count = resolver->lookups;
    (void)pthread_mutex_unlock(&resolver->lock);
    return count;
}

static void await_lookups(struct resolver *resolver, unsigned count)
{
    (void)pthread_mutex_lock(&resolver->lock);
    while (resolver->lookups < count)
        (void)pthread_cond_wait(&resolver->changed, &resolver->lock);
    (void)pthread_mutex_unlock(&resolver->lock);
}

struct scene {
    struct resolver resolver;
    struct names *names;
    struct loop *loop;
};

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    (void)pthread_mutex_init(&scene->resolver.lock, NULL);
    (void)pthread_cond_init(&scene->resolver.changed, NULL);
    scene->resolver.address = "192.0.2.1";
    atomic_init(&scene->resolver.now_ms, 1000000);
    struct names_source source = {lookup, now_ms, &scene->resolver};
    scene->names = names_new(&source);
    scene->loop = loop_new();
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    let_go(&scene->resolver);
    names_unref(&scene->names);
    loop_stop(scene->loop);
    loop_run(scene->loop);
    loop_free(&scene->loop);
    free(scene); /* its threads have been answered; none looks at it again */
    return 0;
}

struct asker {
    struct name_query query;
    unsigned answers;
    char address[ADDRESS_TEXT];
    char reason[200];
};

static void on_done(struct name_query *query, const struct addresses *found, const char *reason)
{
    struct asker *asker = CONTAINER_OF(query, struct asker, query);
    asker->answers++;
    (void)snprintf(asker->address, sizeof asker->address, "%s", found ? found->text[0] : "");
    (void)snprintf(asker->reason, sizeof asker->reason, "%s", reason ? reason : "");
}

static void begin(struct asker *asker, struct loop *loop)
{
    *asker = (struct asker){.answers = 0};
    name_query_init(&asker->query, loop, on_done);
}

/* Asks; what is known at once counts as the answer. */
static bool ask(struct scene *scene, const char *host, struct asker *asker)
{
    struct addresses found;
    begin(asker, scene->loop);
    if (!names_ask(scene->names, host, &asker->query, &found))
        return false;
    assert_int_equal(found.count, 1);
    (void)strcpy(asker->address, found.text[0]);
    return true;
}

static void turn(struct scene *scene)
{
    (void)uv_run(loop_native(scene->loop), UV_RUN_NOWAIT);
}

static void await(struct scene *scene, struct asker *asker)
{
    while (asker->answers == 0)
        (void)uv_run(loop_native(scene->loop), UV_RUN_ONCE);
    assert_int_equal(asker->answers, 1);
}

static void learn(struct scene *scene, const char *host)
{
    struct asker asker;
    assert_false(ask(scene, host, &asker));
    await(scene, &asker);
    assert_string_equal(asker.address, "192.0.2.1");
}

static void test_addresses_and_what_is_no_name(void **state)
{
    struct scene *scene = *state;
    struct asker asker;
    char longest[400];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_true(ask(scene, "192.0.2.9", &asker));
    assert_string_equal(asker.address, "192.0.2.9");
    assert_true(ask(scene, "2001:db8::1", &asker));
    const char *bad[] = {"", "a b", "host\n", "h\xc3\xa4", "[127.0.0.1]", "a/b", longest};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(ask(scene, bad[i], &asker));
        assert_int_equal(asker.answers, 0); /* never at once */
        await(scene, &asker);
        assert_string_equal(asker.reason, "name not found: not a host name");
    }
    assert_int_equal(lookups(&scene->resolver), 0);
}

static void test_a_burst_is_one_lookup(void **state)
{
    struct scene *scene = *state;
    struct asker askers[50];
    for (size_t i = 0; i < 50; i++)
        assert_false(ask(scene, "slow.example", &askers[i]));
    names_cancel(&askers[7].query); /* its client left */
    let_go(&scene->resolver);
    for (size_t i = 0; i < 50; i++) {
        if (i != 7)
            await(scene, &askers[i]);
    }
    assert_int_equal(askers[7].answers, 0);
    assert_int_equal(lookups(&scene->resolver), 1);
    struct asker later;
    assert_true(ask(scene, "slow.example", &later)); /* remembered */
    assert_int_equal(lookups(&scene->resolver), 1);
}

/* Names of a resolver that hangs use up threads of their own, and no more than are allowed. */
static void test_what_hangs_holds_up_nobody(void **state)
{
    struct scene *scene = *state;
    struct asker hung[NAMES_THREADS - 1], waiting[3], quick;
    char host[32];
    for (unsigned i = 0; i < NAMES_THREADS - 1; i++) {
        (void)snprintf(host, sizeof host, "slow%u.example", i);
        assert_false(ask(scene, host, &hung[i]));
    }
    await_lookups(&scene->resolver, NAMES_THREADS - 1);
    assert_false(ask(scene, "mta.example", &quick));
    await(scene, &quick);
    for (unsigned i = 0; i < 3; i++) {
        (void)snprintf(host, sizeof host, "slowly%u.example", i);
        assert_false(ask(scene, host, &waiting[i]));
    }
    turn(scene);
    assert_int_equal(waiting[2].answers, 0);
    let_go(&scene->resolver);
    for (unsigned i = 0; i < NAMES_THREADS - 1; i++)
        await(scene, &hung[i]);
    for (unsigned i = 0; i < 3; i++)
        await(scene, &waiting[i]);
}

static void test_cancelled_while_it_runs_and_when_posted(void **state)
{
    struct scene *scene = *state;
    struct asker asker, other;
    assert_false(ask(scene, "slow.example", &asker));
    assert_false(ask(scene, "slow.example", &other));
    await_lookups(&scene->resolver, 1);
    names_cancel(&asker.query);
    names_cancel(&asker.query);
    let_go(&scene->resolver);
    await(scene, &other);
    assert_false(ask(scene, "no name", &asker)); /* the answer is on its way at once */
    names_cancel(&asker.query);
    turn(scene);
    assert_int_equal(asker.answers, 0);
}

static void test_old_answers_serve_while_new_ones_are_awaited(void **state)
{
    struct scene *scene = *state;
    struct asker asker;
    learn(scene, "mta.example");
    set(&scene->resolver, 0, "192.0.2.2");
    atomic_fetch_add(&scene->resolver.now_ms, NAMES_FRESH_MS - 1);
    assert_true(ask(scene, "mta.example", &asker));
    assert_int_equal(lookups(&scene->resolver), 1);
    atomic_fetch_add(&scene->resolver.now_ms, 1);
    assert_true(ask(scene, "mta.example", &asker));
    assert_string_equal(asker.address, "192.0.2.1");
    do {
        assert_true(ask(scene, "mta.example", &asker));
    } while (strcmp(asker.address, "192.0.2.2") != 0);
    assert_int_equal(lookups(&scene->resolver), 2);
    set(&scene->resolver, 0, "192.0.2.3");
    atomic_fetch_add(&scene->resolver.now_ms, NAMES_STALE_MS);
    assert_false(ask(scene, "mta.example", &asker)); /* too old to be used unasked */
    await(scene, &asker);
    assert_string_equal(asker.address, "192.0.2.3");
}

static void test_a_resolver_that_is_away(void **state)
{
    struct scene *scene = *state;
    struct asker asker;
    learn(scene, "mta.example");
    set(&scene->resolver, EAI_AGAIN, NULL);
    atomic_fetch_add(&scene->resolver.now_ms, NAMES_STALE_MS);
    assert_false(ask(scene, "mta.example", &asker));
    await(scene, &asker);
    assert_string_equal(asker.address, "192.0.2.1"); /* better than none */
    assert_true(ask(scene, "mta.example", &asker));  /* and not asked for again at once */
    assert_int_equal(lookups(&scene->resolver), 2);
    atomic_fetch_add(&scene->resolver.now_ms, NAMES_LAST_MS);
    assert_false(ask(scene, "mta.example", &asker));
    await(scene, &asker);
    assert_string_equal(asker.address, "");
    assert_memory_equal(asker.reason, "name not found: ", 16);
}

static void test_a_name_that_is_gone(void **state)
{
    struct scene *scene = *state;
    struct asker asker;
    learn(scene, "mta.example");
    set(&scene->resolver, EAI_NONAME, NULL);
    atomic_fetch_add(&scene->resolver.now_ms, NAMES_STALE_MS);
    assert_false(ask(scene, "mta.example", &asker));
    await(scene, &asker);
    assert_string_equal(asker.address, "");
    for (int i = 0; i < 3; i++) { /* remembered for a moment */
        assert_false(ask(scene, "mta.example", &asker));
        await(scene, &asker);
        assert_string_equal(asker.address, "");
    }
    assert_int_equal(lookups(&scene->resolver), 2);
    set(&scene->resolver, 0, "192.0.2.4");
    atomic_fetch_add(&scene->resolver.now_ms, NAMES_FAILED_MS);
    assert_false(ask(scene, "mta.example", &asker));
    await(scene, &asker);
    assert_string_equal(asker.address, "192.0.2.4");
}

static void test_more_names_than_are_remembered(void **state)
{
    struct scene *scene = *state;
    struct asker asker;
    char host[32];
    learn(scene, "first.example");
    for (unsigned i = 0; i < 600; i++) {
        (void)snprintf(host, sizeof host, "n%u.example", i);
        learn(scene, host);
    }
    assert_true(ask(scene, "n599.example", &asker));
    learn(scene, "first.example");
}

static void test_the_systems_resolver(void **state)
{
    struct scene *scene = *state;
    struct names *names = names_new(NULL);
    struct addresses found;
    struct asker asker;
    begin(&asker, scene->loop);
    assert_false(names_ask(names, "localhost", &asker.query, &found));
    await(scene, &asker);
    assert_true(strcmp(asker.address, "127.0.0.1") == 0 || strcmp(asker.address, "::1") == 0);
    begin(&asker, scene->loop);
    assert_true(names_ask(names, "localhost", &asker.query, &found));
    names_unref(&names);
}

struct crowd {
    struct names *names;
    unsigned seed;
};

/* One loop of several: asks, cancels, asks again. */
static void *ask_many(void *arg)
{
    struct crowd *crowd = arg;
    struct loop *loop = loop_new();
    struct addresses found;
    char host[32];
    for (unsigned i = 0; i < 300; i++) {
        struct asker asker;
        begin(&asker, loop);
        (void)snprintf(host, sizeof host, "c%u.example", (i * 7 + crowd->seed) % 40);
        if (names_ask(crowd->names, host, &asker.query, &found))
            continue;
        if (i % 3 == 0)
            names_cancel(&asker.query);
        else
            while (asker.answers == 0)
                (void)uv_run(loop_native(loop), UV_RUN_ONCE);
    }
    loop_stop(loop);
    loop_run(loop);
    loop_free(&loop);
    names_unref(&crowd->names);
    return NULL;
}

static void test_several_loops(void **state)
{
    struct scene *scene = *state;
    pthread_t threads[4];
    struct crowd crowds[4];
    for (unsigned i = 0; i < 4; i++) {
        crowds[i] = (struct crowd){names_ref(scene->names), i};
        assert_int_equal(pthread_create(&threads[i], NULL, ask_many, &crowds[i]), 0);
    }
    for (unsigned i = 0; i < 4; i++)
        (void)pthread_join(threads[i], NULL);
    assert_int_equal(lookups(&scene->resolver), 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_addresses_and_what_is_no_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_burst_is_one_lookup, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_hangs_holds_up_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cancelled_while_it_runs_and_when_posted, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_old_answers_serve_while_new_ones_are_awaited, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_resolver_that_is_away, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_name_that_is_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_more_names_than_are_remembered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_systems_resolver, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_several_loops, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
