/* SPDX-License-Identifier: Apache-2.0 */
/* detect: which texts are looked at, what counts once, what the rules below get, limits. */
#include "engine/message/library.h"
#include "tests/support/rules_case.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FROM "From: a@x.example\n"
#define PLAIN FROM "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n"
#define MASK "'rules': [{'transform': 'Mask'}]"

static struct rules_case c;

static int end(void **state)
{
    (void)state;
    return rules_case_end(&c);
}

/* A configuration of `lists` and `rules` below the message. */
static void read_rules(const char *lists, const char *rules)
{
    struct buf json = BUF_INIT;
    (void)end(NULL);
    buf_printf(&json,
               "{%s%s'rulesets': [{'name': 'r', 'rules': [{'extract': 'SMTP Message', 'rules': "
               "[%s]}]}]}",
               lists, lists[0] ? ", " : "", rules);
    buf_add_byte(&json, '\0');
    rules_case_init(&c, json.ptr);
    buf_fini(&json);
}

static void begin(const char *lists, const char *rules)
{
    read_rules(lists, rules);
    if (!c.rulesets)
        fail_msg("%s", rules_case_complaints(&c));
}

static void expect(const char *message, const char *wanted)
{
    rules_case_run(&c, message);
    const char *got = rules_case_output(&c);
    if (!got)
        fail_msg("%.*s: %s", SPAN_ARG(c.outcome.text), c.outcome.detail ? c.outcome.detail : "");
    assert_string_equal(got, wanted);
}

static void expect_tags(const char *message, const char *tags)
{
    rules_case_run(&c, message);
    if (!span_is(c.outcome.tags, tags))
        fail_msg("tags \"%.*s\", expected \"%s\"", SPAN_ARG(c.outcome.tags), tags);
}

#define TAG(name) "'rules': [{'transform': 'Tag', 'tag': '" name "'}]"

/* --- names --- */

static void test_own_entity_instead_of_a_predefined_one(void **state)
{
    (void)state;
    begin("'entities': [{'name': 'Credit Card', 'pattern': 'K-[0-9]{3}'}]",
          "{'detect': 'credit_card', " MASK "}");
    expect(PLAIN "K-123 4111 1111 1111 1111\n", PLAIN "***** 4111 1111 1111 1111\n");
}

static void test_predefined_profile(void **state)
{
    (void)state;
    begin("", "{'detect': 'pci', " MASK "}");
    expect(PLAIN "card 4111 1111 1111 1111\n", PLAIN "card *******************\n");
}

/* Rules of predefined profiles in a profile of one's own. */
static void test_predefined_rule(void **state)
{
    (void)state;
    begin("'dlp_profiles': [{'name': 'mine', 'rules': ['PCI card numbers']}]",
          "{'detect': 'mine', " MASK "}");
    expect(PLAIN "card 4111 1111 1111 1111\n", PLAIN "card *******************\n");
}

static void test_data_folder(void **state)
{
    (void)state;
    char folder[] = "/tmp/culvert-data-XXXXXX", path[100];
    assert_non_null(mkdtemp(folder));
    assert_int_equal(setenv("CULVERT_DATA", folder, 1), 0);
    read_rules("", "{'detect': 'credit_card'}");
    assert_string_equal(rules_case_complaints(&c),
                        "/rulesets/0/rules/0/rules/0/detect: there is no profile, DLP rule, entity "
                        "or dictionary \"credit_card\"\n");
    (void)snprintf(path, sizeof path, "%s/entities", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/entities/a.json", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs("{\"region\": \"x\", \"entities\": [{\"name\": \"credit_card\",\n"
                "\"pattern\": \"[0-9\"}, {\"name\": \"fine\", \"pattern\": \"x\"}]}",
                file);
    assert_int_equal(fclose(file), 0);
    read_rules("", "{'detect': 'Credit Card'}");
    assert_non_null(strstr(rules_case_complaints(&c), "what comes with the program is broken: "));
    assert_non_null(strstr(rules_case_complaints(&c), "a.json:2:12: /entities/0/pattern: "));
    begin("", "{'detect': 'fine', " MASK "}"); /* what is broken beside it is not looked at */
    expect(PLAIN "x\n", PLAIN "*\n");
    assert_int_equal(unlink(path), 0);
    path[strlen(path) - strlen("/a.json")] = '\0';
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(unsetenv("CULVERT_DATA"), 0);
}

/* --- which texts --- */

static void test_octets_are_read_as_they_look(void **state)
{
    (void)state;
    begin("", "{'detect': 'credit_card', " MASK "}");
    expect(FROM "MIME-Version: 1.0\nContent-Type: text/x-log\nContent-Disposition: attachment\n"
                "Content-Transfer-Encoding: quoted-printable\n\nf=FCr 4111 1111 1111 1111\n",
           FROM "MIME-Version: 1.0\nContent-Type: text/x-log\nContent-Disposition: attachment\n"
                "Content-Transfer-Encoding: quoted-printable\n\nf=FCr *******************\n");
}

static void test_piece_of_octets(void **state)
{
    (void)state;
    begin("", "{'extract': 'Attachment', 'pattern': 'card [^;]*;', 'rules': [{'detect': "
              "'credit_card', " MASK "}]}");
    expect(FROM "MIME-Version: 1.0\nContent-Type: application/x-own\n"
                "Content-Disposition: attachment\n"
                "Content-Transfer-Encoding: quoted-printable\n\n"
                "=FFcard =FC 4111111111111111; 4111111111111111 card 4111111111111111;\n",
           FROM "MIME-Version: 1.0\nContent-Type: application/x-own\n"
                "Content-Disposition: attachment\n"
                "Content-Transfer-Encoding: quoted-printable\n\n"
                "=FFcard =FC ****************; 4111111111111111 card ****************;\n");
}

static void test_envelope(void **state)
{
    (void)state;
    begin("", "{'extract': 'Recipient', 'rules': [{'detect': 'email', " TAG(
                  "to") "}]},"
                        "{'extract': 'SMTP Message', 'enabled': false}");
    expect_tags(PLAIN "x\n", "to");
}

/* A piece of a text that is folded: its range in the folded text is another one. */
static void test_piece_of_a_folded_text(void **state)
{
    (void)state;
    begin("", "{'extract': 'Body', 'pattern': '<[^>]*>', 'rules': [{'detect': 'credit_card', " MASK
              "}]}");
    expect(PLAIN "\xe2\x80\x8b\xef\xbc\x94\xe2\x80\x8b 4111111111111111 <\xe2\x80\x8b"
                 "4111\xef\xbc\x91"
                 "111\xe2\x80\x8b"
                 "11111111> "
                 "4111111111111111\n",
           PLAIN "\xe2\x80\x8b\xef\xbc\x94\xe2\x80\x8b 4111111111111111 "
                 "<\xe2\x80\x8b********\xe2\x80\x8b********> "
                 "4111111111111111\n");
}

/* Edits of the same text by way of what a reader sees and of what is folded. */
static void test_masks_of_several_rules_are_joined(void **state)
{
    (void)state;
    begin("", "{'extract': 'Body', 'pattern': 'card \\\\d{4}', " MASK "},"
              "{'detect': 'credit_card', 'rules': [{'transform': 'Mask', 'keep_right': 4}]}");
    expect(PLAIN "card 41\xe2\x80\x8b"
                 "11 1111 1111 1111 \xef\xbc\x81\n",
           PLAIN "********************1111 \xef\xbc\x81\n");
}

static void test_same_bytes_count_once(void **state)
{
    (void)state;
    /* Read as HTML and as plain text. */
    const char *message = FROM "MIME-Version: 1.0\nContent-Type: text/plain\n\n"
                               "<html><body>4111 1111 1111 1111</body></html>\n";
    begin("'dlp_rules': [{'name': 'one', 'expression': 'credit_card', 'severity': {'low': 1}},"
          "{'name': 'two', 'expression': 'credit_card', 'severity': {'low': 2}}]",
          "{'detect': 'one', " TAG("one") "}, {'detect': 'two', " TAG("two") "}");
    expect_tags(message, "one");
    expect_tags(PLAIN "4111 1111 1111 1111, 4111 1111 1111 1111\n", "one, two");
}

static void test_part_by_part(void **state)
{
    (void)state;
    begin("'dlp_rules': [{'name': 'p', 'expression': 'iban', 'scope': 'part', 'severity': {'low': "
          "1, 'high': 2}}]",
          "{'detect': 'p', 'min_severity': 'high', " MASK "}");
    expect(FROM "Subject: DE89370400440532013000\nMIME-Version: 1.0\n"
                "Content-Type: multipart/mixed; boundary=b\n\n"
                "--b\n\nGB29NWBK60161331926819\n--b\n\n"
                "DE89370400440532013000 GB29NWBK60161331926819\n--b--\n",
           FROM "Subject: DE89370400440532013000\nMIME-Version: 1.0\n"
                "Content-Type: multipart/mixed; boundary=b\n\n"
                "--b\n\nGB29NWBK60161331926819\n--b\n\n"
                "********************** **********************\n--b--\n");
}

/* --- rules beside and below --- */

static void test_all_rules_of_a_profile(void **state)
{
    (void)state;
    begin("'dlp_rules': [{'name': 'a', 'expression': 'iban', 'severity': {'low': 1, 'high': 2}},"
          "{'name': 'b', 'expression': 'credit_card', 'severity': {'medium': 1}}],"
          "'dlp_profiles': [{'name': 'both', 'match': 'all', 'rules': ['a', 'b']},"
          "{'name': 'either', 'rules': ['a', 'b']}]",
          "{'detect': 'both', " TAG("both") "}, {'detect': 'either', " TAG(
              "either") "},"
                        "{'detect': 'both', 'min_severity': 'medium', " TAG(
                            "both-m") "},"
                                      "{'detect': 'either', 'min_severity': 'medium', " TAG(
                                          "either-m") "}");
    expect_tags(PLAIN "DE89370400440532013000\n", "either");
    expect_tags(PLAIN "DE89370400440532013000 4111111111111111\n", "both, either, either-m");
    expect_tags(PLAIN "DE89370400440532013000 GB29NWBK60161331926819 4111111111111111\n",
                "both, either, both-m, either-m");
}

static void test_first_that_detects(void **state)
{
    (void)state;
    begin("", "{'match': 'first', 'rules': [{'detect': 'iban'}, {'detect': 'credit_card', " TAG(
                  "card") "}, {'transform': 'Tag', 'tag': 'else'}]}");
    expect_tags(PLAIN "DE89370400440532013000 4111111111111111\n", "");
    expect_tags(PLAIN "4111111111111111\n", "card");
    expect_tags(PLAIN "nothing\n", "else");
}

static void test_reply_shows_what_leaves(void **state)
{
    (void)state;
    begin("", "{'detect': 'credit_card', 'rules': [{'transform': 'Mask', 'keep_right': 4}, "
              "{'error': {'code': 550, 'message': 'card %(input)s'}}]}");
    rules_case_run(&c, PLAIN "4111111111111111\n");
    assert_int_equal(c.outcome.verdict, VERDICT_REJECT);
    assert_true(span_is(c.outcome.text, "card ************1111"));
}

/* --- limits --- */

static void run_many(const char *policy_rules, size_t count)
{
    struct buf message = BUF_INIT;
    begin("'dictionaries': [{'name': 'w', 'terms': ['ab']}]", policy_rules);
    c.inspection.on_uninspectable = TROUBLE_TAG;
    c.inspection.on_error = TROUBLE_PASS;
    buf_add_str(&message, "From: a@x.example\r\nContent-Type: text/plain\r\n\r\n");
    for (size_t i = 0; i < count; i++)
        buf_add_str(&message, i % 20 == 19 ? "ab\r\n" : "ab ");
    rules_case_run_bytes(&c, buf_span(&message));
    buf_fini(&message);
}

static void test_too_many_finds(void **state)
{
    (void)state;
    run_many("{'detect': 'w', 'rules': []}", 49000);
    assert_int_equal(c.outcome.uninspected, 0);
    run_many("{'detect': 'w'}", 51000);
    assert_int_equal(c.outcome.verdict, VERDICT_DELIVER);
    assert_int_equal(c.outcome.uninspected, 1u << UNINSPECTED_TOO_MANY_MATCHES);
    /* Half of it hidden is nothing that may leave. */
    run_many("{'detect': 'w', " MASK "}", 51000);
    assert_int_equal(c.outcome.verdict, VERDICT_REJECT);
    assert_string_equal(c.outcome.reason, "permanent_error");
}

static int setup(void **state)
{
    (void)state;
    pattern_library_init();
    message_library_init();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_own_entity_instead_of_a_predefined_one, end),
        cmocka_unit_test_teardown(test_predefined_profile, end),
        cmocka_unit_test_teardown(test_predefined_rule, end),
        cmocka_unit_test_teardown(test_data_folder, end),
        cmocka_unit_test_teardown(test_octets_are_read_as_they_look, end),
        cmocka_unit_test_teardown(test_piece_of_octets, end),
        cmocka_unit_test_teardown(test_envelope, end),
        cmocka_unit_test_teardown(test_piece_of_a_folded_text, end),
        cmocka_unit_test_teardown(test_masks_of_several_rules_are_joined, end),
        cmocka_unit_test_teardown(test_same_bytes_count_once, end),
        cmocka_unit_test_teardown(test_part_by_part, end),
        cmocka_unit_test_teardown(test_all_rules_of_a_profile, end),
        cmocka_unit_test_teardown(test_first_that_detects, end),
        cmocka_unit_test_teardown(test_reply_shows_what_leaves, end),
        cmocka_unit_test_teardown(test_too_many_finds, end),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
