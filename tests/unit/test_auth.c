/* SPDX-License-Identifier: Apache-2.0 */
/* What one in the middle understands of AUTH. */
#include "tunnels/wire/auth.h"

#include "engine/base/attrs.h"
#include "engine/message/codecs/base64.h"
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

/* The exchange: "C text" is a response, in clear, "S text" a challenge; the first line may be an
 * initial response "I text"; "=text" in one of these stands for itself. NULL ends. */
struct exchange {
    const char *mechanism;
    const char *wanted;
    const char *lines[6];
};

static struct span encoded(const char *line, char *room, size_t size)
{
    struct span octets = span_str(line + 2);
    size_t len = 0;
    if (span_starts(octets, SPAN("=")))
        return span_from(octets, 1);
    for (size_t at = 0; at < octets.len; at += 3, len += 4) {
        char piece[3] = "";
        size_t count = octets.len - at < 3 ? octets.len - at : 3;
        for (size_t i = 0; i < count; i++)
            piece[i] = octets.ptr[at + i] == '|' ? '\0' : octets.ptr[at + i];
        assert_true(len + 4 <= size);
        base64_quantum(piece, count, room + len);
    }
    return span_of(room, len);
}

static void check_exchange(const struct exchange *exchange)
{
    struct auth_identity identity;
    struct span mechanism = span_str(exchange->mechanism);
    char room[1024];
    size_t at = 0;
    struct span initial = {NULL, 0};
    if (exchange->lines[0] && exchange->lines[0][0] == 'I')
        initial = encoded(exchange->lines[at++], room, sizeof room);
    memset(&identity, 'x', sizeof identity);
    auth_identity_begin(&identity, mechanism, initial);
    for (; exchange->lines[at]; at++) {
        struct span text = encoded(exchange->lines[at], room, sizeof room);
        if (exchange->lines[at][0] == 'S')
            auth_identity_challenge(&identity, mechanism, text);
        else
            auth_identity_response(&identity, mechanism, text);
    }
    assert_string_equal(identity.name, exchange->wanted);
}

#define DIGEST "0123456789abcdef0123456789ABCDEF"
#define LONG50 "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
#define LONG250 LONG50 LONG50 LONG50 LONG50 LONG50

/* '|' is a NUL. */
static void test_name(void **state)
{
    (void)state;
    static const struct exchange exchanges[] = {
        {"PLAIN", "ann", {"I |ann|secret"}},
        {"plain", "ann", {"S ", "C boss|ann|secret"}},
        {"PLAIN", "", {"I |ann|secret|"}},
        {"PLAIN", "", {"I |ann"}},
        {"PLAIN", "", {"I ||secret"}},
        {"PLAIN", "", {"I |a\nb|secret"}},
        {"PLAIN", "", {"I =!!!!"}},
        {"PLAIN", "", {"I =="}},
        {"PLAIN", "bea", {"I |ann|x", "S ", "C |bea|y"}},
        {"PLAIN", "", {"I |ann|x", "S ", "C =*"}},
        {"PLAIN", LONG250, {"I |" LONG250 "|x"}},
        {"PLAIN", "", {"I |" LONG250 "123456|x"}},
        {"XOAUTH2", "ann@x.example", {"I user=ann@x.example\001auth=Bearer t\001\001"}},
        {"XOAUTH2", "", {"I auth=Bearer t\001user=ann\001\001"}},
        {"OAUTHBEARER", "a,b=c", {"I n,a=a=2Cb=3Dc,\001auth=Bearer t\001\001"}},
        {"OAUTHBEARER", "", {"I n,a=a=b,\001auth=Bearer t\001\001"}},
        {"OAUTHBEARER", "", {"I n,,\001auth=Bearer t\001\001"}},
        {"CRAM-MD5", "ann bea", {"S <1@x>", "C ann bea " DIGEST}},
        {"CRAM-MD5", "", {"S <1@x>", "C ann 1234"}},
        {"CRAM-MD5", "", {"S <1@x>", "C ann_" DIGEST}},
        {"CRAM-MD5", "", {"S <1@x>", "C " DIGEST}},
        {"SCRAM-SHA-256",
         "a,nn",
         {"I n,,n=a=2Cnn,r=x", "S r=xy", "C c=biws,r=xy,p=z", "S v=", "C "}},
        {"SCRAM-SHA-1", "ann", {"S ", "C y,a=boss,n=ann,r=x", "S r=xy", "C c=eSw=,r=xy,p=z"}},
        {"SCRAM-SHA-1", "", {"I n,,m=ext,n=ann,r=x"}},
        {"SCRAM-SHA-1", "", {"I p=tls-unique,,n=ann,r=x"}},
        {"SCRAM-SHA-1", "", {"I n,,n=ann"}},
        {"SCRAM-SHA-1", "", {"I n"}},
        {"DIGEST-MD5",
         "a\"n",
         {"S x", "C charset=utf-8,username=\"a\\\"n\",realm=\"r,username=\"", "S x", "C "}},
        {"DIGEST-MD5", "", {"S x", "C username=\"ann\",username=\"bea\""}},
        {"DIGEST-MD5", "", {"S x", "C username=\"ann"}},
        {"DIGEST-MD5", "", {"S x", "C username=\"ann\"x"}},
        {"DIGEST-MD5", "", {"S x", "C realm=\"username=\\\"ann\\\"\""}},
        {"DIGEST-MD5", "", {"S x", "C username=\"" LONG250 "123456\""}},
        {"GSSAPI", "", {"I |ann|secret"}},
    };
    for (size_t i = 0; i < ARRAY_LEN(exchanges); i++)
        check_exchange(&exchanges[i]);
}

/* What is asked for decides: a password is never taken for a name. */
static void test_login(void **state)
{
    (void)state;
    static const struct exchange exchanges[] = {
        {"LOGIN", "ann", {"I ann", "S Password:", "C secret"}},
        {"LOGIN", "ann", {"S Username:", "C ann", "S Password:", "C secret"}},
        {"login", "ann", {"S User Name|", "C ann", "S Password|", "C secret"}},
        {"LOGIN", "", {"I ==", "S Password:", "C secret"}},
        {"LOGIN", "", {"I =am9l=", "S Password:", "C secret"}},
        {"LOGIN", "", {"I =am9l===", "S Password:", "C secret"}},
        {"LOGIN", "", {"I =am$9l", "S Password:", "C secret"}},
        {"LOGIN", "", {"I =am9lYQ=YQ===", "S Password:", "C secret"}},
        {"LOGIN", "", {"I joe\n", "S Password:", "C secret"}},
        {"LOGIN", "", {"I " LONG250 "123456", "S Password:", "C secret"}},
        {"LOGIN", "bea", {"I ann", "S Username:", "C bea", "S Password:", "C secret"}},
        {"LOGIN", "", {"I ann", "S Username:", "C =*"}},
        {"LOGIN", "", {"S ", "C secret"}},
        {"LOGIN", "", {"S Password for Username:", "C secret"}},
    };
    for (size_t i = 0; i < ARRAY_LEN(exchanges); i++)
        check_exchange(&exchanges[i]);
}

static void test_named(void **state)
{
    (void)state;
    struct auth_list list = {"GSSAPI PLAIN NTLM SCRAM-SHA-256 CRAM-MD5"};
    auth_list_keep_named(&list);
    assert_string_equal(list.text, "PLAIN SCRAM-SHA-256 CRAM-MD5");
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_list),  cmocka_unit_test(test_parse),
                                       cmocka_unit_test(test_name),  cmocka_unit_test(test_login),
                                       cmocka_unit_test(test_named), cmocka_unit_test(test_mail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
