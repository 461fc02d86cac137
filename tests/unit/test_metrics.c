/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/metrics/metrics.h"

#include "engine/base/attrs.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define THREADS 80 /* more than there are shards */
#define ROUNDS 1000

static char *page(void)
{
    struct buf out = BUF_INIT;
    metrics_write(&out);
    buf_add_byte(&out, '\0');
    return out.ptr;
}

static void assert_shows(const char *line)
{
    char *text = page();
    if (!strstr(text, line))
        fail_msg("\"%s\" is not in\n%s", line, text);
    free(text);
}

static void assert_hides(const char *what)
{
    char *text = page();
    if (strstr(text, what))
        fail_msg("\"%s\" is in\n%s", what, text);
    free(text);
}

static void test_values_are_told_apart(void **state)
{
    (void)state;
    struct metric *metric = metric_by2(METRIC_LIMITS, SPAN("a"), SPAN("bc"));
    assert_ptr_equal(metric, metric_by2(METRIC_LIMITS, SPAN("a"), SPAN("bc")));
    assert_ptr_not_equal(metric, metric_by2(METRIC_LIMITS, SPAN("ab"), SPAN("c")));
    assert_ptr_not_equal(metric, metric_by2(METRIC_COMMANDS, SPAN("a"), SPAN("bc")));
    metric_add(metric, 2);
    metric_add(metric, 3);
    assert_int_equal(metric_read(metric), 5);
    assert_shows("culvert_limits_total{tunnel=\"a\",reason=\"bc\"} 5\n");
    assert_shows("culvert_limits_total{tunnel=\"ab\",reason=\"c\"} 0\n");
}

static void test_help_and_type_come_once_and_first(void **state)
{
    (void)state;
    metric_add(metric_by(METRIC_CONNECTIONS, SPAN("x")), 1);
    char *text = page();
    const char *head = "# HELP culvert_connections Connections of clients that are open.\n"
                       "# TYPE culvert_connections gauge\n"
                       "culvert_connections{tunnel=\"x\"} 1\n";
    const char *at = strstr(text, head);
    assert_non_null(at);
    assert_null(strstr(at + strlen(head), "# TYPE culvert_connections gauge"));
    free(text);
}

static void test_values_are_escaped(void **state)
{
    (void)state;
    metric_add(metric_by(METRIC_EDITS, SPAN("a\\b\"c\nd")), 1);
    assert_shows("culvert_edits_total{tunnel=\"a\\\\b\\\"c\\nd\"} 1\n");
}

static void test_without_values(void **state)
{
    (void)state;
    assert_shows("\nculvert_workers_refused_total 0\n");
    metric_add(metric_bare(METRIC_WORKERS_REFUSED), 1);
    assert_shows("\nculvert_workers_refused_total 1\n");
    assert_hides("# TYPE culvert_mail_loops_total"); /* none has come */
}

static void test_gauges_go_down(void **state)
{
    (void)state;
    struct metric *metric = metric_bare(METRIC_SPOOL_BYTES);
    metric_add(metric, 10);
    metric_sub(metric, 4);
    assert_shows("\nculvert_spool_bytes 6\n");
    metric_sub(metric, 7);
    assert_shows("\nculvert_spool_bytes -1\n");
}

static void test_times(void **state)
{
    (void)state;
    struct metric *metric = metric_by(METRIC_EVALUATION, SPAN("t"));
    metric_observe(metric, 50);        /* an end belongs to its bucket */
    metric_observe(metric, 51);        /* 100 us */
    metric_observe(metric, 2500000);   /* 2.5 s */
    metric_observe(metric, 120000001); /* beyond the last */
    assert_int_equal(metric_read(metric), 4);
    assert_shows("# TYPE culvert_evaluation_seconds histogram\n"
                 "culvert_evaluation_seconds_bucket{tunnel=\"t\",le=\"0.00005\"} 1\n"
                 "culvert_evaluation_seconds_bucket{tunnel=\"t\",le=\"0.0001\"} 2\n");
    assert_shows("culvert_evaluation_seconds_bucket{tunnel=\"t\",le=\"2.5\"} 3\n"
                 "culvert_evaluation_seconds_bucket{tunnel=\"t\",le=\"5\"} 3\n");
    assert_shows("culvert_evaluation_seconds_bucket{tunnel=\"t\",le=\"120\"} 3\n"
                 "culvert_evaluation_seconds_bucket{tunnel=\"t\",le=\"+Inf\"} 4\n"
                 "culvert_evaluation_seconds_sum{tunnel=\"t\"} 122.500102\n"
                 "culvert_evaluation_seconds_count{tunnel=\"t\"} 4\n");
}

static void test_sizes(void **state)
{
    (void)state;
    struct metric *metric = metric_by(METRIC_MESSAGE_SIZE, SPAN("s"));
    metric_observe(metric, 0);
    metric_observe(metric, 1025);
    assert_shows("culvert_message_size_bytes_bucket{tunnel=\"s\",le=\"1024\"} 1\n"
                 "culvert_message_size_bytes_bucket{tunnel=\"s\",le=\"4096\"} 2\n");
    assert_shows("culvert_message_size_bytes_sum{tunnel=\"s\"} 1025\n");
}

static void test_replaced_values_are_gone(void **state)
{
    (void)state;
    struct metric_value first = {
        metric_by3(METRIC_CERTIFICATE_EXPIRY, SPAN("tunnel"), SPAN("in"), SPAN("a.pem")), 7};
    struct metric_value second = {
        metric_by3(METRIC_CERTIFICATE_EXPIRY, SPAN("tunnel"), SPAN("in"), SPAN("b.pem")), 8};
    metrics_replace(METRIC_CERTIFICATE_EXPIRY, &first, 1);
    assert_shows("{owner=\"tunnel\",name=\"in\",file=\"a.pem\"} 7\n");
    metrics_replace(METRIC_CERTIFICATE_EXPIRY, &second, 1);
    assert_hides("a.pem");
    assert_shows("{owner=\"tunnel\",name=\"in\",file=\"b.pem\"} 8\n");
    metrics_replace(METRIC_CERTIFICATE_EXPIRY, NULL, 0);
    assert_hides(".pem\"}");
    metrics_replace(METRIC_CERTIFICATE_EXPIRY, &first, 1);
    assert_shows("{owner=\"tunnel\",name=\"in\",file=\"a.pem\"} 7\n");
}

static void *count(void *arg)
{
    (void)arg;
    for (unsigned i = 0; i < ROUNDS; i++) {
        char name[16];
        int len = snprintf(name, sizeof name, "v%u", i % 10);
        metric_add(metric_by2(METRIC_UNCERTAIN, SPAN("threads"), span_of(name, (size_t)len)), 1);
        metric_observe(metric_by(METRIC_DELIVERY, SPAN("threads")), i);
    }
    return NULL;
}

static void test_threads(void **state)
{
    pthread_t threads[THREADS];
    (void)state;
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count, NULL), 0);
    int64_t before = 0;
    for (unsigned i = 0; i < 50; i++) {
        int64_t now = metric_read(metric_by(METRIC_DELIVERY, SPAN("threads")));
        assert_true(now >= before); /* never backwards */
        before = now;
    }
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(metric_read(metric_by(METRIC_DELIVERY, SPAN("threads"))), THREADS * ROUNDS);
    assert_int_equal(metric_read(metric_by2(METRIC_UNCERTAIN, SPAN("threads"), SPAN("v3"))),
                     THREADS * ROUNDS / 10);
}

/* However many tunnels come and go with reloads, memory and the page stay bounded. */
static void test_values_are_bounded(void **state)
{
    (void)state;
    for (unsigned id = 0; id < METRIC_COUNT; id++) {
        if (!metric_family(id)->labels[0] || metric_family(id)->labels[1])
            continue;
        for (unsigned i = 0; i < METRIC_VALUES_MAX + 500; i++) {
            char name[16];
            int len = snprintf(name, sizeof name, "many%u", i);
            metric_observe(metric_by(id, span_of(name, (size_t)len)), 1);
        }
        assert_true(metric_read(metric_by(id, SPAN("other"))) >= 1);
    }
    assert_ptr_equal(metric_by(METRIC_EDITS, SPAN("many1400")),
                     metric_by(METRIC_EDITS, SPAN("many1401")));
    metric_add(metric_by(METRIC_BUILD, SPAN("still works")), 1);
}

static void test_process(void **state)
{
    (void)state;
    free(page());
    assert_true(metric_read(metric_bare(METRIC_PROCESS_RESIDENT)) > 1 << 20);
    assert_true(metric_read(metric_bare(METRIC_PROCESS_VIRTUAL)) >=
                metric_read(metric_bare(METRIC_PROCESS_RESIDENT)));
    assert_true(metric_read(metric_bare(METRIC_PROCESS_CPU)) > 0);
    assert_true(metric_read(metric_bare(METRIC_PROCESS_START)) > 1700000000);
    int64_t descriptors = metric_read(metric_bare(METRIC_PROCESS_DESCRIPTORS));
    FILE *file = fopen("/dev/null", "r");
    assert_non_null(file);
    free(page());
    assert_int_equal(metric_read(metric_bare(METRIC_PROCESS_DESCRIPTORS)), descriptors + 1);
    (void)fclose(file);
}

/* What Prometheus takes for a name, and what its users expect of one. */
static void test_names(void **state)
{
    (void)state;
    for (unsigned id = 0; id < METRIC_COUNT; id++) {
        const struct metric_family *family = metric_family(id);
        struct span name = span_str(family->name);
        bool total = span_ends_nocase(name, SPAN("_total"));
        bool counts = family->type == METRIC_COUNTER || family->type == METRIC_SECONDS;
        assert_int_equal(strspn(family->name, "abcdefghijklmnopqrstuvwxyz_"), name.len);
        assert_int_equal(total, counts);
        assert_null(strpbrk(family->help, "\\\n"));
        if (family->type == METRIC_TIMES)
            assert_true(span_ends_nocase(name, SPAN("_seconds")));
        if (family->type == METRIC_SIZES)
            assert_true(span_ends_nocase(name, SPAN("_bytes")));
        for (unsigned other = 0; other < id; other++)
            assert_string_not_equal(family->name, metric_family(other)->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_are_told_apart),
        cmocka_unit_test(test_help_and_type_come_once_and_first),
        cmocka_unit_test(test_values_are_escaped),
        cmocka_unit_test(test_without_values),
        cmocka_unit_test(test_gauges_go_down),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_replaced_values_are_gone),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_process),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_values_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
