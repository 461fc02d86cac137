/* SPDX-License-Identifier: Apache-2.0 */
/* What one in the middle understands of AUTH. */
#include "tunnels/wire/auth.h"

#include "engine/base/attrs.h"
#include "tunnels/wire/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* after the headers that it needs */
#include <cmocka.h>

static void test_list(void **state)
{
    (void)state;
    struct auth_list list = {""}, other = {""};
    static const char *const mechanisms[] = {
        "PLAIN", "login",  "EXTERNAL", "SCRAM-SHA-256-PLUS",   "plain", "XOAUTH2",
        "A B",   "A\r\nB", "",         "A23456789012345678901"};
    for (size_t i = 0; i < ARRAY_LEN(mechanisms); i++)
        auth_list_add(&list, span_str(mechanisms[i]));
    assert_string_equal(list.text, "PLAIN login XOAUTH2");
    assert_true(auth_list_has(&list, SPAN("LOGIN")) && !auth_list_has(&list, SPAN("XOAUTH")));
    assert_false(auth_list_has(&list, SPAN("")));
    auth_list_add(&other, SPAN("XOAUTH2"));
    auth_list_add(&other, SPAN("PLAIN"));
    auth_list_keep(&list, &other);
    assert_string_equal(list.text, "PLAIN XOAUTH2");
    for (int i = 0; i < 40; i++) {
        char name[8] = {'M', (char)('A' + i / 26), (char)('A' + i % 26), 'X', 'X', 'X', 'X', '\0'};
        auth_list_add(&list, span_str(name));
    }
    assert_true(strlen(list.text) < sizeof list.text);
}

static void test_parse(void **state)
{
    (void)state;
    struct span mechanism, response;
    assert_true(auth_parse(SPAN("PLAIN"), &mechanism, &response));
    assert_true(span_is(mechanism, "PLAIN") && response.ptr == NULL);
    assert_true(auth_parse(SPAN("PLAIN ="), &mechanism, &response));
    assert_true(span_is(response, "="));
    static const struct span bad[] = {SPAN_INIT(""),       SPAN_INIT("PLAIN a b"),
                                      SPAN_INIT("PL@IN"),  SPAN_INIT("PLAIN \x80"),
                                      SPAN_INIT(" PLAIN"), SPAN_INIT("PLAIN a\tb")};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(auth_parse(bad[i], &mechanism, &response));
}

static void check_name(const char *mechanism, unsigned step, const char *response,
                       const char *wanted)
{
    char name[AUTH_NAME_MAX + 1] = "";
    bool known = auth_read_name(span_str(mechanism), step, span_str(response), name);
    assert_int_equal(known, wanted != NULL);
    if (wanted)
        assert_string_equal(name, wanted);
}

static void test_name(void **state)
{
    (void)state;
    check_name("PLAIN", 0, "AGFubgBzZWNyZXQ=", "ann");     /* \0ann\0secret */
    check_name("plain", 0, "Ym9zcwBhbm4Ac2VjcmV0", "ann"); /* boss\0ann\0secret */
    check_name("PLAIN", 1, "AGFubgBzZWNyZXQ=", NULL);
    check_name("PLAIN", 0, "AGFubg==", NULL);
    check_name("PLAIN", 0, "AGEKYgBzZWNyZXQ=", NULL); /* a line feed in it */
    check_name("PLAIN", 0, "!!!!", NULL);
    check_name("PLAIN", 0, "=", NULL);
    check_name("LOGIN", 0, "YW5u", "ann");
    check_name("LOGIN", 1, "c2VjcmV0", NULL);
    check_name("XOAUTH2", 0, "dXNlcj1hbm5AeC5leGFtcGxlAWF1dGg9QmVhcmVyIHQBAQ==", "ann@x.example");
    check_name("OAUTHBEARER", 0, "bixhPWE9MkNiPTNEYywBYXV0aD1CZWFyZXIgdAEB", "a,b=c");
    check_name("CRAM-MD5", 0, "YW5uIDEyMzQ=", NULL);
}

/* MAIL FROM ... AUTH= */
static void check_mail(const char *params, const char *wanted)
{
    struct capabilities offered = {.auth = {"PLAIN"}};
    struct mail_params out;
    struct answer answer;
    bool good = mail_params_parse(span_str(params), &offered, &out, &answer);
    assert_int_equal(good, wanted != NULL);
    if (!wanted)
        return;
    assert_true(span_is(out.auth, wanted));
    offered.auth.text[0] = '\0';
    assert_false(mail_params_parse(span_str(params), &offered, &out, &answer));
    assert_int_equal(answer.code, 555);
}

static void test_mail(void **state)
{
    (void)state;
    check_mail("AUTH=<>", "<>");
    check_mail("AUTH=e+3Dmc2@example.com", "e+3Dmc2@example.com");
    check_mail("AUTH=", NULL);
    check_mail("AUTH=a+0D+0A@b.example", NULL);
    check_mail("AUTH=<> AUTH=<>", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_list), cmocka_unit_test(test_parse),
                                       cmocka_unit_test(test_name), cmocka_unit_test(test_mail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
