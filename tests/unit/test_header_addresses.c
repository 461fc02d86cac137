/* SPDX-License-Identifier: Apache-2.0 */
/* header_addresses: the addresses of a header field (RFC 5322 section 3.4), and what is near it. */
#include "rulesets/conditions/header_addresses.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/message/library.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct arena *arena;

/* The addresses with a blank between them. */
static const char *read_value(struct span value)
{
    struct header_addresses found;
    struct buf out = BUF_INIT;
    header_addresses_read(value, arena, &found);
    for (size_t i = 0; i < found.count; i++) {
        if (i > 0)
            buf_add_byte(&out, ' ');
        buf_add(&out, found.items[i].text);
    }
    const char *text = arena_str(arena, buf_span(&out));
    buf_fini(&out);
    return text;
}

struct sample {
    const char *value, *addresses;
};

static void expect(const struct sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *got = read_value(span_str(samples[i].value));
        if (strcmp(got, samples[i].addresses) != 0)
            fail_msg("%s: got \"%s\", expected \"%s\"", samples[i].value, got,
                     samples[i].addresses);
    }
}

static void test_grammar(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"", ""},
        {"a@x.example", "a@x.example"},
        {" a@x.example ,\r\n b@y.example", "a@x.example b@y.example"},
        {"Ann <a@x.example>", "a@x.example"},
        {"<a@x.example>", "a@x.example"},
        {"\"Ann, of X\" <a@x.example>, Bob <b@y.example>", "a@x.example b@y.example"},
        {"Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", "pete@silly.test"},
        {"A Group(Some people):Chris <c@a.test>, joe@where.test, John <j@one.test>;",
         "c@a.test joe@where.test j@one.test"},
        {"Undisclosed recipients:;", ""},
        {"g: a@x.example;, h: b@y.example, c@z.example;", "a@x.example b@y.example c@z.example"},
        {"\"a b\"@x.example", "a b@x.example"},
        {"\"bob\"@x.example", "bob@x.example"},
        {"\"a\\\"b\"@x.example", "a\"b@x.example"},
        {"\"a@b\"@x.example", "a@b@x.example"},
        {"a@[192.0.2.1], b@[IPv6:2001:db8::1]", "a@[192.0.2.1] b@[ipv6:2001:db8::1]"},
        /* obsolete (section 4.4) */
        {"a . b @ x . example", "a.b@x.example"},
        {"a(1).b(2)@(3)x(4).example", "a.b@x.example"},
        {"<@relay.example,@other.example:a@x.example>", "a@x.example"},
        {"a@x.example,,, ,b@y.example,", "a@x.example b@y.example"},
        {"a@X.Example.", "a@x.example"},
        {"Mr. X <a@x.example>", "a@x.example"},
    };
    expect(samples, ARRAY_LEN(samples));
}

static void test_names_are_no_addresses(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"\"boss@corp.example\" <a@x.example>", "a@x.example"},
        {"boss@corp.example <a@x.example>", "a@x.example"},
        {"=?utf-8?q?boss=40corp.example?= <a@x.example>", "a@x.example"},
        {"=?utf-8?q?x_=3Cboss=40corp.example=3E=2C_?= <a@x.example>", "a@x.example"},
        {"\"=?utf-8?q?=22=3Cb=40y.example=3E?=\" <a@x.example>", "a@x.example"},
        {"=?utf-8?b?TcO8bGxlcg==?= <a@x.example>, =?iso-8859-1?q?J=F6rg?= <b@y.example>",
         "a@x.example b@y.example"},
        {"(boss@corp.example) a@x.example", "a@x.example"},
        {"boss@corp.example: a@x.example;", "boss@corp.example a@x.example"},
    };
    expect(samples, ARRAY_LEN(samples));
}

/* What a program may take for the address, where there is no other. */
static void test_hidden_addresses(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"=?utf-8?q?boss=40corp.example?=", "boss@corp.example"},
        {"=?utf-8?q?Boss_=3Cboss=40corp.example=3E?=", "boss@corp.example"},
        {"\"boss@corp.example\"", "boss@corp.example"},
        {"\"boss@corp.example\" <>", "boss@corp.example"},
        {"<=?utf-8?q?a=40x.example?=>", "a@x.example"},
        {"\"no @ here\"", ""},
    };
    expect(samples, ARRAY_LEN(samples));
}

static void test_broken(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"a", ""},
        {"@", ""},
        {"a@", ""},
        {"a@.", ""},
        {"a@\"\"", ""},
        {"\"\"@x.example", "@x.example"},
        {"@x.example", ""},
        {"a@x.example b@y.example", "a@x.example b@y.example"},
        {"<a@x.example", "a@x.example"},
        {"<a@x.example, b@y.example>", "a@x.example b@y.example"},
        {"<a@x.example> <b@y.example>", "a@x.example b@y.example"},
        {"<<a@x.example>>", "a@x.example"},
        {"a@b@x.example", "a@b b@x.example"},
        {"a@@x.example", "a@x.example"},
        {"(a@x.example", "a@x.example"},
        {"((a@x.example) b@y.example", "a@x.example b@y.example"},
        {"\"a@x.example, b@y.example", "a@x.example b@y.example"},
        {"Bob <mailto:a@x.example>", "a@x.example"},
        {"a@x.example;b@y.example", "a@x.example b@y.example"},
        {") a@x.example", "a@x.example"},
        {"a@[192.0.2.1", "a@[192.0.2.1"},
        {"\xff@x.example", "\xc3\xbf@x.example"},
    };
    expect(samples, ARRAY_LEN(samples));
}

static void test_international(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"a@B\xc3\x9c"
         "CHER.example",
         "a@b\xc3\xbc"
         "cher.example"},
        {"a@xn--bcher-kva.EXAMPLE", "a@b\xc3\xbc"
                                    "cher.example"},
        {"M\xc3\xbcller <m\xc3\xbcller@x.example>", "m\xc3\xbcller@x.example"},
    };
    expect(samples, ARRAY_LEN(samples));
}

/* What could take the square of the length. */
static void test_linear(void **state)
{
    (void)state;
    static const char *const units[] = {
        "(",        "\"",   "\\\"",  "\"\\\"", "<",        "a@x,",  "@x:", "a.",
        "a . ",     "(a)",  "a@x. ", "[",      "a@[",      "\"@\"", ":;,", "=?utf-8?q?=40?= ",
        "\"a\\\"@", "<a@b", "a@b@",  "xn--a.", "a@xn--a,", "(\\",
    };
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        struct arena *own = arena_new();
        struct buf value = BUF_INIT;
        struct header_addresses found;
        while (value.len < 100 * 1024)
            buf_add_str(&value, units[i]);
        uint64_t start = clock_now_ns();
        header_addresses_read(buf_span(&value), own, &found);
        uint64_t ms = (clock_now_ns() - start) / CLOCK_NS_IN_MS;
        if (ms > 3000)
            fail_msg("\"%s\" a hundred thousand bytes long: %d ms", units[i], (int)ms);
        assert_true(found.count <= HEADER_ADDRESSES_MAX);
        buf_fini(&value);
        arena_free(&own);
    }
}

static void test_limit(void **state)
{
    (void)state;
    struct buf value = BUF_INIT;
    struct header_addresses found;
    for (size_t i = 0; i < HEADER_ADDRESSES_MAX; i++)
        buf_add_str(&value, "a@x,");
    header_addresses_read(buf_span(&value), arena, &found);
    assert_int_equal(found.count, HEADER_ADDRESSES_MAX);
    assert_false(found.incomplete);
    buf_add_str(&value, "a@x,");
    header_addresses_read(buf_span(&value), arena, &found);
    assert_int_equal(found.count, HEADER_ADDRESSES_MAX);
    assert_true(found.incomplete);
    buf_fini(&value);
}

static int setup(void **state)
{
    (void)state;
    message_library_init();
    arena = arena_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grammar),
        cmocka_unit_test(test_names_are_no_addresses),
        cmocka_unit_test(test_hidden_addresses),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_international),
        cmocka_unit_test(test_linear),
        cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
