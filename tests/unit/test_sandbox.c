/* SPDX-License-Identifier: Apache-2.0 */
/* Each test enters the sandbox in a child: there is no way back. */
#include "engine/server/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PATH_BYTES 128
#define SKIPPED 77

static char root[] = "/tmp/culvert-sandbox-XXXXXX";

static const char *at(const char *name)
{
    static char path[4][PATH_BYTES];
    static unsigned turn;
    char *out = path[turn++ % 4];
    (void)snprintf(out, PATH_BYTES, "%s/%s", root, name);
    return out;
}

static void put(const char *name)
{
    int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "x", 1), 1);
    (void)close(fd);
}

static int set_up(void **state)
{
    static const char *const folders[] = {"read", "write", "write/tmp", "write/new", "other"};
    (void)state;
    if (!mkdtemp(root))
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(folders); i++)
        assert_int_equal(mkdir(at(folders[i]), 0700), 0);
    put("read/file");
    put("other/file");
    put("single");
    return 0;
}

static int tear_down(void **state)
{
    char command[PATH_BYTES + 16];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -r %s", root);
    return system(command);
}

/* 0, or the line that was wrong. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            return __LINE__ % 256 == SKIPPED ? 1 : __LINE__ % 256;                                 \
    } while (0)

static int in_child(int (*run)(const struct sandbox_strength *strength))
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        const struct sandbox_path paths[] = {
            {at("read"), false}, {at("write"), true}, {at("single"), false}, {at("missing"), true}};
        struct sandbox_strength strength;
        struct error err = ERROR_INIT;
        if (!sandbox_enter(paths, ARRAY_LEN(paths), &strength, &err)) {
            (void)fprintf(stderr, "%s\n", err.text);
            _exit(255);
        }
        _exit(run(&strength));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static bool opens(const char *name, int flags)
{
    int fd = open(at(name), flags | O_CLOEXEC, 0600);
    if (fd >= 0)
        (void)close(fd);
    return fd >= 0;
}

static bool is_refused(const char *name, int flags)
{
    return !opens(name, flags) && errno == EACCES;
}

static int use_files(const struct sandbox_strength *strength)
{
    if (strength->landlock == 0)
        return SKIPPED;
    CHECK(opens("read/file", O_RDONLY));
    CHECK(opens("read", O_RDONLY | O_DIRECTORY));
    CHECK(opens("single", O_RDONLY));
    CHECK(is_refused("read/file", O_WRONLY));
    CHECK(is_refused("read/fresh", O_WRONLY | O_CREAT));
    CHECK(is_refused("other/file", O_RDONLY));
    CHECK(is_refused("other", O_RDONLY | O_DIRECTORY));
    CHECK(is_refused("other/fresh", O_WRONLY | O_CREAT));
    CHECK(unlink(at("read/file")) != 0 && errno == EACCES);
    CHECK(mkdir(at("other/folder"), 0700) != 0 && errno == EACCES);
    /* What a spool and a Maildir do. */
    CHECK(opens("write", O_TMPFILE | O_RDWR));
    CHECK(opens("write/tmp/1", O_WRONLY | O_CREAT | O_EXCL));
    CHECK(rename(at("write/tmp/1"), at("write/new/1")) == 0);
    CHECK(rename(at("write/new/1"), at("other/1")) != 0);
    CHECK(unlink(at("write/new/1")) == 0);
    CHECK(mkdir(at("write/cur"), 0700) == 0);
    return 0;
}

static int use_calls(const struct sandbox_strength *strength)
{
    char *const arguments[] = {(char *)(uintptr_t) "/bin/true", NULL};
    if (!strength->seccomp)
        return SKIPPED;
    CHECK(execv("/bin/true", arguments) != 0 && errno == EPERM);
    CHECK(syscall(SYS_mount, NULL, NULL, NULL, 0, NULL) != 0 && errno == EPERM);
    CHECK(syscall(SYS_unshare, 0) != 0 && errno == EPERM);
    CHECK(syscall(SYS_bpf, 0, NULL, 0) != 0 && errno == EPERM);
    CHECK(syscall(SYS_keyctl, 0, 0) != 0 && errno == EPERM);
    CHECK(syscall(SYS_swapoff, NULL) != 0 && errno == EPERM);
    CHECK(getppid() > 0);
    return 0;
}

static void test_files(void **state)
{
    (void)state;
    int result = in_child(use_files);
    if (result == SKIPPED)
        skip();
    assert_int_equal(result, 0);
}

static void test_calls(void **state)
{
    (void)state;
    int result = in_child(use_calls);
    if (result == SKIPPED)
        skip();
    assert_int_equal(result, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_files), cmocka_unit_test(test_calls)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
