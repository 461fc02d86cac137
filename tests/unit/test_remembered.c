/* SPDX-License-Identifier: Apache-2.0 */
/* A policy made again is made of the texts it was read from, whatever the files say by now. */
#include "config/policy/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define TUNNEL(name, port)                                                                         \
    "{\"tunnels\": [{\"name\": \"" name "\", \"port\": " port ","                                  \
    " \"listening_interface\": \"127.0.0.1\"}]}"
#define SERVICE(tunnels)                                                                           \
    "{\"services\": [{\"name\": \"s\", \"tunnels\": [" tunnels "],"                                \
    " \"hostnames\": [{\"hostname\": \"*\", \"forwarding_address\": \"192.0.2.25\"}]}]}"

struct folder {
    char path[64];
    char file[3][100];
};

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static int make_folder(void **state)
{
    struct folder *folder = calloc(1, sizeof *folder);
    assert_non_null(folder);
    (void)snprintf(folder->path, sizeof folder->path, "/tmp/culvert-remembered-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
    for (int i = 0; i < 3; i++)
        (void)snprintf(folder->file[i], sizeof folder->file[i], "%s/%d.json", folder->path, i);
    *state = folder;
    return 0;
}

static int remove_folder(void **state)
{
    struct folder *folder = *state;
    for (int i = 0; i < 3; i++)
        (void)unlink(folder->file[i]);
    (void)rmdir(folder->path);
    free(folder);
    return 0;
}

static struct policy *load(const char *path)
{
    struct buf complaints = BUF_INIT;
    struct policy *policy = policy_load(path, NULL, &complaints);
    assert_non_null(policy);
    buf_fini(&complaints); /* "no service uses it" is only a warning */
    return policy;
}

/* Of the old one, which is given back. */
static struct policy *load_again(struct policy *old)
{
    struct buf complaints = BUF_INIT;
    struct policy *policy = policy_load_again(old, NULL, &complaints);
    assert_non_null(policy);
    buf_fini(&complaints);
    policy_unref(&old);
    return policy;
}

static void assert_tunnels(const struct policy *policy, const char *first, const char *second)
{
    assert_int_equal(policy->loading_count, second ? 2 : 1);
    assert_true(span_is(policy->loadings[0].tunnel->name, first));
    if (second)
        assert_true(span_is(policy->loadings[1].tunnel->name, second));
}

static void test_one_file(void **state)
{
    struct folder *folder = *state;
    put(folder->file[0], "\xef\xbb\xbf" TUNNEL("a", "25"));
    struct policy *policy = load(folder->file[0]);
    assert_null(policy->source.folder);
    assert_int_equal(policy->source.count, 1);
    put(folder->file[0], "{ somebody is just editing this");
    for (int i = 0; i < 3; i++) {
        policy = load_again(policy);
        assert_tunnels(policy, "a", NULL);
    }
    policy_unref(&policy);
}

static void test_folder(void **state)
{
    struct folder *folder = *state;
    put(folder->file[0], TUNNEL("a", "25"));
    put(folder->file[1], TUNNEL("b", "26"));
    put(folder->file[2], SERVICE("\"a\", \"b\""));
    struct policy *policy = load(folder->path);
    assert_string_equal(policy->source.folder, folder->path);
    assert_int_equal(policy->source.count, 3);
    put(folder->file[0], "{");
    (void)unlink(folder->file[1]);
    for (int i = 0; i < 3; i++) {
        policy = load_again(policy);
        assert_tunnels(policy, "a", "b");
        assert_true(policy->loadings[0].loads);
    }
    policy_unref(&policy);
}

/* Texts within texts (advanced_settings as a string) are no files. */
static void test_object_in_a_string(void **state)
{
    struct folder *folder = *state;
    put(folder->file[0],
        "{\"tunnels\": [{\"name\": \"a\", \"listening_interface\": \"127.0.0.1\","
        " \"port\": 25, \"advanced_settings\": \"{\\\"max_recipients\\\": 7}\"}]}");
    struct policy *policy = load(folder->file[0]);
    assert_int_equal(policy->source.count, 1);
    policy = load_again(policy);
    assert_int_equal(policy->loadings[0].tunnel->max_recipients, 7);
    policy_unref(&policy);
}

/* A complaint still names the file and the line. */
static void test_complaint(void **state)
{
    struct folder *folder = *state;
    put(folder->file[0], "{\"tunnels\": [],\n \"services\": []}");
    struct policy *policy = load(folder->file[0]);
    struct remembered_text text = {"elsewhere.json", SPAN("{\"tunnels\":\n 5}")};
    policy->source.texts = &text;
    struct buf complaints = BUF_INIT;
    assert_null(policy_load_again(policy, NULL, &complaints));
    buf_add_byte(&complaints, '\0');
    assert_non_null(strstr(complaints.ptr, "elsewhere.json:2:2: /tunnels: "));
    buf_fini(&complaints);
    policy_unref(&policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_file, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_folder, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_object_in_a_string, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_complaint, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
