/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is found in every text of every sample message (tests/corpus, tests/apply) does not depend
 * on how it is looked for. LOOK_CORPUS_BYTES is how much of a text (4000), LOOK_CORPUS_FOLDER one
 * more folder, of messages (.eml) and texts, such as tests/detection makes.
 */
#include "engine/base/utf8.h"
#include "engine/commands/scan.h"
#include "tests/support/all_entities.h"
#include "tests/support/same_finds.h"

#include <fcntl.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

struct walk {
    struct all_entities all;
    size_t most, texts, finds;
};

static void compare_file(struct walk *walk, const char *path)
{
    struct error err = ERROR_INIT;
    struct scan_file file;
    struct scan_texts texts;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    bool is_mail = span_ends_nocase(span_str(path), SPAN(".eml"));
    assert_true(scan_file_read(fd, span_str(path), is_mail, &file, &err));
    (void)close(fd);
    scan_texts_of(&file, &texts);
    for (size_t i = 0; i < texts.count; i++) {
        struct span text = texts.items[i].seen->text;
        if (text.len > walk->most)
            text.len = utf8_floor(text, walk->most);
        walk->finds += same_finds(walk->all.lookout, text);
        walk->texts++;
    }
    scan_file_fini(&file);
}

static void compare_all(struct walk *walk, const char *form)
{
    glob_t found;
    assert_int_equal(glob(form, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++)
        compare_file(walk, found.gl_pathv[i]);
    globfree(&found);
}

static void test_samples(void **state)
{
    struct walk *walk = *state;
    const char *folder = getenv("LOOK_CORPUS_FOLDER");
    if (folder)
        compare_all(walk, arena_printf(walk->all.arena, "%s/*", folder));
    compare_all(walk, TEST_ROOT "/corpus/*.eml");
    compare_all(walk, TEST_ROOT "/apply/*/in.eml");
    print_message("%zu finds in %zu texts\n", walk->finds, walk->texts);
    assert_true(walk->texts > 500 && walk->finds > 100);
}

static int load(void **state)
{
    static struct walk walk;
    all_entities_load(&walk.all);
    walk.most = test_setting("LOOK_CORPUS_BYTES", 4000);
    *state = &walk;
    return 0;
}

static int unload(void **state)
{
    struct walk *walk = *state;
    all_entities_free(&walk->all);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_samples)};
    return cmocka_run_group_tests(tests, load, unload);
}
