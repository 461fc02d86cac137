/* SPDX-License-Identifier: Apache-2.0 */
/* test: ruleset tests (policy as code): runs the cases of JSON files and folders of them. */
#include "config/policy/policy.h"
#include "engine/commands/commands.h"
#include "engine/commands/mail_inspect.h"
#include "engine/commands/ruleset_test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_DEPTH_MAX 16

struct test_file {
    struct span config;
    struct node cases;
};

static const struct key case_key_list[] = {
    {.name = "tunnel",
     .type = KEY_STRING,
     .offset = offsetof(struct test_case, tunnel),
     .required = true,
     .help = "The tunnel that the message comes in through."},
    {.name = "message",
     .type = KEY_PATH,
     .offset = offsetof(struct test_case, message),
     .required = true,
     .help = "File with the message."},
    {.name = "from",
     .type = KEY_STRING,
     .offset = offsetof(struct test_case, from),
     .help = "Envelope sender, by default that of the From field."},
    {.name = "to",
     .type = KEY_STRINGS,
     .offset = offsetof(struct test_case, to),
     .help = "Envelope recipients, by default those of the To fields."},
    {.name = "expect",
     .type = KEY_OBJECT,
     .offset = offsetof(struct test_case, expect),
     .required = true,
     .object = &expectation_keys,
     .help = "What is to become of it."},
};

const struct key_table test_case_keys = {
    .name = "test case", .keys = case_key_list, .count = ARRAY_LEN(case_key_list)};

static const struct key file_key_list[] = {
    {.name = "config",
     .type = KEY_PATH,
     .offset = offsetof(struct test_file, config),
     .required = true,
     .help = "The configuration whose rules are tested."},
    {.name = "cases",
     .type = KEY_ARRAY,
     .offset = offsetof(struct test_file, cases),
     .required = true,
     .object = &test_case_keys,
     .help = "The cases."},
};

const struct key_table test_file_keys = {
    .name = "test file", .keys = file_key_list, .count = ARRAY_LEN(file_key_list)};

/* What the whole command counts. */
struct tally {
    size_t passed, failed;
};

/* One file at work. */
struct testing {
    const char *path;
    struct arena *arena;
    struct reader reader;
    struct policy *policy;
    struct tally *tally;
};

static void fail(struct testing *t, const char *name, const char *text)
{
    t->tally->failed++;
    (void)printf("FAIL %s: %s\n%s%s", t->path, name, text, text[0] ? "" : "\n");
}

static bool read_message(const char *path, const struct tunnel *tunnel, struct mail_file *out,
                         struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set_errno(err, errno, "%s", path);
    bool good = mail_file_read(fd, tunnel, out, err);
    (void)close(fd);
    return good;
}

static void inspect_case(struct testing *t, const char *name, const struct test_case *c,
                         const struct expectation *expectation, const struct mail_file *file)
{
    struct arena *arena = arena_new();
    struct message message;
    struct address_list to = {c->to.items, c->to.count, c->to.count};
    struct outcome outcome;
    struct buf failures = BUF_INIT;
    mail_inspect(file, c->from, &to, arena, NULL, &message, &outcome);
    if (expectation_check(expectation, &t->reader, &message, &outcome, arena, &failures) == 0) {
        t->tally->passed++;
        (void)printf("ok   %s: %s\n", t->path, name);
    } else {
        buf_add_byte(&failures, '\0');
        fail(t, name, failures.ptr);
    }
    buf_fini(&failures);
    arena_free(&arena);
}

static void run_case(struct testing *t, const struct node *node, size_t number)
{
    struct test_case c = {.from = {NULL, 0}};
    struct common_keys common = {.enabled = true};
    struct expectation expectation;
    struct error err = ERROR_INIT;
    struct mail_file file;
    if (!node_read(&t->reader, node, &test_case_keys, &c, &common) ||
        !expectation_read(&t->reader, &c.expect, &expectation) || !common.enabled)
        return;
    const char *name =
        common.name.len > 0 ? common.name.ptr : arena_printf(t->arena, "case %zu", number + 1);
    const struct loading *loading = policy_tunnel(t->policy, c.tunnel);
    if (!loading || !loading->tunnel->service) {
        struct node place = node_get(&t->reader, node, "tunnel");
        (void)node_error(&t->reader, &place, "there is no tunnel \"%.*s\" with a service",
                         SPAN_ARG(c.tunnel));
    } else if (!read_message(c.message.ptr, loading->tunnel, &file, &err)) {
        struct node place = node_get(&t->reader, node, "message");
        (void)node_error(&t->reader, &place, "%s", err.text);
    } else {
        inspect_case(t, name, &c, &expectation, &file);
        mail_file_fini(&file);
    }
}

static void run_cases(struct testing *t, const struct node *root)
{
    struct test_file file = {.config = SPAN("")};
    struct policy_options options = {.interfaces_optional = true};
    struct buf complaints = BUF_INIT;
    if (!node_read(&t->reader, root, &test_file_keys, &file, NULL))
        return;
    t->policy = policy_load(file.config.ptr, &options, &complaints);
    if (!t->policy) {
        buf_add_byte(&complaints, '\0');
        fail(t, file.config.ptr, complaints.ptr);
    }
    for (size_t i = 0; t->policy && i < node_count(&file.cases); i++) {
        struct node node = node_at(&t->reader, &file.cases, i);
        run_case(t, &node, i);
    }
    policy_unref(&t->policy);
    buf_fini(&complaints);
}

/* In a folder, JSON files without "cases" are something else: configurations. */
static void run_file(const char *path, bool in_folder, struct tally *tally)
{
    struct testing t = {.path = path, .arena = arena_new(), .tally = tally};
    struct node root;
    reader_init(&t.reader, t.arena);
    if (reader_load(&t.reader, path, &root)) {
        struct node cases = node_get(&t.reader, &root, "cases");
        if (!in_folder || node_is_present(&cases))
            run_cases(&t, &root);
    }
    if (t.reader.error_count > 0) {
        tally->failed += t.reader.error_count;
        (void)printf("FAIL %s\n%.*s", path, SPAN_ARG(buf_span(&t.reader.complaints)));
    }
    reader_fini(&t.reader);
    arena_free(&t.arena);
}

static bool is_json(const char *name)
{
    return name[0] != '.' && span_ends_nocase(span_str(name), SPAN(".json"));
}

static void run_path(const char *path, unsigned depth, struct tally *tally);

static void run_folder(const char *path, unsigned depth, struct tally *tally)
{
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, NULL, alphasort);
    struct arena *arena = arena_new();
    for (int i = 0; i < count; i++) {
        const char *inner = arena_printf(arena, "%s/%s", path, entries[i]->d_name);
        struct stat st;
        bool folder = stat(inner, &st) == 0 && S_ISDIR(st.st_mode);
        if (folder && entries[i]->d_name[0] != '.' && depth < FOLDER_DEPTH_MAX)
            run_path(inner, depth + 1, tally);
        else if (!folder && is_json(entries[i]->d_name))
            run_file(inner, true, tally);
        free(entries[i]);
    }
    free(entries);
    arena_free(&arena);
}

static void run_path(const char *path, unsigned depth, struct tally *tally)
{
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        run_folder(path, depth, tally);
    else
        run_file(path, false, tally);
}

int command_test(int argc, char **argv)
{
    struct tally tally = {0, 0};
    if (argc < 2 || argv[1][0] == '-') {
        (void)fprintf(stderr, "culvert test: %s%s\n",
                      argc < 2 ? "expected files or folders of tests" : "no option ",
                      argc < 2 ? "" : argv[1]);
        return EXIT_STATUS_USAGE;
    }
    for (int i = 1; i < argc; i++)
        run_path(argv[i], 0, &tally);
    if (tally.passed + tally.failed == 0)
        (void)fputs("culvert test: no cases found\n", stderr);
    (void)printf("%zu passed, %zu failed\n", tally.passed, tally.failed);
    return tally.failed == 0 && tally.passed > 0 ? EXIT_STATUS_OK : EXIT_STATUS_ERROR;
}
