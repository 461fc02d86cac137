/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/client/client_key.h"

struct network client_key(const char *address)
{
    struct network who;
    struct error err = ERROR_INIT;
    struct span text = span_str(address);
    if (span_starts_nocase(text, SPAN("IPv6:")))
        text = span_from(text, SPAN("IPv6:").len);
    size_t zone = span_find_byte(text, '%'); /* of a link-local address: fe80::1%eth0 */
    if (!network_parse(span_sub(text, 0, zone), &who, &err))
        return (struct network){.prefix = 0};
    if (who.is_v6)
        memset(who.address + 8, 0, sizeof who.address - 8);
    return who;
}

/* FNV-1a. Who makes addresses collide makes one part of a table slower, which is bounded. */
uint64_t client_key_hash(const struct network *who)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ who->is_v6;
    for (size_t i = 0; i < sizeof who->address; i++)
        hash = (hash ^ who->address[i]) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 32;
}

bool client_key_equal(const struct network *a, const struct network *b)
{
    return a->is_v6 == b->is_v6 && memcmp(a->address, b->address, sizeof a->address) == 0;
}
