/* SPDX-License-Identifier: Apache-2.0 */
/* `culvert test`: cases that pass, cases that fail and say why, and files that are wrong. */
#include "engine/commands/commands.h"
#include "engine/commands/ruleset_test.h"
#include "engine/message/library.h"
#include "tests/support/rules_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* --- what is held against what --- */

static struct rules_case c;

static void expect_failures(const char *expect, const char *text)
{
    struct expectation expectation;
    struct node root;
    struct buf failures = BUF_INIT;
    char json[1000];
    size_t len = 0;
    for (; expect[len]; len++)
        json[len] = expect[len] == '\'' ? '"' : expect[len];
    assert_true(reader_load_text(&c.reader, "expect", span_of(json, len), &root));
    if (!expectation_read(&c.reader, &root, &expectation))
        fail_msg("%s", rules_case_complaints(&c));
    (void)expectation_check(&expectation, &c.reader, &c.message, &c.outcome, c.message_arena,
                            &failures);
    buf_add_byte(&failures, '\0');
    assert_string_equal(failures.ptr, text);
    buf_fini(&failures);
}

static void test_expectations(void **state)
{
    (void)state;
    rules_case_below(&c, "{'extract': 'Subject', 'pattern': '\\\\d+', 'rules': [{'transform': "
                         "'Mask'}, {'transform': 'Tag', 'tag': 'number'}]}");
    rules_case_run(&c, "From: a@x\nSubject: id =?utf-8?Q?12_=C3=A4?=\n\nbody\n");
    expect_failures("{'verdict': 'deliver', 'subject': 'id ** ä', 'tags': 'number', 'unchanged': "
                    "false, 'header': {'X-Culvert-Tags': 'number'}, 'header_lacks': 'Cc', "
                    "'body_has': 'body', 'body_lacks': ['12']}",
                    "");
    expect_failures("{'verdict': 'reject', 'subject': 'x', 'tags': ['other'], 'unchanged': true}",
                    "  verdict: expected \"reject\", got \"deliver\"\n"
                    "  tags: expected \"other\", got \"number\"\n"
                    "  unchanged: expected \"true\", got \"false\"\n"
                    "  Subject: expected \"x\", got \"id ** ä\"\n");
    expect_failures("{'header': {'X-No': 'y'}, 'header_lacks': 'from', 'body_has': ['z'], "
                    "'body_lacks': 'od'}",
                    "  from: expected \"(no such field)\", got \"a@x\"\n"
                    "  X-No: expected \"y\", got \"(no such field)\"\n"
                    "  body_has: expected \"z\", got \"(not found)\"\n"
                    "  body_lacks: expected \"(not there)\", got \"od\"\n");
    rules_case_fini(&c);
}

/* begin 644 n.txt: "a secret\n" */
static void test_files_in_the_text(void **state)
{
    (void)state;
    rules_case_below(&c, "{'extract': 'Subject', 'pattern': 'no', 'rules': [{'transform': "
                         "'Mask'}]}");
    rules_case_run(&c, "From: a@x\n\nhi\n\nbegin 644 n.txt\n)82!S96-R970*\n`\nend\n");
    expect_failures("{'body_has': 'secret', 'body_lacks': 'other'}", "");
    expect_failures("{'body_lacks': 'secret'}",
                    "  body_lacks: expected \"(not there)\", got \"secret\"\n");
    rules_case_fini(&c);
}

static void test_expected_recipients(void **state)
{
    (void)state;
    rules_case_below(&c, "{'dispose': 'deliver', 'bcc': 'b@corp.example'}");
    rules_case_run(&c, "From: a@x\n\n");
    expect_failures("{'recipients': ['b@CORP.example', 'to@out.example']}", "");
    expect_failures("{'recipients': 'to@out.example'}",
                    "  recipients: expected \"to@out.example\", got \"to@out.example, "
                    "b@corp.example\"\n");
    expect_failures("{'recipients': []}",
                    "  recipients: expected \"\", got \"to@out.example, b@corp.example\"\n");
    rules_case_fini(&c);
    rules_case_below(&c, "{'dispose': 'discard', 'recipients': '*'}");
    rules_case_run(&c, "From: a@x\n\n");
    expect_failures("{'verdict': 'discard', 'recipients': []}", "");
    expect_failures("{'recipients': 'to@out.example'}",
                    "  recipients: expected \"to@out.example\", got \"\"\n");
    rules_case_fini(&c);
}

static void test_expected_replies(void **state)
{
    (void)state;
    rules_case_below(&c, "{'error': {'code': 554, 'enhanced': '5.7.2', 'message': 'no way'}}");
    rules_case_run(&c, "From: a@x\n\n");
    expect_failures("{'verdict': 'reject', 'code': 554, 'enhanced': '5.7.2', 'text': 'way'}", "");
    expect_failures("{'code': 550, 'enhanced': '5.7.1', 'text': 'yes'}",
                    "  code: expected \"550\", got \"554\"\n"
                    "  enhanced: expected \"5.7.1\", got \"5.7.2\"\n"
                    "  text: expected \"yes\", got \"no way\"\n");
    expect_failures("{'body_lacks': 'x'}", "  verdict: expected \"deliver\", got \"reject\"\n");
    expect_failures("{'verdict': 'reject', 'body_lacks': 'x'}", "");
    rules_case_fini(&c);
}

/* --- the command --- */

static char folder[] = "/tmp/ruleset-test-XXXXXX";

static void put(const char *name, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (; *text; text++)
        (void)fputc(*text == '\'' ? '"' : *text, file);
    (void)fclose(file);
}

static int run(const char *name)
{
    char path[256], command[] = "test";
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    char *argv[] = {command, path, NULL};
    return command_test(2, argv);
}

static void test_command(void **state)
{
    (void)state;
    put("config.json",
        "{'tunnels': [{'name': 't', 'listening_interface': '127.0.0.1', 'port': 0}], 'services': "
        "[{'name': 's', 'tunnels': ['t'], 'ruleset': 'r', 'hostnames': [{'hostname': '*', "
        "'forwarding_address': 'x:25'}]}], 'rulesets': [{'name': 'r', 'rules': [{'extract': 'SMTP "
        "Message', 'rules': [{'extract': 'Body', 'pattern': '\\\\d+', 'rules': [{'transform': "
        "'Mask'}]}]}]}]}");
    put("in.eml", "From: a@x\nTo: b@y\n\n12\n");
    put("good.json", "{'config': 'config.json', 'cases': [{'name': 'one', 'tunnel': 't', "
                     "'message': 'in.eml', 'expect': {'body_lacks': '12'}}]}");
    assert_int_equal(run("good.json"), EXIT_STATUS_OK);
    assert_int_equal(run(""), EXIT_STATUS_OK); /* the folder: config.json is no test */
    put("bad.json", "{'config': 'config.json', 'cases': [{'tunnel': 't', 'message': 'in.eml', "
                    "'expect': {'body_has': '12'}}]}");
    assert_int_equal(run("bad.json"), EXIT_STATUS_ERROR);
    assert_int_equal(run(""), EXIT_STATUS_ERROR);
    assert_int_equal(run("config.json"), EXIT_STATUS_ERROR);
    assert_int_equal(run("none.json"), EXIT_STATUS_ERROR);
    put("bad.json",
        "{'config': 'config.json', 'cases': [{'tunnel': 'u', 'message': 'in.eml', "
        "'expect': {'verdict': 'deliver'}}, {'tunnel': 't', 'message': 'none.eml', 'expect': "
        "{'verdict': 'deliver'}}]}");
    assert_int_equal(run("bad.json"), EXIT_STATUS_ERROR);
    /* What says nothing could never fail. */
    put("bad.json", "{'config': 'config.json', 'cases': [{'tunnel': 't', 'message': 'in.eml', "
                    "'expect': {'comment': 'x'}}]}");
    assert_int_equal(run("bad.json"), EXIT_STATUS_ERROR);
    put("bad.json", "{'config': 'config.json', 'cases': []}");
    assert_int_equal(run("bad.json"), EXIT_STATUS_ERROR);
}

static int setup(void **state)
{
    (void)state;
    pattern_library_init();
    message_library_init();
    return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    static const char *const names[] = {"config.json", "in.eml", "good.json", "bad.json"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char path[256];
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expectations),
        cmocka_unit_test(test_files_in_the_text),
        cmocka_unit_test(test_expected_recipients),
        cmocka_unit_test(test_expected_replies),
        cmocka_unit_test(test_command),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
