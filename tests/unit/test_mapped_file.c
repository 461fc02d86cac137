/* SPDX-License-Identifier: Apache-2.0 */
/* A file that is cut off, written to or replaced while it is mapped: nobody ends, and it shows. */
#include "engine/base/mapped_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/base/attrs.h"
#include "engine/base/signals.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE ((size_t)64 << 10)

static char path[] = "/tmp/test_mapped_file.XXXXXX";

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/test_mapped_file.XXXXXX");
    int fd = mkstemp(path);
    static char bytes[SIZE];
    memset(bytes, 'x', sizeof bytes);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, sizeof bytes), SIZE);
    return close(fd);
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

static struct mapped_file *open_it(void)
{
    struct error err = ERROR_INIT;
    struct mapped_file *file = mapped_file_open(path, &err);
    assert_string_equal(err.text, "");
    assert_int_equal(mapped_file_bytes(file).len, SIZE);
    assert_true(mapped_file_is_whole(file));
    return file;
}

static size_t count(struct span bytes)
{
    size_t found = 0;
    for (size_t i = 0; i < bytes.len; i++)
        found += ((const volatile char *)bytes.ptr)[i] == 'x';
    return found;
}

static void test_cut_off(void **state)
{
    (void)state;
    struct mapped_file *file = open_it(), *other = open_it();
    assert_int_equal(truncate(path, 8192), 0);
    assert_int_equal(count(mapped_file_bytes(file)), 8192);
    assert_false(mapped_file_is_whole(file));
    assert_int_equal(count(mapped_file_bytes(file)), 8192);
    /* Nothing of the other has been read yet. */
    assert_false(mapped_file_is_whole(other));
    assert_int_equal(count(mapped_file_bytes(other)), 8192);
    mapped_file_close(&file);
    mapped_file_close(&other);
    assert_null(other);
}

static void test_cut_off_and_grown_again(void **state)
{
    (void)state;
    struct mapped_file *file = open_it();
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(count(mapped_file_bytes(file)), 0);
    assert_int_equal(truncate(path, (off_t)SIZE), 0);
    assert_false(mapped_file_is_whole(file));
    mapped_file_close(&file);
    /* What is remembered of the closed one is not that of the next. */
    file = open_it();
    assert_true(mapped_file_is_whole(file));
    mapped_file_close(&file);
}

static void test_written_to(void **state)
{
    (void)state;
    struct mapped_file *file = open_it();
    (void)usleep(20000); /* longer than the clock of files ticks */
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, "y", 1, 5000), 1);
    assert_int_equal(close(fd), 0);
    assert_false(mapped_file_is_whole(file));
    mapped_file_close(&file);
}

static void test_replaced(void **state)
{
    (void)state;
    struct mapped_file *file = open_it();
    assert_int_equal(unlink(path), 0);
    assert_int_equal(set_up(NULL), 0); /* another of another name */
    assert_int_equal(count(mapped_file_bytes(file)), SIZE);
    assert_true(mapped_file_is_whole(file));
    mapped_file_close(&file);
}

static void *read_it(void *arg)
{
    struct span *bytes = arg;
    bytes->len = count(*bytes);
    return NULL;
}

/* Who has read zeros where there was something knows it for ever: the file may look as before. */
static void test_cut_off_and_restored(void **state)
{
    (void)state;
    struct stat info;
    struct mapped_file *file = open_it();
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(truncate(path, 8192), 0);
    assert_int_equal(count(mapped_file_bytes(file)), 8192);
    assert_int_equal(truncate(path, info.st_size), 0);
    const struct timespec times[] = {info.st_atim, info.st_mtim};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    assert_false(mapped_file_is_whole(file));
    mapped_file_close(&file);
}

/* Threads that take no signals take this one. */
static void test_in_threads(void **state)
{
    (void)state;
    pthread_t threads[4];
    struct span bytes[ARRAY_LEN(threads)];
    struct mapped_file *file = open_it();
    sigset_t mask;
    assert_int_equal(truncate(path, 4096), 0);
    signals_hold(&mask);
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
        bytes[i] = mapped_file_bytes(file);
        assert_int_equal(pthread_create(&threads[i], NULL, read_it, &bytes[i]), 0);
    }
    signals_release(&mask);
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(bytes[i].len, 4096);
    }
    assert_false(mapped_file_is_whole(file));
    mapped_file_close(&file);
}

/* What is no fault of a mapped file ends the process as ever. */
static void test_other_bus_errors(void **state)
{
    (void)state;
    struct mapped_file *file = open_it();
    pid_t child = fork();
    int status;
    if (child == 0) {
        struct mapped_file *ours;
        (void)signal(SIGBUS, SIG_DFL);
        ours = open_it();
        assert_int_equal(truncate(path, 0), 0);
        assert_int_equal(count(mapped_file_bytes(ours)), 0);
        (void)raise(SIGBUS);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
    mapped_file_close(&file);
}

static void test_no_file(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    assert_null(mapped_file_open("/tmp/none/of/that/name", &err));
    assert_string_equal(err.text, "cannot be read: No such file or directory");
    struct mapped_file *file = mapped_file_open("/tmp", &err);
    assert_non_null(file);
    assert_int_equal(mapped_file_bytes(file).len, 0);
    mapped_file_close(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cut_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cut_off_and_grown_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_written_to, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_replaced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cut_off_and_restored, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_in_threads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_other_bus_errors, set_up, tear_down),
        cmocka_unit_test(test_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
