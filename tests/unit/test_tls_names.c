/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For whom a certificate is, with names as somebody writes them who wants to be taken for another;
 * and the names of cipher suites.
 */
#include "config/reader/node.h"
#include "tests/support/certificates.h"
#include "tunnels/tls/context.h"
#include "tunnels/tls/names.h"
#include "tunnels/tls/suites.h"

#include <mbedtls/oid.h>
#include <mbedtls/ssl_ciphersuites.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* after the headers that it needs */
#include <cmocka.h>

enum { MAIL = 1, DNS = 2, URI = 6, ADDRESS = 7 };
#define END                                                                                        \
    {                                                                                              \
        0, SPAN_INIT("")                                                                           \
    }

/* A certificate with those names, parsed. */
struct made {
    struct certificate *certificate;
    mbedtls_x509_crt parsed;
};

static void make(struct made *made, const char *subject, const struct certificate_name *names)
{
    struct certificate_order order = {.subject = subject, .names = names};
    made->certificate = certificate_new(&order);
    struct span pem = certificate_pem(made->certificate);
    mbedtls_x509_crt_init(&made->parsed);
    assert_int_equal(
        mbedtls_x509_crt_parse(&made->parsed, (const unsigned char *)pem.ptr, pem.len + 1), 0);
}

static void unmake(struct made *made)
{
    mbedtls_x509_crt_free(&made->parsed);
    certificate_free(&made->certificate);
}

static bool is_for(const struct made *made, const char *host)
{
    return tls_names_match(&made->parsed, tls_names_host(span_str(host)));
}

static void test_match(void **state)
{
    (void)state;
    static const struct certificate_name names[] = {{DNS, SPAN_INIT("mail.example")},
                                                    {DNS, SPAN_INIT("*.wild.example")},
                                                    {DNS, SPAN_INIT("f*.part.example")},
                                                    {DNS, SPAN_INIT("in.*.example")},
                                                    {DNS, SPAN_INIT("*")},
                                                    END};
    static const char *const good[] = {"mail.example",   "MAIL.Example",   "mail.example.",
                                       "a.wild.example", "A.WILD.example", "xn--4ca.wild.example"};
    static const char *const bad[] = {"",
                                      ".",
                                      "example",
                                      "amail.example",
                                      "a.mail.example",
                                      "mail.example.com",
                                      "wild.example",
                                      ".wild.example",
                                      "a.b.wild.example",
                                      "foo.part.example",
                                      "in.a.example",
                                      "localhost",
                                      "cn.example"};
    struct made made;
    make(&made, "CN=cn.example", names);
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        assert_true(is_for(&made, good[i]));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(is_for(&made, bad[i]));
    unmake(&made);
}

/* The common name counts only where there is no DNS name. */
static void test_common_name(void **state)
{
    (void)state;
    static const struct certificate_name mail[] = {{MAIL, SPAN_INIT("a@b.example")}, END};
    static const struct certificate_name dns[] = {{DNS, SPAN_INIT("san.example")}, END};
    struct made made;
    make(&made, "CN=cn.example,O=Other", NULL);
    assert_true(is_for(&made, "cn.example"));
    assert_false(is_for(&made, "Other"));
    assert_true(span_is(tls_names_first(&made.parsed), "cn.example"));
    unmake(&made);
    make(&made, "CN=cn.example", mail);
    assert_true(is_for(&made, "cn.example"));
    unmake(&made);
    make(&made, "CN=cn.example", dns);
    assert_false(is_for(&made, "cn.example"));
    assert_true(is_for(&made, "san.example"));
    assert_true(span_is(tls_names_first(&made.parsed), "san.example"));
    unmake(&made);
    make(&made, "O=Nobody", NULL);
    assert_false(is_for(&made, "cn.example"));
    assert_false(is_for(&made, ""));
    assert_int_equal(tls_names_first(&made.parsed).len, 0);
    unmake(&made);
}

static void test_addresses(void **state)
{
    (void)state;
    static const struct certificate_name names[] = {
        {ADDRESS, SPAN_INIT("\xc0\x00\x02\x01")},
        {ADDRESS, SPAN_INIT("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01")},
        {DNS, SPAN_INIT("192.0.2.7")},
        END};
    struct made made;
    make(&made, "CN=192.0.2.9", names);
    assert_true(tls_names_match_address(&made.parsed, SPAN("\xc0\x00\x02\x01")));
    assert_true(
        tls_names_match_address(&made.parsed, SPAN("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01")));
    assert_false(tls_names_match_address(&made.parsed, SPAN("\xc0\x00\x02\x07"))); /* a DNS name */
    assert_false(tls_names_match_address(&made.parsed, SPAN("\xc0\x00\x02\x09"))); /* a CN */
    assert_false(tls_names_match_address(&made.parsed, SPAN("")));
    unmake(&made);
}

/* A name with a NUL in it is not the name before the NUL. */
static void test_hostile_matches(void **state)
{
    (void)state;
    static const struct certificate_name names[] = {{DNS, SPAN_INIT("mail.example\0.evil.example")},
                                                    {DNS, SPAN_INIT("*\0.example")},
                                                    {DNS, SPAN_INIT("")},
                                                    {DNS, SPAN_INIT("*.")},
                                                    END};
    struct made made;
    make(&made, "CN=evil", names);
    assert_false(is_for(&made, "mail.example"));
    assert_false(is_for(&made, "a.example"));
    assert_false(is_for(&made, ""));
    assert_false(is_for(&made, "a"));
    assert_false(is_for(&made, "a."));
    unmake(&made);
}

/* What goes to rules and logs: nothing that could be taken for two names, or for none. */
static void test_alternatives(void **state)
{
    (void)state;
    static const struct certificate_name names[] = {
        {DNS, SPAN_INIT("good.example")},         {DNS, SPAN_INIT("a.example, ceo@corp.example")},
        {DNS, SPAN_INIT("nul\0.example")},        {MAIL, SPAN_INIT("a@b.example\r\nX-Header: y")},
        {MAIL, SPAN_INIT("\xc3\xa4@b.example")},  {URI, SPAN_INIT("https://a.example/")},
        {ADDRESS, SPAN_INIT("\xc0\x00\x02\x01")}, END};
    struct made made;
    struct buf text = BUF_INIT;
    make(&made, "CN=evil", names);
    tls_names_alternatives(&made.parsed, &text);
    buf_add_byte(&text, '\0');
    /* the writer puts them in the other order */
    assert_string_equal(text.ptr, "192.0.2.1, https://a.example/, good.example");
    buf_fini(&text);
    unmake(&made);
}

static void check_subject(const char *subject, const char *expected)
{
    struct made made;
    struct buf text = BUF_INIT;
    make(&made, subject, NULL);
    assert_true(tls_names_dn(&made.parsed.subject, &text));
    buf_add_byte(&text, '\0');
    assert_string_equal(text.ptr, expected);
    buf_fini(&text);
    unmake(&made);
}

static void test_subject(void **state)
{
    (void)state;
    check_subject("CN=client,O=Corp", "CN=client, O=Corp");
    /* a comma in a value does not make another attribute */
    check_subject("CN=a\\, O=Corp", "CN=a\\, O\\=Corp");
    check_subject("CN=a\\0Ab", "CN=a\\0Ab");
    check_subject("CN=a\\C3\\A4", "CN=a\\C3\\A4");
}

#define PARTS 200

/* However long it is: a rule that refuses a name must see it. The writer of certificates has one
 * part of a kind only, so the list is made here. */
static void test_long_subject(void **state)
{
    (void)state;
    static const char value[] = "a part of thirty-nine characters, 123456";
    mbedtls_x509_name parts[PARTS] = {0};
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < PARTS; i++) {
        parts[i].oid.p = (unsigned char *)(uintptr_t)MBEDTLS_OID_AT_ORG_UNIT;
        parts[i].oid.len = MBEDTLS_OID_SIZE(MBEDTLS_OID_AT_ORG_UNIT);
        parts[i].val.tag = MBEDTLS_ASN1_UTF8_STRING;
        parts[i].val.p = (unsigned char *)(uintptr_t)value;
        parts[i].val.len = sizeof value - 1;
        parts[i].next = i + 1 < PARTS ? &parts[i + 1] : NULL;
    }
    assert_true(tls_names_dn(parts, &text));
    assert_true(text.len > PARTS * (sizeof value - 1));
    text.len = 0;
    /* what the library cannot write is no empty name */
    static unsigned char endless[300];
    memset(endless, 'a', sizeof endless);
    parts[1].val.p = endless;
    parts[1].val.len = sizeof endless;
    assert_false(tls_names_dn(parts, &text));
    assert_int_equal(text.len, 0);
    buf_fini(&text);
}

/* Reading a list of suites. */
struct reading {
    struct arena *arena;
    struct reader reader;
    enum tls_versions versions;
    const int *suites;
    bool good;
};

static void read_list(struct reading *r, const char *list, enum tls_versions versions)
{
    char text[600];
    struct node root, node;
    struct span value;
    (void)snprintf(text, sizeof text, "{\"cipher_suites\": \"%s\"}", list);
    r->arena = arena_new();
    reader_init(&r->reader, r->arena);
    assert_true(reader_load_text(&r->reader, "c.json", span_str(text), &root));
    node = node_get(&r->reader, &root, "cipher_suites");
    assert_true(node_string(&node, &value));
    r->versions = versions;
    r->good = tls_suites_read(&r->reader, &node, value, &r->versions, &r->suites);
}

static void end_reading(struct reading *r)
{
    reader_fini(&r->reader);
    arena_free(&r->arena);
}

static void check_list(const char *list, enum tls_versions versions, enum tls_versions narrowed,
                       const int *expected)
{
    struct reading r;
    read_list(&r, list, versions);
    assert_true(r.good);
    assert_int_equal(r.versions, narrowed);
    for (size_t i = 0;; i++) {
        assert_int_equal(r.suites[i], expected[i]);
        if (expected[i] == 0)
            break;
    }
    end_reading(&r);
}

static void test_suites(void **state)
{
    (void)state;
    enum {
        EC_256 = MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        RSA_128 = MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        NEW_256 = MBEDTLS_TLS1_3_AES_256_GCM_SHA384
    };
    check_list("TLS-ECDHE-ECDSA-WITH-AES-256-GCM-SHA384;TLS1-3-AES-256-GCM-SHA384", TLS_ANY_VERSION,
               TLS_ANY_VERSION, (int[]){EC_256, NEW_256, 0});
    check_list("ECDHE-RSA-AES128-GCM-SHA256:TLS_AES_256_GCM_SHA384", TLS_ANY_VERSION,
               TLS_ANY_VERSION, (int[]){RSA_128, NEW_256, 0});
    check_list(" tls_ecdhe_rsa_with_aes_128_gcm_sha256 , ", TLS_ANY_VERSION, TLS_1_2_ONLY,
               (int[]){RSA_128, 0});
    check_list("ECDHE-RSA-AES128-GCM-SHA256:TLS_AES_256_GCM_SHA384;"
               "TLS-ECDHE-RSA-WITH-AES-128-GCM-SHA256",
               TLS_ANY_VERSION, TLS_ANY_VERSION, (int[]){RSA_128, NEW_256, 0});
    check_list("TLS1-3-AES-256-GCM-SHA384", TLS_ANY_VERSION, TLS_1_3_ONLY, (int[]){NEW_256, 0});
    check_list("TLS1-3-AES-256-GCM-SHA384;;", TLS_1_3_ONLY, TLS_1_3_ONLY, (int[]){NEW_256, 0});
}

static void check_bad_list(const char *list, enum tls_versions versions, const char *words)
{
    struct reading r;
    struct buf text = BUF_INIT;
    read_list(&r, list, versions);
    assert_false(r.good);
    reader_report(&r.reader, &text);
    buf_add_byte(&text, '\0');
    assert_non_null(strstr(text.ptr, words));
    buf_fini(&text);
    end_reading(&r);
}

static void test_bad_suites(void **state)
{
    (void)state;
    check_bad_list("ECDHE-RSA-AES128-GCM-SHA265", TLS_ANY_VERSION,
                   "did you mean \"ECDHE-RSA-AES128-GCM-SHA256\"?");
    check_bad_list("everything", TLS_ANY_VERSION, "unknown cipher suite \"everything\"");
    check_bad_list("TLS_AES_128_GCM_SHA256;RC4-MD5", TLS_ANY_VERSION, "RC4-MD5");
    check_bad_list(" ; ", TLS_ANY_VERSION, "at least one cipher suite");
    check_bad_list("TLS_AES_128_GCM_SHA256", TLS_1_2_ONLY, "a suite of TLS 1.2");
    check_bad_list("ECDHE-RSA-AES128-GCM-SHA256", TLS_1_3_ONLY, "a suite of TLS 1.3");
}

/* All that is on by default is AEAD with forward secrecy. */
static void test_default_suites(void **state)
{
    (void)state;
    for (const int *at = tls_suites_default; *at != 0; at++) {
        const char *name = tls_suite_name(*at);
        assert_true(strstr(name, "_GCM_") || strstr(name, "_CHACHA20_POLY1305_"));
        assert_true(tls_suite_is_1_3(*at) || strstr(name, "TLS_ECDHE_") == name);
    }
    assert_string_equal(tls_suite_name(5), "unknown");
}

static int tear_down(void **state)
{
    (void)state;
    tls_library_fini();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match),        cmocka_unit_test(test_common_name),
        cmocka_unit_test(test_addresses),    cmocka_unit_test(test_hostile_matches),
        cmocka_unit_test(test_alternatives), cmocka_unit_test(test_subject),
        cmocka_unit_test(test_long_subject), cmocka_unit_test(test_suites),
        cmocka_unit_test(test_bad_suites),   cmocka_unit_test(test_default_suites),
    };
    return cmocka_run_group_tests_name("names in TLS", tests, NULL, tear_down);
}
