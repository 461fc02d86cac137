/* SPDX-License-Identifier: Apache-2.0 */
/* Forwarding addresses, and the route that a recipient's mail takes. */
#include "tunnels/settings/forward.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct arena *arena;

static struct hop parse(const char *text)
{
    struct hop hop;
    struct error err = ERROR_INIT;
    if (!forward_parse(span_str(text), arena, &hop, &err))
        fail_msg("%s: %s", text, err.text);
    assert_string_equal(hop.text, text);
    return hop;
}

static void assert_smtp(const char *text, const char *host, uint16_t port)
{
    struct hop hop = parse(text);
    assert_int_equal(hop.kind, HOP_SMTP);
    assert_string_equal(hop.host, host);
    assert_int_equal(hop.port, port);
}

static void test_smtp(void **state)
{
    (void)state;
    assert_smtp("mta1.corp.example:2525", "mta1.corp.example", 2525);
    assert_smtp("mta1", "mta1", 25);
    assert_smtp("192.0.2.1:26", "192.0.2.1", 26);
    assert_smtp("192.0.2.1", "192.0.2.1", 25);
    assert_smtp("[2001:db8::1]:27", "2001:db8::1", 27);
    assert_smtp("[::1]", "::1", 25);
    assert_smtp("_mx.example:65535", "_mx.example", 65535);
}

static void assert_implicit(const char *text, const char *host, uint16_t port)
{
    assert_smtp(text, host, port);
    assert_true(parse(text).implicit_tls);
}

static void test_implicit_tls(void **state)
{
    (void)state;
    assert_implicit("smtps://mta.example", "mta.example", 465);
    assert_implicit("smtps://mta.example:2465", "mta.example", 2465);
    assert_implicit("SMTPS://192.0.2.1", "192.0.2.1", 465);
    assert_implicit("smtps://[2001:db8::1]:466", "2001:db8::1", 466);
    assert_implicit("smtps://[::1]", "::1", 465);
    assert_false(parse("smtps:25").implicit_tls); /* a host of that name */
    assert_false(parse("mta.example:465").implicit_tls);
}

static void test_others(void **state)
{
    (void)state;
    struct hop hop = parse("maildir:/var/mail:x");
    assert_int_equal(hop.kind, HOP_MAILDIR);
    assert_string_equal(hop.path, "/var/mail:x");
    hop = parse("Reflect");
    assert_int_equal(hop.kind, HOP_REFLECT);
    assert_int_equal(hop.port, 25);
    hop = parse("reflect:2525");
    assert_int_equal(hop.kind, HOP_REFLECT);
    assert_int_equal(hop.port, 2525);
}

static void assert_refused(const char *text, const char *wanted)
{
    struct hop hop;
    struct error err = ERROR_INIT;
    assert_false(forward_parse(span_str(text), arena, &hop, &err));
    assert_string_equal(err.text, wanted);
}

static void test_refused(void **state)
{
    (void)state;
    static const char any[] = "expected host:port, [IPv6 address]:port, smtps://host:port, "
                              "reflect:PORT or maildir:PATH; of several hosts a list";
    static const char port[] = "expected a port 1..65535 behind the ':'";
    static const char v6[] = "expected an IPv6 address in brackets and a port, like "
                             "[2001:db8::1]:25; names and IPv4 addresses have no brackets";
    assert_refused("", any);
    assert_refused(":25", any);
    assert_refused("smtps://", any);
    assert_refused("smtps:///mta", any);
    assert_refused("smtps://mta/", any);
    assert_refused("smtps://smtps://mta", any);
    assert_refused("smtp://mta", any);
    assert_refused("smtps://mta:0", port);
    assert_refused("-mta.example", any);
    assert_refused("mta..example:25", any);
    assert_refused("mta example:25", any);
    assert_refused("10.0.0.256:25", any);
    assert_refused("mta:0", port);
    assert_refused("mta:65536", port);
    assert_refused("mta:", port);
    assert_refused("reflect:", port);
    assert_refused("reflect:0", port);
    assert_refused("reflect:25x", port);
    assert_refused("mta:25:25", port);
    assert_refused("[::1]:smtp", port);
    assert_refused("[::1", v6);
    assert_refused("[192.0.2.1]:25", v6);
    assert_refused("[::1]25", v6);
    assert_refused("2001:db8::1", "expected an IPv6 address in brackets, like [2001:db8::1]:25");
    assert_refused("maildir:", "expected the path of a Maildir behind the ':'");
}

static void assert_route(const struct service *service, const char *recipient, int wanted)
{
    const struct route *route = service_route(service, span_str(recipient));
    if (wanted < 0)
        assert_null(route);
    else
        assert_ptr_equal(route, &service->routes[wanted]);
}

static void test_routes(void **state)
{
    (void)state;
    struct route routes[] = {{SPAN("Corp.Example"), NULL, 0},
                             {SPAN("*.corp.example"), NULL, 0},
                             {SPAN("*.example"), NULL, 0}};
    struct service service = {.routes = routes, .route_count = 3};
    assert_route(&service, "a@corp.example", 0);
    assert_route(&service, "a@CORP.EXAMPLE", 0);
    assert_route(&service, "a@corp.example.", 0);
    assert_route(&service, "a@mail.corp.example", 1);
    assert_route(&service, "a@other.example", 2);
    assert_route(&service, "\"x@corp.example\"@other.example", 2);
    assert_route(&service, "a@example", -1);
    assert_route(&service, "a@.example", -1);
    assert_route(&service, "a@notcorp.test", -1);
    assert_route(&service, "postmaster", 0);
    assert_route(&service, "", 0);
}

/* By the host that a client named under TLS: never by "*". */
static void test_routes_of_clients(void **state)
{
    (void)state;
    struct route routes[] = {
        {SPAN("*"), NULL, 0}, {SPAN("Corp.Example"), NULL, 0}, {SPAN("*.corp.example"), NULL, 0}};
    struct service service = {.routes = routes, .route_count = 3};
    assert_ptr_equal(service_route_of_client(&service, SPAN("corp.EXAMPLE")), &routes[1]);
    assert_ptr_equal(service_route_of_client(&service, SPAN("mx.corp.example")), &routes[2]);
    assert_null(service_route_of_client(&service, SPAN("corp.test")));
    assert_null(service_route_of_client(&service, SPAN("*")));
    assert_null(service_route_of_client(&service, SPAN("")));
}

static void test_star(void **state)
{
    (void)state;
    struct route routes[] = {{SPAN("corp.example"), NULL, 0}, {SPAN("*"), NULL, 0}};
    struct service service = {.routes = routes, .route_count = 2};
    assert_route(&service, "a@corp.example", 0);
    assert_route(&service, "a@x.test", 1);
    assert_route(&service, "postmaster", 1);
    assert_route(&service, "a@[192.0.2.1]", 1);
}

static void test_allows(void **state)
{
    (void)state;
    struct network none = {.prefix = 32, .address = {192, 0, 2, 1}};
    struct tunnel tunnel = {0};
    assert_true(tunnel_allows(&tunnel, "192.0.2.2"));
    tunnel.allowed = &none;
    tunnel.allowed_count = 1;
    assert_true(tunnel_allows(&tunnel, "192.0.2.1"));
    assert_false(tunnel_allows(&tunnel, "192.0.2.2"));
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_smtp),   cmocka_unit_test(test_implicit_tls),
        cmocka_unit_test(test_others), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_routes), cmocka_unit_test(test_routes_of_clients),
        cmocka_unit_test(test_star),   cmocka_unit_test(test_allows),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
