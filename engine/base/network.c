/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/network.h"

#include <arpa/inet.h>
#include <stdio.h>

/* Longer than any numeric address with a zone. */
#define ADDRESS_MAX 80

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool parse_address(struct span text, struct network *out)
{
    char copy[ADDRESS_MAX];
    if (text.len >= sizeof copy || memchr(text.ptr, '\0', text.len))
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    *out = (struct network){.prefix = 32};
    if (inet_pton(AF_INET, copy, out->address) == 1)
        return true;
    if (inet_pton(AF_INET6, copy, out->address) != 1)
        return false;
    out->is_v6 = true;
    out->prefix = 128;
    return true;
}

/* Clears the bits behind the prefix; true when there were any. */
static bool clear_behind_prefix(struct network *network)
{
    bool any = false;
    for (unsigned i = 0; i < sizeof network->address; i++) {
        unsigned kept = network->prefix > i * 8 ? network->prefix - i * 8 : 0;
        uint8_t mask = (uint8_t)(kept >= 8 ? 0xffu : 0xff00u >> kept);
        any |= (network->address[i] & (uint8_t)~mask) != 0;
        network->address[i] &= mask;
    }
    return any;
}

/* A mapped network is one of IPv4, as a mapped address is. */
static void unmap(struct network *network)
{
    if (!network->is_v6 || network->prefix < 96 ||
        memcmp(network->address, mapped_prefix, sizeof mapped_prefix) != 0)
        return;
    uint8_t v4[4];
    memcpy(v4, network->address + sizeof mapped_prefix, sizeof v4);
    *network = (struct network){.prefix = network->prefix - 96};
    memcpy(network->address, v4, sizeof v4);
}

static bool parse_prefix(struct span text, struct network *out)
{
    uint64_t prefix;
    if (!span_to_u64(text, &prefix) || prefix > out->prefix)
        return false;
    out->prefix = (unsigned)prefix;
    return true;
}

bool network_parse(struct span text, struct network *out, struct error *err)
{
    struct span rest = text;
    struct span address = {NULL, 0};
    (void)span_next(&rest, '/', &address);
    if (address.len == 0 || !parse_address(address, out))
        return error_set(err, "expected a network like 192.0.2.0/24 or 2001:db8::/32, got \"%.*s\"",
                         SPAN_ARG(text));
    if (rest.ptr && !parse_prefix(rest, out))
        return error_set(err, "expected a prefix length 0..%u behind the '/', got \"%.*s\"",
                         out->prefix, SPAN_ARG(text));
    if (clear_behind_prefix(out)) {
        char meant[INET6_ADDRSTRLEN] = "";
        (void)inet_ntop(out->is_v6 ? AF_INET6 : AF_INET, out->address, meant, sizeof meant);
        return error_set(
            err, "expected no bits behind the prefix, got \"%.*s\"; did you mean \"%s/%u\"?",
            SPAN_ARG(text), meant, out->prefix);
    }
    unmap(out);
    return true;
}

static bool holds(const struct network *network, const struct network *address)
{
    if (network->is_v6 != address->is_v6)
        return false;
    struct network cut = *address;
    cut.prefix = network->prefix;
    (void)clear_behind_prefix(&cut);
    return memcmp(cut.address, network->address, sizeof cut.address) == 0;
}

bool networks_hold(const struct network *networks, size_t count, struct span text)
{
    struct network client;
    if (span_starts_nocase(text, SPAN("IPv6:")))
        text = span_from(text, 5);
    /* A link-local address comes with its zone: "fe80::1%eth0". */
    size_t zone = span_find_byte(text, '%');
    if (!parse_address(span_sub(text, 0, zone), &client))
        return false;
    unmap(&client);
    for (size_t i = 0; i < count; i++) {
        if (holds(&networks[i], &client))
            return true;
    }
    return false;
}
