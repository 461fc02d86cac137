/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/proxy_header.h"

#include "engine/base/attrs.h"

#include <arpa/inet.h>
#include <stdio.h>

/* "PROXY UNKNOWN" CRLF: shorter ones do not exist in either version. */
#define SHORTEST 15u

#define V2_PREFIX 16u
#define SIGNATURE_LEN 12u
static const char signature[SIGNATURE_LEN + 1] = "\r\n\r\n\0\r\nQUIT\n";

enum { V2_LOCAL = 0x20, V2_PROXY = 0x21 };
enum { FAMILY_UNSPEC = 0x00, FAMILY_TCP4 = 0x11, FAMILY_TCP6 = 0x21, FAMILY_UNIX = 0x31 };
enum { ADDRESSES_TCP4 = 12, ADDRESSES_TCP6 = 36 };
enum { TLV_HEAD = 3, TLV_CRC32C = 0x03 };

static enum parse_result bad(const char **reason_out, const char *reason)
{
    *reason_out = reason;
    return PARSE_BAD;
}

static unsigned octet(struct span bytes, size_t at)
{
    return (unsigned char)bytes.ptr[at];
}

static unsigned number16(struct span bytes, size_t at)
{
    return octet(bytes, at) << 8 | octet(bytes, at + 1);
}

/* As conn_peer_address() writes them: a client must look the same whoever names it. */
static void name_address(const unsigned char *octets, bool is_v6, char *out, size_t size)
{
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    char text[INET6_ADDRSTRLEN] = "";
    if (is_v6 && memcmp(octets, mapped, sizeof mapped) == 0) {
        octets += sizeof mapped;
        is_v6 = false;
    }
    (void)inet_ntop(is_v6 ? AF_INET6 : AF_INET, octets, text, sizeof text);
    (void)snprintf(out, size, "%s%s", is_v6 ? "IPv6:" : "", text);
}

static bool read_address(struct span text, bool is_v6, struct proxy_end *out)
{
    char room[INET6_ADDRSTRLEN];
    unsigned char octets[16];
    if (text.len >= sizeof room)
        return false;
    memcpy(room, text.ptr, text.len);
    room[text.len] = '\0';
    if (span_find_byte(text, '\0') != SPAN_NONE ||
        inet_pton(is_v6 ? AF_INET6 : AF_INET, room, octets) != 1)
        return false;
    name_address(octets, is_v6, out->address, sizeof out->address);
    return true;
}

static bool read_port(struct span text, struct proxy_end *out)
{
    uint64_t number;
    if (text.len == 0 || text.len > 5 || (text.len > 1 && text.ptr[0] == '0') ||
        !span_to_u64(text, &number) || number > UINT16_MAX)
        return false;
    out->port = (uint16_t)number;
    return true;
}

/* "192.0.2.7 192.0.2.1 4711 25": one blank between two, and nothing else. */
static bool read_ends(struct span text, bool is_v6, struct proxy_header *out)
{
    struct span words[4];
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        size_t end = i + 1 < ARRAY_LEN(words) ? span_find_byte(text, ' ') : text.len;
        if (end == SPAN_NONE)
            return false;
        words[i] = span_sub(text, 0, end);
        text = span_from(text, end < text.len ? end + 1 : end);
    }
    return read_address(words[0], is_v6, &out->client) &&
           read_address(words[1], is_v6, &out->server) && read_port(words[2], &out->client) &&
           read_port(words[3], &out->server);
}

static enum parse_result read_line(struct span line, struct proxy_header *out,
                                   const char **reason_out)
{
    struct span rest = span_from(line, strlen("PROXY "));
    if (span_starts(rest, SPAN("UNKNOWN"))) {
        struct span ignored = span_from(rest, strlen("UNKNOWN"));
        return ignored.len == 0 || ignored.ptr[0] == ' '
                   ? PARSE_DONE
                   : bad(reason_out, "version 1 of an unknown protocol");
    }
    bool is_v4 = span_starts(rest, SPAN("TCP4 "));
    if (!is_v4 && !span_starts(rest, SPAN("TCP6 ")))
        return bad(reason_out, "version 1 of an unknown protocol");
    out->has_client = read_ends(span_from(rest, strlen("TCP4 ")), !is_v4, out);
    return out->has_client ? PARSE_DONE : bad(reason_out, "version 1 with bad addresses or ports");
}

static enum parse_result parse_v1(struct span input, struct proxy_header *out, size_t *len_out,
                                  const char **reason_out)
{
    struct span window = span_sub(input, 0, PROXY_V1_MAX);
    size_t cr = span_find_byte(window, '\r');
    size_t lf = span_find_byte(window, '\n');
    if (cr == SPAN_NONE || cr + 1 == window.len) {
        *len_out = cr == SPAN_NONE ? 2 : 1;
        if (lf != SPAN_NONE)
            return bad(reason_out, "version 1 with a line end that is not CRLF");
        return window.len + *len_out <= PROXY_V1_MAX
                   ? PARSE_MORE
                   : bad(reason_out, "version 1 that is longer than 107 bytes");
    }
    if (lf != cr + 1)
        return bad(reason_out, "version 1 with a line end that is not CRLF");
    *len_out = cr + 2;
    return read_line(span_sub(window, 0, cr), out, reason_out);
}

/* The checksum of RFC 4960 appendix B. No table: headers are short, and rare. */
static uint32_t crc32c(struct span bytes, size_t zero_at)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < bytes.len; i++) {
        crc ^= i >= zero_at && i < zero_at + 4 ? 0u : octet(bytes, i);
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0u);
    }
    return ~crc;
}

/* What stands behind the addresses: all of it must be whole; a checksum must be right. */
static const char *check_tlvs(struct span header, size_t at)
{
    while (at < header.len) {
        if (header.len - at < TLV_HEAD)
            return "version 2 with half an extension";
        size_t value = at + TLV_HEAD;
        size_t len = number16(header, at + 1);
        if (len > header.len - value)
            return "version 2 with an extension that is longer than the header";
        if (octet(header, at) == TLV_CRC32C) {
            uint32_t said = len == 4 ? (uint32_t)number16(header, value) << 16 |
                                           (uint32_t)number16(header, value + 2)
                                     : 0;
            if (len != 4 || said != crc32c(header, value))
                return "version 2 with a wrong checksum";
        }
        at = value + len;
    }
    return NULL;
}

static void read_binary(struct span addresses, bool is_v6, struct proxy_header *out)
{
    size_t size = is_v6 ? 16 : 4;
    const unsigned char *octets = (const unsigned char *)addresses.ptr;
    name_address(octets, is_v6, out->client.address, sizeof out->client.address);
    name_address(octets + size, is_v6, out->server.address, sizeof out->server.address);
    out->client.port = (uint16_t)number16(addresses, 2 * size);
    out->server.port = (uint16_t)number16(addresses, 2 * size + 2);
    out->has_client = true;
}

static enum parse_result read_v2(struct span header, struct proxy_header *out,
                                 const char **reason_out)
{
    unsigned family = octet(header, 13);
    size_t needed = family == FAMILY_TCP4 ? ADDRESSES_TCP4 : ADDRESSES_TCP6;
    /* Its own health check, or what it knows nothing of: the rest is to be ignored (2.2). */
    if (octet(header, 12) == V2_LOCAL || family == FAMILY_UNSPEC || family == FAMILY_UNIX)
        return PARSE_DONE;
    if (family != FAMILY_TCP4 && family != FAMILY_TCP6)
        return bad(reason_out, "version 2 of a protocol that is not TCP");
    if (header.len - V2_PREFIX < needed)
        return bad(reason_out, "version 2 that is too short for its addresses");
    const char *wrong = check_tlvs(header, V2_PREFIX + needed);
    if (wrong)
        return bad(reason_out, wrong);
    read_binary(span_from(header, V2_PREFIX), family == FAMILY_TCP6, out);
    return PARSE_DONE;
}

static enum parse_result parse_v2(struct span input, struct proxy_header *out, size_t *len_out,
                                  const char **reason_out)
{
    if (input.len < V2_PREFIX) {
        *len_out = V2_PREFIX - input.len;
        return PARSE_MORE;
    }
    if (octet(input, 12) != V2_LOCAL && octet(input, 12) != V2_PROXY)
        return bad(reason_out, "version 2 with an unknown version or command");
    size_t len = V2_PREFIX + number16(input, 14);
    if (len > PROXY_HEADER_MAX)
        return bad(reason_out, "version 2 that is longer than 4,096 bytes");
    if (input.len < len) {
        *len_out = len - input.len;
        return PARSE_MORE;
    }
    *len_out = len;
    return read_v2(span_sub(input, 0, len), out, reason_out);
}

static bool begins_like(struct span input, struct span prefix)
{
    return span_starts(prefix, span_sub(input, 0, prefix.len));
}

enum parse_result proxy_header_parse(struct span input, struct proxy_header *out, size_t *len_out,
                                     const char **reason_out)
{
    bool is_v1 = begins_like(input, SPAN("PROXY "));
    bool is_v2 = begins_like(input, span_of(signature, SIGNATURE_LEN));
    *out = (struct proxy_header){.has_client = false};
    *len_out = 0;
    if (!is_v1 && !is_v2)
        return bad(reason_out, "what came first is no PROXY header");
    if (input.len < SHORTEST) {
        *len_out = SHORTEST - input.len;
        return PARSE_MORE;
    }
    return is_v1 ? parse_v1(input, out, len_out, reason_out)
                 : parse_v2(input, out, len_out, reason_out);
}

/* The octets of an address; 0: it is none. */
static size_t parse_end(const char *address, unsigned char out[16])
{
    if (inet_pton(AF_INET, address, out) == 1)
        return 4;
    if (span_starts_nocase(span_str(address), SPAN("IPv6:")))
        address += strlen("IPv6:");
    return inet_pton(AF_INET6, address, out) == 1 ? 16 : 0;
}

/* An IPv4 address beside an IPv6 one is written as one mapped into IPv6. */
static void map_v4(unsigned char octets[16])
{
    memcpy(octets + 12, octets, 4);
    memset(octets, 0, 10);
    octets[10] = octets[11] = 0xff;
}

static size_t put16(char *out, size_t at, unsigned number)
{
    out[at] = (char)(unsigned char)(number >> 8);
    out[at + 1] = (char)(unsigned char)number;
    return at + 2;
}

size_t proxy_header_write(const struct proxy_header *header, char out[PROXY_WRITE_MAX])
{
    unsigned char client[16], server[16];
    size_t client_len = header->has_client ? parse_end(header->client.address, client) : 0;
    size_t server_len = header->has_client ? parse_end(header->server.address, server) : 0;
    bool is_named = client_len > 0 && server_len > 0;
    size_t size = client_len > server_len ? client_len : server_len;
    if (is_named && client_len < size)
        map_v4(client);
    if (is_named && server_len < size)
        map_v4(server);
    memcpy(out, signature, SIGNATURE_LEN);
    out[12] = is_named ? V2_PROXY : V2_LOCAL;
    out[13] = !is_named ? FAMILY_UNSPEC : size == 4 ? FAMILY_TCP4 : FAMILY_TCP6;
    size_t at = put16(out, 14, is_named ? (unsigned)(2 * size + 4) : 0);
    if (!is_named)
        return at;
    memcpy(out + at, client, size);
    memcpy(out + at + size, server, size);
    at = put16(out, at + 2 * size, header->client.port);
    return put16(out, at, header->server.port);
}
