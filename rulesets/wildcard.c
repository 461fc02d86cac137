/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/wildcard.h"

#include "engine/base/ascii.h"

#include <arpa/inet.h>

/* Goes back to the last '*' only: an earlier one need never take more. */
bool wildcard_matches(struct span pattern, struct span text)
{
    size_t p = 0, t = 0, star = SPAN_NONE, star_text = 0;
    while (t < text.len) {
        char c = p < pattern.len ? pattern.ptr[p] : '\0';
        if (p < pattern.len && c == '*') {
            star = p++;
            star_text = t;
        } else if (p < pattern.len && (c == '?' || ascii_lower(c) == ascii_lower(text.ptr[t]))) {
            p++;
            t++;
        } else if (star != SPAN_NONE) {
            p = star + 1;
            t = ++star_text;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}

static bool read_address(struct span text, struct network *out)
{
    char address[INET6_ADDRSTRLEN];
    if (text.len == 0 || text.len >= sizeof address)
        return false;
    memcpy(address, text.ptr, text.len);
    address[text.len] = '\0';
    out->family = span_find_byte(text, ':') != SPAN_NONE ? AF_INET6 : AF_INET;
    out->bits = out->family == AF_INET6 ? 128 : 32;
    return inet_pton(out->family, address, out->bytes) == 1;
}

/* ::ffff:192.0.2.1 is the IPv4 address. */
static void unmap(struct network *address)
{
    static const unsigned char prefix[12] = {[10] = 0xff, [11] = 0xff};
    if (address->family != AF_INET6 || address->bits < 96 ||
        memcmp(address->bytes, prefix, sizeof prefix) != 0)
        return;
    memmove(address->bytes, address->bytes + 12, 4);
    address->family = AF_INET;
    address->bits -= 96;
}

bool network_read(struct span text, struct network *out)
{
    *out = (struct network){0};
    size_t slash = span_find_byte(text, '/');
    if (!read_address(span_sub(text, 0, slash), out))
        return false;
    if (slash != SPAN_NONE) {
        uint64_t bits;
        if (!span_to_u64(span_from(text, slash + 1), &bits) || bits > out->bits)
            return false;
        out->bits = (unsigned)bits;
    }
    unmap(out);
    return true;
}

bool network_holds(const struct network *network, struct span address)
{
    struct network one = {0};
    if (span_starts_nocase(address, SPAN("IPv6:")))
        address = span_from(address, 5);
    size_t zone = span_find_byte(address, '%');
    if (!read_address(span_sub(address, 0, zone), &one))
        return false;
    unmap(&one);
    if (one.family != network->family)
        return false;
    unsigned whole = network->bits / 8, rest = network->bits % 8;
    if (memcmp(one.bytes, network->bytes, whole) != 0)
        return false;
    unsigned mask = rest ? 0xffu << (8 - rest) & 0xffu : 0;
    return rest == 0 || (one.bytes[whole] & mask) == (network->bytes[whole] & mask);
}
