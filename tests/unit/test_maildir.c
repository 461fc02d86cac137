/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/delivery/maildir_file.h"

#include "engine/base/arena.h"
#include "engine/base/buf.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#define THREADS 4
#define EACH 25

static char folder[] = "/tmp/culvert-maildir-XXXXXX";
static char mail[128];

static int make_folder(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(mail, sizeof mail, "%s/deep/er/mail", folder);
    return 0;
}

static int remove_folder(void **state)
{
    char command[256];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command);
}

/* Number of files in a folder of the Maildir; the text of the last one in `text`. */
static int look(const char *where, struct buf *text)
{
    char path[512];
    int count = 0;
    (void)snprintf(path, sizeof path, "%s/%s", mail, where);
    DIR *dir = opendir(path);
    if (!dir)
        return -1;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        count++;
        (void)snprintf(path, sizeof path, "%s/%s/%s", mail, where, entry->d_name);
        FILE *file = fopen(path, "rb");
        assert_non_null(file);
        buf_fini(text);
        for (int c; (c = fgetc(file)) != EOF;)
            buf_add_byte(text, (char)c);
        (void)fclose(file);
    }
    (void)closedir(dir);
    return count;
}

static void empty(void)
{
    char command[256];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", mail);
    assert_int_equal(system(command), 0);
}

static struct maildir_message message_of(struct span text)
{
    static const struct span recipients[] = {SPAN_INIT("bob@there.example"),
                                             SPAN_INIT("carl@there.example")};
    return (struct maildir_message){.path = mail,
                                    .sender = SPAN("ann@client.example"),
                                    .recipients = recipients,
                                    .recipient_count = 2,
                                    .original = text};
}

static void test_message_and_envelope(void **state)
{
    struct maildir_message message = message_of(SPAN("Subject: x\r\n\r\nhello\r\n"));
    struct error err = ERROR_INIT;
    struct buf text = BUF_INIT;
    (void)state;
    empty();
    assert_true(maildir_write(&message, &err));
    assert_int_equal(look("new", &text), 1);
    assert_true(span_is(buf_span(&text), "Return-Path: <ann@client.example>\r\n"
                                         "X-Original-To: bob@there.example\r\n"
                                         "X-Original-To: carl@there.example\r\n"
                                         "Subject: x\r\n\r\nhello\r\n"));
    assert_int_equal(look("tmp", &text), 0);
    assert_int_equal(look("cur", &text), 0);
    buf_fini(&text);
}

static void test_edits_are_applied(void **state)
{
    struct maildir_message message = message_of(SPAN("Subject: 123\r\n\r\n"));
    struct arena *arena = arena_new();
    struct edits edits;
    struct error err = ERROR_INIT;
    struct buf text = BUF_INIT;
    (void)state;
    empty();
    edits_init(&edits, arena);
    edits_add(&edits, (struct edit){9, 3, SPAN("***"), EDIT_REPLACE, "r", 0});
    assert_true(edits_seal(&edits, message.original, &err));
    message.edits = &edits;
    assert_true(maildir_write(&message, &err));
    assert_int_equal(look("new", &text), 1);
    assert_true(span_find(buf_span(&text), SPAN("Subject: ***\r\n")) != SPAN_NONE);
    buf_fini(&text);
    arena_free(&arena);
}

static void *write_many(void *arg)
{
    struct maildir_message message = message_of(SPAN("x: y\r\n"));
    struct error err = ERROR_INIT;
    (void)arg;
    for (int i = 0; i < EACH; i++) {
        if (!maildir_write(&message, &err))
            return mail;
    }
    return NULL;
}

static void test_names_are_unique(void **state)
{
    pthread_t threads[THREADS];
    struct buf text = BUF_INIT;
    (void)state;
    empty();
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        void *failed;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    assert_int_equal(look("new", &text), THREADS * EACH);
    assert_int_equal(look("tmp", &text), 0);
    buf_fini(&text);
}

/* A file that cannot be written whole is not there at all. */
static void test_no_space(void **state)
{
    static char large[100000];
    struct maildir_message message = message_of(span_of(large, sizeof large));
    struct error err = ERROR_INIT;
    struct buf text = BUF_INIT;
    struct rlimit before;
    (void)state;
    empty();
    memset(large, 'x', sizeof large);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    struct rlimit tight = {.rlim_cur = 50000, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    bool written = maildir_write(&message, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_false(written);
    assert_int_equal(err.code, EFBIG);
    assert_int_equal(look("new", &text), 0);
    assert_int_equal(look("tmp", &text), 0);
    buf_fini(&text);
}

static void test_no_folder(void **state)
{
    struct maildir_message message = message_of(SPAN("x: y\r\n"));
    struct error err = ERROR_INIT;
    (void)state;
    message.path = "/dev/null/mail";
    assert_false(maildir_write(&message, &err));
    assert_int_equal(err.code, ENOTDIR);
    assert_non_null(strstr(err.text, "/dev/null/mail"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_message_and_envelope),
        cmocka_unit_test(test_edits_are_applied),
        cmocka_unit_test(test_names_are_unique),
        cmocka_unit_test(test_no_space),
        cmocka_unit_test(test_no_folder),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
