/* SPDX-License-Identifier: Apache-2.0 */
/* The PROXY protocol: what a balancer may say, and everything that it may not. */
#include "tunnels/wire/proxy_header.h"

#include "engine/base/attrs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* after the headers that it needs */
#include <cmocka.h>

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"

/* In pieces as large as the parser asks for: it must never ask for more than is there. */
static enum parse_result parse(struct span input, struct proxy_header *out, size_t *len_out,
                               const char **reason_out)
{
    size_t have = 0;
    *reason_out = "";
    for (;;) {
        char *copy = malloc(have ? have : 1); /* so that reading beyond is seen */
        assert_non_null(copy);
        memcpy(copy, input.ptr, have);
        enum parse_result result =
            proxy_header_parse(span_of(copy, have), out, len_out, reason_out);
        free(copy);
        if (result != PARSE_MORE)
            return result;
        assert_true(*len_out > 0);
        if (*len_out > input.len - have)
            return PARSE_MORE;
        have += *len_out;
    }
}

static void check(struct span input, const char *client, unsigned port)
{
    struct proxy_header header;
    const char *reason;
    size_t len;
    struct proxy_header again;
    assert_int_equal(parse(input, &header, &len, &reason), PARSE_DONE);
    assert_int_equal(len, input.len);
    assert_int_equal(header.has_client, client != NULL);
    if (client) {
        assert_string_equal(header.client.address, client);
        assert_int_equal(header.client.port, port);
    }
    char written[PROXY_WRITE_MAX];
    size_t size = proxy_header_write(&header, written);
    assert_int_equal(parse(span_of(written, size), &again, &len, &reason), PARSE_DONE);
    assert_int_equal(len, size);
    assert_int_equal(again.has_client, header.has_client);
    assert_string_equal(again.client.address, header.client.address);
    assert_string_equal(again.server.address, header.server.address);
    assert_int_equal(again.client.port, header.client.port);
    assert_int_equal(again.server.port, header.server.port);
    /* Cut anywhere it is not whole. */
    for (size_t cut = 0; cut < input.len; cut++)
        assert_int_equal(parse(span_sub(input, 0, cut), &header, &len, &reason), PARSE_MORE);
}

static void check_bad(struct span input, const char *wanted)
{
    struct proxy_header header;
    const char *reason;
    size_t len;
    assert_int_equal(parse(input, &header, &len, &reason), PARSE_BAD);
    assert_false(header.has_client && strcmp(wanted, "") == 0);
    assert_non_null(strstr(reason, wanted));
}

static void test_v1(void **state)
{
    (void)state;
    check(SPAN("PROXY TCP4 192.0.2.7 198.51.100.1 4711 25\r\n"), "192.0.2.7", 4711);
    check(SPAN("PROXY TCP6 2001:db8::7 2001:db8::1 65535 25\r\n"), "IPv6:2001:db8::7", 65535);
    check(SPAN("PROXY TCP6 2001:DB8:0::7 2001:db8::1 0 25\r\n"), "IPv6:2001:db8::7", 0);
    check(SPAN("PROXY TCP6 ::ffff:192.0.2.7 ::ffff:192.0.2.1 1 25\r\n"), "192.0.2.7", 1);
    check(SPAN("PROXY UNKNOWN\r\n"), NULL, 0);
    check(SPAN("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n"), NULL, 0);
}

static void test_v1_longest(void **state)
{
    (void)state;
    char line[120];
    memset(line, 'x', sizeof line);
    memcpy(line, "PROXY UNKNOWN ", 14);
    memcpy(line + 105, "\r\n", 2);
    check(span_of(line, 107), NULL, 0);
    line[105] = 'x';
    memcpy(line + 106, "\r\n", 2);
    check_bad(span_of(line, 108), "longer than 107");
}

static void test_v1_bad(void **state)
{
    (void)state;
    check_bad(SPAN("EHLO client.example\r\n"), "no PROXY header");
    check_bad(SPAN("proxy TCP4 192.0.2.7 198.51.100.1 4711 25\r\n"), "no PROXY header");
    check_bad(SPAN("PROXY TCP5 192.0.2.7 198.51.100.1 4711 25\r\n"), "unknown protocol");
    check_bad(SPAN("PROXY UNKNOWNS 1\r\n"), "unknown protocol");
    check_bad(SPAN("PROXY UDP4 192.0.2.7 198.51.100.1 4711 25\r\n"), "unknown protocol");
    check_bad(SPAN("PROXY TCP4 192.0.2.7 198.51.100.1 4711 25\n\n\n"), "not CRLF");
    check_bad(SPAN("PROXY TCP4 192.0.2.7 198.51.100.1\n 4711 25\r\n"), "not CRLF");
    check_bad(SPAN("PROXY TCP4 192.0.2.7\r198.51.100.1 4711 25\r\n"), "not CRLF");
    static const struct span addresses[] = {
        SPAN_INIT("PROXY TCP4 192.0.2.256 198.51.100.1 4711 25\r\n"),
        SPAN_INIT("PROXY TCP4 192.0.2.07 198.51.100.1 4711 25\r\n"),
        SPAN_INIT("PROXY TCP4 192.0.2 198.51.100.1 4711 25\r\n"),
        SPAN_INIT("PROXY TCP4  192.0.2.7 198.51.100.1 4711 25\r\n"),
        SPAN_INIT("PROXY TCP4 192.0.2.7 198.51.100.1 4711  25\r\n"),
        SPAN_INIT("PROXY TCP4 192.0.2.7 198.51.100.1 4711 25 \r\n"),
        SPAN_INIT("PROXY TCP4 192.0.2.7 198.51.100.1 4711 65536\r\n"),
        SPAN_INIT("PROXY TCP4 192.0.2.7 198.51.100.1 4711 +25\r\n"),
        SPAN_INIT("PROXY TCP4 192.0.2.7 198.51.100.1 4711 025\r\n"),
        SPAN_INIT("PROXY TCP4 192.0.2.7 198.51.100.1 4711 \r\n"),
        SPAN_INIT("PROXY TCP4 192.0.2.7 198.51.100.1 4711\r\n"),
        SPAN_INIT("PROXY TCP4 192.0.2.7\0 198.51.100.1 4711 25\r\n"),
        SPAN_INIT("PROXY TCP4 2001:db8::7 2001:db8::1 4711 25\r\n"),
        SPAN_INIT("PROXY TCP6 192.0.2.7 198.51.100.1 4711 25\r\n"),
        SPAN_INIT("PROXY TCP6 fe80::1%eth0 2001:db8::1 4711 25\r\n"),
        SPAN_INIT("PROXY TCP6 [2001:db8::7] 2001:db8::1 4711 25\r\n"),
        SPAN_INIT("PROXY TCP4   \r\n")};
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++)
        check_bad(addresses[i], "addresses or ports");
}

static void test_v2(void **state)
{
    (void)state;
    check(SPAN(SIGNATURE "\x21\x11\0\x0c\xc0\0\x02\x07\xc6\x33\x64\x01\x12\x67\0\x19"), "192.0.2.7",
          4711);
    check(SPAN(SIGNATURE "\x21\x21\0\x24\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07"
                         "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x12\x67\0\x19"),
          "IPv6:2001:db8::7", 4711);
    check(SPAN(SIGNATURE "\x20\0\0\0"), NULL, 0);
    check(SPAN(SIGNATURE "\x20\x11\0\x0c\xc0\0\x02\x07\xc6\x33\x64\x01\x12\x67\0\x19"), NULL, 0);
    check(SPAN(SIGNATURE "\x21\0\0\0"), NULL, 0);
    check(SPAN(SIGNATURE "\x21\0\0\x03xyz"), NULL, 0);
    /* An extension that nobody knows (0xee, 2 bytes), and one without a value. */
    check(SPAN(SIGNATURE "\x21\x11\0\x14\xc0\0\x02\x07\xc6\x33\x64\x01\x12\x67\0\x19"
                         "\xee\0\x02xy\x04\0\0"),
          "192.0.2.7", 4711);
}

static void test_v2_bad(void **state)
{
    (void)state;
    check_bad(SPAN("\r\n\r\nEHLO client.example\r\n"), "no PROXY header");
    check_bad(SPAN(SIGNATURE "\x11\x11\0\x0c\xc0\0\x02\x07\xc6\x33\x64\x01\x12\x67\0\x19"),
              "unknown version");
    check_bad(SPAN(SIGNATURE "\x22\x11\0\x0c\xc0\0\x02\x07\xc6\x33\x64\x01\x12\x67\0\x19"),
              "unknown version");
    check_bad(SPAN(SIGNATURE "\x21\x12\0\x0c\xc0\0\x02\x07\xc6\x33\x64\x01\x12\x67\0\x19"),
              "not TCP");
    check_bad(SPAN(SIGNATURE "\x21\x11\0\x0b\xc0\0\x02\x07\xc6\x33\x64\x01\x12\x67\0"),
              "too short");
    check_bad(SPAN(SIGNATURE "\x21\x21\0\x0c\xc0\0\x02\x07\xc6\x33\x64\x01\x12\x67\0\x19"),
              "too short");
    check_bad(SPAN(SIGNATURE "\x21\x11\x0f\xf1"), "longer than 4,096");
    check_bad(SPAN(SIGNATURE "\x21\x11\0\x0e\xc0\0\x02\x07\xc6\x33\x64\x01\x12\x67\0\x19\xee\0"),
              "half an extension");
    check_bad(SPAN(SIGNATURE "\x21\x11\0\x10\xc0\0\x02\x07\xc6\x33\x64\x01\x12\x67\0\x19"
                             "\xee\0\x02x"),
              "longer than the header");
}

/* It is made with zeros in its own place. */
static void test_v2_checksum(void **state)
{
    (void)state;
    char header[] = SIGNATURE "\x21\x11\0\x13\xc0\0\x02\x07\xc6\x33\x64\x01\x12\x67\0\x19"
                              "\x03\0\x04\0\0\0\0";
    const size_t len = sizeof header - 1;
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < len; i++) {
        uint32_t low = (crc ^ (unsigned char)header[i]) & 0xff;
        for (int bit = 0; bit < 8; bit++)
            low = low & 1 ? low >> 1 ^ 0x82f63b78u : low >> 1;
        crc = crc >> 8 ^ low;
    }
    crc = ~crc;
    check_bad(span_of(header, len), "wrong checksum");
    for (size_t i = 0; i < 4; i++)
        header[len - 4 + i] = (char)(unsigned char)(crc >> (24 - 8 * i));
    check(span_of(header, len), "192.0.2.7", 4711);
    header[18] ^= 1;
    check_bad(span_of(header, len), "wrong checksum");
}

/* An IPv4 client of a server that is reached by IPv6. */
static void test_write_mixed(void **state)
{
    (void)state;
    struct proxy_header header = {
        .has_client = true, .client = {"192.0.2.7", 4711}, .server = {"IPv6:2001:db8::1", 25}};
    struct proxy_header again;
    char written[PROXY_WRITE_MAX];
    const char *reason;
    size_t len;
    size_t size = proxy_header_write(&header, written);
    assert_int_equal(size, PROXY_WRITE_MAX);
    assert_int_equal(parse(span_of(written, size), &again, &len, &reason), PARSE_DONE);
    assert_string_equal(again.client.address, "192.0.2.7");
    assert_string_equal(again.server.address, "IPv6:2001:db8::1");
    /* What is no address is not made one. */
    header.client = (struct proxy_end){"unknown", 0};
    size = proxy_header_write(&header, written);
    assert_int_equal(size, 16);
    assert_int_equal(parse(span_of(written, size), &again, &len, &reason), PARSE_DONE);
    assert_false(again.has_client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_v1),          cmocka_unit_test(test_v1_longest),
        cmocka_unit_test(test_v1_bad),      cmocka_unit_test(test_v2),
        cmocka_unit_test(test_v2_bad),      cmocka_unit_test(test_v2_checksum),
        cmocka_unit_test(test_write_mixed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
