/* SPDX-License-Identifier: Apache-2.0 */
/* What the log says of certificates whose time is over or soon will be, on a virtual clock; and
 * that an engine starts with them. */
#include "engine/server/expiry.h"

#include "engine/message/library.h"
#include "engine/pattern/pattern.h"
#include "tests/support/fake/fake.h"
#include "tunnels/tls/context.h"
#include "tunnels/tls/validity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define DAY 86400

static char folder[] = "/tmp/test-expiry-XXXXXX";
static struct loop *loop;
static int64_t start;
static int64_t skipped;

/* The loop's clock moves the wall's. */
static int64_t wall_clock(void)
{
    return start + skipped + (int64_t)(loop_now_ms(loop) / 1000);
}

static void run(const char *command)
{
    if (system(command) != 0) /* NOLINT: the test's own command */
        fail_msg("%s", command);
}

static int set_up(void **state)
{
    struct error err = ERROR_INIT;
    char command[512];
    (void)state;
    pattern_library_init();
    message_library_init();
    assert_true(tls_library_init(&err));
    assert_non_null(mkdtemp(folder));
    (void)snprintf(command, sizeof command, "%s/config/certificates.sh %s", TEST_ROOT, folder);
    run(command);
    return 0;
}

static int tear_down(void **state)
{
    char command[64];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    run(command);
    tls_library_fini();
    return 0;
}

#define SHOW(name) ",\"certificate\":\"" name ".pem\",\"certificate_key\":\"" name ".key\""

/* Two tunnels that feed one service. */
static struct policy *load(const char *tunnel, const char *upstream, bool dates_forgiven)
{
    struct buf text = BUF_INIT, complaints = BUF_INIT;
    char name[100];
    struct policy_options options = {.dates_forgiven = dates_forgiven};
    (void)snprintf(name, sizeof name, "%s/c.json", folder);
    buf_printf(&text,
               "{\"tunnels\":[{\"name\":\"in\",\"listening_interface\":\"127.0.0.1\",\"port\":0%s},"
               "{\"name\":\"more\",\"listening_interface\":\"127.0.0.1\",\"port\":0}],"
               "\"services\":[{\"name\":\"s\",\"tunnels\":[\"in\",\"more\"],\"hostnames\":["
               "{\"hostname\":\"*\",\"forwarding_address\":\"mta.example\"}],"
               "\"upstream\":{\"helo_name\":\"a.example\"%s}}]}",
               tunnel, upstream);
    struct policy *policy = policy_load_text(name, buf_span(&text), &options, &complaints);
    if (dates_forgiven && (!policy || complaints.len > 0))
        fail_msg("%.*s", SPAN_ARG(buf_span(&complaints)));
    buf_fini(&complaints);
    buf_fini(&text);
    return policy;
}

/* What the log says in so many days from the start. */
static void expect(const char *tunnel, const char *upstream, unsigned days, const char *format, ...)
    PRINTF_LIKE(4, 5);

static void expect(const char *tunnel, const char *upstream, unsigned days, const char *format, ...)
{
    char text[4096], wanted[1024], *at = text;
    struct expiry expiry;
    int ends[2];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(wanted, sizeof wanted, format, args);
    va_end(args);
    struct policy *policy = load(tunnel, upstream, true);
    assert_int_equal(pipe(ends), 0);
    log_setup(ends[1], LOG_INFO, LOG_TEXT);
    loop = loop_new();
    start = time(NULL) - (int64_t)(loop_now_ms(loop) / 1000);
    expiry_init(&expiry, loop, wall_clock);
    expiry_watch(&expiry, policy);
    fake_advance(loop, days * 1000ull * DAY);
    expiry_stop(&expiry);
    assert_int_equal(fake_next_timer_ms(loop), UINT64_MAX);
    loop_free(&loop);
    policy_unref(&policy);
    (void)close(ends[1]);
    log_setup(STDERR_FILENO, LOG_INFO, LOG_TEXT);
    ssize_t len = read(ends[0], text, sizeof text - 1);
    (void)close(ends[0]);
    assert_true(len >= 0);
    text[len] = '\0';
    /* Without the time and the level, which are not this test's. */
    struct buf got = BUF_INIT;
    for (char *line = strtok_r(at, "\n", &at); line; line = strtok_r(NULL, "\n", &at))
        buf_printf(&got, "%s\n", strstr(line, "tls.") ? strstr(line, "tls.") : line);
    buf_add_byte(&got, '\0');
    assert_string_equal(got.ptr, wanted);
    buf_fini(&got);
    skipped = 0;
}

static void test_good_ones_are_not_told(void **state)
{
    (void)state;
    expect("", "", 3, "%s", "");
    expect(",\"certificate\":\"chain.pem\",\"certificate_key\":\"leaf.key\"", "", 0, "%s", "");
    expect(SHOW("good"),
           ",\"tls\":\"require_verify\",\"ca_certs\":\"root.pem\"" SHOW("for-clients"), 400, "%s",
           "");
}

static void test_soon_is_told_each_day(void **state)
{
    struct tls_date until = tls_date(time(NULL) + 10 * DAY + DAY / 2);
    (void)state;
    expect(SHOW("soon"), "", 2,
           "tls.certificate_expires tunnel=in file=%s/soon.pem until=%s days_left=10\n"
           "tls.certificate_expires tunnel=in file=%s/soon.pem until=%s days_left=9\n"
           "tls.certificate_expires tunnel=in file=%s/soon.pem until=%s days_left=8\n",
           folder, until.text, folder, until.text, folder, until.text);
}

/* One day nothing is left of it. */
static void test_it_expires(void **state)
{
    struct tls_date until = tls_date(time(NULL) + 10 * DAY + DAY / 2);
    (void)state;
    skipped = 10 * DAY;
    expect(SHOW("soon"), "", 2,
           "tls.certificate_expires tunnel=in file=%s/soon.pem until=%s days_left=0\n"
           "tls.certificate_expired tunnel=in file=%s/soon.pem until=%s days_ago=0\n"
           "tls.certificate_expired tunnel=in file=%s/soon.pem until=%s days_ago=1\n",
           folder, until.text, folder, until.text, folder, until.text);
}

static void test_month_begins(void **state)
{
    int64_t days = 0;
    struct tls_validity validity = {"x", 0, 31ll * DAY};
    (void)state;
    assert_int_equal(tls_age(&validity, 0, &days), TLS_AGE_GOOD);
    assert_int_equal(tls_age(&validity, DAY, &days), TLS_AGE_GOOD);
    assert_int_equal(days, 30);
    assert_int_equal(tls_age(&validity, DAY + 1, &days), TLS_AGE_SOON);
    assert_int_equal(days, 29);
    assert_int_equal(tls_age(&validity, 31ll * DAY, &days), TLS_AGE_SOON);
    assert_int_equal(tls_age(&validity, 31ll * DAY + 1, &days), TLS_AGE_EXPIRED);
    validity.from = 10;
    assert_int_equal(tls_age(&validity, 9, &days), TLS_AGE_EARLY);
    assert_string_equal(tls_date(1801008000).text, "2027-01-27");
}

static int64_t days_since_2021(void)
{
    return (time(NULL) - 1609459200) / DAY;
}

/* An engine whose certificate has expired starts again; so with one of a chain, of an upstream, of
 * an authority. A service that two tunnels feed is told of once. */
static void test_late_and_early_ones_are_loaded(void **state)
{
    long long ago = (long long)days_since_2021();
    (void)state;
    expect(SHOW("expired"), "", 0,
           "tls.certificate_expired tunnel=in file=%s/expired.pem until=2021-01-01 days_ago=%lld\n",
           folder, ago);
    expect(SHOW("early"), "", 0,
           "tls.certificate_early tunnel=in file=%s/early.pem from=2090-01-01\n", folder);
    expect(",\"certificate\":\"late-chain.pem\",\"certificate_key\":\"late-leaf.key\"", "", 0,
           "tls.certificate_expired tunnel=in file=%s/late-chain.pem until=2021-01-01 "
           "days_ago=%lld\n",
           folder, ago);
    expect("", ",\"tls\":\"require_verify\",\"ca_certs\":\"late-root.pem\"" SHOW("expired"), 0,
           "tls.certificate_expired service=s file=%s/expired.pem until=2021-01-01 days_ago=%lld\n"
           "tls.certificate_expired service=s file=%s/late-root.pem until=2021-01-01 "
           "days_ago=%lld\n",
           folder, ago, folder, ago);
    expect(SHOW("good") ",\"advanced_settings\":{\"ssl_options\":{\"cert_reqs\":\"CERT_OPTIONAL\","
                        "\"ca_certs\":\"late-root.pem\"}}",
           "", 0,
           "tls.certificate_expired tunnel=in file=%s/late-root.pem until=2021-01-01 "
           "days_ago=%lld\n",
           folder, ago);
}

/* `check` wants to know, and what is worse than late stays an error. */
static void test_what_is_not_forgiven(void **state)
{
    (void)state;
    assert_null(load(SHOW("expired"), "", false));
    assert_null(load(SHOW("early"), "", false));
    static const char *const bad[] = {
        SHOW("rsa-1024"),
        SHOW("for-clients"),
        SHOW("sha1"),
        ",\"certificate\":\"expired.pem\",\"certificate_key\":\"good.key\"",
        ",\"certificate\":\"expired.pem\",\"certificate_key\":\"nothing.key\"",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct buf text = BUF_INIT, complaints = BUF_INIT;
        char name[100];
        struct policy_options options = {.dates_forgiven = true};
        (void)snprintf(name, sizeof name, "%s/c.json", folder);
        buf_printf(&text,
                   "{\"tunnels\":[{\"name\":\"in\",\"listening_interface\":\"127.0.0.1\","
                   "\"port\":0%s}],\"services\":[{\"name\":\"s\",\"tunnels\":\"in\",\"hostnames\":["
                   "{\"hostname\":\"*\",\"forwarding_address\":\"mta.example\"}]}]}",
                   bad[i]);
        assert_null(policy_load_text(name, buf_span(&text), &options, &complaints));
        assert_true(complaints.len > 0);
        buf_fini(&complaints);
        buf_fini(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_ones_are_not_told),
        cmocka_unit_test(test_soon_is_told_each_day),
        cmocka_unit_test(test_it_expires),
        cmocka_unit_test(test_month_begins),
        cmocka_unit_test(test_late_and_early_ones_are_loaded),
        cmocka_unit_test(test_what_is_not_forgiven),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
