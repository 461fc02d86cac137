/* SPDX-License-Identifier: Apache-2.0 */
/* Watching of files, on a virtual clock and real files. */
#include "engine/server/watch.h"

#include "engine/base/span.h"
#include "tests/support/fake/fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES 2

struct scene {
    struct loop *loop;
    struct watch watch;
    char folder[64];
    char path[FILES][100];
    struct stamped_file files[FILES];
    bool good;      /* what the files would be found to be */
    unsigned tries; /* how often they were read */
    unsigned lasts; /* how often for the last time */
    uint64_t tried_ms;
};

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* As who renews certificates does it. */
static void put_by_renaming(const char *path, const char *text)
{
    char fresh[120];
    (void)snprintf(fresh, sizeof fresh, "%s.new", path);
    put(fresh, text);
    assert_int_equal(rename(fresh, path), 0);
}

static void watch_all(struct scene *scene)
{
    for (size_t i = 0; i < FILES; i++)
        scene->files[i] = (struct stamped_file){scene->path[i], file_stamp(scene->path[i])};
    watch_files(&scene->watch, scene->files, FILES);
}

static bool on_changed(void *arg, bool last)
{
    struct scene *scene = arg;
    scene->tries++;
    scene->lasts += last;
    scene->tried_ms = loop_now_ms(scene->loop);
    if (scene->good)
        watch_all(scene);
    return scene->good;
}

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    (void)snprintf(scene->folder, sizeof scene->folder, "/tmp/culvert-watch-XXXXXX");
    assert_non_null(mkdtemp(scene->folder));
    for (int i = 0; i < FILES; i++) {
        (void)snprintf(scene->path[i], sizeof scene->path[i], "%s/%d.pem", scene->folder, i);
        put(scene->path[i], "old");
    }
    scene->good = true;
    scene->loop = loop_new();
    watch_init(&scene->watch, scene->loop, on_changed, scene);
    watch_all(scene);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    watch_fini(&scene->watch);
    loop_free(&scene->loop);
    for (int i = 0; i < FILES; i++)
        (void)unlink(scene->path[i]);
    (void)rmdir(scene->folder);
    free(scene);
    return 0;
}

static void test_nothing_changes(void **state)
{
    struct scene *scene = *state;
    fake_advance(scene->loop, 3600000);
    assert_int_equal(scene->tries, 0);
}

/* In place, by renaming, by taking away and putting back, by the mode alone. */
static void test_every_change_is_seen(void **state)
{
    struct scene *scene = *state;
    for (unsigned way = 0; way < 4; way++) {
        scene->tries = 0;
        if (way == 0)
            put(scene->path[1], "new and longer");
        else if (way == 1)
            put_by_renaming(scene->path[0], "old");
        else if (way == 2)
            (void)unlink(scene->path[0]);
        else
            put(scene->path[0], "back");
        fake_advance(scene->loop, WATCH_LOOK_MS + WATCH_QUIET_MS + WATCH_LOOK_AGAIN_MS);
        assert_int_equal(scene->tries, 1);
        fake_advance(scene->loop, 60000);
        assert_int_equal(scene->tries, 1);
    }
    (void)chmod(scene->path[0], 0600);
    fake_advance(scene->loop, 60000);
    assert_int_equal(scene->tries, 2);
    assert_int_equal(scene->lasts, 0);
}

/* A link above the file is put elsewhere, as Kubernetes and certbot do. */
static void test_a_link_is_followed(void **state)
{
    struct scene *scene = *state;
    char link_path[120], fresh[120];
    (void)snprintf(link_path, sizeof link_path, "%s/link", scene->folder);
    (void)snprintf(fresh, sizeof fresh, "%s/link.new", scene->folder);
    assert_int_equal(symlink("0.pem", link_path), 0);
    struct stamped_file file = {link_path, file_stamp(link_path)};
    scene->good = false;
    watch_files(&scene->watch, &file, 1);
    assert_int_equal(symlink("1.pem", fresh), 0);
    assert_int_equal(rename(fresh, link_path), 0);
    fake_advance(scene->loop, 2 * WATCH_LOOK_MS);
    assert_int_equal(scene->tries, 1);
    (void)unlink(link_path);
    watch_all(scene);
}

/* Not before all is quiet. */
static void test_waits_for_quiet(void **state)
{
    struct scene *scene = *state;
    static const char *const texts[] = {"a", "ab", "abc", "abcd", "abcde"};
    uint64_t last = 0;
    for (size_t i = 0; i < 5; i++) {
        fake_advance(scene->loop, i == 0 ? WATCH_LOOK_MS : WATCH_LOOK_AGAIN_MS);
        put(scene->path[i % 2], texts[i]);
        last = loop_now_ms(scene->loop);
    }
    assert_int_equal(scene->tries, 0);
    fake_advance(scene->loop, 10000);
    assert_int_equal(scene->tries, 1);
    assert_true(scene->tried_ms >= last + WATCH_QUIET_MS);
}

/* The certificate is new, the key is not yet. */
static void test_a_half_changed_pair_is_no_news(void **state)
{
    struct scene *scene = *state;
    scene->good = false;
    put_by_renaming(scene->path[0], "new certificate");
    fake_advance(scene->loop, 3000);
    assert_int_equal(scene->tries, 1);
    scene->good = true;
    put_by_renaming(scene->path[1], "new key");
    fake_advance(scene->loop, 1000);
    assert_int_equal(scene->tries, 2);
    assert_int_equal(scene->lasts, 0);
    fake_advance(scene->loop, 60000);
    assert_int_equal(scene->tries, 2);
}

/* What stays bad is told once; the next change is a new chance. */
static void test_a_bad_file_is_told_once(void **state)
{
    struct scene *scene = *state;
    scene->good = false;
    put(scene->path[0], "nonsense");
    fake_advance(scene->loop, 3600000);
    assert_int_equal(scene->tries, 2);
    assert_int_equal(scene->lasts, 1);
    put(scene->path[0], "other nonsense");
    fake_advance(scene->loop, 3600000);
    assert_int_equal(scene->lasts, 2);
    scene->good = true;
    put(scene->path[0], "good at last");
    fake_advance(scene->loop, 3600000);
    assert_int_equal(scene->tries, 5);
    assert_int_equal(scene->lasts, 2);
}

/* A file that never rests is read now and then all the same. */
static void test_restless_file(void **state)
{
    struct scene *scene = *state;
    scene->good = false;
    char text[64] = "";
    for (unsigned i = 0; i < 240; i++) { /* a minute */
        (void)snprintf(text, sizeof text, "%*u", (int)(1 + i % 60), i);
        put(scene->path[0], text);
        fake_advance(scene->loop, WATCH_LOOK_AGAIN_MS);
    }
    assert_true(scene->lasts >= 1 && scene->lasts <= 2);
}

/* What changed between the stamp and the first look is not overlooked. */
static void test_change_while_reading(void **state)
{
    struct scene *scene = *state;
    struct stamped_file file = {scene->path[0], file_stamp(scene->path[0])};
    put(scene->path[0], "changed behind the stamp");
    watch_files(&scene->watch, &file, 1);
    fake_advance(scene->loop, 2 * WATCH_LOOK_MS);
    assert_int_equal(scene->tries, 1);
}

static void test_no_files(void **state)
{
    struct scene *scene = *state;
    watch_files(&scene->watch, NULL, 0);
    assert_true(fake_next_timer_ms(scene->loop) == UINT64_MAX);
    watch_all(scene);
    put(scene->path[0], "again");
    fake_advance(scene->loop, 2 * WATCH_LOOK_MS);
    assert_int_equal(scene->tries, 1);
    watch_stop(&scene->watch);
    assert_true(fake_next_timer_ms(scene->loop) == UINT64_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_changes),
        TEST(test_every_change_is_seen),
        TEST(test_a_link_is_followed),
        TEST(test_waits_for_quiet),
        TEST(test_a_half_changed_pair_is_no_news),
        TEST(test_a_bad_file_is_told_once),
        TEST(test_restless_file),
        TEST(test_change_while_reading),
        TEST(test_no_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
