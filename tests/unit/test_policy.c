/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a configuration: the run-time structures, which tunnels load and why, and the
 * life of a policy. */
#include "config/policy/policy.h"

#include "engine/pattern/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

static const char *fake_interface(const char *name, struct arena *arena)
{
    (void)arena;
    return strcmp(name, "eth7") == 0 ? "192.0.2.7" : NULL;
}

static const char *fake_resolve(const char *name, unsigned *left_ms, struct arena *arena)
{
    (void)left_ms;
    (void)arena;
    return strcmp(name, "mx.example") == 0 ? "2001:db8::25" : NULL;
}

static const char *fake_name(struct arena *arena)
{
    (void)arena;
    return "box.example";
}

static const struct host fake_host = {fake_interface, fake_resolve, fake_name};

static struct policy *load(const char *text, struct policy_options options, const char *wanted)
{
    struct buf complaints = BUF_INIT;
    options.host = &fake_host;
    struct policy *policy = policy_load_text("etc/c.json", span_str(text), &options, &complaints);
    buf_add_byte(&complaints, '\0');
    assert_string_equal(complaints.ptr, wanted);
    buf_fini(&complaints);
    return policy;
}

#define FOLDER TEST_ROOT "/config/good/"

static struct policy *load_file(const char *name, struct policy_options options)
{
    char path[500];
    struct buf complaints = BUF_INIT;
    options.host = &fake_host;
    (void)snprintf(path, sizeof path, "%s%s", FOLDER, name);
    struct policy *policy = policy_load(path, &options, &complaints);
    assert_int_equal(complaints.len, 0);
    buf_fini(&complaints);
    assert_non_null(policy);
    return policy;
}

static struct policy *good(const char *text)
{
    struct policy *policy = load(text, (struct policy_options){0}, "");
    assert_non_null(policy);
    return policy;
}

#define SERVICE(tunnels)                                                                           \
    "\"services\": [{\"name\": \"mail\", \"tunnels\": [" tunnels "],"                              \
    " \"hostnames\": [{\"hostname\": \"*\", \"forwarding_address\": \"mta.example\"}]}]"
#define TUNNEL(name, more)                                                                         \
    "{\"name\": \"" name "\", \"listening_interface\": \"127.0.0.1\", " more "}"

static void test_defaults(void **state)
{
    (void)state;
    struct policy *policy =
        good("{\"tunnels\": [" TUNNEL("out", "\"port\": 25") "], " SERVICE("\"out\"") "}");
    assert_int_equal(policy->loading_count, 1);
    assert_true(policy->loadings[0].loads);
    const struct tunnel *tunnel = policy->loadings[0].tunnel;
    assert_true(span_is(tunnel->name, "out"));
    assert_ptr_equal(tunnel->policy, &policy->counted);
    assert_string_equal(tunnel->address, "127.0.0.1");
    assert_int_equal(tunnel->port, 25);
    assert_string_equal(tunnel->server_name, "box.example");
    assert_int_equal(tunnel->conn.read_max, 32768);
    assert_int_equal(tunnel->conn.window_max, 2097152);
    assert_int_equal(tunnel->spool.memory_bytes, 32 << 20);
    assert_int_equal(tunnel->spool.total_memory, 512 << 20);
    assert_null(tunnel->spool.directory);
    assert_true(tunnel->spool.max_bytes > tunnel->max_message_size);
    assert_int_equal(tunnel->idle_timeout_s, 30);
    assert_int_equal(tunnel->message_timeout_s, 600);
    assert_int_equal(tunnel->max_message_size, 52428800);
    assert_int_equal(tunnel->max_recipients, 1000);
    assert_int_equal(tunnel->max_connections, 10000);
    assert_int_equal(tunnel->max_connections_per_client, 0);
    assert_int_equal(tunnel->max_errors, 20);
    assert_int_equal(tunnel->min_data_rate, 100);
    for (size_t i = 0; i < RATE_COUNT; i++)
        assert_int_equal(tunnel->max_rates[i], 0);
    assert_int_equal(tunnel->bare_newline, BARE_NEWLINE_REJECT);
    assert_null(tunnel->allowed);
    policy_unref(&policy);
    assert_null(policy);
}

static void test_service_defaults(void **state)
{
    (void)state;
    struct policy *policy =
        good("{\"tunnels\": [" TUNNEL("out", "\"port\": 25") "], " SERVICE("\"out\"") "}");
    const struct service *service = policy->loadings[0].tunnel->service;
    assert_true(span_is(service->name, "mail"));
    assert_int_equal(service->route_count, 1);
    assert_int_equal(service->routes[0].hop_count, 1);
    assert_string_equal(service->routes[0].hops[0].host, "mta.example");
    assert_int_equal(service->routes[0].hops[0].port, 25);
    assert_string_equal(service->upstream.helo_name, "box.example");
    assert_int_equal(service->upstream.connect_timeout_s, 30);
    assert_int_equal(service->upstream.reply_timeout_s, 300);
    assert_int_equal(service->upstream.data_timeout_s, 600);
    assert_int_equal(service->upstream.idle_timeout_s, 60);
    assert_int_equal(service->upstream.kept_connections, 100);
    assert_false(service->upstream.no_chunks || service->upstream.no_downgrade);
    assert_null(service->inspection.ruleset);
    assert_int_equal(service->inspection.on_uninspectable, TROUBLE_TAG);
    assert_int_equal(service->inspection.on_uncertain, TROUBLE_REJECT);
    assert_int_equal(service->inspection.on_error, TROUBLE_BY_CAUSE);
    assert_true(span_is(service->inspection.inspected_name, "X-Culvert-Inspected"));
    assert_true(span_is(service->inspection.inspected_value, "true"));
    policy_unref(&policy);
}

static void test_every_setting(void **state)
{
    (void)state;
    struct policy *policy = load_file("every-setting.json", (struct policy_options){0});
    const struct tunnel *tunnel = policy->loadings[0].tunnel;
    assert_int_equal(tunnel->idle_timeout_s, 5);
    assert_int_equal(tunnel->message_timeout_s, 6);
    assert_int_equal(tunnel->conn.window_max, 8192);
    assert_int_equal(tunnel->conn.read_max, 4096);
    assert_int_equal(tunnel->max_message_size, 0);
    assert_int_equal(tunnel->spool.max_bytes, 0);
    assert_int_equal(tunnel->max_recipients, 7);
    assert_int_equal(tunnel->max_connections, 8);
    assert_int_equal(tunnel->max_connections_per_client, 9);
    assert_int_equal(tunnel->max_rates[RATE_CONNECTIONS], 11);
    assert_int_equal(tunnel->max_rates[RATE_MESSAGES], 12);
    assert_int_equal(tunnel->max_rates[RATE_RECIPIENTS], 13);
    assert_int_equal(tunnel->max_errors, 14);
    assert_int_equal(tunnel->min_data_rate, 15);
    assert_int_equal(tunnel->bare_newline, BARE_NEWLINE_NORMALIZE);
    assert_true(tunnel_allows(tunnel, "10.1.2.3"));
    assert_true(tunnel_allows(tunnel, "IPv6:::1"));
    assert_false(tunnel_allows(tunnel, "11.1.2.3"));
    assert_string_equal(tunnel->server_name, "mx.corp.example");
    assert_string_equal(tunnel->spool.directory, FOLDER "folder");
    const struct service *service = tunnel->service;
    assert_int_equal(service->route_count, 3);
    assert_int_equal(service->routes[0].hop_count, 2);
    assert_string_equal(service->routes[0].hops[0].text, "[::1]:26");
    assert_string_equal(service->routes[1].hops[0].path, FOLDER "box");
    assert_string_equal(service->routes[2].hops[0].path, "/abs");
    assert_string_equal(service->upstream.helo_name, "gw.corp.example");
    assert_int_equal(service->upstream.connect_timeout_s, 1);
    assert_int_equal(service->upstream.reply_timeout_s, 2);
    assert_int_equal(service->upstream.data_timeout_s, 3);
    assert_int_equal(service->upstream.idle_timeout_s, 4);
    assert_int_equal(service->upstream.kept_connections, 0);
    assert_true(service->upstream.no_chunks && service->upstream.no_downgrade);
    assert_true(span_is(service->inspection.inspected_name, "X-Seen"));
    assert_int_equal(service->inspection.max_inspect_size, 100);
    assert_int_equal(service->inspection.time_budget_ms, 200);
    assert_int_equal(service->inspection.on_uninspectable, TROUBLE_REJECT);
    assert_int_equal(service->inspection.on_uncertain, TROUBLE_PASS);
    assert_int_equal(service->inspection.on_error, TROUBLE_REJECT);
    policy_unref(&policy);
}

/* A part that is not enabled counts as not there: its defaults hold. */
static void test_disabled_parts(void **state)
{
    (void)state;
    struct policy *policy = good("{\"tunnels\": [" TUNNEL(
        "out", "\"port\": 1, \"advanced_settings\": {\"enabled\": "
               "false, \"max_recipients\": 3, \"allowed_clients\": "
               "[\"10.0.0.0/8\"]}") "],"
                                    "\"log\": {\"level\": \"debug\", \"enabled\": false}," SERVICE(
                                        "\"out\"") "}");
    assert_int_equal(policy->loadings[0].tunnel->max_recipients, 1000);
    assert_true(tunnel_allows(policy->loadings[0].tunnel, "11.0.0.1"));
    assert_int_equal(policy->log_level, LOG_INFO);
    policy_unref(&policy);
}

static void test_node_and_log(void **state)
{
    (void)state;
    static const char *const more[] = {"dmz"};
    static const char text[] = "{\"node\": {\"name\": \"edge1\", \"labels\": [\"edge\"]},"
                               "\"log\": {\"level\": \"ERROR\", \"format\": \"json\"}}";
    struct policy *policy = good(text);
    assert_true(span_is(policy->node_name, "edge1"));
    assert_int_equal(policy->label_count, 1);
    assert_int_equal(policy->log_level, LOG_ERROR);
    assert_int_equal(policy->log_format, LOG_JSON);
    policy_unref(&policy);
    policy = load(text,
                  (struct policy_options){.node_name = "n2", .labels = more, .label_count = 1}, "");
    assert_true(span_is(policy->node_name, "n2"));
    assert_int_equal(policy->label_count, 2);
    assert_true(span_is(policy->labels[1], "dmz"));
    policy_unref(&policy);
    policy = good("{}");
    assert_true(span_is(policy->node_name, "box.example"));
    policy_unref(&policy);
}

static void assert_loading(const struct policy *policy, const char *name, bool loads,
                           const char *why)
{
    const struct loading *loading = policy_tunnel(policy, span_str(name));
    assert_non_null(loading);
    assert_string_equal(loading->why, why);
    assert_int_equal(loading->loads, loads);
}

static void test_loading_by_label(void **state)
{
    (void)state;
    static const char *const labels[] = {"lab", "edge"};
    struct policy_options options = {.labels = labels, .label_count = 2};
    struct policy *policy = load_file("labels.json", options);
    assert_loading(policy, "plain", true, "it has no labels and so loads on every node");
    assert_loading(policy, "edge", true, "its label \"edge\" is one of this node's");
    assert_loading(policy, "core", false,
                   "this node has other labels (lab, edge) than the tunnel (core)");
    assert_loading(policy, "off", false, "\"enabled\" is false");
    assert_null(policy_tunnel(policy, SPAN("none")));
    policy_unref(&policy);
    policy = load_file("labels.json", (struct policy_options){0});
    assert_loading(policy, "edge", false, "this node has no labels; the tunnel has: core, edge");
    /* For `culvert apply`: settings and service are there all the same. */
    assert_non_null(policy_tunnel(policy, SPAN("core"))->tunnel->service);
    policy_unref(&policy);
}

static void test_loading_without_service(void **state)
{
    (void)state;
    struct policy *policy = load(
        "{\"tunnels\": [" TUNNEL(
            "a", "\"port\": 1") "], \"services\": [{\"name\": \"s\","
                                " \"enabled\": false, \"tunnels\": [\"a\"], \"ruleset\": \"gone\", "
                                "\"hostnames\":"
                                " [{\"hostname\": \"*\", \"forwarding_address\": \"reflect\"}]}]}",
        (struct policy_options){0},
        "etc/c.json:1:14: /tunnels/0: warning: the tunnel \"a\" does not load: no enabled "
        "service uses it\n");
    assert_loading(policy, "a", false, "no enabled service uses it");
    assert_int_equal(policy->service_count, 0);
    policy_unref(&policy);
}

static void assert_interface(const char *interface, const char *address)
{
    struct buf text = BUF_INIT;
    buf_printf(&text,
               "{\"node\": {\"interfaces\": {\"ethSRV0\": \"10.0.0.5\", \"ethMNG\": \"eth7\", "
               "\"eth7\": \"10.7.7.7\"}}, \"tunnels\": [{\"name\": \"a\", \"port\": 1,"
               "\"listening_interface\": \"%s\"}], " SERVICE("\"a\"") "}%c",
               interface, '\0');
    struct policy *policy = good(text.ptr);
    assert_string_equal(policy->loadings[0].tunnel->address, address);
    policy_unref(&policy);
    buf_fini(&text);
}

static void test_interfaces(void **state)
{
    (void)state;
    assert_interface("ethSRV0", "10.0.0.5");
    assert_interface("ethMNG", "192.0.2.7"); /* an alias of an interface, not of an alias */
    assert_interface("eth7", "10.7.7.7");    /* an alias goes before an interface */
    assert_interface("0.0.0.0", "0.0.0.0");
    assert_interface("::", "::");
    assert_interface("[2001:DB8:0::1]", "2001:db8::1");
    assert_interface("mx.example", "2001:db8::25");
}

/* What every host knows, whatever its network. */
static void test_this_host(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    unsigned left_ms = INTERFACE_NAMES_MS;
    assert_string_equal(this_host.interface_address("lo", arena), "127.0.0.1");
    assert_null(this_host.interface_address("no such interface", arena));
    assert_string_equal(this_host.resolve("127.0.0.1", &left_ms, arena), "127.0.0.1");
    assert_string_equal(this_host.resolve("::1", &left_ms, arena), "::1");
    assert_true(this_host.name(arena)[0] != '\0');
    arena_free(&arena);
}

static void test_interface_of_another_node(void **state)
{
    (void)state;
    static const char text[] = "{\"tunnels\": [{\"name\": \"a\", \"port\": 1, "
                               "\"listening_interface\": \"eth9\"}], " SERVICE("\"a\"") "}";
    static const char why[] = "expected an alias of node.interfaces, a network interface, an "
                              "address or a host name of this host, got \"eth9\"";
    struct buf complaint = BUF_INIT;
    buf_printf(&complaint, "etc/c.json:1:62: /tunnels/0/listening_interface: %s\n%c", why, '\0');
    assert_null(load(text, (struct policy_options){0}, complaint.ptr));
    buf_fini(&complaint);
    struct policy *policy = load(text, (struct policy_options){.interfaces_optional = true}, "");
    assert_loading(policy, "a", false, why);
    policy_unref(&policy);
}

/* The same address and port are fine where only one of the two tunnels loads. */
static void test_same_place(void **state)
{
    (void)state;
    static const char text[] =
        "{\"tunnels\": [" TUNNEL("a", "\"port\": 25, \"labels\": \"x\"") ",\n" TUNNEL(
            "b", "\"port\": 25") "], " SERVICE("\"a\", \"b\"") "}";
    static const char *const labels[] = {"x"};
    struct policy *policy = good(text);
    policy_unref(&policy);
    assert_null(load(text, (struct policy_options){.labels = labels, .label_count = 1},
                     "etc/c.json:2:59: /tunnels/1/port: the tunnel \"a\" already listens on "
                     "127.0.0.1, port 25 (etc/c.json:1:72)\n"));
    policy = good("{\"tunnels\": [" TUNNEL("a", "\"port\": 0") "," TUNNEL(
        "b", "\"port\": 0") "], " SERVICE("\"a\", \"b\"") "}");
    policy_unref(&policy);
}

static const char with_ruleset[] = "{\"tunnels\": [" TUNNEL(
    "out", "\"port\": 25") "], \"services\": [{\"name\": \"mail\","
                           " \"tunnels\": [\"out\"], \"ruleset\": \"r\", \"hostnames\": "
                           "[{\"hostname\": \"*\","
                           " \"forwarding_address\": \"mta.example\"}]}], \"rulesets\": "
                           "[{\"name\": \"r\", \"rules\":"
                           " [{\"extract\": \"SMTP Message\", \"rules\": [{\"extract\": "
                           "\"Subject\", \"pattern\":"
                           " \"\\\\d+\", \"rules\": [{\"transform\": \"Mask\"}]}]}]}]}";

static void test_ruleset(void **state)
{
    (void)state;
    struct policy *policy = good(with_ruleset);
    assert_non_null(policy->loadings[0].tunnel->service->inspection.ruleset);
    assert_int_equal(policy->ruleset_count, 1);
    policy_unref(&policy);
}

struct retired {
    struct policy *policy;
    size_t times;
};

static void retire(struct policy *policy, void *arg)
{
    struct retired *retired = arg;
    retired->policy = policy;
    retired->times++;
}

/* A message that began under a policy keeps it; whoever drops it last does not free it. */
static void test_last_reference(void **state)
{
    (void)state;
    struct retired retired = {NULL, 0};
    struct policy *policy = good(with_ruleset);
    struct policy *whole = policy;
    policy_set_retire(policy, retire, &retired);
    struct counted *held = policy->loadings[0].tunnel->policy;
    policy_ref(policy);
    counted_ref(held);
    policy_unref(&policy);
    assert_int_equal(retired.times, 0);
    policy = whole;
    policy_unref(&policy);
    assert_int_equal(retired.times, 0);
    assert_true(span_is(whole->loadings[0].tunnel->name, "out"));
    counted_unref(held);
    assert_int_equal(retired.times, 1);
    assert_ptr_equal(retired.policy, whole);
    policy_free(retired.policy);
}

static void test_missing_file(void **state)
{
    (void)state;
    struct buf complaints = BUF_INIT;
    assert_null(policy_load("/nonexistent", NULL, &complaints));
    assert_true(complaints.len > 0);
    buf_fini(&complaints);
    policy_unref(&(struct policy *){NULL});
}

static int set_up(void **state)
{
    (void)state;
    pattern_library_init();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_service_defaults),
        cmocka_unit_test(test_every_setting),
        cmocka_unit_test(test_disabled_parts),
        cmocka_unit_test(test_node_and_log),
        cmocka_unit_test(test_loading_by_label),
        cmocka_unit_test(test_loading_without_service),
        cmocka_unit_test(test_interfaces),
        cmocka_unit_test(test_this_host),
        cmocka_unit_test(test_interface_of_another_node),
        cmocka_unit_test(test_same_place),
        cmocka_unit_test(test_ruleset),
        cmocka_unit_test(test_last_reference),
        cmocka_unit_test(test_missing_file),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
