/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of the TLS that a configuration asks for: the settings, their fingerprints, the
 * files that are known, who may read them. The texts of complaints are pinned in tests/config.
 */
#include "config/policy/policy.h"
#include "engine/message/library.h"
#include "engine/pattern/pattern.h"
#include "tunnels/tls/context.h"
#include "tunnels/tls/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/test-tls-files-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void run(const char *format, ...) PRINTF_LIKE(1, 2);

static void run(const char *format, ...)
{
    char command[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(command, sizeof command, format, args);
    va_end(args);
    if (system(command) != 0) /* NOLINT: the test's own command */
        fail_msg("%s", command);
}

static int set_up(void **state)
{
    struct error err = ERROR_INIT;
    (void)state;
    pattern_library_init();
    message_library_init();
    assert_true(tls_library_init(&err));
    assert_non_null(mkdtemp(folder));
    run("%s/config/certificates.sh %s", TEST_ROOT, folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    run("rm -rf %s", folder);
    tls_library_fini();
    return 0;
}

/* `tunnel` and `upstream` are further members, each with a ',' in front. NULL where it is refused;
 * then the complaints hold `wanted`. */
static struct policy *load_with(const char *tunnel, const char *upstream,
                                const struct policy_options *options, const char *wanted)
{
    struct buf text = BUF_INIT, complaints = BUF_INIT;
    buf_printf(
        &text,
        "{\"tunnels\":[{\"name\":\"in\",\"listening_interface\":\"127.0.0.1\",\"port\":0%s}],"
        "\"services\":[{\"name\":\"s\",\"tunnels\":\"in\",\"hostnames\":[{\"hostname\":\"*\","
        "\"forwarding_address\":[\"mta.example\",\"smtps://[::1]\"]}],"
        "\"upstream\":{\"helo_name\":\"a.example\"%s}}]}",
        tunnel, upstream);
    struct policy *policy =
        policy_load_text(in_folder("c.json"), buf_span(&text), options, &complaints);
    buf_add_byte(&complaints, '\0');
    if (!wanted && !policy)
        fail_msg("%s", complaints.ptr);
    if (wanted && (policy || !strstr(complaints.ptr, wanted)))
        fail_msg("expected \"%s\", got \"%s\"", wanted, complaints.ptr);
    buf_fini(&complaints);
    buf_fini(&text);
    return policy;
}

static struct policy *load(const char *tunnel, const char *upstream)
{
    return load_with(tunnel, upstream, NULL, NULL);
}

static const struct tunnel *only(const struct policy *policy)
{
    return policy->loadings[0].tunnel;
}

#define GOOD ",\"certificate\":\"good.pem\",\"certificate_key\":\"good.key\""

static void test_mode(void **state)
{
    (void)state;
    static const struct {
        const char *tunnel;
        enum tls_mode mode;
    } cases[] = {
        {"", TLS_MODE_NONE},
        {GOOD, TLS_MODE_STARTTLS},
        {GOOD ",\"tls_mode\":\"None\"", TLS_MODE_NONE},
        {GOOD ",\"tls_mode\":\"STARTTLS\"", TLS_MODE_STARTTLS},
        {GOOD ",\"tls_mode\":\"starttls required\"", TLS_MODE_STARTTLS_REQUIRED},
        {GOOD ",\"tls_mode\":\"implicit\"", TLS_MODE_IMPLICIT},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct policy *policy = load(cases[i].tunnel, "");
        assert_int_equal(only(policy)->tls_mode, cases[i].mode);
        assert_int_equal(only(policy)->tls != NULL, cases[i].mode != TLS_MODE_NONE);
        policy_unref(&policy);
    }
}

static void test_versions(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        enum tls_versions versions;
    } cases[] = {
        {"PROTOCOL_SSLv23", TLS_ANY_VERSION},     {"PROTOCOL_TLS", TLS_ANY_VERSION},
        {"PROTOCOL_TLS_SERVER", TLS_ANY_VERSION}, {"PROTOCOL_TLSv1_2", TLS_1_2_ONLY},
        {"PROTOCOL_TLSv1_3", TLS_1_3_ONLY},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char tunnel[256];
        (void)snprintf(tunnel, sizeof tunnel,
                       GOOD ",\"advanced_settings\":{\"ssl_options\":{\"ssl_version\":\"%s\"}}",
                       cases[i].word);
        struct policy *policy = load(tunnel, "");
        assert_int_equal(only(policy)->tls->versions, cases[i].versions);
        policy_unref(&policy);
    }
    struct policy *narrowed = load(GOOD ",\"cipher_suites\":\"TLS_AES_256_GCM_SHA384\"", "");
    assert_int_equal(only(narrowed)->tls->versions, TLS_1_3_ONLY);
    assert_int_equal(only(narrowed)->tls->suites[0], 0x1302);
    assert_int_equal(only(narrowed)->tls->suites[1], 0);
    policy_unref(&narrowed);
}

/* A loop can make its context of whatever was accepted. */
static void assert_usable(const struct tunnel *tunnel)
{
    struct error err = ERROR_INIT;
    struct tls_context *context = tls_context_server(tunnel->tls, NULL, &err);
    if (!context)
        fail_msg("%s", err.text);
    tls_context_unref(&context);
}

static void test_identities(void **state)
{
    (void)state;
    struct policy *policy =
        load(",\"certificate\":\"chain.pem\",\"certificate_key\":\"leaf.key\",\"certificates\":["
             "{\"certificate\":\"together.pem\"},"
             "{\"certificate\":\"nothing.pem\",\"enabled\":false},"
             "{\"certificate\":\"rsa.pem\",\"certificate_key\":\"rsa.key\"},"
             "{\"certificate\":\"good.pem\",\"certificate_key\":\"locked.key\","
             "\"certificate_key_password_file\":\"password\"},"
             "{\"certificate\":\"good.pem\",\"certificate_key\":\"locked-old.key\","
             "\"certificate_key_password_file\":\"password-crlf\"}]",
             "");
    const struct tls_server_settings *tls = only(policy)->tls;
    assert_int_equal(tls->identity_count, 5);
    for (size_t i = 0; i < tls->identity_count; i++) {
        struct span chain = tls->identities[i].chain, key = tls->identities[i].key;
        assert_int_equal(chain.ptr[chain.len], '\0');
        assert_int_equal(key.ptr[key.len], '\0');
        assert_int_equal(span_find(chain, SPAN("PRIVATE")), SPAN_NONE);
        assert_int_equal(span_find(key, SPAN("ENCRYPTED")), SPAN_NONE);
    }
    assert_true(span_equal(tls->identities[1].key, tls->identities[3].key));
    assert_true(span_equal(tls->identities[3].key, tls->identities[4].key));
    assert_usable(only(policy));
    policy_unref(&policy);
}

#define SYSTEM_AUTHORITIES "/etc/ssl/certs/ca-certificates.crt"

/* Without ca_certs those of the system count, and are watched as other files are. */
static void test_system_authorities(void **state)
{
    (void)state;
    if (access(SYSTEM_AUTHORITIES, R_OK) != 0) {
        (void)load_with("", ",\"tls\":\"require_verify\"", NULL, SYSTEM_AUTHORITIES);
        return;
    }
    struct policy *policy = load("", ",\"tls\":\"require_verify\"");
    const struct tls_client_settings *tls = &only(policy)->service->upstream.tls;
    struct error err = ERROR_INIT;
    struct tls_context *context = tls_context_client(tls, &err);
    assert_non_null(context);
    tls_context_unref(&context);
    assert_true(tls->authorities.len > 1000);
    assert_int_equal(policy->file_count, 1);
    assert_string_equal(policy->files[0].path, SYSTEM_AUTHORITIES);
    policy_unref(&policy);
}

/* Where there are none, `check` says what would be right. */
static void test_no_system_authorities(void **state)
{
    struct arena *arena = arena_new();
    struct reader reader;
    struct node root;
    struct tls_validity validity;
    struct span out;
    struct buf complaints = BUF_INIT;
    (void)state;
    reader_init(&reader, arena);
    assert_true(reader_load_text(&reader, "c.json", SPAN("{}"), &root));
    struct tls_file file = {root, SPAN("/nowhere/authorities.crt")};
    assert_false(tls_files_system_authorities(&reader, &file, &out, &validity));
    assert_int_equal(reader.file_count, 1); /* it may come */
    reader_report(&reader, &complaints);
    buf_add_byte(&complaints, '\0');
    assert_non_null(strstr(complaints.ptr, "expected ca_certs beside it, or the system's "
                                           "authorities in /nowhere/authorities.crt"));
    buf_fini(&complaints);
    reader_fini(&reader);
    arena_free(&arena);
}

static void test_client_certificates(void **state)
{
    (void)state;
    struct policy *policy =
        load(GOOD ",\"advanced_settings\":\"{\\\"ssl_options\\\":{\\\"cert_reqs\\\":"
                  "\\\"CERT_OPTIONAL\\\",\\\"ca_certs\\\":\\\"half-root.pem\\\"}}\"",
             "");
    const struct tls_server_settings *tls = only(policy)->tls;
    assert_int_equal(tls->client_certificates, TLS_CERT_OPTIONAL);
    assert_int_equal(tls->authorities.ptr[tls->authorities.len], '\0');
    assert_usable(only(policy)); /* without the half that is damaged */
    policy_unref(&policy);
    policy =
        load(GOOD ",\"advanced_settings\":{\"ssl_options\":{\"ca_certs\":\"nothing.pem\"}}", "");
    assert_int_equal(only(policy)->tls->client_certificates, TLS_CERT_NONE);
    assert_int_equal(only(policy)->tls->authorities.len, 0);
    policy_unref(&policy);
}

static void test_upstream(void **state)
{
    (void)state;
    struct policy *policy =
        load("", ",\"tls\":\"require_verify\",\"ca_certs\":\"root.pem\",\"username\":\"gate\","
                 "\"password_file\":\"password-crlf\",\"minimum_version\":\"TLSv1.3\","
                 "\"certificate\":\"for-clients.pem\",\"certificate_key\":\"for-clients.key\"");
    const struct service *service = only(policy)->service;
    const struct upstream_settings *upstream = &service->upstream;
    struct error err = ERROR_INIT;
    assert_int_equal(upstream->tls.mode, TLS_UPSTREAM_VERIFY);
    assert_int_equal(upstream->tls.versions, TLS_1_3_ONLY);
    assert_non_null(upstream->tls.identity);
    assert_string_equal(upstream->username, "gate");
    assert_string_equal(upstream->password, "secret");
    assert_false(service->routes[0].hops[0].implicit_tls);
    assert_true(service->routes[0].hops[1].implicit_tls);
    struct tls_context *context = tls_context_client(&upstream->tls, &err);
    assert_non_null(context);
    tls_context_unref(&context);
    policy_unref(&policy);
    policy = load("", "");
    upstream = &only(policy)->service->upstream;
    assert_int_equal(upstream->tls.mode, TLS_UPSTREAM_OPPORTUNISTIC);
    assert_int_equal(upstream->tls.versions, TLS_ANY_VERSION);
    assert_non_null(upstream->tls.suites);
    assert_null(upstream->tls.identity);
    assert_null(upstream->username);
    assert_null(upstream->password);
    policy_unref(&policy);
}

static struct tls_fingerprint of_server(const char *tunnel)
{
    struct policy *policy = load(tunnel, "");
    struct tls_fingerprint fingerprint = only(policy)->tls->fingerprint;
    policy_unref(&policy);
    return fingerprint;
}

static struct tls_fingerprint of_client(const char *upstream)
{
    struct policy *policy = load("", upstream);
    struct tls_fingerprint fingerprint = only(policy)->service->upstream.tls.fingerprint;
    policy_unref(&policy);
    return fingerprint;
}

static void assert_all_differ(const struct tls_fingerprint *all, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(all[i].bytes, all[k].bytes, sizeof all[i].bytes);
    }
}

#define SSL(options) GOOD ",\"advanced_settings\":{\"ssl_options\":{" options "}}"

static void test_fingerprints_of_servers(void **state)
{
    (void)state;
    const struct tls_fingerprint all[] = {
        of_server(GOOD),
        of_server(",\"certificate\":\"other.pem\",\"certificate_key\":\"other.key\""),
        of_server(GOOD ",\"certificates\":[{\"certificate\":\"rsa.pem\","
                       "\"certificate_key\":\"rsa.key\"}]"),
        of_server(GOOD ",\"cipher_suites\":\"TLS_AES_256_GCM_SHA384\""),
        of_server(SSL("\"ssl_version\":\"PROTOCOL_TLSv1_3\"")),
        of_server(SSL("\"cert_reqs\":\"CERT_OPTIONAL\",\"ca_certs\":\"root.pem\"")),
        of_server(SSL("\"cert_reqs\":\"CERT_REQUIRED\",\"ca_certs\":\"root.pem\"")),
        of_server(SSL("\"cert_reqs\":\"CERT_REQUIRED\",\"ca_certs\":\"between.pem\"")),
    };
    assert_all_differ(all, ARRAY_LEN(all));
    struct tls_fingerprint again = of_server(",\"certificate\":\"together.pem\"");
    assert_memory_equal(again.bytes, all[0].bytes, sizeof again.bytes);
}

static void test_fingerprints_of_clients(void **state)
{
    (void)state;
    const struct tls_fingerprint all[] = {
        of_client(""),
        of_client(",\"tls\":\"require\""),
        of_client(",\"minimum_version\":\"TLSv1.3\""),
        of_client(",\"tls\":\"require_verify\",\"ca_certs\":\"root.pem\""),
        of_client(",\"tls\":\"require_verify\",\"ca_certs\":\"between.pem\""),
        of_client(",\"certificate\":\"together.pem\""),
    };
    assert_all_differ(all, ARRAY_LEN(all));
    struct tls_fingerprint again = of_client(",\"idle_timeout\":5");
    assert_memory_equal(again.bytes, all[0].bytes, sizeof again.bytes);
}

static bool knows(const struct policy *policy, const char *name)
{
    for (size_t i = 0; i < policy->file_count; i++) {
        struct file_stamp now = file_stamp(policy->files[i].path);
        if (strcmp(policy->files[i].path, in_folder(name)) == 0)
            return file_stamp_equal(&now, &policy->files[i].stamp);
    }
    return false;
}

static void test_files(void **state)
{
    (void)state;
    struct policy *policy =
        load(",\"certificate\":\"good.pem\",\"certificate_key\":\"locked.key\","
             "\"certificate_key_password_file\":\"password\",\"certificates\":[{\"certificate\":"
             "\"together.pem\"}],\"advanced_settings\":{\"ssl_options\":{\"cert_reqs\":"
             "\"CERT_REQUIRED\",\"ca_certs\":\"root.pem\"}}",
             ",\"tls\":\"require_verify\",\"ca_certs\":\"root.pem\",\"username\":\"u\","
             "\"password_file\":\"password-crlf\"");
    static const char *const names[] = {"good.pem", "locked.key",    "password",
                                        "root.pem", "password-crlf", "together.pem"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        assert_true(knows(policy, names[i]));
    assert_int_equal(policy->file_count, ARRAY_LEN(names));
    run("echo >>%s", in_folder("together.pem"));
    assert_false(knows(policy, "together.pem"));
    assert_true(knows(policy, "good.pem"));
    policy_unref(&policy);
}

/* What does not load here, or is only looked at, is not opened. */
static void test_not_opened(void **state)
{
    (void)state;
    static const char missing[] = ",\"certificate\":\"nothing.pem\"";
    static const char labelled[] = ",\"labels\":[\"edge\"],\"certificate\":\"nothing.pem\"";
    const char *const edge[] = {"edge"};
    const struct policy_options looking = {.interfaces_optional = true};
    const struct policy_options here = {.labels = edge, .label_count = 1};
    struct policy *policy = load_with(missing, missing, &looking, NULL);
    assert_int_equal(policy->file_count, 0);
    assert_null(only(policy)->tls);
    policy_unref(&policy);
    policy = load(labelled, missing);
    assert_int_equal(policy->file_count, 0);
    policy_unref(&policy);
    assert_null(load_with(labelled, "", &here, "No such file"));
    assert_null(load_with("", missing, NULL, "No such file"));
    policy = load(",\"enabled\":false,\"certificate\":\"nothing.pem\"", missing);
    assert_int_equal(policy->file_count, 0);
    policy_unref(&policy);
}

static void assert_mode(mode_t mode, const char *wanted)
{
    assert_int_equal(chmod(in_folder("good.key"), mode), 0);
    struct policy *policy = load_with(GOOD, "", NULL, wanted);
    policy_unref(&policy);
}

static void test_who_may_read(void **state)
{
    (void)state;
    bool root = geteuid() == 0;
    assert_mode(0600, NULL);
    assert_mode(0400, NULL);
    assert_mode(0700, NULL);
    assert_mode(0604, "chmod 600");
    assert_mode(0602, "chmod 600");
    assert_mode(0666, "chmod 600");
    assert_mode(0640, root ? NULL : "chmod 600");
    assert_mode(0660, root ? "chmod 640" : "chmod 600");
    if (root) { /* another's, which root can read in spite of its mode */
        assert_int_equal(chown(in_folder("good.key"), 1234, 1234), 0);
        assert_mode(0640, "chmod 600");
        assert_mode(0600, "belongs to another user (number 1234)");
        const struct passwd *nobody = getpwnam("nobody");
        assert_non_null(nobody);
        assert_int_equal(chown(in_folder("good.key"), nobody->pw_uid, 1234), 0);
        assert_mode(0600, "belongs to another user");
        struct policy *policy = load(GOOD "}],\"run\":{\"user\":\"nobody\"},"
                                          "\"rulesets\":[{\"name\":\"none\",\"rules\":[]",
                                     "");
        policy_unref(&policy);
        assert_int_equal(chown(in_folder("good.key"), 0, 1234), 0);
        assert_mode(0640, NULL);
        assert_int_equal(chown(in_folder("good.key"), 0, 0), 0);
    }
    assert_mode(0600, NULL);
}

/* A key is a secret wherever it lies, also beside the one that is used. */
static void test_keys_among_certificates(void **state)
{
    (void)state;
    static const char *const tunnels[] = {
        ",\"certificate\":\"both.pem\",\"certificate_key\":\"good.key\"",
        GOOD ",\"advanced_settings\":{\"ssl_options\":{\"cert_reqs\":\"CERT_REQUIRED\","
             "\"ca_certs\":\"both-root.pem\"}}",
    };
    run("cat %s/good.pem %s/other.key > %s/both.pem", folder, folder, folder);
    run("cat %s/root.pem %s/other.key > %s/both-root.pem", folder, folder, folder);
    for (size_t i = 0; i < ARRAY_LEN(tunnels); i++) {
        run("chmod 644 %s/both.pem %s/both-root.pem", folder, folder);
        assert_null(load_with(tunnels[i], "", NULL, "holds a secret"));
        run("chmod 600 %s/both.pem %s/both-root.pem", folder, folder);
        struct policy *policy = load(tunnels[i], "");
        policy_unref(&policy);
    }
    run("chmod 644 %s/both-root.pem", folder);
    assert_null(load_with("", ",\"tls\":\"require_verify\",\"ca_certs\":\"both-root.pem\"", NULL,
                          "holds a secret"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mode),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_identities),
        cmocka_unit_test(test_client_certificates),
        cmocka_unit_test(test_system_authorities),
        cmocka_unit_test(test_no_system_authorities),
        cmocka_unit_test(test_upstream),
        cmocka_unit_test(test_fingerprints_of_servers),
        cmocka_unit_test(test_fingerprints_of_clients),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_not_opened),
        cmocka_unit_test(test_who_may_read),
        cmocka_unit_test(test_keys_among_certificates),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
