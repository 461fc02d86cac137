/* SPDX-License-Identifier: Apache-2.0 */
/* "did you mean": near words are offered, far ones are not. */
#include "config/reader/node.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *const names[] = {
    "port", "protocol", "labels", "tls_mode", "enabled", "certificate", "listening_interface",
    "with", NULL};

static void assert_suggests(const char *word, const char *wanted)
{
    const char *got = suggest(span_str(word), names);
    if (!wanted)
        assert_null(got);
    else if (!got)
        fail_msg("nothing for %s", word);
    else
        assert_string_equal(got, wanted);
}

static void test_near(void **state)
{
    (void)state;
    assert_suggests("prot", "port");
    assert_suggests("ports", "port");
    assert_suggests("PORT", "port");
    assert_suggests("enabeld", "enabled");
    assert_suggests("label", "labels");
    assert_suggests("tls-mode", "tls_mode");
    assert_suggests("tlsmode", "tls_mode");
    assert_suggests("cert", "certificate");
    assert_suggests("listening_interfaces", "listening_interface");
    assert_suggests("certifcate", "certificate");
    assert_suggests("listen_interface", "listening_interface");
}

static void test_far(void **state)
{
    (void)state;
    assert_suggests("", NULL);
    assert_suggests("harp", NULL);
    assert_suggests("x", NULL);
    assert_suggests("colour", NULL);
    assert_suggests("a_very_long_word_that_is_longer_than_any_key_of_ours_is", NULL);
}

static void test_nearest(void **state)
{
    (void)state;
    static const char *const near[] = {"reject", "rejecx", "reject2", NULL};
    assert_string_equal(suggest(SPAN("rejecx"), near), "rejecx");
}

static void test_same_word(void **state)
{
    (void)state;
    assert_true(same_word(SPAN("SMTP Message"), "smtp_message"));
    assert_true(same_word(SPAN("smtp-message"), "SMTP Message"));
    assert_false(same_word(SPAN("smtpmessage"), "SMTP Message"));
    assert_false(same_word(SPAN("SMTP Messag"), "SMTP Message"));
    assert_false(same_word(SPAN("SMTP Messages"), "SMTP Message"));
    assert_true(same_word(SPAN(""), ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_near),
        cmocka_unit_test(test_far),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_same_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
